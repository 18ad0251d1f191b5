#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <vector>

#include "stoic/host/dynamics/system.hpp"
#include "stoic/host/integration/coupling.hpp"
#include "stoic/host/integration/integrated.hpp"

namespace stoic {

template <class Real>
class SaNode;

/// Stable attractors for classification (SA-nODE), paper 002. The state is the image: N = inputs.
struct SaNodeParameters {
  static constexpr const char* name = "sa-node";
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
  TimeAxis time() const { return {.duration = duration, .step = step, .step_key = "step"}; }
  SaNodeParameters over(double duration, std::int64_t steps) const;
  /// No W_in; trained to end in an attractor, after training_duration.
  Traits traits() const;
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

/// The cubic force of the double wells, s x (a² - x²), and its derivative by x: the one place of both.
template <class Scale, class X, class Square>
auto well_force(const Scale& s, const X& x, const Square& a_squared) {
  return s * x * (a_squared - x * x);
}
template <class Scale, class X, class Square>
auto well_stiffness(const Scale& s, const X& x, const Square& a_squared) {
  return s * (a_squared - 3 * (x * x));
}

/// dx/dt = 4 γ x (a² - x²) + c, c = β A x, times a step where `pull` and the coupling have it.
template <class Real>
struct DoubleWellEquation {
  using Scalar = Real;
  static constexpr int components = 1;
  static constexpr bool keeps_coupling = false, adds_coupling = true;
  using Site = stoic::Site<Scalar, 1>;
  Scalar strength, square;  ///< 4 γ, a²
  Site slope(Eigen::Index, const Site& x, Scalar c) const { return {c + well_force(strength, x[0], square)}; }
  Site push(Eigen::Index, const Site& x, Scalar, const Site& d, Scalar dc) const {
    return {dc + well_stiffness(strength, x[0], square) * d[0]};
  }
  Scalar pull(Eigen::Index, const Site& x, Scalar, const Site& w, Site& x_bar) const {
    x_bar = {well_stiffness(strength, x[0], square) * w[0]};
    return w[0];
  }
};

/// The trained double wells. `time` multiplies the slope: a step, where that is to be a change of one.
///
///   dL/dA   = time β Σ_t w(t+h) x(t)ᵀ = G,   dL/dγ = time Σ_t w(t+h) · 4 x ∘ (a² - x²)
///
/// and back to the spectrum, with H = G Φ⁻ᵀ: dL/dΛ = diag Φᵀ H, dL/dΦ = H Λ - Aᵀ H. A depends on the
/// weights alone, so a batch costs one inverse and three products of N x N matrices, beside 3 T/h products
/// with the batch's samples. Eigenvalues that training lifts over the bound are put back below it.
template <class Real>
class DoubleWellRule {
 public:
  using Scalar = Real;
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  using Equation = DoubleWellEquation<Real>;
  static constexpr Sharing sharing = Sharing::rows;

  /// Throws Error as SaNodeParameters::check.
  DoubleWellRule(const SaNodeParameters& parameters, const Matrices& matrices, double time);
  Eigen::Index sites() const { return parameters_.neurons; }
  Equation equation() const;
  const DenseCoupling<Scalar>& coupling() const { return coupling_; }
  Scalar stiffness() const { return stiffness_(0, 0); }

  std::vector<Panels<Scalar>*> trained() { return {&eigenvectors_, &eigenvalues_, &stiffness_}; }
  /// Also puts back eigenvalues and γ that training has moved out of their ranges; those of a model that is
  /// only run stay as they are.
  void weights_changed(Team& team);

  struct Gather {
    Panels<Scalar> by_coupling;        ///< dL/dA / (time β)
    std::vector<double> by_stiffness;  ///< of each panel
    Panels<Scalar> by_inverse,
        pulled;  ///< dL/dA Φ⁻ᵀ and Aᵀ dL/dA Φ⁻ᵀ [N x (N-K)], over time β and over (time β)²
    std::vector<Panels<Scalar>> gradients;
  };
  Gather make_gather() const;
  void begin(Gather& gather) const;
  void gather(Gather& gather, const PulledStage<Scalar, 1>& stage, Eigen::Index p) const;
  void end(Gather& gather, Team& team) const;

 private:
  void keep_attractors_stable();
  /// A and Φ⁻ᵀ from the spectrum.
  void couple(Team& team);

  SaNodeParameters parameters_;
  double time_;
  Matrix attractors_;  // [N x K]
  Panels<Scalar> eigenvectors_, eigenvalues_, stiffness_;
  Panels<Scalar> inverse_transposed_;  // Φ⁻ᵀ [N x (N-K)], without the attractors' columns
  DenseCoupling<Scalar> coupling_;     // time β A
};

/// dx/dt = F(x) = 4 γ x ∘ (a² - x²) + β A x by Euler's method with step h, held where a step of the cubic
/// alone would end at 0, h 4 γ (x² - a²) = 1.
template <class Real>
class SaNode : public Integrated<DoubleWellRule<Real>, Euler, AsIs, Bounded<Real>> {
 public:
  using Base = Integrated<DoubleWellRule<Real>, Euler, AsIs, Bounded<Real>>;
  using typename Base::Trajectory;
  SaNode(const SaNodeParameters& parameters, const Matrices& matrices);
  void weights_changed(Team& team);
  /// "g" = h β (A - diag A) x, "x before its bound" and "x" of every step.
  VectorSequence vectors(Trajectory& trajectory) const;

 private:
  SaNodeParameters parameters_;
};

template <class Real>
SaNode<Real> SaNodeParameters::make(const Matrices& matrices) const {
  return {*this, matrices};
}

extern template class DoubleWellRule<float>;
extern template class DoubleWellRule<double>;
extern template class Integrated<DoubleWellRule<float>, Euler, AsIs, Bounded<float>>;
extern template class Integrated<DoubleWellRule<double>, Euler, AsIs, Bounded<double>>;
extern template class SaNode<float>;
extern template class SaNode<double>;

}  // namespace stoic
