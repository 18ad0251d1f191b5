#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analysis.hpp"
#include "stoic/host/analysis/catalogue.hpp"
#include "stoic/host/analysis/evolution.hpp"
#include "stoic/host/dynamics/systems.hpp"

// What the analyses of the long run share: exponents, Lyapunov time, bifurcation.
namespace stoic::cli {

struct LongRunOptions {
  AnalysisOptions common;
  std::optional<double> transient, duration;
  std::string start;        ///< "random", "sample" or "attractor"; empty: what suits the system
  bool as_it_runs = false;  ///< by the recipe's own method and step
  bool list = false;        ///< only say what the catalogue has
};

/// SYSTEM, --set, --data-dir, --list, --seed, --start, --as-it-runs, --transient, --duration.
void add_long_run(CLI::App& command, LongRunOptions& options);

/// Prints the catalogue: names, equations, parameters, what is known.
int list_catalogue(const Console& console);

/// A system by itself, at its start, ready to be followed.
struct LongRun {
  std::unique_ptr<System<double>> system;  ///< none of the catalogue
  Matrices matrices;
  std::unique_ptr<Evolution> evolution;
  const CatalogueSystem* known = nullptr;
  std::string rate_unit, time_unit;  ///< "per ps", "ps"
  std::string method;                ///< how it is followed, in words
  std::string start;
  double transient = 0;
  double longest = 0;   ///< suits one tangent
  double duration = 0;  ///< what was asked for; 0: nothing

  /// What was asked for, or what suits so many tangents (0: all).
  double duration_of(Eigen::Index tangents) const;
};

/// The system after the settings and these further ones. `number` adds to the seed of the start and, of a
/// recipe whose weights are only drawn, to that of the weights. The team must outlive it.
LongRun long_run(const LongRunOptions& options, const std::vector<std::string>& more, std::uint64_t number,
                 Team& team);

/// The axes of --over, and the text that points depend on.
std::vector<SweepAxis> long_run_axes(const LongRunOptions& options);
std::string long_run_identity(const LongRunOptions& options);

}  // namespace stoic::cli
