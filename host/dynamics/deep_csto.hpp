#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <string>
#include <vector>

#include "stoic/host/dynamics/csto.hpp"

namespace stoic {

template <class Real>
class DeepCsto;

/// Arrays of coupled spin-torque oscillators one behind the other, paper 001 eqs C1-C4.
struct DeepCstoParameters {
  static constexpr const char* name = "deep-csto";
  /// The arrays differ in their coupling alone; at least two.
  std::vector<CstoParameters> arrays;

  /// "couplings_Oe" is a list, one for each array; all other keys are those of "csto" without "coupling_Oe".
  static DeepCstoParameters read(JsonReader& json, const NetworkShape& shape);
  void write(nlohmann::ordered_json& json) const;
  std::int64_t width() const { return arrays.front().width(); }
  std::int64_t step_count() const {
    return static_cast<std::int64_t>(arrays.size()) * arrays.front().steps();
  }
  /// "W_coupling_1", ..., fixed, each drawn for itself; "W_1", ... between the arrays, trained.
  std::vector<MatrixShape> matrices() const;
  Matrices draw(std::uint64_t seed) const;
  template <class Real>
  DeepCsto<Real> make(const Matrices& matrices) const;
};
Compilation lower(const DeepCstoParameters& parameters, const LoweringTask& task);

/// x_1(0) = f_norm(W_in u), x_{k+1}(0) = f_norm(W_k x_k(T)): as the paper's C3, with the lengths that LLG
/// asks for.
template <class Real>
class DeepCsto {
 public:
  using Scalar = Real;
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;

  DeepCsto(std::vector<Csto<Scalar>> arrays, const std::vector<Matrix>& between);

  struct Trajectory {
    std::vector<typename Csto<Scalar>::Trajectory> arrays;
    Panels<Scalar> covector;
    std::vector<Panels<Scalar>> gradients;  ///< dL/dW_1, ...
    Panels<Scalar>& first() { return arrays.front().first(); }
    Panels<Scalar>& last() { return arrays.back().last(); }
  };
  Trajectory make_trajectory(Eigen::Index samples, bool remember = true) const;
  void forward(Trajectory& trajectory, Team& team) const;
  void vjp(Trajectory& trajectory, Team& team) const;
  Matrix jvp(const Trajectory& trajectory, const Matrix& tangent, Team& team) const;
  /// Those of each array, "1 m_x(0)", "1 m_x", ..., "2 m_x(0)", ...
  VectorSequence vectors(const Trajectory& trajectory) const;

  std::vector<Panels<Scalar>*> trained();
  void weights_changed(Team& team);

 private:
  std::vector<Csto<Scalar>> arrays_;
  std::vector<Panels<Scalar>> between_, between_transposed_;
};

template <class Real>
DeepCsto<Real> DeepCstoParameters::make(const Matrices& matrices) const {
  std::vector<Csto<Real>> systems;
  std::vector<typename DeepCsto<Real>::Matrix> between;
  for (std::size_t k = 0; k < arrays.size(); ++k) {
    systems.emplace_back(matrices.at("W_coupling_" + std::to_string(k + 1)), arrays[k]);
    if (k > 0) between.push_back(matrices.at("W_" + std::to_string(k)).template cast<Real>());
  }
  return {std::move(systems), between};
}

extern template class DeepCsto<float>;
extern template class DeepCsto<double>;

}  // namespace stoic
