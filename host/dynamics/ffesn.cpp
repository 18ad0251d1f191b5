#include "stoic/host/dynamics/ffesn.hpp"

#include <utility>

#include "stoic/host/dynamics/reservoir.hpp"
#include "stoic/host/kernels/decompositions.hpp"

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

FfesnParameters FfesnParameters::over(double, std::int64_t count) const {
  auto result = *this;
  result.steps = count;
  return result;
}

/// ln |det J| = ln |det W'| + Σ ln (1 - x²), x behind the step.
Traits FfesnParameters::traits() const {
  return {.expansion = [](const Matrices& matrices) {
    const double weights = log_absolute_determinant(matrices.at("W_reservoir"));
    return [weights](const Eigen::VectorXd& x) { return weights + (1 - x.array().square()).log().sum(); };
  }};
}

template <class Scalar>
VectorSequence Ffesn<Scalar>::vectors(Trajectory& trajectory) const {
  VectorSequence result{{"x(0)", this->values(trajectory, 0, 0, 0)}};
  Team alone(1);
  Panels<Scalar> z(this->width(), trajectory.samples);
  for (Eigen::Index i = 0; i < this->steps(); ++i) {
    const Panels<Scalar> x(Matrix(this->values(trajectory, i, 0, 0).template cast<Scalar>()));
    multiply(this->rule().coupling().weights(), x, z, alone);
    result.emplace_back("z", z.dense().template cast<double>());
    result.emplace_back("x", this->values(trajectory, i + 1, 0, 0));
  }
  return result;
}

template class Integrated<TanhRule<float>, Map>;
template class Integrated<TanhRule<double>, Map>;
template class Ffesn<float>;
template class Ffesn<double>;

}  // namespace stoic
