#include "stoic/host/learning/inference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "stoic/host/learning/learner.hpp"
#include "stoic/host/learning/systems.hpp"
#include "stoic/sim/contract/error.hpp"

namespace stoic {
namespace {

/// Samples that a thread evaluates at a time: weights are read from the cache for that many columns.
constexpr Eigen::Index sample_group = 128;

Eigen::Index sample_count(const Model& model, std::span<const std::uint8_t> pixels) {
  const auto inputs = static_cast<std::size_t>(model.recipe.inputs);
  if (pixels.size() % inputs != 0)
    throw Error(
        fmt::format("{} pixels are no whole samples of {} inputs; evaluate data of the model's own shape",
                    pixels.size(), inputs));
  return static_cast<Eigen::Index>(pixels.size() / inputs);
}

template <class Scalar, class System>
Eigen::MatrixXd evaluate(const Model& model, const System& system, std::span<const std::uint8_t> pixels,
                         int threads) {
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  const Recipe& recipe = model.recipe;
  const Panels<Scalar> read_in(Matrix(model.W_in.cast<Scalar>()));
  const Panels<Scalar> read_out(Matrix(model.W_out.cast<Scalar>()));
  const Eigen::Index samples = sample_count(model, pixels);
  Eigen::MatrixXd result(recipe.classes, samples);
  Team(threads).split((samples + sample_group - 1) / sample_group, [&](Eigen::Index begin, Eigen::Index end) {
    Team alone(1);
    Panels<Scalar> inputs(recipe.inputs, sample_group);
    Panels<Scalar> outputs(recipe.classes, sample_group);
    auto trajectory = system.make_trajectory(sample_group, false);
    for (Eigen::Index group = begin; group < end; ++group) {
      const Eigen::Index first = group * sample_group;
      const Eigen::Index count = std::min(sample_group, samples - first);
      for (Eigen::Index s = 0; s < count; ++s)
        fill_input(recipe, pixels.data() + (first + s) * recipe.inputs, inputs, s);
      multiply(read_in, inputs, trajectory.first(), alone);
      system.forward(trajectory, alone);
      fill_bias_row(trajectory.last(), recipe.neurons);
      multiply(read_out, trajectory.last(), outputs, alone);
      for (Eigen::Index s = 0; s < count; ++s)
        for (Eigen::Index c = 0; c < recipe.classes; ++c) result(c, first + s) = outputs(c, s);
    }
  });
  return result;
}

}  // namespace

Eigen::MatrixXd logits(const Model& model, std::span<const std::uint8_t> pixels,
                       const InferenceOptions& options) {
  const auto in = [&]<class Scalar>(Scalar) {
    return with_system<Scalar>(model.recipe, model.W_fixed, [&](const auto& system) {
      return evaluate<Scalar>(model, system, pixels, options.threads);
    });
  };
  return options.single_precision.value_or(model.single_precision) ? in(float{}) : in(double{});
}

std::vector<std::uint8_t> decisions(const Eigen::MatrixXd& logits) {
  std::vector<std::uint8_t> result(static_cast<std::size_t>(logits.cols()));
  for (Eigen::Index s = 0; s < logits.cols(); ++s) {
    Eigen::Index best = 0;
    logits.col(s).maxCoeff(&best);
    result[s] = static_cast<std::uint8_t>(best);
  }
  return result;
}

Activations activations(const Model& model, std::span<const std::uint8_t> pixels) {
  const Recipe& recipe = model.recipe;
  const Eigen::Index samples = sample_count(model, pixels);
  const Eigen::Map<const Eigen::Matrix<std::uint8_t, Eigen::Dynamic, Eigen::Dynamic>> bytes(
      pixels.data(), recipe.inputs, samples);
  Activations result;
  result.inputs = (recipe.input_scale * bytes.cast<double>().array() + recipe.input_offset).matrix();
  result.states.push_back(model.W_in * result.inputs);
  for (std::int64_t i = 0; i < recipe.ffesn.steps; ++i) {
    result.preactivations.push_back(model.W_fixed * result.states.back());
    result.states.push_back(result.preactivations.back().array().tanh().matrix());
  }
  result.logits = model.W_out.leftCols(recipe.neurons) * result.states.back();
  result.logits.colwise() += model.W_out.col(recipe.neurons);
  return result;
}

namespace {

NamedVectors csto_vectors(const Model& model, std::span<const std::uint8_t> pixels) {
  const Recipe& recipe = model.recipe;
  const Eigen::Index samples = sample_count(model, pixels), n = recipe.csto.oscillators,
                     steps = recipe.csto.steps();
  constexpr Eigen::Index group = Csto<double>::group_samples;
  const Csto<double> system(model.W_fixed, recipe.csto);
  const Panels<double> read_in(model.W_in), read_out(model.W_out);
  Panels<double> inputs(recipe.inputs, group), outputs(recipe.classes, group);
  auto trajectory = system.make_trajectory(group);
  Team alone(1);
  NamedVectors result;
  result["m_x(0)"] = {Eigen::MatrixXd(n, samples)};
  result["y"] = {Eigen::MatrixXd(recipe.classes, samples)};
  for (const char* name : {"m_x", "m_y", "m_z"})
    result[name].assign(static_cast<std::size_t>(steps), Eigen::MatrixXd(n, samples));
  for (Eigen::Index first = 0; first < samples; first += group) {
    const Eigen::Index count = std::min(group, samples - first);
    const auto columns = [&](const Panels<double>& panels, Eigen::Index rows) {
      return panels.dense().topLeftCorner(rows, count);
    };
    for (Eigen::Index s = 0; s < count; ++s)
      fill_input(recipe, pixels.data() + (first + s) * recipe.inputs, inputs, s);
    multiply(read_in, inputs, trajectory.first(), alone);
    system.forward(trajectory, alone);
    fill_bias_row(trajectory.last(), recipe.neurons);
    multiply(read_out, trajectory.last(), outputs, alone);
    const auto& stages = trajectory.groups.front().stages;
    result["m_x(0)"][0].middleCols(first, count) = columns(stages.front().x, n);
    result["y"][0].middleCols(first, count) = columns(outputs, recipe.classes);
    for (Eigen::Index t = 1; t <= steps; ++t) {
      const auto& m = stages[static_cast<std::size_t>(4 * t)];
      const auto at = static_cast<std::size_t>(t - 1);
      result["m_x"][at].middleCols(first, count) = columns(m.x, n);
      result["m_y"][at].middleCols(first, count) = columns(m.y, n);
      result["m_z"][at].middleCols(first, count) = columns(m.z, n);
    }
  }
  return result;
}

}  // namespace

NamedVectors reference_vectors(const Model& model, std::span<const std::uint8_t> pixels) {
  if (model.recipe.dynamics == "csto") return csto_vectors(model, pixels);
  auto a = activations(model, pixels);
  NamedVectors result{
      {"x(0)", {a.states.front()}}, {"z", std::move(a.preactivations)}, {"y", {std::move(a.logits)}}};
  result["x"].assign(std::make_move_iterator(a.states.begin() + 1), std::make_move_iterator(a.states.end()));
  return result;
}

}  // namespace stoic
