#include "stoic/host/analysis/batch_means.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "stoic/host/analysis/confidence_level.hpp"

namespace stoic {
namespace {

/// The probability that |t| is at most this, by the finite sums of Abramowitz and Stegun, 26.7.3 and 26.7.4.
double student_within(double t, std::int64_t degrees) {
  const double angle = std::atan(t / std::sqrt(static_cast<double>(degrees)));
  const double sine = std::sin(angle), cosine = std::cos(angle);
  const bool odd = degrees % 2 == 1;
  double term = odd ? cosine : 1, sum = 0;
  for (std::int64_t n = odd ? 1 : 0; n <= degrees - 2; n += 2) {
    sum += term;
    term *= cosine * cosine * static_cast<double>(n + 1) / static_cast<double>(n + 2);
  }
  return odd ? 2 / std::numbers::pi * (angle + sine * sum) : sine * sum;
}

}  // namespace

double student_quantile(std::int64_t degrees) {
  if (degrees < 1) return std::numeric_limits<double>::infinity();
  constexpr std::int64_t nearly_normal = 10000;  // where it no longer changes in five digits
  degrees = std::min(degrees, nearly_normal);
  double low = 0, high = 100;
  for (int halving = 0; halving < 60; ++halving) {
    const double middle = (low + high) / 2;
    (student_within(middle, degrees) < confidence_level ? low : high) = middle;
  }
  return (low + high) / 2;
}

Estimate mean_of(const Eigen::VectorXd& values) {
  const auto count = static_cast<double>(values.size());
  const double mean = values.sum() / count;
  if (values.size() < 2) return {mean, std::numeric_limits<double>::infinity()};
  const double variance = (values.array() - mean).square().sum() / (count - 1);
  return {mean, student_quantile(values.size() - 1) * std::sqrt(variance / count)};
}

double memory_of(const Eigen::VectorXd& values) {
  const Eigen::Index n = values.size();
  const Eigen::ArrayXd off = values.array() - values.mean();
  const double square = off.square().sum();
  return n < 2 || square == 0 ? 0 : (off.head(n - 1) * off.tail(n - 1)).sum() / square;
}

}  // namespace stoic
