#pragma once
#include <Eigen/Core>
#include <cmath>

#include "stoic/host/kernels/decompositions.hpp"

namespace stoic {

/// Of a matrix of any shape, from its Gram matrix: what exponents that were found by iteration are measured with.
inline double largest_singular_value(const Eigen::MatrixXd& matrix) {
  return std::sqrt(symmetric_eigen(matrix.transpose() * matrix).values.maxCoeff());
}

}  // namespace stoic
