// A system that stoic does not have: Rössler's, dx/dt = -y - z, dy/dt = x + a y, dz/dt = b + z (x - c), and its
// Lyapunov exponents.
#include "stoic/host/library/own_system.hpp"

#include <cmath>
#include <cstdio>

int main() {
  constexpr double a = 0.2, b = 0.2, c = 5.7;
  const stoic::OwnSystem roessler{
      .width = 3,
      .step = 0.02,
      .rule =
          [](std::span<const double> x, std::span<double> f) {
            f[0] = -x[1] - x[2];
            f[1] = x[0] + a * x[1];
            f[2] = b + x[2] * (x[0] - c);
          },
      .push =
          [](std::span<const double> x, std::span<const double> d, std::span<double> f) {
            f[0] = -d[1] - d[2];
            f[1] = d[0] + a * d[1];
            f[2] = x[2] * d[0] + (x[0] - c) * d[2];
          }};
  const double start[] = {1, 1, 0};
  const auto result = stoic::exponents(roessler, start, {.transient = 100, .duration = 4000});
  std::fprintf(stderr, "%s\n", result.print().c_str());
  const auto near = [&](std::size_t i, double value, double by) {
    return std::abs(result.exponents[i].value - value) < by;
  };
  // 0.0714, 0 and -5.39 are known (Sprott 2003).
  std::printf("exponents: %s\n",
              near(0, 0.0714, 0.01) && near(1, 0, 0.01) && near(2, -5.39, 0.1) ? "known" : "others");
}
