#include "stoic/sim/rtl/rtl_device.hpp"

#include <fmt/format.h>

#include "stoic/sim/contract/error.hpp"
#include "stoic_rtl_built.hpp"
#ifdef STOIC_TRACES
#include "stoic_rtl_built_fst.hpp"
#include "stoic_rtl_built_vcd.hpp"
#endif

namespace stoic {

const HardwareConfig& rtl_config() { return rtl::built_config(); }

std::unique_ptr<Device> make_rtl_device(const TraceOptions& trace) {
  // Three models of the same RTL: one that traces keeps every signal, and is slower even when it does not.
  if (trace.path.empty()) return rtl::make_built_device();
#ifdef STOIC_TRACES
  if (trace.path.ends_with(".fst")) return rtl::make_built_fst_device(trace);
  if (trace.path.ends_with(".vcd")) return rtl::make_built_vcd_device(trace);
#else
  if (trace.path.ends_with(".fst") || trace.path.ends_with(".vcd"))
    throw Error(fmt::format("{}: this build has no traces; configure it with STOIC_TRACES=ON", trace.path));
#endif
  throw Error(fmt::format("{}: is no kind of trace; name a .fst or a .vcd file", trace.path));
}

}  // namespace stoic
