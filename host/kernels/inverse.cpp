#include "stoic/host/kernels/inverse.hpp"

#include <Eigen/LU>
#include <algorithm>

namespace stoic {

template <class Real>
Eigen::MatrixX<Real> last_columns_of_inverse(const Eigen::MatrixXd& matrix, Eigen::Index last, double least,
                                             Team& team) {
  using Matrix = Eigen::MatrixX<Real>;
  const Eigen::PartialPivLU<Matrix> factors(matrix.template cast<Real>());
  if (double{factors.rcond()} < least) return {};
  const Eigen::Index n = matrix.rows();
  Matrix result(n, last);
  constexpr Eigen::Index block = 96;
  team.split((last + block - 1) / block, [&](Eigen::Index begin, Eigen::Index end) {
    for (Eigen::Index b = begin; b < end; ++b) {
      const Eigen::Index first = b * block, columns = std::min(block, last - first);
      Matrix unit = Matrix::Zero(n, columns);
      for (Eigen::Index c = 0; c < columns; ++c) unit(n - last + first + c, c) = 1;
      result.middleCols(first, columns) = factors.solve(unit);
    }
  });
  return result;
}

template Eigen::MatrixXf last_columns_of_inverse<float>(const Eigen::MatrixXd&, Eigen::Index, double, Team&);
template Eigen::MatrixXd last_columns_of_inverse<double>(const Eigen::MatrixXd&, Eigen::Index, double, Team&);

}  // namespace stoic
