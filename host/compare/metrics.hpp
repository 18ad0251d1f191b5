#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <vector>

namespace stoic {

/// How well one class is told from the others; 0 where nothing was decided for it, or nothing belongs to it.
struct ClassMetrics {
  double precision = 0;  ///< share of the decisions for this class that are right
  double recall = 0;     ///< share of the samples of this class that are found
  double f1 = 0;         ///< harmonic mean of both
};

/// Of every class, from a confusion matrix [true class x decided class].
std::vector<ClassMetrics> class_metrics(const Eigen::MatrixXi& confusion);

/// The mean of the recalls of the classes that occur: what a class counts does not depend on its size.
double balanced_accuracy(const Eigen::MatrixXi& confusion);

/// m_f (paper 002, eq. 5): the mean overlap of the final states with the attractors of their labels, from
/// the overlaps with all attractors [classes x samples]; `scale` is what one unit of them is worth.
double mean_overlap(const Eigen::MatrixXd& overlaps, std::span<const std::uint8_t> labels, double scale = 1);

}  // namespace stoic
