#pragma once
#include <Eigen/Core>

#include "stoic/host/kernels/team.hpp"

namespace stoic {

/// The last `columns` columns of the inverse of a square matrix, computed in `Real`: float or double. Empty
/// when its reciprocal condition number is below `least`. Threads change no bit.
template <class Real>
Eigen::MatrixX<Real> last_columns_of_inverse(const Eigen::MatrixXd& matrix, Eigen::Index columns,
                                             double least, Team& team);

}  // namespace stoic
