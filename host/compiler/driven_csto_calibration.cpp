#include "stoic/host/compiler/driven_csto_calibration.hpp"

#include "stoic/host/driven/driven_csto.hpp"
#include "stoic/host/driven/driven_network.hpp"

namespace stoic {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// The ranges of one time step, which begins at a state, of every virtual node.
template <class Join>
class StageWatch {
 public:
  StageWatch(const DrivenModel& model, Team& team)
      : model_(model),
        parameters_(std::get<CstoParameters>(model.recipe.system)),
        system_(make_driven_csto<Join>(parameters_, model.matrix)),
        trajectory_(system_.make_trajectory(1)),
        team_(team) {}

  /// `drive` in the unit of its equation.
  void look(VectorXd state, const VectorXd& drive, CstoCalibration& seen) {
    const Index n = parameters_.oscillators;
    for (Index node = 0; node < model_.recipe.drive.nodes; ++node) {
      const VectorXd here = drive.segment(node * n, n);
      system_.rule().set_drive(here);
      system_.set_state(trajectory_, state);
      system_.go_on(trajectory_, team_);
      for (const auto& stage : trajectory_.groups.front().stages) {
        include_stage(stage, 1, parameters_, seen, csto_drive(model_.recipe), here);
        ++stages_;
      }
      const auto& end = trajectory_.groups.front().stages.back().x;
      for (std::size_t c = 0; c < 3; ++c)
        for (Index i = 0; i < n; ++i) state(static_cast<Index>(c) * n + i) = end[c](i, 0);
    }
  }
  std::int64_t stages() const { return stages_; }

 private:
  const DrivenModel& model_;
  const CstoParameters& parameters_;
  DrivenCsto<Join> system_;
  typename DrivenCsto<Join>::Trajectory trajectory_;
  Team& team_;
  std::int64_t stages_ = 0;
};

template <class Join>
DrivenCstoCalibration calibrate(const DrivenModel& model, const TimeSeries& series, Team& team) {
  constexpr Index most_watched = 4000;  // of whose stages all are looked at
  const ScaledSeries scaled(model, series);
  const Index begin = series.parts.washout, end = series.parts.steps() - series.parts.test,
              every = std::max<Index>(end / most_watched, 1);
  const auto taken = taken_matrix(model);
  const Index width = taken.cols(), n = model.recipe.sites();
  DrivenCstoCalibration seen{.taken = nothing_seen(width)};
  seen.stages.m_x_moments = MatrixXd::Zero(n, n);
  MatrixXd squares = MatrixXd::Zero(width, width);
  StageWatch<Join> watch(model, team);
  DrivenNetwork network(model, team);
  VectorXd before = network.state(), u(width);
  const double unit = csto_drive_unit(model.recipe);
  follow_series(network, scaled, end, team, [&](Index t) {
    u.head(model.inputs()) = scaled.inputs.col(t);
    if (model.W_feedback.size() > 0) u.tail(model.outputs()) = scaled.before(t);
    const VectorXd drive = unit * (taken * u + model.b_in);
    seen.output.include(scaled.targets.col(t));
    seen.drive.include(drive);
    if (t >= begin) {
      include(seen.taken, u);
      squares.selfadjointView<Eigen::Lower>().rankUpdate(u);
      seen.output.include(network.output());
    }
    // of the washout too: programs begin at rest
    if (t % every == 0) watch.look(before, drive, seen.stages);
    before = network.state();
  });
  seen.taken.mean /= static_cast<double>(end - begin);
  fill_upper(squares, static_cast<double>(end - begin));
  seen.taken_covariance = squares - seen.taken.mean * seen.taken.mean.transpose();
  fill_upper(seen.stages.m_x_moments, static_cast<double>(watch.stages()));
  return seen;
}

}  // namespace

CstoDrive csto_drive(const DrivenRecipe& recipe) {
  return recipe.drive.joins == "current" ? CstoDrive::current : CstoDrive::field;
}

double csto_drive_unit(const DrivenRecipe& recipe) {
  return csto_drive(recipe) == CstoDrive::current
             ? 1
             : std::get<CstoParameters>(recipe.system).step_angle_per_Oe();
}

DrivenCstoCalibration calibrate_driven_csto(const DrivenModel& model, const TimeSeries& series, Team& team) {
  return csto_drive(model.recipe) == CstoDrive::current ? calibrate<JoinsCurrent>(model, series, team)
                                                        : calibrate<JoinsField>(model, series, team);
}

}  // namespace stoic
