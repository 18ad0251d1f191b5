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

  /// "main+0x12", or empty where there is no function.
  std::string place(std::uint32_t address) const;
};

/// Throws Error, naming `where`, for what is no such file or is cut short, and for segments that lie outside
/// the memories of the platform or overlap.
Elf parse_elf(std::string_view bytes, const std::string& where);

}  // namespace stoic::platform
