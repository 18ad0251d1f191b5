#include "stoic/host/compiler/driven_read_out.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace stoic {
namespace {

/// Of what y's own rounding does, rounding W_out may do so much.
constexpr double allowed_share = 0.25;

}  // namespace

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

DrivenReadOut::DrivenReadOut(NetworkBuilder& builder, const Quantity& first, const Quantity& y,
                             std::vector<Feature> features, std::int64_t most_parts)
    : builder_(builder), first_(first), y_(y), features_(std::move(features)), most_parts_(most_parts) {}

VectorXd DrivenReadOut::features(std::span<const std::int32_t> state) const {
  VectorXd result(std::ssize(features_));
  const auto lanes = builder_.config().lanes;
  for (Index f = 0; f < result.size(); ++f) {
    const auto& feature = features_[static_cast<std::size_t>(f)];
    const auto number = [&](const Quantity& vector) {
      const auto code = state[static_cast<std::size_t>(vector.word * lanes + feature.element)];
      return std::ldexp(static_cast<double>(code), -static_cast<int>(vector.bits()));
    };
    result(f) = (number(*feature.vector) + (feature.rest ? number(*feature.rest) : 0)) / feature.scale;
  }
  return result;
}

DrivenReadOut::Column DrivenReadOut::column_of(const Feature& feature) const {
  const auto& [vector, element, scale, rest] = feature;
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
  const double rounding_of_y = std::ldexp(1 / std::sqrt(12.0), -static_cast<int>(y_.bits()));
  SplitMatrix split;
  for (auto parts = std::min<std::int64_t>(weights_are_narrow(config) ? 2 : 1, most_parts_);
       parts <= most_parts_; ++parts) {
    split = split_matrix(wide, config, most_bits, parts, most_low_bits);
    const MatrixXd error = unscaled(split.values() - wide, VectorXd::Zero(w_out.rows()));
    if (met.sizes(error).maxCoeff() <= rounding_of_y * allowed_share || std::ssize(split.parts) < parts)
      break;
  }
  return split;
}

MatrixXd DrivenReadOut::rounded(const MatrixXd& w_out, const NormalEquations& met) const {
  return unscaled(split(w_out, met).values(), w_out.rightCols(1));
}

std::int64_t DrivenReadOut::emit(const MatrixXd& w_out, const NormalEquations& met) {
  auto& program = builder_.program;
  program.phase("read-out");
  const auto split = this->split(w_out, met);
  const VectorXd bias = w_out.rightCols(1);
  const MatrixXd values = split.values();
  builder_.result.matrices.push_back(
      {"W_out", values.minCoeff(), values.maxCoeff(), split.parts.back().fraction_bits});
  const Quantity read{first_.word, columns(), first_.format};
  // From the finest part on; each sum is what the next product starts from: l_3 = W_3 f + b, l_2 = W_2 f + l_3,
  // l_e = W_1 e + l_2 with what words of f leave, y = W_1 f + l_e.
  std::optional<Quantity> sum;
  std::string start = "b";
  MatrixXd summed = MatrixXd::Zero(values.rows(), values.cols());
  const auto add = [&](const std::string& name, const NetworkMatrix& weights, const Quantity& from,
                       const std::string& product, std::size_t next_part) {
    const auto to = name == "y" ? y_
                                : partial_sum(name, met.sizes(unscaled(summed, bias)).maxCoeff(),
                                              split.parts[next_part].fraction_bits);
    const auto text = fmt::format("{} = {} + {}", name, product, start);
    if (sum)
      builder_.multiply_onto(to, weights, from, *sum, text);
    else
      builder_.multiply(to, weights, from, text, {.bias = bias});
    sum = to;
    start = name;
  };
  for (auto k = split.parts.size(); k-- > 0;) {
    const auto& part = split.parts[k];
    const auto symbol = split.parts.size() == 1 ? std::string("W_out") : fmt::format("W_{}", k + 1);
    const NetworkMatrix weights{split.parts.size() == 1 ? "W_out" : fmt::format("W_out, part {}", k + 1),
                                part, program.matrix(part)};
    if (k == 0 && first_rest_)
      add("l_e", weights, {first_rest_->word, read.length, first_rest_->format}, symbol + " e", 0);
    summed += part.values();
    add(k == 0 ? "y" : fmt::format("l_{}", k + 1), weights, read, symbol + " f", k == 0 ? 0 : k - 1);
  }
  program.emit(Store{.source = y_.word, .length = outputs()}, "y");
  program.emit(Halt{}, "done");
  return std::ssize(split.parts);
}

Quantity DrivenReadOut::partial_sum(const std::string& name, double size, std::int64_t next_weight_bits) {
  constexpr double reach = 8;  // times its root mean square is beyond all that it makes
  const double most = reach * size;
  const auto finest = next_weight_bits + first_.bits();
  const auto bits =
      most > 0 ? std::min(fraction_bits_for(most, builder_.config().state_width), finest) : finest;
  builder_.format(name, {-most, most}, bits);
  return builder_.vector(name, outputs(), bits);
}

}  // namespace stoic
