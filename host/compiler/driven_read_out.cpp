#include "stoic/host/compiler/driven_read_out.hpp"

#include <algorithm>
#include <cmath>

namespace stoic {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

DrivenReadOut::DrivenReadOut(NetworkBuilder& builder, const Quantity& first, const Quantity& y,
                             std::vector<Feature> features)
    : builder_(builder), first_(first), y_(y), features_(std::move(features)) {}

VectorXd DrivenReadOut::features(std::span<const std::int32_t> state) const {
  VectorXd result(std::ssize(features_));
  const auto lanes = builder_.config().lanes;
  for (Index f = 0; f < result.size(); ++f) {
    const auto& [vector, element, scale] = features_[static_cast<std::size_t>(f)];
    const auto code = state[static_cast<std::size_t>(vector->word * lanes + element)];
    result(f) = std::ldexp(static_cast<double>(code), -static_cast<int>(vector->bits())) / scale;
  }
  return result;
}

DrivenReadOut::Column DrivenReadOut::column_of(const Feature& feature) const {
  const auto& [vector, element, scale] = feature;
  return {(vector->word - first_.word) * builder_.config().lanes + element,
          std::ldexp(1 / scale, static_cast<int>(first_.bits() - vector->bits()))};
}

Index DrivenReadOut::columns() const {
  Index last = 0;
  for (const auto& feature : features_) last = std::max(last, column_of(feature).at);
  return last + 1;
}

MatrixXd DrivenReadOut::unscaled(const MatrixXd& wide, const VectorXd& bias) const {
  MatrixXd result(wide.rows(), std::ssize(features_) + 1);
  for (Index f = 0; f + 1 < result.cols(); ++f) {
    const auto column = column_of(features_[static_cast<std::size_t>(f)]);
    result.col(f) = wide.col(column.at) / column.scale;
  }
  result.rightCols(1) = bias;
  return result;
}

SplitMatrix DrivenReadOut::split(const MatrixXd& w_out, const NormalEquations& met) const {
  MatrixXd wide = MatrixXd::Zero(w_out.rows(), columns());
  for (Index f = 0; f + 1 < w_out.cols(); ++f) {
    const auto column = column_of(features_[static_cast<std::size_t>(f)]);
    wide.col(column.at) = column.scale * w_out.col(f);
  }
  const auto& config = builder_.config();
  const auto most_bits = y_.bits() - first_.bits() + config.accumulator_width - config.state_width;
  // The bias, at the binary point of the low part, takes a quarter of the accumulator too.
  const double bias = w_out.rightCols(1).cwiseAbs().maxCoeff();
  auto most_low_bits = config.accumulator_width - 3 - first_.bits();
  if (bias > 0) most_low_bits -= static_cast<std::int64_t>(std::ceil(std::log2(bias)));
  auto split = split_matrix(wide, config, most_bits, weights_are_narrow(config), most_low_bits);
  if (split.low) return split;
  const MatrixXd error = unscaled(split.values() - wide, VectorXd::Zero(w_out.rows()));
  const double rounding_of_y = std::ldexp(1 / std::sqrt(12.0), -static_cast<int>(y_.bits()));
  if (met.sizes(error).maxCoeff() > rounding_of_y)
    split = split_matrix(wide, config, most_bits, true, most_low_bits);
  return split;
}

MatrixXd DrivenReadOut::rounded(const MatrixXd& w_out, const NormalEquations& met) const {
  return unscaled(split(w_out, met).values(), w_out.rightCols(1));
}

std::int64_t DrivenReadOut::emit(const MatrixXd& w_out, const NormalEquations& met) {
  auto& program = builder_.program;
  const auto& config = builder_.config();
  program.phase("read-out");
  const auto parts = split(w_out, met);
  const VectorXd bias = w_out.rightCols(1);
  NetworkMatrix high{"W_out", parts.high, program.matrix(parts.high)};
  const MatrixXd values = parts.values();
  builder_.result.matrices.push_back({"W_out", values.minCoeff(), values.maxCoeff(),
                                      parts.low ? parts.low->fraction_bits : parts.high.fraction_bits});
  const Quantity read{first_.word, columns(), first_.format};
  if (parts.low) {
    // eight times its root mean square is beyond all that it makes
    constexpr double reach = 8;
    const double most = reach * met.sizes(unscaled(parts.low->values(), bias)).maxCoeff();
    const auto finest = parts.high.fraction_bits + first_.bits();
    const auto bits = most > 0 ? std::min(fraction_bits_for(most, config.state_width), finest) : finest;
    const auto l = builder_.vector("l", outputs(), bits);
    builder_.format("l", {-most, most}, bits);
    const NetworkMatrix low{"W_out, low part", *parts.low, program.matrix(*parts.low)};
    builder_.multiply(l, low, read, "l = W_low f + b", {.bias = bias});
    high.name = "W_out, high part";
    builder_.multiply_onto(y_, high, read, l, "y = W_high f + l");
  } else {
    builder_.multiply(y_, high, read, "y = W_out f + b", {.bias = bias});
  }
  program.emit(Store{.source = y_.word, .length = outputs()}, "y");
  program.emit(Halt{}, "done");
  return parts.low ? 2 : 1;
}

}  // namespace stoic
