#include "stoic/host/compiler/state_layout.hpp"

#include <fmt/format.h>

#include <utility>

namespace stoic {

StateLayout::StateLayout(const HardwareConfig& config, std::int64_t elements,
                         std::vector<std::string> components)
    : sites_(elements / std::ssize(components)),
      words_(config.beats(sites_)),
      pitch_(words_ * config.lanes),
      names_(std::move(components)) {}

std::int64_t StateLayout::length() const { return (std::ssize(names_) - 1) * pitch_ + sites_; }

Eigen::MatrixXd StateLayout::rows(const Eigen::MatrixXd& matrix) const {
  Eigen::MatrixXd result = Eigen::MatrixXd::Zero(length(), matrix.cols());
  for (std::int64_t c = 0; c < std::ssize(names_); ++c)
    result.middleRows(c * pitch_, sites_) = matrix.middleRows(c * sites_, sites_);
  return result;
}

Quantity StateLayout::component(const Quantity& state, std::size_t c) const {
  return {state.word + static_cast<std::int64_t>(c) * words_, sites_, state.format};
}

std::string StateLayout::name(const std::string& state, std::size_t c) const {
  return names_[c].empty() ? state : fmt::format("{}_{}", state, names_[c]);
}

}  // namespace stoic
