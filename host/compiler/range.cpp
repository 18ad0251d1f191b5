#include "stoic/host/compiler/range.hpp"

#include <algorithm>

namespace stoic {
namespace {

/// Standard deviations of noise that a range is widened by.
constexpr double noise_reach = 4.5;

}  // namespace

void Range::include(const Eigen::Ref<const Eigen::MatrixXd>& values) {
  least = std::min(least, values.minCoeff());
  most = std::max(most, values.maxCoeff());
}

void Range::include(const Range& other) {
  least = std::min(least, other.least);
  most = std::max(most, other.most);
}

double Range::magnitude() const { return std::max(-least, most); }

Range with_noise(const Range& range, double sigma) {
  return {range.least - noise_reach * sigma, range.most + noise_reach * sigma};
}

}  // namespace stoic
