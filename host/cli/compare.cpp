#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "commands.hpp"
#include "data_check.hpp"
#include "devices.hpp"
#include "options.hpp"
#include "outputs.hpp"
#include "stoic/host/compare/comparison.hpp"
#include "stoic/host/compare/compile_warnings.hpp"
#include "stoic/host/compare/curve_names.hpp"
#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/data/fingerprint.hpp"
#include "stoic/host/learning/inference.hpp"
#include "stoic/host/report/comparison_json.hpp"
#include "stoic/host/report/comparison_tables.hpp"
#include "stoic/host/report/report_folder.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/writable.hpp"

namespace stoic::cli {
namespace {

struct CompareOptions {
  Console console;
  std::string model;
  std::string folder;
  std::string command;
  std::string date;
  std::string hw = "default";
  std::string data_dir;
  std::int64_t limit = 0;
  std::int64_t local_samples = 20;
  bool word_lengths = false;
  std::int64_t word_length_samples = 2000;
  std::int64_t noise_trials = 0;
  std::int64_t noise_samples = 0;
  std::vector<std::string> noise_models;
  BudgetOptions budget;
  std::vector<std::string> backends;
  std::int64_t device_samples = 100;
  int threads = 0;
};

/// What all parts of a comparison are about.
struct Subject {
  Model model;
  Dataset calibration;
  Dataset data;
  Image image;
};

DeviceComparison compare_device(Device& device, const Subject& subject, const Evaluation& golden,
                                const CompareOptions& options) {
  const auto run = evaluate_device(device, subject.image, first_samples(subject.data, options.device_samples),
                                   options.model);
  return {.backend = run.evaluation.backend,
          .samples = run.evaluation.samples,
          .accuracy = run.evaluation.accuracy,
          .differing_bits = differing_bits(run.evaluation, golden, subject.image.config.state_width),
          .differing_cycles = run.session.unexplained_cycles(),
          .cycles_per_inference = run.cycles_per_inference(),
          .mac_utilisation = run.mac_utilisation(),
          .saturations = run.session.saturations};
}

/// Everything on float and golden.
Comparison compare_models(const Subject& subject, const CompareOptions& options) {
  ProgressBar bar("comparing", 5);
  return compare_with_float(
      subject.model, subject.image, subject.calibration, subject.data,
      {.threads = options.threads,
       .local_samples = options.local_samples,
       .error_budget = options.budget.budget,
       .progress = [&bar](int done, const std::string& next) { bar.show(done, next); }});
}

WordLengthSweep sweep(const Subject& subject, const Evaluation& reference, const CompareOptions& options) {
  ProgressBar bar("word lengths",
                  static_cast<std::int64_t>(swept_state_widths.size() * swept_weight_widths.size()));
  return sweep_word_lengths(subject.model, subject.calibration,
                            first_samples(subject.data, options.word_length_samples), reference,
                            subject.image.config, {.threads = options.threads},
                            [&bar](std::int64_t done, const std::string& next) { bar.show(done, next); });
}

/// The model of the comparison first, then --noise-model.
/// `matches` becomes false where data is not that of a training.
std::vector<NoiseCurve> noise(const std::vector<Model>& models, const HardwareConfig& hw,
                              const CompareOptions& options, std::optional<bool>& matches) {
  std::vector<std::string> files{options.model};
  files.insert(files.end(), options.noise_models.begin(), options.noise_models.end());
  std::vector<Recipe> recipes;
  for (const auto& model : models) recipes.push_back(model.recipe);
  const auto names = curve_names(recipes, files);
  const auto trials = 2 * static_cast<std::int64_t>(noise_ratios.size()) * options.noise_trials;
  ProgressBar bar("noise", trials * static_cast<std::int64_t>(models.size()));
  std::vector<NoiseCurve> curves;
  for (std::size_t i = 0; i < models.size(); ++i) {
    const auto before = trials * static_cast<std::int64_t>(i);
    bar.show(before, names[i]);
    // The signal is that of the whole test data, whatever --limit says.
    DataCheck check(options.console, files[i], models[i].training_data);
    const auto data = check.load(models[i].recipe, Split::test, options.data_dir);
    const auto signal = signal_variances(models[i], data.samples, options.threads);
    for (auto& curve : noise_curves(models[i], check.load(models[i].recipe, Split::train, options.data_dir),
                                    first_samples(data, options.noise_samples), hw, signal,
                                    options.noise_trials, {.threads = options.threads},
                                    [&](std::int64_t done) { bar.show(before + done, names[i]); })) {
      curve.name = names[i];
      curves.push_back(std::move(curve));
    }
    if (check.matches() == false) matches = false;
  }
  return curves;
}

/// Now, so that a wrong folder is refused before anything takes time.
void require_place(const CompareOptions& options) {
  require_report_folder(options.folder);
  Inputs inputs{options.model, options.hw};
  inputs.insert(inputs.end(), options.noise_models.begin(), options.noise_models.end());
  require_apart("-o", options.folder, report_files(), inputs, options.data_dir);
  require_writable_folder(options.folder);
}

Comparison compare(const CompareOptions& options) {
  if (!options.folder.empty()) require_place(options);
  const auto hw = load_hardware_config(options.hw);
  std::vector<std::unique_ptr<Device>> devices;
  for (const auto& backend : options.backends) devices.push_back(make_device(backend, hw, options.model));
  Subject subject{.model = read_model(options.model)};
  std::vector<Model> noise_models;  // now, so that a wrong file is refused before anything takes time
  for (const auto& file : options.noise_models) noise_models.push_back(read_model(file));
  DataCheck check(options.console, options.model, subject.model.training_data);
  subject.calibration = check.load(subject.model.recipe, Split::train, options.data_dir);
  apply_budget(subject.model, subject.calibration, options.budget);
  const auto test = check.load(subject.model.recipe, Split::test, options.data_dir);
  subject.data = first_samples(test, options.limit);
  subject.image = compile(subject.model, subject.calibration, hw).image;
  for (const auto& warning : compile_warnings(subject.model, subject.image, subject.calibration, false))
    options.console.warn(warning);
  auto result = compare_models(subject, options);
  result.model = options.model;
  result.provenance = {.version = STOIC_VERSION,
                       .command = options.command,
                       .date = options.date,
                       .training_data = subject.model.training_data,
                       .calibration = half_of(subject.calibration),
                       .test = half_of(test),
                       .data_matches = check.matches()};
  for (auto& device : devices)
    result.devices.push_back(compare_device(*device, subject, result.golden, options));
  if (options.word_lengths && options.word_length_samples > 0)
    result.word_lengths = sweep(subject, result.reference, options);
  if (options.noise_trials > 0) {
    std::vector<Model> models{subject.model};
    for (auto& model : noise_models) models.push_back(std::move(model));
    result.noise_curves = noise(models, hw, options, result.provenance.data_matches);
  }
  if (result.state_error)
    if (const auto warning = step_warning(*result.state_error, result.recipe); !warning.empty())
      options.console.warn(fmt::format("{}: {}", options.model, warning));
  result.provenance.warnings = options.console.warnings;
  return result;
}

void print(const Comparison& c, const Console& console) {
  console.print(fmt::format("{} on {}: {} test samples", c.model, c.hw.name, grouped(c.reference.samples)));
  console.print(table(accuracy_rows(c)));
  console.print(difference_text(c.difference));
  console.print(fmt::format(
      "agreement {}; {}{} saturated elements; {} cycles an inference\n",
      percent(agreement(c.golden, c.reference)),
      c.has_tables() ? fmt::format("{} decisions flipped by the function tables; ", grouped(c.flips_by_table))
                     : "",
      grouped(c.golden.counters.saturations), grouped(c.golden.counters.cycles)));
  console.print("global deviation from float, all rounding so far included\n" + table(vector_rows(c)) + "\n");
  if (c.state_error) console.print(table(state_error_rows(*c.state_error, c.recipe)) + "\n");
  console.print("cycles of each phase of the program\n" + table(phase_rows(c)) + "\n");
  console.print(
      "local error of each instruction against its real value from the same operands, in units of the last "
      "place\n" +
      table(instruction_rows(c)));
  if (c.word_lengths)
    console.print(fmt::format("\naccuracy by word lengths on the first {} test samples; float {}\n",
                              grouped(c.word_lengths->samples), percent(c.word_lengths->accuracy_float())) +
                  table(word_length_grid(*c.word_lengths)));
  if (!c.noise_curves.empty())
    console.print("\naccuracy under noise, by the ratio of variances of signal and noise\n" +
                  table(noise_rows(c.noise_curves)) + "\n" + noise_difference_text(c.noise_curves));
}

int run_compare(const CompareOptions& options) {
  const auto c = compare(options);
  const auto& console = options.console;
  print(c, console);
  if (!options.folder.empty()) {
    const auto files = write_report(options.folder, c);
    console.print(fmt::format("\n{}: {}", options.folder, fmt::join(files, ", ")));
  }
  console.result(comparison_json(c));
  if (!c.within_bounds())
    console.print("a local error exceeds its bound: the golden model or the twin is wrong");
  if (!c.devices_agree()) console.print("a device differs from golden: one of them is wrong");
  return c.within_bounds() && c.devices_agree() ? success : comparison_failed;
}

void add_word_lengths(CLI::App& command, CompareOptions& options) {
  command.add_flag("--word-lengths,!--no-word-lengths", options.word_lengths,
                   "accuracy for other bits of states and weights; by default with -o only");
  command
      .add_option("--word-length-samples", options.word_length_samples,
                  "the first test samples, on which they run; 0 for no word lengths")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 40))
      ->capture_default_str()
      ->type_name("N");
}

void add_noise_curves(CLI::App& command, CompareOptions& options) {
  const auto add = [&](const char* name, std::int64_t& value, std::int64_t most, const char* what) {
    command.add_option(name, value, what)
        ->check(CLI::Range(std::int64_t{0}, most))
        ->capture_default_str()
        ->type_name("N");
  };
  add("--noise-trials", options.noise_trials, 1000,
      "accuracy under observational and dynamical noise of eight strengths, with so many draws of each; 0 "
      "for "
      "none");
  add("--noise-samples", options.noise_samples, std::int64_t{1} << 40,
      "the first test samples, on which they run; 0 for all");
  command
      .add_option("--noise-model", options.noise_models,
                  "a further model under the same noise in the same plots, such as one of another coupling; "
                  "may be repeated")
      ->allow_extra_args(false)
      ->type_name("MODEL");
}

void add_devices(CLI::App& command, CompareOptions& options) {
  command
      .add_option("--backend", options.backends,
                  "also run on systemc or rtl, and compare bits and cycles with golden; may be repeated")
      ->check(CLI::IsMember(device_names()))
      ->allow_extra_args(false);
  command
      .add_option("--device-samples", options.device_samples,
                  "the first test samples, which these backends run; 0 for all")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 40))
      ->capture_default_str()
      ->type_name("N");
}

}  // namespace

void add_compare(CLI::App& app, Body& body) {
  auto options = std::make_shared<CompareOptions>();
  auto* command = app.add_subcommand(
      "compare",
      "float against fixed point: accuracy, errors by vector and instruction, word lengths, cycles");
  command->add_option("MODEL", options->model, "a model (.npz)")->required();
  command
      ->add_option(
          "-o,--output", options->folder,
          "folder for the report: report.html to look at, report.json and .csv files with its numbers; one "
          "with an earlier report is replaced as a whole, one with anything else in it is refused")
      ->type_name("DIR");
  add_hw(*command, options->hw);
  add_limit(*command, options->limit);
  command
      ->add_option("--local-samples", options->local_samples,
                   "samples whose every instruction is recomputed in real numbers")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 40))
      ->capture_default_str()
      ->type_name("N");
  command
      ->add_option("--date", options->date,
                   "a date for the report, or now; default: that of $SOURCE_DATE_EPOCH, else none, so that "
                   "the same command gives the same bytes")
      ->type_name("DATE");
  add_word_lengths(*command, *options);
  add_noise_curves(*command, *options);
  add_error_budget(*command, options->budget);
  add_devices(*command, *options);
  add_data_dir(*command, options->data_dir);
  add_threads(*command, options->threads);
  add_json(*command, options->console);
  command->footer(
      "Exit code 1 when a local error exceeds its bound (1/2 unit, 1 for functions), or a backend differs "
      "from "
      "golden.\n"
      "Example: stoic compare digits.npz --hw small -o report --backend systemc --noise-trials 5");
  command->callback([options, command, &body] {
    take_output_folder(options->folder);
    if (command->count("--word-lengths") == 0) options->word_lengths = !options->folder.empty();
    if (!options->noise_models.empty() && options->noise_trials == 0)
      throw CLI::ValidationError("--noise-model", "needs --noise-trials, such as --noise-trials 5");
    options->command = command_text(*command);
    options->date = date_text(options->date);
    body = [options] { return run_compare(*options); };
  });
}

}  // namespace stoic::cli
