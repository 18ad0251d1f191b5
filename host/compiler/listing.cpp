#include "stoic/host/compiler/listing.hpp"

#include <fmt/format.h>

#include <map>

#include "stoic/sim/contract/assembler.hpp"
#include "stoic/sim/golden/schedule.hpp"

namespace stoic {
namespace {

std::string header(const Image& image) {
  const auto& c = image.config;
  return fmt::format(
      "instance {}: {} lanes, {}-bit states, {}-bit weights, {}-bit accumulators, {} function units, hash "
      "{:08x}\n"
      "program {} of {} words, weights {} of {} beats, tables {} of {} words, {} streamed beats a sample\n",
      c.name, c.lanes, c.state_width, c.weight_width, c.accumulator_width, c.function_units, config_hash(c),
      image.program.size(), c.program_words, static_cast<std::int64_t>(image.weights.size()) / c.lanes,
      c.weight_words, image.tables.size(), c.table_words, [&] {
        std::int64_t beats = 0;
        for (const auto& matrix : image.stream_schedule) beats += matrix.beats;
        return beats;
      }());
}

std::string state_map(const Image& image) {
  std::string text = "\nstate memory (word: vector, elements, value = code / 2^fraction bits)\n";
  for (const auto& v : image.vectors)
    text += fmt::format("  {:>5} - {:<5} {:<20} {:>6} elements, {:>3} fraction bits\n", v.word,
                        v.word + image.config.beats(v.length) - 1, v.name, v.length, v.fraction_bits);
  return text;
}

}  // namespace

std::string listing(const Image& image) {
  const auto schedule = golden::schedule(image.program, image.config);
  std::map<std::int64_t, std::string> purpose;
  for (const auto& slot : image.slots) purpose[slot.slot] = slot.text;
  // Names with blanks are fine for people but no words for the assembler: show them as identifiers.
  auto vectors = image.vectors;
  for (auto& vector : vectors)
    for (auto& c : vector.name)
      if (c == ' ') c = '_';
  std::string text = header(image) + state_map(image) + "\n  slot  runs     cycles  instruction\n";
  for (std::size_t i = 0; i < schedule.steps.size(); ++i) {
    const auto& step = schedule.steps[i];
    text += fmt::format("{:>6} {:>5} {:>10}  {}  # {}\n", step.slot, schedule.slot_runs[i],
                        cycles(step.instruction, image.config),
                        disassemble(step.instruction, vectors, image.config), purpose[step.slot]);
  }
  text += fmt::format("\n{} cycles from START to DONE, {} of them products\n", schedule.cycles,
                      schedule.mac_cycles);
  return text;
}

}  // namespace stoic
