#include "stoic/sim/platform/load_store.hpp"

namespace stoic::platform {
namespace {

std::uint32_t field(std::uint32_t bits, int lsb, int width) { return bits >> lsb & ((1u << width) - 1); }

std::int32_t sign_extended(std::uint32_t value, int width) {
  return static_cast<std::int32_t>(value << (32 - width)) >> (32 - width);
}

std::optional<LoadStore> decode_wide(std::uint32_t bits) {
  const auto opcode = field(bits, 0, 7);
  const auto width = field(bits, 12, 3);
  LoadStore result;
  result.base = field(bits, 15, 5);
  result.size = 1u << (width & 3);
  result.sign_extend = (width & 4) == 0;
  if (opcode == 0x03 && width != 3 && width < 6) {
    result.value = field(bits, 7, 5);
    result.offset = sign_extended(field(bits, 20, 12), 12);
    return result;
  }
  if (opcode == 0x23 && width < 3) {
    result.store = true;
    result.value = field(bits, 20, 5);
    result.offset = sign_extended(field(bits, 25, 7) << 5 | field(bits, 7, 5), 12);
    return result;
  }
  return std::nullopt;
}

/// C.LW and C.SW on the registers x8 to x15, C.LWSP and C.SWSP on the stack.
std::optional<LoadStore> decode_compressed(std::uint32_t bits) {
  const auto quadrant = field(bits, 0, 2);
  const auto kind = field(bits, 13, 3);
  if (kind != 2 && kind != 6) return std::nullopt;
  LoadStore result;
  result.length = 2;
  result.store = kind == 6;
  if (quadrant == 0) {
    result.base = 8 + field(bits, 7, 3);
    result.value = 8 + field(bits, 2, 3);
    result.offset =
        static_cast<std::int32_t>(field(bits, 10, 3) << 3 | field(bits, 6, 1) << 2 | field(bits, 5, 1) << 6);
    return result;
  }
  if (quadrant != 2) return std::nullopt;
  result.base = 2;
  result.value = result.store ? field(bits, 2, 5) : field(bits, 7, 5);
  result.offset = static_cast<std::int32_t>(result.store ? field(bits, 9, 4) << 2 | field(bits, 7, 2) << 6
                                                         : field(bits, 12, 1) << 5 | field(bits, 4, 3) << 2 |
                                                               field(bits, 2, 2) << 6);
  return result;
}

}  // namespace

std::optional<LoadStore> decode_load_store(std::uint32_t bits) {
  return (bits & 3) == 3 ? decode_wide(bits) : decode_compressed(bits & 0xffff);
}

}  // namespace stoic::platform
