#include "options.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <set>

#include "stoic/host/learning/noise.hpp"
#include "stoic/host/model/setting.hpp"

namespace stoic::cli {
namespace {

/// CLI11 has read the text as a number before, or will refuse it after.
std::string check_ratio(const std::string& text) {
  double ratio = 0;
  if (CLI::detail::lexical_cast(text, ratio) && std::isfinite(ratio) && ratio > 0) return "";
  return "\"" + text + "\" is no positive ratio of variances, signal over noise, such as 10";
}

}  // namespace

CLI::Validator in_range(double least, double most) {
  return {[least, most](const std::string& text) {
            const auto value = setting_value(text, "");
            if (value.is_number() && value.get<double>() >= least && value.get<double>() <= most)
              return std::string();
            return fmt::format("{} is not in the range {:g} to {:g}", text, least, most);
          },
          fmt::format("FLOAT in [{:g} - {:g}]", least, most)};
}

void add_json(CLI::App& command, Console& console) {
  command.add_flag("--json", console.json,
                   "print one JSON object on standard output, all else on standard error");
}

void add_data_dir(CLI::App& command, std::string& data_dir) {
  command
      .add_option("--data-dir", data_dir,
                  "folder of the data files; default: $STOIC_DATA_DIR. Built-in data needs none")
      ->type_name("DIR");
}

void add_threads(CLI::App& command, int& threads) {
  command.add_option("--threads", threads, "threads to use, 0 for all cores; changes no result")
      ->check(CLI::Range(0, 256));
}

void add_hw(CLI::App& command, std::string& hw) {
  command
      .add_option("--hw", hw,
                  "accelerator instance: tiny, compact, small, default, wide, or the path of a .json")
      ->capture_default_str()
      ->type_name("HW");
}

void add_limit(CLI::App& command, std::int64_t& limit) {
  auto* option =
      command.add_option("--limit", limit, "use only the first samples of the test data, 0 for all")
          ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 40))
          ->type_name("N");
  if (limit != 0) option->capture_default_str();
}

void add_noise(CLI::App& command, NoiseOptions& options) {
  const auto add = [&](const char* name, std::optional<double>& ratio, const char* what) {
    command.add_option(name, ratio, what)->check(CLI::Validator(check_ratio, ""))->type_name("RATIO");
  };
  add("--noise-obs", options.observation,
      "Gaussian noise on what the network reads in, before its dynamics: variance of the signal over "
      "variance "
      "of the noise");
  add("--noise-dyn", options.dynamic,
      "Gaussian noise on the state after its dynamics, before the read-out: the same ratio");
  command.add_option("--noise-trial", options.trial, "number of the draws of noise; each gives other noise")
      ->check(CLI::Range(std::int64_t{0}, static_cast<std::int64_t>(calibration_trial) - 1))
      ->capture_default_str()
      ->type_name("N");
}

void add_error_budget(CLI::App& command, BudgetOptions& options) {
  auto* budget =
      command
          .add_option("--error-budget", options.budget,
                      "of dynamics that are integrated in steps: refuse when the state at the end is further "
                      "than this, "
                      "root mean square over its components, "
                      "from that of the continuous system; half of it is for the step of the integrator")
          ->check(in_range(1e-12, 1.0))
          ->type_name("E");
  command
      .add_flag(
          "--choose-step", options.choose_step,
          "take the longest step within the budget, in float and in fixed point, whatever the recipe says")
      ->needs(budget);
}

std::string path_of(const CLI::App& command) {
  const auto* parent = command.get_parent();
  return parent == nullptr ? "stoic" : path_of(*parent) + " " + command.get_name();
}

std::string command_text(const CLI::App& command, bool with_folder) {
  static const std::set<std::string> left_out{"--output", "--threads", "--data-dir", "--json",
                                              "--date",   "--shard",   "--merge"};
  const auto quoted = [](const std::string& word) {
    const bool plain = !word.empty() && word.find_first_of(" \t\n'\"\\$`*?;&|<>()") == std::string::npos;
    if (plain) return word;
    std::string text = "'";
    for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return text + "'";
  };
  std::string text = path_of(command);
  for (const auto* option : command.get_options()) {
    const auto name = option->get_positional() ? "" : "--" + option->get_lnames().front();
    if ((option->count() > 0 || with_folder) && name == "--output") text += " -o FOLDER";
    if (option->count() == 0 || left_out.contains(name)) continue;
    if (option->get_items_expected_max() == 0)  // a flag
      text += fmt::format(" {}", option->results().front() == "false" ? "--no-" + name.substr(2) : name);
    else
      for (std::size_t i = 0; i < option->results().size(); ++i) {
        // An option of two values is named once for both.
        const bool named = !name.empty() && i % static_cast<std::size_t>(option->get_type_size()) == 0;
        text += fmt::format(" {}{}", named ? name + " " : "", quoted(option->results()[i]));
      }
  }
  return text;
}

std::string date_text(const std::string& given) {
  constexpr std::size_t longest = 64;
  const auto day = [](std::time_t time) { return fmt::format("{:%Y-%m-%d}", fmt::gmtime(time)); };
  if (given == "now") return day(std::time(nullptr));
  if (given.empty()) {
    const char* epoch = std::getenv("SOURCE_DATE_EPOCH");
    std::int64_t seconds = 0;
    constexpr std::int64_t year_9999 = 253402300799;
    if (epoch == nullptr || !CLI::detail::lexical_cast(std::string(epoch), seconds) || seconds < 0 ||
        seconds > year_9999)
      return "";
    return day(static_cast<std::time_t>(seconds));
  }
  const bool printable = std::all_of(given.begin(), given.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (!printable || given.size() > longest)
    throw CLI::ValidationError("--date", "takes up to 64 printable characters, such as 2026-03-01, or now");
  return given;
}

}  // namespace stoic::cli
