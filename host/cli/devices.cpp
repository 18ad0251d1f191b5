#include "devices.hpp"

#include <fmt/format.h>

#include "stoic/sim/io/error.hpp"
#ifdef STOIC_HAS_SYSTEMC
#include "stoic/sim/systemc/systemc_device.hpp"
#endif
#ifdef STOIC_HAS_RTL
#include "stoic/sim/rtl/rtl_device.hpp"
#endif

namespace stoic::cli {
namespace {

/// A body that this build lacks, and the package that brings it.
[[maybe_unused]] Devices::Body lacking_body(const std::string& name, const std::string& package) {
  auto obstacle = fmt::format(
      "needs the backend {}, which is not in this build; install {} (./dev setup does), then build again",
      name, package);
  return {.name = name,
          .obstacle = [obstacle](const HardwareConfig&) { return obstacle; },
          .make = [obstacle](const HardwareConfig&, const TraceOptions&) -> std::unique_ptr<Device> {
            throw Error(obstacle);
          }};
}

Devices::Body systemc_body() {
#ifdef STOIC_HAS_SYSTEMC
  return {.name = "systemc", .make = make_systemc_device};
#else
  return lacking_body("systemc", "libsystemc-dev");
#endif
}

#ifdef STOIC_HAS_RTL
/// The RTL is compiled for one instance.
std::string rtl_obstacle(const HardwareConfig& config) {
  const auto& built = rtl_config();
  if (config_hash(built) == config_hash(config)) return "";
  if (built.name == config.name)
    return fmt::format(
        "was compiled for other numbers of the instance {} than the RTL in this build has; compile the "
        "model again",
        config.name);
  return fmt::format(
      "is for the instance {}, but the RTL in this build is {}; ./dev build --hw FILE.json builds it "
      "for another",
      config.name, built.name);
}
#endif

Devices::Body rtl_body() {
#ifdef STOIC_HAS_RTL
  return {.name = "rtl",
          .obstacle = rtl_obstacle,
          .make = [](const HardwareConfig&, const TraceOptions& trace) { return make_rtl_device(trace); }};
#else
  return lacking_body("rtl", "verilator");
#endif
}

}  // namespace

const Devices& devices() {
  static const Devices bodies({systemc_body(), rtl_body()});
  return bodies;
}

}  // namespace stoic::cli
