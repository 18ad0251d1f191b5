#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "stoic/sim/contract/config.hpp"
#include "stoic/sim/device/device.hpp"

namespace stoic {

/// The bodies of the accelerator that a program has, by name: cycle models, RTL, hardware on a bench. The
/// library brings none, so that it links none; "float" and "golden" are the library itself and are not
/// among them.
class Devices {
 public:
  struct Body {
    std::string name;  ///< "systemc"
    /// Why it cannot be an accelerator of this configuration, with the remedy, as a sentence that goes on
    /// behind the name of an image; an empty text when it can. Nothing: it always can.
    std::function<std::string(const HardwareConfig&)> obstacle = {};
    std::function<std::unique_ptr<Device>(const HardwareConfig&, const TraceOptions&)> make;
  };

  Devices() = default;
  explicit Devices(std::vector<Body> bodies) : bodies_(std::move(bodies)) {}
  void add(Body body) { bodies_.push_back(std::move(body)); }

  std::vector<std::string> names() const;
  bool has(const std::string& name) const;
  /// Why `name` cannot be an accelerator of this configuration, with the remedy; empty when it can.
  std::string obstacle(const std::string& name, const HardwareConfig& config) const;
  /// Throws Error, naming `where`, for an obstacle.
  void require(const std::string& name, const HardwareConfig& config, const std::string& where) const;
  /// The same, and a device. One that lives in a child process, as the SystemC model does, must be made while
  /// no other thread runs.
  std::unique_ptr<Device> make(const std::string& name, const HardwareConfig& config,
                               const std::string& where, const TraceOptions& trace = {}) const;

 private:
  const Body* find(const std::string& name) const;
  std::vector<Body> bodies_;
};

}  // namespace stoic
