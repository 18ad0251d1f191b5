#include "stoic/host/library/work.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "stoic/host/compare/state_error.hpp"
#include "stoic/host/learning/inference.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {

Work::Work(const WorkListener& listener, std::string name, std::int64_t all)
    : listener_(listener), progress_{.name = std::move(name), .all = std::max<std::int64_t>(all, 1)} {
  if (listener_.progress) listener_.progress(progress_);
}

Work::~Work() {
  progress_.over = true;
  try {
    if (listener_.progress) listener_.progress(progress_);
  } catch (...) {  // the work is over, whatever its listener makes of that
  }
}

void Work::show(std::int64_t done, const std::string& note) {
  progress_.done = done;
  progress_.note = note;
  if (listener_.progress) listener_.progress(progress_);
}

void Warnings::add(const std::string& text) {
  if (std::find(all_.begin(), all_.end(), text) != all_.end()) return;
  all_.push_back(text);
  if (listener_.warn) listener_.warn(text);
}

DataCheck data_check(Warnings& warnings, const std::string& where, const std::optional<TrainingData>& known) {
  return {[&warnings](const std::string& text) { warnings.add(text); }, where, known};
}

Dataset load(DataCheck& check, const DataSource& source, const Recipe& recipe, Split split) {
  const auto& given = split == Split::train ? source.train : source.test;
  if (!given) return check.load(recipe, split, source.folder.string());
  check.compare(recipe, split, *given);
  return *given;
}

std::string noise_text(const NoiseOptions& options) {
  std::string text;
  const auto add = [&](const char* name, const std::optional<double>& ratio) {
    if (ratio) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, *ratio);
  };
  add("observational", options.observation);
  add("dynamical", options.dynamic);
  return text;
}

std::string noise_line(const NoiseOptions& options) {
  return fmt::format("noise, by the ratio of variances: {}; trial {}", noise_text(options), options.trial);
}

Noise noise_for(const Model& model, const NoiseOptions& options, const Dataset& test_data, int threads) {
  if (!options.any()) return {};
  return make_noise(model.recipe, signal_variances(model, test_data.samples, threads),
                    {.observation = options.observation, .dynamic = options.dynamic},
                    static_cast<std::uint64_t>(options.trial));
}

void apply_budget(Model& model, const Dataset& calibration, const BudgetOptions& options) {
  if (options.budget > 0 && !has_steps(model.recipe))
    throw Error(fmt::format("--error-budget (BudgetOptions::budget): {}; leave it out",
                            budget_obstacle(model.recipe)));
  if (options.choose_step) model.recipe = with_step_within(model, calibration, options.budget);
}

NetworkResult plain(const Evaluation& evaluation) {
  return {.accuracy = evaluation.accuracy,
          .decisions = evaluation.decisions,
          .outputs = evaluation.outputs.numbers(),
          .cycles = evaluation.counters.cycles,
          .saturations = evaluation.counters.saturations};
}

}  // namespace stoic
