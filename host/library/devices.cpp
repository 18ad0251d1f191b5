#include "stoic/host/library/devices.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "stoic/sim/io/error.hpp"

namespace stoic {

const Devices::Body* Devices::find(const std::string& name) const {
  const auto found =
      std::find_if(bodies_.begin(), bodies_.end(), [&](const Body& body) { return body.name == name; });
  return found != bodies_.end() ? &*found : nullptr;
}

std::vector<std::string> Devices::names() const {
  std::vector<std::string> names;
  for (const auto& body : bodies_) names.push_back(body.name);
  return names;
}

bool Devices::has(const std::string& name) const { return find(name) != nullptr; }

std::string Devices::obstacle(const std::string& name, const HardwareConfig& config) const {
  const auto* body = find(name);
  if (body == nullptr) {
    std::string known = "float, golden";
    for (const auto& other : bodies_) known += ", " + other.name;
    return fmt::format("there is no backend \"{}\" here; there are {}", name, known);
  }
  return body->obstacle ? body->obstacle(config) : "";
}

void Devices::require(const std::string& name, const HardwareConfig& config, const std::string& where) const {
  if (const auto found = obstacle(name, config); !found.empty())
    throw Error(fmt::format("{}: {}", where, found));
}

std::unique_ptr<Device> Devices::make(const std::string& name, const HardwareConfig& config,
                                      const std::string& where, const TraceOptions& trace) const {
  require(name, config, where);
  return find(name)->make(config, trace);
}

}  // namespace stoic
