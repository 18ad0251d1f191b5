#include "stoic/host/learning/judgement.hpp"

#include <cmath>
#include <span>

#include "stoic/host/learning/loss.hpp"

namespace stoic {

void JudgedSamples::add(Eigen::Ref<Eigen::VectorXd> outputs, std::uint8_t label) {
  Eigen::Index decided = 0;
  outputs.maxCoeff(&decided);
  right += decided == label ? 1 : 0;
  const double entropy = softmax_cross_entropy(
      std::span<double>(outputs.data(), static_cast<std::size_t>(outputs.size())), label);
  cross_entropy += std::isnan(entropy) ? INFINITY : entropy;
}

}  // namespace stoic
