#pragma once
#include <Eigen/Core>
#include <algorithm>

#include "stoic/host/kernels/convolution.hpp"

namespace stoic {

/// Calls each(element of the image, element of the patch, count) for what lies side by side under the filter
/// at row i and column j of its places.
template <class Each>
void for_rows_of_patch(const ConvolutionShape& shape, Eigen::Index i, Eigen::Index j, const Each& each) {
  const Eigen::Index left = j * shape.stride - shape.padding, first = std::max<Eigen::Index>(0, -left),
                     end = std::min(shape.kernel, shape.width - left);
  if (end <= first) return;
  for (Eigen::Index r = 0; r < shape.kernel; ++r) {
    const Eigen::Index y = i * shape.stride + r - shape.padding;
    if (y < 0 || y >= shape.height) continue;
    each((y * shape.width + left + first) * shape.channels, (r * shape.kernel + first) * shape.channels,
         (end - first) * shape.channels);
  }
}

/// Calls each(feature, its filter, the first column where its square has its largest) for a sample whose
/// sums(filter, column), of any kind of matrix, begin with column `begin`.
template <class Sums, class Each>
void for_features(const ConvolutionShape& shape, const Sums& sums, Eigen::Index begin, const Each& each) {
  const Eigen::Index columns = shape.output_columns(), pool = shape.pool;
  Eigen::Index feature = 0;
  for (Eigen::Index i = 0; i < shape.output_rows() / pool; ++i)
    for (Eigen::Index j = 0; j < columns / pool; ++j)
      for (Eigen::Index f = 0; f < shape.filters; ++f, ++feature) {
        const Eigen::Index corner = begin + (i * columns + j) * pool;
        Eigen::Index best = corner;
        for (Eigen::Index y = 0; y < pool; ++y)
          for (Eigen::Index x = 0; x < pool; ++x)
            if (sums(f, corner + y * columns + x) > sums(f, best)) best = corner + y * columns + x;
        each(feature, f, best);
      }
}

}  // namespace stoic
