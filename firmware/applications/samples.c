/* Runs the network and the samples that "stoic export --samples" has written as C: once by interrupt, once by
 * polling. */
#include <stdio.h>

#include "inference.h"
#include "model.h"

int main(void) {
  const samples s = {model_samples, model_labels, MODEL_SAMPLES};
  const int code = run_all(&model, &s, true);
  return code != EXIT_OK ? code : run_all(&model, &s, false);
}
