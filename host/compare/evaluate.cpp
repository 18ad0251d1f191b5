#include "stoic/host/compare/evaluate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "stoic/host/analysis/thermal.hpp"
#include "stoic/host/compare/metrics.hpp"
#include "stoic/host/compiler/input_codes.hpp"
#include "stoic/host/learning/inference.hpp"
#include "stoic/host/learning/read_in.hpp"
#include "stoic/host/learning/trainer.hpp"
#include "stoic/sim/golden/batch.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/stopwatch.hpp"

namespace stoic {
namespace {

Evaluation judged(std::string backend, Outputs outputs, const Dataset& data, double seconds) {
  Evaluation result{.backend = std::move(backend), .samples = data.size(), .seconds = seconds};
  result.outputs = std::move(outputs);
  result.decisions =
      result.outputs.codes.size() > 0 ? decisions(result.outputs.codes) : decisions(result.outputs.values);
  result.confusion = Eigen::MatrixXi::Zero(data.classes, data.classes);
  for (std::int64_t s = 0; s < data.size(); ++s)
    ++result.confusion(data.labels[static_cast<std::size_t>(s)],
                       result.decisions[static_cast<std::size_t>(s)]);
  result.accuracy =
      result.confusion.diagonal().sum() / static_cast<double>(std::max<std::int64_t>(data.size(), 1));
  result.balanced_accuracy = balanced_accuracy(result.confusion);
  return result;
}

/// An accuracy of outputs that are no numbers would be one of chance.
void require_finite(const Eigen::MatrixXd& outputs, std::int64_t first, std::int64_t count) {
  for (std::int64_t s = first; s < first + count; ++s)
    for (Eigen::Index k = 0; k < outputs.rows(); ++k)
      if (!std::isfinite(outputs(k, s)))
        throw Error(
            fmt::format("sample {}: the output vector y[{}] is {}; the states or weights of the model are "
                        "too large (did its training diverge?), train it with a lower rate",
                        s, k, outputs(k, s)));
}

/// y of oscillators in the thermal field of a temperature; the samples are those from number `first` on.
Eigen::MatrixXd thermal_outputs(const Model& model, const Samples& samples, const EvaluationOptions& options,
                                std::int64_t first) {
  const auto* csto = std::get_if<CstoParameters>(&model.recipe.system);
  if (csto == nullptr)
    throw Error(fmt::format("a temperature is for coupled oscillators (csto), not for \"{}\"; leave it out",
                            model.recipe.dynamics()));
  auto warm = *csto;
  warm.temperature_K = options.temperature_K;
  Team team(options.threads);
  const Eigen::MatrixXd v = read_in_state(model, network_inputs(model.recipe, samples)),
                        m = thermal_end(warm, model.matrices.at("W_coupling"), v,
                                        {.seed = model.recipe.seed, .first_sample = first}, team);
  return (model.W_out.leftCols(m.rows()) * m).colwise() + model.W_out.col(m.rows());
}

}  // namespace

Evaluation evaluate_float(const Model& model, const Dataset& data, const EvaluationOptions& options) {
  // Slices keep the progress moving; each is many times the batch that the products like.
  constexpr std::int64_t slice = 2000;
  Eigen::MatrixXd outputs(model.recipe.classes, data.size());
  const Stopwatch watch;
  for (std::int64_t first = 0; first < data.size(); first += slice) {
    const auto count = std::min(slice, data.size() - first);
    const auto samples = data.samples.part(first, count);
    outputs.middleCols(first, count) =
        options.temperature_K > 0
            ? thermal_outputs(model, samples, options, first)
            : logits(model, samples,
                     {.threads = options.threads, .noise = options.noise, .first_sample = first});
    require_finite(outputs, first, count);
    if (options.progress) options.progress(first + count);
  }
  return judged("float", {.values = std::move(outputs)}, data, watch.seconds());
}

void require_data(const Image& image, const Dataset& data) {
  const auto plan = input_plan(image);
  if (plan.coding.has_value() != data.samples.are_real())
    throw Error(fmt::format("the image takes {}, and the data holds {}; compile a model of this data",
                            plan.coding ? "real values" : "bytes", plan.coding ? "bytes" : "real values"));
  if (plan.elements != data.inputs || image.output_lengths != std::vector<std::int64_t>{data.classes})
    throw Error(
        fmt::format("the image does not take {} inputs and give {} outputs as the data asks; compile a model "
                    "of this data",
                    data.inputs, data.classes));
}

Evaluation judge_codes(std::string backend, const Image& image, std::span<const std::int32_t> codes,
                       const Dataset& data, double seconds) {
  const Eigen::Map<const Eigen::MatrixXi> outputs(codes.data(), data.classes, data.size());
  return judged(std::move(backend), {.codes = outputs, .fraction_bits = output_fraction_bits(image)}, data,
                seconds);
}

Evaluation evaluate_golden(const Image& image, const Dataset& data, const EvaluationOptions& options) {
  require_data(image, data);
  const Stopwatch watch;
  const auto batch = golden::run_batch(image, data.size(), input_filler(image, data.samples),
                                       {.threads = options.threads, .progress = options.progress});
  auto result = judge_codes("golden", image, batch.outputs, data, watch.seconds());
  result.counters = batch.counters;
  return result;
}

double agreement(const Evaluation& a, const Evaluation& b) {
  std::int64_t equal = 0;
  for (std::size_t s = 0; s < a.decisions.size(); ++s) equal += a.decisions[s] == b.decisions[s];
  return static_cast<double>(equal) / static_cast<double>(std::max<std::size_t>(a.decisions.size(), 1));
}

std::int64_t differing_bits(const Evaluation& a, const Evaluation& b, std::int64_t state_width) {
  const auto mask = (std::uint64_t{1} << state_width) - 1;
  std::int64_t bits = 0;
  for (Eigen::Index s = 0; s < a.outputs.codes.cols(); ++s)
    for (Eigen::Index c = 0; c < a.outputs.codes.rows(); ++c) {
      const auto x = static_cast<std::uint64_t>(std::int64_t{a.outputs.codes(c, s)});
      const auto y = static_cast<std::uint64_t>(std::int64_t{b.outputs.codes(c, s)});
      bits += std::popcount((x ^ y) & mask);
    }
  return bits;
}

}  // namespace stoic
