#pragma once
#include <Eigen/Core>
#include <vector>

#include "stoic/host/dynamics/system.hpp"

namespace stoic {

template <class Real>
class Ffesn;

/// Feed-forward echo-state network, paper 001 section IV.B.
struct FfesnParameters {
  static constexpr const char* name = "ffesn";
  std::int64_t neurons = 1;    ///< N, 1 to 4096; required
  double spectral_radius = 1;  ///< of W'
  double density = 0.5;        ///< share of non-zero entries of W', (0, 1]
  std::int64_t steps = 1;      ///< T: how often the fixed system is applied, 1 to 1000; required

  static FfesnParameters read(JsonReader& json, const NetworkShape& shape);
  void write(nlohmann::ordered_json& json) const;
  std::int64_t width() const { return neurons; }
  std::int64_t step_count() const { return steps; }
  std::vector<MatrixShape> matrices() const { return {{"W_reservoir", neurons, neurons}}; }
  Matrices draw(std::uint64_t seed) const;
  template <class Real>
  Ffesn<Real> make(const Matrices& matrices) const;
};
Compilation lower(const FfesnParameters& parameters, const LoweringTask& task);

/// Feed-forward echo-state network, paper 001 eqs 17-19: a fixed map, applied `steps` times.
///
///   x(i+1)   = tanh(W' x(i)),                    i = 0 ... T-1
///   J(i) v   = s(i+1) ∘ (W' v),                  s(i) = 1 - x(i)²
///   J(i)ᵀ w  = W'ᵀ (s(i+1) ∘ w)
///
/// States are [neurons x samples]; a column is one sample. Scalar is float (training) or double (analysis).
template <class Real>
class Ffesn {
 public:
  using Scalar = Real;
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;

  /// W' [neurons x neurons], steps T >= 1.
  Ffesn(const Matrix& weights, Eigen::Index steps);

  Eigen::Index neurons() const { return forward_weights_.rows(); }

  /// x(0) ... x(T) of one batch, and room for vjp. `first()` is what the caller fills before forward.
  ///
  /// The states may have more rows than the system has neurons: forward leaves those of x(T) undefined, and
  /// the caller may put a constant there for its bias.
  struct Trajectory {
    std::vector<Panels<Scalar>> states;
    Panels<Scalar> covector;  ///< dL/dx(T) before vjp; vjp leaves dL/dx(0)
    Panels<Scalar> scratch;
    Panels<Scalar>& first() { return states.front(); }
    Panels<Scalar>& last() { return states.back(); }
  };
  /// `remember` makes room for every state, as vjp and jvp need it; it always does here.
  Trajectory make_trajectory(Eigen::Index samples, bool remember = true) const;

  /// x(1) ... x(T) from x(0).
  void forward(Trajectory& trajectory, Team& team) const;
  /// Pulls trajectory.covector back from x(T) to x(0): w <- J(0)ᵀ ... J(T-1)ᵀ w. Needs the states of forward.
  void vjp(Trajectory& trajectory, Team& team) const;
  /// Pushes tangent v [neurons x samples] from x(0) to x(T): J(T-1) ... J(0) v. Needs the states of forward.
  Matrix jvp(const Trajectory& trajectory, const Matrix& tangent, Team& team) const;
  /// "x(0)", then "z" = W' x(i) and "x" = x(i+1), for every i.
  VectorSequence vectors(const Trajectory& trajectory) const;

 private:
  Panels<Scalar> forward_weights_;   // W'
  Panels<Scalar> backward_weights_;  // W'ᵀ: the weights are fixed, so both orders are kept
  Eigen::Index steps_;
};

template <class Real>
Ffesn<Real> FfesnParameters::make(const Matrices& matrices) const {
  return {matrices.at("W_reservoir").cast<Real>(), steps};
}

extern template class Ffesn<float>;
extern template class Ffesn<double>;

}  // namespace stoic
