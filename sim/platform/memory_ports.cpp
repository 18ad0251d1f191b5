#include "stoic/sim/platform/memory_ports.hpp"

#include <algorithm>

namespace stoic::platform {

std::vector<MemoryPorts::Stretch>* MemoryPorts::memory(std::uint32_t address) {
  for (std::size_t m = 0; m < std::size(memory_regions); ++m)
    if (address - memory_regions[m].base < memory_regions[m].size) return &taken_[m];
  return nullptr;
}

void MemoryPorts::take(std::uint32_t address, std::int64_t first, std::int64_t count) {
  auto* stretches = memory(address);
  if (stretches == nullptr || count <= 0) return;
  // Beats come in a row, and a vector has many.
  if (!stretches->empty() && stretches->back().last + 1 == first)
    stretches->back().last += count;
  else
    stretches->push_back({first, first + count - 1});
}

bool MemoryPorts::taken(std::uint32_t address, std::int64_t cycle) {
  auto* stretches = memory(address);
  if (stretches == nullptr) return false;
  std::erase_if(*stretches, [&](const Stretch& stretch) { return stretch.last < cycle; });
  return std::ranges::any_of(*stretches, [&](const Stretch& stretch) { return stretch.first <= cycle; });
}

}  // namespace stoic::platform
