#include "stoic/host/report/axis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "stoic/host/report/text.hpp"

namespace stoic {
namespace {

constexpr double hair = 1e-9;  ///< of the whole: keeps ticks at the ends in spite of rounding

/// The round step of 1, 2 or 5 times a power of ten that cuts `span` into at most `count` parts.
double round_step(double span, int count) {
  const double raw = span / count;
  const double power = std::pow(10.0, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= raw * (1 - hair)) return factor * power;
  return 10 * power;
}

void widen_linear(const Axis& axis, Scale& scale) {
  if (scale.least == scale.most) {
    const double around = scale.least == 0 ? 1 : std::abs(scale.least) / 10;
    if (!axis.least) scale.least -= around;
    if (!axis.most || axis.least) scale.most += around;
  }
  const double step = round_step(scale.most - scale.least, 5);
  if (!axis.least) scale.least = std::floor(scale.least / step + hair) * step;
  if (!axis.most) scale.most = std::ceil(scale.most / step - hair) * step;
}

void widen_logarithmic(const Axis& axis, Scale& scale) {
  if (scale.least == scale.most) {
    if (!axis.least) scale.least /= 2;
    if (!axis.most || axis.least) scale.most *= 2;
  }
  if (!axis.least) scale.least = std::pow(10.0, std::floor(std::log10(scale.least) + hair));
  if (!axis.most) scale.most = std::pow(10.0, std::ceil(std::log10(scale.most) - hair));
}

std::vector<double> logarithmic_ticks(const Scale& scale, int count) {
  const double decades = std::log10(scale.most / scale.least);
  const int stride = std::max(1, static_cast<int>(std::ceil(decades / count)));
  std::vector<double> result;
  for (int power = static_cast<int>(std::floor(std::log10(scale.least) - hair));
       power <= std::ceil(std::log10(scale.most) + hair); ++power)
    for (const double factor : {1.0, 2.0, 5.0}) {
      if (factor != 1 && decades > count / 2.0) continue;
      if (power % stride != 0) continue;
      const double value = factor * std::pow(10.0, power);
      if (value >= scale.least * (1 - hair) && value <= scale.most * (1 + hair)) result.push_back(value);
    }
  return result;
}

}  // namespace

double Scale::operator()(double value) const {
  const double share =
      logarithmic ? std::log(value / least) / std::log(most / least) : (value - least) / (most - least);
  return from + share * (to - from);
}

bool Scale::holds(double value) const { return std::isfinite(value) && (!logarithmic || value > 0); }

Scale scale_for(const Axis& axis, const std::vector<double>& values, double from, double to) {
  Scale scale{.logarithmic = axis.logarithmic, .from = from, .to = to};
  double least = std::numeric_limits<double>::infinity();
  double most = -least;
  for (const double value : values)
    if (scale.holds(value)) {
      least = std::min(least, value);
      most = std::max(most, value);
    }
  if (least > most) least = most = 1;  // nothing to show
  scale.least = axis.least.value_or(least);
  scale.most = axis.most.value_or(most);
  if (scale.least > scale.most)
    (axis.least ? scale.most : scale.least) = axis.least ? scale.least : scale.most;
  axis.logarithmic ? widen_logarithmic(axis, scale) : widen_linear(axis, scale);
  return scale;
}

std::vector<double> ticks(const Scale& scale, int count) {
  if (scale.logarithmic) return logarithmic_ticks(scale, count);
  const double span = scale.most - scale.least;
  const double step = round_step(span, count);
  std::vector<double> result;
  const auto first = std::ceil(scale.least / step - hair);
  for (int i = 0; (first + i) * step <= scale.most + hair * span; ++i) result.push_back((first + i) * step);
  return result;
}

std::string tick_text(double value) {
  if (std::abs(value) < 1e-12) return "0";
  if (std::abs(value) >= 1000 && std::abs(value) < 1e9 && value == std::round(value))
    return grouped(static_cast<std::int64_t>(value));
  return fmt::format("{:.6g}", value);
}

}  // namespace stoic
