#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "case.hpp"
#include "reference.hpp"
#include "stoic/sim/device/device.hpp"

namespace stoic::cosim {

/// A seed has everything in it: instance, program and how it is meant to end (every second one ends well, the
/// others with each fault in turn), and how the streams stall.
int status_of(std::uint64_t seed);
StallSchedule stalls_of(std::uint64_t seed);

/// A body of the accelerator for one seed after the other. 20 seeds share an instance, and with it a device,
/// golden and what its memories hold.
class SeedRun {
 public:
  explicit SeedRun(std::string body) : body_(std::move(body)) {}

  /// Compares the program of a seed with golden after every instruction. What differed, as text; nothing when
  /// all is equal. `command` repeats it.
  std::optional<std::string> compare(std::uint64_t seed, const StallSchedule& stalls,
                                     const std::string& command);
  /// Compared so far, over all seeds.
  std::int64_t instructions() const { return instructions_; }

 private:
  std::string body_;
  std::unique_ptr<Device> device_;
  std::optional<Reference> golden_;
  std::int64_t instructions_ = 0;
};

}  // namespace stoic::cosim
