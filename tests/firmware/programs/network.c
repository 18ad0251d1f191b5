/* Runs the exported samples through the network that stoic export --target c --name letters has written. */
#include <stdio.h>
#include <string.h>

#include "letters.h"
#include "model.h"

#if defined(ON_THE_PLATFORM)
#include "board.h"
static unsigned now(void) { return (unsigned)board_now(); }
#elif defined(ON_CORTEX_M)
#include "cortex_m.h"
static unsigned now(void) { return cortex_m_ticks() * CORTEX_M_INSTRUCTIONS_PER_TICK; }
#else
static unsigned now(void) { return 0; }
#endif

/* The elements of a sample without what fills up the beats of its vectors. */
static void take(const uint8_t* sample, letters_code* input) {
  unsigned v;
  for (v = 0; v < model.input_count; ++v) {
    memcpy(input, sample + model.inputs[v].offset, model.input_lengths[v] * sizeof *input);
    input += model.input_lengths[v];
  }
}

int main(void) {
  static letters_state state;
  static letters_code input[LETTERS_INPUTS], outputs[LETTERS_OUTPUTS];
  unsigned s, c, cycles = 0;
  letters_begin(&state);
  for (s = 0; s < MODEL_SAMPLES; ++s) {
    unsigned begin;
    take(model_samples + s * MODEL_INPUT_BYTES, input);
    begin = now();
    letters_run(&state, input, outputs);
    cycles = now() - begin;
    printf("%u:", (unsigned)letters_class(outputs));
    for (c = 0; c < LETTERS_CLASSES; ++c) printf(" %d", (int)outputs[LETTERS_OUTPUTS - LETTERS_CLASSES + c]);
    printf("\n");
  }
  printf("cycles a sample: %u\n", cycles);
  return 0;
}
