#include "stoic/host/dynamics/lorenz96.hpp"

#include <fmt/format.h>

#include <cmath>

#include "stoic/host/random/random.hpp"

namespace stoic {
namespace {

/// A vector on a circle with its neighbours beyond both ends, so that i-2 ... i+2 need no modulo.
template <class Scalar>
class Ring {
 public:
  explicit Ring(Eigen::Index size) : values_(size + 2 * reach) {}
  Eigen::Index size() const { return values_.size() - 2 * reach; }
  /// Element 0; -2 to size() + 1 may be read.
  Scalar* data() { return values_.data() + reach; }
  const Scalar* data() const { return values_.data() + reach; }
  auto vector() { return values_.segment(reach, size()); }
  auto vector() const { return values_.segment(reach, size()); }
  /// To be called after the elements were written.
  void close() {
    values_.template head<reach>() = values_.segment(size(), reach);
    values_.template tail<reach>() = values_.template segment<reach>(reach);
  }

 private:
  static constexpr Eigen::Index reach = 2;
  Eigen::Matrix<Scalar, Eigen::Dynamic, 1> values_;
};

/// f_i(x)
template <class Scalar>
Scalar flow_at(const Scalar* x, Eigen::Index i, Scalar forcing) {
  return (x[i + 1] - x[i - 2]) * x[i - 1] - x[i] + forcing;
}
/// (J(x) v)_i
template <class Scalar>
Scalar pushed_at(const Scalar* x, const Scalar* v, Eigen::Index i) {
  return (v[i + 1] - v[i - 2]) * x[i - 1] + (x[i + 1] - x[i - 2]) * v[i - 1] - v[i];
}
/// (J(x)ᵀ w)_i
template <class Scalar>
Scalar pulled_at(const Scalar* x, const Scalar* w, Eigen::Index i) {
  return x[i - 2] * w[i - 1] + (x[i + 2] - x[i - 1]) * w[i + 1] - x[i + 1] * w[i + 2] - w[i];
}

/// The points where a step evaluates f: x, x2, x3, x4.
template <class Scalar>
struct Stages {
  std::vector<Ring<Scalar>> at;
  explicit Stages(Eigen::Index size) : at(4, Ring<Scalar>(size)) {}

  /// x2, x3 and x4 from x.
  void fill(Scalar step, Scalar forcing) {
    const Scalar weight[] = {step / 2, step / 2, step};
    at[0].close();
    for (std::size_t stage = 0; stage < 3; ++stage) {
      const Scalar *x = at[0].data(), *here = at[stage].data();
      Scalar* next = at[stage + 1].data();
      const Scalar own = weight[stage];
      const Eigen::Index n = at[0].size();
#pragma GCC ivdep
      for (Eigen::Index i = 0; i < n; ++i) next[i] = x[i] + own * flow_at(here, i, forcing);
      at[stage + 1].close();
    }
  }
  /// x becomes x(t + step).
  void complete(Scalar step, Scalar forcing) {
    Scalar* x = at[0].data();
    const Scalar *x2 = at[1].data(), *x3 = at[2].data(), *x4 = at[3].data();
    const Scalar third = Scalar(1) / 3, sixth = step / 6;
    const Eigen::Index n = at[0].size();
#pragma GCC ivdep
    for (Eigen::Index i = 0; i < n; ++i)
      x[i] +=
          third * ((x2[i] - x[i]) + 2 * (x3[i] - x[i]) + (x4[i] - x[i])) + sixth * flow_at(x4, i, forcing);
  }
};

/// One step backwards: w, dL/dx(t+h), becomes dL/dx(t). `w` need not be closed before, nor is it after.
template <class Scalar>
void pull_back(const Stages<Scalar>& stages, Scalar step, Ring<Scalar>& w, Ring<Scalar>& stage,
               Ring<Scalar>& sum) {
  // Covector of stage j: own[j] w + onward[j] J(x_{j})ᵀ(covector of the stage after it); sum collects what
  // goes to x directly.
  const Scalar third = Scalar(1) / 3;
  const Scalar own[] = {0, third, 2 * third, third};
  const Scalar onward[] = {step / 2, step / 2, step};
  const Eigen::Index n = w.size();
  w.close();
  Ring<Scalar> before(n);
  for (Eigen::Index i = 0; i < n; ++i)
    stage.data()[i] = third * w.data()[i] + step / 6 * pulled_at(stages.at[3].data(), w.data(), i);
  sum.vector() = -third * w.vector() + stage.vector();
  for (std::size_t j = 3; j-- > 0;) {
    stage.close();
    const Scalar *x = stages.at[j].data(), *later = stage.data(), *result = w.data();
    Scalar* here = before.data();
#pragma GCC ivdep
    for (Eigen::Index i = 0; i < n; ++i) here[i] = own[j] * result[i] + onward[j] * pulled_at(x, later, i);
    std::swap(stage, before);
    sum.vector() += stage.vector();
  }
  w.vector() = sum.vector();
}

template <class Scalar>
void read_column(const Panels<Scalar>& panels, Eigen::Index column, Ring<Scalar>& ring) {
  for (Eigen::Index i = 0; i < ring.size(); ++i) ring.data()[i] = panels(i, column);
}
template <class Scalar>
void write_column(const Ring<Scalar>& ring, Panels<Scalar>& panels, Eigen::Index column) {
  for (Eigen::Index i = 0; i < ring.size(); ++i) panels(i, column) = ring.data()[i];
}

}  // namespace

Lorenz96Parameters Lorenz96Parameters::read(JsonReader& json, const NetworkShape&) {
  Lorenz96Parameters p;
  p.neurons = json.integer("neurons", 4, 4096);
  p.forcing = json.number_or("forcing", p.forcing, -100, 100);
  p.duration = json.number_or("duration", p.duration, 0, 1000);
  p.step = json.number_or("step", p.step, 0, 1);
  if (!(p.duration > 0)) json.fail("duration", "must be above 0");
  if (!(p.step > 0)) json.fail("step", "must be above 0, up to 1");
  const double steps = p.duration / p.step;
  if (std::abs(steps - std::round(steps)) > 1e-6 * steps || steps > 1e6)
    json.fail("step", fmt::format("is {}, which does not divide \"duration\": {} into whole steps (1 to "
                                  "1,000,000); choose, say, {:.6g}",
                                  p.step, p.duration, p.duration / std::max(1.0, std::round(steps))));
  return p;
}

void Lorenz96Parameters::write(nlohmann::ordered_json& json) const {
  json["neurons"] = neurons;
  json["forcing"] = forcing;
  json["duration"] = duration;
  json["step"] = step;
}

std::int64_t Lorenz96Parameters::step_count() const { return std::llround(duration / step); }

template <class Scalar>
Lorenz96<Scalar>::Lorenz96(const Lorenz96Parameters& p)
    : neurons_(p.neurons),
      steps_(p.step_count()),
      forcing_(static_cast<Scalar>(p.forcing)),
      step_(static_cast<Scalar>(p.step)) {}

template <class Scalar>
auto Lorenz96<Scalar>::make_trajectory(Eigen::Index samples, bool remember) const -> Trajectory {
  Trajectory trajectory;
  for (int end = 0; end < 2; ++end) trajectory.states.emplace_back(neurons_ + 1, samples);
  trajectory.covector = Panels<Scalar>(neurons_, samples);
  if (remember) trajectory.paths.assign(static_cast<std::size_t>(samples), Matrix(neurons_, steps_));
  return trajectory;
}

template <class Scalar>
void Lorenz96<Scalar>::forward(Trajectory& trajectory, Team& team) const {
  team.split(trajectory.first().columns(), [&](std::int64_t begin, std::int64_t end) {
    Stages<Scalar> stages(neurons_);
    for (std::int64_t s = begin; s < end; ++s) {
      read_column(trajectory.first(), s, stages.at[0]);
      for (Eigen::Index step = 0; step < steps_; ++step) {
        team.stop_if_asked();
        if (!trajectory.paths.empty())
          trajectory.paths[static_cast<std::size_t>(s)].col(step) = stages.at[0].vector();
        stages.fill(step_, forcing_);
        stages.complete(step_, forcing_);
      }
      write_column(stages.at[0], trajectory.last(), s);
    }
  });
}

template <class Scalar>
void Lorenz96<Scalar>::vjp(Trajectory& trajectory, Team& team) const {
  team.split(trajectory.first().columns(), [&](std::int64_t begin, std::int64_t end) {
    Stages<Scalar> stages(neurons_);
    Ring<Scalar> w(neurons_), stage(neurons_), sum(neurons_);
    for (std::int64_t s = begin; s < end; ++s) {
      read_column(trajectory.covector, s, w);
      for (Eigen::Index step = steps_ - 1; step >= 0; --step) {
        team.stop_if_asked();
        stages.at[0].vector() = trajectory.paths[static_cast<std::size_t>(s)].col(step);
        stages.fill(step_, forcing_);
        pull_back(stages, step_, w, stage, sum);
      }
      write_column(w, trajectory.covector, s);
    }
  });
}

template <class Scalar>
auto Lorenz96<Scalar>::jvp(const Trajectory& trajectory, const Matrix& tangent, Team& team) const -> Matrix {
  Matrix result(tangent.rows(), tangent.cols());
  const Scalar onward[] = {step_ / 2, step_ / 2, step_};
  const Scalar own[] = {step_ / 6, step_ / 3, step_ / 3, step_ / 6};
  team.split(tangent.cols(), [&](std::int64_t begin, std::int64_t end) {
    Stages<Scalar> stages(neurons_);
    Ring<Scalar> here(neurons_);
    Vector d, next, change(neurons_);
    for (std::int64_t s = begin; s < end; ++s) {
      d = tangent.col(s);
      for (Eigen::Index step = 0; step < steps_; ++step) {
        stages.at[0].vector() = trajectory.paths[static_cast<std::size_t>(s)].col(step);
        stages.fill(step_, forcing_);
        next = d;
        here.vector() = d;
        for (std::size_t j = 0; j < 4; ++j) {
          here.close();
          for (Eigen::Index i = 0; i < neurons_; ++i)
            change(i) = pushed_at(stages.at[j].data(), here.data(), i);
          next += own[j] * change;
          if (j < 3) here.vector() = d + onward[j] * change;
        }
        d = next;
      }
      result.col(s) = d;
    }
  });
  return result;
}

template <class Scalar>
VectorSequence Lorenz96<Scalar>::vectors(const Trajectory& trajectory) const {
  const Eigen::Index samples = trajectory.states.front().columns();
  VectorSequence result{{"h x(0)", Eigen::MatrixXd(neurons_, samples)}};
  for (Eigen::Index step = 0; step < steps_; ++step)
    for (const char* name : {"h x2", "h x3", "h x4", "h x"})
      result.emplace_back(name, Eigen::MatrixXd(neurons_, samples));
  Stages<Scalar> stages(neurons_);
  for (Eigen::Index s = 0; s < samples; ++s) {
    read_column(trajectory.states.front(), s, stages.at[0]);
    const auto note = [&](std::size_t at, const Ring<Scalar>& ring) {
      result[at].second.col(s) = (step_ * ring.vector()).template cast<double>();
    };
    note(0, stages.at[0]);
    for (std::size_t step = 0; step < static_cast<std::size_t>(steps_); ++step) {
      stages.fill(step_, forcing_);
      for (std::size_t stage = 1; stage < 4; ++stage) note(4 * step + stage, stages.at[stage]);
      stages.complete(step_, forcing_);
      note(4 * step + 4, stages.at[0]);
    }
  }
  return result;
}

template <class Scalar>
auto Lorenz96<Scalar>::flow(const Vector& x) const -> Vector {
  Ring<Scalar> ring(neurons_);
  ring.vector() = x;
  ring.close();
  Vector result(neurons_);
  for (Eigen::Index i = 0; i < neurons_; ++i) result(i) = flow_at(ring.data(), i, forcing_);
  return result;
}

double largest_lyapunov_exponent(const Lorenz96Parameters& parameters, double transient, std::uint64_t seed) {
  Lorenz96Parameters one_step = parameters;
  one_step.duration = one_step.step;
  const Lorenz96<double> system(one_step);
  Team alone(1);
  auto trajectory = system.make_trajectory(1);
  Eigen::MatrixXd tangent(parameters.neurons, 1);
  for (Eigen::Index i = 0; i < parameters.neurons; ++i) {
    const auto index = static_cast<std::uint64_t>(i);
    trajectory.last()(i, 0) =
        parameters.forcing + 0.01 * random_normal({seed, Purpose::initial_state, 0}, index);
    tangent(i) = random_normal({seed, Purpose::initial_state, 1}, index);
  }
  double growth = 0, time = 0;
  const std::int64_t steps = parameters.step_count();
  for (std::int64_t step = 0; step < steps; ++step) {
    std::swap(trajectory.states[0], trajectory.states[1]);
    system.forward(trajectory, alone);
    tangent = system.jvp(trajectory, tangent, alone);
    const double length = tangent.norm();
    tangent /= length;
    if (static_cast<double>(step) < transient * static_cast<double>(steps)) continue;
    growth += std::log(length);
    time += parameters.step;
  }
  return growth / time;
}

template class Lorenz96<float>;
template class Lorenz96<double>;

}  // namespace stoic
