#include "stoic/host/compare/outputs.hpp"

#include <cmath>

namespace stoic {
namespace {

template <class Matrix>
bool equal(const Matrix& a, const Matrix& b) {
  return a.rows() == b.rows() && a.cols() == b.cols() && a == b;
}

}  // namespace

Eigen::MatrixXd Outputs::real() const {
  return codes.size() > 0
             ? Eigen::MatrixXd(std::ldexp(1.0, -static_cast<int>(fraction_bits)) * codes.cast<double>())
             : values;
}

Eigen::MatrixXd Outputs::numbers() const { return codes.size() > 0 ? codes.cast<double>() : values; }

bool Outputs::operator==(const Outputs& other) const {
  return equal(values, other.values) && equal(codes, other.codes) && fraction_bits == other.fraction_bits;
}

std::int64_t output_fraction_bits(const Image& image) {
  for (const auto& vector : image.vectors)
    if (vector.name == "y") return vector.fraction_bits;
  return 0;
}

}  // namespace stoic
