#include "stoic/host/dynamics/ffesn.hpp"

#include <utility>

#include "stoic/host/dynamics/reservoir.hpp"

namespace stoic {
FfesnParameters FfesnParameters::read(JsonReader& json, const NetworkShape&) {
  FfesnParameters result;
  result.neurons = json.integer("neurons", 1, 4096);
  result.spectral_radius = json.number_or("spectral_radius", result.spectral_radius, 0, 100);
  result.density = json.number_or("density", result.density, 0, 1);
  if (result.density == 0) json.fail("density", "must be above 0, up to 1");
  result.steps = json.integer("steps", 1, 1000);
  return result;
}

void FfesnParameters::write(nlohmann::ordered_json& json) const {
  json["neurons"] = neurons;
  json["spectral_radius"] = spectral_radius;
  json["density"] = density;
  json["steps"] = steps;
}

Matrices FfesnParameters::draw(std::uint64_t seed) const {
  return {{"W_reservoir", make_reservoir(neurons, density, spectral_radius, seed)}};
}

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

template <class Scalar>
VectorSequence Ffesn<Scalar>::vectors(const Trajectory& trajectory) const {
  const auto values = [&](const Panels<Scalar>& panels) {
    return Eigen::MatrixXd(panels.dense().topRows(neurons()).template cast<double>());
  };
  VectorSequence result{{"x(0)", values(trajectory.states.front())}};
  Team alone(1);
  Panels<Scalar> z(neurons(), trajectory.states.front().columns());
  for (Eigen::Index i = 0; i < steps_; ++i) {
    multiply(forward_weights_, trajectory.states[i], z, alone);
    result.emplace_back("z", values(z));
    result.emplace_back("x", values(trajectory.states[i + 1]));
  }
  return result;
}

template class Ffesn<float>;
template class Ffesn<double>;

}  // namespace stoic
