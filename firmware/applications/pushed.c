/* Classifies samples that come by themselves, into a ring of buffers: stoic cosim IMAGE --firmware pushed --push-samples N.
 * Interrupts say that one has come; between two, the CPU sleeps. */
#include <inttypes.h>
#include <stdio.h>
#include <stoic_platform.h>

#include "inference.h"

enum { ring_words = 4096, most_slots = 4 };

static uint32_t ring[ring_words], output_room[1024];

static volatile uint32_t* source(uint32_t offset) {
  return (volatile uint32_t*)(STOIC_SAMPLES_BASE + offset);
}

/* The line stays high as long as a sample waits, and the main loop takes it. */
void board_on_interrupt(uint32_t pending) {
  (void)pending;
  *source(STOIC_SAMPLES_REG_IRQ_ENABLE) = 0;
}

/* Between the look at STATUS and WFI no interrupt is taken, and WFI ends for one that is pending. */
static void sleep_until_one_comes(void) {
  (void)board_enable_interrupts(false);
  *source(STOIC_SAMPLES_REG_IRQ_ENABLE) = STOIC_SAMPLES_STATUS_WAITING | STOIC_SAMPLES_STATUS_END;
  __asm__ volatile("wfi" ::: "memory");
  (void)board_enable_interrupts(true);
}

static bool start_source(uint32_t bytes) {
  uint32_t slots;
  if (bytes == 0 || bytes > sizeof ring || *source(STOIC_SAMPLES_REG_BYTES) != bytes) return false;
  slots = sizeof ring / bytes;
  *source(STOIC_SAMPLES_REG_BASE) = (uint32_t)ring;
  *source(STOIC_SAMPLES_REG_SLOTS) = slots < most_slots ? slots : most_slots;
  board_listen(1u << STOIC_INTERRUPT_SAMPLES);
  *source(STOIC_SAMPLES_REG_CONTROL) = 1;
  return true;
}

static stoic_status run_source(stoic_device* device, const samples* given) {
  const uint32_t bytes = device->model->input_bytes, slots = *source(STOIC_SAMPLES_REG_SLOTS);
  uint32_t taken = 0, right = 0, status;
  while (((status = *source(STOIC_SAMPLES_REG_STATUS)) &
          (STOIC_SAMPLES_STATUS_END | STOIC_SAMPLES_STATUS_ERROR)) == 0) {
    const uint32_t number = *source(STOIC_SAMPLES_REG_NUMBER);
    bool is_right = false;
    stoic_status ran;
    if ((status & STOIC_SAMPLES_STATUS_WAITING) == 0) {
      sleep_until_one_comes();
      continue;
    }
    ran = classify_input(device, (const uint8_t*)ring + taken % slots * bytes, number, given->labels[number],
                         output_room, &is_right);
    if (ran != STOIC_OK) return ran;
    right += is_right ? 1 : 0;
    *source(STOIC_SAMPLES_REG_TAKEN) = ++taken;
  }
  printf("pushed: %" PRIu32 " of %" PRIu32 " right, every %" PRIu32 " cycles, %" PRIu32 " lost\n", right,
         taken, *source(STOIC_SAMPLES_REG_PERIOD), *source(STOIC_SAMPLES_REG_OVERRUNS));
  return (status & STOIC_SAMPLES_STATUS_ERROR) != 0 ? STOIC_BUS_ERROR : STOIC_OK;
}

int main(void) {
  static stoic_model model;
  static stoic_device device;
  samples given;
  stoic_status status = stoic_init(&device, board_port(), STOIC_ACCELERATOR_BASE, STOIC_DMA_BASE, true);
  if (status != STOIC_OK) {
    print_failure("init", &device, status);
    return EXIT_NO_DEVICE;
  }
  board_route_interrupts(&device);
  status = open_given(&device, &model, &given);
  if (status == STOIC_OK) status = stoic_load(&device, &model);
  if (status != STOIC_OK || model.output_bytes > sizeof output_room) {
    print_failure("load", &device, status == STOIC_OK ? STOIC_BAD_ARGUMENT : status);
    return EXIT_NOT_LOADED;
  }
  if (!start_source(model.input_bytes)) {
    printf("no samples come: give --push-samples\n");
    return EXIT_NO_SAMPLES;
  }
  status = run_source(&device, &given);
  if (status == STOIC_OK) return EXIT_OK;
  print_failure("run", &device, status);
  return EXIT_RUN_FAILED;
}
