#include "stoic/host/compare/comparison.hpp"

#include <algorithm>

#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/compiler/input_codes.hpp"

namespace stoic {
namespace {

/// Decisions with tables of as many knots as the encoding reaches: the function at nearly every code rounded
/// to nearest.
std::int64_t flips_by_table(const Model& model, const Image& image, const Calibration& calibration,
                            const Dataset& data, const Evaluation& golden) {
  auto finest = image.config;
  finest.name += " with the largest tables";
  finest.table_words = STOIC_TABLE_WORDS_MAX;
  const auto exact = evaluate_golden(compile_image(model, calibration, finest), data);
  std::int64_t flips = 0;
  for (std::size_t s = 0; s < exact.decisions.size(); ++s) flips += exact.decisions[s] != golden.decisions[s];
  return flips;
}

}  // namespace

Comparison compare_with_float(const Model& model, const Image& image, const Calibration& calibration,
                              const Dataset& calibration_data, const Dataset& data,
                              const ComparisonOptions& options) {
  const auto next = [&](int done, const char* what) {
    if (options.progress) options.progress(done, what);
  };
  Comparison result{.recipe = model.recipe, .hw = image.config};
  result.reference = evaluate_float(model, data, {.threads = options.threads});
  next(1, "golden");
  result.golden = evaluate_golden(image, data, {.threads = options.threads});
  result.difference = paired_difference(result.reference.decisions, result.golden.decisions, data.labels);
  result.disagreements = disagreements(result.reference.decisions, result.golden.decisions, data.labels);
  next(2, "tables");
  result.flips_by_table = flips_by_table(model, image, calibration, data, result.golden);
  next(3, "vectors");
  result.deviations = deviations(model, image, data, data.size());
  if (has_steps(model.recipe)) result.state_error = state_error(model, image, calibration, calibration_data);
  if (options.error_budget > 0)
    require_within(options.error_budget, result.state_error.value(), model, image.config, calibration_data);
  next(4, "instructions");
  result.local_samples = std::min(options.local_samples, data.size());
  result.local = local_errors(image, result.local_samples, input_filler(image, data.samples));
  result.slots = image.slots;
  result.phases = phase_costs(image);
  return result;
}

std::string Comparison::text_of_slot(std::int64_t slot) const {
  for (const auto& symbol : slots)
    if (symbol.slot == slot) return symbol.text;
  return "";
}

std::int64_t Comparison::saturations_at(std::int64_t slot) const {
  return golden.counters.saturations_by_slot.at(static_cast<std::size_t>(slot));
}

bool Comparison::has_tables() const {
  return std::any_of(phases.begin(), phases.end(), [](const PhaseCost& phase) {
    return std::any_of(phase.instructions.begin(), phase.instructions.end(), [](const InstructionCost& cost) {
      return cost.mnemonic == "FUNCTION" || cost.mnemonic == "NORMALISE";
    });
  });
}

bool Comparison::within_bounds() const {
  return std::all_of(local.begin(), local.end(), [](const LocalError& e) { return e.within_bound(); });
}

bool Comparison::devices_agree() const {
  return std::all_of(devices.begin(), devices.end(), [](const DeviceComparison& device) {
    return device.differing_bits == 0 && device.differing_cycles == 0;
  });
}

Interval accuracy_interval(const Evaluation& evaluation) {
  return wilson_interval(evaluation.confusion.diagonal().sum(), evaluation.samples);
}

}  // namespace stoic
