#pragma once
#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "console.hpp"
#include "stoic/host/data/dataset.hpp"
#include "stoic/host/learning/noise.hpp"
#include "stoic/host/model/model.hpp"
#include "stoic/host/report/text.hpp"

namespace stoic::cli {

/// Options that several subcommands share, with one spelling and one help text.
void add_json(CLI::App& command, Console& console);
void add_data_dir(CLI::App& command, std::string& data_dir);
void add_threads(CLI::App& command, int& threads);
void add_hw(CLI::App& command, std::string& hw);
void add_limit(CLI::App& command, std::int64_t& limit);

/// Noise as the command line asks for it.
struct NoiseOptions {
  SignalToNoise ratios;
  std::int64_t trial = 0;

  bool any() const { return ratios.observation || ratios.dynamic; }
};
/// --noise-obs, --noise-dyn, --noise-trial.
void add_noise(CLI::App& command, NoiseOptions& options);
/// One word or two for a person: "observational 10, dynamical 3".
std::string noise_text(const NoiseOptions& options);
/// Its standard deviations for a model; the signal is measured on all of `test_data`.
Noise noise_for(const Model& model, const NoiseOptions& options, const Dataset& test_data, int threads = 0);

/// What the state that is read out may be off by, compared with the continuous system; 0: anything.
struct BudgetOptions {
  double budget = 0;
  bool choose_step = false;
};
/// --error-budget, --choose-step.
void add_error_budget(CLI::App& command, BudgetOptions& options);
/// Gives the model the longest step that the budget allows, if that is asked for. Throws Error for a budget
/// of a system without steps.
void apply_budget(Model& model, const Dataset& calibration, const BudgetOptions& options);

/// "stoic compare", "stoic analyze ftmle": a command as one calls it.
std::string path_of(const CLI::App& command);
/// "stoic compare digits.npz --hw small": a command as it was given, without what changes no number of its
/// result: outputs, threads, folders of data, --json, --date.
std::string command_text(const CLI::App& command);

/// What --date asks for: the text itself, or of "now" today's date; nothing stands for the date of
/// $SOURCE_DATE_EPOCH, and is nothing without it. Throws CLI::ValidationError for a text that is no date.
std::string date_text(const std::string& given);

/// The first `samples` of a data set; all of them for 0.
Dataset first_samples(const Dataset& data, std::int64_t samples);

}  // namespace stoic::cli
