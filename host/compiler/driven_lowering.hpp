#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <memory>
#include <span>

#include "stoic/host/compiler/compile_driven.hpp"
#include "stoic/host/compiler/driven_image.hpp"
#include "stoic/host/driven/ridge.hpp"

namespace stoic {

struct EsnDesign;
struct DrivenCstoCalibration;

/// A driven reservoir as a program of one time step. One object makes one program; the read-out is learnt between two of
/// them, on the states that the first has.
class DrivenLowering {
 public:
  virtual ~DrivenLowering() = default;
  /// With this read-out [outputs x (features + 1)], which meets features as these sums saw them.
  virtual DrivenCompilation lower(const Eigen::MatrixXd& w_out, const NormalEquations& met) = 0;
  /// Features of a step as the codes of a state memory stand for them; each less a constant of its own.
  virtual Eigen::VectorXd features(std::span<const std::int32_t> state) const = 0;
  virtual DrivenImage ends() const = 0;
  /// W_out as weights hold it, with its bias; how many parts it takes depends on the features, which these sums saw.
  virtual Eigen::MatrixXd rounded(const Eigen::MatrixXd& w_out, const NormalEquations& met) const = 0;
  /// The reservoir that the program runs, in double precision; W_out as it was.
  virtual DrivenModel rounded_model() const = 0;
};

/// As compile_driven() chooses it, W_out as the sum of `most_parts` matrices at most; what is given must outlive it.
std::unique_ptr<DrivenLowering> make_esn_lowering(const DrivenModel& model, const EsnDesign& design,
                                                  const HardwareConfig& config, std::int64_t most_parts);
std::unique_ptr<DrivenLowering> make_csto_lowering(const DrivenModel& model,
                                                   const DrivenCstoCalibration& seen,
                                                   const HardwareConfig& config, std::int64_t most_parts);

}  // namespace stoic
