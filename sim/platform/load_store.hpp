#pragma once
#include <cstdint>
#include <optional>

namespace stoic::platform {

/// One load or store of RV32IC, decoded: Unicorn stops before an access that no memory answers, and the bus
/// does it.
struct LoadStore {
  bool store = false;
  unsigned size = 4;         ///< bytes
  bool sign_extend = false;  ///< loads of less than a word
  unsigned base = 0;         ///< x register of the address
  unsigned value = 0;        ///< x register that is loaded or stored
  std::int32_t offset = 0;
  unsigned length = 4;  ///< bytes of the instruction
};

/// Nothing when `bits` (the low 16 suffice for a compressed instruction) is neither a load nor a store of
/// integers.
std::optional<LoadStore> decode_load_store(std::uint32_t bits);

/// Bytes of the instruction that begins with these 16 bits.
constexpr unsigned instruction_length(std::uint16_t low) { return (low & 3) == 3 ? 4 : 2; }

}  // namespace stoic::platform
