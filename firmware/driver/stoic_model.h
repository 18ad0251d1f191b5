/* A network as "stoic export" writes it: what the driver loads into an accelerator and streams while it runs.
 */
#ifndef STOIC_MODEL_H
#define STOIC_MODEL_H

#include <stdint.h>

/* Arrays are read where they lie, and the DMA moves them as they are. */
#if (defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__) || defined(__BIG_ENDIAN__) || \
    defined(__ARMEB__) || defined(__MIPSEB__)
#error "stoic: models are little-endian, and this processor is not; compile for a little-endian one"
#endif

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

/* How entry i mod input_entries of an input is brought to its scale: (value - mean) / deviation. */
typedef struct stoic_scaling {
  double mean;
  double deviation;
} stoic_scaling;

/* What inputs are. */
enum { STOIC_INPUT_PIXELS = 0, STOIC_INPUT_REALS = 1 };

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
  /* Where it lies in the memories of the accelerator, so that several can stay there: the first of its program
   * words, weights and states (whole beats), and table words. */
  uint32_t program_start;
  uint32_t weight_start;
  uint32_t table_start;
  uint32_t state_start;
  uint32_t
      state_size; /* entries from state_start on that are its own; state_count of them are to be written */
  uint16_t input_kind; /* STOIC_INPUT_PIXELS or STOIC_INPUT_REALS: see stoic_input() */
  int16_t input_fraction_bits;
  uint32_t input_elements;       /* of one sample; what its vectors have beyond them is noise, or nothing */
  const uint32_t* input_lengths; /* elements of each input vector */
  uint32_t input_length_count;
  const stoic_scaling* input_scaling; /* none: values are taken as they are */
  uint32_t input_entries;
  /* not 0: its CRC was found right when it was opened, and stoic_load() does not compute it again */
  uint32_t checked;
  const char* name;    /* as stoic export --name called it; NULL where nobody did */
  const char* version; /* of the network, by stoic export --model-version */
  const char* tool;    /* what wrote it */
} stoic_model;

/* The layout of model.bin and the order of stoic_model_crc(), for whoever writes or reads either. First the
 * numbers behind config_hash, as X(name, type), each a word of 32 bits there; then the arrays, as
 * X(name, type, name of the number of elements, bits of an element). `of` is what has state_bits and
 * weight_bits, such as a stoic_model; words are packed in whole bytes. */
#define STOIC_MODEL_NUMBERS(X)       \
  X(lanes, uint16_t)                 \
  X(state_bits, uint16_t)            \
  X(weight_bits, uint16_t)           \
  X(classes, uint16_t)               \
  X(output_fraction_bits, int16_t)   \
  X(samples_per_start_max, uint16_t) \
  X(state_count, uint32_t)           \
  X(input_bytes, uint32_t)           \
  X(output_bytes, uint32_t)          \
  X(cycles, uint32_t)                \
  X(program_start, uint32_t)         \
  X(weight_start, uint32_t)          \
  X(table_start, uint32_t)           \
  X(state_start, uint32_t)           \
  X(state_size, uint32_t)            \
  X(input_kind, uint16_t)            \
  X(input_fraction_bits, int16_t)    \
  X(input_elements, uint32_t)
#define STOIC_MODEL_ARRAYS(X, of)                           \
  X(program, uint32_t, program_halves, 32)                  \
  X(weights, uint8_t, weight_count, (of)->weight_bits)      \
  X(tables, int32_t, table_count, 32)                       \
  X(states, uint8_t, states_stored, (of)->state_bits)       \
  X(state_blocks, stoic_state_block, state_block_count, 96) \
  X(restored, stoic_state_block, restored_count, 96)        \
  X(stream_weights, uint8_t, stream_weight_bytes, 8)        \
  X(matrices, stoic_vector, matrix_count, 64)               \
  X(inputs, stoic_vector, input_count, 64)                  \
  X(outputs, stoic_vector, output_count, 64)                \
  X(input_lengths, uint32_t, input_length_count, 32)        \
  X(input_scaling, stoic_scaling, input_entries, 128)

/* model.bin: words of 32 bits, little-endian, sections at multiples of 16 bytes. A section is its offset in
 * bytes and its number of elements. */
enum {
  STOIC_IMAGE_MAGIC = 0x424d5453,   /* "STMB" */
  STOIC_SAMPLES_MAGIC = 0x42535453, /* "STSB" */
  STOIC_IMAGE_LAYOUT = 2,
#define STOIC_COUNT_SECTION(name, type, elements, bits) +1
  STOIC_IMAGE_SECTIONS = 0 STOIC_MODEL_ARRAYS(STOIC_COUNT_SECTION, 0),
#undef STOIC_COUNT_SECTION
  STOIC_IMAGE_ALIGNMENT = 16,
  STOIC_NAME_BYTES = 64, /* the last of them 0 */
  STOIC_VERSION_BYTES = 32
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
#define STOIC_HEADER_NUMBER(name, type) uint32_t name; /* signed ones in two's complement */
  STOIC_MODEL_NUMBERS(STOIC_HEADER_NUMBER)
#undef STOIC_HEADER_NUMBER
  char name[STOIC_NAME_BYTES]; /* printable ASCII, filled up with 0 */
  char version[STOIC_VERSION_BYTES];
  char tool[STOIC_VERSION_BYTES];
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

#ifdef __cplusplus
}
#endif
#endif
