#include "case.hpp"

#include <fmt/format.h>

#include <map>

#include "draw.hpp"
#include "stoic/sim/contract/assembler.hpp"
#include "stoic/sim/golden/schedule.hpp"

namespace stoic::cosim {
namespace {

enum CasePurpose : std::uint64_t { reserved_bits = 1, packet_codes = 2 };

/// Ones where `instruction` has an opcode or a field: all other bits of its words are reserved.
std::vector<std::uint64_t> used_bits(const Instruction& instruction) {
  std::vector<std::uint64_t> used(static_cast<std::size_t>(words(instruction)), 0);
  const auto mark = [&](const Field& field, int base) {
    for (int bit = base + field.lsb; bit < base + field.lsb + field.width; ++bit)
      used[static_cast<std::size_t>(bit / 64)] |= std::uint64_t{1} << (bit % 64);
  };
  mark({"opcode", STOIC_OPCODE_LSB, STOIC_OPCODE_WIDTH, FieldKind::number}, 0);
  std::visit(
      [&]<class T>(const T& fields) {
        T::fields(fields, [&](const Field& field, std::int64_t) { mark(field, 0); });
        if constexpr (requires { fields.term; }) {
          for (std::int64_t t = 0; t < fields.terms; ++t) {
            const auto& term = fields.term[static_cast<std::size_t>(t)];
            const int base = T::term_first_bit + static_cast<int>(t) * T::term_stride;
            term.fields(term, [&](const Field& field, std::int64_t) { mark(field, base); });
          }
        }
      },
      instruction);
  return used;
}

/// The words of an item. Reserved bits are random in every second item.
std::vector<std::uint64_t> words_of(const Item& item, std::uint64_t seed) {
  if (!item.words.empty()) return item.words;
  auto encoded = encode(item.instruction);
  Draw draw(seed, reserved_bits, item.id);
  if (draw.once_in(2)) return encoded;
  const auto used = used_bits(item.instruction);
  for (std::size_t w = 0; w < encoded.size(); ++w) encoded[w] |= draw.bits() & ~used[w];
  return encoded;
}

/// Makes the packets of a run, one instruction after the other.
class Packets {
 public:
  explicit Packets(Case& c) : case_(c) {}

  void take(const Item& item) {
    const auto& config = case_.config;
    if (const auto* load = std::get_if<Load>(&item.instruction)) {
      add(item, case_.input, input_ended_, config.beats(load->length), config.state_width);
    } else if (const auto* matvec = std::get_if<Matvec>(&item.instruction); matvec && matvec->stream != 0) {
      add(item, case_.weight_stream, weights_ended_, config.beats(matvec->rows) * matvec->columns,
          config.weight_width);
    }
  }
  /// Whether the packet of the stream fault has been met.
  bool fault_met() const { return fault_met_; }

 private:
  void add(const Item& item, std::vector<Packet>& packets, bool& ended, std::int64_t beats,
           std::int64_t width) {
    const auto run = runs_[item.id]++;
    if (ended) return;
    const auto& fault = case_.stream_fault;
    if (fault && fault->item == item.id && fault->run == run) {
      if (fault->kind == StreamFault::Kind::too_short && fault->beats >= beats) return;
      fault_met_ = true;
      if (fault->kind == StreamFault::Kind::missing) {
        ended = true;
        return;
      }
      beats += fault->kind == StreamFault::Kind::too_short ? -fault->beats : fault->beats;
    }
    Draw draw(case_.seed, packet_codes, item.id * 4096 + static_cast<std::uint64_t>(run));
    packets.push_back({draw.codes(beats * case_.config.lanes, width, case_.config.lanes), true});
  }

  Case& case_;
  std::map<std::uint64_t, std::int64_t> runs_;
  bool input_ended_ = false;
  bool weights_ended_ = false;
  bool fault_met_ = false;
};

/// More instructions than can run before CYCLE_LIMIT or ABORT stops the engine.
std::int64_t instructions_until_stop(const Case& c) {
  constexpr std::int64_t fewest_cycles = 1 + STOIC_FETCH_CYCLES + STOIC_CONTROL_CYCLES;
  const auto limit = c.abort_after > 0 ? c.abort_after : c.cycle_limit;
  return limit > 0 ? limit / fewest_cycles + 1 : INT64_MAX;
}

}  // namespace

std::int64_t start_slot(const Case& c) { return c.program_start.value_or(c.origin); }

bool build(Case& c, std::int64_t instruction_limit) {
  std::map<std::int64_t, const Item*> item_at;  // by word of the program
  c.program.clear();
  for (const auto& item : c.items) {
    item_at[static_cast<std::int64_t>(c.program.size())] = &item;
    const auto encoded = words_of(item, c.seed);
    c.program.insert(c.program.end(), encoded.begin(), encoded.end());
  }
  const auto size = static_cast<std::int64_t>(c.program.size());
  if (c.at_end) c.origin = c.config.program_words - size;
  if (c.origin < 0 || c.origin + size > c.config.program_words) return false;
  c.input.clear();
  c.weight_stream.clear();
  c.instructions = 0;
  Packets packets(c);
  const auto stopped_by = instructions_until_stop(c);
  for (std::int64_t sample = 0; sample < c.samples; ++sample) {
    golden::Sequencer sequencer(start_slot(c) - c.origin, c.config.loop_depth);
    while (true) {
      // A slot that ends where the program ends lies outside the memory; slots of a step are relative.
      const auto step = golden::decode_step(c.program, sequencer.slot(), c.config);
      if (sequencer.advance(step) != STOIC_STATUS_CODE_OK) return !c.stream_fault || packets.fault_met();
      if (++c.instructions > stopped_by) return true;
      if (c.instructions > instruction_limit) return false;
      packets.take(*item_at.at(step.slot));
      if (std::holds_alternative<Halt>(step.instruction)) break;
    }
  }
  return !c.stream_fault || packets.fault_met();
}

std::string text(const Case& c) {
  auto result = fmt::format(
      "# seed {}, PROGRAM_START {}, SAMPLES {}, CYCLE_LIMIT {}, ABORT in busy cycle {}, STREAM_TIMEOUT {}\n"
      "# meant to end with {}\n",
      c.seed, start_slot(c), c.samples, c.cycle_limit, c.abort_after, c.stream_timeout,
      status_codes[c.status].name);
  std::int64_t slot = c.origin;
  for (const auto& item : c.items) {
    if (item.words.empty()) {
      result += fmt::format("{:<60} # word {}\n", disassemble(item.instruction, {}, c.config), slot);
      slot += words(item.instruction);
    } else {
      result += fmt::format("# word {}:", slot);
      for (const auto word : item.words) result += fmt::format(" {:016x}", word);
      result += "\n";
      slot += static_cast<std::int64_t>(item.words.size());
    }
  }
  if (c.stream_fault) {
    constexpr const char* kinds[] = {"too short", "too long", "missing"};
    result += fmt::format("# the packet of item {} in its run {} is {} by {} beats\n", c.stream_fault->item,
                          c.stream_fault->run, kinds[static_cast<int>(c.stream_fault->kind)],
                          c.stream_fault->beats);
  }
  return result;
}

}  // namespace stoic::cosim
