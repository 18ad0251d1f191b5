#include "stoic/sim/platform/line_coverage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "stoic/sim/io/error.hpp"
#include "stoic/sim/platform/binutils.hpp"

namespace stoic::platform {
namespace {

/// Takes a line off `text`.
std::string_view next_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  const auto line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

/// "FILE:12 (discriminator 3)"; line 0 where it is unknown.
SourceLine parse_place(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == text.npos) return {};
  SourceLine place;
  std::from_chars(text.data() + colon + 1, text.data() + text.size(), place.line);
  place.file = std::filesystem::path(text.substr(0, colon)).lexically_normal().string();
  return place;
}

void leave_out_absent_sources(SourceLines& lines) {
  std::map<std::string, bool> is_here;
  for (const auto& [address, place] : lines)
    if (!is_here.contains(place.file)) {
      std::error_code code;
      is_here[place.file] = std::filesystem::is_regular_file(place.file, code);
    }
  if (std::ranges::none_of(is_here, [](const auto& file) { return file.second; })) return;
  std::erase_if(lines, [&](const auto& line) { return !is_here[line.second.file]; });
}

}  // namespace

SourceLines parse_source_lines(std::string_view text) {
  SourceLines result;
  while (!text.empty()) {
    const auto address_text = next_line(text);
    const auto place = parse_place(next_line(text));
    constexpr std::string_view prefix = "0x";
    std::uint32_t address = 0;
    if (place.line <= 0 || !address_text.starts_with(prefix)) continue;
    std::from_chars(address_text.data() + prefix.size(), address_text.data() + address_text.size(), address,
                    16);
    result[address] = place;
  }
  return result;
}

SourceLines source_lines_of_elf(const std::string& path) {
  const auto elf = shell_quoted(path);
  const auto text = command_output("{ riscv64-unknown-elf-objdump -d --no-show-raw-insn " + elf +
                                   " | sed -n 's/^ *\\([0-9a-f][0-9a-f]*\\):\t.*/\\1/p' | "
                                   "riscv64-unknown-elf-addr2line -a -e " +
                                   elf + "; } 2>/dev/null");
  if (!text || text->empty())
    throw Error(fmt::format(
        "{}: riscv64-unknown-elf-objdump and riscv64-unknown-elf-addr2line do not read it; install "
        "binutils-riscv64-unknown-elf, or leave the coverage out",
        path));
  auto lines = parse_source_lines(*text);
  if (lines.empty())
    throw Error(fmt::format(
        "{}: has no information on source lines, which coverage is made of; compile it with -g", path));
  leave_out_absent_sources(lines);
  return lines;
}

LineCoverage::LineCoverage(SourceLines lines, const Elf& elf, std::int64_t first_cycle,
                           std::int64_t last_cycle)
    : lines_(std::move(lines)), elf_(elf), first_cycle_(first_cycle), last_cycle_(last_cycle) {}

bool LineCoverage::before(std::uint32_t pc, const Instruction&, std::int64_t cycle) {
  if (cycle < first_cycle_ || cycle > last_cycle_) return true;
  const auto offset = pc % page_bytes;
  if (pc - offset != page_) {
    page_ = pc - offset;
    counts_ = &pages_.try_emplace(page_, page_bytes / 2).first->second;
  }
  ++(*counts_)[offset / 2];
  return true;
}

LineCoverage::Counts LineCoverage::counts() const {
  // By file, line and function: the instruction that ran most.
  std::map<std::pair<const SourceLine*, std::size_t>, std::int64_t> most;
  std::map<std::pair<std::string, int>, const SourceLine*> places;
  for (const auto& [address, place] : lines_) {
    const auto* first = places.try_emplace({place.file, place.line}, &place).first->second;
    const auto after =
        std::upper_bound(elf_.functions.begin(), elf_.functions.end(), address,
                         [](std::uint32_t a, const Elf::Symbol& symbol) { return a < symbol.address; });
    const auto function = static_cast<std::size_t>(after - elf_.functions.begin());
    const auto page = pages_.find(address - address % page_bytes);
    auto& count = most[{first, function}];
    if (page != pages_.end()) count = std::max(count, page->second[address % page_bytes / 2]);
  }
  Counts result;
  for (const auto& [where, count] : most) result[where.first->file][where.first->line] += count;
  return result;
}

std::string LineCoverage::lcov() const {
  std::string text;
  for (const auto& [file, lines] : counts()) {
    text += fmt::format("TN:\nSF:{}\n", file);
    for (const auto& [line, count] : lines) text += fmt::format("DA:{},{}\n", line, count);
    const auto run = std::ranges::count_if(lines, [](const auto& line) { return line.second > 0; });
    text += fmt::format("LF:{}\nLH:{}\nend_of_record\n", lines.size(), run);
  }
  return text;
}

std::int64_t LineCoverage::lines_with(std::int64_t least) const {
  std::int64_t result = 0;
  for (const auto& [file, lines] : counts())
    result += std::ranges::count_if(lines, [&](const auto& line) { return line.second >= least; });
  return result;
}

std::int64_t LineCoverage::lines() const { return lines_with(0); }
std::int64_t LineCoverage::lines_run() const { return lines_with(1); }

}  // namespace stoic::platform
