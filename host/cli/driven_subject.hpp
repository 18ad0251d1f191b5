#pragma once
#include <string>
#include <vector>

#include "analysis.hpp"
#include "stoic/host/driven/driven_model.hpp"

namespace stoic::cli {

/// A driven reservoir and its series, as analyses take them.
struct DrivenSubject {
  DrivenModel model;
  TimeSeries series;
};

/// That of a recipe (a .json file or a built-in name) after --set and these further settings; W_out is 0. Throws Error, also for
/// a recipe of another kind.
DrivenSubject draw_driven_subject(const AnalysisOptions& options, const std::vector<std::string>& more = {});
/// The same, or a trained model (.npz), which takes no settings.
DrivenSubject load_driven_subject(const AnalysisOptions& options);

}  // namespace stoic::cli
