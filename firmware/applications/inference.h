/* What the applications share: run samples, print a line for each and a summary. */
#ifndef INFERENCE_H
#define INFERENCE_H

#include "board.h"

/* Exit codes of the applications. */
enum { EXIT_OK = 0, EXIT_NO_DEVICE = 10, EXIT_NOT_LOADED = 11, EXIT_RUN_FAILED = 12, EXIT_NO_SAMPLES = 13 };

typedef struct samples {
  const uint8_t* data;   /* model->input_bytes each */
  const uint8_t* labels; /* the class of each */
  uint32_t count;
} samples;

/* Prints what failed and where. */
void print_failure(const char* what, const stoic_device* device, stoic_status status);

/* Opens what the simulator puts into the memory MODEL: an exported image, behind it its samples. */
stoic_status open_given(stoic_device* device, stoic_model* model, samples* s);

/* One sample, and its line. `outputs` has room for one. */
stoic_status classify(stoic_device* device, const samples* s, uint32_t number, void* outputs, bool* right);

/* The same for an input that lies anywhere: sample `number` of class `label`. */
stoic_status classify_input(stoic_device* device, const void* input, uint32_t number, uint32_t label,
                            void* outputs, bool* right);

/* Loads the model and runs all samples. Returns an exit code. */
int run_all(const stoic_model* model, const samples* s, bool interrupts);

#endif
