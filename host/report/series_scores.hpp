#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "stoic/host/driven/driven_scores.hpp"

namespace stoic {

/// Lines for people: errors of the test part, of each output where there are several, memory capacity, free runs.
std::string scores_text(const DrivenScores& scores, const TimeSeries& series);
/// Keys test_steps, nrmse, nmse, smape, nmse_of, memory_capacity, recalled, accuracy, sequences, valid_time, valid_steps,
/// free_run_smape, free_runs; null for what a series does not have.
nlohmann::ordered_json scores_json(const DrivenScores& scores, const TimeSeries& series);

}  // namespace stoic
