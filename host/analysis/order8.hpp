#pragma once
#include <array>
#include <cstddef>
#include <utility>

namespace stoic {

/// The explicit Runge-Kutta method of order 8 with eleven stages of Cooper and Verner (SIAM J. Numer. Anal.
/// 9, 389, 1972): x_i = x + h Σ_j a[i][j] f(x_j), x(t+h) = x + h Σ_j b[j] f(x_j).
struct Order8 {
  static constexpr int stages = 11;
  static constexpr double s = 4.58257569495584000659;  // √21
  static constexpr double a[stages][stages - 1] = {
      {},
      {1. / 2},
      {1. / 4, 1. / 4},
      {1. / 7, (-7 - 3 * s) / 98, (21 + 5 * s) / 49},
      {(11 + s) / 84, 0, (18 + 4 * s) / 63, (21 - s) / 252},
      {(5 + s) / 48, 0, (9 + s) / 36, (-231 + 14 * s) / 360, (63 - 7 * s) / 80},
      {(10 - s) / 42, 0, (-432 + 92 * s) / 315, (633 - 145 * s) / 90, (-504 + 115 * s) / 70,
       (63 - 13 * s) / 35},
      {1. / 14, 0, 0, 0, (14 - 3 * s) / 126, (13 - 3 * s) / 63, 1. / 9},
      {1. / 32, 0, 0, 0, (91 - 21 * s) / 576, 11. / 72, (-385 - 75 * s) / 1152, (63 + 13 * s) / 128},
      {1. / 14, 0, 0, 0, 1. / 9, (-733 - 147 * s) / 2205, (515 + 111 * s) / 504, (-51 - 11 * s) / 56,
       (132 + 28 * s) / 245},
      {0, 0, 0, 0, (-42 + 7 * s) / 18, (-18 + 28 * s) / 45, (-273 - 53 * s) / 72, (301 + 53 * s) / 72,
       (28 - 28 * s) / 45, (49 - 7 * s) / 18}};
  static constexpr double b[stages] = {1. / 20, 0, 0, 0, 0, 0, 0, 49. / 180, 16. / 45, 49. / 180, 1. / 20};
};

/// One step of Order8 of y' = f(y), f(y, slope) writes the slope.
template <std::size_t m, class F>
void step_of_order_8(const F& f, std::array<double, m>& y, double h) {
  std::array<std::array<double, m>, Order8::stages> k;
  const auto combine = [&]<std::size_t i, std::size_t... j>(std::index_sequence<i>,
                                                            std::index_sequence<j...>) {
    std::array<double, m> at = y;
    [[maybe_unused]] const auto add = [&]<std::size_t from>(std::index_sequence<from>) {
      constexpr double weight = Order8::a[i][from];
      if constexpr (weight != 0)
        for (std::size_t e = 0; e < m; ++e) at[e] += h * weight * k[from][e];
    };
    (add(std::index_sequence<j>{}), ...);
    f(at, k[i]);
  };
  [&]<std::size_t... i>(std::index_sequence<i...>) {
    (combine(std::index_sequence<i>{}, std::make_index_sequence<i>{}), ...);
  }
  (std::make_index_sequence<Order8::stages>{});
  for (std::size_t e = 0; e < m; ++e)
    y[e] += h * (Order8::b[0] * (k[0][e] + k[10][e]) + Order8::b[7] * (k[7][e] + k[9][e]) +
                 Order8::b[8] * k[8][e]);
}

}  // namespace stoic
