#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <vector>

#include "stoic/host/dynamics/system.hpp"

namespace stoic {

template <class Real>
class SaNode;

/// Stable attractors for classification (SA-nODE), paper 002. The state is the image: N = inputs.
struct SaNodeParameters {
  static constexpr const char* name = "sa-node";
  static constexpr bool reads_in = false;
  std::int64_t neurons = 2;                 ///< N = inputs
  std::int64_t classes = 2;                 ///< K, below N
  double well = 0.5;                        ///< a: minima of the potential at ±a; 0 to 10
  double stiffness = 0.4;                   ///< γ before training; 1e-3 to 100
  double eigenvalue_mean = -5;              ///< of the eigenvalues before training
  double eigenvalue_deviation = 1;          ///< and their standard deviation
  double eigenvalue_rate = 1;               ///< factor of the learning rate for eigenvalues
  double stiffness_rate = 1;                ///< and for γ
  double duration = 2;                      ///< T
  double step = 0.1;                        ///< of Euler's method; divides T
  std::optional<double> training_duration;  ///< where the loss is taken, below T; nothing: at T

  static SaNodeParameters read(JsonReader& json, const NetworkShape& shape);
  void write(nlohmann::ordered_json& json) const;
  std::int64_t width() const { return neurons; }
  std::int64_t step_count() const;
  /// With T = training_duration.
  SaNodeParameters in_training() const;
  /// "eigenvectors" [N x (N-K)], "eigenvalues" [(N-K) x 1] and "stiffness" [1 x 1], all trained.
  std::vector<MatrixShape> matrices() const;
  /// Throws Error when γ, "stiffness", is not above 0.
  void check(const Matrices& matrices) const;
  /// Random orthonormal eigenvectors, orthogonal to the attractors; normally distributed eigenvalues.
  Matrices draw(std::uint64_t seed) const;
  /// [N x K]: class k has one block of ⌊N/K⌋ pixels at -a (the last class all that is left), the rest at +a.
  Eigen::MatrixXd attractors() const;
  /// β = 1/√N
  double coupling() const;
  /// The attractors are stable while every eigenvalue of A is below 8 a² γ / β.
  double eigenvalue_bound(double gamma) const;
  /// Beyond it a step of Euler's method no longer comes back: sqrt(a² + 1 / (4 h γ)). States are held there.
  double largest_state(double gamma) const;
  template <class Real>
  SaNode<Real> make(const Matrices& matrices) const;
};
Compilation lower(const SaNodeParameters& parameters, const LoweringTask& task);

/// Φ [N x N]: the attractors, then the trained eigenvectors.
Eigen::MatrixXd eigenbasis(const SaNodeParameters& parameters, const Matrices& matrices);

/// A = Φ Λ Φ⁻¹ of trained matrices: the columns of Φ are the attractors with eigenvalue 0, then the
/// eigenvectors with theirs.
Eigen::MatrixXd coupling_matrix(const SaNodeParameters& parameters, const Matrices& matrices);

/// dx/dt = F(x) = 4 γ x ∘ (a² - x²) + β A x by Euler's method with step h:
///
///   x(t+h)  = x + h F(x)
///   J v     = v + h (4 γ (a² - 3 x²) ∘ v + β A v),   Jᵀ w = w + h (4 γ (a² - 3 x²) ∘ w + β Aᵀ w)
///   dL/dA   = h β Σ_t w(t+h) x(t)ᵀ = G,   dL/dγ = h Σ_t w(t+h) · 4 x ∘ (a² - x²)
///
/// and back to the spectrum, with H = G Φ⁻ᵀ: dL/dΛ = diag Φᵀ H, dL/dΦ = H Λ - Aᵀ H. A depends on the
/// weights alone, so a batch costs one inverse and three products of N x N matrices, beside 3 T/h products
/// with the batch's samples. Eigenvalues that training lifts over the bound are put back below it.
template <class Real>
class SaNode {
 public:
  using Scalar = Real;
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;

  /// Throws Error as SaNodeParameters::check.
  SaNode(const SaNodeParameters& parameters, const Matrices& matrices);

  struct Trajectory {
    std::vector<Panels<Scalar>>
        states;           ///< x(0), ..., x(T), or two in turn; one row more for the caller's bias
    std::size_t end = 0;  ///< where x(T) lies
    Panels<Scalar> covector, scratch;
    Panels<Scalar> by_coupling;  ///< dL/dA / (h β)
    Panels<Scalar> by_inverse, pulled;  ///< dL/dA Φ⁻ᵀ and Aᵀ dL/dA Φ⁻ᵀ [N x (N-K)], over h β and over (h β)²
    std::vector<Panels<Scalar>> gradients;  ///< of the trained matrices
    Panels<Scalar>& first() { return states.front(); }
    Panels<Scalar>& last() { return states[end]; }
  };
  Trajectory make_trajectory(Eigen::Index samples, bool remember = true) const;
  void forward(Trajectory& trajectory, Team& team) const;
  void vjp(Trajectory& trajectory, Team& team) const;
  Matrix jvp(const Trajectory& trajectory, const Matrix& tangent, Team& team) const;
  /// "g" = h β (A - diag A) x, "x before its bound" and "x" of every step.
  VectorSequence vectors(const Trajectory& trajectory) const;

  std::vector<Panels<Scalar>*> trained() { return {&eigenvectors_, &eigenvalues_, &stiffness_}; }
  /// Also puts back eigenvalues and γ that training has moved out of their ranges; those of a model that is
  /// only run stay as they are.
  void weights_changed(Team& team);

 private:
  void keep_attractors_stable();
  /// A and Φ⁻ᵀ from the spectrum.
  void couple(Team& team);
  /// Where a step of the cubic alone would end at 0, h 4 γ (x² - a²) = 1.
  Scalar largest_state() const;
  void pull_to_spectrum(Trajectory& trajectory, Team& team) const;

  SaNodeParameters parameters_;
  Matrix attractors_;  // [N x K]
  Panels<Scalar> eigenvectors_, eigenvalues_, stiffness_;
  Panels<Scalar> inverse_transposed_;     // Φ⁻ᵀ [N x (N-K)], without the attractors' columns
  Panels<Scalar> coupling_, transposed_;  // h β A
  Eigen::Index steps_;
};

template <class Real>
SaNode<Real> SaNodeParameters::make(const Matrices& matrices) const {
  return {*this, matrices};
}

extern template class SaNode<float>;
extern template class SaNode<double>;

}  // namespace stoic
