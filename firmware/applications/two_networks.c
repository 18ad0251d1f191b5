/* Two networks in one accelerator: each alone first, then by turns, so often. Neither is loaded again. */
#include <inttypes.h>
#include <stdio.h>
#include <stoic_platform.h>
#include <string.h>

#include "csto.h"
#include "ffesn.h"
#include "inference.h"

enum { turns = 10000, most_samples = 5, stream_timeout = 100000, output_words = 64 };

typedef struct network {
  const stoic_model* model;
  const uint8_t* samples;
  uint32_t outputs[most_samples][output_words]; /* alone */
} network;

static network networks[2] = {{&ffesn, ffesn_samples, {{0}}}, {&csto, csto_samples, {{0}}}};
static stoic_device device;

static stoic_status infer(const network* n, uint32_t sample, void* outputs) {
  const stoic_model* model = n->model;
  stoic_status status =
      stoic_run(&device, n->samples + (size_t)sample * model->input_bytes, outputs, 1, stream_timeout);
  if (status == STOIC_OK) status = stoic_wait(&device, 2 * (uint64_t)model->cycles + 1000000);
  return status;
}

/* Loads it behind what is there, and runs its samples. */
static stoic_status alone(network* n) {
  const stoic_model* model = n->model;
  const uint64_t begin = board_now();
  uint32_t s, c;
  stoic_status status = stoic_load(&device, model);
  printf("%s loaded in %" PRIu32 " cycles\n", model->name, (uint32_t)(board_now() - begin));
  for (s = 0; s < most_samples && status == STOIC_OK; ++s) {
    status = infer(n, s, n->outputs[s]);
    printf("%s %" PRIu32 ":", model->name, s);
    for (c = 0; c < model->classes; ++c) printf(" %" PRId32, stoic_output(model, n->outputs[s], 0, c));
    printf("\n");
  }
  return status;
}

int main(void) {
  static uint32_t outputs[output_words];
  uint32_t i, differing = 0, switching = 0;
  stoic_status status = stoic_init(&device, board_port(), STOIC_ACCELERATOR_BASE, STOIC_DMA_BASE, true);
  if (status != STOIC_OK || FFESN_OUTPUT_BYTES > sizeof outputs || CSTO_OUTPUT_BYTES > sizeof outputs) {
    print_failure("init", &device, status);
    return EXIT_NO_DEVICE;
  }
  board_route_interrupts(&device);
  for (i = 0; i < 2 && status == STOIC_OK; ++i) status = alone(&networks[i]);
  for (i = 0; i < turns && status == STOIC_OK; ++i) {
    const network* n = &networks[i % 2];
    const uint32_t sample = i / 2 % most_samples;
    const uint32_t begin = (uint32_t)board_now();
    status = stoic_select(&device, n->model);
    switching += (uint32_t)board_now() - begin;
    if (status == STOIC_OK) status = infer(n, sample, outputs);
    if (memcmp(outputs, n->outputs[sample], n->model->output_bytes) != 0) ++differing;
  }
  if (status != STOIC_OK) {
    print_failure("run", &device, status);
    return EXIT_RUN_FAILED;
  }
  printf("%d turns, %" PRIu32 " differ, %" PRIu32 " cycles to select one\n", turns, differing,
         switching / turns);
  return differing == 0 ? EXIT_OK : 1;
}
