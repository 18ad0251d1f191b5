#include "stoic/host/dynamics/systems.hpp"

#include <utility>

namespace stoic {
namespace {

template <DynamicalSystem S>
class RunOf final : public Run<typename S::Scalar> {
 public:
  using Scalar = typename S::Scalar;
  using typename Run<Scalar>::Matrix;
  RunOf(const S& system, Eigen::Index samples, bool remember)
      : system_(system), trajectory_(system.make_trajectory(samples, remember)) {}
  Panels<Scalar>& first() override { return trajectory_.first(); }
  Panels<Scalar>& last() override { return trajectory_.last(); }
  Panels<Scalar>& covector() override { return trajectory_.covector; }
  void forward(Team& team) override { system_.forward(trajectory_, team); }
  void vjp(Team& team) override { system_.vjp(trajectory_, team); }
  Matrix jvp(const Matrix& tangent, Team& team) const override {
    return system_.jvp(trajectory_, tangent, team);
  }
  VectorSequence vectors() const override { return system_.vectors(trajectory_); }
  std::span<const Panels<Scalar>> gradients() const override {
    if constexpr (TrainedSystem<S>) return trajectory_.gradients;
    return {};
  }

 private:
  const S& system_;
  typename S::Trajectory trajectory_;
};

template <DynamicalSystem S>
class SystemOf final : public System<typename S::Scalar> {
 public:
  explicit SystemOf(S system) : system_(std::move(system)) {}
  std::unique_ptr<Run<typename S::Scalar>> run(Eigen::Index samples, bool remember) const override {
    return std::make_unique<RunOf<S>>(system_, samples, remember);
  }
  std::vector<Panels<typename S::Scalar>*> trained() override {
    if constexpr (TrainedSystem<S>) return system_.trained();
    return {};
  }
  void weights_changed(Team& team) override {
    if constexpr (TrainedSystem<S>) system_.weights_changed(team);
  }

 private:
  S system_;
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
        return std::make_unique<SystemOf<decltype(system)>>(std::move(system));
      },
      parameters);
}

SystemParameters in_training(const SystemParameters& parameters) {
  return std::visit(
      []<class P>(const P& p) -> SystemParameters {
        if constexpr (requires { p.in_training(); }) return p.in_training();
        return p;
      },
      parameters);
}

template std::unique_ptr<System<float>> make_system(const SystemParameters&, const Matrices&);
template std::unique_ptr<System<double>> make_system(const SystemParameters&, const Matrices&);

}  // namespace stoic
