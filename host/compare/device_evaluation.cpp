#include "stoic/host/compare/device_evaluation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "stoic/host/compiler/input_codes.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {

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

}  // namespace stoic
