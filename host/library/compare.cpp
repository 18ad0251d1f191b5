#include "stoic/host/library/compare.hpp"

#include <fmt/format.h>

#include <utility>

#include "stoic/host/compare/comparison.hpp"
#include "stoic/host/compare/compile_warnings.hpp"
#include "stoic/host/compare/curve_names.hpp"
#include "stoic/host/compare/device_evaluation.hpp"
#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/data/fingerprint.hpp"
#include "stoic/host/data/first_samples.hpp"
#include "stoic/host/learning/inference.hpp"
#include "stoic/host/library/version.hpp"
#include "stoic/host/library/work.hpp"
#include "stoic/host/report/comparison_json.hpp"
#include "stoic/host/report/comparison_tables.hpp"
#include "stoic/host/report/report_folder.hpp"
#include "stoic/host/report/text_table.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

/// What all parts of a comparison are about.
struct Compared {
  const Model& model;
  const Dataset& calibration_data;
  Dataset data;
  const Calibration& calibration;
  Image image;
};

DeviceComparison compare_device(Device& device, const Compared& compared, const Evaluation& golden,
                                const CompareOptions& options) {
  const auto run = evaluate_device(device, compared.image,
                                   first_samples(compared.data, options.device_samples), options.name);
  return {.backend = run.evaluation.backend,
          .samples = run.evaluation.samples,
          .accuracy = run.evaluation.accuracy,
          .differing_bits = differing_bits(run.evaluation, golden, compared.image.config.state_width),
          .differing_cycles = run.session.unexplained_cycles(),
          .cycles_per_inference = run.cycles_per_inference(),
          .mac_utilisation = run.mac_utilisation(),
          .saturations = run.session.saturations};
}

/// Everything on float and golden.
Comparison compare_on_golden(const Compared& compared, const CompareOptions& options) {
  Work work(options.listener, "comparing", 5);
  return compare_with_float(
      compared.model, compared.image, compared.calibration, compared.calibration_data, compared.data,
      {.threads = options.threads,
       .local_samples = options.local_samples,
       .error_budget = options.budget.budget,
       .progress = [&work](int done, const std::string& next) { work.show(done, next); }});
}

WordLengthSweep compare_word_lengths(const Compared& compared, const Evaluation& reference,
                                     const CompareOptions& options) {
  Work work(options.listener, "word lengths",
            static_cast<std::int64_t>(swept_state_widths.size() * swept_weight_widths.size()));
  return sweep_word_lengths(compared.model, compared.calibration,
                            first_samples(compared.data, options.word_length_samples), reference,
                            compared.image.config, {.threads = options.threads},
                            [&work](std::int64_t done, const std::string& next) { work.show(done, next); });
}

/// The network of the comparison first, then the further ones. `matches` becomes false where data is not that
/// of a training.
std::vector<NoiseCurve> compare_noise(const Model& model, const HardwareConfig& hw,
                                      const CompareOptions& options, Warnings& warnings,
                                      std::optional<bool>& matches) {
  std::vector<const Model*> models{&model};
  std::vector<std::string> names{options.name};
  for (std::size_t i = 0; i < options.noise_networks.size(); ++i) {
    models.push_back(&options.noise_networks[i].model());
    names.push_back(i < options.noise_names.size() ? options.noise_names[i]
                                                   : fmt::format("noise network {}", i + 1));
  }
  std::vector<Recipe> recipes;
  for (const auto* one : models) recipes.push_back(one->recipe);
  const auto curves_of = curve_names(recipes, names);
  const auto trials = 2 * static_cast<std::int64_t>(noise_ratios.size()) * options.noise_trials;
  Work work(options.listener, "noise", trials * static_cast<std::int64_t>(models.size()));
  std::vector<NoiseCurve> curves;
  for (std::size_t i = 0; i < models.size(); ++i) {
    const auto before = trials * static_cast<std::int64_t>(i);
    work.show(before, curves_of[i]);
    // The signal is that of the whole test data, whatever the limit says.
    auto check = data_check(warnings, names[i], models[i]->training_data);
    const auto data = load(check, options.data, models[i]->recipe, Split::test);
    const auto signal = signal_variances(*models[i], data.samples, options.threads);
    for (auto& curve : noise_curves(*models[i], load(check, options.data, models[i]->recipe, Split::train),
                                    first_samples(data, options.noise_samples), hw, signal,
                                    options.noise_trials, {.threads = options.threads},
                                    [&](std::int64_t done) { work.show(before + done, curves_of[i]); })) {
      curve.name = curves_of[i];
      curves.push_back(std::move(curve));
    }
    if (check.matches() == false) matches = false;
  }
  return curves;
}

CompareResult result_of(const std::shared_ptr<const Comparison>& c) {
  return {.reference = plain(c->reference),
          .golden = plain(c->golden),
          .agreement = agreement(c->golden, c->reference),
          .difference = c->difference,
          .devices = c->devices,
          .deviations = c->deviations,
          .local = c->local,
          .phases = c->phases,
          .state_error = c->state_error,
          .word_lengths = c->word_lengths,
          .within_bounds = c->within_bounds(),
          .devices_agree = c->devices_agree(),
          .data_matches = c->provenance.data_matches,
          .warnings = c->provenance.warnings,
          .comparison = c};
}

}  // namespace

CompareResult compare(const Network& network, const CompareOptions& options, const Devices& devices) {
  const auto hw = options.hw ? *options.hw : load_hardware_config("default");
  std::vector<std::unique_ptr<Device>> bodies;
  for (const auto& backend : options.backends) bodies.push_back(devices.make(backend, hw, options.name));
  auto model = network.model();
  Warnings warnings(options.listener);
  auto check = data_check(warnings, options.name, model.training_data);
  const auto train = load(check, options.data, model.recipe, Split::train);
  apply_budget(model, train, options.budget);
  const auto test = load(check, options.data, model.recipe, Split::test);
  // Digits and letters may be repeated to fill a set; a few equal rows of a table say nothing.
  if (const auto distinct = distinct_samples(test.samples); 2 * distinct < test.size())
    warnings.add(
        fmt::format("{}: of the {} test samples only {} differ from each other; intervals take each as one "
                    "of its own, and are too narrow",
                    options.name, test.size(), distinct));
  const auto calibration = calibrate(model, train);
  const Compared compared{.model = model,
                          .calibration_data = train,
                          .data = first_samples(test, options.limit),
                          .calibration = calibration,
                          .image = compile(model, calibration, hw).image};
  for (const auto& warning : compile_warnings(model, compared.image, train, false)) warnings.add(warning);
  auto result = compare_on_golden(compared, options);
  result.model = options.name;
  result.provenance = {.version = version(),
                       .command = options.command,
                       .date = options.date,
                       .weights = fingerprint(model),
                       .training_data = model.training_data,
                       .calibration = half_of(train),
                       .test = half_of(test),
                       .data_matches = check.matches()};
  for (auto& device : bodies)
    result.devices.push_back(compare_device(*device, compared, result.golden, options));
  if (options.word_length_samples > 0)
    result.word_lengths = compare_word_lengths(compared, result.reference, options);
  if (options.noise_trials > 0)
    result.noise_curves = compare_noise(model, hw, options, warnings, result.provenance.data_matches);
  if (result.state_error)
    if (const auto warning = step_warning(*result.state_error, result.recipe); !warning.empty())
      warnings.add(fmt::format("{}: {}", options.name, warning));
  result.provenance.warnings = warnings.all();
  return result_of(std::make_shared<const Comparison>(std::move(result)));
}

std::string CompareResult::print() const {
  const auto& c = *comparison;
  auto text = fmt::format("{} on {}: {} test samples\n", c.model, c.hw.name, grouped(c.reference.samples));
  text += table(accuracy_rows(c)) + "\n";
  text += difference_text(c.difference) + "\n";
  text += fmt::format(
      "agreement {}; {}{} saturated elements; {} cycles an inference\n\n", percent(agreement),
      c.has_tables() ? fmt::format("{} decisions flipped by the function tables; ", grouped(c.flips_by_table))
                     : "",
      grouped(c.golden.counters.saturations), grouped(c.golden.counters.cycles));
  text += "global deviation from float, all rounding so far included\n" + table(vector_rows(c)) + "\n\n";
  if (c.state_error) text += table(state_error_rows(*c.state_error, c.recipe)) + "\n\n";
  text += "cycles of each phase of the program\n" + table(phase_rows(c)) + "\n\n";
  text +=
      "local error of each instruction against its real value from the same operands, in units of the last "
      "place\n" +
      table(instruction_rows(c));
  if (c.word_lengths)
    text += fmt::format("\n\naccuracy by word lengths on the first {} test samples; float {}\n",
                        grouped(c.word_lengths->samples), percent(c.word_lengths->accuracy_float())) +
            table(word_length_grid(*c.word_lengths));
  if (!c.noise_curves.empty())
    text += "\n\naccuracy under noise, by the ratio of variances of signal and noise\n" +
            table(noise_rows(c.noise_curves)) + "\n" + noise_difference_text(c.noise_curves);
  return text;
}

nlohmann::ordered_json CompareResult::json() const { return comparison_json(*comparison); }

std::vector<std::string> CompareResult::write(const std::filesystem::path& folder) const {
  return write_report(folder, *comparison);
}

}  // namespace stoic
