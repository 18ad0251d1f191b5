#include "stoic/host/compiler/compile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "stoic/host/compiler/does_not_fit.hpp"
#include "stoic/host/compiler/input_codes.hpp"
#include "stoic/host/compiler/input_format.hpp"
#include "stoic/host/learning/input.hpp"
#include "stoic/sim/golden/batch.hpp"
#include "stoic/sim/golden/schedule.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

/// Enough to see the range of every vector; more only takes time.
constexpr std::int64_t most_calibration_samples = 2000;

/// Beats of all MATVECs of one inference.
std::int64_t product_cycles(const Image& image) {
  const auto schedule = golden::schedule(image.program, image.config);
  std::int64_t cycles = 0;
  for (const auto index : schedule.order)
    if (const auto* matvec = std::get_if<Matvec>(&schedule.steps[index].instruction))
      cycles += image.config.beats(matvec->rows) * matvec->columns;
  return cycles;
}

void note_training_data(const Model& model, Image& image) {
  if (!model.training_data) return;
  auto metadata = nlohmann::ordered_json::parse(image.metadata);
  metadata["training_data"] = training_data_json(*model.training_data);
  image.metadata = metadata.dump();
}

/// How real values become codes, for whoever feeds the image.
void note_input(const Samples& samples, const InputFormat& format, Image& image) {
  if (!samples.are_real()) return;
  auto metadata = nlohmann::ordered_json::parse(image.metadata);
  metadata["input"] =
      input_json({format.fraction_bits,
                  samples.standardisation() ? std::optional(*samples.standardisation()) : std::nullopt});
  image.metadata = metadata.dump();
}

Compilation lowered(const LoweringTask& task) {
  auto result = std::visit(
      [&](const auto& parameters) -> Compilation {
        if constexpr (requires { lower(parameters, task); })
          return lower(parameters, task);
        else
          throw Error(
              fmt::format("the dynamics \"{}\" has no program for the accelerator yet: it trains and runs in "
                          "float alone; use --backend float, or write compiler/lower_NAME.cpp",
                          parameters.name));
      },
      task.model.recipe.system);
  note_input(task.samples, task.input, result.image);
  return result;
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

/// The samples that calibrate.
Samples calibration_samples(const Dataset& calibration) {
  const auto samples = std::min<std::int64_t>(most_calibration_samples, calibration.size());
  if (samples == 0) throw Error("calibration: the data set is empty; give at least one training sample");
  return calibration.samples.part(0, samples);
}

Compilation translated(const Model& model, const Dataset& calibration, const HardwareConfig& config,
                       const Noise& noise, Calibrated* calibrated) {
  Calibrated own;
  Calibrated& known = calibrated ? *calibrated : own;
  const auto first = calibration_samples(calibration);
  require_inputs(model.recipe, calibration.samples);
  const auto seen = first.are_real() ? range_of(calibration.samples) : Range{};
  const auto attempt = [&](const HardwareConfig& tried) {
    return lowered({model, first, tried, noise, input_format(model.recipe, first, seen, tried), known});
  };
  auto result = [&] {
    try {
      return attempt(config);
    } catch (const DoesNotFit& refusal) {
      refuse_with_all_numbers(refusal, config, attempt);
    }
  }();
  note_training_data(model, result.image);
  return result;
}

}  // namespace

Image compile_image(const Model& model, const Dataset& calibration, const HardwareConfig& config,
                    const Noise& noise, Calibrated* calibrated) {
  return translated(model, calibration, config, noise, calibrated).image;
}

Compilation compile(const Model& model, const Dataset& calibration, const HardwareConfig& config,
                    const Noise& noise, Calibrated* calibrated) {
  auto result = translated(model, calibration, config, noise, calibrated);
  const auto first = calibration_samples(calibration);
  result.calibration_samples = first.size();
  const auto batch = golden::run_batch(result.image, first.size(), input_filler(result.image, first));
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
