#pragma once
#include <cstdint>
#include <vector>

#include "stoic/host/compiler/compile_driven.hpp"
#include "stoic/host/compiler/driven_image.hpp"
#include "stoic/host/driven/driven_scores.hpp"

namespace stoic {

/// A series on the accelerator, step by step.
struct FixedSeries {
  std::vector<std::int32_t> inputs, outputs;  ///< codes of all steps, one step after the other
  std::int64_t steps = 0;
  std::int64_t saturations = 0;
  std::int64_t cycles_of_step = 0;  ///< START to DONE of one step by itself
};

/// Throws Error, naming `where`, unless the series has as many inputs and outputs as the image.
void require_fitting(const DrivenImage& ends, const TimeSeries& series, const std::string& where);

/// On golden, from rest through the first `steps` steps of the series. Before the test part its own targets are
/// fed back, in it the outputs.
FixedSeries run_golden_series(const Image& image, const DrivenImage& ends, const TimeSeries& series,
                              std::int64_t steps, Team& team);

/// As judge_driven(), of output codes of all steps; free runs are golden's.
DrivenScores judge_fixed(const Image& image, const DrivenImage& ends, const TimeSeries& series,
                         const std::vector<std::int32_t>& outputs, Team& team);

}  // namespace stoic
