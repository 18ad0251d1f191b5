#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "stoic/host/compiler/calibrate.hpp"
#include "stoic/host/compiler/input_stage.hpp"
#include "stoic/host/compiler/network_builder.hpp"

namespace stoic {

/// The two ends of a network, which most systems share: pixels, convolution and W_in before the system, W_out
/// and the outputs behind it, each with its noise.
///
/// The program's state may be `scale` times that of the float reference, when that makes its equations
/// cheaper: W_in brings the scale in, W_out takes it out. Builder, calibration and what the task refers to
/// must outlive the object.
class NetworkEnds {
 public:
  /// Chooses the binary points of pixels and y.
  NetworkEnds(NetworkBuilder& builder, const LoweringTask& task, const Calibration& seen, double scale = 1);

  /// Quantises W_in and W_out for a state of these fraction bits, before and behind the system.
  void quantise(std::int64_t first_bits, std::int64_t last_bits);

  /// Places the matrices and the vectors "pixels" and "y". Matrices of the system that are used more often
  /// are to be placed before, so that they get the weight memory.
  void place();
  /// Pixels to x(0) at `state`, plus `bias` (of all neurons, or empty); `name` is what the system's vectors()
  /// call it. With observational noise the normals lie at `scratch` for a while.
  void read_in(const std::string& name, const VectorPlace& state, std::int64_t scratch,
               const Eigen::VectorXd& bias = {});
  /// x(T) at `state` to y and the output, and the end of the program. With dynamical noise the normals lie at
  /// `scratch` and the noisy state at `noisy`; `state`, `scratch` and `noisy` are apart.
  void read_out(const VectorPlace& state, std::int64_t scratch, std::int64_t noisy);

 private:
  NetworkBuilder& builder_;
  const Model& model_;
  const Calibration& seen_;
  const Noise& noise_;
  double scale_;
  InputStage input_;
  QuantisedMatrix W_in_, W_out_;
  MatrixPlace in_place_, out_place_;
  VectorPlace y_;
};

}  // namespace stoic
