#include "scenarios.h"

int main(void) {
  const uint32_t scenario = *at(STOIC_MODEL_BASE);
  if (scenario < 10) return run_interrupts(scenario);
  if (scenario == 10) return run_tasks();
  return run_lockups(scenario);
}
