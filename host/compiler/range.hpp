#pragma once
#include <Eigen/Core>

namespace stoic {

/// Room that a vector gets beyond what calibration saw of it.
inline constexpr double range_margin = 1.25;

/// Least and greatest value seen; begins with 0.
struct Range {
  double least = 0;
  double most = 0;
  void include(const Eigen::Ref<const Eigen::MatrixXd>& values);
  void include(const Range& other);
  double magnitude() const;
};

/// A range with room for noise: 4.5 standard deviations on both sides, beyond which seven of a million
/// normals lie; the margin of NetworkBuilder::format() takes those too.
Range with_noise(const Range& range, double sigma);

}  // namespace stoic
