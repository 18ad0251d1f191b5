#pragma once

/// One-step methods as tables: the one place of their coefficients.
///
/// All are explicit Runge-Kutta methods whose stages use only the slope before them,
///
///   x_1 = x,  x_{j+1} = x + h a_j f(x_j),   x(t+h) = x + h Σ_j b_j f(x_j),
///
/// so that no slope has to be kept: h f(x_j) = (x_{j+1} - x) / a_j. With b_j / a_j = share * multiple_j the
/// last line is
///
///   x(t+h) = x + share Σ_{j<s} multiple_j (x_{j+1} - x) + h b_s f(x_s).
///
/// b is in parts of `parts`. Hairer, Nørsett, Wanner: Solving ODEs I, section II.1.
namespace stoic {

/// No slope but the next value itself: x(t+1) = f(x(t)).
struct Map {
  static constexpr const char* name = "map";
  static constexpr int stages = 1, order = 0;
};

struct Euler {
  static constexpr const char* name = "Euler's method";
  static constexpr int stages = 1, order = 1;
  static constexpr double a[1] = {0}, share = 0, multiple[1] = {0};  // no stage but the last
  static constexpr int b[1] = {1}, parts = 1;
};

/// Of order 2; its result is the mean of the slopes at both ends.
struct Heun {
  static constexpr const char* name = "Heun's method";
  static constexpr int stages = 2, order = 2;
  static constexpr double a[1] = {1}, share = 1.0 / 2, multiple[1] = {1};
  static constexpr int b[2] = {1, 1}, parts = 2;
};

/// The classical method of order 4.
struct Rk4 {
  static constexpr const char* name = "RK4";
  static constexpr int stages = 4, order = 4;
  static constexpr double a[3] = {1.0 / 2, 1.0 / 2, 1}, share = 1.0 / 3, multiple[3] = {1, 2, 1};
  static constexpr int b[4] = {1, 2, 2, 1}, parts = 6;
};

template <class Method>
constexpr bool is_map = Method::order == 0;
template <class Method>
concept OfFlows = !is_map<Method>;

/// h a_j: how far stage j+1 lies from x along the slope of stage j.
template <class Method, class Scalar>
constexpr Scalar onward(Scalar h, int j) {
  if constexpr (is_map<Method>)
    return 0;
  else
    return j + 1 < Method::stages ? h * static_cast<Scalar>(Method::a[j]) : 0;
}
/// h b_j
template <class Method, class Scalar>
constexpr Scalar own(Scalar h, int j) {
  if constexpr (is_map<Method>)
    return 1;
  else
    return h * static_cast<Scalar>(Method::b[j]) / static_cast<Scalar>(Method::parts);
}

}  // namespace stoic
