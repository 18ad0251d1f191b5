#include "stoic/host/compiler/vector_statistics.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "stoic/host/learning/read_in.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

using Eigen::MatrixXd;

/// Samples that run at a time, so that the vectors of all steps need not be kept for every sample.
constexpr Eigen::Index samples_at_once = 64;

void add_moments(MatrixXd& sum, const MatrixXd& values) {
  if (sum.size() == 0) sum = MatrixXd::Zero(values.rows(), values.rows());
  sum.selfadjointView<Eigen::Lower>().rankUpdate(values);
}

/// Calls see(vectors) with "u", "v", the system's vectors, "x(T)" and "y" of group after group.
template <class See>
void run_groups(const Model& model, const Samples& data, const Noise& noise, const See& see) {
  const Recipe& recipe = model.recipe;
  const Eigen::Index samples = data.size(), neurons = recipe.neurons(), last_neurons = recipe.last_neurons();
  const auto system = make_system<double>(recipe.system, model.matrices);
  Team alone(1);
  for (Eigen::Index first = 0; first < samples; first += samples_at_once) {
    const Eigen::Index count = std::min(samples_at_once, samples - first);
    const MatrixXd u = network_inputs(recipe, data.part(first, count));
    const MatrixXd start =
        read_in_state(model, u) + noise_matrix(noise, NoiseKind::observational, neurons, first, count);
    const auto run = system->run(count);
    run->first().assign(start);
    run->forward(alone);
    auto vectors = run->vectors();
    const MatrixXd last = run->last().dense().topRows(last_neurons) +
                          noise_matrix(noise, NoiseKind::dynamical, last_neurons, first, count);
    vectors.emplace_back("u", u);
    vectors.emplace_back("v", start);
    vectors.emplace_back("x(T)", last);
    vectors.emplace_back(
        "y", (model.W_out.leftCols(last_neurons) * last).colwise() + model.W_out.col(last_neurons));
    see(vectors);
  }
}

/// A range that is infinite has no binary point, and one that no weights of a trained network give is a sign
/// of weights that are wrong; the reason is named rather than what would follow from it.
void require_usable(const std::string& name, const MatrixXd& values) {
  constexpr double most = 1e30;
  const double largest = values.size() == 0 ? 0 : values.cwiseAbs().maxCoeff();
  if (values.allFinite() && largest <= most) return;
  throw Error(fmt::format(
      "calibration: the vector {} takes values such as {}; numbers that large have no format in fixed point. "
      "Look for weights that are far too large, and train with a lower rate",
      name, values.allFinite() ? fmt::format("{:.3g}", largest) : "infinity or not-a-number"));
}

}  // namespace

Range VectorStatistics::range(std::initializer_list<const char*> names) const {
  Range result;
  for (const char* name : names) result.include(ranges.at(name));
  return result;
}

VectorStatistics vector_statistics(const Model& model, const Samples& data, const Noise& noise,
                                   const std::set<std::string>& moments_of) {
  VectorStatistics result;
  std::map<std::string, double> counts;
  std::map<std::string, MatrixXd> sums;
  run_groups(model, data, {}, [&](const VectorSequence& vectors) {
    for (const auto& [name, values] : vectors) {
      require_usable(name, values);
      result.ranges[name].include(values);
      if (name != "x(T)" && !moments_of.contains(name)) continue;
      add_moments(sums[name], values);
      counts[name] += static_cast<double>(values.cols());
    }
  });
  for (auto& [name, sum] : sums) {
    sum.triangularView<Eigen::StrictlyUpper>() = sum.transpose();
    sum /= counts[name];
    result.moments[name] = std::move(sum);
  }
  if (noise.any())
    run_groups(model, data, for_calibration(noise), [&](const VectorSequence& vectors) {
      for (const auto& [name, values] : vectors) {
        require_usable(name, values);
        result.ranges[name].include(values);
      }
    });
  return result;
}

}  // namespace stoic
