#include "stoic/host/compiler/does_not_fit.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "stoic/generated/stoic_interface.h"

namespace stoic {
namespace {

struct Key {
  const char* name;
  std::int64_t HardwareConfig::*member;
  std::int64_t most;
};

/// The numbers that a network can be too large for.
constexpr Key keys[] = {
    {"accumulator_width", &HardwareConfig::accumulator_width, STOIC_ACCUMULATOR_WIDTH_MAX},
    {"state_words_per_lane", &HardwareConfig::state_words_per_lane, STOIC_STATE_WORDS_MAX},
    {"program_words", &HardwareConfig::program_words, STOIC_PROGRAM_WORDS_MAX},
    {"table_words", &HardwareConfig::table_words, STOIC_TABLE_WORDS_MAX},
    {"table_guard_bits", &HardwareConfig::table_guard_bits, STOIC_TABLE_GUARD_BITS_MAX},
};

const Key& find(const std::string& name) {
  for (const auto& key : keys)
    if (key.name == name) return key;
  throw std::logic_error("a network cannot be too large for " + name);
}

}  // namespace

DoesNotFit::DoesNotFit(const HardwareConfig& config, const std::string& text, const std::string& key,
                       std::int64_t needed)
    : Error(fmt::format("hardware configuration {}: {}; raise {} to {}", config.name, text, key, needed)),
      text_(text),
      key_(key),
      needed_(needed) {}

void refuse_to_fit(const HardwareConfig& config, const std::string& text, const std::string& key,
                   std::int64_t needed) {
  if (needed <= largest_of(key)) throw DoesNotFit(config, text, key, needed);
  throw Error(
      fmt::format("hardware configuration {}: {}; {} can be raised to {}, which does not do either: make "
                  "the network smaller",
                  config.name, text, key, largest_of(key)));
}

std::int64_t largest_of(const std::string& key) { return find(key).most; }

std::int64_t& number_of(HardwareConfig& config, const std::string& key) { return config.*find(key).member; }

}  // namespace stoic
