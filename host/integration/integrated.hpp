#pragma once
#include <algorithm>
#include <cmath>
#include <numeric>
#include <type_traits>
#include <utility>
#include <vector>

#include "stoic/host/integration/method.hpp"
#include "stoic/host/integration/part.hpp"
#include "stoic/host/integration/rule.hpp"
#include "stoic/host/integration/site_loop.hpp"
#include "stoic/host/integration/trajectory.hpp"

namespace stoic {

template <class R>
struct GatherOf {
  using type = Nothing;
};
template <TrainedRule R>
struct GatherOf<R> {
  using type = typename R::Gather;
};

/// A rule followed by a method for a number of steps: what training, tangents, adjoints and analyses know of
/// every system. From v, what the caller fills, `Start` makes x(0); each step of length h is one of `Method`,
/// with `After` behind it.
///
///   forward(t)               from t.first() to t.last()
///   vjp(t)                   t.covector, dL/dx(T), becomes dL/dv; and the gradients of trained matrices
///   push(t, d), pull(t, w)   the derivative of the network or of the flow and its transpose, of any number
///   of tangents
///                            and covectors of a sample: exact, of the discrete steps
///   values(t, step, j, k)    number k of every site at stage j of a step, for whoever looks on
///
/// States are [components * sites x samples]: the first number of all sites, then the second, ... A
/// trajectory remembers every stage; where that would need more than its limit it keeps the state of some
/// steps and computes the others once more from there. A passage remembers nothing and has no derivative.
/// Threads change no bit.
template <Rule R, class Method, class Start = AsIs, class After = AsIs>
class Integrated {
 public:
  using Equation = typename R::Equation;
  using Scalar = typename Equation::Scalar;
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  using Index = Eigen::Index;
  static constexpr int components = Equation::components;
  static constexpr bool by_rows = R::sharing == Sharing::rows;
  /// Samples that are integrated together, of rules that share groups; a rule may say how many it takes.
  static constexpr Index columns_of_group = [] {
    if constexpr (requires { R::columns; })
      return Index{R::columns};
    else
      return group_samples;
  }();
  /// Whether v is x(0): then it is not copied.
  static constexpr bool in_place = by_rows && components == 1 && std::is_same_v<Start, AsIs>;
  using Passage = stoic::Passage<Scalar, components>;
  using Trajectory = stoic::Trajectory<Scalar, components, typename GatherOf<R>::type>;
  using Group = stoic::Group<Scalar, components>;
  using Covectors = stoic::Covectors<Scalar, components>;
  static_assert(!by_rows || in_place,
                "rows are shared by systems of one number a site that start as they are");
  static_assert(!TrainedRule<R> || by_rows, "gradients are gathered row by row");
  static_assert(SiteMap<Start, Scalar, components> && SiteMap<After, Scalar, components>);

  /// h: 1 where the rule's slope is a change a step. steps >= 0.
  Integrated(R rule, Index steps, Scalar h = 1, Start start = {}, After after = {})
      : rule_(std::move(rule)), steps_(steps), h_(h), start_(start), after_(after) {}

  Index width() const { return components * rule_.sites(); }
  /// Where a start brings states to a surface, one direction of each site leads off it.
  Index dimension() const { return width() - (std::is_same_v<Start, AsIs> ? 0 : rule_.sites()); }
  Index steps() const { return steps_; }
  const R& rule() const { return rule_; }
  R& rule() { return rule_; }
  // What not all have is a template: Clang 14 makes members of explicit instantiations whatever they require.
  template <TrainedRule Of = R>
  std::vector<Panels<Scalar>*> trained() {
    return rule_.trained();
  }
  template <TrainedRule Of = R>
  void weights_changed(Team& team) {
    rule_.weights_changed(team);
  }
  void set_after(const After& after) { after_ = after; }
  /// The same for another number of steps.
  Integrated over(Index steps) const {
    auto result = *this;
    result.steps_ = steps;
    return result;
  }

  Passage make_passage(Index samples) const {
    Passage t;
    allocate(t, samples, 0);
    return t;
  }
  Trajectory make_trajectory(Index samples, std::int64_t most_bytes = std::int64_t{1} << 30) const {
    Trajectory t;
    t.remembers = true;
    allocate(t, samples, most_bytes);
    t.covector = Panels<Scalar>(width(), samples);
    if constexpr (TrainedRule<R> && Method::stages == 1) t.gather = rule_.make_gather();
    if constexpr (by_rows) t.covectors = make_covectors(samples);
    return t;
  }

  /// x(T) from v.
  void forward(Passage& t, Team& team) const;
  void vjp(Trajectory& t, Team& team) const;
  /// [width x samples * several], the tangents of a sample side by side.
  Matrix push(Trajectory& t, const Matrix& d, Part part, Team& team) const;
  Matrix pull(Trajectory& t, const Matrix& w, Part part, Team& team) const;
  /// [sites x samples] at stage 0 to Method::stages - 1 of a step; step steps() is the end, with stage 0
  /// alone.
  Eigen::MatrixXd values(Trajectory& t, Index step, int stage, int component) const;

  /// The numbers of all sites by their names: "m_x(0)" of the first one, then all, "m_x", "m_y", ..., after
  /// every step.
  VectorSequence named_states(Trajectory& t, const std::array<const char*, components>& names) const {
    VectorSequence result{{std::string(names[0]) + "(0)", values(t, 0, 0, 0)}};
    for (Index step = 1; step <= steps_; ++step)
      for (int k = 0; k < components; ++k)
        result.emplace_back(names[static_cast<std::size_t>(k)], values(t, step, 0, k));
    return result;
  }
  /// States that a passage or trajectory is to go on from, [width x samples], as x(0); the start is left out.
  void set_state(Passage& t, const Matrix& x) const;
  /// x(T)
  Matrix state(const Passage& t) const;
  /// x(0), after forward.
  Matrix start(const Trajectory& t) const;
  /// The derivative of the start at states that it leaves as they are: projects vectors [width x samples *
  /// several] onto its surface. Without a start, the vectors themselves.
  Matrix tangential(const Matrix& states, const Matrix& vectors, Team& team) const;
  /// From x(0) as it was set, for all steps.
  void go_on(Passage& t, Team& team) const;
  /// RK4 with `refinement` steps for each of these, `count` of them.
  template <OfFlows Of = Method>
  Integrated<R, Rk4, Start, After> finer(Index count, Index refinement) const {
    return {rule_, count, h_ / static_cast<Scalar>(refinement), start_, after_};
  }
  /// x(T) of these v by RK4 in `refinement` times as many steps.
  template <OfFlows Of = Method>
  Matrix reference(const Matrix& v, Index refinement, Team& team) const {
    const auto by_rk4 = finer(steps_ * refinement, refinement);
    auto passage = by_rk4.make_passage(v.cols());
    passage.first().assign(v);
    by_rk4.forward(passage, team);
    return passage.last().dense().topRows(width());
  }

 private:
  /// Columns of tangents or covectors that one thread takes through a segment.
  struct Block {
    Index group, first;
    std::vector<Index> at;  // columns of the group
  };
  static constexpr Index block_columns = 16;

  Index panels() const {
    return (rule_.sites() + Panels<Scalar>::panel_rows - 1) / Panels<Scalar>::panel_rows;
  }
  Index segments(const Passage& t) const {
    return t.remembers && steps_ > 0 ? (steps_ + t.segment - 1) / t.segment : 1;
  }
  /// Where stage i, counted from the first one of a segment, is held.
  static std::size_t slot(const Passage& t, Index i) {
    if (t.remembers) return static_cast<std::size_t>(i);
    if (!t.in_place) return static_cast<std::size_t>(i % (Method::stages + 1));
    return static_cast<std::size_t>(i == 0 ? 0 : 1 + (i - 1) % (Method::stages + 1));
  }
  Sites<Scalar, components> make_sites(Index columns, Index more_rows = 0) const {
    Sites<Scalar, components> result;
    for (auto& x : result) x = Panels<Scalar>(rule_.sites() + more_rows, columns);
    return result;
  }
  Covectors make_covectors(Index columns) const {
    const auto zero = make_sites(columns);
    const auto more = Method::stages > 1 ? zero : Sites<Scalar, components>{};
    return {zero, more, more, zero[0], zero[0]};
  }
  static Index samples_of(const Passage& t, const Group& group) {
    return std::min(group.columns, t.samples - group.first);
  }
  /// From and to columns of a dense matrix of all numbers of the sites.
  void fill(Sites<Scalar, components>& x, const Matrix& dense, Index first, Index columns) const {
    for (int k = 0; k < components; ++k)
      x[k].assign(dense.block(k * rule_.sites(), first, rule_.sites(), columns));
  }
  void read(const Sites<Scalar, components>& x, Matrix& dense, Index first, Index columns) const {
    for (int k = 0; k < components; ++k)
      dense.block(k * rule_.sites(), first, rule_.sites(), columns) =
          x[k].dense().block(0, 0, rule_.sites(), columns);
  }
  /// From and to columns of a matrix of all numbers of the sites, in panels.
  void part_sites(const Panels<Scalar>& whole, Index first, Index columns,
                  Sites<Scalar, components>& x) const {
    for (int k = 0; k < components; ++k)
      copy_block(whole, k * rule_.sites(), first, x[k], 0, 0, rule_.sites(), columns);
  }
  void join_sites(const Sites<Scalar, components>& x, Index columns, Panels<Scalar>& whole,
                  Index first) const {
    for (int k = 0; k < components; ++k)
      copy_block(x[k], 0, 0, whole, k * rule_.sites(), first, rule_.sites(), columns);
  }
  void allocate(Passage& t, Index samples, std::int64_t most_bytes) const;
  /// work(group, sweep): sweep(body) calls body(p) for every panel, by one thread or by the team.
  template <class Work>
  void for_groups(Passage& t, Team& team, const Work& work) const;
  template <class Sweep>
  void integrate(const Passage& t, Group& group, Index segment, const Sweep& sweep, const Team& team) const;
  void stage(const Passage& t, Group& group, Index step, int j, Index p) const;
  void bound(const Passage& t, Group& group, Index step, Index p) const;
  template <class Sweep>
  void run(Passage& t, Group& group, const Sweep& sweep, Team& team) const;
  void make_resident(Passage& t, Index segment, Team& team) const;
  void begin(Passage& t, Group& group) const;
  std::vector<Block> blocks(const Passage& t, Index columns) const;
  template <class Work>
  static void for_blocks(const Passage& t, const std::vector<Block>& parts, Team& team, const Work& work);
  template <class Fill, class Read>
  void pull_blocks(Trajectory& t, std::vector<Covectors>& covectors, Index columns, Part part, Team& team,
                   const Fill& fill, const Read& read) const;
  template <class Sweep, class Gather>
  void pull_steps(const Passage& t, const Group& group, Columns at, Covectors& w, Index segment,
                  const Sweep& sweep, const Gather& gather, const Team& team) const;
  void pull_stage(const Stage<Scalar, components>& stage, const Sites<Scalar, components>& next, Columns at,
                  const Covectors& w, int j, Index p) const;
  void pull_sum(const Stage<Scalar, components>& stage, const Sites<Scalar, components>& next, Columns at,
                const Covectors& w, Index p) const;
  /// What push and pull get for c: of a map the next value. Where they do not read it, anything.
  static const Scalar* seen_by_derivative(const Stage<Scalar, components>& stage,
                                          const Sites<Scalar, components>& next, Index p) {
    return Equation::keeps_coupling && !is_map<Method> ? stage.coupled.panel(p) : next[0].panel(p);
  }
  void push_steps(const Passage& t, const Group& group, Columns at, Sites<Scalar, components>& d,
                  Index segment, const Team& team) const;
  void apply_start(const Group& group, Columns at, Sites<Scalar, components>& d) const;
  Index steps_of(const Passage& t, Index segment) const {
    return std::min(steps_ - segment * t.segment, t.segment);
  }

  R rule_;
  Index steps_;
  Scalar h_;
  Start start_;
  After after_;
};

}  // namespace stoic

#include "stoic/host/integration/integrated_backwards.hpp"
#include "stoic/host/integration/integrated_forwards.hpp"
