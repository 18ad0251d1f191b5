#pragma once
#include <Eigen/Core>
#include <cstdint>

namespace stoic {

/// A mean with the half width of its confidence interval of 95 %.
struct Estimate {
  double value = 0;
  double half_width = 0;
  double low() const { return value - half_width; }
  double high() const { return value + half_width; }
  bool covers(double truth) const { return low() <= truth && truth <= high(); }
};

/// How many standard errors the interval of a mean of degrees + 1 normal values reaches to either side:
/// Student's t, two-sided, 95 %. Infinite for no degree of freedom.
double student_quantile(std::int64_t degrees);

/// The mean of values that are taken as independent: batches of a long run, long enough to have forgotten
/// each other, or runs.
Estimate mean_of(const Eigen::VectorXd& values);

/// Correlation of each value with the next one; 0 where all are equal.
double memory_of(const Eigen::VectorXd& values);

}  // namespace stoic
