#pragma once
#include <array>
#include <cmath>

// The equations of the catalogue that have few numbers; what they are is said in catalogue_systems.cpp.
namespace stoic::catalogued {

template <bool map>
struct Diagonal {
  static constexpr std::size_t n = 3;
  static constexpr bool is_map = map;
  using State = std::array<double, n>;
  State p;
  State slope(const State& x) const { return {p[0] * x[0], p[1] * x[1], p[2] * x[2]}; }
  State push(const State&, const State& d) const { return slope(d); }
  double expansion(const State&) const {
    if constexpr (map)
      return std::log(std::abs(p[0] * p[1] * p[2]));
    else
      return p[0] + p[1] + p[2];
  }
};

struct Cat {
  static constexpr std::size_t n = 2;
  static constexpr bool is_map = true;
  using State = std::array<double, n>;
  State slope(const State& x) const {
    const double first = x[0] + x[1], second = first + x[1];
    return {first - std::floor(first), second - std::floor(second)};
  }
  State push(const State&, const State& d) const { return {d[0] + d[1], d[0] + 2 * d[1]}; }
  double expansion(const State&) const { return 0; }
};

struct Tent {
  static constexpr std::size_t n = 1;
  static constexpr bool is_map = true;
  using State = std::array<double, n>;
  double height;
  State slope(const State& x) const { return {height * (x[0] < 0.5 ? x[0] : 1 - x[0])}; }
  State push(const State& x, const State& d) const { return {x[0] < 0.5 ? height * d[0] : -height * d[0]}; }
  double expansion(const State&) const { return std::log(height); }
};

struct Doubling {
  static constexpr std::size_t n = 1;
  static constexpr bool is_map = true;
  using State = std::array<double, n>;
  double factor;
  State slope(const State& x) const {
    const double y = factor * x[0];
    return {y - std::floor(y)};
  }
  State push(const State&, const State& d) const { return {factor * d[0]}; }
  double expansion(const State&) const { return std::log(factor); }
};

struct Logistic {
  static constexpr std::size_t n = 1;
  static constexpr bool is_map = true;
  using State = std::array<double, n>;
  double r;
  State slope(const State& x) const { return {r * x[0] * (1 - x[0])}; }
  State push(const State& x, const State& d) const { return {r * (1 - 2 * x[0]) * d[0]}; }
};

struct Henon {
  static constexpr std::size_t n = 2;
  static constexpr bool is_map = true;
  using State = std::array<double, n>;
  double a, b;
  State slope(const State& x) const { return {1 - a * x[0] * x[0] + x[1], b * x[0]}; }
  State push(const State& x, const State& d) const { return {d[1] - 2 * a * x[0] * d[0], b * d[0]}; }
  double expansion(const State&) const { return std::log(std::abs(b)); }
};

struct Gradient {
  static constexpr std::size_t n = 1;
  static constexpr bool is_map = true;
  using State = std::array<double, n>;
  double eta;
  State slope(const State& w) const { return {w[0] - eta * (w[0] * w[0] * w[0] - w[0])}; }
  State push(const State& w, const State& d) const { return {(1 - eta * (3 * w[0] * w[0] - 1)) * d[0]}; }
};

struct Lorenz63 {
  static constexpr std::size_t n = 3;
  static constexpr bool is_map = false;
  using State = std::array<double, n>;
  double sigma, rho, beta;
  State slope(const State& x) const {
    return {sigma * (x[1] - x[0]), x[0] * (rho - x[2]) - x[1], x[0] * x[1] - beta * x[2]};
  }
  State push(const State& x, const State& d) const {
    return {sigma * (d[1] - d[0]), (rho - x[2]) * d[0] - d[1] - x[0] * d[2],
            x[1] * d[0] + x[0] * d[1] - beta * d[2]};
  }
  double expansion(const State&) const { return -(sigma + 1 + beta); }
};

struct Chen {
  static constexpr std::size_t n = 3;
  static constexpr bool is_map = false;
  using State = std::array<double, n>;
  double a, b, c;
  State slope(const State& x) const {
    return {a * (x[1] - x[0]), (c - a) * x[0] - x[0] * x[2] + c * x[1], x[0] * x[1] - b * x[2]};
  }
  State push(const State& x, const State& d) const {
    return {a * (d[1] - d[0]), (c - a - x[2]) * d[0] + c * d[1] - x[0] * d[2],
            x[1] * d[0] + x[0] * d[1] - b * d[2]};
  }
  double expansion(const State&) const { return c - a - b; }
};

struct Roessler {
  static constexpr std::size_t n = 3;
  static constexpr bool is_map = false;
  using State = std::array<double, n>;
  double a, b, c;
  State slope(const State& x) const { return {-x[1] - x[2], x[0] + a * x[1], b + x[2] * (x[0] - c)}; }
  State push(const State& x, const State& d) const {
    return {-d[1] - d[2], d[0] + a * d[1], x[2] * d[0] + (x[0] - c) * d[2]};
  }
  double expansion(const State& x) const { return a + x[0] - c; }
};

}  // namespace stoic::catalogued
