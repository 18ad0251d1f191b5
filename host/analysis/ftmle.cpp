#include "stoic/host/analysis/ftmle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "stoic/host/analysis/singular_value.hpp"
#include "stoic/host/dynamics/systems.hpp"
#include "stoic/host/learning/input.hpp"
#include "stoic/host/learning/read_in.hpp"
#include "stoic/host/learning/trainer.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/stopwatch.hpp"

namespace stoic {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

constexpr Index samples_in_flight = 24;
/// The first so many chunks begin at random, side by side; those behind them at what the first one found.
constexpr Index leading_chunks = 4;

/// Stretches of a network and their times, before any sample is looked at.
struct Plan {
  const Model& model;
  const System<double>& system;
  const System<float>* coarse;  // the same in single precision, where that is quicker
  const FtmleOptions& options;
  MatrixXd read_out;         // without the bias
  std::vector<Ftmle> parts;  // without samples
  // Of each part what the first chunk's samples are pulled apart along, for others to start from.
  std::vector<Eigen::VectorXd> common;
};

void add_part(Plan& plan, const std::string& name, double time, const std::string& unit, Index samples) {
  const auto count = static_cast<std::size_t>(samples);
  plan.parts.push_back({name,
                        time,
                        unit,
                        std::vector<double>(count),
                        std::vector<double>(count),
                        std::vector<double>(count),
                        {}});
}

Plan plan_of(const Model& model, const System<double>& system, const System<float>* coarse,
             const FtmleOptions& options, Index samples) {
  Plan plan{model, system, coarse, options, model.W_out.leftCols(model.W_out.cols() - 1), {}, {}};
  const bool whole_network = options.scope == FtmleScope::network || options.scope == FtmleScope::layers;
  if (whole_network && !model.recipe.convolutions.empty())
    throw Error("a convolution before the read-in has no derivative here; take --scope system or steps");
  const auto& time = system.time();
  const auto unit = time.steps() < 1 ? "per layer" : time.rate_unit();
  const auto links = system.run(1)->links();
  // What has no time of its own, such as a network without a system, counts as one layer.
  const bool timeless = !(time.duration > 0) || time.steps() < 1;
  const bool layered = traits(model.recipe.system).last_width.has_value();
  if ((timeless || layered) && options.scope == FtmleScope::steps)
    throw Error("the system makes no step; take another scope than steps");
  const double of_link = timeless ? 1 : time.duration;
  const double total = of_link * static_cast<double>(links.size());
  switch (options.scope) {
    case FtmleScope::system:
      add_part(plan, "system", total, unit, samples);
      break;
    case FtmleScope::network:
      add_part(plan, "network", total, unit, samples);
      break;
    case FtmleScope::layers:
      for (const auto& link : links) add_part(plan, link.name, of_link, unit, samples);
      add_part(plan, "read-out", 1, "per layer", samples);
      break;
    case FtmleScope::steps:
      for (std::int64_t k = 1; k <= time.steps(); ++k)
        add_part(plan, fmt::format("step {}", k), time.step, unit, samples);
  }
  return plan;
}

/// Samples that one thread takes at a time.
struct Chunk {
  Plan& plan;
  Index first, count;
  Team& team;

  /// Finds the largest singular values of the J that `push` and `pull` are of.
  void measure(std::size_t part, const DerivativeBatch& batch,
               const DerivativeBatch* coarse = nullptr) const {
    const auto& options = plan.options;
    LanczosOptions lanczos{.seed = options.seed, .first_sample = first, .tolerance = options.tolerance};
    if (first >= leading_chunks * samples_in_flight) lanczos.common = plan.common[part];
    const auto found = largest_singular_values(batch, lanczos, coarse);
    if (first == 0) plan.common[part] = common_direction(found.direction);
    Ftmle& to = plan.parts[part];
    for (Index s = 0; s < count; ++s) {
      const auto at = static_cast<std::size_t>(first + s);
      to.sigma[at] = found.value(s);
      to.residual[at] = found.residual(s);
      to.per_sample[at] = std::log(found.value(s)) / to.time;
    }
  }
  void require_finite(const MatrixXd& states, const char* when) const {
    for (Index s = 0; s < count; ++s)
      if (!states.col(s).allFinite())
        throw Error(
            fmt::format("sample {}: the state {} is not finite: the system diverges; shorten its step "
                        "or its duration, or look at its parameters",
                        first + s, when));
  }
  bool on_surface() const { return plan.system.dimension() < plan.model.recipe.neurons(); }
};

template <class Real>
using SharedRun = std::shared_ptr<Run<Real>>;

/// Samples on their way from v, what the read-in gives.
template <class Real>
SharedRun<Real> run_from(const System<Real>& system, const MatrixXd& v, Team& team) {
  SharedRun<Real> run = system.run(v.cols());
  run->first().assign(v.cast<Real>());
  run->forward(team);
  return run;
}

/// J of the system, of samples that went from v.
template <class Real>
DerivativeBatch system_batch(const Chunk& chunk, const System<Real>& system, const MatrixXd& v,
                             const SharedRun<Real>& run) {
  using Matrix = typename System<Real>::Matrix;
  Team& team = chunk.team;
  const Matrix start = run->start(), end = run->last().dense().topRows(run->links().back().to);
  DerivativeBatch batch{.samples = v.cols(), .from = start.rows()};
  if (chunk.on_surface()) {
    batch.admit = [&system, &team, start](const MatrixXd& d) -> MatrixXd {
      return system.tangential(start, d.cast<Real>(), team).template cast<double>();
    };
    batch.push = [&system, &team, run, end](const MatrixXd& d) -> MatrixXd {
      return system.tangential(end, run->push(d.cast<Real>(), Part::flow, team), team)
          .template cast<double>();
    };
    batch.pull = [&system, &team, run, end](const MatrixXd& w) -> MatrixXd {
      return run->pull(system.tangential(end, w.cast<Real>(), team), Part::flow, team)
          .template cast<double>();
    };
  } else {
    batch.push = [&team, run](const MatrixXd& d) -> MatrixXd {
      return run->push(d.cast<Real>(), Part::flow, team).template cast<double>();
    };
    batch.pull = [&team, run](const MatrixXd& w) -> MatrixXd {
      return run->pull(w.cast<Real>(), Part::flow, team).template cast<double>();
    };
  }
  batch.narrow = [&chunk, &system, v](const std::vector<Index>& kept) {
    const MatrixXd fewer = v(Eigen::all, kept);
    return system_batch<Real>(chunk, system, fewer, run_from(system, fewer, chunk.team));
  };
  return batch;
}

void measure_system(const Chunk& chunk, const MatrixXd& v, const SharedRun<double>& run) {
  const auto batch = system_batch<double>(chunk, chunk.plan.system, v, run);
  if (chunk.plan.coarse == nullptr) return chunk.measure(0, batch);
  const System<float>& coarse = *chunk.plan.coarse;
  const auto rough = system_batch<float>(chunk, coarse, v, run_from(coarse, v, chunk.team));
  chunk.measure(0, batch, &rough);
}

/// W_in d, or d where the state begins as the inputs.
MatrixXd into(const Model& model, const MatrixXd& d) {
  return model.recipe.has_read_in() ? MatrixXd(model.W_in * d) : d;
}
MatrixXd out_of(const Model& model, const MatrixXd& w) {
  return model.recipe.has_read_in() ? MatrixXd(model.W_in.transpose() * w) : w;
}

void measure_network(const Chunk& chunk, Run<double>& run) {
  const Plan& plan = chunk.plan;
  const Index inputs = plan.model.recipe.inputs;
  chunk.measure(0, {.samples = chunk.count,
                    .from = inputs,
                    .push = [&](const MatrixXd& d) -> MatrixXd {
                      return plan.read_out * run.push(into(plan.model, d), Part::network, chunk.team);
                    },
                    .pull = [&](const MatrixXd& w) -> MatrixXd {
                      return out_of(plan.model,
                                    run.pull(plan.read_out.transpose() * w, Part::network, chunk.team));
                    },
                    .admit = {}});
}

void measure_layers(const Chunk& chunk, Run<double>& run) {
  const Plan& plan = chunk.plan;
  const auto links = run.links();
  for (std::size_t k = 0; k < links.size(); ++k) {
    const Index from = k == 0 ? plan.model.recipe.inputs : links[k].from;
    chunk.measure(k, {.samples = chunk.count,
                      .from = from,
                      .push = [&, k](const MatrixXd& d) -> MatrixXd {
                        return run.push_link(k, k == 0 ? into(plan.model, d) : d, chunk.team);
                      },
                      .pull = [&, k](const MatrixXd& w) -> MatrixXd {
                        const MatrixXd result = run.pull_link(k, w, chunk.team);
                        return k == 0 ? out_of(plan.model, result) : result;
                      },
                      .admit = {}});
  }
  chunk.measure(links.size(),
                {.samples = chunk.count,
                 .from = plan.read_out.cols(),
                 .push = [&](const MatrixXd& d) -> MatrixXd { return plan.read_out * d; },
                 .pull = [&](const MatrixXd& w) -> MatrixXd { return plan.read_out.transpose() * w; },
                 .admit = {}});
}

void measure_steps(const Chunk& chunk, const MatrixXd& start) {
  Team& team = chunk.team;
  const auto& system = chunk.plan.system;
  const auto orbit = system.orbit(chunk.count);
  orbit->set_state(start);
  MatrixXd before = start;
  for (std::size_t k = 0; k < chunk.plan.parts.size(); ++k) {
    orbit->step(team);
    const MatrixXd after = orbit->state();
    chunk.require_finite(after, "after a step");
    DerivativeBatch batch{.samples = chunk.count, .from = start.rows()};
    batch.push = [&](const MatrixXd& d) { return system.tangential(after, orbit->push(d, team), team); };
    batch.pull = [&](const MatrixXd& w) { return orbit->pull(system.tangential(after, w, team), team); };
    if (chunk.on_surface())
      batch.admit = [&](const MatrixXd& d) { return system.tangential(before, d, team); };
    chunk.measure(k, batch);
    before = after;
  }
}

/// Takes over what is known, whole chunks of it or all; returns how many samples.
Index take_known(Plan& plan, Index samples) {
  const auto& options = plan.options;
  Index count = std::min<Index>(options.known_samples, samples);
  if (count < samples) count -= count % samples_in_flight;
  return take_known_samples(options, count, plan.parts) ? count : 0;
}

/// How many chunks to take until progress is reported again: as many as last about a second.
Index next_round(Index last, double seconds) {
  const double share = 1 / std::max(seconds, 1e-3);
  return std::clamp<Index>(static_cast<Index>(static_cast<double>(last) * std::min(share, 2.0)), 2, 1024);
}

void measure_chunk(const Chunk& chunk, const Samples& samples) {
  const Plan& plan = chunk.plan;
  const MatrixXd inputs = network_inputs(plan.model.recipe, samples.part(chunk.first, chunk.count));
  const MatrixXd v = read_in_state(plan.model, inputs);
  const auto run = run_from(plan.system, v, chunk.team);
  if (plan.options.scope == FtmleScope::steps) return measure_steps(chunk, run->start());
  chunk.require_finite(run->last().dense().topRows(run->links().back().to), "at the end");
  switch (plan.options.scope) {
    case FtmleScope::network:
      return measure_network(chunk, *run);
    case FtmleScope::layers:
      return measure_layers(chunk, *run);
    default:
      return measure_system(chunk, v, run);
  }
}

}  // namespace

FtmleResult ftmle(const Model& model, const Samples& samples, const FtmleOptions& options) {
  require_inputs(model.recipe, samples);
  const Stopwatch watch;
  const auto system = make_system<double>(model.recipe.system, model.matrices);
  constexpr double tightest = 1e-7;  // below it J itself has the work anyway
  std::unique_ptr<System<float>> coarse;
  if (options.scope == FtmleScope::system && options.tolerance >= tightest)
    coarse = make_system<float>(model.recipe.system, model.matrices);
  Plan plan = plan_of(model, *system, coarse.get(), options, samples.size());
  Team team(options.threads, options.stop);
  const Index chunks = (samples.size() + samples_in_flight - 1) / samples_in_flight;
  const Index known = take_known(plan, samples.size());
  plan.common.resize(plan.parts.size());
  const auto measure = [&](Index c) {
    Team alone(1, options.stop);
    alone.stop_if_asked();
    const Index first = c * samples_in_flight;
    measure_chunk({plan, first, std::min(samples_in_flight, samples.size() - first), alone}, samples);
  };
  Index from = (known + samples_in_flight - 1) / samples_in_flight, at_once = leading_chunks;
  if (from > 0 && from < chunks) measure(0);  // once more, for what it finds
  while (from < chunks) {
    const Stopwatch round;
    const Index until = std::min(from < leading_chunks ? leading_chunks : from + at_once, chunks);
    team.split(until - from, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t c = from + begin; c < from + end; ++c) measure(c);
    });
    const Index done = std::min(until * samples_in_flight, samples.size());
    if (options.progress) options.progress(done, samples.size());
    if (options.keep) options.keep(options.scope, plan.parts, done);
    at_once = next_round(at_once, round.seconds());
    from = until;
  }
  name_uncertified(options, plan.parts);
  return {options.scope, std::move(plan.parts), options.tolerance, options.seed, watch.seconds()};
}

}  // namespace stoic
