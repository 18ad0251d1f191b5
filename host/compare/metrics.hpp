#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <vector>

#include "stoic/host/compare/class_metrics.hpp"

namespace stoic {

/// Of every class, from a confusion matrix [true class x decided class].
std::vector<ClassMetrics> class_metrics(const Eigen::MatrixXi& confusion);

/// The mean of the recalls of the classes that occur: what a class counts does not depend on its size.
double balanced_accuracy(const Eigen::MatrixXi& confusion);

/// m_f (paper 002, eq. 5): the mean overlap of the final states with the attractors of their labels, from
/// the overlaps with all attractors [classes x samples]; `scale` is what one unit of them is worth.
double mean_overlap(const Eigen::MatrixXd& overlaps, std::span<const std::uint8_t> labels, double scale = 1);

}  // namespace stoic
