#include "stoic/host/dynamics/lorenz96.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

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

template <class Scalar>
class Neighbours<Scalar>::Window {
 public:
  static constexpr Eigen::Index rows = Panels<Scalar>::panel_rows;
  Window(const Panels<Scalar>& x, Eigen::Index p, Eigen::Index sites)
      : own_(x.panel(p)),
        ahead_(x.panel(std::min(p + 2, x.panels() - 1))),
        height_(std::min(rows, sites - p * rows)) {
    const Eigen::Index first = p * rows;
    for (Eigen::Index k = 0; k < 4; ++k) {  // the two sites before, and the two behind
      Eigen::Index site = k < 2 ? first - 2 + k : first + height_ - 2 + k;
      site += site < 0 ? sites : site >= sites ? -sites : 0;
      beside_[k] = x.panel(site / rows) + site % rows;
    }
  }
  /// Copies a column to place k; several before they are used, since a processor waits for what it has just
  /// stored.
  void read(Eigen::Index k, Eigen::Index column) {
    Scalar* const at = values_.data() + k * length + 2;
    std::copy_n(own_ + column * rows, rows, at);
    for (Eigen::Index i = 0; i < 4; ++i) at[i < 2 ? i - 2 : height_ - 2 + i] = beside_[i][column * rows];
  }
  /// Asks for a column of the panel after the next, where matrices come from far: the next one's first sites
  /// are read with this one.
  void fetch_ahead(Eigen::Index column) const {
    for (Eigen::Index i = 0; i < rows; i += rows / 2) __builtin_prefetch(ahead_ + column * rows + i);
  }
  /// Element 0 is the panel's first site.
  const Scalar* sites(Eigen::Index k) const { return values_.data() + k * length + 2; }

  static constexpr Eigen::Index places = 16;

 private:
  const Scalar *own_, *ahead_, *beside_[4];
  Eigen::Index height_;
  static constexpr Eigen::Index length = rows + 4;
  std::array<Scalar, static_cast<std::size_t>(places* length)> values_;
};

namespace {

/// Calls read(k, s) for some columns s, then compute(k, s) for the same, and so on for all.
template <class Read, class Compute>
[[gnu::always_inline]] inline void in_places(Eigen::Index columns, Eigen::Index places, const Read& read,
                                             const Compute& compute) {
  for (Eigen::Index first = 0; first < columns; first += places) {
    const Eigen::Index count = std::min(places, columns - first);
    for (Eigen::Index k = 0; k < count; ++k) read(k, first + k);
    for (Eigen::Index k = 0; k < count; ++k) compute(k, first + k);
  }
}

}  // namespace

template <class Scalar>
void Neighbours<Scalar>::couple(const Panels<Scalar>& x, Panels<Scalar>& c, Eigen::Index p,
                                Eigen::Index columns) const {
  Window window(x, p, sites_);
  in_places(
      columns, Window::places, [&](Eigen::Index k, Eigen::Index s) { window.read(k, s); },
      [&, c_p = c.panel(p)](Eigen::Index k, Eigen::Index s) {
        const Scalar* const at = window.sites(k);
        Scalar* const to = c_p + s * Window::rows;
#pragma GCC ivdep
        for (Eigen::Index i = 0; i < Window::rows; ++i) to[i] = (at[i + 1] - at[i - 2]) * at[i - 1];
      });
}

/// to_i = formula(x, v), with x and v at site i: x of column columns[s], v and `to` of column s.
template <class Scalar>
template <class Formula>
void Neighbours<Scalar>::each(const Panels<Scalar>& x, Columns columns, const Panels<Scalar>& v,
                              Panels<Scalar>& to, Eigen::Index p, const Formula& formula) const {
  Window x_window(x, p, sites_), v_window(v, p, sites_);
  in_places(
      std::ssize(columns), Window::places,
      [&](Eigen::Index k, Eigen::Index s) {
        x_window.fetch_ahead(columns[static_cast<std::size_t>(s)]);
        x_window.read(k, columns[static_cast<std::size_t>(s)]);
        v_window.read(k, s);
      },
      [&, to_p = to.panel(p)](Eigen::Index k, Eigen::Index s) {
        const Scalar *const x_s = x_window.sites(k), *const v_s = v_window.sites(k);
        Scalar* const to_s = to_p + s * Window::rows;
#pragma GCC ivdep
        for (Eigen::Index i = 0; i < Window::rows; ++i) to_s[i] = formula(x_s + i, v_s + i);
      });
}

template <class Scalar>
void Neighbours<Scalar>::push(const Panels<Scalar>& x, Columns columns, const Panels<Scalar>& dx,
                              Panels<Scalar>& dc, Eigen::Index p) const {
  each(x, columns, dx, dc, p,
       [](const Scalar* at, const Scalar* v) { return (v[1] - v[-2]) * at[-1] + (at[1] - at[-2]) * v[-1]; });
}

template <class Scalar>
void Neighbours<Scalar>::pull(const Panels<Scalar>& x, Columns columns, const Panels<Scalar>& c_bar,
                              Panels<Scalar>& x_bar, Eigen::Index p) const {
  each(x, columns, c_bar, x_bar, p, [](const Scalar* at, const Scalar* w) {
    return at[-2] * w[-1] + (at[2] - at[-1]) * w[1] - at[1] * w[2];
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
