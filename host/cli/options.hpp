#pragma once
#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "console.hpp"
#include "stoic/host/data/first_samples.hpp"
#include "stoic/host/library/options.hpp"
#include "stoic/host/report/text.hpp"

namespace stoic::cli {

/// A check that a number is between these; its message writes them as one would.
CLI::Validator in_range(double least, double most);

/// Options that several subcommands share, with one spelling and one help text.
void add_json(CLI::App& command, Console& console);
void add_data_dir(CLI::App& command, std::string& data_dir);
void add_threads(CLI::App& command, int& threads);
void add_hw(CLI::App& command, std::string& hw);
void add_limit(CLI::App& command, std::int64_t& limit);

/// --noise-obs, --noise-dyn, --noise-trial.
void add_noise(CLI::App& command, NoiseOptions& options);

/// --error-budget, --choose-step.
void add_error_budget(CLI::App& command, BudgetOptions& options);

/// "stoic compare", "stoic analyze ftmle": a command as one calls it.
std::string path_of(const CLI::App& command);
/// "stoic compare digits.npz --hw small": a command as it was given, without what changes no number of its
/// result: outputs, threads, folders of data, --json, --date, --shard, --merge. `with_folder`: as if -o had been given.
std::string command_text(const CLI::App& command, bool with_folder = false);

/// What --date asks for: the text itself, or of "now" today's date; nothing stands for the date of
/// $SOURCE_DATE_EPOCH, and is nothing without it. Throws CLI::ValidationError for a text that is no date.
std::string date_text(const std::string& given);

}  // namespace stoic::cli
