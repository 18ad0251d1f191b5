#include "faults.h"

#include <inttypes.h>
#include <stdio.h>
#include <stoic_image.h>
#include <stoic_interface.h>
#include <stoic_platform.h>
#include <string.h>

enum { nowhere = 0x70000000, room_words = 4096 };

static stoic_device device;
static uint32_t program[room_words]; /* of a model that is changed */
static uint32_t outputs[1024];
static const samples* given;
static const stoic_model* good;
static int failures;

static void expect_of(const stoic_device* which, const char* name, stoic_status got, stoic_status wanted,
                      uint32_t code) {
  const bool same = got == wanted && (code == 0 || which->fault_code == code);
  printf("fault %s: ", name);
  print_failure(same ? "as expected" : "UNEXPECTED", which, got);
  if (!same) ++failures;
}

static void expect(const char* name, stoic_status got, stoic_status wanted, uint32_t code) {
  expect_of(&device, name, got, wanted, code);
}

/* What was wrong before leaves no trace. */
static void run_well(void) {
  bool right;
  stoic_status status = stoic_reset(&device);
  if (status == STOIC_OK && device.model != good) status = stoic_load(&device, good);
  if (status == STOIC_OK) status = classify(&device, given, 0, outputs, &right);
  if (status == STOIC_OK) return;
  print_failure("the run afterwards", &device, status);
  ++failures;
}

static stoic_status run_changed(const stoic_model* model, const void* inputs, uint32_t timeout) {
  stoic_status status = stoic_load(&device, model);
  if (status == STOIC_OK) status = stoic_run(&device, inputs, outputs, 1, timeout);
  if (status == STOIC_OK) status = stoic_wait(&device, 4 * (uint64_t)good->cycles + 100000);
  return status;
}

static stoic_model with_own_program(void) {
  stoic_model model = *good;
  const uint32_t halves = model.program_halves < room_words ? model.program_halves : room_words;
  memcpy(program, model.program, (size_t)halves * sizeof program[0]);
  model.program = program;
  model.program_halves = halves;
  model.checked = 0; /* as it was opened */
  return model;
}

static void corrupted_image(void) {
  stoic_model model = with_own_program();
  program[0] ^= 1u << 9;
  expect("corrupted image", stoic_load(&device, &model), STOIC_CORRUPT_MODEL, 0);
  run_well();
}

static void wrong_instance(void) {
  stoic_model model = *good;
  model.config_hash ^= 1;
  model.crc = stoic_model_crc(&model);
  expect("wrong hw-config", stoic_load(&device, &model), STOIC_WRONG_INSTANCE, 0);
  run_well();
}

static void illegal_instruction(void) {
  stoic_model model = with_own_program();
  program[0] = 31; /* no such opcode */
  model.crc = stoic_model_crc(&model);
  expect("illegal instruction", run_changed(&model, given->data, 1000), STOIC_ENGINE_FAULT,
         STOIC_STATUS_CODE_ILLEGAL_OPCODE);
  run_well();
}

static void short_stream(void) {
  stoic_model model = *good;
  stoic_vector vector = model.inputs[0];
  vector.bytes = vector.bytes / 2 / (model.lanes * ((model.state_bits + 7u) / 8)) *
                 (model.lanes * ((model.state_bits + 7u) / 8));
  model.inputs = &vector;
  model.input_count = 1;
  model.crc = stoic_model_crc(&model);
  expect("short stream", run_changed(&model, given->data, 1000), STOIC_ENGINE_FAULT,
         STOIC_STATUS_CODE_STREAM_TOO_SHORT);
  run_well();
}

static void stream_stands_still(void) {
  stoic_model model = *good;
  model.input_count = 0;
  model.crc = stoic_model_crc(&model);
  expect("no stream", run_changed(&model, given->data, 1000), STOIC_ENGINE_FAULT,
         STOIC_STATUS_CODE_STREAM_TIMEOUT);
  run_well();
}

static void bus_error(void) {
  stoic_device other;
  uint32_t value;
  const stoic_status status = stoic_init(&other, board_port(), nowhere, STOIC_DMA_BASE, false);
  expect_of(&other, "bus error", status, STOIC_BUS_ERROR, 0);
  if (other.fault_address != nowhere) ++failures;
  if (board_read(STOIC_ACCELERATOR_BASE + STOIC_REG_CONTROL, &value)) ++failures; /* SLVERR */
  run_well();
}

static void dma_outside(void) {
  stoic_status status = stoic_run(&device, (const void*)nowhere, outputs, 1, 1000);
  if (status == STOIC_OK) status = stoic_wait(&device, 4 * (uint64_t)good->cycles + 100000);
  expect("DMA outside memory", status, STOIC_DMA_FAULT, STOIC_DMA_ERROR_ADDRESS);
  run_well();
  status = stoic_run(&device, given->data, (void*)STOIC_ROM_BASE, 1, 1000);
  if (status == STOIC_OK) status = stoic_wait(&device, 4 * (uint64_t)good->cycles + 100000);
  expect("DMA into ROM", status, STOIC_DMA_FAULT, STOIC_DMA_ERROR_ADDRESS);
  run_well();
}

/* The driver refuses what is not aligned where it can see it; else the DMA does. */
static void misaligned(void) {
  stoic_model model = *good;
  stoic_vector vector = model.inputs[0];
  static uint32_t table[3];
  uint32_t status;
  bool refused;
  const uint8_t* odd = (const uint8_t*)given->data + 1;
  expect("misaligned input", stoic_run(&device, odd, outputs, 1, 1000), STOIC_BAD_ARGUMENT, 0);
  expect("misaligned output", stoic_run(&device, given->data, (uint8_t*)outputs + 1, 1, 1000),
         STOIC_BAD_ARGUMENT, 0);
  run_well();
  vector.offset = 1;
  model.inputs = &vector;
  model.input_count = 1;
  model.crc = stoic_model_crc(&model);
  expect("misaligned vector", run_changed(&model, given->data, 1000), STOIC_DMA_FAULT,
         STOIC_DMA_ERROR_ALIGNMENT);
  run_well();
  /* A table of descriptors of one's own, past the driver. */
  (void)board_write(STOIC_DMA_BASE + STOIC_DMA_REG_DESCRIPTORS, (uint32_t)table + 2);
  (void)board_write(STOIC_DMA_BASE + STOIC_DMA_REG_COUNT, 1);
  (void)board_write(STOIC_DMA_BASE + STOIC_DMA_REG_CONTROL, 1);
  do (void)board_read(STOIC_DMA_BASE + STOIC_DMA_REG_STATUS, &status);
  while ((status & STOIC_DMA_STATUS_BUSY) != 0);
  refused = status == (STOIC_DMA_STATUS_ERROR | STOIC_DMA_ERROR_ALIGNMENT << STOIC_DMA_STATUS_CODE_LSB);
  printf("fault misaligned descriptors: %s\n", refused ? "as expected" : "UNEXPECTED");
  if (!refused) ++failures;
  run_well();
}

static void never_finishes(void) {
  stoic_model model = *good;
  model.input_count = 0;
  model.crc = stoic_model_crc(&model);
  expect("never finishes", run_changed(&model, given->data, 0), STOIC_TIMED_OUT, STOIC_STATUS_CODE_ABORTED);
  run_well();
}

static void unmapped_access(void) {
  const uint32_t before = board_traps();
  board_survive_traps(true);
  *(volatile uint32_t*)nowhere = 1;
  (void)*(volatile uint32_t*)(nowhere + 4);
  __asm__ volatile(".word 0xffffffff\n\tebreak\n\tecall");
  board_survive_traps(false);
  printf("fault unmapped memory: %s\n", board_traps() - before == 5 ? "as expected" : "UNEXPECTED");
  if (board_traps() - before != 5) ++failures;
  run_well();
}

int run_faults(const stoic_model* model, const samples* s) {
  stoic_status status;
  good = model;
  given = s;
  failures = 0;
  board_route_interrupts(NULL);
  status = stoic_init(&device, board_port(), STOIC_ACCELERATOR_BASE, STOIC_DMA_BASE, true);
  board_route_interrupts(&device);
  if (status == STOIC_OK) status = stoic_load(&device, good);
  if (status != STOIC_OK) {
    print_failure("load", &device, status);
    return 1;
  }
  run_well();
  corrupted_image();
  wrong_instance();
  illegal_instruction();
  short_stream();
  stream_stands_still();
  bus_error();
  dma_outside();
  misaligned();
  never_finishes();
  unmapped_access();
  return failures;
}
