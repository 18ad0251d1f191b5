/* Classifies the samples that came with the export. The result of main() is what the simulator ends with.
 *
 * A tick and interrupts of one's own, beside the driver: define these, see board.h:
 *   void board_on_timer(void) { board_set_timer(board_now() + 100000); }    begun by the same call in main()
 *   void board_on_interrupt(uint32_t pending) { ... }                       for the sources of board_listen() */
#include <stdio.h>
#include <stoic_platform.h>

#include "board.h"
#include "model.h"

#if MODEL_SAMPLES == 0
#error "export the network with samples: stoic export IMAGE -o network --samples 5"
#endif

enum { stream_timeout = 100000 };

static stoic_status classify(stoic_device* device, const void* input, uint32_t* result) {
  static uint32_t outputs[MODEL_OUTPUT_BYTES / sizeof(uint32_t)];
  stoic_status status = stoic_run(device, input, outputs, 1, stream_timeout);
  if (status == STOIC_OK) status = stoic_wait(device, 2 * (uint64_t)model.cycles + stream_timeout);
  if (status == STOIC_OK) status = stoic_result(device, outputs, 0, result);
  return status;
}

int main(void) {
  static stoic_device device;
  stoic_status status = stoic_init(&device, board_port(), STOIC_ACCELERATOR_BASE, STOIC_DMA_BASE, true);
  unsigned s, right = 0;
  if (status == STOIC_OK) {
    board_route_interrupts(&device);
    status = stoic_load(&device, &model);
  }
  for (s = 0; s < MODEL_SAMPLES && status == STOIC_OK; ++s) {
    uint32_t result = 0;
    status = classify(&device, model_samples + s * MODEL_INPUT_BYTES, &result);
    if (status != STOIC_OK) break;
    if (result == model_labels[s]) ++right;
    printf("sample %u is of class %u\n", s, (unsigned)result);
  }
  printf("%s: %s, %u of %u right\n", model.name, stoic_status_text(status), right, MODEL_SAMPLES);
  return status == STOIC_OK ? 0 : 1;
}
