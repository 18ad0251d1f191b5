#include "stoic/host/learning/inference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "stoic/host/dynamics/systems.hpp"
#include "stoic/host/learning/input.hpp"
#include "stoic/host/learning/learner.hpp"
#include "stoic/host/learning/read_in.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

/// Samples that a thread evaluates at a time: weights are read from the cache for that many columns.
constexpr Eigen::Index sample_group = 128;

Eigen::Index sample_count(const Model& model, const Samples& samples) {
  require_inputs(model.recipe, samples);
  return samples.size();
}

/// Components of the state that noise of that kind meets.
Eigen::Index neurons_at(const Recipe& recipe, NoiseKind kind) {
  return kind == NoiseKind::observational ? recipe.neurons() : recipe.last_neurons();
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
template <class Scalar, class At, class Done>
void run_groups(const Model& model, const System<Scalar>& system, const Samples& data, int threads,
                const At& at, const Done& done, const std::atomic<bool>* stop = nullptr) {
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  const Recipe& recipe = model.recipe;
  const ReadIn<Scalar> read_in(model);
  const Panels<Scalar> read_out(Matrix(model.W_out.cast<Scalar>()));
  const Eigen::Index samples = sample_count(model, data);
  Team(threads, stop)
      .split((samples + sample_group - 1) / sample_group, [&](Eigen::Index begin, Eigen::Index end) {
        Team alone(1, stop);
        auto batch = read_in.make_batch(sample_group);
        Panels<Scalar> outputs(recipe.classes, sample_group);
        const auto run = system.forward_run(sample_group);
        for (Eigen::Index group = begin; group < end; ++group) {
          const Eigen::Index first = group * sample_group;
          const Eigen::Index count = std::min(sample_group, samples - first);
          for (Eigen::Index s = 0; s < count; ++s) fill_input(recipe, data, first + s, batch.inputs, s);
          read_in.forward(batch, run->first(), alone);
          at(NoiseKind::observational, run->first(), first, count);
          run->forward(alone);
          at(NoiseKind::dynamical, run->last(), first, count);
          fill_bias_row(run->last(), recipe.last_neurons());
          multiply(read_out, run->last(), outputs, alone);
          done(outputs, first, count);
        }
      });
}

template <class Scalar>
Eigen::MatrixXd evaluate(const Model& model, const System<Scalar>& system, const Samples& data,
                         const InferenceOptions& options) {
  Eigen::MatrixXd result(model.recipe.classes, sample_count(model, data));
  run_groups<Scalar>(
      model, system, data, options.threads,
      [&](NoiseKind kind, Panels<Scalar>& states, Eigen::Index first, Eigen::Index count) {
        add_noise(states, options.noise, kind, neurons_at(model.recipe, kind), options.first_sample + first,
                  count);
      },
      [&](const Panels<Scalar>& outputs, Eigen::Index first, Eigen::Index count) {
        for (Eigen::Index s = 0; s < count; ++s)
          for (Eigen::Index c = 0; c < result.rows(); ++c) result(c, first + s) = outputs(c, s);
      },
      options.stop);
  return result;
}

/// Calls use(system, zero) with the system of a model in the precision in which it is to run; `zero` is of
/// that type.
template <class Use>
auto in_precision(const Model& model, const std::optional<bool>& single_precision, const Use& use) {
  const auto in = [&]<class Scalar>(Scalar zero) {
    return use(*make_system<Scalar>(model.recipe.system, model.matrices), zero);
  };
  return single_precision.value_or(model.single_precision) ? in(float{}) : in(double{});
}

}  // namespace

Eigen::MatrixXd logits(const Model& model, const Samples& data, const InferenceOptions& options) {
  return in_precision(model, options.single_precision, [&]<class Scalar>(const auto& system, Scalar) {
    return evaluate<Scalar>(model, system, data, options);
  });
}

Eigen::MatrixXd final_states(const Model& model, const Samples& data, const InferenceOptions& options) {
  const Eigen::Index neurons = model.recipe.last_neurons();
  Eigen::MatrixXd result(neurons, sample_count(model, data));
  in_precision(model, options.single_precision, [&]<class Scalar>(const auto& system, Scalar) {
    run_groups<Scalar>(
        model, system, data, options.threads,
        [&](NoiseKind kind, Panels<Scalar>& states, Eigen::Index first, Eigen::Index count) {
          add_noise(states, options.noise, kind, neurons_at(model.recipe, kind), options.first_sample + first,
                    count);
          if (kind == NoiseKind::dynamical)
            result.middleCols(first, count) =
                states.dense().topLeftCorner(neurons, count).template cast<double>();
        },
        [](const Panels<Scalar>&, Eigen::Index, Eigen::Index) {});
  });
  return result;
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

SignalVariances signal_variances(const Model& model, const Samples& data, int threads) {
  const Eigen::Index samples = sample_count(model, data);
  if (samples == 0) throw Error("signal-to-noise ratio: there is no test sample; give at least one");
  const auto groups = static_cast<std::size_t>((samples + sample_group - 1) / sample_group);
  std::vector<Sums> observation(groups), dynamic(groups);
  in_precision(model, {}, [&]<class Scalar>(const auto& system, Scalar) {
    run_groups<Scalar>(
        model, system, data, threads,
        [&](NoiseKind kind, const Panels<Scalar>& states, Eigen::Index first, Eigen::Index count) {
          auto& sums = kind == NoiseKind::observational ? observation : dynamic;
          auto& group = sums[static_cast<std::size_t>(first / sample_group)];
          for (Eigen::Index s = 0; s < count; ++s)
            for (Eigen::Index i = 0; i < neurons_at(model.recipe, kind); ++i) {
              const double value = states(i, s);
              group.sum += value;
              group.squares += value * value;
            }
        },
        [](const Panels<Scalar>&, Eigen::Index, Eigen::Index) {});
  });
  const auto count = [&](NoiseKind kind) {
    return static_cast<double>(samples) * static_cast<double>(neurons_at(model.recipe, kind));
  };
  return {variance(observation, count(NoiseKind::observational)),
          variance(dynamic, count(NoiseKind::dynamical))};
}

namespace {

template <class Matrix>
std::vector<std::uint8_t> largest_rows(const Matrix& outputs) {
  std::vector<std::uint8_t> result(static_cast<std::size_t>(outputs.cols()));
  for (Eigen::Index s = 0; s < outputs.cols(); ++s) {
    Eigen::Index best = 0;
    outputs.col(s).maxCoeff(&best);
    result[static_cast<std::size_t>(s)] = static_cast<std::uint8_t>(best);
  }
  return result;
}

}  // namespace

std::vector<std::uint8_t> decisions(const Eigen::MatrixXd& logits) { return largest_rows(logits); }
std::vector<std::uint8_t> decisions(const Eigen::MatrixXi& codes) { return largest_rows(codes); }

NamedVectors reference_vectors(const Model& model, const Samples& data) {
  const Recipe& recipe = model.recipe;
  const Eigen::Index samples = sample_count(model, data);
  const auto system = make_system<double>(recipe.system, model.matrices);
  const ReadIn<double> read_in(model);
  const Panels<double> read_out(model.W_out);
  auto batch = read_in.make_batch(sample_group);
  Panels<double> outputs(recipe.classes, sample_group);
  const auto run = system->run(sample_group);
  Team alone(1);
  NamedVectors result;
  for (Eigen::Index first = 0; first < samples; first += sample_group) {
    const Eigen::Index count = std::min(sample_group, samples - first);
    for (Eigen::Index s = 0; s < count; ++s) fill_input(recipe, data, first + s, batch.inputs, s);
    read_in.forward(batch, run->first(), alone);
    run->forward(alone);
    auto vectors = run->vectors();
    fill_bias_row(run->last(), recipe.last_neurons());
    multiply(read_out, run->last(), outputs, alone);
    for (std::size_t k = 0; k < batch.convolutions.size(); ++k)
      vectors.emplace_back(batch.convolutions.size() == 1 ? "features" : fmt::format("features {}", k + 1),
                           batch.convolutions[k].features.dense());
    vectors.emplace_back("y", outputs.dense());
    std::map<std::string, std::size_t> occurrences;
    for (const auto& [name, values] : vectors) {
      auto& all = result[name];
      const std::size_t at = occurrences[name]++;
      if (first == 0) all.emplace_back(values.rows(), samples);
      all[at].middleCols(first, count) = values.leftCols(count);
    }
  }
  return result;
}

}  // namespace stoic
