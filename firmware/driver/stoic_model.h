/* A network as "stoic export" writes it: what the driver loads into an accelerator and streams while it runs.
 */
#ifndef STOIC_MODEL_H
#define STOIC_MODEL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What one vector is on its stream. Offsets count from the place where the data lies; the DMA takes this as
 * it is. */
typedef struct stoic_vector {
  uint32_t offset; /* bytes */
  uint32_t bytes;  /* whole beats */
} stoic_vector;

/* Entries of the state memory that are not 0 before the first START. */
typedef struct stoic_state_block {
  uint32_t entry;  /* word * lanes + lane */
  uint32_t count;  /* entries */
  uint32_t offset; /* of the first in `states`, in entries */
} stoic_state_block;

/* All pointers are to constant data that outlives its use. Words of states and weights have as many whole
 * bytes as hold them, the lowest first, as on the streams. */
typedef struct stoic_model {
  uint32_t config_hash; /* CONFIG_HASH of the instance that it was compiled for */
  uint32_t crc;         /* stoic_model_crc() of all that follows */
  uint16_t lanes;
  uint16_t state_bits;
  uint16_t weight_bits;
  uint16_t classes;               /* elements of the last output vector */
  int16_t output_fraction_bits;   /* its value is code * 2^-output_fraction_bits */
  uint16_t samples_per_start_max; /* 0: any number; 1 when a sample leaves states behind that the next must
                                     not see */
  const uint32_t* program;        /* halves of program words, low half first */
  uint32_t program_halves;
  const uint8_t* weights; /* weight memory: beat * lanes + lane */
  uint32_t weight_count;
  const int32_t* tables;
  uint32_t table_count;
  uint32_t state_count; /* entries of the whole state memory that are to be written, zeros included */
  const uint8_t* states;
  uint32_t states_stored;
  const stoic_state_block* state_blocks;
  uint32_t state_block_count;
  const stoic_state_block* restored; /* the same, to be written before every START; none for most networks */
  uint32_t restored_count;
  const uint8_t* stream_weights; /* beats of all streamed matrices */
  uint32_t stream_weight_bytes;
  const stoic_vector*
      matrices; /* what one sample takes from the weight stream, in order, within stream_weights */
  uint32_t matrix_count;
  const stoic_vector* inputs; /* vectors of one sample, one behind the other */
  uint32_t input_count;
  uint32_t input_bytes; /* of one sample */
  const stoic_vector* outputs;
  uint32_t output_count;
  uint32_t output_bytes;
  uint32_t cycles; /* of one sample, without stalls, START and DONE included */
} stoic_model;

#ifdef __cplusplus
}
#endif
#endif
