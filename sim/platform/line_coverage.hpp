#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "stoic/sim/platform/elf.hpp"
#include "stoic/sim/platform/hart.hpp"

namespace stoic::platform {

struct SourceLine {
  std::string file;
  int line = 0;
};

/// Where instructions come from, by their addresses; those without a line are left out.
using SourceLines = std::map<std::uint32_t, SourceLine>;

/// What "addr2line -a" prints: an address, below it FILE:LINE.
SourceLines parse_source_lines(std::string_view text);
/// Of all instructions of a file, by objdump and addr2line. Throws Error when these are not there, naming their package, and
/// when the file has no lines. Sources that are not on this machine, such as those of the C library, are left out, unless all
/// would be.
SourceLines source_lines_of_elf(const std::string& path);

/// How often lines of the sources ran in a window of cycles: as often as that of their instructions that ran most, added up
/// over the functions that hold some, since a compiler copies what it inlines.
class LineCoverage : public Observer {
 public:
  /// `elf` must outlive it.
  LineCoverage(SourceLines lines, const Elf& elf, std::int64_t first_cycle, std::int64_t last_cycle);
  bool before(std::uint32_t pc, const Instruction& instruction, std::int64_t cycle) override;
  /// As lcov has it, and genhtml reads it: a record for each file, with all lines that have instructions.
  std::string lcov() const;
  std::int64_t lines() const;      ///< that have instructions
  std::int64_t lines_run() const;  ///< those that ran

 private:
  using Counts = std::map<std::string, std::map<int, std::int64_t>>;  ///< by file and line
  Counts counts() const;
  std::int64_t lines_with(std::int64_t least) const;

  static constexpr std::uint32_t page_bytes = 4096;
  using Page = std::vector<std::int64_t>;  ///< by half words

  const SourceLines lines_;
  const Elf& elf_;
  const std::int64_t first_cycle_, last_cycle_;
  std::unordered_map<std::uint32_t, Page> pages_;
  std::uint32_t page_ = 1;  ///< the latest, by its address: none yet
  Page* counts_ = nullptr;  ///< its counts
};

}  // namespace stoic::platform
