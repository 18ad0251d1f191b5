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

template <class Real>
void RectifierRule<Real>::gather(Gather& gather, const PulledStage<Real, 1>& stage, Eigen::Index p) const {
  constexpr Eigen::Index rows = Panels<Real>::panel_rows;
  const Real *w = stage.by_slope[0].panel(p), *x = stage.x[0].panel(p), *bias = flat_.data() + p * rows;
  Real* gradient = gather.gradients[0].panel(p);
  for (Eigen::Index s = 0; s < stage.x[0].columns(); ++s)
    for (Eigen::Index r = 0; r < rows; ++r)
      gradient[r] += x[s * rows + r] + bias[r] > 0 ? w[s * rows + r] : 0;
}

template <class Real>
void RectifierRule<Real>::flatten() {
  constexpr Eigen::Index rows = Panels<Real>::panel_rows;
  flat_.resize(static_cast<std::size_t>(bias_.panels() * rows));
  for (Eigen::Index p = 0; p < bias_.panels(); ++p)
    std::copy_n(bias_.panel(p), rows, flat_.begin() + p * rows);
}

template <class Scalar>
VectorSequence Mlp<Scalar>::vectors(Trajectory& trajectory) const {
  auto bias = this->rule();
  const Eigen::MatrixXd z = this->values(trajectory, 0, 0, 0).colwise() +
                            bias.trained().front()->dense().col(0).template cast<double>();
  return {{"z", z}, {"x", z.cwiseMax(0)}};
}

template class RectifierRule<float>;
template class RectifierRule<double>;
template class Integrated<RectifierRule<float>, Map>;
template class Integrated<RectifierRule<double>, Map>;
template class Mlp<float>;
template class Mlp<double>;

}  // namespace stoic
