#pragma once
#include <string>
#include <vector>

namespace stoic::platform {

/// Clock cycles of the CPU, those of bus accesses left out. A taken branch takes `taken` instead of `branch`.
struct Timing {
  double alu = 1;  ///< computing without multiplier and divider
  double mul = 1, mulh = 1, div = 1;
  double load = 1, store = 1;
  double branch = 1, taken = 1, jump = 1;
  double system = 1;  ///< CSRs, FENCE, MRET, WFI
  /// Further cycles for every word of 32 bits that is fetched, loaded or stored there; half of it for a compressed
  /// instruction, since two share a word. `model` is that of BLOB too.
  double rom = 0, model = 0, ram = 0;
  /// 1: a memory has one port, and an instruction waits until the DMA uses neither the memory that it is fetched from nor
  /// the one that it loads from or stores to. 0: the DMA has ports of its own.
  double shared = 0;
  bool operator==(const Timing&) const = default;
};

/// "ibex", "alu=2,div=20", "ibex,rom=3": the name of a preset, then numbers that are others. Throws Error, naming what is wrong
/// and what there is.
Timing parse_timing(const std::string& text);

/// One of the names, and where its numbers come from.
struct TimingPreset {
  std::string name, reason;
  Timing timing;
};
const std::vector<TimingPreset>& timing_presets();

}  // namespace stoic::platform
