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

/// Adds noise to the first `count` columns, which are the samples from number `first_sample` on.
template <class Scalar>
void add_noise(Panels<Scalar>& states, const Noise& noise, NoiseKind kind, Eigen::Index neurons,
               std::int64_t first_sample, Eigen::Index count) {
  if (noise.sigma(kind) == 0) return;
  const Eigen::MatrixXd added = noise_matrix(noise, kind, neurons, first_sample, count);
  for (Eigen::Index s = 0; s < count; ++s)
    for (Eigen::Index i = 0; i < neurons; ++i) states(i, s) += static_cast<Scalar>(added(i, s));
}

/// Runs all samples in groups. at(kind, states, first, count) sees, and may change, W_in u and x(T) of the
/// `count` samples from number `first` on, of several groups at the same time; done(outputs, first, count)
/// gets their y.
template <class Scalar, class System, class At, class Done>
void run_groups(const Model& model, const System& system, std::span<const std::uint8_t> pixels, int threads,
                const At& at, const Done& done) {
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  const Recipe& recipe = model.recipe;
  const Panels<Scalar> read_in(Matrix(model.W_in.cast<Scalar>()));
  const Panels<Scalar> read_out(Matrix(model.W_out.cast<Scalar>()));
  const Eigen::Index samples = sample_count(model, pixels);
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
      at(NoiseKind::observational, trajectory.first(), first, count);
      system.forward(trajectory, alone);
      at(NoiseKind::dynamical, trajectory.last(), first, count);
      fill_bias_row(trajectory.last(), recipe.neurons);
      multiply(read_out, trajectory.last(), outputs, alone);
      done(outputs, first, count);
    }
  });
}

template <class Scalar, class System>
Eigen::MatrixXd evaluate(const Model& model, const System& system, std::span<const std::uint8_t> pixels,
                         const InferenceOptions& options) {
  Eigen::MatrixXd result(model.recipe.classes, sample_count(model, pixels));
  run_groups<Scalar>(
      model, system, pixels, options.threads,
      [&](NoiseKind kind, Panels<Scalar>& states, Eigen::Index first, Eigen::Index count) {
        add_noise(states, options.noise, kind, model.recipe.neurons, options.first_sample + first, count);
      },
      [&](const Panels<Scalar>& outputs, Eigen::Index first, Eigen::Index count) {
        for (Eigen::Index s = 0; s < count; ++s)
          for (Eigen::Index c = 0; c < result.rows(); ++c) result(c, first + s) = outputs(c, s);
      });
  return result;
}

/// Calls use(system, zero) with the system of a model in the precision in which it is to run; `zero` is of
/// that type.
template <class Use>
auto in_precision(const Model& model, const std::optional<bool>& single_precision, const Use& use) {
  const auto in = [&]<class Scalar>(Scalar zero) {
    return with_system<Scalar>(model.recipe, model.W_fixed,
                               [&](const auto& system) { return use(system, zero); });
  };
  return single_precision.value_or(model.single_precision) ? in(float{}) : in(double{});
}

}  // namespace

Eigen::MatrixXd logits(const Model& model, std::span<const std::uint8_t> pixels,
                       const InferenceOptions& options) {
  return in_precision(model, options.single_precision, [&]<class Scalar>(const auto& system, Scalar) {
    return evaluate<Scalar>(model, system, pixels, options);
  });
}

namespace {

/// Sums over the values of one group of samples.
struct Sums {
  double sum = 0;
  double squares = 0;
};

double variance(const std::vector<Sums>& groups, double count) {
  // In the order of the samples, so that threads change no bit.
  Sums all;
  for (const auto& group : groups) all = {all.sum + group.sum, all.squares + group.squares};
  const double mean = all.sum / count;
  return std::max(all.squares / count - mean * mean, 0.0);
}

}  // namespace

SignalVariances signal_variances(const Model& model, std::span<const std::uint8_t> pixels, int threads) {
  const Eigen::Index samples = sample_count(model, pixels), neurons = model.recipe.neurons;
  if (samples == 0) throw Error("signal-to-noise ratio: there is no test sample; give at least one");
  const auto groups = static_cast<std::size_t>((samples + sample_group - 1) / sample_group);
  std::vector<Sums> observation(groups), dynamic(groups);
  in_precision(model, {}, [&]<class Scalar>(const auto& system, Scalar) {
    run_groups<Scalar>(
        model, system, pixels, threads,
        [&](NoiseKind kind, const Panels<Scalar>& states, Eigen::Index first, Eigen::Index count) {
          auto& sums = kind == NoiseKind::observational ? observation : dynamic;
          auto& group = sums[static_cast<std::size_t>(first / sample_group)];
          for (Eigen::Index s = 0; s < count; ++s)
            for (Eigen::Index i = 0; i < neurons; ++i) {
              const double value = states(i, s);
              group.sum += value;
              group.squares += value * value;
            }
        },
        [](const Panels<Scalar>&, Eigen::Index, Eigen::Index) {});
  });
  const double count = static_cast<double>(samples) * static_cast<double>(neurons);
  return {variance(observation, count), variance(dynamic, count)};
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

Activations activations(const Model& model, std::span<const std::uint8_t> pixels, const Noise& noise) {
  const Recipe& recipe = model.recipe;
  if (recipe.dynamics != "ffesn")
    throw Error(fmt::format("activations are those of an FFESN, not of \"{}\"; ask for reference_vectors",
                            recipe.dynamics));
  const Eigen::Index samples = sample_count(model, pixels);
  const Eigen::Map<const Eigen::Matrix<std::uint8_t, Eigen::Dynamic, Eigen::Dynamic>> bytes(
      pixels.data(), recipe.inputs, samples);
  Activations result;
  result.inputs = (recipe.input_scale * bytes.cast<double>().array() + recipe.input_offset).matrix();
  result.states.push_back(model.W_in * result.inputs +
                          noise_matrix(noise, NoiseKind::observational, recipe.neurons, 0, samples));
  for (std::int64_t i = 0; i < recipe.ffesn.steps; ++i) {
    result.preactivations.push_back(model.W_fixed * result.states.back());
    result.states.push_back(result.preactivations.back().array().tanh().matrix());
  }
  const Eigen::MatrixXd last =
      result.states.back() + noise_matrix(noise, NoiseKind::dynamical, recipe.neurons, 0, samples);
  result.logits = model.W_out.leftCols(recipe.neurons) * last;
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
    const auto columns = [&](const Panels<double>& panels, Eigen::Index rows) -> Eigen::MatrixXd {
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
