#include "stoic/host/library/evaluate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "stoic/host/analysis/attractors.hpp"
#include "stoic/host/compare/compile_warnings.hpp"
#include "stoic/host/compare/device_evaluation.hpp"
#include "stoic/host/compare/metrics.hpp"
#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/data/first_samples.hpp"
#include "stoic/host/data/pixel_noise.hpp"
#include "stoic/host/learning/inference.hpp"
#include "stoic/host/library/work.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

/// Test data with the pixel noise that was asked for: of letters it is part of the data. What is compared
/// with the training's is the data without.
Dataset noisy_test_data(Recipe recipe, const EvaluateOptions& options, DataCheck& check) {
  auto data = load(check, options.data, recipe, Split::test);
  if (!options.pixel_noise) return data;
  const bool letters = recipe.data.set == "letters" && !options.data.test;
  if (letters) recipe.data.pixel_noise = *options.pixel_noise;
  return letters ? load_data(recipe, Split::test)
                 : with_pixel_noise(std::move(data), recipe.seed, *options.pixel_noise);
}

/// What is asked of a result from its evaluation.
void take_evaluation(EvaluateResult& result, const Evaluation& evaluation, const Dataset& data,
                     const Recipe& recipe) {
  static_cast<NetworkResult&>(result) = plain(evaluation);
  result.backend = evaluation.backend;
  result.samples = evaluation.samples;
  result.balanced_accuracy = evaluation.balanced_accuracy;
  result.samples_per_s = evaluation.samples_per_s();
  result.labels = data.labels;
  for (Eigen::Index r = 0; r < evaluation.confusion.rows(); ++r) {
    result.confusion.emplace_back();
    for (Eigen::Index c = 0; c < evaluation.confusion.cols(); ++c)
      result.confusion.back().push_back(evaluation.confusion(r, c));
  }
  result.classes = class_metrics(evaluation.confusion);
  result.class_names = data.class_names;
  result.output_fraction_bits = evaluation.outputs.fraction_bits;
  result.accumulator_overflows = evaluation.counters.overflows;
  result.first_saturated = evaluation.counters.first_saturated;
  // Outputs of a system with attractors are the overlaps with them.
  if (recipe.attractors().size() > 0)
    result.mean_overlap = mean_overlap(evaluation.outputs.real(), data.labels);
  result.seed = recipe.seed;
}

/// An image on golden, or on `device` when there is one.
Evaluation evaluate_fixed(const EvaluateOptions& options, const Image& image, const Dataset& data,
                          Device* device, EvaluateResult& result) {
  Work work(options.listener, options.backend, data.size());
  const auto progress = [&work](std::int64_t done) { work.show(done); };
  if (device == nullptr)
    return evaluate_golden(image, data, {.threads = options.threads, .progress = progress});
  auto run = evaluate_device(*device, image, data, options.name, {.progress = progress});
  run.evaluation.counters.cycles = run.cycles_per_inference();
  result.run_cycles_per_sample = run.run_cycles_per_sample();
  result.cycles_per_s = run.cycles_per_s();
  return std::move(run.evaluation);
}

/// What the options alone decide.
EvaluateResult begun_evaluation(const EvaluateOptions& options) {
  EvaluateResult result;
  result.noise = options.noise;
  result.pixel_noise = options.pixel_noise;
  result.balanced = options.balanced;
  return result;
}

std::unique_ptr<Device> device_of(const EvaluateOptions& options, const HardwareConfig& hw,
                                  const Devices& devices) {
  if (options.backend == "float" || options.backend == "golden") return nullptr;
  return devices.make(options.backend, hw, options.name);
}

bool weighs_classes(const TrainingRecipe& training) {
  return training.balanced_classes || !training.class_weights.empty();
}

void evaluate_reference(const Model& model, const EvaluateOptions& options, const Dataset& data,
                        const Noise& noise, EvaluateResult& result) {
  const auto* csto = std::get_if<CstoParameters>(&model.recipe.system);
  result.temperature_K =
      options.temperature_K.value_or(csto != nullptr && !noise.any() ? csto->temperature_K : 0);
  Work work(options.listener, "float", data.size());
  const auto evaluation = evaluate_float(model, data,
                                         {.threads = options.threads,
                                          .progress = [&work](std::int64_t done) { work.show(done); },
                                          .noise = noise,
                                          .temperature_K = result.temperature_K});
  take_evaluation(result, evaluation, data, model.recipe);
  result.agreement_with_float =
      result.temperature_K > 0
          ? agreement(evaluation, evaluate_float(model, data, {.threads = options.threads}))
          : 1.0;
  if (result.mean_overlap)
    result.strict_accuracy =
        judge_attractors(final_states(model, data.samples, {.threads = options.threads, .noise = noise}),
                         model.recipe.attractors(), data.labels)
            .strict_accuracy;
}

}  // namespace

EvaluateResult evaluate(const Image& image, const EvaluateOptions& options, const Devices& devices) {
  if (options.backend == "float")
    throw Error(
        fmt::format("{}: is an image, which runs on --backend golden, systemc or rtl "
                    "(EvaluateOptions::backend), not float; "
                    "give the model it was compiled from",
                    options.name));
  if (options.noise.any())
    throw Error(
        fmt::format("{}: an image has the noise that it was compiled with; give the model, or compile it "
                    "with --noise-obs or --noise-dyn (CompileOptions::noise)",
                    options.name));
  if (options.temperature_K)
    throw Error(fmt::format(
        "{}: --temperature (EvaluateOptions::temperature_K) is of the float reference; give the model",
        options.name));
  if (options.hw) require_config(image, *options.hw, options.name);
  const auto device = device_of(options, image.config, devices);
  const auto recipe = recipe_of(image, options.name);
  Warnings warnings(options.listener);
  auto check = data_check(warnings, options.name, training_data_of(image, options.name));
  const auto data = first_samples(noisy_test_data(recipe, options, check), options.limit);
  auto result = begun_evaluation(options);
  result.balanced = result.balanced || weighs_classes(recipe.training);
  take_evaluation(result, evaluate_fixed(options, image, data, device.get(), result), data, recipe);
  result.data_matches = check.matches();
  result.warnings = warnings.all();
  return result;
}

EvaluateResult evaluate(const Network& network, const EvaluateOptions& options, const Devices& devices) {
  const auto& model = network.model();
  const auto& recipe = model.recipe;
  const auto hw = options.hw ? *options.hw : load_hardware_config("default");
  if (options.temperature_K && (options.backend != "float" || options.noise.any()))
    throw Error(fmt::format(
        "--temperature {} (EvaluateOptions::temperature_K): is of --backend float (backend) without noise; "
        "leave out the other",
        *options.temperature_K));
  const auto device = device_of(options, hw, devices);
  Warnings warnings(options.listener);
  auto check = data_check(warnings, options.name, model.training_data);
  const auto whole = noisy_test_data(recipe, options, check);
  const auto noise = noise_for(model, options.noise, whole, options.threads);
  const auto data = first_samples(whole, options.limit);
  auto result = begun_evaluation(options);
  result.balanced = result.balanced || weighs_classes(recipe.training);
  if (options.backend == "float") {
    evaluate_reference(model, options, data, noise, result);
  } else {
    const auto calibration = load(check, options.data, recipe, Split::train);
    const auto image = compile(model, calibration, hw, noise).image;
    for (const auto& warning : compile_warnings(model, image, calibration, noise.any()))
      warnings.add(warning);
    const auto reference = evaluate_float(model, data, {.threads = options.threads, .noise = noise});
    const auto evaluation = evaluate_fixed(options, image, data, device.get(), result);
    take_evaluation(result, evaluation, data, recipe);
    result.agreement_with_float = agreement(evaluation, reference);
  }
  result.data_matches = check.matches();
  result.warnings = warnings.all();
  return result;
}

}  // namespace stoic
