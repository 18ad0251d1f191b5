#pragma once
#include <string>
#include <string_view>

#include "stoic/sim/device/trace_file.hpp"

namespace stoic::platform {

/// A trace of lines. When one cannot be written the simulation ends early, and finish() says why: the lines
/// come out of callbacks through which nothing may be thrown.
class TraceLines {
 public:
  /// Throws Error when the file cannot be written.
  explicit TraceLines(const std::string& path);
  ~TraceLines();
  TraceLines(const TraceLines&) = delete;
  TraceLines& operator=(const TraceLines&) = delete;
  void add(std::string_view line);
  /// Throws Error when a line was not written.
  void finish();

 private:
  void flush();

  TraceFile file_;
  std::string waiting_;  ///< lines not yet written
};

}  // namespace stoic::platform
