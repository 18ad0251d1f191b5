#include "stoic/sim/platform/trace_lines.hpp"

#include <cerrno>
#include <systemc>

namespace stoic::platform {

TraceLines::TraceLines(const std::string& path) {
  if (!file_.open(path)) fail_trace(path, errno);
}

TraceLines::~TraceLines() { flush(); }

void TraceLines::flush() {
  file_.write(waiting_.data(), waiting_.size());
  waiting_.clear();
}

void TraceLines::add(std::string_view line) {
  constexpr std::size_t enough = 1 << 16;
  if (file_.failed()) return;
  waiting_ += line;
  if (waiting_.size() < enough) return;
  flush();
  if (file_.failed()) sc_core::sc_stop();
}

void TraceLines::finish() {
  flush();
  file_.finish();
}

}  // namespace stoic::platform
