/* Looks at an exported network on the machine that builds it. On hardware, stoic_init() and stoic_load() come
 * next. */
#include <stdio.h>

#include "model.h"
#include "stoic.h"

int main(void) {
  const unsigned long flash = (unsigned long)model.program_halves * 4 +
                              (unsigned long)model.weight_count * ((model.weight_bits + 7u) / 8u) +
                              (unsigned long)model.table_count * 4 +
                              (unsigned long)model.states_stored * ((model.state_bits + 7u) / 8u) +
                              model.stream_weight_bytes;
  if (stoic_model_crc(&model) != MODEL_CRC) {
    printf("the CRC is wrong\n");
    return 1;
  }
  printf("%u classes, %lu cycles an inference, %lu bytes of constants, %u samples: the CRC is right\n",
         (unsigned)model.classes, (unsigned long)model.cycles, flash, (unsigned)MODEL_SAMPLES);
  return 0;
}
