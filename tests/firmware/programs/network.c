/* Runs the exported samples through the network that stoic export --target c --name letters has written. */
#include <stdio.h>

#include "letters.h"
#include "model.h"

#ifdef ON_THE_PLATFORM
#include "board.h"
#else
static unsigned board_now(void) { return 0; }
#endif

int main(void) {
  static letters_state state;
  static letters_code outputs[LETTERS_OUTPUTS];
  unsigned s, c, cycles = 0;
  letters_begin(&state);
  for (s = 0; s < MODEL_SAMPLES; ++s) {
    const unsigned begin = (unsigned)board_now();
    letters_run(&state, (const letters_code*)(model_samples + s * MODEL_INPUT_BYTES), outputs);
    cycles = (unsigned)board_now() - begin;
    printf("%u:", (unsigned)letters_class(outputs));
    for (c = 0; c < LETTERS_CLASSES; ++c) printf(" %d", (int)outputs[LETTERS_OUTPUTS - LETTERS_CLASSES + c]);
    printf("\n");
  }
  printf("cycles a sample: %u\n", cycles);
  return 0;
}
