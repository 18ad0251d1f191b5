#include "stoic/host/compare/word_lengths.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "stoic/host/compare/evaluate.hpp"
#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/kernels/team.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

void evaluate_cell(WordLengthCell& cell, const Model& model, const Calibration& calibration,
                   const Dataset& data, const Evaluation& reference, const HardwareConfig& config,
                   const EvaluationOptions& options) {
  try {
    const auto varied = with_word_lengths(config, cell.state_width, cell.weight_width);
    const auto golden = evaluate_golden(compile_image(model, calibration, varied), data, options);
    cell.right = golden.confusion.diagonal().sum();
    cell.accuracy = golden.accuracy;
    cell.difference = paired_difference(reference.decisions, golden.decisions, data.labels);
    cell.agreement_with_float = agreement(golden, reference);
    cell.saturations = golden.counters.saturations;
  } catch (const Error& error) {
    cell.obstacle = error.what();
  }
}

}  // namespace

HardwareConfig with_word_lengths(const HardwareConfig& config, std::int64_t state_width,
                                 std::int64_t weight_width) {
  auto varied = config;
  varied.state_width = state_width;
  varied.weight_width = weight_width;
  varied.accumulator_width = STOIC_ACCUMULATOR_WIDTH_MAX;
  const auto wider = std::max<std::int64_t>(state_width - config.state_width, 0);
  varied.table_words = std::min<std::int64_t>(config.table_words << (wider + 1) / 2, STOIC_TABLE_WORDS_MAX);
  // A name must stay one: short, and of letters, digits and a few signs.
  varied.name =
      fmt::format("{}-{}-bit-states-{}-bit-weights", varied.name.substr(0, 60), state_width, weight_width);
  return parse_hardware_config(hardware_config_text(varied), varied.name);
}

WordLengthSweep sweep_word_lengths(const Model& model, const Calibration& calibration, const Dataset& data,
                                   const Evaluation& reference, const HardwareConfig& config,
                                   const EvaluationOptions& options,
                                   const std::function<void(std::int64_t, const std::string&)>& progress) {
  WordLengthSweep sweep{.samples = data.size()};
  for (std::size_t s = 0; s < data.labels.size(); ++s)
    sweep.right_float += reference.decisions[s] == data.labels[s];
  for (const auto state_width : swept_state_widths)
    for (const auto weight_width : swept_weight_widths)
      sweep.cells.push_back({.state_width = state_width, .weight_width = weight_width});
  auto within = options;
  within.threads = 1;
  std::mutex telling;
  std::int64_t done = 0;
  Team team(options.threads);
  team.split(std::ssize(sweep.cells), [&](std::int64_t first, std::int64_t end) {
    for (auto c = static_cast<std::size_t>(first); c < static_cast<std::size_t>(end); ++c) {
      auto& cell = sweep.cells[c];
      {
        const std::lock_guard lock(telling);
        progress(done++, fmt::format("{}-bit states, {}-bit weights", cell.state_width, cell.weight_width));
      }
      evaluate_cell(cell, model, calibration, data, reference, config, within);
    }
  });
  return sweep;
}

}  // namespace stoic
