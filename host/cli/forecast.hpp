#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "analysis.hpp"
#include "driven_subject.hpp"
#include "stoic/host/kernels/team.hpp"
#include "stoic/sim/contract/config.hpp"

// A driven reservoir trained and judged at every point of a grid: `stoic analyze forecast`, and `stoic sweep` of a
// driven reservoir.
namespace stoic::cli {

struct Forecast {
  AnalysisOptions common;
  std::vector<SweepAxis> axes;
  std::vector<std::uint64_t> seeds;  ///< each point is the mean of these; none: of the one that it has
  std::optional<HardwareConfig> config = {};  ///< in fixed point on this instance too
  std::string title = {};                     ///< of the report; empty: after the recipe
  std::string what =
      {};  ///< the command or the sweep: with recipe, seeds, series and instance what a point depends on
};

/// All seeds of a point: every measure with its mean and interval. Throws DivergedError where all diverge.
nlohmann::ordered_json measure_forecast(const Forecast& forecast, const std::vector<std::string>& settings,
                                        Team& team, const ShowProgress& show);
/// For Curve::identity.
std::string forecast_identity(const Forecast& forecast);
/// Measures the points, prints them, writes the folder. An exit code.
int run_forecast(const Forecast& forecast);

}  // namespace stoic::cli
