#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "stoic/host/compiler/binary_point.hpp"
#include "stoic/sim/contract/config.hpp"

namespace stoic {

/// A matrix as the sum of matrices of weights, each in finer units than the one before it.
struct SplitMatrix {
  std::vector<QuantisedMatrix> parts;  ///< one at least
  Eigen::MatrixXd values() const {
    Eigen::MatrixXd result = parts.front().values();
    for (std::size_t k = 1; k < parts.size(); ++k) result += parts[k].values();
    return result;
  }
};

/// Whether a weight has too few bits (below 12) to hold an entry of a read-out by itself.
bool weights_are_narrow(const HardwareConfig& config);

/// At most so many parts: fewer where the accumulator has no room for another one of at most `most_low_bits`
/// fraction bits. The first has the most fraction bits that hold its entries, of at most `most_bits`, and with
/// which no row's product with states overflows the accumulator beside a start of its size.
SplitMatrix split_matrix(const Eigen::MatrixXd& matrix, const HardwareConfig& config, std::int64_t most_bits,
                         std::int64_t most_parts, std::int64_t most_low_bits = 64);

}  // namespace stoic
