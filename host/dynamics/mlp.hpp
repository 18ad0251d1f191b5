#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "stoic/host/dynamics/system.hpp"

namespace stoic {

template <class Real>
class Mlp;

/// A layer of rectified linear units, the hidden layer of the second baseline of paper 001, table I.
struct MlpParameters {
  static constexpr const char* name = "mlp";
  std::int64_t neurons = 500;  ///< N, 1 to 4096; required

  static MlpParameters read(JsonReader& json, const NetworkShape& shape);
  void write(nlohmann::ordered_json& json) const;
  std::int64_t width() const { return neurons; }
  std::int64_t step_count() const { return 1; }
  std::vector<MatrixShape> matrices() const {
    return {{.name = "b_hidden", .rows = neurons, .columns = 1, .trained = true, .decays = false}};
  }
  Matrices draw(std::uint64_t seed) const;
  template <class Real>
  Mlp<Real> make(const Matrices& matrices) const;
};
Compilation lower(const MlpParameters& parameters, const LoweringTask& task);

/// Multilayer perceptron with one hidden layer: with s = [z > 0],
///
///   z = x(0) + b,    x = max(z, 0),    J v = s ∘ v,    Jᵀ w = s ∘ w,    dL/db = sum over samples of s ∘ w
template <class Real>
class Mlp {
 public:
  using Scalar = Real;
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;

  /// b [neurons x 1]
  explicit Mlp(const Matrix& bias) : bias_(bias) {}

  struct Trajectory {
    std::vector<Panels<Scalar>> states;  ///< x(0) and x, each with one row more for the caller's bias
    Panels<Scalar> covector;
    std::vector<Panels<Scalar>> gradients;  ///< dL/db
    Panels<Scalar>& first() { return states.front(); }
    Panels<Scalar>& last() { return states.back(); }
  };
  Trajectory make_trajectory(Eigen::Index samples, bool remember = true) const;
  void forward(Trajectory& trajectory, Team& team) const;
  void vjp(Trajectory& trajectory, Team& team) const;
  Matrix jvp(const Trajectory& trajectory, const Matrix& tangent, Team& team) const;
  /// "z", then "x".
  VectorSequence vectors(const Trajectory& trajectory) const;

  std::vector<Panels<Scalar>*> trained() { return {&bias_}; }
  void weights_changed(Team&) {}

 private:
  Panels<Scalar> bias_;
};

template <class Real>
Mlp<Real> MlpParameters::make(const Matrices& matrices) const {
  return Mlp<Real>(matrices.at("b_hidden").cast<Real>());
}

extern template class Mlp<float>;
extern template class Mlp<double>;

}  // namespace stoic
