/* Tests of driver and platform that only a whole system can make: faults, both ways to wait, and 10,000 runs.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stoic_interface.h>
#include <stoic_platform.h>

#include "faults.h"
#include "stoic_image.h"

enum { start_stops = 10000 };

static stoic_device device;
static uint32_t outputs[1024];

/* The engine ends, and interrupts, long before anybody waits for it. */
static int early_interrupt(const stoic_model* model, const samples* s) {
  uint32_t status, result;
  int wrong = 0;
  (void)board_enable_interrupts(false);
  if (stoic_run(&device, s->data, outputs, 1, 1000) != STOIC_OK) ++wrong;
  do (void)board_read(STOIC_ACCELERATOR_BASE + STOIC_REG_STATUS, &status);
  while ((status & 1) != 0);
  if (stoic_wait(&device, 2 * (uint64_t)model->cycles) != STOIC_OK) ++wrong;
  (void)board_enable_interrupts(true);
  if (stoic_result(&device, outputs, 0, &result) != STOIC_OK) ++wrong;
  printf("interrupt before wfi: %s\n", wrong == 0 ? "not lost" : "LOST");
  return wrong;
}

/* A program of one instruction, started so often; every other run is given up at once. */
static int start_and_stop(void) {
  static const uint32_t halt[2] = {STOIC_OP_HALT, 0};
  static const stoic_vector nothing[1] = {{0, 0}};
  stoic_model model = {0};
  uint32_t i, hash;
  int wrong = 0;
  if (!board_read(STOIC_ACCELERATOR_BASE + STOIC_REG_CONFIG_HASH, &hash)) ++wrong;
  model.config_hash = hash;
  model.state_bits = model.weight_bits = 8;
  model.program = halt;
  model.program_halves = 2;
  model.matrices = model.inputs = model.outputs = nothing;
  model.crc = stoic_model_crc(&model);
  if (stoic_load(&device, &model) != STOIC_OK) ++wrong;
  for (i = 0; i < start_stops; ++i) {
    stoic_status status = stoic_run(&device, NULL, NULL, 1, 0);
    if (status != STOIC_OK) ++wrong;
    if (i % 2 == 0) {
      if (stoic_wait(&device, 10000) != STOIC_OK) ++wrong;
    } else if (stoic_reset(&device) == STOIC_OK) {
      if (stoic_poll(&device) != STOIC_BAD_ARGUMENT) ++wrong; /* nothing runs */
    } else {
      /* Reset while the engine is busy is a cycle of aresetn: it always works. */
      ++wrong;
    }
  }
  printf("%d starts and stops: %d wrong\n", start_stops, wrong);
  return wrong;
}

int main(void) {
  static stoic_model model;
  const stoic_image_header* header = (const stoic_image_header*)STOIC_MODEL_BASE;
  const stoic_samples_header* sample_header;
  uintptr_t place;
  samples s;
  uint8_t* stack = __builtin_frame_address(0);
  int wrong;
  if (stoic_model_from_image(&model, header, STOIC_MODEL_SIZE) != STOIC_OK) return EXIT_NOT_LOADED;
  place = (STOIC_MODEL_BASE + header->bytes + STOIC_IMAGE_ALIGNMENT - 1) &
          ~(uintptr_t)(STOIC_IMAGE_ALIGNMENT - 1);
  if (stoic_samples_from_image(&sample_header, (const void*)place, STOIC_MODEL_SIZE) != STOIC_OK ||
      sample_header->count == 0)
    return EXIT_NO_SAMPLES;
  s.data = (const uint8_t*)place + sample_header->data;
  s.labels = (const uint8_t*)place + sample_header->labels;
  s.count = sample_header->count;
  wrong = run_faults(&model, &s);
  if (stoic_init(&device, board_port(), STOIC_ACCELERATOR_BASE, STOIC_DMA_BASE, true) != STOIC_OK) ++wrong;
  board_route_interrupts(&device);
  if (stoic_load(&device, &model) != STOIC_OK) ++wrong;
  wrong += early_interrupt(&model, &s);
  wrong += start_and_stop();
  wrong += run_faults(&model, &s); /* as well as the first time */
  if (stack != (uint8_t*)__builtin_frame_address(0)) ++wrong;
  printf("selftest: %d wrong\n", wrong);
  return wrong == 0 ? EXIT_OK : 1;
}
