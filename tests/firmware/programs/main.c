#include "scenarios.h"

int main(void) {
  const uint32_t scenario = *at(STOIC_MODEL_BASE);
  if (scenario == 7) return run_hooks();
  if (scenario == 8) return run_wrap();
  if (scenario == 9) return run_input();
  if (scenario < 10) return run_interrupts(scenario);
  if (scenario == 10) return run_tasks();
  if (scenario == 30) return run_shared();
  if (scenario >= 40) return run_patience(scenario);
  return run_lockups(scenario);
}
