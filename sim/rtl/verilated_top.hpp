#pragma once
#include <fmt/format.h>
#include <verilated.h>
#if VM_COVERAGE
#include <unistd.h>
#include <verilated_cov.h>
#endif

#include <cstdint>
#include <cstdlib>
#include <type_traits>

#include "stoic/sim/device/device.hpp"
#include "stoic/sim/device/trace_file.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic::rtl {

/// No waveform.
struct NoTrace {};

/// One verilated accelerator out of reset, its clock and its waveform. `Top` is what Verilator made; `View`
/// reads its internals for the debugger's view (see instance.cpp.in); `Trace` is FstWaveform, VcdWaveform or
/// NoTrace.
template <class Top, class View, class Trace>
class VerilatedTop {
 public:
  static constexpr bool traced = !std::is_same_v<Trace, NoTrace>;

  /// Throws Error when the waveform cannot be written.
  explicit VerilatedTop(const TraceOptions& trace) : trace_options_(trace), top_(&context_) {
    if constexpr (traced) context_.traceEverOn(true);
    // Asserted with STOIC_CHECKS; programs that no compiler made need not keep to it.
    const char* may_wrap = "+stoic_sums_may_wrap";
    context_.commandArgs(std::getenv("STOIC_SUMS_MAY_WRAP") ? 1 : 0, &may_wrap);
    top_.aresetn = 0;
    for (int i = 0; i < 8; ++i) {
      top_.aclk = static_cast<CData>(i % 2 == 0);
      top_.eval();
    }
    if constexpr (traced) rise();  // cycle 0 begins
    top_.aresetn = 1;
    open_trace();  // cycle 0 is the first after the reset
  }
  ~VerilatedTop() {
    // Verilator's destructors look at the context of the thread, which is that of the latest device.
    Verilated::threadContextp(&context_);
    top_.final();
    if constexpr (traced) tracer_.close();
#if VM_COVERAGE
    // One file for each accelerator of each process: ./dev test --coverage adds them up.
    static int accelerators = 0;
    if (const char* folder = std::getenv("STOIC_COVERAGE_DIR"))
      context_.coveragep()->write(fmt::format("{}/{}-{}.dat", folder, getpid(), accelerators++).c_str());
#endif
  }
  VerilatedTop(const VerilatedTop&) = delete;
  VerilatedTop& operator=(const VerilatedTop&) = delete;

  Top& pins() { return top_; }
  /// Clock cycles since the first reset.
  std::int64_t cycle() const { return cycle_; }

  /// Whether something of the waveform could not be written so far.
  bool trace_failed() const {
    if constexpr (traced) return tracer_.failed();
    return false;
  }
  /// Throws Error when the waveform could not be written so far, and StoppedError when a stop is asked for.
  void check_trace() {
    if constexpr (traced) {
      if (trace_failed()) finish_trace();
      if (trace_options_.stop != nullptr && *trace_options_.stop)
        throw StoppedError(fmt::format("stopped at cycle {}", cycle_));
    }
  }
  /// See Device.
  void finish_trace() {
    if constexpr (traced) tracer_.finish(trace_options_.path);
  }

  /// One cycle: the inputs must stand on the pins before.
  void clock() {
    if constexpr (traced) {
      // A cycle shows from its rising edge on, its inputs beside the registers that see them.
      top_.eval();
      dump(0);
      top_.aclk = 0;
      top_.eval();
      dump(waveform_cycle_ns / 2);
      rise();
    } else {
      rise();
      View::falling_edge(top_);
    }
    ++cycle_;
  }

 private:
  void rise() {
    top_.aclk = 1;
    top_.eval();
  }
  void open_trace() {
    if constexpr (traced) {
      top_.trace(&tracer_, 99);
      tracer_.set_time_unit("1ns");
      tracer_.set_time_resolution("1ns");
      tracer_.open(trace_options_.path.c_str());
      if (!tracer_.isOpen()) fail_to_open_waveform(trace_options_.path);
    }
  }
  /// So many nanoseconds after the beginning of the cycle.
  void dump([[maybe_unused]] int after) {
    if constexpr (traced)
      if (cycle_ >= trace_options_.first_cycle && cycle_ <= trace_options_.last_cycle)
        tracer_.dump(static_cast<std::uint64_t>(cycle_ * waveform_cycle_ns + after));
  }

  TraceOptions trace_options_;
  VerilatedContext context_;
  Top top_;
  Trace tracer_;
  std::int64_t cycle_ = 0;
};

}  // namespace stoic::rtl
