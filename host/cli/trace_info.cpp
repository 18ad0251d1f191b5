#include "trace_info.hpp"

#include <fmt/format.h>

#include "options.hpp"
#include "stoic/sim/device/compact_trace.hpp"

namespace stoic::cli {
namespace {

void print_lines(const Console& console, CompactTraceReader& reader) {
  constexpr std::size_t enough = 1 << 16;
  std::string lines(trace_title);
  const auto print = [&] {
    lines.pop_back();  // the new line comes with printing
    console.print(lines);
    lines.clear();
  };
  for (TracedInstruction instruction; reader.next(instruction);) {
    lines += trace_line(instruction, reader.text());
    if (lines.size() > enough) print();
  }
  if (!lines.empty()) print();
}

}  // namespace

void trace_info(const Console& console, const std::string& file, const std::string& bytes, bool as_lines) {
  CompactTraceReader reader(bytes, file);
  if (as_lines) return print_lines(console, reader);
  TracedInstruction instruction;
  std::int64_t count = 0, first = 0;
  for (; reader.next(instruction); ++count)
    if (count == 0) first = instruction.cycle;
  const auto size = static_cast<double>(bytes.size()) / static_cast<double>(count > 0 ? count : 1);
  console.print(fmt::format(
      "a compact trace of {} instructions, which begin in the cycles {} to {}; {:.2f} bytes for each; "
      "stoic info --lines writes it as text",
      grouped(count), grouped(first), grouped(instruction.cycle), size));
  console.result({{"file", file},
                  {"kind", "instruction trace"},
                  {"instructions", count},
                  {"first_cycle", first},
                  {"last_cycle", instruction.cycle},
                  {"bytes", bytes.size()}});
}

}  // namespace stoic::cli
