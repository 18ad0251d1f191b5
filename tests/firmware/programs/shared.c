/* How long 200 instructions take while the DMA uses the memory that they need, or another. */
#include <stoic_interface.h>

#include "scenarios.h"

enum { words = 50, loaded = 20 };

static const uint8_t in_rom[4 * words] __attribute__((aligned(4))) = {1};
static uint8_t in_ram[4 * words] __attribute__((aligned(4))) = {1};

/* Writes 1 to a register, which starts the DMA some cycles later, then `what` 200 times; returns the cycles beyond 200. */
#define TIMED(what, start, address)                                                               \
  ({                                                                                              \
    uint32_t begin, end;                                                                          \
    __asm__ volatile("sw %2, 0(%3)\n\trdcycle %0\n\t.rept 200\n\t" what "\n\t.endr\n\trdcycle %1" \
                     : "=&r"(begin), "=&r"(end)                                                   \
                     : "r"(1), "r"(start), "r"(address)                                           \
                     : "t0", "memory");                                                           \
    end - begin - 201;                                                                            \
  })

static void prepare_crc(const void* data) {
  *at(STOIC_DMA_BASE + STOIC_DMA_REG_LOAD_SOURCE) = (uint32_t)data;
  *at(STOIC_DMA_BASE + STOIC_DMA_REG_LOAD_COUNT) = sizeof in_rom;
  *at(STOIC_DMA_BASE + STOIC_DMA_REG_LOAD_FORMAT) = 0;
}

static void prepare_words(const void* data) {
  *at(STOIC_ACCELERATOR_BASE + STOIC_REG_MEM_SELECT) = STOIC_MEMORY_STATE;
  *at(STOIC_ACCELERATOR_BASE + STOIC_REG_MEM_ADDRESS) = 0;
  *at(STOIC_DMA_BASE + STOIC_DMA_REG_LOAD_SOURCE) = (uint32_t)data;
  *at(STOIC_DMA_BASE + STOIC_DMA_REG_LOAD_COUNT) = loaded;
  *at(STOIC_DMA_BASE + STOIC_DMA_REG_LOAD_FORMAT) = 1;
  *at(STOIC_DMA_BASE + STOIC_DMA_REG_LOAD_TARGET) = STOIC_REG_MEM_DATA;
}

/* Four beats for the input buffer; how long they are stands behind the number of the scenario. */
static void prepare_beats(const void* data) {
  static uint32_t descriptor[2];
  descriptor[1] = 4 * *at(STOIC_MODEL_BASE + 4);
  *at(STOIC_DMA_BASE + STOIC_DMA_REG_BASE) = (uint32_t)data;
  *at(STOIC_DMA_BASE + STOIC_DMA_REG_DESCRIPTORS) = (uint32_t)descriptor;
  *at(STOIC_DMA_BASE + STOIC_DMA_REG_COUNT) = 1;
}

int run_shared(void) {
  const uint32_t loader = STOIC_DMA_BASE + STOIC_DMA_REG_LOAD_CONTROL,
                 channel = STOIC_DMA_BASE + STOIC_DMA_REG_CONTROL;
  uint32_t crc, crc_of_ram, crc_and_loads, read_elsewhere, moved, beats, beats_of_ram;
  prepare_crc(in_rom);
  crc = TIMED("nop", loader, in_ram);
  prepare_crc(in_ram);
  crc_of_ram = TIMED("nop", loader, in_ram);
  crc_and_loads = TIMED("lw t0, 0(%4)", loader, in_ram);
  read_elsewhere = TIMED("lw t0, 0(%4)", loader, STOIC_MODEL_BASE);
  prepare_words(in_rom);
  moved = TIMED("nop", loader, in_ram);
  prepare_beats(in_rom);
  beats = TIMED("nop", channel, in_ram);
  prepare_beats(in_ram);
  beats_of_ram = TIMED("nop", channel, in_ram);
  printf("waits: %u %u %u %u for a CRC, %u for words, %u %u for beats\n", (unsigned)crc, (unsigned)crc_of_ram,
         (unsigned)crc_and_loads, (unsigned)read_elsewhere, (unsigned)moved, (unsigned)beats,
         (unsigned)beats_of_ram);
  return 0;
}
