#include "csto_reference.hpp"

#include <boost/numeric/odeint.hpp>
#include <cmath>
#include <vector>

#include "stoic/host/dynamics/csto.hpp"

namespace stoic {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

/// dm/dt in 1/s and its derivative, by a step of Euler's method: long, so that few digits are lost in m + h
/// dm/dt - m.
class Flow {
 public:
  Flow(const MatrixXd& coupling, const CstoParameters& p)
      : euler_(Csto<double>(coupling, p).rule(), 1, long_step), per_s_(1e12 / (p.step_ps * long_step)) {}
  VectorXd operator()(const VectorXd& m) {
    euler_.set_state(trajectory_, m);
    euler_.go_on(trajectory_, alone_);
    return per_s_ * (euler_.state(trajectory_) - m);
  }
  /// (∂(dm/dt)/∂m)ᵀ w at the state of the last call
  VectorXd pull(const VectorXd& w) { return per_s_ * (euler_.pull(trajectory_, w, Part::flow, alone_) - w); }

 private:
  static constexpr double long_step = 1 << 20;
  Integrated<LlgRule<double>, Euler> euler_;
  double per_s_;
  Team alone_{1};
  Integrated<LlgRule<double>, Euler>::Trajectory trajectory_ = euler_.make_trajectory(1);
};

}  // namespace

VectorXd integrate_adaptively(const MatrixXd& coupling, const CstoParameters& parameters,
                              const VectorXd& start, double tolerance) {
  namespace odeint = boost::numeric::odeint;
  using State = std::vector<double>;
  Flow dm_dt(coupling, parameters);
  State state(start.begin(), start.end());
  const auto flow = [&](const State& m, State& change, double) {
    const VectorXd result = dm_dt(Eigen::Map<const VectorXd>(m.data(), static_cast<Eigen::Index>(m.size())));
    change.assign(result.begin(), result.end());
  };
  odeint::integrate_adaptive(odeint::make_controlled<odeint::runge_kutta_dopri5<State>>(tolerance, tolerance),
                             flow, state, 0.0, parameters.duration_ps * 1e-12, parameters.step_ps * 1e-12);
  return Eigen::Map<const VectorXd>(state.data(), static_cast<Eigen::Index>(state.size()));
}

VectorXd continuous_adjoint(const MatrixXd& coupling, const CstoParameters& parameters, const VectorXd& end,
                            const VectorXd& covector) {
  Flow dm_dt(coupling, parameters);
  const double h = parameters.step_ps * 1e-12;
  // Backwards in time: dm/ds = -f, da/ds = +(∂f/∂m)ᵀ a
  struct Pair {
    VectorXd m, a;
  };
  const auto slope = [&](const Pair& at) {
    const VectorXd change = dm_dt(at.m);
    return Pair{-change, dm_dt.pull(at.a)};
  };
  const auto moved = [](const Pair& from, double by, const Pair& along) {
    return Pair{from.m + by * along.m, from.a + by * along.a};
  };
  Pair at{end, covector};
  for (std::int64_t step = 0; step < parameters.time().steps(); ++step) {
    const Pair k1 = slope(at), k2 = slope(moved(at, h / 2, k1)), k3 = slope(moved(at, h / 2, k2)),
               k4 = slope(moved(at, h, k3));
    at.m += h / 6 * (k1.m + 2 * k2.m + 2 * k3.m + k4.m);
    at.a += h / 6 * (k1.a + 2 * k2.a + 2 * k3.a + k4.a);
  }
  return at.a;
}

}  // namespace stoic
