#include "stoic/sim/platform/signal_file.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace stoic::platform {
namespace {

constexpr std::size_t batch = std::size_t{1} << 20;  ///< changes that are sorted at a time

/// What stands for a signal in the file: a printable character.
char code_of(std::size_t signal) { return static_cast<char>('!' + signal); }

}  // namespace

SignalFile::SignalFile(const std::string& path, std::vector<Signal> signals, std::int64_t cycle_time,
                       std::int64_t first_cycle, std::int64_t last_cycle)
    : file_(path),
      signals_(std::move(signals)),
      cycle_time_(cycle_time),
      first_cycle_(first_cycle),
      last_cycle_(last_cycle),
      enough_(batch),
      values_(signals_.size()),
      shown_(signals_.size()) {
  write_header();
}

void SignalFile::write_header() {
  file_.add("$timescale 1ns $end\n$scope module platform $end\n");
  const std::string* scope = nullptr;
  for (std::size_t s = 0; s < signals_.size(); ++s) {
    const auto& signal = signals_[s];
    if (scope == nullptr || *scope != signal.scope) {
      if (scope != nullptr) file_.add("$upscope $end\n");
      file_.add(fmt::format("$scope module {} $end\n", signal.scope));
      scope = &signal.scope;
    }
    const auto range = signal.width == 1 ? std::string() : fmt::format(" [{}:0]", signal.width - 1);
    file_.add(fmt::format("$var wire {} {} {}{} $end\n", signal.width, code_of(s), signal.name, range));
  }
  file_.add("$upscope $end\n$upscope $end\n$enddefinitions $end\n");
}

void SignalFile::change(std::size_t signal, std::int64_t cycle, std::uint32_t value) {
  if (cycle <= last_cycle_) changes_.push_back({cycle, static_cast<std::uint32_t>(signal), value});
}

void SignalFile::look(std::int64_t cycle) {
  if (changes_.size() < enough_) return;
  write_until(cycle - patience);
  enough_ = changes_.size() + batch;
}

/// The changes before `cycle`.
void SignalFile::write_until(std::int64_t cycle) {
  std::ranges::stable_sort(changes_, {}, &Change::cycle);
  auto change = changes_.begin();
  for (; change != changes_.end() && change->cycle < cycle; ++change) {
    if (change->cycle > first_cycle_ && !begun_) show(first_cycle_);
    values_[change->signal] = change->value;
    const auto next = std::next(change);
    if (change->cycle >= first_cycle_ && (next == changes_.end() || next->cycle != change->cycle))
      show(change->cycle);
  }
  changes_.erase(changes_.begin(), change);
}

void SignalFile::show(std::int64_t cycle) {
  latest_ = std::max(cycle, latest_);
  const auto time = fmt::format("#{}\n", latest_ * cycle_time_);
  if (!begun_) {
    file_.add(time + "$dumpvars\n");
    for (std::size_t s = 0; s < signals_.size(); ++s) add_value(s);
    file_.add("$end\n");
  } else if (values_ != shown_) {
    file_.add(time);
    for (std::size_t s = 0; s < signals_.size(); ++s)
      if (values_[s] != shown_[s]) add_value(s);
  }
  begun_ = true;
  shown_ = values_;
}

void SignalFile::add_value(std::size_t signal) {
  if (signals_[signal].width == 1)
    file_.add(fmt::format("{}{}\n", values_[signal] & 1, code_of(signal)));
  else
    file_.add(fmt::format("b{:b} {}\n", values_[signal], code_of(signal)));
}

void SignalFile::finish(std::int64_t cycle) {
  write_until(cycle + 1);
  if (cycle >= first_cycle_) {
    if (!begun_) show(first_cycle_);
    file_.add(fmt::format("#{}\n", std::min(cycle, last_cycle_) * cycle_time_ + cycle_time_));
  }
  file_.finish();
}

}  // namespace stoic::platform
