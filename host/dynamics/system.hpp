#pragma once
#include <Eigen/Core>
#include <concepts>
#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "stoic/host/dynamics/panels.hpp"
#include "stoic/sim/io/json.hpp"

namespace stoic {

struct Compilation;
struct LoweringTask;

/// The matrices that belong to a system itself, beside read-in and read-out, under their names in files.
using Matrices = std::map<std::string, Eigen::MatrixXd>;

struct MatrixShape {
  std::string name;
  std::int64_t rows;
  std::int64_t columns;
  bool trained = false;  ///< by back-propagation, as W_in and W_out are; else it stays as it is drawn
  bool decays = true;    ///< weight decay applies: not to biases
  double rate = 1;       ///< factor of the learning rate
};

/// Vectors on the way through a system [length x samples] with their names, in the order in which they come.
using VectorSequence = std::vector<std::pair<std::string, Eigen::MatrixXd>>;

/// What the read-in and the read-out have decided before a system's keys are read.
struct NetworkShape {
  std::int64_t inputs;
  std::int64_t classes;
};

/// What a dynamical system is to the rest of the house. A system NAME has
///
///   dynamics/NAME.hpp, .cpp         its parameters (this concept), equations, forward, VJP and JVP
///   compiler/lower_NAME.cpp         lower(), its program
///   models/*-NAME.json              a recipe
///
/// and its line in dynamics/systems.hpp. Beside it only report/system_words.cpp, which says in words what it
/// is, and `stoic analyze`, which is SA-nODE's, know systems by name.
template <class P>
concept SystemParametersOf = requires(const P p, JsonReader& json, nlohmann::ordered_json& text,
                                      const Matrices& matrices, std::uint64_t seed,
                                      const NetworkShape& shape) {
  /// "dynamics" of a recipe.
  { P::name } -> std::convertible_to<const char*>;
  /// The keys of its own in a recipe, checked; and back.
  { P::read(json, shape) } -> std::same_as<P>;
  { p.write(text) } -> std::same_as<void>;
  /// Components of the state: rows of W_in; W_out has one column more.
  { p.width() } -> std::same_as<std::int64_t>;
  /// How often a step is repeated.
  { p.step_count() } -> std::same_as<std::int64_t>;
  /// The matrices of its own, and their values before training.
  { p.matrices() } -> std::same_as<std::vector<MatrixShape>>;
  { p.draw(seed) } -> std::same_as<Matrices>;
  /// The system itself, in single and double precision: a class as below.
  p.template make<float>(matrices);
  p.template make<double>(matrices);
  // Its program is lower(p, task), declared beside the parameters and defined by the compiler.
  // Optional: `static constexpr bool reads_in = false` when the state begins as the inputs themselves, so
  // that there is no W_in; void check(const Matrices&), which throws Error for values that cannot be run,
  // when there are such; Eigen::MatrixXd attractors() [width x classes] when the system is trained to end
  // there; P in_training(), the same system for another time, when training does not run all of it.
};

/// What a system has besides when it is integrated in steps, so that an error budget can be kept
/// (compare/state_error.hpp).
template <class P>
concept IntegratedInSteps = requires(const P p, std::int64_t steps) {
  /// The same system over the same duration in so many steps. Throws Error when they would be unstable.
  { p.in_steps(steps) } -> std::same_as<P>;
  /// The key of the step and its value: "step_ps 30".
  { p.step_text() } -> std::same_as<std::string>;
  /// What vectors() calls the state after a step.
  { P::state_vectors() } -> std::same_as<std::vector<std::string>>;
};

/// Whether a network with this system has a W_in.
template <class P>
constexpr bool has_read_in() {
  if constexpr (requires { P::reads_in; }) return P::reads_in;
  return true;
}
/// Whether the loss is the distance of x(T) to an attractor, to a power; its overlaps with them are the
/// outputs.
template <class P>
constexpr bool has_attractors() {
  return requires(const P p) { p.attractors(); };
}

/// The system that make() returns: a fixed map from x(0) to x(T), with its derivative.
///
/// A Trajectory is a batch on its way: `first()` is what the caller fills, x(0) or what becomes it; `last()`
/// is x(T) after forward, with one row more for the caller's bias, undefined after forward; `covector` is
/// dL/dx(T) before vjp and dL/d first() after it. Without `remember` there is no room for vjp and jvp.
///
/// A system with trained matrices also has
///
///   trained()                 pointers to them, std::vector<Panels<Scalar>*>, in the order of matrices()
///   weights_changed(team)     to be called after any of them was changed
///   Trajectory::gradients     std::vector<Panels<Scalar>>: dL/d of each, which vjp leaves
template <class S>
concept DynamicalSystem = requires(const S system, typename S::Trajectory trajectory,
                                   const typename S::Trajectory& passed, const typename S::Matrix& tangent,
                                   Team& team) {
  typename S::Scalar;
  { system.make_trajectory(Eigen::Index{}, true) } -> std::same_as<typename S::Trajectory>;
  { trajectory.first() } -> std::same_as<Panels<typename S::Scalar>&>;
  { trajectory.last() } -> std::same_as<Panels<typename S::Scalar>&>;
  { trajectory.covector } -> std::same_as<Panels<typename S::Scalar>&>;
  system.forward(trajectory, team);
  system.vjp(trajectory, team);
  { system.jvp(passed, tangent, team) } -> std::same_as<typename S::Matrix>;
  /// The vectors that a compiled program computes too, under the names that it records for them.
  { system.vectors(passed) } -> std::same_as<VectorSequence>;
};

template <class S>
concept TrainedSystem = DynamicalSystem<S> &&
    requires(S system, typename S::Trajectory trajectory, Team& team) {
  { system.trained() } -> std::same_as<std::vector<Panels<typename S::Scalar>*>>;
  system.weights_changed(team);
  { trajectory.gradients } -> std::same_as<std::vector<Panels<typename S::Scalar>>&>;
};

/// A batch on its way through any system; see DynamicalSystem.
template <class Scalar>
class Run {
 public:
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  virtual ~Run() = default;
  virtual Panels<Scalar>& first() = 0;
  virtual Panels<Scalar>& last() = 0;
  virtual Panels<Scalar>& covector() = 0;
  virtual void forward(Team& team) = 0;
  virtual void vjp(Team& team) = 0;
  virtual Matrix jvp(const Matrix& tangent, Team& team) const = 0;
  virtual VectorSequence vectors() const = 0;
  /// Of the trained matrices of the system, after vjp.
  virtual std::span<const Panels<Scalar>> gradients() const = 0;
};

/// Any system. Its runs must not outlive it.
template <class Scalar>
class System {
 public:
  virtual ~System() = default;
  virtual std::unique_ptr<Run<Scalar>> run(Eigen::Index samples, bool remember = true) const = 0;
  /// The trained matrices of the system, none for most, and what to call when one was changed.
  virtual std::vector<Panels<Scalar>*> trained() = 0;
  virtual void weights_changed(Team& team) = 0;
};

}  // namespace stoic
