#pragma once
#include <Eigen/Core>
#include <cmath>
#include <complex>
#include <cstdint>
#include <optional>

#include "stoic/sim/io/error.hpp"

namespace stoic {

/// An orbit whose state is no finite number, or beyond all bounds. Along a curve over a key it is a point by
/// itself.
class DivergedOrbit : public Error {
 public:
  DivergedOrbit()
      : Error(
            "the system diverges: its state is no finite number; choose other parameters, a smaller step or "
            "another start") {}
};

/// What some intervals did to tangents that were orthonormal at the begin of each.
struct Stretches {
  explicit Stretches(Eigen::Index tangents)
      : log(Eigen::VectorXd::Zero(tangents)), square(Eigen::VectorXd::Zero(tangents)) {}
  Eigen::VectorXd log;     ///< Σ ln of each tangent's stretch, longest first
  Eigen::VectorXd square;  ///< Σ of their squares
  double expansion = 0;    ///< Σ over steps of Evolution::expansion
  bool vanished = false;   ///< a tangent was stretched by 0, which counts as e^-700
};

/// One state of a dynamical system with tangents at it, step by step: all that Lyapunov exponents are found
/// from.
class Evolution {
 public:
  virtual ~Evolution() = default;
  /// Numbers of a state.
  virtual Eigen::Index width() const = 0;
  /// Of the space of tangents: how many exponents there are.
  virtual Eigen::Index dimension() const { return width(); }
  /// Time from one state to the next.
  virtual double step() const = 0;
  /// Whether it is a map; else a flow, of which a step is an integrator's.
  virtual bool is_map() const = 0;
  /// Whether something else than its state decides where it goes: then it has no fixed points, and set_state()
  /// does not turn back the time of what drives it.
  virtual bool is_driven() const { return false; }
  virtual Eigen::VectorXd state() const = 0;
  virtual void set_state(const Eigen::VectorXd& x) = 0;
  virtual void advance(std::int64_t steps) = 0;
  /// So many orthonormal tangents of random directions, keyed by the seed, at the state.
  virtual void begin(Eigen::Index tangents, std::uint64_t seed) = 0;
  /// `intervals` times `every` steps with the tangents, which behind each interval are made orthonormal
  /// again, the longest first; what that did is added to `sum`.
  virtual void stretch(std::int64_t intervals, std::int64_t every, Stretches& sum) = 0;
  /// One step, and its derivative in the basis that basis() was before it [dimension x dimension].
  virtual Eigen::MatrixXd differentiate() = 0;
  /// Orthonormal, of the tangents at the state [width x dimension].
  virtual Eigen::MatrixXd basis() const { return Eigen::MatrixXd::Identity(width(), width()); }
  /// The exponent that an eigenvalue of the step's derivative at a fixed point stands for.
  virtual double rate(std::complex<double> multiplier) const {
    return std::log(std::abs(multiplier)) / step();
  }
  /// ln of the factor by which the step to this state changed volumes, over its time; nothing where that is
  /// not known. The sum of all exponents is its mean.
  virtual std::optional<double> expansion() const { return {}; }
};

/// Throws DivergedOrbit unless the state is finite and within bounds.
void require_finite(const Evolution& evolution);

/// Whole steps of this time, which is not below 0.
std::int64_t steps_in(double time, const Evolution& evolution);

/// Makes columns orthonormal, the first one first, and adds what they were stretched by to `sum`.
void orthonormalise(Eigen::MatrixXd& tangents, Stretches& sum);

/// Orthonormal columns of random directions; none more than there are rows.
Eigen::MatrixXd random_tangents(Eigen::Index rows, Eigen::Index columns, std::uint64_t seed);

}  // namespace stoic
