#include "stoic/host/analysis/divergence.hpp"

#include <algorithm>
#include <cmath>

namespace stoic {
namespace {

/// Places beyond the first that a window has, at least.
constexpr std::int64_t shortest_window = 3;

}  // namespace

std::int64_t divergence_window(std::span<const double> distance, double share) {
  std::vector<double> finite;
  for (const double d : distance) {
    if (!std::isfinite(d)) break;
    finite.push_back(d);
  }
  const auto count = std::ssize(finite);
  if (count < 2) return std::max<std::int64_t>(count - 1, 0);
  std::vector<double> last(finite.begin() + count * 3 / 4, finite.end());
  std::nth_element(last.begin(), last.begin() + std::ssize(last) / 2, last.end());
  const double plateau = last[last.size() / 2];
  if (!(share * plateau > finite[0])) return count - 1;
  const auto reached =
      std::find_if(finite.begin(), finite.end(), [&](double d) { return d >= share * plateau; });
  return std::min(std::max<std::int64_t>(reached - finite.begin(), shortest_window), count - 1);
}

DivergenceFit fit_logarithms(std::span<const double> logarithm, std::int64_t end) {
  double n = 0, t_sum = 0, y_sum = 0, last = 0;
  std::int64_t used = 0;
  for (; used <= end && used < std::ssize(logarithm); ++used) {
    const double y = logarithm[static_cast<std::size_t>(used)];
    if (!std::isfinite(y)) break;
    n += 1;
    t_sum += static_cast<double>(used);
    y_sum += y;
    last = y;
  }
  DivergenceFit fit{.end = std::max<std::int64_t>(used - 1, 0)};
  if (used < 2) return fit;
  double tt = 0, ty = 0, yy = 0;
  for (std::int64_t i = 0; i < used; ++i) {
    const double t = static_cast<double>(i) - t_sum / n,
                 y = logarithm[static_cast<std::size_t>(i)] - y_sum / n;
    tt += t * t;
    ty += t * y;
    yy += y * y;
  }
  fit.exponent = ty / tt;
  fit.r_squared = yy > 0 ? ty * ty / (tt * yy) : 0;
  fit.ends = (last - logarithm[0]) / static_cast<double>(fit.end);
  return fit;
}

DivergenceFit fit_divergence(std::span<const double> distance, std::int64_t end) {
  std::vector<double> logarithm;
  for (const double d : distance) logarithm.push_back(std::log(d));  // of 0 infinite: ends the window
  return fit_logarithms(logarithm, end);
}

}  // namespace stoic
