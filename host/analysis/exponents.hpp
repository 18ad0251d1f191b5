#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "stoic/host/analysis/batch_means.hpp"
#include "stoic/host/analysis/evolution.hpp"

namespace stoic {

/// How long a system is followed for its exponents, in its own time.
struct ExponentTask {
  Eigen::Index count = 0;       ///< how many of the largest; 0: all
  double transient = 0;         ///< before anything is measured; the tangents turn in its second half
  double duration = 0;          ///< of what is measured
  double interval = 0;          ///< between two orthonormalisations; 0: chosen from how fast tangents part
  double longest_interval = 0;  ///< when it is chosen; 0: 64 steps
  std::uint64_t seed = 1;       ///< of the tangents' first directions
  /// Shown done and all of the steps now and then; empty: nobody looks.
  std::function<void(std::int64_t, std::int64_t)> progress = {};
};

/// The largest Lyapunov exponents: mean rates at which infinitely small disturbances grow, in 1/time.
struct LyapunovSpectrum {
  std::vector<Estimate> exponents;  ///< largest first
  Eigen::MatrixXd batches;     ///< what they are means of, in their order [exponents x batches]; or empty
  Eigen::Index dimension = 0;  ///< how many there are
  bool converged = false;
  std::string verdict;  ///< why, in words
  /// The orbit fell on a point that arithmetic of finite words holds and the map does not.
  bool collapsed = false;
  /// The system came to rest at a stable fixed point: the exponents are the real parts of eigenvalues there.
  bool at_rest = false;
  Estimate sum;  ///< of those that were asked for
  /// What the sum of all of them must be: the mean expansion of volumes along the same orbit, which the
  /// system states. Nothing where it does not, or where not all were asked for.
  std::optional<double> expected_sum;
  /// Kaplan and Yorke's dimension of the attractor; nothing where it takes more exponents than were asked
  /// for.
  std::optional<double> kaplan_yorke;
  double transient = 0, duration = 0, interval = 0;  ///< as they were, whole steps
  std::int64_t steps = 0;                            ///< measured
  bool complete() const { return static_cast<Eigen::Index>(exponents.size()) == dimension; }
};

/// Batches whose means the intervals are made of.
constexpr Eigen::Index exponent_batches = 20;

/// Follows the evolution from its state by the method of Benettin and others (1980): the tangents of paper
/// 001, eq. 10, with an orthonormalisation in every interval. Intervals are Student's over batch means, never
/// narrower than rounding. Throws Error for a count above the dimension, a duration of less than a step for
/// each batch, and an orbit that diverges.
LyapunovSpectrum lyapunov_spectrum(Evolution& evolution, const ExponentTask& task);

/// j + Σ_{i<=j} λ_i / |λ_{j+1}|, j the most exponents whose sum is not negative. Nothing where the sum of all
/// given is not yet negative and they are fewer than `dimension`.
std::optional<double> kaplan_yorke_dimension(const std::vector<Estimate>& exponents, Eigen::Index dimension);

}  // namespace stoic
