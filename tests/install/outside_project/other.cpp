#include "other.hpp"

Eigen::MatrixXd squared(const Eigen::MatrixXd& matrix) { return matrix * matrix; }
