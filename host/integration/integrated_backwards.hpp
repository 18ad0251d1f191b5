#pragma once
#include <type_traits>

#include "stoic/host/integration/integrated.hpp"

// The derivative of Integrated and its transpose.
namespace stoic {

#define STOIC_INTEGRATED template <Rule R, class Method, class Start, class After>
#define STOIC_OF_INTEGRATED Integrated<R, Method, Start, After>

STOIC_INTEGRATED
auto STOIC_OF_INTEGRATED::blocks(const Passage& t, Index columns) const -> std::vector<Block> {
  const Index several = columns / t.samples;
  std::vector<Block> result;
  for (Index g = 0; g < std::ssize(t.groups); ++g) {
    const Group& group = t.groups[static_cast<std::size_t>(g)];
    const Index samples = samples_of(t, group), end = (group.first + samples) * several;
    for (Index first = group.first * several; first < end; first += block_columns) {
      Block block{g, first, {}};
      for (Index c = first; c < std::min(first + block_columns, end); ++c)
        block.at.push_back(c / several - group.first);
      result.push_back(std::move(block));
    }
  }
  return result;
}

STOIC_INTEGRATED
template <class Work>
void STOIC_OF_INTEGRATED::for_blocks(const Passage& t, const std::vector<Block>& parts, Team& team,
                                     const Work& work) {
  team.split(std::ssize(parts), [&](std::int64_t first, std::int64_t end) {
    for (auto b = static_cast<std::size_t>(first); b < static_cast<std::size_t>(end); ++b)
      work(b, parts[b], t.groups[static_cast<std::size_t>(parts[b].group)]);
  });
}

/// Training: the covector of all samples, or group by group, in place.
STOIC_INTEGRATED
void STOIC_OF_INTEGRATED::vjp(Trajectory& t, Team& team) const {
  if constexpr (!by_rows) {
    pull_blocks(
        t, t.parts, t.samples, Part::network, team,
        [&](auto& w, Index first, Index columns) { part_sites(t.covector, first, columns, w); },
        [&](const auto& w, Index first, Index columns) { join_sites(w, columns, t.covector, first); });
  } else {
    Covectors& w = t.covectors;
    static_assert(!TrainedRule<R> || Method::stages == 1, "gradients are gathered step by step");
    if constexpr (TrainedRule<R>) rule_.begin(t.gather);
    const auto gather = [&](const auto& stage, Index p) {
      if constexpr (TrainedRule<R>) rule_.gather(t.gather, stage, p);
    };
    std::vector<Index> at(static_cast<std::size_t>(t.samples));
    std::iota(at.begin(), at.end(), Index{0});
    std::swap(w.result[0], t.covector);
    for (Index segment = segments(t); segment-- > 0;) {
      make_resident(t, segment, team);
      for_groups(t, team, [&](Group& group, const auto& sweep) {
        pull_steps(t, group, at, w, segment, sweep, gather, team);
      });
    }
    std::swap(w.result[0], t.covector);
    if constexpr (TrainedRule<R>) rule_.end(t.gather, team);
  }
}

STOIC_INTEGRATED
auto STOIC_OF_INTEGRATED::pull(Trajectory& t, const Matrix& w, Part part, Team& team) const -> Matrix {
  Matrix result(width(), w.cols());
  std::vector<Covectors> covectors;
  pull_blocks(
      t, covectors, w.cols(), part, team,
      [&](auto& sites, Index first, Index columns) { fill(sites, w, first, columns); },
      [&](const auto& sites, Index first, Index columns) { read(sites, result, first, columns); });
  return result;
}

/// fill(sites, first, columns) gives some columns of the covectors at the end, read the same of those at the
/// start.
STOIC_INTEGRATED
template <class Fill, class Read>
void STOIC_OF_INTEGRATED::pull_blocks(Trajectory& t, std::vector<Covectors>& covectors, Index all, Part part,
                                      Team& team, const Fill& fill, const Read& read) const {
  const auto parts = blocks(t, all);
  covectors.resize(parts.size());
  const auto alone = [&](const auto& body) {
    for (Index p = 0; p < panels(); ++p) body(p);
  };
  for (Index segment = segments(t); segment-- > 0;) {
    make_resident(t, segment, team);
    for_blocks(t, parts, team, [&](std::size_t b, const Block& block, const Group& group) {
      Covectors& c = covectors[b];
      const Index columns = std::ssize(block.at);
      if (segment + 1 == segments(t)) {
        if (c.result[0].columns() != columns) c = make_covectors(columns);
        for (auto& numbers : c.result)  // padding too, which would grow or decay from batch to batch
          for (Index p = 0; p < panels(); ++p) elements(numbers, p).setZero();
        fill(c.result, block.first, columns);
      }
      pull_steps(
          t, group, block.at, c, segment, alone, [](const auto&, Index) {}, team);
      if (segment > 0) return;
      if (part == Part::network) apply_start(group, block.at, c.result);
      read(c.result, block.first, columns);
    });
  }
}

STOIC_INTEGRATED
template <class Sweep, class Gather>
void STOIC_OF_INTEGRATED::pull_steps(const Passage& t, const Group& group, Columns at, Covectors& w,
                                     Index segment, const Sweep& sweep, const Gather& gather,
                                     const Team& team) const {
  using PulledStage = stoic::PulledStage<Scalar, components>;
  for (Index step = steps_of(t, segment); step-- > 0;) {
    team.stop_if_asked();
    const auto& next = group.stages[slot(t, Method::stages * (step + 1))].x;
    for (int j = Method::stages; j-- > 0;) {
      const auto& stage = group.stages[slot(t, Method::stages * step + j)];
      sweep([&](Index p) {
        if (j + 1 == Method::stages && after_.active())
          apply_derivative(after_, next, group.after_known[static_cast<std::size_t>(step)], at, w.result, p);
        pull_stage(stage, next, at, w, j, p);
        // Of a method of one stage, with h = 1, the slope's covector is that of the result.
        gather(PulledStage{stage.x, w.result, w.coupled}, p);
      });
      sweep([&](Index p) {
        rule_.coupling().pull(stage.x[0], at, w.coupled, w.from_coupling, p);
        if (j == 0) pull_sum(stage, next, at, w, p);
      });
    }
  }
}

/// One panel of a stage backwards. Its slope has the covector own * result + onward * that of the stage done
/// last, which came after it.
STOIC_INTEGRATED
void STOIC_OF_INTEGRATED::pull_stage(const Stage<Scalar, components>& stage,
                                     const Sites<Scalar, components>& next, Columns at, const Covectors& w,
                                     int j, Index p) const {
  const auto x = view(stage.x, p), result = view(w.result, p);
  const Scalar* const c = seen_by_derivative(stage, next, p);
  Scalar* const by_coupled = const_cast<Scalar*>(w.coupled.panel(p));
  const Equation f = rule_.equation();
  const Scalar by_own = own<Method>(h_, j), by_later = onward<Method>(h_, j);
  if constexpr (Method::stages == 1) {
    each_site_at<Scalar>(p, at, [=](Index i, Index e, Index ex) {
      auto k_bar = result[e];
      Site<Scalar, components> x_bar;
      for (Scalar& number : k_bar) number *= by_own;
      by_coupled[e] = f.pull(i, x[ex], c[ex], k_bar, x_bar);
    });
  } else {
    const auto pulled = view(w.stage, p), sum = view(w.sum, p);
    const Scalar* const from_coupling = w.from_coupling.panel(p);
    // Two loops, one for the stage that nothing came after: GCC makes none into vectors that asks in each
    // turn.
    const auto pull = [&](auto last) {
      each_site_at<Scalar>(p, at, [=](Index i, Index e, Index ex) {
        const auto v = result[e];
        Site<Scalar, components> done{}, total{}, k_bar, x_bar;
        if constexpr (!last) {
          done = pulled[e];
          total = sum[e];
          done[0] += from_coupling[e];
        }
        for (int n = 0; n < components; ++n) {
          total[n] += done[n];
          k_bar[n] = by_own * v[n] + by_later * done[n];
        }
        sum.set(e, total);
        by_coupled[e] = f.pull(i, x[ex], c[ex], k_bar, x_bar);
        pulled.set(e, x_bar);
      });
    };
    if (j + 1 == Method::stages)
      pull(std::true_type{});
    else
      pull(std::false_type{});
  }
}

/// result = the covector of x(t), when all stages are done.
STOIC_INTEGRATED
void STOIC_OF_INTEGRATED::pull_sum(const Stage<Scalar, components>& stage,
                                   const Sites<Scalar, components>& next, Columns at, const Covectors& w,
                                   Index p) const {
  const auto result = view(w.result, p);
  const Scalar* const from_coupling = w.from_coupling.panel(p);
  if constexpr (Method::stages == 1) {  // pulled once more, rather than kept
    const auto x = view(stage.x, p);
    const Scalar* const c = seen_by_derivative(stage, next, p);
    const Equation f = rule_.equation();
    const Scalar by_own = own<Method>(h_, 0);
    each_site_at<Scalar>(p, at, [=](Index i, Index e, Index ex) {
      auto v = result[e], k_bar = v;
      Site<Scalar, components> x_bar;
      for (Scalar& number : k_bar) number *= by_own;
      f.pull(i, x[ex], c[ex], k_bar, x_bar);
      x_bar[0] = from_coupling[e] + x_bar[0];
      for (int n = 0; n < components; ++n) v[n] = is_map<Method> ? x_bar[n] : v[n] + x_bar[n];
      result.set(e, v);
    });
  } else {
    const auto pulled = view(w.stage, p), sum = view(w.sum, p);
    each_site<Scalar>(p, std::ssize(at), [=](Index, Index e) {
      auto v = result[e];
      for (int n = 0; n < components; ++n) v[n] = v[n] + sum.at[n][e] + pulled.at[n][e];
      v[0] += from_coupling[e];
      result.set(e, v);
    });
  }
}

STOIC_INTEGRATED
auto STOIC_OF_INTEGRATED::push(Trajectory& t, const Matrix& d, Part part, Team& team) const -> Matrix {
  const auto parts = blocks(t, d.cols());
  std::vector<Sites<Scalar, components>> tangents(parts.size());
  Matrix result(width(), d.cols());
  for (Index segment = 0; segment < segments(t); ++segment) {
    make_resident(t, segment, team);
    for_blocks(t, parts, team, [&](std::size_t b, const Block& block, const Group& group) {
      auto& tangent = tangents[b];
      const Index columns = std::ssize(block.at);
      if (segment == 0) {
        tangent = make_sites(columns);
        fill(tangent, d, block.first, columns);
        // The start's derivative stands at x(0), which is resident now.
        if (part == Part::network) apply_start(group, block.at, tangent);
      }
      push_steps(t, group, block.at, tangent, segment, team);
      if (segment + 1 == segments(t)) read(tangent, result, block.first, columns);
    });
  }
  return result;
}

STOIC_INTEGRATED
void STOIC_OF_INTEGRATED::push_steps(const Passage& t, const Group& group, Columns at,
                                     Sites<Scalar, components>& d, Index segment, const Team& team) const {
  const Index columns = std::ssize(at);
  auto here = make_sites(columns), next = here;
  Panels<Scalar> coupled(rule_.sites(), columns);
  const Equation f = rule_.equation();
  for (Index step = 0; step < steps_of(t, segment); ++step) {
    team.stop_if_asked();
    const auto& result = group.stages[slot(t, Method::stages * (step + 1))].x;
    here = d;
    next = d;
    for (int j = 0; j < Method::stages; ++j) {
      const auto& stage = group.stages[slot(t, Method::stages * step + j)];
      for (Index p = 0; p < panels(); ++p) rule_.coupling().push(stage.x[0], at, here[0], coupled, p);
      const Scalar by_own = own<Method>(h_, j), further = onward<Method>(h_, j);
      for (Index p = 0; p < panels(); ++p) {
        const auto x = view(stage.x, p), from = view(d, p), tangent = view(here, p), sum = view(next, p);
        const Scalar* const c = seen_by_derivative(stage, result, p);
        const Scalar* const dc = coupled.panel(p);
        each_site_at<Scalar>(p, at, [=](Index i, Index e, Index ex) {
          const auto k = f.push(i, x[ex], c[ex], tangent[e], dc[e]), begun = from[e];
          auto total = sum[e], onwards = begun;
          for (int n = 0; n < components; ++n) {
            total[n] = is_map<Method> ? k[n] : total[n] + by_own * k[n];
            onwards[n] = begun[n] + further * k[n];
          }
          sum.set(e, total);
          tangent.set(e, onwards);
        });
      }
    }
    std::swap(d, next);
    if (!after_.active()) continue;
    for (Index p = 0; p < panels(); ++p)
      apply_derivative(after_, result, group.after_known[static_cast<std::size_t>(step)], at, d, p);
  }
}

/// The derivative of the start, which is its own transpose, at x(0): the first stage of the first segment.
STOIC_INTEGRATED
void STOIC_OF_INTEGRATED::apply_start(const Group& group, Columns at, Sites<Scalar, components>& d) const {
  if constexpr (!std::is_same_v<Start, AsIs>) {
    for (Index p = 0; p < panels(); ++p)
      apply_derivative(start_, group.stages.front().x, group.start_known, at, d, p);
  }
}

#undef STOIC_INTEGRATED
#undef STOIC_OF_INTEGRATED

}  // namespace stoic
