#pragma once
#include <optional>

#include "driven.hpp"
#include "stoic/host/driven/driven_scores.hpp"
#include "stoic/host/kernels/team.hpp"

namespace stoic::cli {

/// What compile, eval and cosim do of driven reservoirs in fixed point; returns an exit code, throws Stopped.
int compile_driven_model(const DrivenCompileOptions& options, Team& team);
/// What the float reference makes of the same series: of the model, and of the reservoir with the weights that an
/// image has, its read-out learnt anew.
struct DrivenReferences {
  SeriesError model, rounded;
  double ridge = 0;  ///< of the program's read-out, and of how many parts it is
  std::int64_t weight_parts = 1;
};
/// `data_matches`: see is_series_of().
int eval_driven_image(const DrivenEvalOptions& options, const Image& image, const TimeSeries& series,
                      const std::optional<bool>& data_matches,
                      const std::optional<DrivenReferences>& references, Team& team);
int cosim_driven_image(const DrivenCosimOptions& options, const Image& image, Team& team);

}  // namespace stoic::cli
