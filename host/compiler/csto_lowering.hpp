#pragma once
#include <optional>
#include <string>
#include <vector>

#include "stoic/host/compiler/csto_steps.hpp"
#include "stoic/host/compiler/network_ends.hpp"

namespace stoic {

/// Coupled spin-torque oscillators as a program:
///
///     LOAD u;  MATVEC v = W_in u;  NORMALISE m = f_norm(v);  steps times { see CstoSteps };  MATVEC y = W_out m +
///     b;  STORE y
///
/// Noise comes as three vectors, one for each component, and is added by BUNDLEs before f_norm and before W_out.
///
/// With several arrays one behind the other (appendix C.1), MATVEC v = W_k m and NORMALISE lead from each to
/// the next; all of them use the same vectors, tables and binary points.
class CstoLowering {
 public:
  CstoLowering(const LoweringTask& task, const OscillatorArrays& arrays,
               const std::vector<CstoCalibration>& calibration);
  Compilation run();

 private:
  std::int64_t oscillators() const { return csto_.oscillators; }
  const StateLayout& layout() const { return ends_.last_layout(); }
  /// Three vectors side by side: m, or another point of a step.
  Quantity point(std::size_t at) const { return layout().whole(steps_->at_point(at)[0]); }
  /// Of these calibrations, the ranges over all arrays and the moments of the last.
  static CstoCalibration together(const std::vector<CstoCalibration>& calibration);
  static EndStatistics ends_seen(const CstoCalibration& seen, const Noise& noise) {
    return {seen.y, with_noise(seen.m, noise.dynamic), seen.last_moments};
  }

  /// The name of something that each array has: with several, "2 m_x".
  std::string of_array(std::size_t k, const std::string& name) const;
  std::string numbered(const std::string& name, std::size_t k) const;
  /// A phase of the program that each array has.
  void phase(std::size_t k, const std::string& name);

  void choose_formats();
  void quantise_matrices();
  void place();
  /// From the array before to array k, and the start of array k.
  void between(std::size_t k);
  void start(std::size_t k);
  void steps(std::size_t k);

  const LoweringTask& task_;
  const OscillatorArrays& arrays_;
  const CstoParameters& csto_;  ///< of every array, but for the coupling
  const std::vector<CstoCalibration>& by_array_;
  CstoCalibration seen_;  ///< see together()
  NetworkBuilder builder_;
  NetworkEnds ends_;
  std::vector<NetworkMatrix> couplings_, between_;
  std::int64_t v_bits_ = 0;
  Quantity v_;
  std::optional<CstoSteps> steps_;
};

}  // namespace stoic
