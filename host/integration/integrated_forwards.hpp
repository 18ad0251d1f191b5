#pragma once
#include "stoic/host/integration/integrated.hpp"

// The way of a batch through Integrated.
namespace stoic {

#define STOIC_INTEGRATED template <Rule R, class Method, class Start, class After>
#define STOIC_OF_INTEGRATED Integrated<R, Method, Start, After>

STOIC_INTEGRATED
void STOIC_OF_INTEGRATED::allocate(Passage& t, Index samples, std::int64_t most_bytes) const {
  t.samples = samples;
  const Index columns = by_rows ? samples : columns_of_group;
  const Index numbers = components + (Equation::keeps_coupling && !is_map<Method>);
  const double bytes_of_step =
      static_cast<double>(samples * rule_.sites() * numbers * Method::stages) * sizeof(Scalar);
  t.segment = std::max<Index>(1, steps_);
  if (t.remembers && bytes_of_step * static_cast<double>(steps_) > static_cast<double>(most_bytes))
    t.segment = static_cast<Index>(std::ceil(std::sqrt(static_cast<double>(steps_))));
  t.in_place = in_place && segments(t) == 1;
  Index stages = Method::stages * std::min(t.segment, steps_) + 1;
  if (!t.remembers) stages = std::min<Index>(stages, Method::stages + 1 + t.in_place);
  t.end = slot(t, Method::stages * (steps_ - (segments(t) - 1) * t.segment));
  Stage<Scalar, components> stage{make_sites(columns, in_place ? 1 : 0), {}};
  if (Equation::keeps_coupling && !is_map<Method>) stage.coupled = Panels<Scalar>(rule_.sites(), columns);
  const Panels<Scalar> site(rule_.sites(), columns);
  for (Index first = 0; first < std::max<Index>(samples, 1); first += std::max<Index>(columns, 1)) {
    Group group{.first = first, .columns = columns};
    group.stages.assign(static_cast<std::size_t>(stages), stage);
    if (!std::is_same_v<Start, AsIs>) group.start_known = site;
    if (after_.active())
      group.after_known.assign(static_cast<std::size_t>(t.remembers ? t.segment : 1), site);
    if (segments(t) > 1) group.kept.assign(static_cast<std::size_t>(segments(t)), make_sites(columns));
    t.groups.push_back(std::move(group));
  }
  if (!t.in_place)
    for (int end = 0; end < 2; ++end) t.ends.emplace_back(width() + 1, samples);
}

STOIC_INTEGRATED
template <class Work>
void STOIC_OF_INTEGRATED::for_groups(Passage& t, Team& team, const Work& work) const {
  const Index count = panels();
  if constexpr (by_rows) {
    work(t.groups.front(), [&](const auto& body) {
      team.split(count, [&](std::int64_t first, std::int64_t end) {
        for (Index p = first; p < end; ++p) body(p);
      });
    });
  } else {
    team.split(std::ssize(t.groups), [&](std::int64_t first, std::int64_t end) {
      for (std::int64_t g = first; g < end; ++g)
        work(t.groups[static_cast<std::size_t>(g)], [&](const auto& body) {
          for (Index p = 0; p < count; ++p) body(p);
        });
    });
  }
}

STOIC_INTEGRATED
void STOIC_OF_INTEGRATED::forward(Passage& t, Team& team) const {
  for_groups(t, team, [&](Group& group, const auto& sweep) {
    if (!t.in_place) begin(t, group);
    run(t, group, sweep, team);
    if (!t.in_place) join_sites(group.stages[t.end].x, samples_of(t, group), t.last(), group.first);
  });
  t.resident = segments(t) - 1;
}

STOIC_INTEGRATED
void STOIC_OF_INTEGRATED::go_on(Passage& t, Team& team) const {
  for_groups(t, team, [&](Group& group, const auto& sweep) { run(t, group, sweep, team); });
  t.resident = segments(t) - 1;
}

/// All steps, segment by segment.
STOIC_INTEGRATED
template <class Sweep>
void STOIC_OF_INTEGRATED::run(Passage& t, Group& group, const Sweep& sweep, Team& team) const {
  for (Index segment = 0; segment < segments(t); ++segment) {
    auto& x = group.stages.front().x;
    if (segment > 0) x = group.stages[slot(t, Method::stages * t.segment)].x;
    if (segments(t) > 1) group.kept[static_cast<std::size_t>(segment)] = x;
    integrate(t, group, segment, sweep, team);
  }
}

/// Computes the stages of a segment once more, where others are in their place.
STOIC_INTEGRATED
void STOIC_OF_INTEGRATED::make_resident(Passage& t, Index segment, Team& team) const {
  if (t.resident == segment) return;
  for_groups(t, team, [&](Group& group, const auto& sweep) {
    group.stages.front().x = group.kept[static_cast<std::size_t>(segment)];
    integrate(t, group, segment, sweep, team);
  });
  t.resident = segment;
}

STOIC_INTEGRATED
template <class Sweep>
void STOIC_OF_INTEGRATED::integrate(const Passage& t, Group& group, Index segment, const Sweep& sweep,
                                    const Team& team) const {
  const Index steps = steps_of(t, segment);
  for (Index step = 0; step < steps; ++step) {
    team.stop_if_asked();
    for (int j = 0; j < Method::stages; ++j)
      sweep([&](Index p) {
        stage(t, group, step, j, p);
        if (j + 1 == Method::stages && after_.active()) bound(t, group, step, p);
      });
  }
}

/// One panel of one stage: the coupling, then the next stage or the end of the step.
STOIC_INTEGRATED
void STOIC_OF_INTEGRATED::stage(const Passage& t, Group& group, Index step, int j, Index p) const {
  const auto at = [&](int i) -> auto& { return group.stages[slot(t, Method::stages * step + i)]; };
  auto &here = at(j), &result = at(j + 1);
  constexpr bool keeps = Equation::keeps_coupling && !is_map<Method>;
  Panels<Scalar>& coupled = keeps ? here.coupled : result.x[0];
  rule_.coupling().couple(here.x[0], coupled, p, group.columns);
  const Scalar* const c = coupled.panel(p);
  const auto x = view(here.x, p), m = view(at(0).x, p), next = view(result.x, p);
  const Equation f = rule_.equation();
  const bool adds_to_state = Method::stages == 1 && components == 1 && Equation::adds_coupling && h_ == 1;
  if constexpr (is_map<Method>) {
    each_site<Scalar>(p, group.columns, [=](Index i, Index e) { next.set(e, f.slope(i, x[e], c[e])); });
  } else if (adds_to_state) {
    each_site<Scalar>(p, group.columns,
                      [=](Index i, Index e) { next.set(e, f.slope(i, x[e], c[e] + x.at[0][e])); });
  } else if (j + 1 < Method::stages) {
    const Scalar weight = onward<Method>(h_, j);
    each_site<Scalar>(p, group.columns, [=](Index i, Index e) {
      const auto k = f.slope(i, x[e], c[e]), from = m[e];
      Site<Scalar, components> to;
      for (int n = 0; n < components; ++n) to[n] = from[n] + weight * k[n];
      next.set(e, to);
    });
  } else {
    constexpr int earlier = Method::stages - 1;
    constexpr Scalar share = static_cast<Scalar>(Method::share);
    const Scalar weight = own<Method>(h_, j);
    std::array<SitesView<Scalar, components>, Method::stages> stages;
    for (int i = 0; i < earlier; ++i) stages[i] = view(at(i + 1).x, p);
    each_site<Scalar>(p, group.columns, [=](Index i, Index e) {
      const auto k = f.slope(i, x[e], c[e]), from = m[e];
      Site<Scalar, components> to;
      for (int n = 0; n < components; ++n) {
        to[n] = from[n];
        if constexpr (earlier > 0) {
          Scalar sum = static_cast<Scalar>(Method::multiple[0]) * (stages[0].at[n][e] - from[n]);
          for (int s = 1; s < earlier; ++s)
            sum += static_cast<Scalar>(Method::multiple[s]) * (stages[s].at[n][e] - from[n]);
          to[n] += share * sum;
        }
        to[n] += weight * k[n];
      }
      next.set(e, to);
    });
  }
}

STOIC_INTEGRATED
void STOIC_OF_INTEGRATED::bound(const Passage& t, Group& group, Index step, Index p) const {
  apply(after_, group.stages[slot(t, Method::stages * (step + 1))].x,
        group.after_known[static_cast<std::size_t>(t.remembers ? step : 0)], p, group.columns);
}

/// x(0) from v.
STOIC_INTEGRATED
void STOIC_OF_INTEGRATED::begin(Passage& t, Group& group) const {
  part_sites(t.first(), group.first, samples_of(t, group), group.stages.front().x);
  if constexpr (!std::is_same_v<Start, AsIs>)
    for (Index p = 0; p < panels(); ++p)
      apply(start_, group.stages.front().x, group.start_known, p, group.columns);
}

STOIC_INTEGRATED
auto STOIC_OF_INTEGRATED::start(const Trajectory& t) const -> Matrix {
  Matrix result(width(), t.samples);
  for (const Group& group : t.groups)
    read(segments(t) > 1 ? group.kept.front() : group.stages.front().x, result, group.first,
         samples_of(t, group));
  return result;
}

STOIC_INTEGRATED
auto STOIC_OF_INTEGRATED::tangential(const Matrix& states, const Matrix& vectors, Team& team) const
    -> Matrix {
  if constexpr (std::is_same_v<Start, AsIs>) {
    return vectors;
  } else {
    const Index n = rule_.sites(), several = vectors.cols() / std::max<Index>(states.cols(), 1);
    Matrix result(vectors.rows(), vectors.cols());
    team.split(states.cols(), [&](std::int64_t first, std::int64_t end) {
      for (Index s = first; s < end; ++s)
        for (Index i = 0; i < n; ++i) {
          Site<Scalar, components> x, d;
          for (int k = 0; k < components; ++k) x[k] = states(k * n + i, s);
          const Scalar known = start_.apply(x);
          for (Index c = s * several; c < (s + 1) * several; ++c) {
            for (int k = 0; k < components; ++k) d[k] = vectors(k * n + i, c);
            d = start_.push(x, known, d);
            for (int k = 0; k < components; ++k) result(k * n + i, c) = d[k];
          }
        }
    });
    return result;
  }
}

STOIC_INTEGRATED
void STOIC_OF_INTEGRATED::set_state(Passage& t, const Matrix& x) const {
  for (Group& group : t.groups) fill(group.stages.front().x, x, group.first, samples_of(t, group));
}

STOIC_INTEGRATED
auto STOIC_OF_INTEGRATED::state(const Passage& t) const -> Matrix {
  Matrix result(width(), t.samples);
  for (const Group& group : t.groups) read(group.stages[t.end].x, result, group.first, samples_of(t, group));
  return result;
}

STOIC_INTEGRATED
Eigen::MatrixXd STOIC_OF_INTEGRATED::values(Trajectory& t, Index step, int stage, int component) const {
  const Index segment = std::min(step / t.segment, segments(t) - 1);
  if (t.resident != segment) {
    Team alone(1);
    make_resident(t, segment, alone);
  }
  const auto at = slot(t, Method::stages * (step - segment * t.segment) + stage);
  Eigen::MatrixXd result(rule_.sites(), t.samples);
  for (const Group& group : t.groups) {
    const Index samples = samples_of(t, group);
    result.middleCols(group.first, samples) = group.stages[at]
                                                  .x[static_cast<std::size_t>(component)]
                                                  .dense()
                                                  .block(0, 0, rule_.sites(), samples)
                                                  .template cast<double>();
  }
  return result;
}

#undef STOIC_INTEGRATED
#undef STOIC_OF_INTEGRATED

}  // namespace stoic
