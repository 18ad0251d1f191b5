#pragma once
#include <Eigen/Core>

/// A library that has nothing to do with stoic and uses Eigen.
Eigen::MatrixXd squared(const Eigen::MatrixXd& matrix);
