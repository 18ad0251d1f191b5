#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "stoic/host/dynamics/system.hpp"

namespace stoic {

template <class Real>
class Linear;

/// No system at all: y = W_out [u; 1], which is softmax regression, the first baseline of paper 001, table I.
struct LinearParameters {
  static constexpr const char* name = "linear";
  static constexpr bool reads_in = false;
  std::int64_t inputs = 1;  ///< the state is the input

  static LinearParameters read(JsonReader&, const NetworkShape& shape) { return {shape.inputs}; }
  void write(nlohmann::ordered_json&) const {}
  std::int64_t width() const { return inputs; }
  std::int64_t step_count() const { return 0; }
  std::vector<MatrixShape> matrices() const { return {}; }
  Matrices draw(std::uint64_t) const { return {}; }
  template <class Real>
  Linear<Real> make(const Matrices&) const;
};
Compilation lower(const LinearParameters& parameters, const LoweringTask& task);

/// The identity.
template <class Real>
class Linear {
 public:
  using Scalar = Real;
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  explicit Linear(Eigen::Index width) : width_(width) {}

  struct Trajectory {
    Panels<Scalar> state;  ///< with one row more for the caller's bias
    Panels<Scalar> covector;
    Panels<Scalar>& first() { return state; }
    Panels<Scalar>& last() { return state; }
  };
  Trajectory make_trajectory(Eigen::Index samples, bool = true) const {
    return {Panels<Scalar>(width_ + 1, samples), Panels<Scalar>(width_, samples)};
  }
  void forward(Trajectory&, Team&) const {}
  void vjp(Trajectory&, Team&) const {}
  Matrix jvp(const Trajectory&, const Matrix& tangent, Team&) const { return tangent; }
  VectorSequence vectors(const Trajectory&) const { return {}; }

 private:
  Eigen::Index width_;
};

template <class Real>
Linear<Real> LinearParameters::make(const Matrices&) const {
  return Linear<Real>(inputs);
}

}  // namespace stoic
