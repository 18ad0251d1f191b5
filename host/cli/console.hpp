#pragma once
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "stoic/host/report/text_table.hpp"

namespace stoic::cli {

/// Says what went wrong, in one line "stoic: TEXT" on standard error, whatever is in the text. Like all that
/// goes to standard error: when it cannot be written it is lost, and nothing else happens.
void say_error(std::string_view text);

/// Where a subcommand prints. With --json, standard output carries one JSON object and nothing else.
struct Console {
  bool json = false;
  bool text_on_stderr = false;                ///< the command's output takes standard output
  mutable std::vector<std::string> warnings;  ///< said so far; saying one changes nothing else

  /// Text for people: standard output, or standard error with --json or text_on_stderr. Control characters
  /// other than new lines are escaped. Throws Error when standard output cannot be written.
  void print(std::string_view text) const;
  /// The same, without a new line behind it, at once: what a program that runs prints.
  void write(std::string_view text) const;
  /// What the user should know though the command goes on: one line "stoic: warning: TEXT" on standard error,
  /// and a text of the result's array "warnings". The same text twice is said once.
  void warn(std::string_view text) const;
  /// The machine-readable result, an object, with "warnings" behind its own keys; printed with --json only.
  void result(const nlohmann::ordered_json& object) const;
};

/// A progress bar on standard error: silent for the first two seconds and where standard error is no
/// terminal.
class ProgressBar {
 public:
  ProgressBar(std::string label, std::int64_t total);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  void show(std::int64_t done, const std::string& note = "");

 private:
  using Clock = std::chrono::steady_clock;
  std::string label_;
  std::int64_t total_;
  bool terminal_;
  bool shown_ = false;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_{};
};

}  // namespace stoic::cli
