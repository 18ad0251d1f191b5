#include "stoic/sim/rtl/rtl_device.hpp"

#include <fmt/format.h>

#include "stoic/sim/io/error.hpp"
#include "stoic_rtl_built.hpp"
#ifdef STOIC_TRACES
#include "stoic_rtl_built_fst.hpp"
#include "stoic_rtl_built_vcd.hpp"
#endif

namespace stoic {

const HardwareConfig& rtl_config() { return rtl::built_config(); }

namespace {

enum class Kind { plain, fst, vcd };

Kind kind_of(const TraceOptions& trace) {
  if (trace.path.empty()) return Kind::plain;
  const bool fst = trace.path.ends_with(".fst");
  if (!fst && !trace.path.ends_with(".vcd"))
    throw Error(fmt::format("{}: is no kind of trace; name a .fst or a .vcd file", trace.path));
#ifndef STOIC_TRACES
  throw Error(
      fmt::format("{}: this build has no waveforms; run ./dev build --traces, or configure with -D "
                  "STOIC_TRACES=ON, and build again",
                  trace.path));
#endif
  return fst ? Kind::fst : Kind::vcd;
}

}  // namespace

// Three models of the same RTL: one that traces keeps every signal, and is slower even when it does not.

std::unique_ptr<Device> make_rtl_device(const TraceOptions& trace) {
  const auto kind = kind_of(trace);
#ifdef STOIC_TRACES
  if (kind == Kind::fst) return rtl::make_built_fst_device(trace);
  if (kind == Kind::vcd) return rtl::make_built_vcd_device(trace);
#endif
  return kind == Kind::plain ? rtl::make_built_device() : nullptr;
}

std::unique_ptr<rtl::Pins> make_rtl_pins(const TraceOptions& trace) {
  const auto kind = kind_of(trace);
#ifdef STOIC_TRACES
  if (kind == Kind::fst) return rtl::make_built_fst_pins(trace);
  if (kind == Kind::vcd) return rtl::make_built_vcd_pins(trace);
#endif
  return kind == Kind::plain ? rtl::make_built_pins() : nullptr;
}

}  // namespace stoic
