#include "stoic/host/driven/driven_system.hpp"

#include <optional>
#include <utility>

#include "stoic/host/driven/driven_csto.hpp"
#include "stoic/host/integration/integrated.hpp"

namespace stoic {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// S is an Integrated<DrivenRule<...>, ...> of one virtual node.
template <class S>
class DrivenSystemOf final : public DrivenSystem {
 public:
  /// Components first ... first + shown - 1 of every site are observed; drives are multiplied by `unit`.
  DrivenSystemOf(S system, const DrivenRecipe& recipe, VectorXd rest, double unit, Team& team)
      : system_(std::move(system)),
        team_(team),
        rest_(std::move(rest)),
        nodes_(recipe.drive.nodes),
        unit_(unit) {
    const auto& observe = recipe.drive.observe;
    if (observe == "y") first_ = 1;
    if (observe == "z") first_ = 2;
    shown_ = recipe.observed() / (recipe.sites() * nodes_);
    passage_ = system_.make_passage(1);
    reset();
  }
  Index width() const override { return system_.width(); }
  Index dimension() const override { return system_.dimension(); }
  void reset() override { set_state(rest_); }
  VectorXd state() const override {
    const auto& x = passage_.groups.front().stages.front().x;
    const Index n = system_.rule().sites();
    VectorXd result(width());
    for (int k = 0; k < S::components; ++k)
      for (Index i = 0; i < n; ++i) result(k * n + i) = x[static_cast<std::size_t>(k)](i, 0);
    return result;
  }
  void set_state(const VectorXd& x) override { system_.set_state(passage_, x); }
  void step(const Eigen::Ref<const VectorXd>& drive, Eigen::Ref<VectorXd> observed,
            MatrixXd* tangents) override {
    const Index n = system_.rule().sites();
    for (Index node = 0; node < nodes_; ++node) {
      system_.rule().set_drive(unit_ * drive.segment(node * n, n));
      if (tangents != nullptr) push_node(*tangents);
      system_.go_on(passage_, team_);
      auto& stages = passage_.groups.front().stages;
      if (passage_.end != 0) std::swap(stages.front().x, stages[passage_.end].x);
      for (Index k = 0; k < shown_; ++k) {
        const auto& x = stages.front().x[static_cast<std::size_t>(first_ + k)];
        const Index at = (node * shown_ + k) * n;
        for (Index i = 0; i < n; ++i) observed(at + i) = x(i, 0);
      }
    }
  }
  MatrixXd tangential(const MatrixXd& tangents) override {
    return system_.tangential(state(), tangents, team_);
  }

 private:
  /// From the state as it is before the node's steps.
  void push_node(MatrixXd& tangents) {
    if (!trajectory_) trajectory_ = system_.make_trajectory(1);
    system_.set_state(*trajectory_, state());
    system_.go_on(*trajectory_, team_);
    tangents = system_.push(*trajectory_, tangents, Part::flow, team_);
  }

  S system_;
  Team& team_;
  VectorXd rest_;
  Index nodes_, first_ = 0, shown_ = 1;
  double unit_;
  typename S::Passage passage_;
  std::optional<typename S::Trajectory> trajectory_;
};

template <class S>
std::unique_ptr<DrivenSystem> made(S system, const DrivenRecipe& recipe, VectorXd rest, double unit,
                                   Team& team) {
  return std::make_unique<DrivenSystemOf<S>>(std::move(system), recipe, std::move(rest), unit, team);
}

template <bool linear>
std::unique_ptr<DrivenSystem> make_esn(const EsnParameters& p, const DrivenRecipe& recipe, const MatrixXd& w,
                                       Team& team) {
  using Rule = EsnRule<linear>;
  return made(Integrated<Rule, Map>(Rule({p.neurons, {p.leak}, SeriesCoupling(Panels<double>(w))}), 1),
              recipe, VectorXd::Zero(p.neurons), 1, team);
}

template <class Join>
std::unique_ptr<DrivenSystem> make_csto(const CstoParameters& p, const DrivenRecipe& recipe,
                                        const MatrixXd& w, double unit, Team& team) {
  VectorXd rest = VectorXd::Zero(3 * p.oscillators);
  rest.tail(p.oscillators).setOnes();
  return made(make_driven_csto<Join>(p, w), recipe, std::move(rest), unit, team);
}

}  // namespace

std::unique_ptr<DrivenSystem> make_driven_system(const DrivenRecipe& recipe, const MatrixXd& matrix,
                                                 Team& team) {
  if (const auto* esn = std::get_if<EsnParameters>(&recipe.system))
    return esn->activation == "linear" ? make_esn<true>(*esn, recipe, matrix, team)
                                       : make_esn<false>(*esn, recipe, matrix, team);
  if (const auto* csto = std::get_if<CstoParameters>(&recipe.system)) {
    if (recipe.drive.joins == "current") return make_csto<JoinsCurrent>(*csto, recipe, matrix, 1, team);
    return make_csto<JoinsField>(*csto, recipe, matrix, csto->step_angle_per_Oe(), team);
  }
  const auto& p = std::get<Lorenz96Parameters>(recipe.system);
  using Rule = DrivenRule<Lorenz96Rule<double>, JoinsCoupling>;
  return made(Integrated<Rule, Rk4>(Rule({p.neurons, {p.forcing}, Neighbours<double>(p.neurons)}),
                                    p.time().steps(), p.step),
              recipe, VectorXd::Constant(p.neurons, p.forcing), 1, team);
}

}  // namespace stoic
