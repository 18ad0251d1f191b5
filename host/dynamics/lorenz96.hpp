#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "stoic/host/dynamics/system.hpp"

namespace stoic {

template <class Real>
class Lorenz96;

/// Lorenz's model of an atmosphere on a circle of N sites, paper 001 eq. 20, in its own units of time.
struct Lorenz96Parameters {
  static constexpr const char* name = "lorenz96";
  std::int64_t neurons = 500;  ///< N, 4 to 4096; required
  double forcing = 0.5;        ///< F, -100 to 100
  double duration = 0.4;       ///< T
  double step = 0.05;          ///< of the Runge-Kutta integrator, up to 1; divides T

  static Lorenz96Parameters read(JsonReader& json, const NetworkShape& shape);
  void write(nlohmann::ordered_json& json) const;
  std::int64_t width() const { return neurons; }
  std::int64_t step_count() const;
  std::vector<MatrixShape> matrices() const { return {}; }
  Matrices draw(std::uint64_t) const { return {}; }
  template <class Real>
  Lorenz96<Real> make(const Matrices&) const;
};
Compilation lower(const Lorenz96Parameters& parameters, const LoweringTask& task);

/// Lorenz 96 by RK4 with a fixed step h, indices modulo N:
///
///   f_i(x)      = (x_{i+1} - x_{i-2}) x_{i-1} - x_i + F
///   (J(x) v)_i  = (v_{i+1} - v_{i-2}) x_{i-1} + (x_{i+1} - x_{i-2}) v_{i-1} - v_i
///   (J(x)ᵀw)_i  = x_{i-2} w_{i-1} + (x_{i+2} - x_{i-1}) w_{i+1} - x_{i+1} w_{i+2} - w_i
///
///   x2 = x + h/2 f(x),  x3 = x + h/2 f(x2),  x4 = x + h f(x3)
///   x(t+h) = (-x + x2 + 2 x3 + x4) / 3 + h/6 f(x4),  which is the usual sum of four slopes
///
/// States are [N x samples]. Each sample is integrated by itself, by one thread, so results do not depend on
/// the number of threads.
template <class Real>
class Lorenz96 {
 public:
  using Scalar = Real;
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  using Vector = Eigen::Matrix<Scalar, Eigen::Dynamic, 1>;

  explicit Lorenz96(const Lorenz96Parameters& parameters);

  Eigen::Index neurons() const { return neurons_; }

  struct Trajectory {
    std::vector<Panels<Scalar>> states;  ///< x(0) and x(T), each with one row more for the caller's bias
    Panels<Scalar> covector;             ///< dL/dx(T) before vjp; vjp leaves dL/dx(0)
    std::vector<Matrix> paths;           ///< of each sample: x before each step [N x steps], or nothing
    Panels<Scalar>& first() { return states.front(); }
    Panels<Scalar>& last() { return states.back(); }
  };
  /// `remember` keeps the state before each step; vjp computes the stages from it once more.
  Trajectory make_trajectory(Eigen::Index samples, bool remember = true) const;

  void forward(Trajectory& trajectory, Team& team) const;
  /// The exact derivative of the discrete steps.
  void vjp(Trajectory& trajectory, Team& team) const;
  Matrix jvp(const Trajectory& trajectory, const Matrix& tangent, Team& team) const;
  /// "h x(0)", then "h x2", "h x3", "h x4" and "h x" of every step: times h, as the program holds them.
  VectorSequence vectors(const Trajectory& trajectory) const;

  /// f of one state.
  Vector flow(const Vector& x) const;

 private:
  Eigen::Index neurons_;
  Eigen::Index steps_;
  Scalar forcing_;
  Scalar step_;
};

/// The largest Lyapunov exponent by Benettin's method: a tangent is carried along and brought back to length
/// 1 after every step; `transient` of the time is not counted. Begins at F with a small disturbance that the
/// seed draws.
double largest_lyapunov_exponent(const Lorenz96Parameters& parameters, double transient, std::uint64_t seed);

template <class Real>
Lorenz96<Real> Lorenz96Parameters::make(const Matrices&) const {
  return Lorenz96<Real>(*this);
}

extern template class Lorenz96<float>;
extern template class Lorenz96<double>;

}  // namespace stoic
