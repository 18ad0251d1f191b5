/* Replays an exported image, model.bin, and samples for it, samples.bin, from the memory MODEL. */
#include <inttypes.h>
#include <stdio.h>
#include <stoic_platform.h>

#include "inference.h"
#include "stoic_image.h"

int main(void) {
  static stoic_model model;
  static stoic_device device; /* for its loader's CRC */
  const stoic_image_header* header = (const stoic_image_header*)STOIC_MODEL_BASE;
  const stoic_samples_header* sample_header;
  uintptr_t place;
  samples s;
  stoic_status status = stoic_init(&device, board_port(), STOIC_ACCELERATOR_BASE, STOIC_DMA_BASE, false);
  if (status != STOIC_OK) {
    print_failure("init", &device, status);
    return EXIT_NO_DEVICE;
  }
  status = stoic_open_image(&device, &model, header, STOIC_MODEL_SIZE);
  if (status != STOIC_OK) {
    printf("image: %s\n", stoic_status_text(status));
    return EXIT_NOT_LOADED;
  }
  printf("image: %" PRIu32 " bytes, CRC 0x%08" PRIx32 " is right\n", header->bytes, header->crc);
  place = (STOIC_MODEL_BASE + header->bytes + STOIC_IMAGE_ALIGNMENT - 1) &
          ~(uintptr_t)(STOIC_IMAGE_ALIGNMENT - 1);
  status = stoic_open_samples(&device, &sample_header, (const void*)place,
                              STOIC_MODEL_BASE + STOIC_MODEL_SIZE - place);
  if (status != STOIC_OK || sample_header->sample_bytes != model.input_bytes) {
    printf("samples: %s\n", stoic_status_text(status == STOIC_OK ? STOIC_BAD_ARGUMENT : status));
    return EXIT_NO_SAMPLES;
  }
  s.data = (const uint8_t*)place + sample_header->data;
  s.labels = (const uint8_t*)place + sample_header->labels;
  s.count = sample_header->count;
  return run_all(&model, &s, true);
}
