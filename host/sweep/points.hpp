#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "stoic/host/sweep/sweep.hpp"

namespace stoic {

/// All seeds of one position of the grid, by their accuracy, as the convention of the sweep reads it.
struct GridPoint {
  std::vector<std::size_t> position;
  std::vector<double> accuracy;     ///< of the seeds that are there and did not diverge
  std::vector<double> convergence;  ///< epochs, of those among them that converged
  std::vector<double> ftmle;        ///< mean exponents of the seeds that have one
  std::string ftmle_unit;
  std::size_t diverged = 0;  ///< seeds
  std::size_t missing = 0;   ///< seeds without a file

  std::optional<double> mean_accuracy() const;
  /// Standard deviation over the seeds; of one seed there is none.
  std::optional<double> spread() const;
  std::optional<double> mean_convergence() const;
  std::optional<double> convergence_spread() const;
  std::optional<double> mean_ftmle() const;
  std::optional<double> ftmle_spread() const;
  /// What a reader should know beside the numbers: "1 seed is missing, 2 diverged"; empty mostly.
  std::string remark() const;
};

/// |log10 of the error| of an accuracy, at most 6.
double error_log10(double accuracy);

/// The points in the order of sweep_cells(), from the cells that are in `folder`. Throws Error for a file
/// that is no cell of the sweep.
std::vector<GridPoint> grid_points(const Sweep& sweep, const std::filesystem::path& folder);

}  // namespace stoic
