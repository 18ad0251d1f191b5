#include "stoic/host/compiler/compile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "stoic/host/compiler/does_not_fit.hpp"
#include "stoic/host/compiler/input_codes.hpp"
#include "stoic/host/compiler/input_format.hpp"
#include "stoic/sim/golden/batch.hpp"
#include "stoic/sim/golden/schedule.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

/// Beats of all MATVECs of one inference.
std::int64_t product_cycles(const Image& image) {
  const auto schedule = golden::schedule(image.program, image.config);
  std::int64_t cycles = 0;
  for (const auto index : schedule.order)
    if (const auto* matvec = std::get_if<Matvec>(&schedule.steps[index].instruction))
      cycles += image.config.beats(matvec->rows) * matvec->columns;
  return cycles;
}

/// A program has one convolution without padding and pooling, and a W_in behind it.
void require_convolution_with_program(const Recipe& recipe) {
  if (recipe.convolutions.empty()) return;
  const char* what = recipe.convolutions.size() > 1            ? "several convolutions"
                     : !recipe.convolutions.front().is_plain() ? "a convolution with padding or pooling"
                     : !recipe.has_read_in()                   ? "a convolution without a W_in behind it"
                                                               : nullptr;
  if (what != nullptr)
    throw Error(fmt::format(
        "the accelerator has no program for {}: such a network trains and runs in float alone (--backend "
        "float, EvaluateOptions::backend); the accelerator takes one convolution without padding and "
        "pooling, "
        "with a stride if it is to make fewer features, before a system with a W_in",
        what));
}

Compilation lowered(const LoweringTask& task) {
  require_convolution_with_program(task.model.recipe);
  return std::visit(
      [&](const auto& parameters) -> Compilation {
        if constexpr (requires { lower(parameters, task); })
          return lower(parameters, task);
        else
          throw Error(fmt::format(
              "the dynamics \"{}\" has no program for the accelerator yet: it trains and runs in "
              "float alone; use --backend float (EvaluateOptions::backend), or write compiler/lower_NAME.cpp",
              parameters.name));
      },
      task.model.recipe.system);
}

/// Every number that is too small, from the first one that a network does not fit: tried, until it compiles.
[[noreturn]] void refuse_with_all_numbers(const DoesNotFit& first, const HardwareConfig& config,
                                          const std::function<Compilation(const HardwareConfig&)>& attempt) {
  auto raised = config;
  std::vector<std::string> keys;
  const auto raise = [&](const DoesNotFit& refusal, std::int64_t to) {
    if (std::find(keys.begin(), keys.end(), refusal.key()) == keys.end()) keys.push_back(refusal.key());
    number_of(raised, refusal.key()) = to;
  };
  // Memories that fill up word by word are tried at their largest, and what was used is what is needed.
  const auto is_filled = [](const std::string& key) {
    return key == "state_words_per_lane" || key == "program_words";
  };
  raise(first, is_filled(first.key()) ? largest_of(first.key()) : first.needed());
  for (bool exact = false;;) {
    try {
      const auto result = attempt(raised);
      if (exact) break;
      exact = true;
      for (const auto& key : keys)
        if (is_filled(key))
          number_of(raised, key) =
              key == "program_words" ? std::ssize(result.image.program) : result.state_words_per_lane;
    } catch (const DoesNotFit& next) {
      raise(next, exact || !is_filled(next.key()) ? next.needed() : largest_of(next.key()));
    }
  }
  std::string remedy;
  for (const auto& key : keys)
    remedy += fmt::format("{} {} to {}",
                          remedy.empty()       ? "raise"
                          : key == keys.back() ? " and"
                                               : ",",
                          key, number_of(raised, key));
  throw Error(fmt::format("hardware configuration {}: {}; {}", config.name, first.text(), remedy));
}

Compilation translated(const Model& model, const Calibration& calibration, const HardwareConfig& config) {
  const auto attempt = [&](const HardwareConfig& tried) {
    return lowered(
        {model, calibration, tried,
         input_format(model.recipe, calibration.samples().are_real(), calibration.inputs(), tried)});
  };
  try {
    return attempt(config);
  } catch (const DoesNotFit& refusal) {
    refuse_with_all_numbers(refusal, config, attempt);
  }
}

}  // namespace

Image compile_image(const Model& model, const Calibration& calibration, const HardwareConfig& config) {
  return translated(model, calibration, config).image;
}

Compilation compile(const Model& model, const Dataset& data, const HardwareConfig& config,
                    const Noise& noise) {
  return compile(model, calibrate(model, data, noise), config);
}

Compilation compile(const Model& model, const Calibration& calibration, const HardwareConfig& config) {
  auto result = translated(model, calibration, config);
  const auto& samples = calibration.samples();
  result.calibration_samples = samples.size();
  const auto batch = golden::run_batch(result.image, samples.size(), input_filler(result.image, samples));
  result.cycles = batch.counters.cycles;
  result.ideal_mac_cycles = product_cycles(result.image);
  result.calibration_saturations = batch.counters.saturations;
  result.saturations_by_slot = batch.counters.saturations_by_slot;
  const auto bytes = [&](std::int64_t weights) { return weights * ((config.weight_width + 7) / 8); };
  result.weight_bytes = bytes(static_cast<std::int64_t>(result.image.weights.size()));
  for (const auto& matrix : result.image.stream_schedule)
    result.streamed_weight_bytes += bytes(matrix.beats * config.lanes);
  return result;
}

}  // namespace stoic
