#include "stoic/sim/rtl/rtl_device.hpp"

#include <fmt/format.h>

#include "stoic/sim/contract/error.hpp"
#include "stoic_rtl_built.hpp"
#include "stoic_rtl_built_fst.hpp"
#include "stoic_rtl_built_vcd.hpp"

namespace stoic {

const HardwareConfig& rtl_config() { return rtl::built_config(); }

std::unique_ptr<Device> make_rtl_device(const TraceOptions& trace) {
  // Three models of the same RTL: one that traces keeps every signal, and is slower even when it does not.
  if (trace.path.empty()) return rtl::make_built_device();
  if (trace.path.ends_with(".fst")) return rtl::make_built_fst_device(trace);
  if (trace.path.ends_with(".vcd")) return rtl::make_built_vcd_device(trace);
  throw Error(fmt::format("{}: is no kind of trace; name a .fst or a .vcd file", trace.path));
}

}  // namespace stoic
