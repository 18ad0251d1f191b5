#include "stoic/host/compare/phases.hpp"

#include <algorithm>
#include <map>

#include "stoic/host/compiler/image_notes.hpp"
#include "stoic/sim/contract/assembler.hpp"
#include "stoic/sim/contract/instruction.hpp"
#include "stoic/sim/golden/schedule.hpp"

namespace stoic {
namespace {

/// Name of each phase by its first program word.
std::map<std::int64_t, std::string> phase_names(const Image& image) {
  std::map<std::int64_t, std::string> names{{0, "program"}};
  for (const auto& phase : phases_of(image, "image")) names[phase.slot] = phase.name;
  return names;
}

void add(PhaseCost& phase, const InstructionCost& cost) {
  phase.cycles += cost.cycles;
  phase.ideal_mac_cycles += cost.ideal_mac_cycles;
  auto found = std::find_if(phase.instructions.begin(), phase.instructions.end(),
                            [&](const InstructionCost& known) { return known.mnemonic == cost.mnemonic; });
  if (found == phase.instructions.end()) {
    phase.instructions.push_back(cost);
    return;
  }
  found->runs += cost.runs;
  found->cycles += cost.cycles;
  found->ideal_mac_cycles += cost.ideal_mac_cycles;
}

}  // namespace

double PhaseCost::mac_utilisation() const {
  return cycles == 0 ? 0 : static_cast<double>(ideal_mac_cycles) / static_cast<double>(cycles);
}

std::vector<PhaseCost> phase_costs(const Image& image) {
  const auto names = phase_names(image);
  const auto schedule = golden::schedule(image.program, image.config);
  std::map<std::int64_t, PhaseCost> by_first_slot;
  for (std::size_t i = 0; i < schedule.steps.size(); ++i) {
    const auto& step = schedule.steps[i];
    const auto runs = schedule.slot_runs[i];
    const auto phase = std::prev(names.upper_bound(step.slot));
    auto& cost = by_first_slot[phase->first];
    cost.name = phase->second;
    add(cost, {.mnemonic = mnemonic(step.instruction),
               .runs = runs,
               .cycles = runs * cycles(step.instruction, image.config),
               .ideal_mac_cycles = runs * mac_cycles(step.instruction, image.config)});
  }
  std::vector<PhaseCost> result{{.name = "START and DONE", .cycles = golden::start_and_done_cycles}};
  for (auto& [slot, cost] : by_first_slot) result.push_back(std::move(cost));
  return result;
}

PhaseCost total_cost(const std::vector<PhaseCost>& phases) {
  PhaseCost total{.name = "sum"};
  for (const auto& phase : phases) {
    auto without_instructions = phase.cycles;
    for (const auto& cost : phase.instructions) {
      add(total, cost);
      without_instructions -= cost.cycles;
    }
    total.cycles += without_instructions;
  }
  return total;
}

std::int64_t product_cycles(const std::vector<PhaseCost>& phases) {
  std::int64_t cycles = 0;
  for (const auto& phase : phases)
    for (const auto& cost : phase.instructions)
      if (cost.mnemonic == Matvec::mnemonic) cycles += cost.ideal_mac_cycles;
  return cycles;
}

}  // namespace stoic
