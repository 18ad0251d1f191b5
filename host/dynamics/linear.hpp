#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "stoic/host/dynamics/leaky.hpp"
#include "stoic/host/dynamics/system.hpp"

namespace stoic {

template <class Real>
class Linear;

/// No system at all: y = W_out [u; 1], which is softmax regression, the first baseline of paper 001, table I.
/// Behind convolutions u are their features. "initialisation" and "initial_deviation" are of all weights.
struct LinearParameters {
  static constexpr const char* name = "linear";
  std::int64_t inputs = 1;  ///< the state is the input: there is no W_in
  WeightDraw initialisation = {};

  static LinearParameters read(JsonReader& json, const NetworkShape& shape) {
    return {shape.inputs, WeightDraw::read(json)};
  }
  void write(nlohmann::ordered_json& json) const { initialisation.write(json, false); }
  std::int64_t width() const { return inputs; }
  TimeAxis time() const { return {.unit = "steps"}; }
  LinearParameters over(double, std::int64_t) const { return *this; }
  Traits traits() const { return {.reads_in = false, .ends = initialisation}; }
  std::vector<MatrixShape> matrices() const { return {}; }
  Matrices draw(std::uint64_t) const { return {}; }
  template <class Real>
  Linear<Real> make(const Matrices&) const;
};
Compilation lower(const LinearParameters& parameters, const LoweringTask& task);

/// No step at all, of neurons that would not leak.
template <class Real>
class Linear : public Integrated<CoupledSites<LeakyEquation<Real>, NoCoupling<Real>, Sharing::rows>, Map> {
 public:
  using Base = Integrated<CoupledSites<LeakyEquation<Real>, NoCoupling<Real>, Sharing::rows>, Map>;
  explicit Linear(Eigen::Index width) : Base({width, {.leak = 0}, {}}, 0) {}
  VectorSequence vectors(typename Base::Trajectory&) const { return {}; }
};

template <class Real>
Linear<Real> LinearParameters::make(const Matrices&) const {
  return Linear<Real>(inputs);
}

}  // namespace stoic
