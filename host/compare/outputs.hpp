#pragma once
#include <Eigen/Core>
#include <cstdint>

#include "stoic/sim/contract/image.hpp"

namespace stoic {

/// What one backend computes, before anything is judged: y [classes x samples], in float or as codes.
struct Outputs {
  Eigen::MatrixXd values;          ///< of the float reference; empty in fixed point
  Eigen::MatrixXi codes;           ///< in fixed point, y = code * 2^-fraction_bits; empty in float
  std::int64_t fraction_bits = 0;  ///< of the codes

  Eigen::Index samples() const { return values.cols() + codes.cols(); }
  /// y itself, whichever it is held as.
  Eigen::MatrixXd real() const;
  /// As they are: y in float, codes in fixed point.
  Eigen::MatrixXd numbers() const;
  bool operator==(const Outputs& other) const;
};

/// Binary point of the vector "y", which a compiled image stores; 0 for images without it.
std::int64_t output_fraction_bits(const Image& image);

}  // namespace stoic
