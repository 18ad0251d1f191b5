#pragma once
#include <Eigen/Core>
#include <optional>

#include "stoic/host/compiler/binary_point.hpp"
#include "stoic/sim/contract/config.hpp"

namespace stoic {

/// A matrix as the sum of one or two matrices of weights, the low one in finer units.
struct SplitMatrix {
  QuantisedMatrix high;
  std::optional<QuantisedMatrix> low;
  Eigen::MatrixXd values() const {
    Eigen::MatrixXd result = high.values();
    if (low) result += low->values();
    return result;
  }
};

/// Whether a weight has too few bits (below 12) to hold an entry of a read-out by itself.
bool weights_are_narrow(const HardwareConfig& config);

/// Two parts if `twice`, as far as the accumulator has room for a low one of at most `most_low_bits` fraction bits, else one.
/// The high part has the most fraction bits that
/// hold its entries, of at most `most_bits`, and with which no row's product with states overflows the
/// accumulator beside a start of its size.
SplitMatrix split_matrix(const Eigen::MatrixXd& matrix, const HardwareConfig& config, std::int64_t most_bits,
                         bool twice, std::int64_t most_low_bits = 64);

}  // namespace stoic
