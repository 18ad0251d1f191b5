#include "devices.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "stoic/host/compiler/input_codes.hpp"
#include "stoic/sim/io/error.hpp"
#ifdef STOIC_HAS_SYSTEMC
#include "stoic/sim/systemc/systemc_device.hpp"
#endif
#ifdef STOIC_HAS_RTL
#include "stoic/sim/rtl/rtl_device.hpp"
#endif

namespace stoic::cli {

const std::vector<std::string>& device_names() {
  static const std::vector<std::string> names{"systemc", "rtl"};
  return names;
}

bool is_device(const std::string& backend) {
  return std::find(device_names().begin(), device_names().end(), backend) != device_names().end();
}

std::string device_obstacle(const std::string& backend, [[maybe_unused]] const HardwareConfig& config) {
#ifdef STOIC_HAS_SYSTEMC
  if (backend == "systemc") return "";
#endif
#ifdef STOIC_HAS_RTL
  if (backend == "rtl") {
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
  return fmt::format("the backend {} is not in this build; install {} (./dev setup does), then build again",
                     backend, backend == "systemc" ? "libsystemc-dev" : "verilator");
}

std::unique_ptr<Device> make_device(const std::string& backend, const HardwareConfig& config,
                                    const std::string& where, [[maybe_unused]] const TraceOptions& trace) {
  if (const auto obstacle = device_obstacle(backend, config); !obstacle.empty())
    throw Error(fmt::format("{}: {}", where, obstacle));
#ifdef STOIC_HAS_SYSTEMC
  if (backend == "systemc") return make_systemc_device(config, trace);
#endif
#ifdef STOIC_HAS_RTL
  if (backend == "rtl") return make_rtl_device(trace);
#endif
  throw Error(fmt::format("{}: no backend {}", where, backend));
}

std::int64_t DeviceEvaluation::cycles_per_inference() const { return std::llround(session.cycles_of_one()); }

double DeviceEvaluation::run_cycles_per_sample() const {
  return static_cast<double>(session.cycles) /
         static_cast<double>(std::max<std::int64_t>(evaluation.samples, 1));
}

double DeviceEvaluation::cycles_per_s() const {
  return static_cast<double>(session.device_cycles) / session.host_seconds;
}

double DeviceEvaluation::mac_utilisation() const {
  return static_cast<double>(session.mac_cycles) /
         static_cast<double>(std::max<std::int64_t>(session.cycles, 1));
}

DeviceEvaluation evaluate_device(Device& device, const Image& image, const Dataset& data,
                                 const std::string& where, const SessionOptions& options) {
  require_data(image, data);
  DeviceEvaluation result;
  try {
    load_image(device, image, where);
    result.session = run_samples(device, image, data.size(), input_filler(image, data.samples), options);
  } catch (const StoppedError&) {
    throw;
  } catch (const Error& error) {
    const std::string message = error.what();
    throw Error(message.starts_with(where) ? message : fmt::format("{}: {}", where, message));
  }
  const auto& session = result.session;
  result.evaluation = judge_codes(device.name(), image, session.outputs, data, session.host_seconds);
  auto& counters = result.evaluation.counters;
  counters.cycles = result.cycles_per_inference();
  counters.mac_cycles = session.mac_cycles / std::max<std::int64_t>(data.size(), 1);
  counters.saturations = session.saturations;
  counters.saturations_by_slot = session.saturations_by_slot;
  const auto first = std::find_if(session.saturations_by_slot.begin(), session.saturations_by_slot.end(),
                                  [](std::int64_t count) { return count > 0; });
  if (first != session.saturations_by_slot.end())
    counters.first_saturated = first - session.saturations_by_slot.begin();
  return result;
}

}  // namespace stoic::cli
