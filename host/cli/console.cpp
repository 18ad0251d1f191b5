#include "console.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "interrupt.hpp"
#include "stoic/host/report/text.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/json.hpp"
#include "stoic/sim/io/printable.hpp"

namespace stoic::cli {

namespace {

/// A message that cannot be told is no reason to stop; a result that cannot be written is.
void put(std::FILE* file, std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), file) < text.size() && file == stdout)
    throw Error("standard output: cannot be written; check the disk or pipe behind it");
}

}  // namespace

void say_error(std::string_view text) { put(stderr, "stoic: " + one_line(text) + "\n"); }

void Console::print(std::string_view text) const {
  put(json || text_on_stderr ? stderr : stdout, printable(text, "\n") + "\n");
}

void Console::write(std::string_view text) const {
  put(json ? stderr : stdout, text);
  std::fflush(json ? stderr : stdout);
}

void Console::warn(std::string_view text) const {
  if (std::find(warnings.begin(), warnings.end(), text) != warnings.end()) return;
  warnings.emplace_back(text);
  say_error(fmt::format("warning: {}", text));
}

void Console::result(const nlohmann::ordered_json& object) const {
  if (!json) return;
  auto complete = object;
  if (complete.is_object()) complete["warnings"] = warnings;
  put(stdout, json_text(complete, 2) + "\n");
}

namespace {

/// Of the terminal behind standard error, as wide as it is now; $COLUMNS where it does not say.
std::size_t terminal_columns() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const char* columns = std::getenv("COLUMNS");
  const int number = columns != nullptr ? std::atoi(columns) : 0;
  return number > 0 ? static_cast<std::size_t>(number) : 80;
}

}  // namespace

ProgressBar::ProgressBar(std::string label, std::int64_t total)
    : label_(std::move(label)),
      total_(std::max<std::int64_t>(total, 1)),
      terminal_(::isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
  if (!shown_) return;
  progress_is_shown(false);
  put(stderr, "\r\033[K");
}

void ProgressBar::show(std::int64_t done, const std::string& note) {
  using namespace std::chrono_literals;
  const auto now = Clock::now();
  if (!terminal_ || now - start_ < 2s || now - last_ < 100ms) return;
  last_ = now;
  shown_ = true;
  progress_is_shown(true);
  constexpr std::int64_t width = 30;
  const auto filled = static_cast<std::size_t>(std::clamp<std::int64_t>(done * width / total_, 0, width));
  const auto line =
      fmt::format("{} [{:<30}] {:3}% {}", label_, std::string(filled, '#'), done * 100 / total_, note);
  // A line that wraps could not be taken back. Some terminals wrap when the last column is written.
  put(stderr, "\r\033[K" + fitting(line, terminal_columns() - 1));
  std::fflush(stderr);
}

}  // namespace stoic::cli
