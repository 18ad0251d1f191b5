#include "stoic/host/compare/state_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>

#include "stoic/host/compare/deviation.hpp"
#include "stoic/host/compare/evaluate.hpp"
#include "stoic/host/compare/word_lengths.hpp"
#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/dynamics/systems.hpp"
#include "stoic/host/learning/read_in.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

/// Three groups of the integrator; 200 oscillators give 28,800 components.
constexpr std::int64_t measured_samples = 48;
/// Beyond it the duration holds more e-foldings than double precision resolves.
constexpr std::int64_t most_steps = 20'000;

Samples first_samples(const Dataset& data) { return data.samples.part(0, measured_samples); }

/// The system in so many steps; nothing when they are unstable.
std::optional<SystemParameters> in_steps(const SystemParameters& system, std::int64_t steps) {
  try {
    return over(system, time_axis(system).duration, steps);
  } catch (const Error&) {
    return {};
  }
}

/// "step_ps 30"
std::string step_text(const Recipe& recipe) {
  const auto time = time_axis(recipe.system);
  return fmt::format("{} {:.10g}", time.step_key, time.step);
}

/// v, what the read-in gives, of the first samples of `data`.
Eigen::MatrixXd starts(const Model& model, const Dataset& data) {
  return read_in_state(model, network_inputs(model.recipe, first_samples(data)));
}

/// x(T) in double precision by `system`, a column for each start.
Eigen::MatrixXd last_state(const Model& model, const SystemParameters& system, const Eigen::MatrixXd& v) {
  Team team(0);
  const auto made = make_system<double>(system, model.matrices);
  const auto run = made->forward_run(v.cols());
  run->first().assign(v);
  run->forward(team);
  return run->last().dense().topRows(v.rows());
}

ErrorSize size_of(const Eigen::MatrixXd& error) {
  return {std::sqrt(error.squaredNorm() / static_cast<double>(error.size())), error.cwiseAbs().maxCoeff()};
}

/// x(T) of the continuous system: by steps so fine that half as many change it by at most tolerance(x(T)),
/// root mean square.
Eigen::MatrixXd settled_state(const Model& model, const Eigen::MatrixXd& v,
                              const std::function<double(const Eigen::MatrixXd&)>& tolerance) {
  auto steps = model.recipe.step_count();
  while (!in_steps(model.recipe.system, steps)) steps *= 2;
  const auto system = make_system<double>(in_steps(model.recipe.system, steps).value(), model.matrices);
  Team team(0);
  auto coarse = system->reference(v, 1, team);
  std::int64_t refinement = 1;
  while (2 * refinement * steps <= most_steps) {
    refinement *= 2;
    auto fine = system->reference(v, refinement, team);
    if (size_of(fine - coarse).root_mean_square <= tolerance(fine)) return fine;
    coarse = std::move(fine);
  }
  throw Error(
      fmt::format("{}: not even {} steps settle the state at the end: neighbouring trajectories diverge too "
                  "fast; shorten "
                  "the duration or weaken the coupling",
                  step_text(model.recipe), refinement * steps));
}

/// Of the state after the last step.
ErrorSize error_of_words(const Model& model, const Image& image, const Dataset& data) {
  const auto vectors = deviations(model, image, data, measured_samples);
  const auto parts = traits(model.recipe.system).state_vectors;
  ErrorSize result;
  double squares = 0;
  for (const auto& part : parts) {
    const auto name = fmt::format("{}({})", part.name, model.recipe.step_count());
    const auto found = std::find_if(vectors.begin(), vectors.end(),
                                    [&](const Deviation& deviation) { return deviation.name == name; });
    if (found == vectors.end()) throw Error("the program records no vector " + name);
    squares += found->mean_square_error / (part.unit * part.unit * static_cast<double>(parts.size()));
    result.largest = std::max(result.largest, found->largest_error / part.unit);
  }
  result.root_mean_square = std::sqrt(squares);
  return result;
}

ErrorSize error_of_words(const Model& model, const HardwareConfig& config, const Calibration& calibration,
                         const Dataset& data) {
  return error_of_words(model, compile_image(model, calibration, config), data);
}

/// The least number from `least` to `most` that is enough, where every larger one is too; nothing if none is.
std::optional<std::int64_t> least_enough(std::int64_t least, std::int64_t most,
                                         const std::function<bool(std::int64_t)>& enough) {
  if (least > most || !enough(most)) return {};
  while (least < most) {
    const auto between = (least + most) / 2;
    if (enough(between))
      most = between;
    else
      least = between + 1;
  }
  return most;
}

/// The narrowest words whose error is at most `most`: states first, since weights only add to their error.
std::string sufficient_words(const Model& model, const HardwareConfig& config, const Dataset& calibration,
                             double most) {
  const auto calibrated = calibrate(model, calibration);
  const auto within = [&](std::int64_t states, std::int64_t weights) {
    return error_of_words(model, with_word_lengths(config, states, weights), calibrated, calibration)
               .root_mean_square <= most;
  };
  const auto states = least_enough(config.state_width, STOIC_STATE_WIDTH_MAX,
                                   [&](std::int64_t bits) { return within(bits, STOIC_WEIGHT_WIDTH_MAX); });
  if (!states)
    return "no words of the contract would do: the dynamics amplifies every rounding; shorten the duration "
           "or "
           "raise the budget";
  const auto weights = least_enough(config.weight_width, STOIC_WEIGHT_WIDTH_MAX,
                                    [&](std::int64_t bits) { return within(*states, bits); });
  return fmt::format("states of {} and weights of {} bits would do", *states, weights.value());
}

[[noreturn]] void refuse(double budget, const std::string& why) {
  throw Error(fmt::format("error budget {:.3g} for the state at the end, root mean square: {}", budget, why));
}

}  // namespace

std::optional<double> StateError::weights() const {
  if (words.root_mean_square < rounding.root_mean_square) return {};
  return std::sqrt(words.root_mean_square * words.root_mean_square -
                   rounding.root_mean_square * rounding.root_mean_square);
}

double StateError::total() const { return std::hypot(step.root_mean_square, words.root_mean_square); }

bool has_steps(const Recipe& recipe) { return time_axis(recipe.system).integrated(); }

std::string budget_obstacle(const Recipe& recipe) {
  return fmt::format("the dynamics \"{}\" is no differential equation, so that no integrator is off",
                     recipe.dynamics());
}

StateError state_error(const Model& model, const Image& image, const Calibration& calibration,
                       const Dataset& data) {
  StateError result{.samples = std::min(measured_samples, data.size())};
  result.words = error_of_words(model, image, data);
  const auto& config = image.config;
  result.rounding = error_of_words(
      model, with_word_lengths(config, config.state_width, STOIC_WEIGHT_WIDTH_MAX), calibration, data);
  const auto v = starts(model, data);
  const auto stepped = last_state(model, model.recipe.system, v);
  const auto step_of = [&](const Eigen::MatrixXd& settled) { return size_of(stepped - settled); };
  constexpr double share = 1e-2, rounding_of_double = 1e-13;
  result.step = step_of(settled_state(model, v, [&](const Eigen::MatrixXd& settled) {
    return share * step_of(settled).root_mean_square + rounding_of_double;
  }));
  return result;
}

Recipe with_step_within(const Model& model, const Dataset& data, double budget) {
  const double most = step_share * budget;
  const auto v = starts(model, data);
  const auto settled = settled_state(model, v, [&](const auto&) { return most / 100; });
  const auto within = [&](std::int64_t steps) {
    const auto system = in_steps(model.recipe.system, steps);
    return system && size_of(last_state(model, *system, v) - settled).root_mean_square <= most;
  };
  std::int64_t enough = 1;
  while (!within(enough)) {
    if (enough > most_steps)
      throw Error(fmt::format(
          "error budget {:.3g}: not even {} steps are within the half of it that is for the step; "
          "raise the budget",
          budget, enough));
    enough *= 2;
  }
  auto recipe = model.recipe;
  recipe.system = in_steps(recipe.system, least_enough(enough / 2 + 1, enough, within).value()).value();
  return recipe;
}

void require_within(double budget, const StateError& error, const Model& model, const HardwareConfig& config,
                    const Dataset& calibration) {
  const double step = error.step.root_mean_square;
  if (step > step_share * budget)
    refuse(budget,
           fmt::format(
               "the integrator with {} alone is off by {:.3g}, and half of the budget is for the step; {} "
               "is the longest that would do",
               step_text(model.recipe), step, step_text(with_step_within(model, calibration, budget))));
  if (error.total() > budget)
    refuse(
        budget,
        fmt::format("rounding to {}-bit states is off by {:.3g}, to {}-bit weights by {}, the step by "
                    "{:.3g}; {}",
                    config.state_width, error.rounding.root_mean_square, config.weight_width,
                    error.weights() ? fmt::format("{:.3g}", *error.weights()) : "no more than chance", step,
                    sufficient_words(model, config, calibration, std::sqrt(budget * budget - step * step))));
}

std::string step_warning(const StateError& error, const Recipe& recipe) {
  if (error.step.root_mean_square <= error.words.root_mean_square) return "";
  return fmt::format(
      "the integrator with {} moves the state at the end by {:.3g}, root mean square, which is more "
      "than rounding to words does "
      "({:.3g}); a shorter step would be more faithful to the continuous system",
      step_text(recipe), error.step.root_mean_square, error.words.root_mean_square);
}

}  // namespace stoic
