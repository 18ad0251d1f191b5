#pragma once
#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/driven/driven_model.hpp"
#include "stoic/host/kernels/team.hpp"
#include "stoic/sim/golden/machine.hpp"

namespace stoic {

/// How an image of a driven reservoir was made.
struct DrivenCompilation {
  Compilation compilation;
  double ridge = 0;               ///< of the read-out that was learnt anew from states in fixed point
  double validation_nrmse = 0;    ///< with rounded weights; 0 without a validation part
  std::int64_t weight_parts = 1;  ///< matrices that W_out is the sum of
  bool by_polynomials = false;    ///< the activation; else by a table (see esn_design.hpp)
  bool finely = false;            ///< with what the word of its argument leaves of it, see there
  bool two_words = false;         ///< of a state, see there
  DrivenModel rounded;  ///< the reservoir that the program runs, in double precision; W_out as it was
};

/// Lowers a reservoir to a program of one time step, which an outer repeat (SAMPLES) makes a stream:
///
///     LOAD u;  the state's step;  MATVEC l = W_2 [x; x²; u] + b_out;  MATVEC y = W_1 [...] + l;  STORE y
///
/// of an echo-state network MATVEC z = W x + W_in u + b, its activation and leak (see esn_design.hpp): finely where
/// that lowers the error on the validation part by 0.2 % at least, and of a recipe with free runs in two words where
/// that lowers it by 2 %; of coupled spin-torque oscillators each virtual node's steps of RK4 (see
/// driven_csto_lowering.cpp). Binary points come from the float reference along the parts before the test part.
/// Matrices are rounded to weights: what that makes is another reservoir of the same kind. The read-out is learnt
/// anew on the states that the accelerator has along them, with the recipe's regularisation of least error on the
/// validation part, its own rounding included; W_out is the sum of two matrices of weights, or three, where they are
/// narrow (below 12 bits) or lose much of what the word of y holds. The test part is not looked at. Throws Error for
/// "lorenz96", for "esn" with several virtual nodes, and for what does not fit.
DrivenCompilation compile_driven(const DrivenModel& model, const TimeSeries& series,
                                 const HardwareConfig& config, Team& team);

/// An image of a driven reservoir on golden, time step by time step.
class DrivenMachine {
 public:
  explicit DrivenMachine(const Image& image);
  /// The output codes of a step with these input codes. Throws Error when the engine stops by a fault.
  std::vector<std::int32_t> step(std::span<const std::int32_t> input);
  /// The state memory, to go on from another time.
  std::span<std::int32_t> state() { return machine_.state(); }
  std::int64_t saturations() const { return saturations_; }
  std::int64_t cycles() const { return cycles_; }  ///< of the last step alone, START to DONE

 private:
  const Image& image_;
  golden::Machine machine_;
  std::int64_t saturations_ = 0, cycles_ = 0;
};

}  // namespace stoic
