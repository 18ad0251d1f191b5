#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "stoic/generated/platform_map.hpp"

namespace stoic::platform {

/// The cycles in which the DMA uses a memory, where it shares the memory's one port with the CPU.
class MemoryPorts {
 public:
  /// The DMA uses the memory at `address` in `count` cycles from `first` on.
  void take(std::uint32_t address, std::int64_t first, std::int64_t count = 1);
  /// Whether it does in this cycle. Nobody may ask for an earlier one afterwards.
  bool taken(std::uint32_t address, std::int64_t cycle);

 private:
  struct Stretch {
    std::int64_t first, last;
  };
  std::vector<Stretch>* memory(std::uint32_t address);

  std::array<std::vector<Stretch>, std::size(memory_regions)> taken_;
};

}  // namespace stoic::platform
