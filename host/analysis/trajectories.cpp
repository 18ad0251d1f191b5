#include "stoic/host/analysis/trajectories.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "stoic/host/dynamics/systems.hpp"
#include "stoic/host/kernels/decompositions.hpp"
#include "stoic/host/learning/input.hpp"
#include "stoic/host/learning/read_in.hpp"
#include "stoic/host/learning/trainer.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr Index trajectories_at_once = 16;

void require_finite(const MatrixXd& states, Index first) {
  for (Index s = 0; s < states.cols(); ++s)
    if (!states.col(s).allFinite())
      throw DivergedError(
          fmt::format("sample {}: the state is not finite: the system diverges; shorten its step or its "
                      "duration, or look at its parameters",
                      first + s));
}

/// x(0), then the state after each step.
void follow_system(const System<double>& system, const MatrixXd& start, Team& team,
                   TrajectoryResult& result) {
  const auto& time = system.time();
  const auto steps = time.steps();
  result.states.resize(start.rows(), steps + 1);
  const auto orbit = system.orbit(1);
  orbit->set_state(start);
  for (std::int64_t step = 0; step <= steps; ++step) {
    if (step > 0) orbit->step(team);
    result.states.col(step) = orbit->state();
    result.times.push_back(time.duration * static_cast<double>(step) / static_cast<double>(steps));
  }
}

/// The vectors of a chain whose names, without what stands in brackets, are those of the starts: the first
/// component of every link.
void follow_chain(const System<double>& system, Run<double>& run, TrajectoryResult& result) {
  const auto vectors = run.vectors();
  const auto name_of = [](const std::string& name) { return name.substr(0, name.find('(')); };
  std::set<std::string> starts;
  for (const auto& [name, values] : vectors)
    if (name.ends_with("(0)")) starts.insert(name_of(name));
  double now = 0;
  for (const auto& [name, values] : vectors) {
    const bool is_start = name.ends_with("(0)");
    if (!starts.empty() && !starts.contains(name_of(name))) continue;
    if (result.states.cols() > 0 && values.rows() != result.states.rows()) continue;
    if (!is_start || starts.empty()) now += system.time().step;
    result.states.conservativeResize(values.rows(), result.states.cols() + 1);
    result.states.rightCols(1) = values.leftCols(1);
    result.times.push_back(now);
  }
}

}  // namespace

PrincipalComponents principal_components(const MatrixXd& states) {
  const Index count = states.cols(), kept = std::min<Index>({3, states.rows(), count});
  PrincipalComponents result{MatrixXd::Zero(kept, count),
                             std::vector<double>(static_cast<std::size_t>(kept), 0)};
  if (count == 0) return result;
  const MatrixXd centred = states.colwise() - states.rowwise().mean();
  // Of the two products of the matrix with its transpose the smaller one has the same eigenvalues.
  const bool by_samples = count <= states.rows();
  const MatrixXd product =
      by_samples ? MatrixXd(centred.transpose() * centred) : MatrixXd(centred * centred.transpose());
  const SymmetricEigen eigen = symmetric_eigen(product);
  const double all = product.trace();
  if (!(all > 0)) return result;
  for (Index k = 0; k < kept; ++k) {
    const Index at = product.rows() - 1 - k;
    const double value = std::max(eigen.values(at), 0.0);
    if (value <= 1e-14 * all) break;
    VectorXd direction = eigen.vectors.col(at);
    if (by_samples) direction = centred * direction / std::sqrt(value);
    Index largest = 0;
    direction.cwiseAbs().maxCoeff(&largest);
    if (direction(largest) < 0) direction = -direction;
    result.coordinates.row(k) = direction.transpose() * centred;
    result.explained[static_cast<std::size_t>(k)] = value / all;
  }
  return result;
}

TrajectoryResult trajectories(const Model& model, const Samples& samples, const TrajectoryOptions& options) {
  require_inputs(model.recipe, samples);
  if (options.shown < 0 || options.shown >= samples.size())
    throw Error(fmt::format("there is no sample {}; give one below {}", options.shown, samples.size()));
  const auto system = make_system<double>(model.recipe.system, model.matrices);
  const Index count = samples.size(), chunks = (count + trajectories_at_once - 1) / trajectories_at_once;
  const auto run = system->run(1);
  const auto links = run->links();
  MatrixXd first(run->start().rows(), count), last(links.back().to, count);
  Team team(options.threads, options.stop);
  team.split(chunks, [&](std::int64_t begin, std::int64_t end) {
    Team alone(1, options.stop);
    for (std::int64_t c = begin; c < end; ++c) {
      alone.stop_if_asked();
      const Index from = c * trajectories_at_once, here = std::min(trajectories_at_once, count - from);
      const auto batch = system->run(here);
      batch->first().assign(read_in_state(model, network_inputs(model.recipe, samples.part(from, here))));
      batch->forward(alone);
      first.middleCols(from, here) = batch->start();
      last.middleCols(from, here) = batch->last().dense().topRows(last.rows());
      require_finite(last.middleCols(from, here), from);
    }
  });
  TrajectoryResult result;
  result.first = principal_components(first);
  result.last = principal_components(last);
  result.unit = system->time().unit;
  Team alone(1, options.stop);
  if (links.size() == 1) {
    follow_system(*system, first.col(options.shown), alone, result);
  } else {
    run->first().assign(read_in_state(model, network_inputs(model.recipe, samples.part(options.shown, 1))));
    run->forward(alone);
    follow_chain(*system, *run, result);
  }
  return result;
}

}  // namespace stoic
