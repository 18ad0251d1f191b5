// clang-format off
// Generated from hw-configs/platform.json. Do not edit.
#pragma once
#include <cstdint>

#include "stoic/generated/stoic_platform.h"

namespace stoic::platform {

/// A range of addresses, as the bus decodes them.
struct Region {
  const char* name;
  std::uint32_t base;
  std::uint32_t size;
  bool writable;    ///< by stores and by the DMA
  bool executable;
};

inline constexpr Region memory_regions[] = {
    {"ROM", 0x20000000u, 0x00400000u, false, true},
    {"MODEL", 0x40000000u, 0x01000000u, false, false},
    {"BLOB", 0x50000000u, 0x01000000u, false, false},
    {"RAM", 0x80000000u, 0x00200000u, true, true},
};

inline constexpr Region device_regions[] = {
    {"ACCELERATOR", 0x10000000u, 0x00001000u, true, false},
    {"DMA", 0x10001000u, 0x00001000u, true, false},
    {"UART", 0x10002000u, 0x00001000u, true, false},
    {"TIMER", 0x10003000u, 0x00001000u, true, false},
    {"INTERRUPTS", 0x10004000u, 0x00001000u, true, false},
    {"EXIT", 0x10005000u, 0x00001000u, true, false},
    {"HOST", 0x10006000u, 0x00001000u, true, false},
    {"SAMPLES", 0x10007000u, 0x00001000u, true, false},
};

}  // namespace stoic::platform
