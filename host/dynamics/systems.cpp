#include "stoic/host/dynamics/systems.hpp"

#include <cmath>
#include <utility>

#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

template <DynamicalSystem S>
class ForwardRunOf final : public ForwardRun<typename S::Scalar> {
 public:
  using Scalar = typename S::Scalar;
  ForwardRunOf(const S& system, Eigen::Index samples)
      : system_(system), passage_(system.make_passage(samples)) {}
  Panels<Scalar>& first() override { return passage_.first(); }
  Panels<Scalar>& last() override { return passage_.last(); }
  void forward(Team& team) override { system_.forward(passage_, team); }

 private:
  const S& system_;
  typename S::Passage passage_;
};

template <DynamicalSystem S>
class RunOf final : public Run<typename S::Scalar> {
 public:
  using Scalar = typename S::Scalar;
  using typename Run<Scalar>::Matrix;
  RunOf(const S& system, Eigen::Index samples)
      : system_(system), trajectory_(system.make_trajectory(samples)) {}
  Panels<Scalar>& first() override { return trajectory_.first(); }
  Panels<Scalar>& last() override { return trajectory_.last(); }
  Panels<Scalar>& covector() override { return trajectory_.covector; }
  void forward(Team& team) override { system_.forward(trajectory_, team); }
  void vjp(Team& team) override { system_.vjp(trajectory_, team); }
  Matrix push(const Matrix& tangents, Part part, Team& team) override {
    return system_.push(trajectory_, tangents, part, team);
  }
  Matrix pull(const Matrix& covectors, Part part, Team& team) override {
    return system_.pull(trajectory_, covectors, part, team);
  }
  Matrix start() override { return system_.start(trajectory_); }
  std::vector<Link> links() const override {
    if constexpr (LinkedSystem<S>)
      return system_.links();
    else
      return {{"system", system_.width(), system_.width()}};
  }
  Matrix push_link(std::size_t link, const Matrix& tangents, Team& team) override {
    if constexpr (LinkedSystem<S>)
      return system_.push_link(trajectory_, link, tangents, team);
    else
      return push(tangents, Part::network, team);
  }
  Matrix pull_link(std::size_t link, const Matrix& covectors, Team& team) override {
    if constexpr (LinkedSystem<S>)
      return system_.pull_link(trajectory_, link, covectors, team);
    else
      return pull(covectors, Part::network, team);
  }
  VectorSequence vectors() override { return system_.vectors(trajectory_); }
  std::span<const Panels<Scalar>> gradients() const override {
    if constexpr (TrainedSystem<S>) return trajectory_.gather.gradients;
    return {};
  }

 private:
  const S& system_;
  typename S::Trajectory trajectory_;
};

/// `Step` is the system with a single step.
template <class Step>
class OrbitOf final : public Orbit<typename Step::Scalar> {
 public:
  using typename Orbit<typename Step::Scalar>::Matrix;
  OrbitOf(Step step, Eigen::Index samples)
      : step_(std::move(step)), trajectory_(step_.make_trajectory(samples)), state_(step_.width(), samples) {
    set_state(Matrix::Zero(step_.width(), samples));
  }
  void set_state(const Matrix& x) override { state_ = x, steps_ = 0; }
  Matrix state() const override { return state_; }
  std::int64_t steps() const override { return steps_; }
  void step(Team& team) override {
    step_.set_state(trajectory_, state_);
    step_.go_on(trajectory_, team);
    state_ = step_.state(trajectory_);
    ++steps_;
  }
  Matrix push(const Matrix& tangents, Team& team) override {
    return step_.push(trajectory_, tangents, Part::flow, team);
  }
  Matrix pull(const Matrix& covectors, Team& team) override {
    return step_.pull(trajectory_, covectors, Part::flow, team);
  }

 private:
  Step step_;
  typename Step::Trajectory trajectory_;
  Matrix state_;
  std::int64_t steps_ = 0;
};

template <DynamicalSystem S>
class SystemOf final : public System<typename S::Scalar> {
 public:
  using Scalar = typename S::Scalar;
  using typename System<Scalar>::Matrix;
  SystemOf(S system, TimeAxis time) : system_(std::move(system)), time_(std::move(time)) {}
  std::unique_ptr<ForwardRun<Scalar>> forward_run(Eigen::Index samples) const override {
    return std::make_unique<ForwardRunOf<S>>(system_, samples);
  }
  std::unique_ptr<Run<Scalar>> run(Eigen::Index samples) const override {
    return std::make_unique<RunOf<S>>(system_, samples);
  }
  std::unique_ptr<Orbit<Scalar>> orbit(Eigen::Index samples) const override {
    if constexpr (requires { system_.over(1); })
      return std::make_unique<OrbitOf<decltype(system_.over(1))>>(system_.over(1), samples);
    else
      S::refuse_step();
  }
  std::unique_ptr<Orbit<Scalar>> reference_orbit(Eigen::Index samples,
                                                 std::int64_t refinement) const override {
    if constexpr (std::is_same_v<Scalar, double> && requires { system_.finer(1, refinement); })
      return std::make_unique<OrbitOf<decltype(system_.finer(1, refinement))>>(system_.finer(1, refinement),
                                                                               samples);
    else
      return orbit(samples);
  }
  const TimeAxis& time() const override { return time_; }
  Eigen::Index dimension() const override { return system_.dimension(); }
  Matrix tangential(const Matrix& states, const Matrix& vectors, Team& team) const override {
    return system_.tangential(states, vectors, team);
  }
  Matrix reference(const Matrix& v, std::int64_t refinement, Team& team) const override {
    if constexpr (requires { system_.reference(v, refinement, team); })
      return system_.reference(v, refinement, team);
    else
      throw Error("a map is no differential equation: it has no finer steps");
  }
  std::vector<Panels<Scalar>*> trained() override {
    if constexpr (TrainedSystem<S>) return system_.trained();
    return {};
  }
  void weights_changed(Team& team) override {
    if constexpr (TrainedSystem<S>) system_.weights_changed(team);
  }

 private:
  S system_;
  TimeAxis time_;
};

/// Calls use.operator()<P>() for the parameters P of every system.
template <class Use, class... P>
void for_each(const Use& use, const std::variant<P...>*) {
  static_assert((SystemParametersOf<P> && ...), "a system lacks a part; see system.hpp");
  (use.template operator()<P>(), ...);
}
template <class Use>
void for_each_system(const Use& use) {
  for_each(use, static_cast<const SystemParameters*>(nullptr));
}

}  // namespace

std::vector<std::string> system_names() {
  std::vector<std::string> names;
  for_each_system([&]<class P>() { names.emplace_back(P::name); });
  return names;
}

SystemParameters read_system(const std::string& name, JsonReader& json, const NetworkShape& shape) {
  SystemParameters result;
  for_each_system([&]<class P>() {
    if (name == P::name) result = P::read(json, shape);
  });
  return result;
}

template <class Scalar>
std::unique_ptr<System<Scalar>> make_system(const SystemParameters& parameters, const Matrices& matrices) {
  return std::visit(
      [&](const auto& p) -> std::unique_ptr<System<Scalar>> {
        auto system = p.template make<Scalar>(matrices);
        return std::make_unique<SystemOf<decltype(system)>>(std::move(system), p.time());
      },
      parameters);
}

SystemParameters over(const SystemParameters& parameters, double duration, std::int64_t steps) {
  return std::visit([&](const auto& p) -> SystemParameters { return p.over(duration, steps); }, parameters);
}

SystemParameters in_training(const SystemParameters& parameters) {
  const auto duration = traits(parameters).training_duration;
  if (!duration) return parameters;
  return over(parameters, *duration, std::llround(*duration / time_axis(parameters).step));
}

TimeAxis time_axis(const SystemParameters& parameters) {
  return std::visit([](const auto& p) { return p.time(); }, parameters);
}

Traits traits(const SystemParameters& parameters) {
  return std::visit([](const auto& p) { return p.traits(); }, parameters);
}

template std::unique_ptr<System<float>> make_system(const SystemParameters&, const Matrices&);
template std::unique_ptr<System<double>> make_system(const SystemParameters&, const Matrices&);

}  // namespace stoic
