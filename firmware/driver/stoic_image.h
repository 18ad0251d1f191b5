/* An exported image in one piece, model.bin, and samples for it, samples.bin: both are used where they lie.
 */
#ifndef STOIC_IMAGE_H
#define STOIC_IMAGE_H

#include "stoic.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Layout of model.bin: words of 32 bits, little-endian, sections at multiples of 16 bytes. A section is its
 * offset in bytes and its number of elements. */
enum {
  STOIC_IMAGE_MAGIC = 0x424d5453,   /* "STMB" */
  STOIC_SAMPLES_MAGIC = 0x42535453, /* "STSB" */
  STOIC_IMAGE_LAYOUT = 1,
  STOIC_IMAGE_SECTIONS = 10,
  STOIC_IMAGE_ALIGNMENT = 16
};

typedef struct stoic_section {
  uint32_t offset;
  uint32_t count;
} stoic_section;

typedef struct stoic_image_header {
  uint32_t magic;
  uint32_t layout;
  uint32_t bytes; /* of everything */
  uint32_t crc;   /* CRC-32 of everything behind this word */
  uint32_t config_hash;
  uint32_t model_crc;
  uint32_t lanes, state_bits, weight_bits, classes;
  int32_t output_fraction_bits;
  uint32_t samples_per_start_max, state_count, input_bytes, output_bytes, cycles;
  /* program (words of 32 bits), weights, tables, states, state_blocks, restored, stream_weights (bytes),
   * matrices, inputs, outputs */
  stoic_section sections[STOIC_IMAGE_SECTIONS];
} stoic_image_header;

typedef struct stoic_samples_header {
  uint32_t magic;
  uint32_t layout;
  uint32_t bytes;
  uint32_t crc;
  uint32_t count;        /* samples */
  uint32_t sample_bytes; /* of each */
  uint32_t data;         /* offset of the first */
  uint32_t labels;       /* offset of the classes that they are, one byte each */
} stoic_samples_header;

/* Points `model` into the image. STOIC_CORRUPT_MODEL for a wrong magic, layout, size or CRC, for sections,
 * blocks and vectors that reach beyond what they are part of or are no whole beats, and for lanes, widths and counts that
 * no instance has; whatever is taken can be loaded and run without an access outside the image. `limit`: bytes that there
 * may be. STOIC_BAD_ARGUMENT for an image that does not begin at a multiple of 4. */
stoic_status stoic_model_from_image(stoic_model* model, const void* image, size_t limit);
stoic_status stoic_samples_from_image(const stoic_samples_header** header, const void* image, size_t limit);

#ifdef __cplusplus
}
#endif
#endif
