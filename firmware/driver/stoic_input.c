/* From real values and pixels to the input vectors of a network. */
#include <string.h>

#include "stoic_access.h"

/* Where element after element goes: vector after vector, each of which begins with a beat. */
typedef struct sink {
  const stoic_model* model;
  uint8_t* input;
  uint32_t vector;
  uint32_t element; /* of the vector */
} sink;

static void put_code(sink* to, int32_t code) {
  const stoic_model* model = to->model;
  const uint32_t bytes = word_bytes(model->state_bits);
  uint8_t* at;
  uint32_t b;
  while (to->vector < model->input_count && to->element == model->input_lengths[to->vector]) {
    ++to->vector;
    to->element = 0;
  }
  if (to->vector == model->input_count) return;
  at = to->input + model->inputs[to->vector].offset + (size_t)to->element * bytes;
  for (b = 0; b < bytes; ++b) at[b] = (uint8_t)((uint32_t)code >> (8 * b));
  ++to->element;
}

/* What no element fills, the rest of a beat or noise, is 0. */
static stoic_status begin(sink* to, const stoic_model* model, const void* values, void* input,
                          uint32_t kind) {
  if (model == NULL || values == NULL || input == NULL || model->input_kind != kind ||
      model->input_length_count != model->input_count)
    return STOIC_BAD_ARGUMENT;
  memset(input, 0, model->input_bytes);
  to->model = model;
  to->input = (uint8_t*)input;
  to->vector = to->element = 0;
  return STOIC_OK;
}

static int32_t most_code(const stoic_model* model) { return (int32_t)((1u << (model->state_bits - 1)) - 1); }

/* Half up, and saturated. */
static int32_t code_of(double scaled, int32_t most) {
  const double code = scaled + 0.5;
  int32_t whole;
  if (code >= (double)most + 1) return most;
  if (code < -(double)most - 1) return -most - 1;
  whole = (int32_t)code;
  return (double)whole > code ? whole - 1 : whole;
}

static double unit_of(int16_t fraction_bits) {
  double unit = 1;
  int16_t b;
  for (b = 0; b < fraction_bits; ++b) unit *= 2;
  for (b = 0; b > fraction_bits; --b) unit /= 2;
  return unit;
}

stoic_status stoic_input(const stoic_model* model, const double* values, void* input) {
  double unit;
  uint32_t i;
  sink to;
  TRY(begin(&to, model, values, input, STOIC_INPUT_REALS));
  unit = unit_of(model->input_fraction_bits);
  for (i = 0; i < model->input_elements; ++i) {
    double value = values[i];
    if (model->input_entries != 0) {
      stoic_scaling scaling;
      /* An image may lie at any multiple of 4, too few for a double. */
      memcpy(&scaling, (const uint8_t*)model->input_scaling + (i % model->input_entries) * sizeof scaling,
             sizeof scaling);
      value = (value - scaling.mean) / scaling.deviation;
    }
    if (value != value) return STOIC_BAD_ARGUMENT;
    put_code(&to, code_of(value * unit, most_code(model)));
  }
  return STOIC_OK;
}

stoic_status stoic_input_pixels(const stoic_model* model, const uint8_t* pixels, void* input) {
  uint32_t i;
  sink to;
  TRY(begin(&to, model, pixels, input, STOIC_INPUT_PIXELS));
  for (i = 0; i < model->input_elements; ++i) {
    const int32_t most = most_code(model);
    /* Narrow states have half of a pixel's codes. */
    const int32_t code = model->input_fraction_bits < 0 ? (pixels[i] + 1) >> 1 : (int32_t)pixels[i];
    put_code(&to, code > most ? most : code);
  }
  return STOIC_OK;
}
