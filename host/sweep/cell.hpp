#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "stoic/host/model/training_data.hpp"
#include "stoic/host/sweep/sweep.hpp"

namespace stoic {

/// What a cell was trained and judged on.
struct CellData {
  std::string key;  ///< data_key(): cells that agree in it have the same data
  DataHalf training, judging;
  bool operator==(const CellData&) const = default;
};

/// Finite-time Lyapunov exponents of the trained cell, x(0) to x(T) of the judging samples.
struct CellFtmle {
  double mean = 0, deviation = 0;
  std::int64_t samples = 0;
  double largest_residual = 0;
  std::string unit;
  bool operator==(const CellFtmle&) const = default;
};

/// What a cell's file holds. Nothing in it depends on time or machine load, so that equal cells are equal
/// files.
struct CellResult {
  std::vector<double> accuracy;  ///< after each epoch, on the judging samples
  std::vector<double> loss;      ///< mean of each epoch
  std::string diverged;          ///< the message, when the training did; then there may be fewer epochs
  double chance = 0;             ///< share of the most frequent class among the judging samples
  std::int64_t judged = 0;       ///< judging samples; 0: not known
  std::optional<CellData> data;  ///< nothing: not known
  /// Where the sweep measures it; nothing where a sample diverged or no exponent is finite.
  std::optional<CellFtmle> ftmle = {};

  bool operator==(const CellResult&) const = default;

  /// Whoever is not above this accuracy has learned nothing: `chance` and 5 points, or 3 standard errors of
  /// it where that is more, but at most half of what is left to 1.
  double learned_above() const;
  /// The first epoch, from 1, whose accuracy is within `margin` of the best one, or the last such. Nothing
  /// for a training that diverged, and where no epoch is above learned_above().
  std::optional<std::int64_t> epoch_of_convergence(double margin, bool last = false) const;
  /// After the last epoch, or the largest of all epochs.
  double accuracy_by(bool authors) const;
};

std::string cell_text(const SweepCell& cell, const Sweep& sweep, const CellResult& result);

/// Takes the files of earlier versions too, which lack `chance`: that is then 1 / classes; and `data`. Throws
/// Error when the file is not that of this cell.
CellResult read_cell(const std::filesystem::path& file, const SweepCell& cell, const Sweep& sweep);

}  // namespace stoic
