#pragma once
#include <Eigen/Core>
#include <optional>
#include <utility>

namespace stoic {

/// Slope of the straight line through y[from] ... y[to] by least squares.
double slope_of(const Eigen::VectorXd& y, Eigen::Index from, Eigen::Index to);

/// Where a curve of ln distances grows in a straight line before it levels off: of all windows of five points
/// or more over which it rises by a factor of e or more, and by a third of all that it rises, and in which a
/// line explains 98.5 % of the variance and the slopes of both halves are within a factor of 1.25, the one
/// that rises most. The last 30 % of the rise are left out: there distances come near the size of the
/// attractor. Nothing where there is none.
std::optional<std::pair<Eigen::Index, Eigen::Index>> scaling_region(const Eigen::VectorXd& y);

}  // namespace stoic
