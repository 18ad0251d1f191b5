#include "stoic/host/compare/comparison.hpp"

#include <algorithm>

namespace stoic {

std::string Comparison::text_of_slot(std::int64_t slot) const {
  for (const auto& symbol : slots)
    if (symbol.slot == slot) return symbol.text;
  return "";
}

std::int64_t Comparison::saturations_at(std::int64_t slot) const {
  return golden.counters.saturations_by_slot.at(static_cast<std::size_t>(slot));
}

bool Comparison::within_bounds() const {
  return std::all_of(local.begin(), local.end(), [](const LocalError& e) { return e.within_bound(); });
}

bool Comparison::devices_agree() const {
  return std::all_of(devices.begin(), devices.end(), [](const DeviceComparison& device) {
    return device.differing_bits == 0 && device.differing_cycles == 0;
  });
}

Interval accuracy_interval(const Evaluation& evaluation) {
  return wilson_interval(evaluation.confusion.diagonal().sum(), evaluation.samples);
}

}  // namespace stoic
