#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <vector>

#include "stoic/host/driven/driven_model.hpp"
#include "stoic/host/kernels/team.hpp"

namespace stoic {

/// A function of past inputs that states may hold: a product of Legendre polynomials, each of another input.
struct CapacityTerm {
  struct Factor {
    std::int64_t input = 0;   ///< which of the inputs of a step
    std::int64_t delay = 0;   ///< of how many steps before; 0 is the step's own
    std::int64_t degree = 0;  ///< of the polynomial, 1 is the input itself
    bool operator==(const Factor&) const = default;
  };
  std::vector<Factor> factors;  ///< longest delay first
  double capacity = 0;
};

struct CapacityOfDegree {
  std::int64_t degree = 0;
  double capacity = 0;
  std::int64_t terms = 0, held = 0;  ///< looked at; of these with a capacity
  std::int64_t delays = 0;           ///< that were looked at, from 0 on
  std::vector<double>
      by_delay;      ///< capacity of the terms whose longest delay it is, up to the last that hold any
  bool cut = false;  ///< longer delays were not looked at, though they may hold something
};

/// How much of its inputs' past a reservoir holds: the information processing capacity of J. Dambre, D. Verstraeten,
/// B. Schrauwen and S. Massar, Sci. Rep. 2, 514 (2012).
struct ProcessingCapacity {
  std::int64_t features = 0, rank = 0, samples = 0;
  double threshold = 0;  ///< a share of explained variance below it counts as chance
  double total =
      0;  ///< at most the rank, but for the error of each capacity; less where noise, other functions or longer delays take the rest
  std::vector<CapacityOfDegree> degrees;
  std::vector<CapacityTerm> terms;  ///< with a capacity, largest first
};

struct CapacityOptions {
  std::int64_t samples = 20000;  ///< steps that are measured over
  std::int64_t degree = 4;       ///< the largest
  std::int64_t delays = 500;     ///< the longest
  std::int64_t terms = 20000;    ///< of each degree at most; a degree ends with whole delays
  std::uint64_t seed = 1;        ///< of the inputs
  /// Called with degrees that are done, and all of them.
  std::function<void(std::int64_t done, std::int64_t all)> progress = {};
};

/// Of states [features x samples], driven by independent inputs that are uniform in [-1, 1], [inputs x (lead + samples)]:
/// the input of sample t is column lead + t, those before are its past.
///
/// The capacity of a term z is 1 - min over w of Σ (z - w·[x; 1])² / Σ (z - mean)², the share of it that a linear read-out
/// recovers. Where states are many and samples few, chance alone makes it rank / samples: it is corrected as an adjusted
/// coefficient of determination is, and is 0 where the share is below twice the value that χ² of `rank` degrees of freedom
/// exceeds once in 10⁴, over the samples (section 3 of the supplement). Terms come by degree, then by their longest delay;
/// a degree ends after ten delays in a row that hold nothing. Threads change no bit.
/// Throws Error for fewer than ten samples a feature, for a lead that is shorter than the delays, and Stopped.
ProcessingCapacity processing_capacity(const Eigen::MatrixXd& states, const Eigen::MatrixXd& inputs,
                                       const CapacityOptions& options, Team& team);

/// Of what the read-out of a model sees, driven from rest by independent uniform inputs that have mean and deviation of its
/// series before the test part, of any read-out. Throws Error as above, for feedback, which has no output to take, and
/// where the reservoir diverges.
ProcessingCapacity processing_capacity(const DrivenModel& model, const TimeSeries& series,
                                       const CapacityOptions& options, Team& team);

}  // namespace stoic
