#pragma once
#include <Eigen/Core>
#include <concepts>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "stoic/host/dynamics/initialisation.hpp"
#include "stoic/host/dynamics/time_axis.hpp"
#include "stoic/host/integration/part.hpp"
#include "stoic/host/integration/trajectory.hpp"
#include "stoic/host/kernels/panels.hpp"
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

/// What the read-in and the read-out have decided before a system's keys are read.
struct NetworkShape {
  std::int64_t inputs;
  std::int64_t classes;
};

/// What a system may have beside: a misspelt member does not compile.
struct Traits {
  /// Whether the network has a W_in; else the state begins as the inputs themselves.
  bool reads_in = true;
  /// Components of x(T), which W_out reads, where they are not those of x(0).
  std::optional<std::int64_t> last_width = {};
  /// How W_in, W_out and convolutions are drawn; other than by PyTorch's default, their biases begin at 0.
  WeightDraw ends = {};
  /// [width x classes], or nothing: the loss is the distance of x(T) to them, to a power; its overlaps with
  /// them are the outputs.
  Eigen::MatrixXd attractors = {};
  /// Where the loss is taken, when training does not run all of the duration.
  std::optional<double> training_duration = {};
  /// Throws Error for matrices that the system cannot be run with.
  std::function<void(const Matrices&)> check = {};
  /// What vectors() calls the parts of the state after a step, in this order; they hold the state times
  /// `unit`. Nothing for a map, whose steps have no error.
  struct StateVector {
    std::string name;
    double unit = 1;
  };
  std::vector<StateVector> state_vectors = {};
  /// A function of the state behind a step: ln |det| of the step's derivative, of a map; the divergence of
  /// the slope there, of a differential equation. The sum of all Lyapunov exponents is its mean. Nothing
  /// where it is not known.
  std::function<std::function<double(const Eigen::VectorXd&)>(const Matrices&)> expansion = {};
};

/// What a dynamical system is to the rest of the house. A system NAME has
///
///   dynamics/NAME.hpp         its parameters (this concept), its equation, and the system that integrated.hpp
///                             makes of both
///   compiler/lower_NAME.cpp   lower(p, task), its program; without it the system trains and runs in float alone
///   models/*-NAME.json        a recipe
///
/// and its line in dynamics/systems.hpp. Beside it only report/system_words.cpp, which says in words what it
/// is, and `stoic analyze attractors`, which is SA-nODE's, know systems by name.
template <class P>
concept SystemParametersOf = requires(const P p, JsonReader& json, nlohmann::ordered_json& text,
                                      const Matrices& matrices, std::uint64_t seed, const NetworkShape& shape,
                                      double duration, std::int64_t steps) {
  /// "dynamics" of a recipe.
  { P::name } -> std::convertible_to<const char*>;
  /// The keys of its own in a recipe, checked; and back.
  { P::read(json, shape) } -> std::same_as<P>;
  { p.write(text) } -> std::same_as<void>;
  /// Components of the state: rows of W_in; W_out has one column more, or as traits() says.
  { p.width() } -> std::same_as<std::int64_t>;
  /// The matrices of its own, and their values before training.
  { p.matrices() } -> std::same_as<std::vector<MatrixShape>>;
  { p.draw(seed) } -> std::same_as<Matrices>;
  /// Its time, and the same system over another one in so many steps. Throws Error when they would be
  /// unstable.
  { p.time() } -> std::same_as<TimeAxis>;
  { p.over(duration, steps) } -> std::same_as<P>;
  { p.traits() } -> std::same_as<Traits>;
  /// The system itself, in single and double precision: a class as below.
  p.template make<float>(matrices);
  p.template make<double>(matrices);
};

/// The system that make() returns: a fixed map from v, what the read-in gives, to x(T), with its derivative.
/// Most are an Integrated (integrated.hpp), which says what the functions do.
///
/// A Passage is a batch on its way forward alone; a Trajectory remembers, and has a derivative. `first()` is
/// what the caller fills, v; `last()` is x(T) after forward, with one row more for the caller's bias.
template <class S>
concept DynamicalSystem = requires(const S system, typename S::Passage passage,
                                   typename S::Trajectory trajectory, const typename S::Matrix& columns,
                                   Team& team) {
  typename S::Scalar;
  { system.make_passage(Eigen::Index{}) } -> std::same_as<typename S::Passage>;
  { system.make_trajectory(Eigen::Index{}) } -> std::same_as<typename S::Trajectory>;
  { passage.first() } -> std::same_as<Panels<typename S::Scalar>&>;
  { passage.last() } -> std::same_as<Panels<typename S::Scalar>&>;
  { trajectory.covector } -> std::same_as<Panels<typename S::Scalar>&>;
  system.forward(passage, team);
  system.forward(trajectory, team);
  system.vjp(trajectory, team);
  { system.push(trajectory, columns, Part::flow, team) } -> std::same_as<typename S::Matrix>;
  { system.pull(trajectory, columns, Part::flow, team) } -> std::same_as<typename S::Matrix>;
  /// See System and Run.
  { system.dimension() } -> std::same_as<Eigen::Index>;
  { system.tangential(columns, columns, team) } -> std::same_as<typename S::Matrix>;
  { system.start(trajectory) } -> std::same_as<typename S::Matrix>;
  /// The vectors that a compiled program computes too, under the names that it records for them.
  { system.vectors(trajectory) } -> std::same_as<VectorSequence>;
};

/// One with trained matrices.
template <class S>
concept TrainedSystem = DynamicalSystem<S> &&
    requires(S system, typename S::Trajectory trajectory, Team& team) {
  /// In the order of matrices().
  { system.trained() } -> std::same_as<std::vector<Panels<typename S::Scalar>*>>;
  /// To be called after any of them was changed.
  system.weights_changed(team);
  /// dL/d of each, which vjp leaves.
  { trajectory.gather.gradients } -> std::same_as<std::vector<Panels<typename S::Scalar>>&>;
};

/// A stretch of the way from v to x(T) that has a derivative of its own: an array of a chain, a layer.
struct Link {
  std::string name;       ///< "array 2", "layer 1"
  Eigen::Index from = 0;  ///< components of what it gets: v, or what the link before it ends with
  Eigen::Index to = 0;    ///< components of what it ends with
};

/// A system that is made of links, of which analyses ask one by one. The derivative of a link is from what
/// the link before it ended with (of the first: from v), so that all links, one after the other, are the
/// network. Other systems are one link.
template <class S>
concept LinkedSystem = requires(const S system, typename S::Trajectory trajectory, std::size_t k,
                                const typename S::Matrix& columns, Team& team) {
  { system.links() } -> std::same_as<std::vector<Link>>;
  { system.push_link(trajectory, k, columns, team) } -> std::same_as<typename S::Matrix>;
  { system.pull_link(trajectory, k, columns, team) } -> std::same_as<typename S::Matrix>;
};

/// A batch on its way through any system, forward only; see DynamicalSystem.
template <class Scalar>
class ForwardRun {
 public:
  virtual ~ForwardRun() = default;
  virtual Panels<Scalar>& first() = 0;
  virtual Panels<Scalar>& last() = 0;
  virtual void forward(Team& team) = 0;
};

/// One that remembers its way, and has a derivative after forward.
template <class Scalar>
class Run : public ForwardRun<Scalar> {
 public:
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  /// dL/dx(T) before vjp, dL/dv after it.
  virtual Panels<Scalar>& covector() = 0;
  virtual void vjp(Team& team) = 0;
  /// Of the trained matrices of the system, after vjp.
  virtual std::span<const Panels<Scalar>> gradients() const = 0;
  /// The derivative along tangents [width x samples * several], those of a sample side by side, and its
  /// transpose: of the network, from v, or of the flow, from x(0).
  virtual Matrix push(const Matrix& tangents, Part part, Team& team) = 0;
  virtual Matrix pull(const Matrix& covectors, Part part, Team& team) = 0;
  /// x(0) [width x samples], after forward.
  virtual Matrix start() = 0;
  /// The links that the way is made of, and the derivative of one of them and its transpose; see
  /// LinkedSystem.
  virtual std::vector<Link> links() const = 0;
  virtual Matrix push_link(std::size_t link, const Matrix& tangents, Team& team) = 0;
  virtual Matrix pull_link(std::size_t link, const Matrix& covectors, Team& team) = 0;
  virtual VectorSequence vectors() = 0;
};

/// States of any system [width x samples] that go on step by step, for as long as one likes. They begin at
/// x(0): the start (f_norm) is apart.
template <class Scalar>
class Orbit {
 public:
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  virtual ~Orbit() = default;
  virtual void set_state(const Matrix& x) = 0;
  virtual Matrix state() const = 0;
  /// Steps done since set_state.
  virtual std::int64_t steps() const = 0;
  /// One step.
  virtual void step(Team& team) = 0;
  /// The derivative of the last step along tangents, several for each sample, and its transpose.
  virtual Matrix push(const Matrix& tangents, Team& team) = 0;
  virtual Matrix pull(const Matrix& covectors, Team& team) = 0;
};

/// Steps on, and shows the state after every step: look(steps done, state) returns whether to go on.
template <class Scalar, class Look>
void follow(Orbit<Scalar>& orbit, std::int64_t steps, Team& team, const Look& look) {
  for (std::int64_t i = 0; i < steps; ++i) {
    orbit.step(team);
    if (!look(orbit.steps(), orbit.state())) return;
  }
}

/// Any system. Its runs and orbits must not outlive it.
template <class Scalar>
class System {
 public:
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  virtual ~System() = default;
  virtual std::unique_ptr<ForwardRun<Scalar>> forward_run(Eigen::Index samples) const = 0;
  virtual std::unique_ptr<Run<Scalar>> run(Eigen::Index samples) const = 0;
  /// Throws Error for a chain of systems, which has no step of its own.
  virtual std::unique_ptr<Orbit<Scalar>> orbit(Eigen::Index samples) const = 0;
  /// In double precision: the same by RK4 in `refinement` steps for each of its own, of a differential
  /// equation; else its own orbit.
  virtual std::unique_ptr<Orbit<Scalar>> reference_orbit(Eigen::Index samples,
                                                         std::int64_t refinement) const = 0;
  /// Of the system; a chain's is that of each link.
  virtual const TimeAxis& time() const = 0;
  /// In how many directions a state can differ from another: less than its width where x(0) is on a surface,
  /// such as spheres.
  virtual Eigen::Index dimension() const = 0;
  /// The part of vectors [width x samples * several] along such directions at these states [width x samples];
  /// its own transpose.
  virtual Matrix tangential(const Matrix& states, const Matrix& vectors, Team& team) const = 0;
  /// x(T) of these v [width x samples] by RK4 in `refinement` times as many steps: what the continuous system
  /// does, but for its error. Throws Error for a map, which is no differential equation.
  virtual Matrix reference(const Matrix& v, std::int64_t refinement, Team& team) const = 0;
  /// The trained matrices of the system, none for most, and what to call when one was changed.
  virtual std::vector<Panels<Scalar>*> trained() = 0;
  virtual void weights_changed(Team& team) = 0;
};

}  // namespace stoic
