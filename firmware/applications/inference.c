#include "inference.h"

#include <inttypes.h>
#include <stdio.h>
#include <stoic_image.h>
#include <stoic_interface.h>
#include <stoic_platform.h>

/* Room for the outputs of one sample, on the stack of main() too small for some. */
static uint32_t output_room[1024];

enum { stream_timeout = 100000 };

void print_failure(const char* what, const stoic_device* device, stoic_status status) {
  printf("%s: %s", what, stoic_status_text(status));
  if (status == STOIC_ENGINE_FAULT)
    printf(", code %" PRIu32 " at program word %" PRIu32, device->fault_code, device->fault_place);
  if (status == STOIC_DMA_FAULT)
    printf(", code %" PRIu32 " in channel %" PRIu32, device->fault_code, device->fault_place);
  if (status == STOIC_TIMED_OUT) printf(", aborted at program word %" PRIu32, device->fault_place);
  if (status == STOIC_BUS_ERROR) printf(", at 0x%08" PRIxPTR, device->fault_address);
  printf("\n");
}

stoic_status open_given(stoic_device* device, stoic_model* model, samples* s) {
  const stoic_image_header* header = (const stoic_image_header*)STOIC_MODEL_BASE;
  const stoic_samples_header* given;
  uintptr_t place;
  stoic_status status = stoic_open_image(device, model, header, STOIC_MODEL_SIZE);
  if (status != STOIC_OK) return status;
  place = (STOIC_MODEL_BASE + header->bytes + STOIC_IMAGE_ALIGNMENT - 1) &
          ~(uintptr_t)(STOIC_IMAGE_ALIGNMENT - 1);
  status =
      stoic_open_samples(device, &given, (const void*)place, STOIC_MODEL_BASE + STOIC_MODEL_SIZE - place);
  if (status != STOIC_OK) return status;
  if (given->sample_bytes != model->input_bytes) return STOIC_BAD_ARGUMENT;
  s->data = (const uint8_t*)place + given->data;
  s->labels = (const uint8_t*)place + given->labels;
  s->count = given->count;
  return STOIC_OK;
}

stoic_status classify(stoic_device* device, const samples* s, uint32_t number, void* outputs, bool* right) {
  return classify_input(device, s->data + (size_t)number * device->model->input_bytes, number,
                        s->labels[number], outputs, right);
}

stoic_status classify_input(stoic_device* device, const void* input, uint32_t number, uint32_t label,
                            void* outputs, bool* right) {
  const stoic_model* model = device->model;
  const uint64_t begin = board_now();
  stoic_counters counters;
  uint32_t class, c;
  uint64_t end;
  stoic_status status = stoic_run(device, input, outputs, 1, stream_timeout);
  if (status == STOIC_OK) status = stoic_wait(device, 2 * (uint64_t)model->cycles + 1000000);
  end = board_now();
  if (status == STOIC_OK) status = stoic_result(device, outputs, 0, &class);
  if (status == STOIC_OK) status = stoic_read_counters(device, &counters);
  if (status != STOIC_OK) return status;
  *right = class == label;
  printf("sample %" PRIu32 ": class %" PRIu32 " (%s), %" PRIu32 " cycles, %" PRIu32 " stalls, %" PRIu32
         " elapsed, outputs",
         number, class, *right ? "right" : "wrong", (uint32_t)counters.cycles,
         counters.stall_input + counters.stall_weights + counters.stall_output, (uint32_t)(end - begin));
  for (c = 0; c < model->classes; ++c) printf(" %" PRId32, stoic_output(model, outputs, 0, c));
  printf("\n");
  return STOIC_OK;
}

int run_all(const stoic_model* model, const samples* s, bool interrupts) {
  static stoic_device device;
  uint32_t i, right = 0;
  uint64_t begin;
  stoic_status status;
  board_route_interrupts(NULL);
  status = stoic_init(&device, board_port(), STOIC_ACCELERATOR_BASE, STOIC_DMA_BASE, interrupts);
  if (status != STOIC_OK) {
    print_failure("init", &device, status);
    return EXIT_NO_DEVICE;
  }
  if (interrupts) board_route_interrupts(&device);
  begin = board_now();
  status = stoic_load(&device, model);
  if (status != STOIC_OK || model->output_bytes > sizeof output_room) {
    print_failure("load", &device, status == STOIC_OK ? STOIC_BAD_ARGUMENT : status);
    return EXIT_NOT_LOADED;
  }
  printf("loaded in %" PRIu32 " cycles; waiting by %s\n", (uint32_t)(board_now() - begin),
         interrupts ? "interrupt" : "polling");
  begin = board_now();
  for (i = 0; i < s->count; ++i) {
    bool is_right = false;
    status = classify(&device, s, i, output_room, &is_right);
    if (status != STOIC_OK) {
      print_failure("run", &device, status);
      return EXIT_RUN_FAILED;
    }
    right += is_right ? 1 : 0;
  }
  printf("%" PRIu32 " of %" PRIu32 " right, %" PRIu32 " cycles in all\n", right, s->count,
         (uint32_t)(board_now() - begin));
  return EXIT_OK;
}
