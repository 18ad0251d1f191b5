#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>

#include "commands.hpp"
#include "data_check.hpp"
#include "devices.hpp"
#include "driven.hpp"
#include "options.hpp"
#include "outputs.hpp"
#include "stoic/host/analysis/attractors.hpp"
#include "stoic/host/compare/compile_warnings.hpp"
#include "stoic/host/compare/evaluate.hpp"
#include "stoic/host/compare/metrics.hpp"
#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/data/pixel_noise.hpp"
#include "stoic/host/driven/driven_model.hpp"
#include "stoic/host/learning/inference.hpp"
#include "stoic/host/model/npz.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"
#include "stoic/sim/io/writable.hpp"

namespace stoic::cli {
namespace {

struct EvalOptions {
  Console console;
  std::string model;
  std::string backend = "float";
  std::string output;
  std::string hw = "default";
  bool hw_given = false;
  std::string data_dir;
  std::int64_t limit = 0;
  NoiseOptions noise;
  std::optional<double> pixel_noise;
  std::optional<double> temperature_K;  ///< else that of the recipe
  bool balanced = false;
  int threads = 0;
  std::vector<std::string> settings;  ///< of driven reservoirs
};

/// Decisions, labels and outputs, for scripts.
void write_outputs(const std::string& path, const Evaluation& evaluation, const Dataset& data) {
  const Eigen::MatrixXd outputs = evaluation.outputs.numbers();
  const NpzArray arrays[] = {
      npz_array("decisions", {evaluation.samples}, evaluation.decisions),
      npz_array("labels", {data.size()}, data.labels),
      // Column-major [classes x samples] is row-major [samples x classes].
      npz_array("outputs", {evaluation.samples, data.classes},
                std::span<const double>(outputs.data(), static_cast<std::size_t>(outputs.size())))};
  write_npz(path, arrays);
}

/// An image has no float reference, so agreement is only known for a model.
struct Judgement {
  Evaluation evaluation;
  double temperature_K = 0;
  std::optional<DeviceEvaluation> device;  ///< of systemc and rtl
  std::optional<double> agreement_with_float;
  Recipe recipe;
  Dataset data;
  /// Of systems with attractors; H needs x(T), which does not leave an accelerator.
  std::optional<double> mean_overlap, strict_accuracy;
  std::optional<bool> data_matches;  ///< that of the training
};

/// Test data with the pixel noise that was asked for: of letters it is part of the data. What is compared
/// with the training's is the data without.
Dataset test_data(Recipe recipe, const EvalOptions& options, DataCheck& check) {
  auto data = check.load(recipe, Split::test, options.data_dir);
  if (!options.pixel_noise) return data;
  const bool letters = recipe.data.set == "letters";
  if (letters) recipe.data.pixel_noise = *options.pixel_noise;
  return letters ? load_data(recipe, Split::test)
                 : with_pixel_noise(std::move(data), recipe.seed, *options.pixel_noise);
}

/// Outputs of a system with attractors are the overlaps with them.
void judge_overlaps(Judgement& outcome) {
  if (outcome.recipe.attractors().size() > 0)
    outcome.mean_overlap = mean_overlap(outcome.evaluation.outputs.real(), outcome.data.labels);
}

/// An image on golden, or on `device` when there is one.
void evaluate_fixed(const EvalOptions& options, const Image& image, Device* device, Judgement& outcome) {
  ProgressBar bar(options.backend, outcome.data.size());
  const auto progress = [&bar](std::int64_t done) { bar.show(done); };
  if (device == nullptr) {
    outcome.evaluation =
        evaluate_golden(image, outcome.data, {.threads = options.threads, .progress = progress});
    return;
  }
  outcome.device = evaluate_device(*device, image, outcome.data, options.model, {.progress = progress});
  outcome.evaluation = outcome.device->evaluation;
}

Judgement evaluate_image(const EvalOptions& options, const std::string& bytes) {
  if (options.backend == "float")
    throw Error(fmt::format(
        "{}: is an image, which runs on --backend golden, systemc or rtl, not float; give the model it "
        "was compiled from",
        options.model));
  if (options.noise.any())
    throw Error(
        fmt::format("{}: an image has the noise that it was compiled with; give the model, or compile it "
                    "with --noise-obs "
                    "or --noise-dyn",
                    options.model));
  if (options.temperature_K)
    throw Error(fmt::format("{}: --temperature is of the float reference; give the model", options.model));
  const auto image = parse_image(bytes, options.model);
  if (options.hw_given) require_config(image, load_hardware_config(options.hw), options.model);
  std::unique_ptr<Device> device;
  if (is_device(options.backend)) device = make_device(options.backend, image.config, options.model);
  Judgement outcome{.recipe = recipe_of(image, options.model)};
  DataCheck check(options.console, options.model, training_data_of(image, options.model));
  outcome.data = first_samples(test_data(outcome.recipe, options, check), options.limit);
  outcome.data_matches = check.matches();
  evaluate_fixed(options, image, device.get(), outcome);
  judge_overlaps(outcome);
  return outcome;
}

Judgement evaluate_model(const EvalOptions& options, std::string bytes) {
  const auto hw = load_hardware_config(options.hw);
  if (options.temperature_K && (options.backend != "float" || options.noise.any()))
    throw Error(fmt::format("--temperature {}: is of --backend float without noise; leave out the other",
                            *options.temperature_K));
  std::unique_ptr<Device> device;
  if (is_device(options.backend)) device = make_device(options.backend, hw, options.model);
  const auto model = parse_model(std::move(bytes), options.model);
  Judgement outcome{.recipe = model.recipe};
  DataCheck check(options.console, options.model, model.training_data);
  outcome.data = test_data(model.recipe, options, check);
  outcome.data_matches = check.matches();
  const auto noise = noise_for(model, options.noise, outcome.data, options.threads);
  outcome.data = first_samples(outcome.data, options.limit);
  const auto* csto = std::get_if<CstoParameters>(&model.recipe.system);
  if (options.backend == "float")
    outcome.temperature_K =
        options.temperature_K.value_or(csto != nullptr && !noise.any() ? csto->temperature_K : 0);
  if (options.backend == "float") {
    ProgressBar bar("float", outcome.data.size());
    const auto progress = [&bar](std::int64_t done) { bar.show(done); };
    outcome.evaluation = evaluate_float(model, outcome.data,
                                        {.threads = options.threads,
                                         .progress = progress,
                                         .noise = noise,
                                         .temperature_K = outcome.temperature_K});
    outcome.agreement_with_float =
        outcome.temperature_K > 0
            ? agreement(outcome.evaluation, evaluate_float(model, outcome.data, {.threads = options.threads}))
            : 1.0;
    judge_overlaps(outcome);
    if (outcome.mean_overlap)
      outcome.strict_accuracy = judge_attractors(final_states(model, outcome.data.samples,
                                                              {.threads = options.threads, .noise = noise}),
                                                 model.recipe.attractors(), outcome.data.labels)
                                    .strict_accuracy;
    return outcome;
  }
  const auto calibration = check.load(model.recipe, Split::train, options.data_dir);
  const auto compiled = compile(model, calibration, hw, noise);
  outcome.data_matches = check.matches();
  for (const auto& warning : compile_warnings(model, compiled.image, calibration, noise.any()))
    options.console.warn(warning);
  const auto reference = evaluate_float(model, outcome.data, {.threads = options.threads, .noise = noise});
  evaluate_fixed(options, compiled.image, device.get(), outcome);
  outcome.agreement_with_float = agreement(outcome.evaluation, reference);
  judge_overlaps(outcome);
  return outcome;
}

/// The name of a class, or its number.
std::string class_name(const std::vector<std::string>& names, std::size_t c) {
  return c < names.size() ? names[c] : fmt::format("{}", c);
}

std::string confusion_text(const Eigen::MatrixXi& confusion, const std::vector<std::string>& names) {
  std::vector<std::vector<std::string>> rows{{"true\\decided"}};
  for (Eigen::Index c = 0; c < confusion.cols(); ++c)
    rows[0].push_back(class_name(names, static_cast<std::size_t>(c)));
  for (Eigen::Index r = 0; r < confusion.rows(); ++r) {
    rows.push_back({class_name(names, static_cast<std::size_t>(r))});
    for (Eigen::Index c = 0; c < confusion.cols(); ++c)
      rows.back().push_back(fmt::format("{}", confusion(r, c)));
  }
  return table(rows);
}

nlohmann::ordered_json confusion_json(const Eigen::MatrixXi& confusion) {
  auto rows = nlohmann::ordered_json::array();
  for (Eigen::Index r = 0; r < confusion.rows(); ++r) {
    auto row = nlohmann::ordered_json::array();
    for (Eigen::Index c = 0; c < confusion.cols(); ++c) row.push_back(confusion(r, c));
    rows.push_back(row);
  }
  return rows;
}

std::string class_text(const std::vector<ClassMetrics>& classes, const std::vector<std::string>& names) {
  std::vector<std::vector<std::string>> rows{{"class", "precision", "recall", "F1"}};
  for (std::size_t c = 0; c < classes.size(); ++c)
    rows.push_back({class_name(names, c), fmt::format("{:.4f}", classes[c].precision),
                    fmt::format("{:.4f}", classes[c].recall), fmt::format("{:.4f}", classes[c].f1)});
  return table(rows);
}

nlohmann::ordered_json class_json(const std::vector<ClassMetrics>& classes) {
  auto result = nlohmann::ordered_json::array();
  for (const auto& c : classes)
    result.push_back({{"precision", c.precision}, {"recall", c.recall}, {"f1", c.f1}});
  return result;
}

nlohmann::ordered_json noise_ratios_json(const NoiseOptions& noise) {
  const auto known = [](const std::optional<double>& ratio) {
    return ratio ? nlohmann::ordered_json(*ratio) : nlohmann::ordered_json();
  };
  return {{"observation", known(noise.ratios.observation)},
          {"dynamic", known(noise.ratios.dynamic)},
          {"trial", noise.trial}};
}

/// Options that mean nothing for a driven reservoir.
std::vector<std::string> of_samples(const EvalOptions& options) {
  std::vector<std::string> given;
  if (options.limit > 0) given.emplace_back("--limit");
  if (options.noise.any()) given.emplace_back("noise");
  if (options.pixel_noise) given.emplace_back("--pixel-noise");
  if (options.temperature_K) given.emplace_back("--temperature");
  if (options.balanced) given.emplace_back("--balanced");
  return given;
}

int run_eval(const EvalOptions& options) {
  require_apart("-o", options.output, {options.model, options.hw}, options.data_dir);
  if (!options.output.empty()) require_writable(options.output);
  auto bytes = read_file(options.model);  // once: it may be a pipe
  if (is_driven_model(bytes, options.model))
    return eval_driven({options.console, options.model, std::move(bytes), options.backend, options.output,
                        options.data_dir, options.settings, of_samples(options)});
  if (!options.settings.empty())
    throw Error(fmt::format("{}: --set is for the series of driven reservoirs; leave it out", options.model));
  const auto outcome = bytes.starts_with("stoicimg") ? evaluate_image(options, bytes)
                                                     : evaluate_model(options, std::move(bytes));
  const auto& evaluation = outcome.evaluation;
  if (!options.output.empty()) write_outputs(options.output, evaluation, outcome.data);
  const auto& counters = evaluation.counters;
  const auto& console = options.console;
  console.print(fmt::format("{}: accuracy {} on {} samples, {} samples/s", evaluation.backend,
                            percent(evaluation.accuracy), grouped(evaluation.samples),
                            grouped(static_cast<std::int64_t>(evaluation.samples_per_s()))));
  const auto& training = outcome.recipe.training;
  if (options.balanced || training.balanced_classes || !training.class_weights.empty())
    console.print(fmt::format("balanced accuracy {}, the mean over the classes",
                              percent(evaluation.balanced_accuracy)));
  if (options.noise.any())
    console.print(fmt::format("noise, by the ratio of variances: {}; trial {}", noise_text(options.noise),
                              options.noise.trial));
  if (evaluation.backend != "float") {
    if (outcome.agreement_with_float)
      console.print(fmt::format("agreement with float {}", percent(*outcome.agreement_with_float)));
    console.print(fmt::format("{} cycles an inference, {} saturated elements{}", grouped(counters.cycles),
                              grouped(counters.saturations),
                              counters.saturations > 0
                                  ? fmt::format(", first at program word {} (stoic compare names them all)",
                                                counters.first_saturated)
                                  : ""));
  }
  if (outcome.mean_overlap)
    console.print(fmt::format("overlap with the attractor of the label {:.4f}{}", *outcome.mean_overlap,
                              outcome.strict_accuracy ? fmt::format(", at least 95 % of signs right {}",
                                                                    percent(*outcome.strict_accuracy))
                                                      : ""));
  const auto classes = class_metrics(evaluation.confusion);
  const auto& names = outcome.data.class_names;
  console.print("\n" + confusion_text(evaluation.confusion, names));
  console.print("\n" + class_text(classes, names));
  nlohmann::ordered_json json{
      {"backend", evaluation.backend}, {"samples", evaluation.samples}, {"accuracy", evaluation.accuracy}};
  json["balanced_accuracy"] = evaluation.balanced_accuracy;
  json["agreement_with_float"] = outcome.agreement_with_float
                                     ? nlohmann::ordered_json(*outcome.agreement_with_float)
                                     : nlohmann::ordered_json();
  json["samples_per_s"] = evaluation.samples_per_s();
  json["saturations"] = counters.saturations;
  if (evaluation.backend == "golden") {
    json["cycles_per_inference"] = counters.cycles;
    json["accumulator_overflows"] = counters.overflows;
  } else if (outcome.device) {
    const auto& device = *outcome.device;
    json["cycles_per_inference"] = device.cycles_per_inference();
    json["run_cycles_per_sample"] = device.run_cycles_per_sample();
    json["cycles_per_s"] = device.cycles_per_s();
  }
  if (options.noise.any()) json["noise"] = noise_ratios_json(options.noise);
  if (options.pixel_noise) json["pixel_noise"] = *options.pixel_noise;
  if (outcome.temperature_K > 0) json["temperature_K"] = outcome.temperature_K;
  if (outcome.mean_overlap) json["mean_overlap"] = *outcome.mean_overlap;
  if (outcome.strict_accuracy) json["strict_accuracy"] = *outcome.strict_accuracy;
  json["confusion"] = confusion_json(evaluation.confusion);
  json["classes"] = class_json(classes);
  if (!names.empty()) json["class_names"] = names;
  json["seed"] = outcome.recipe.seed;
  json["data_matches"] = matches_json(outcome.data_matches);
  console.result(json);
  return success;
}

}  // namespace

void add_eval(CLI::App& app, Body& body) {
  auto options = std::make_shared<EvalOptions>();
  auto* command =
      app.add_subcommand("eval", "accuracy, confusion matrix and throughput of a model on its test data");
  command->add_option("MODEL", options->model, "a model (.npz), or an image that stoic compile wrote")
      ->required();
  command
      ->add_option("--backend", options->backend,
                   "float (the reference), golden (bit-accurate fixed point), systemc (cycle model) or rtl "
                   "(SystemVerilog under Verilator)")
      ->check(CLI::IsMember({"float", "golden", "systemc", "rtl"}))
      ->capture_default_str();
  command
      ->add_option(
          "-o,--output", options->output,
          "write decisions, labels and outputs (codes in fixed point) as a NumPy .npz; \"-\" for standard "
          "output, with the report on standard error and without --json")
      ->type_name("FILE.npz");
  add_hw(*command, options->hw);
  add_limit(*command, options->limit);
  add_noise(*command, options->noise);
  command
      ->add_option(
          "--temperature", options->temperature_K,
          "in kelvin, of coupled oscillators (csto) in float: every free layer feels the thermal "
          "field of its "
          "volume and damping; agreement is with the same at 0 K. Default: temperature_K of the recipe")
      ->check(CLI::Range(0.0, 1e4));
  command
      ->add_option("--pixel-noise", options->pixel_noise,
                   "replace this share of the pixels of every test sample by random greys")
      ->check(CLI::Range(0.0, 1.0))
      ->type_name("SHARE");
  command->add_flag("--balanced", options->balanced,
                    "print the balanced accuracy too: the mean over the classes of the share decided right");
  command
      ->add_option("--set", options->settings,
                   "of a driven reservoir: another series, such as data.seed=7 or data.path=other.csv; may "
                   "be repeated")
      ->type_name("data.KEY=VALUE")
      ->allow_extra_args(false);
  add_data_dir(*command, options->data_dir);
  add_threads(*command, options->threads);
  add_json(*command, options->console);
  command->footer(
      "A driven reservoir is judged on the test part of its series: NRMSE, NMSE, sMAPE, free runs.\n"
      "Noise has the same bits on every backend; the signal is measured in float on the whole test data.\n"
      "Example: stoic eval digits.npz --backend golden --hw small --noise-obs 10 --noise-trial 2");
  command->callback([options, command, &body] {
    take_output(options->output, options->console);
    options->hw_given = command->count("--hw") > 0;
    body = [options] { return run_eval(*options); };
  });
}

}  // namespace stoic::cli
