#include "stoic/host/dynamics/mlp.hpp"

#include <algorithm>

namespace stoic {

MlpParameters MlpParameters::read(JsonReader& json, const NetworkShape&) {
  return {json.integer("neurons", 1, 4096)};
}

void MlpParameters::write(nlohmann::ordered_json& json) const { json["neurons"] = neurons; }

Matrices MlpParameters::draw(std::uint64_t) const {
  return {{"b_hidden", Eigen::MatrixXd::Zero(neurons, 1)}};
}

template <class Scalar>
auto Mlp<Scalar>::make_trajectory(Eigen::Index samples, bool) const -> Trajectory {
  Trajectory trajectory;
  for (int end = 0; end < 2; ++end) trajectory.states.emplace_back(bias_.rows() + 1, samples);
  trajectory.covector = Panels<Scalar>(bias_.rows(), samples);
  trajectory.gradients.emplace_back(bias_.rows(), 1);
  return trajectory;
}

template <class Scalar>
void Mlp<Scalar>::forward(Trajectory& trajectory, Team& team) const {
  constexpr Eigen::Index height = Panels<Scalar>::panel_rows;
  const Eigen::Index samples = trajectory.first().columns();
  team.split(bias_.panels(), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t p = begin; p < end; ++p) {
      const Scalar *x0 = trajectory.first().panel(p), *bias = bias_.panel(p);
      Scalar* x = trajectory.last().panel(p);
      for (Eigen::Index s = 0; s < samples; ++s)
        for (Eigen::Index r = 0; r < height; ++r)
          x[s * height + r] = std::max(x0[s * height + r] + bias[r], Scalar(0));
    }
  });
}

template <class Scalar>
void Mlp<Scalar>::vjp(Trajectory& trajectory, Team& team) const {
  constexpr Eigen::Index height = Panels<Scalar>::panel_rows;
  const Eigen::Index samples = trajectory.first().columns();
  team.split(bias_.panels(), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t p = begin; p < end; ++p) {
      const Scalar *x0 = trajectory.first().panel(p), *bias = bias_.panel(p);
      Scalar *w = trajectory.covector.panel(p), *gradient = trajectory.gradients[0].panel(p);
      std::fill_n(gradient, height, Scalar(0));
      for (Eigen::Index s = 0; s < samples; ++s)
        for (Eigen::Index r = 0; r < height; ++r) {
          if (!(x0[s * height + r] + bias[r] > 0)) w[s * height + r] = 0;
          gradient[r] += w[s * height + r];
        }
    }
  });
}

template <class Scalar>
auto Mlp<Scalar>::jvp(const Trajectory& trajectory, const Matrix& tangent, Team&) const -> Matrix {
  Matrix result = tangent;
  for (Eigen::Index s = 0; s < tangent.cols(); ++s)
    for (Eigen::Index i = 0; i < tangent.rows(); ++i)
      if (!(trajectory.states.front()(i, s) + bias_(i, 0) > 0)) result(i, s) = 0;
  return result;
}

template <class Scalar>
VectorSequence Mlp<Scalar>::vectors(const Trajectory& trajectory) const {
  const Eigen::MatrixXd x0 = trajectory.states.front().dense().topRows(bias_.rows()).template cast<double>();
  const Eigen::MatrixXd z = x0.colwise() + bias_.dense().col(0).template cast<double>();
  return {{"z", z}, {"x", z.cwiseMax(0)}};
}

template class Mlp<float>;
template class Mlp<double>;

}  // namespace stoic
