#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "stoic/host/data/dataset.hpp"
#include "stoic/sim/contract/config.hpp"
#include "stoic/sim/contract/image.hpp"

// How far the state that an accelerator reads out is from that of the continuous system, and what of it comes
// from the step of the integrator, what from words of few bits. For systems that are integrated in steps.
namespace stoic {

class Calibration;

struct Model;
struct Recipe;

/// Error of a component of x(T), the state at the end, over samples and components.
struct ErrorSize {
  double root_mean_square = 0;
  double largest = 0;  ///< magnitude
};

struct StateError {
  std::int64_t samples = 0;
  ErrorSize step;      ///< the recipe's step against steps so fine that they no longer matter
  ErrorSize words;     ///< fixed point against double precision with the same step
  ErrorSize rounding;  ///< what is left of that with the widest weights there are: rounded states

  /// Root mean square, of rounded weights: words without rounding. Nothing where words are off by less than rounded
  /// states alone, so that what weights add cannot be told from chance.
  std::optional<double> weights() const;
  double total() const;  ///< root mean square, of step and words
};

/// Whether the recipe's system is integrated in steps whose error can be measured.
bool has_steps(const Recipe& recipe);
/// Why it has no error budget when it has none, as the end of a sentence.
std::string budget_obstacle(const Recipe& recipe);

/// Measures on the first few samples of `data`; `image` was compiled from `model`, without noise, with
/// `calibration`. Throws Error when the trajectories diverge so fast that no step settles them.
StateError state_error(const Model& model, const Image& image, const Calibration& calibration,
                       const Dataset& data);

/// Half of an error budget is for the step of the integrator, so that three quarters of its square are left
/// for words.
constexpr double step_share = 0.5;

/// The recipe with the longest step that divides the duration and keeps ErrorSize::root_mean_square within
/// step_share of `budget` on the first samples of `data`. Throws Error when none does.
Recipe with_step_within(const Model& model, const Dataset& data, double budget);

/// Throws Error unless the step is within step_share of `budget` and the total within `budget`; with the
/// reason, and the longest step or the word lengths that would do.
void require_within(double budget, const StateError& error, const Model& model, const HardwareConfig& config,
                    const Dataset& calibration);

/// Why the step deserves attention: it moves x(T) more than words do. Empty if it does not.
std::string step_warning(const StateError& error, const Recipe& recipe);

}  // namespace stoic
