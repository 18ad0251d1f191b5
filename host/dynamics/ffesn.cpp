#include "stoic/host/dynamics/ffesn.hpp"

#include <utility>

namespace stoic {
namespace {

template <class Scalar>
auto elements(Panels<Scalar>& panels, Eigen::Index p) {
  return Eigen::Map<Eigen::Array<Scalar, Eigen::Dynamic, 1>, Eigen::AlignedMax>(panels.panel(p),
                                                                                panels.panel_size());
}
template <class Scalar>
auto elements(const Panels<Scalar>& panels, Eigen::Index p) {
  return Eigen::Map<const Eigen::Array<Scalar, Eigen::Dynamic, 1>, Eigen::AlignedMax>(panels.panel(p),
                                                                                      panels.panel_size());
}

}  // namespace

template <class Scalar>
Ffesn<Scalar>::Ffesn(const Matrix& weights, Eigen::Index steps)
    : forward_weights_(weights), backward_weights_(Matrix(weights.transpose())), steps_(steps) {}

template <class Scalar>
auto Ffesn<Scalar>::make_trajectory(Eigen::Index samples, bool) const -> Trajectory {
  Trajectory trajectory;
  // One row more than neurons: the caller's constant for its bias.
  for (Eigen::Index i = 0; i <= steps_; ++i) trajectory.states.emplace_back(neurons() + 1, samples);
  trajectory.covector = Panels<Scalar>(neurons(), samples);
  trajectory.scratch = Panels<Scalar>(neurons(), samples);
  return trajectory;
}

template <class Scalar>
void Ffesn<Scalar>::forward(Trajectory& trajectory, Team& team) const {
  const Eigen::Index samples = trajectory.first().columns();
  for (Eigen::Index i = 0; i < steps_; ++i) {
    const Panels<Scalar>& from = trajectory.states[i];
    Panels<Scalar>& to = trajectory.states[i + 1];
    team.split(forward_weights_.panels(), [&](Eigen::Index begin, Eigen::Index end) {
      for (Eigen::Index p = begin; p < end; ++p) {
        multiply_panel(forward_weights_, from, to, p, 0, samples);
        elements(to, p) = elements(to, p).tanh();
      }
    });
  }
}

template <class Scalar>
void Ffesn<Scalar>::vjp(Trajectory& trajectory, Team& team) const {
  const Eigen::Index samples = trajectory.first().columns();
  Panels<Scalar>& covector = trajectory.covector;
  team.split(covector.panels(), [&](Eigen::Index begin, Eigen::Index end) {
    for (Eigen::Index p = begin; p < end; ++p)
      elements(covector, p) *= Scalar(1) - elements(trajectory.last(), p).square();
  });
  for (Eigen::Index i = steps_ - 1; i >= 0; --i) {
    const Panels<Scalar>& state = trajectory.states[i];
    team.split(backward_weights_.panels(), [&](Eigen::Index begin, Eigen::Index end) {
      for (Eigen::Index p = begin; p < end; ++p) {
        multiply_panel(backward_weights_, covector, trajectory.scratch, p, 0, samples);
        if (i > 0) elements(trajectory.scratch, p) *= Scalar(1) - elements(state, p).square();
      }
    });
    std::swap(covector, trajectory.scratch);
  }
}

template <class Scalar>
auto Ffesn<Scalar>::jvp(const Trajectory& trajectory, const Matrix& tangent, Team& team) const -> Matrix {
  Panels<Scalar> from(tangent);
  Panels<Scalar> to(tangent.rows(), tangent.cols());
  for (Eigen::Index i = 0; i < steps_; ++i) {
    multiply(forward_weights_, from, to, team);
    for (Eigen::Index p = 0; p < to.panels(); ++p)
      elements(to, p) *= Scalar(1) - elements(trajectory.states[i + 1], p).square();
    std::swap(from, to);
  }
  return from.dense();
}

template class Ffesn<float>;
template class Ffesn<double>;

}  // namespace stoic
