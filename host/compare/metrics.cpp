#include "stoic/host/compare/metrics.hpp"

#include <algorithm>

namespace stoic {

std::vector<ClassMetrics> class_metrics(const Eigen::MatrixXi& confusion) {
  std::vector<ClassMetrics> result;
  for (Eigen::Index c = 0; c < confusion.rows(); ++c) {
    const double right = confusion(c, c), decided = confusion.col(c).sum(), members = confusion.row(c).sum();
    // 2 P R / (P + R) without its own division by zero.
    result.push_back({decided > 0 ? right / decided : 0, members > 0 ? right / members : 0,
                      decided + members > 0 ? 2 * right / (decided + members) : 0});
  }
  return result;
}

double balanced_accuracy(const Eigen::MatrixXi& confusion) {
  double sum = 0, occurring = 0;
  for (Eigen::Index c = 0; c < confusion.rows(); ++c) {
    const double members = confusion.row(c).sum();
    if (members == 0) continue;
    sum += confusion(c, c) / members;
    occurring += 1;
  }
  return sum / std::max(occurring, 1.0);
}

double mean_overlap(const Eigen::MatrixXd& overlaps, std::span<const std::uint8_t> labels, double scale) {
  double sum = 0;
  for (std::size_t s = 0; s < labels.size(); ++s) sum += overlaps(labels[s], static_cast<Eigen::Index>(s));
  return scale * sum / static_cast<double>(std::max<std::size_t>(labels.size(), 1));
}

}  // namespace stoic
