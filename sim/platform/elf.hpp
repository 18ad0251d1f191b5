#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace stoic::platform {

/// What a platform needs of an ELF file of 32-bit RISC-V.
struct Elf {
  struct Segment {
    std::uint32_t address;  ///< physical: where it lies before start-up code runs
    std::string bytes;
  };
  struct Symbol {
    std::uint32_t address;
    std::uint32_t size;
    std::string name;
  };
  std::uint32_t entry = 0;
  std::vector<Segment> segments;
  std::vector<Symbol> functions;  ///< by address
  /// From __stack_bottom, or __stack_size below, to __stack_top, when the file has these symbols; else 0.
  std::uint32_t stack_low = 0, stack_high = 0;

  /// "main+0x12", or empty where there is no function.
  std::string place(std::uint32_t address) const;
};

/// Throws Error, naming `where`, for what is no such file or is cut short, and for segments that lie outside
/// the memories of the platform or overlap, and for an entry where no code is.
Elf parse_elf(std::string_view bytes, const std::string& where);

}  // namespace stoic::platform
