#include "stoic/host/dynamics/lorenz96.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <utility>

#include "stoic/sim/io/error.hpp"

namespace stoic {

Lorenz96Parameters Lorenz96Parameters::read(JsonReader& json, const NetworkShape&) {
  Lorenz96Parameters p;
  p.neurons = json.integer("neurons", 4, 4096);
  p.forcing = json.number_or("forcing", p.forcing, -100, 100);
  p.duration = json.number_or("duration", p.duration, 0, 1000);
  p.step = json.number_or("step", p.step, 0, 1);
  p.time().require_whole_steps(json, "duration", 1);
  return p;
}

void Lorenz96Parameters::write(nlohmann::ordered_json& json) const {
  json["neurons"] = neurons;
  json["forcing"] = forcing;
  json["duration"] = duration;
  json["step"] = step;
}

Lorenz96Parameters Lorenz96Parameters::over(double time, std::int64_t steps) const {
  auto result = *this;
  result.duration = time;
  result.step = this->time().step_over(time, steps);
  if (result.step > 1)
    throw Error(fmt::format("lorenz96: \"step\" would be {:.6g}; RK4 needs one of at most 1", result.step));
  return result;
}

Traits Lorenz96Parameters::traits() const {
  return {.state_vectors = {{.name = "h x", .unit = step}}, .expansion = [](const Matrices&) {
            return [](const Eigen::VectorXd& x) { return -static_cast<double>(x.size()); };
          }};
}

namespace {

#if defined(__AVX512F__)
constexpr int register_bytes = 64;
#else
constexpr int register_bytes = 32;
#endif
template <class Scalar>
using Lanes [[gnu::vector_size(register_bytes)]] = Scalar;

/// Elements offset, offset + 1, ... of two registers side by side.
template <int offset, class Vector, int... lane>
[[gnu::always_inline]] inline void between(const Vector& left, const Vector& right, Vector& to,
                                           std::integer_sequence<int, lane...>) {
  to = __builtin_shufflevector(left, right, (lane + offset)...);
}

/// One panel of a ring of n sites and what stands beside it. Nothing is copied, since a processor waits for what
/// it has just stored where it reads that across the borders of its stores. The two sites behind the last site
/// of all are the first two.
template <class Scalar>
class PanelOfRing {
 public:
  using Vector = Lanes<Scalar>;
  static constexpr Eigen::Index rows = Panels<Scalar>::panel_rows;
  static constexpr int lanes = sizeof(Vector) / sizeof(Scalar), registers = rows / lanes;
  /// Reads at -2 ... 2 cost less than moves between registers; but of 64 bytes every one crosses a cache line.
  static constexpr bool reads_again = sizeof(Vector) < 64;
  /// What stands beside each site of a register. (GCC drops the size of a vector given to a template.)
  struct AroundEach {
    Vector second_before, before, behind, second_behind;
  };
  [[gnu::always_inline]] PanelOfRing(const Panels<Scalar>& x, Eigen::Index n, Eigen::Index p)
      : own_(x.panel(p)),
        left_(x.panel(std::max<Eigen::Index>(p - 1, 0)) + rows - lanes),
        right_(x.panel(std::min(p + 1, x.panels() - 1))),
        ahead_(x.panel(std::min(p + 2, x.panels() - 1))),
        first_two_(x.panel(0)),
        last_two_{site(x, n - 2), site(x, n - 1)},
        first_(p == 0),
        to_last_(n - 1 - p * rows) {}
  /// Asks for a column of the panel after the next, where matrices come from far.
  [[gnu::always_inline]] void fetch_ahead(Eigen::Index column) const {
    for (Eigen::Index i = 0; i < rows; i += rows / 2) __builtin_prefetch(ahead_ + column * rows + i);
  }
  /// Of register q, 0 to registers - 1.
  [[gnu::always_inline]] void around(int q, Eigen::Index column, AroundEach& result) const {
    constexpr std::make_integer_sequence<int, lanes> each;
    const Scalar* const at = own_ + column * rows + q * lanes;
    Vector own;
    read(at, own);
    if (q > 0 && reads_again) {
      read(at - 2, result.second_before);
      read(at - 1, result.before);
    } else {
      Vector left;
      read(q > 0 ? at - lanes : left_ + column * rows, left);
      if (q == 0 && first_)
        for (int i = 0; i < 2; ++i) left[lanes - 2 + i] = last_two_[i][column * rows];
      between<lanes - 2>(left, own, result.second_before, each);
      between<lanes - 1>(left, own, result.before, each);
    }
    if (q + 1 < registers && reads_again) {
      read(at + 1, result.behind);
      read(at + 2, result.second_behind);
    } else {
      Vector right;
      read(q + 1 < registers ? at + lanes : right_ + column * rows, right);
      between<1>(own, right, result.behind, each);
      between<2>(own, right, result.second_behind, each);
    }
    if (to_last_ - 1 < rows) close(q, column, result);
  }

 private:
  using Mask [[gnu::vector_size(register_bytes)]] =
      std::conditional_t<sizeof(Scalar) == 4, std::int32_t, std::int64_t>;
  [[gnu::always_inline]] static void read(const Scalar* from, Vector& to) {
    std::memcpy(&to, from, sizeof to);
  }
  static const Scalar* site(const Panels<Scalar>& x, Eigen::Index i) { return x.panel(i / rows) + i % rows; }
  /// Behind the last site stand the first ones.
  [[gnu::always_inline]] void close(int q, Eigen::Index column, AroundEach& result) const {
    const auto same = [&](Eigen::Index site, Mask& is) {
      for (int i = 0; i < lanes; ++i) is[i] = q * lanes + i == site ? -1 : 0;
    };
    Mask last, before_last;
    same(to_last_, last);
    same(to_last_ - 1, before_last);
    const Scalar* const sites = first_two_ + column * rows;
    const Vector first = Vector{} + sites[0], second = Vector{} + sites[1];
    result.behind = last ? first : result.behind;
    result.second_behind = last ? second : before_last ? first : result.second_behind;
  }
  const Scalar *own_, *left_, *right_, *ahead_, *first_two_, *last_two_[2];
  bool first_;
  Eigen::Index to_last_;  // from the panel's first site to the last of all
};

/// to = formula(around x, around v) at the n sites of one panel; column s of v belongs to x_column(s) of x.
template <class Scalar, class XColumn, class Formula>
[[gnu::always_inline]] inline void each_site_of_ring(Eigen::Index n, const Panels<Scalar>& x,
                                                     const XColumn& x_column, const Panels<Scalar>& v,
                                                     Eigen::Index columns, Panels<Scalar>& to, Eigen::Index p,
                                                     const Formula& formula) {
  using Panel = PanelOfRing<Scalar>;
  const Panel x_p(x, n, p), v_p(v, n, p);
  Scalar* const to_p = to.panel(p);
  for (Eigen::Index s = 0; s < columns; ++s) {
    x_p.fetch_ahead(x_column(s));
#pragma GCC unroll 4
    for (int q = 0; q < Panel::registers; ++q) {
      typename Panel::AroundEach x_q, v_q;
      x_p.around(q, x_column(s), x_q);
      v_p.around(q, s, v_q);
      typename Panel::Vector result;
      formula(x_q, v_q, result);
      std::memcpy(to_p + s * Panel::rows + q * Panel::lanes, &result, sizeof result);
    }
  }
}

}  // namespace

template <class Scalar>
void Neighbours<Scalar>::couple(const Panels<Scalar>& x, Panels<Scalar>& c, Eigen::Index p,
                                Eigen::Index columns) const {
  each_site_of_ring(
      sites_, x, [](Eigen::Index s) { return s; }, x, columns, c, p,
      [](const auto& at, const auto&, auto& to) { to = (at.behind - at.second_before) * at.before; });
}

template <class Scalar>
void Neighbours<Scalar>::push(const Panels<Scalar>& x, Columns columns, const Panels<Scalar>& dx,
                              Panels<Scalar>& dc, Eigen::Index p) const {
  each_site_of_ring(
      sites_, x, [&](Eigen::Index s) { return columns[static_cast<std::size_t>(s)]; }, dx,
      std::ssize(columns), dc, p,
      [](const auto& at, const auto& v, auto& to) {
        to = (v.behind - v.second_before) * at.before + (at.behind - at.second_before) * v.before;
      });
}

template <class Scalar>
void Neighbours<Scalar>::pull(const Panels<Scalar>& x, Columns columns, const Panels<Scalar>& c_bar,
                              Panels<Scalar>& x_bar, Eigen::Index p) const {
  each_site_of_ring(
      sites_, x, [&](Eigen::Index s) { return columns[static_cast<std::size_t>(s)]; }, c_bar,
      std::ssize(columns), x_bar, p,
      [](const auto& at, const auto& w, auto& to) {
        to = at.second_before * w.before + (at.second_behind - at.before) * w.behind -
             at.behind * w.second_behind;
      });
}

template <class Scalar>
Lorenz96<Scalar>::Lorenz96(const Lorenz96Parameters& p)
    : Base({p.neurons, {static_cast<Scalar>(p.forcing)}, Neighbours<Scalar>(p.neurons)}, p.time().steps(),
           static_cast<Scalar>(p.step)),
      step_(p.step) {}

template <class Scalar>
VectorSequence Lorenz96<Scalar>::vectors(Trajectory& trajectory) const {
  const auto times_step = [&](Eigen::Index step, int stage) {
    return Eigen::MatrixXd(step_ * this->values(trajectory, step, stage, 0));
  };
  VectorSequence result{{"h x(0)", times_step(0, 0)}};
  for (Eigen::Index step = 0; step < this->steps(); ++step) {
    for (int stage = 1; const char* name : {"h x2", "h x3", "h x4"})
      result.emplace_back(name, times_step(step, stage++));
    result.emplace_back("h x", times_step(step + 1, 0));
  }
  return result;
}

template class Neighbours<float>;
template class Neighbours<double>;
template class Integrated<Lorenz96Rule<float>, Rk4>;
template class Integrated<Lorenz96Rule<double>, Rk4>;
template class Lorenz96<float>;
template class Lorenz96<double>;

}  // namespace stoic
