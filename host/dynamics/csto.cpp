#include "stoic/host/dynamics/csto.hpp"

#include <algorithm>
#include <cmath>

#include "stoic/host/dynamics/llg.hpp"
#include "stoic/host/dynamics/reservoir.hpp"
#include "stoic/host/random/random.hpp"

namespace stoic {
namespace {

/// Stages that a trajectory keeps in turn when nothing needs to be remembered: m(t), three more, and m(t+Δt).
constexpr std::size_t stages_in_turn = 5;

/// Pointers to the elements of one panel of a stage.
template <class Scalar>
struct StageView {
  Scalar *x, *y, *z;
  llg::Vector<Scalar> operator[](Eigen::Index i) const { return {x[i], y[i], z[i]}; }
  void set(Eigen::Index i, const llg::Vector<Scalar>& v) const { x[i] = v.x, y[i] = v.y, z[i] = v.z; }
};
template <class Scalar, class Stage>
StageView<Scalar> view(Stage& stage, Eigen::Index panel) {
  return {const_cast<Scalar*>(stage.x.panel(panel)), const_cast<Scalar*>(stage.y.panel(panel)),
          const_cast<Scalar*>(stage.z.panel(panel))};
}

/// next = m + weight * change at `at`
template <class Scalar, class Fields>
void advance(const Fields& fields, StageView<Scalar> m, StageView<Scalar> at, const Scalar* coupled,
             Scalar weight, StageView<Scalar> next, Eigen::Index count) {
#pragma GCC ivdep
  for (Eigen::Index i = 0; i < count; ++i) {
    const auto k = llg::change(fields, at[i], coupled[i]);
    next.set(i, {m.x[i] + weight * k.x, m.y[i] + weight * k.y, m.z[i] + weight * k.z});
  }
}

/// next = (-m + m2 + 2 m3 + m4) / 3 + change at m4 / 6, which is m + (k1 + 2 k2 + 2 k3 + k4) / 6
template <class Scalar, class Fields>
void complete(const Fields& fields, StageView<Scalar> m, StageView<Scalar> m2, StageView<Scalar> m3,
              StageView<Scalar> m4, const Scalar* coupled, StageView<Scalar> next, Eigen::Index count) {
  const Scalar third = Scalar(1) / 3, sixth = Scalar(1) / 6;
#pragma GCC ivdep
  for (Eigen::Index i = 0; i < count; ++i) {
    const auto k = llg::change(fields, m4[i], coupled[i]);
    next.set(
        i,
        {m.x[i] + third * ((m2.x[i] - m.x[i]) + 2 * (m3.x[i] - m.x[i]) + (m4.x[i] - m.x[i])) + sixth * k.x,
         m.y[i] + third * ((m2.y[i] - m.y[i]) + 2 * (m3.y[i] - m.y[i]) + (m4.y[i] - m.y[i])) + sixth * k.y,
         m.z[i] + third * ((m2.z[i] - m.z[i]) + 2 * (m3.z[i] - m.z[i]) + (m4.z[i] - m.z[i])) + sixth * k.z});
  }
}

/// m = m / |m|, with |m| into `length`; 0 stays 0.
template <class Scalar>
void normalise(StageView<Scalar> m, Scalar* length, Eigen::Index count) {
#pragma GCC ivdep
  for (Eigen::Index i = 0; i < count; ++i) {
    const auto v = m[i];
    const Scalar l = std::sqrt(llg::dot(v, v));
    const Scalar inverse = l > 0 ? 1 / l : 0;
    length[i] = l;
    m.set(i, {inverse * v.x, inverse * v.y, inverse * v.z});
  }
}

/// The derivative of v / |v| = m along d, which is its own transpose: (d - m (m·d)) / |v|; 0 where v = 0.
template <class Scalar>
llg::Vector<Scalar> project(const llg::Vector<Scalar>& m, Scalar length, const llg::Vector<Scalar>& d) {
  const Scalar inverse = length > 0 ? 1 / length : 0, along = llg::dot(m, d);
  return {inverse * (d.x - along * m.x), inverse * (d.y - along * m.y), inverse * (d.z - along * m.z)};
}

/// The covectors of one step on their way back: of m(t+Δt), of the stage done last, and the sum over stages.
template <class Scalar>
struct Covectors {
  StageView<Scalar> result, stage, sum;
  Scalar* coupled;              ///< of the stage's coupling field
  const Scalar* from_coupling;  ///< what the coupling has pulled back to the x part of the stage done last
};

/// One stage backwards. Its change has the covector `own` * result + `later` * that of the stage done last
/// (which came after it).
template <class Scalar, class Fields>
void pull_back_stage(const Fields& fields, StageView<Scalar> at, const Scalar* coupled, Covectors<Scalar> c,
                     Scalar own, Scalar later, bool last, Eigen::Index count) {
#pragma GCC ivdep
  for (Eigen::Index i = 0; i < count; ++i) {
    auto done = c.stage[i];
    auto sum = c.sum[i];
    done.x += c.from_coupling[i];
    if (last) {  // the step's last stage: nothing came after it
      done = {0, 0, 0};
      sum = done;
    }
    c.sum.set(i, {sum.x + done.x, sum.y + done.y, sum.z + done.z});
    const auto v = c.result[i];
    const llg::Vector<Scalar> w{own * v.x + later * done.x, own * v.y + later * done.y,
                                own * v.z + later * done.z};
    llg::Vector<Scalar> m_bar;
    c.coupled[i] = llg::pull_back(fields, at[i], coupled[i], w, m_bar);
    c.stage.set(i, m_bar);
  }
}

/// result += sum + covector of the first stage
template <class Scalar>
void pull_back_sum(Covectors<Scalar> c, Eigen::Index count) {
#pragma GCC ivdep
  for (Eigen::Index i = 0; i < count; ++i) {
    const auto v = c.result[i], done = c.stage[i], sum = c.sum[i];
    c.result.set(i, {v.x + sum.x + done.x + c.from_coupling[i], v.y + sum.y + done.y, v.z + sum.z + done.z});
  }
}

/// result = what it was before m was scaled to length 1
template <class Scalar>
void pull_back_length(StageView<Scalar> m, const Scalar* length, StageView<Scalar> result,
                      Eigen::Index count) {
#pragma GCC ivdep
  for (Eigen::Index i = 0; i < count; ++i) result.set(i, project(m[i], length[i], result[i]));
}

template <class Scalar>
typename Csto<Scalar>::Stage make_stage(Eigen::Index oscillators, Eigen::Index samples) {
  const Panels<Scalar> zero(oscillators, samples);
  return {zero, zero, zero, zero};
}

/// Elements of a panel of a group.
template <class Scalar>
Eigen::Index panel_elements() {
  return Panels<Scalar>::panel_rows * Csto<Scalar>::group_samples;
}

}  // namespace

Matrices CstoParameters::draw(std::uint64_t seed) const {
  return {{"W_coupling", make_coupling(oscillators, seed)}};
}

Eigen::MatrixXd make_coupling(std::int64_t oscillators, std::uint64_t seed) {
  return make_reservoir(oscillators, 1, 1, seed);
}

template <class Scalar>
Csto<Scalar>::Csto(const Eigen::MatrixXd& coupling, const CstoParameters& p)
    : oscillators_(coupling.rows()),
      steps_(p.steps()),
      renormalise_(p.renormalise),
      steps_per_s_(static_cast<Scalar>(1e12 / p.step_ps)) {
  const double angle = p.step_angle_per_Oe();
  const auto scaled = [&](double field) { return static_cast<Scalar>(angle * field); };
  fields_ = {scaled(p.applied_field_Oe),
             scaled(p.effective_anisotropy_Oe()),
             scaled(p.spin_torque_field_Oe()),
             static_cast<Scalar>(p.spin_torque_asymmetry),
             static_cast<Scalar>(p.gilbert_damping),
             static_cast<Scalar>(p.pinned_layer[0]),
             static_cast<Scalar>(p.pinned_layer[1]),
             static_cast<Scalar>(p.pinned_layer[2])};
  const Matrix weights = (angle * p.coupling_Oe * coupling).cast<Scalar>();
  dense_coupling_ = weights;
  coupling_ = Panels<Scalar>(weights);
  coupling_transposed_ = Panels<Scalar>(Matrix(weights.transpose()));
}

template <class Scalar>
auto Csto<Scalar>::make_trajectory(Eigen::Index samples, bool remember) const -> Trajectory {
  Trajectory trajectory;
  for (int end = 0; end < 2; ++end) trajectory.states.emplace_back(neurons() + 1, samples);
  trajectory.covector = Panels<Scalar>(neurons(), samples);
  const auto stages = remember ? static_cast<std::size_t>(4 * steps_ + 1) : stages_in_turn;
  trajectory.groups.resize(static_cast<std::size_t>((samples + group_samples - 1) / group_samples));
  for (Group& group : trajectory.groups) {
    group.stages.assign(stages, make_stage<Scalar>(oscillators_, group_samples));
    group.length = Panels<Scalar>(oscillators_, group_samples);
    if (renormalise_) group.step_length.assign(remember ? static_cast<std::size_t>(steps_) : 1, group.length);
  }
  return trajectory;
}

/// m(0) = f_norm(v)
template <class Scalar>
void Csto<Scalar>::start(const Panels<Scalar>& v, Eigen::Index first, Group& group) const {
  Stage& m = group.stages.front();
  const Eigen::Index samples = std::min(group_samples, v.columns() - first);
  for (Eigen::Index s = 0; s < samples; ++s)
    for (Eigen::Index k = 0; k < oscillators_; ++k) {
      const Scalar x = v(k, first + s), y = v(oscillators_ + k, first + s),
                   z = v(2 * oscillators_ + k, first + s);
      const Scalar length = std::sqrt(x * x + y * y + z * z);
      group.length(k, s) = length;
      m.x(k, s) = length > 0 ? x / length : 0;
      m.y(k, s) = length > 0 ? y / length : 0;
      m.z(k, s) = length > 0 ? z / length : 1;
    }
}

template <class Scalar>
void Csto<Scalar>::finish(const Group& group, Eigen::Index first, Panels<Scalar>& m) const {
  const Stage& from = group.stages[static_cast<std::size_t>(4 * steps_) % group.stages.size()];
  const Eigen::Index samples = std::min(group_samples, m.columns() - first);
  for (Eigen::Index s = 0; s < samples; ++s)
    for (Eigen::Index k = 0; k < oscillators_; ++k) {
      m(k, first + s) = from.x(k, s);
      m(oscillators_ + k, first + s) = from.y(k, s);
      m(2 * oscillators_ + k, first + s) = from.z(k, s);
    }
}

template <class Scalar>
void Csto<Scalar>::integrate(Group& group, const Team& team) const {
  constexpr Scalar weight[] = {Scalar(0.5), Scalar(0.5), 1};
  const Eigen::Index count = panel_elements<Scalar>();
  for (Eigen::Index step = 0; step < steps_; ++step) {
    team.stop_if_asked();
    const auto at = [&](Eigen::Index stage) -> Stage& {
      return group.stages[static_cast<std::size_t>(4 * step + stage) % group.stages.size()];
    };
    for (Eigen::Index stage = 0; stage < 4; ++stage)
      for (Eigen::Index p = 0; p < coupling_.panels(); ++p) {
        Stage& from = at(stage);
        multiply_panel(coupling_, from.x, from.coupled, p, 0, group_samples);
        const auto m = view<Scalar>(at(0), p), here = view<Scalar>(from, p),
                   next = view<Scalar>(at(stage + 1), p);
        if (stage < 3)
          advance(fields_, m, here, from.coupled.panel(p), weight[stage], next, count);
        else
          complete(fields_, m, view<Scalar>(at(1), p), view<Scalar>(at(2), p), here, from.coupled.panel(p),
                   next, count);
        if (stage == 3 && renormalise_)
          normalise(next,
                    group.step_length[static_cast<std::size_t>(step) % group.step_length.size()].panel(p),
                    count);
      }
  }
}

template <class Scalar>
void Csto<Scalar>::forward(Trajectory& trajectory, Team& team) const {
  team.split(static_cast<std::int64_t>(trajectory.groups.size()), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t g = begin; g < end; ++g) {
      Group& group = trajectory.groups[static_cast<std::size_t>(g)];
      start(trajectory.first(), g * group_samples, group);
      integrate(group, team);
      finish(group, g * group_samples, trajectory.last());
    }
  });
}

template <class Scalar>
void Csto<Scalar>::pull_back(const Group& group, Panels<Scalar>& covector, Eigen::Index first,
                             const Team& team) const {
  // Stage j of a step hands half (or all) of its covector to the change of the stage before it.
  constexpr Scalar own[] = {Scalar(1) / 6, Scalar(1) / 3, Scalar(1) / 3, Scalar(1) / 6};
  constexpr Scalar later[] = {Scalar(0.5), Scalar(0.5), 1, 0};
  const Eigen::Index count = panel_elements<Scalar>();
  const Eigen::Index samples = std::min(group_samples, covector.columns() - first);
  Stage result = make_stage<Scalar>(oscillators_, group_samples), stage = result, sum = result;
  for (Eigen::Index s = 0; s < samples; ++s)
    for (Eigen::Index k = 0; k < oscillators_; ++k) {
      result.x(k, s) = covector(k, first + s);
      result.y(k, s) = covector(oscillators_ + k, first + s);
      result.z(k, s) = covector(2 * oscillators_ + k, first + s);
    }
  const auto covectors = [&](Eigen::Index p) {
    return Covectors<Scalar>{view<Scalar>(result, p), view<Scalar>(stage, p), view<Scalar>(sum, p),
                             stage.coupled.panel(p), sum.coupled.panel(p)};
  };
  for (Eigen::Index step = steps_ - 1; step >= 0; --step) {
    team.stop_if_asked();
    if (renormalise_)
      for (Eigen::Index p = 0; p < coupling_.panels(); ++p)
        pull_back_length(view<Scalar>(group.stages[static_cast<std::size_t>(4 * step + 4)], p),
                         group.step_length[static_cast<std::size_t>(step)].panel(p), view<Scalar>(result, p),
                         count);
    for (Eigen::Index j = 3; j >= 0; --j) {
      const Stage& at = group.stages[static_cast<std::size_t>(4 * step + j)];
      for (Eigen::Index p = 0; p < coupling_.panels(); ++p)
        pull_back_stage(fields_, view<Scalar>(at, p), at.coupled.panel(p), covectors(p), own[j], later[j],
                        j == 3, count);
      for (Eigen::Index p = 0; p < coupling_.panels(); ++p)
        multiply_panel(coupling_transposed_, stage.coupled, sum.coupled, p, 0, group_samples);
    }
    for (Eigen::Index p = 0; p < coupling_.panels(); ++p) pull_back_sum(covectors(p), count);
  }
  // f_norm: m = v / |v|
  const Stage& m = group.stages.front();
  for (Eigen::Index s = 0; s < samples; ++s)
    for (Eigen::Index k = 0; k < oscillators_; ++k) {
      const auto w = project<Scalar>({m.x(k, s), m.y(k, s), m.z(k, s)}, group.length(k, s),
                                     {result.x(k, s), result.y(k, s), result.z(k, s)});
      covector(k, first + s) = w.x;
      covector(oscillators_ + k, first + s) = w.y;
      covector(2 * oscillators_ + k, first + s) = w.z;
    }
}

template <class Scalar>
void Csto<Scalar>::vjp(Trajectory& trajectory, Team& team) const {
  team.split(static_cast<std::int64_t>(trajectory.groups.size()), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t g = begin; g < end; ++g)
      pull_back(trajectory.groups[static_cast<std::size_t>(g)], trajectory.covector, g * group_samples, team);
  });
}

template <class Scalar>
auto Csto<Scalar>::jvp(const Trajectory& trajectory, const Matrix& tangent, Team& team) const -> Matrix {
  using Vector = llg::Vector<Scalar>;
  const Eigen::Index n = oscillators_;
  Matrix result(tangent.rows(), tangent.cols());
  team.split(tangent.cols(), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t column = begin; column < end; ++column) {
      const Group& group = trajectory.groups[static_cast<std::size_t>(column / group_samples)];
      const Eigen::Index s = column % group_samples;
      using Parts = Eigen::Matrix<Scalar, Eigen::Dynamic, 3>;
      const auto at = [&](const Stage& stage, Eigen::Index k) {
        return Vector{stage.x(k, s), stage.y(k, s), stage.z(k, s)};
      };
      Parts d = tangent.col(column).reshaped(n, 3);
      const auto push_length = [&](const Stage& unit, const Panels<Scalar>& length, Parts& parts) {
        for (Eigen::Index k = 0; k < n; ++k) {
          const auto t = project(at(unit, k), length(k, s), Vector{parts(k, 0), parts(k, 1), parts(k, 2)});
          parts.row(k) << t.x, t.y, t.z;
        }
      };
      push_length(group.stages.front(), group.length, d);
      Parts here(n, 3), change(n, 3);
      for (Eigen::Index step = 0; step < steps_; ++step) {
        Parts next = d;
        here = d;
        for (Eigen::Index j = 0; j < 4; ++j) {
          const Stage& stage = group.stages[static_cast<std::size_t>(4 * step + j)];
          const Eigen::Matrix<Scalar, Eigen::Dynamic, 1> coupled = dense_coupling_ * here.col(0);
          for (Eigen::Index k = 0; k < n; ++k) {
            const auto c = llg::push_forward(fields_, at(stage, k), stage.coupled(k, s),
                                             Vector{here(k, 0), here(k, 1), here(k, 2)}, coupled(k));
            change.row(k) << c.x, c.y, c.z;
          }
          constexpr Scalar own[] = {Scalar(1) / 6, Scalar(1) / 3, Scalar(1) / 3, Scalar(1) / 6};
          constexpr Scalar onward[] = {Scalar(0.5), Scalar(0.5), 1, 0};
          next += own[j] * change;
          here = d + onward[j] * change;
        }
        d = next;
        if (renormalise_)
          push_length(group.stages[static_cast<std::size_t>(4 * step + 4)],
                      group.step_length[static_cast<std::size_t>(step)], d);
      }
      result.col(column) = d.reshaped();
    }
  });
  return result;
}

template <class Scalar>
VectorSequence Csto<Scalar>::vectors(const Trajectory& trajectory) const {
  const Eigen::Index samples = trajectory.states.front().columns();
  const auto values = [&](Panels<Scalar> Stage::*part, Eigen::Index step) {
    Eigen::MatrixXd result(oscillators_, samples);
    for (Eigen::Index first = 0; first < samples; first += group_samples) {
      const Group& group = trajectory.groups[static_cast<std::size_t>(first / group_samples)];
      const Eigen::Index count = std::min(group_samples, samples - first);
      result.middleCols(first, count) = (group.stages[static_cast<std::size_t>(4 * step)].*part)
                                            .dense()
                                            .leftCols(count)
                                            .template cast<double>();
    }
    return result;
  };
  VectorSequence result{{"m_x(0)", values(&Stage::x, 0)}};
  for (Eigen::Index step = 1; step <= steps_; ++step) {
    result.emplace_back("m_x", values(&Stage::x, step));
    result.emplace_back("m_y", values(&Stage::y, step));
    result.emplace_back("m_z", values(&Stage::z, step));
  }
  return result;
}

template <class Scalar>
auto Csto<Scalar>::flow(const Eigen::Matrix<Scalar, Eigen::Dynamic, 1>& m) const
    -> Eigen::Matrix<Scalar, Eigen::Dynamic, 1> {
  const Eigen::Index n = oscillators_;
  const Eigen::Matrix<Scalar, Eigen::Dynamic, 1> coupled = dense_coupling_ * m.head(n);
  Eigen::Matrix<Scalar, Eigen::Dynamic, 1> result(3 * n);
  for (Eigen::Index k = 0; k < n; ++k) {
    const auto c = llg::change(fields_, llg::Vector<Scalar>{m(k), m(n + k), m(2 * n + k)}, coupled(k));
    result(k) = c.x, result(n + k) = c.y, result(2 * n + k) = c.z;
  }
  return steps_per_s_ * result;
}

template <class Scalar>
auto Csto<Scalar>::flow_vjp(const Eigen::Matrix<Scalar, Eigen::Dynamic, 1>& m,
                            const Eigen::Matrix<Scalar, Eigen::Dynamic, 1>& w) const
    -> Eigen::Matrix<Scalar, Eigen::Dynamic, 1> {
  const Eigen::Index n = oscillators_;
  const Eigen::Matrix<Scalar, Eigen::Dynamic, 1> coupled = dense_coupling_ * m.head(n);
  Eigen::Matrix<Scalar, Eigen::Dynamic, 1> result(3 * n), by_field(n);
  for (Eigen::Index k = 0; k < n; ++k) {
    llg::Vector<Scalar> m_bar;
    by_field(k) = llg::pull_back(fields_, llg::Vector<Scalar>{m(k), m(n + k), m(2 * n + k)}, coupled(k),
                                 llg::Vector<Scalar>{w(k), w(n + k), w(2 * n + k)}, m_bar);
    result(k) = m_bar.x, result(n + k) = m_bar.y, result(2 * n + k) = m_bar.z;
  }
  result.head(n) += dense_coupling_.transpose() * by_field;
  return steps_per_s_ * result;
}

template class Csto<float>;
template class Csto<double>;

}  // namespace stoic
