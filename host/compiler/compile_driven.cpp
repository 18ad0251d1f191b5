#include "stoic/host/compiler/compile_driven.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <vector>

#include "stoic/host/compiler/driven_csto_calibration.hpp"
#include "stoic/host/compiler/driven_lowering.hpp"
#include "stoic/host/compiler/esn_design.hpp"
#include "stoic/host/driven/driven_network.hpp"
#include "stoic/host/driven/measures.hpp"
#include "stoic/host/driven/ridge.hpp"
#include "stoic/sim/golden/schedule.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

struct Refit {
  MatrixXd W_out;
  NormalEquations met;  ///< sums of the features that it was learnt on
};

/// The read-out of least error on the validation part, with its weights rounded, from the states of an image.
Refit refit(const DrivenModel& model, const TimeSeries& series, DrivenLowering& lowering,
            DrivenCompilation& chosen, Team& team) {
  const NormalEquations nothing(model.W_out.cols() - 1, model.outputs());
  const auto first = lowering.lower(MatrixXd::Zero(model.W_out.rows(), model.W_out.cols()), nothing);
  const auto ends = lowering.ends();
  const ScaledSeries scaled(model, series);
  const auto& p = series.parts;
  const Index begin = p.washout, middle = begin + p.train, end = middle + p.validation;
  DrivenMachine machine(first.compilation.image);
  const Index features = model.W_out.cols() - 1;
  NormalEquations train(features, model.outputs()), all(features, model.outputs());
  MatrixXd z(features, p.validation);
  std::vector<std::int32_t> codes(static_cast<std::size_t>(first.compilation.image.input_lengths.at(0)));
  std::vector<std::int32_t> before_validation;
  for (Index t = 0; t < end; ++t) {
    team.stop_if_asked();
    if (t == middle) before_validation.assign(machine.state().begin(), machine.state().end());
    ends.fill(scaled.inputs.col(t), scaled.before(t), codes);
    machine.step(codes);
    if (t < begin) continue;
    const VectorXd seen_features = lowering.features(machine.state());
    (t < middle ? train : all).add(seen_features, scaled.targets.col(t));
    if (t >= middle) z.col(t - middle) = seen_features;
  }
  all.add(train);
  // With feedback the read-out meets its own errors again, as in the test.
  const auto fed_back = [&](const MatrixXd& w_out) {
    std::ranges::copy(before_validation, machine.state().begin());
    MatrixXd y(model.outputs(), p.validation);
    VectorXd last = scaled.before(middle);
    for (Index t = middle; t < end; ++t) {
      team.stop_if_asked();
      ends.fill(scaled.inputs.col(t), last, codes);
      machine.step(codes);
      last = w_out.leftCols(features) * lowering.features(machine.state()) + w_out.col(features);
      y.col(t - middle) = last;
    }
    return y;
  };
  std::optional<double> least;
  const auto& ridges = model.recipe.read_out.ridge;
  for (const double ridge : ridges) {
    const auto solution = train.solve(ridge);
    if (!(solution.reciprocal_condition >= least_reciprocal_condition) && ridge != ridges.back()) continue;
    if (p.validation == 0) {
      chosen.ridge = ridge;
      break;
    }
    const auto rounded = lowering.rounded(solution.W_out, train);
    const MatrixXd y = model.W_feedback.size() > 0
                           ? fed_back(rounded)
                           : MatrixXd((rounded.leftCols(features) * z).colwise() + rounded.col(features));
    const double error = std::sqrt(mean_normalised_error(y, scaled.targets.middleCols(middle, p.validation)));
    if (least && !(error < *least)) continue;
    least = error;
    chosen.ridge = ridge;
  }
  chosen.validation_nrmse = least.value_or(0);
  return {all.solve(chosen.ridge).W_out, all};
}

std::int64_t product_beats(const Image& image) {
  std::int64_t cycles = 0;
  for (const auto& step : golden::schedule(image.program, image.config).steps)
    if (const auto* matvec = std::get_if<Matvec>(&step.instruction))
      cycles += image.config.beats(matvec->rows) * matvec->columns;
  return cycles;
}

}  // namespace

DrivenMachine::DrivenMachine(const Image& image) : image_(image), machine_(image.config) {
  machine_.load(image);
}

std::vector<std::int32_t> DrivenMachine::step(std::span<const std::int32_t> input) {
  machine_.output().clear();
  machine_.input().emplace_back(input.begin(), input.end());
  golden::queue_weight_stream(image_, machine_.weight_stream());
  machine_.start();
  if (const int status = machine_.run(); status != STOIC_STATUS_CODE_OK)
    throw Error(fmt::format("golden stopped at program word {} with the status {}",
                            machine_.program_counter(), status));
  saturations_ += machine_.counters().saturations;
  cycles_ = machine_.counters().cycles;
  return machine_.output().at(0);
}

namespace {

/// A way to lower a model.
struct Way {
  /// Makes lowerings, again and again, with W_out as the sum of so many matrices at most.
  std::function<std::unique_ptr<DrivenLowering>(std::int64_t most_parts)> make;
  /// It is quicker than the ways before it, and taken where its error on the validation part is at most so many
  /// times the least.
  double as_good = 1;
};
constexpr std::int64_t most_parts = 3;

/// From the one that states lose least by to the quickest.
std::vector<Way> ways_of(const DrivenModel& model, const TimeSeries& series, const HardwareConfig& config,
                         Team& team) {
  const auto& recipe = model.recipe;
  if (std::holds_alternative<CstoParameters>(recipe.system))
    return {{[&, seen = calibrate_driven_csto(model, series, team)](std::int64_t parts) {
      return make_csto_lowering(model, seen, config, parts);
    }}};
  if (std::holds_alternative<EsnParameters>(recipe.system) && recipe.drive.nodes == 1) {
    std::vector<Way> ways;
    const auto add = [&](const EsnDesign& design, double as_good) {
      ways.push_back(
          {[&, design](std::int64_t parts) { return make_esn_lowering(model, design, config, parts); },
           as_good});
    };
    auto design = design_esn(model, series, config, team);
    design.finely = true;
    // Half as much time again, which free runs alone are worth.
    if (!design.by_polynomials && series.parts.free_run > 0 && series.parts.validation > 0) {
      auto precise = design;
      precise.take_two_words(config, model.outputs());
      add(precise, 1);
    }
    add(design, 1.02);
    design.finely = false;
    add(design, 1.002);
    return ways;
  }
  throw Error(fmt::format(
      "the driven \"{}\"{} has no program for the accelerator: \"csto\" and \"esn\" with one node have; "
      "stoic eval runs it in float",
      recipe.dynamics(),
      recipe.drive.nodes > 1 ? fmt::format(" of {} virtual nodes", recipe.drive.nodes) : ""));
}

DrivenCompilation compile_by(const Way& way, const DrivenModel& model, const TimeSeries& series, Team& team) {
  for (auto parts = most_parts;; --parts) {
    try {
      DrivenCompilation chosen;
      const auto [w_out, met] = refit(model, series, *way.make(parts), chosen, team);
      const auto lowering = way.make(parts);
      auto result = lowering->lower(w_out, met);
      result.ridge = chosen.ridge;
      result.validation_nrmse = chosen.validation_nrmse;
      result.rounded = lowering->rounded_model();
      return result;
    } catch (const Error&) {  // it does not fit
      if (parts == 1) throw;
    }
  }
}

/// The quickest whose error on the validation part is about as good as the least: of those that fit.
DrivenCompilation compile_best(const DrivenModel& model, const TimeSeries& series,
                               const HardwareConfig& config, Team& team) {
  std::optional<DrivenCompilation> best;
  const auto ways = ways_of(model, series, config, team);
  for (const auto& way : ways) {
    try {
      auto next = compile_by(way, model, series, team);
      if (!best ||
          (series.parts.validation > 0 && next.validation_nrmse <= way.as_good * best->validation_nrmse))
        best = std::move(next);
    } catch (const Error& e) {  // it does not fit
      if (!best && &way == &ways.back()) throw;
    }
  }
  return std::move(*best);
}

}  // namespace

DrivenCompilation compile_driven(const DrivenModel& model, const TimeSeries& series,
                                 const HardwareConfig& config, Team& team) {
  auto result = compile_best(model, series, config, team);
  auto& compiled = result.compilation;
  const auto schedule = golden::schedule(compiled.image.program, config);
  compiled.cycles = schedule.cycles;
  compiled.ideal_mac_cycles = product_beats(compiled.image);
  const auto bytes = [&](std::int64_t weights) { return weights * ((config.weight_width + 7) / 8); };
  compiled.weight_bytes = bytes(std::ssize(compiled.image.weights));
  for (const auto& matrix : compiled.image.stream_schedule)
    compiled.streamed_weight_bytes += bytes(matrix.beats * config.lanes);
  return result;
}

}  // namespace stoic
