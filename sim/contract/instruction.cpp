#include "stoic/sim/contract/instruction.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdlib>

#include "stoic/sim/contract/operands.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

bool is_signed(FieldKind kind) { return kind == FieldKind::shift || kind == FieldKind::signed_; }

std::int64_t extract(std::span<const std::uint64_t> words, const Field& field, int base) {
  const int first = base + field.lsb;
  std::uint64_t bits = words[static_cast<std::size_t>(first / 64)] >> (first % 64);
  bits &= (std::uint64_t{1} << field.width) - 1;
  auto value = static_cast<std::int64_t>(bits);
  if (is_signed(field.kind) && (bits >> (field.width - 1)) != 0) value -= std::int64_t{1} << field.width;
  return value;
}

void insert(std::vector<std::uint64_t>& words, const Field& field, int base, std::int64_t value,
            const char* mnemonic) {
  const std::int64_t span = std::int64_t{1} << field.width;
  const std::int64_t least = is_signed(field.kind) ? -span / 2 : 0;
  const std::int64_t most = least + span - 1;
  if (value < least || value > most)
    throw Error(fmt::format("{}: {} = {} does not fit its {} bits; it must be {} to {}", mnemonic, field.name,
                            value, field.width, least, most));
  const int first = base + field.lsb;
  words[static_cast<std::size_t>(first / 64)] |=
      (static_cast<std::uint64_t>(value) & static_cast<std::uint64_t>(span - 1)) << (first % 64);
}

template <class T>
constexpr bool has_terms = requires(T instruction) {
  instruction.term;
};

std::int64_t term_count(std::int64_t terms) {
  return std::clamp<std::int64_t>(terms, 0, STOIC_BUNDLE_TERMS_MAX);
}

template <class T>
std::int64_t words_of(const T& instruction) {
  if constexpr (has_terms<T>) return T::words + (term_count(instruction.terms) + 1) / 2;
  return T::words;
}

/// Tries the I-th alternative of Instruction and, when the opcode is not its own, the next.
template <std::size_t I = 0>
Decoded decode_as(int opcode, std::span<const std::uint64_t> rest) {
  if constexpr (I == std::variant_size_v<Instruction>) {
    return {STOIC_STATUS_CODE_ILLEGAL_OPCODE, {}, 1};
  } else {
    using T = std::variant_alternative_t<I, Instruction>;
    if (opcode != T::opcode) return decode_as<I + 1>(opcode, rest);
    if (rest.size() < static_cast<std::size_t>(T::words))
      return {STOIC_STATUS_CODE_PROGRAM_ADDRESS, {}, T::words};
    T result;
    T::fields(result, [&](const Field& field, std::int64_t& value) { value = extract(rest, field, 0); });
    const auto size = words_of(result);
    if (rest.size() < static_cast<std::size_t>(size)) return {STOIC_STATUS_CODE_PROGRAM_ADDRESS, {}, size};
    if constexpr (has_terms<T>) {
      for (std::int64_t t = 0; t < term_count(result.terms); ++t) {
        const int base = T::term_first_bit + static_cast<int>(t) * T::term_stride;
        auto& term = result.term[static_cast<std::size_t>(t)];
        term.fields(term,
                    [&](const Field& field, std::int64_t& value) { value = extract(rest, field, base); });
      }
    }
    return {STOIC_STATUS_CODE_OK, result, size};
  }
}

}  // namespace

Decoded decode(std::span<const std::uint64_t> program, std::int64_t slot) {
  if (slot < 0 || slot >= static_cast<std::int64_t>(program.size()))
    return {STOIC_STATUS_CODE_PROGRAM_ADDRESS, {}, 1};
  const auto rest = program.subspan(static_cast<std::size_t>(slot));
  const int opcode = static_cast<int>((rest[0] >> STOIC_OPCODE_LSB) & ((1u << STOIC_OPCODE_WIDTH) - 1));
  return decode_as(opcode, rest);
}

std::vector<std::uint64_t> encode(const Instruction& instruction) {
  return std::visit(
      []<class T>(const T& fields) {
        std::vector<std::uint64_t> words(static_cast<std::size_t>(words_of(fields)), 0);
        words[0] = static_cast<std::uint64_t>(T::opcode) << STOIC_OPCODE_LSB;
        T::fields(fields, [&](const Field& field, std::int64_t value) {
          insert(words, field, 0, value, T::mnemonic);
        });
        if constexpr (has_terms<T>) {
          if (fields.terms > STOIC_BUNDLE_TERMS_MAX)
            throw Error(fmt::format("{}: {} terms; at most {} fit", T::mnemonic, fields.terms,
                                    STOIC_BUNDLE_TERMS_MAX));
          for (std::int64_t t = 0; t < fields.terms; ++t) {
            const int base = T::term_first_bit + static_cast<int>(t) * T::term_stride;
            const auto& term = fields.term[static_cast<std::size_t>(t)];
            term.fields(term, [&](const Field& field, std::int64_t value) {
              insert(words, field, base, value, T::mnemonic);
            });
          }
        }
        return words;
      },
      instruction);
}

std::int64_t words(const Instruction& instruction) {
  return std::visit([](const auto& fields) { return words_of(fields); }, instruction);
}

namespace {

/// Elements [first, end) of the state memory.
struct Span {
  std::int64_t first, end;
};

bool overlap(const Span& a, const Span& b) { return a.first < b.end && b.first < a.end; }

Span span_of(const OperandRange& range, const HardwareConfig& config) {
  const auto vector = range.whole_words ? config.beats(range.length) * config.lanes : range.length;
  return {range.first, range.first + range.vectors * vector};
}

/// Whether operand values break a rule that is no matter of memory.
struct IllegalOperand {
  const HardwareConfig& config;

  bool operator()(const Halt&) const { return false; }
  bool operator()(const End&) const { return false; }
  bool operator()(const Loop& loop) const { return loop.count == 0; }
  bool operator()(const Load& load) const { return load.length == 0; }
  bool operator()(const Store& store) const { return store.length == 0; }
  bool operator()(const Matvec& matvec) const { return matvec.rows == 0 || matvec.columns == 0; }
  bool operator()(const Bundle& bundle) const {
    return bundle.length == 0 || bundle.terms == 0 || bundle.terms > STOIC_BUNDLE_TERMS_MAX;
  }
  bool operator()(const Function& function) const {
    return function.length == 0 || function.segments == 0 || function.symmetry > 2 ||
           function.segment_shift >= config.state_width || function.origin < config.state_min() ||
           function.origin > config.state_max();
  }
  bool operator()(const Normalise& normalise) const {
    return normalise.length == 0 || normalise.segments == 0 ||
           normalise.segment_shift >= config.state_width || normalise.result_shift >= config.state_width;
  }
  bool operator()(const Copy& copy) const { return copy.length == 0; }
  bool operator()(const Rotate& rotate) const { return rotate.length == 0 || rotate.amount >= rotate.length; }
};

bool weights_outside(const Instruction& instruction, const HardwareConfig& config) {
  const auto* matvec = std::get_if<Matvec>(&instruction);
  return matvec != nullptr && matvec->stream == 0 &&
         matvec->weights + config.beats(matvec->rows) * matvec->columns > config.weight_words;
}

bool table_outside(const Instruction& instruction, const HardwareConfig& config) {
  return std::visit(
      [&](const auto& fields) {
        if constexpr (requires { fields.segments; })
          return fields.table + fields.segments + 1 > config.table_words;
        return false;
      },
      instruction);
}

/// Cycles after the fetch, by instruction; see the "cycles" of interface.json.
struct Body {
  const HardwareConfig& config;

  std::int64_t operator()(const Halt&) const { return STOIC_CONTROL_CYCLES; }
  std::int64_t operator()(const End&) const { return STOIC_CONTROL_CYCLES; }
  std::int64_t operator()(const Loop&) const { return STOIC_CONTROL_CYCLES; }
  std::int64_t operator()(const Load& load) const { return config.beats(load.length) + STOIC_LOAD_LATENCY; }
  std::int64_t operator()(const Store& store) const {
    return config.beats(store.length) + STOIC_STORE_LATENCY;
  }
  std::int64_t operator()(const Matvec& matvec) const {
    return config.beats(matvec.rows) * matvec.columns + STOIC_MAC_LATENCY;
  }
  std::int64_t operator()(const Bundle& bundle) const {
    return config.beats(bundle.length) * bundle.terms + STOIC_MAC_LATENCY;
  }
  std::int64_t operator()(const Function& function) const {
    return (function.length + config.function_units - 1) / config.function_units + STOIC_FUNCTION_LATENCY;
  }
  std::int64_t operator()(const Normalise& normalise) const {
    return config.beats(normalise.length) *
           (STOIC_NORMALISE_BEAT_CYCLES + config.lanes / config.function_units);
  }
  std::int64_t touched(std::int64_t first, std::int64_t length) const {
    return length == 0 ? 0 : (first + length - 1) / config.lanes - first / config.lanes + 1;
  }
  std::int64_t operator()(const Copy& copy) const {
    return touched(copy.destination, copy.length) + STOIC_COPY_LATENCY;
  }
  std::int64_t operator()(const Rotate& rotate) const {
    const auto head = rotate.length - rotate.amount;
    return touched(0, head) + touched(head, rotate.amount) + STOIC_COPY_LATENCY;
  }
};

}  // namespace

int check_operands(const Instruction& instruction, const HardwareConfig& config) {
  if (std::visit(IllegalOperand{config}, instruction)) return STOIC_STATUS_CODE_ILLEGAL_OPERAND;
  const auto end = config.state_words_per_lane * config.lanes;
  bool outside = false, clash = false;
  for_each_operand(instruction, config, [&](const OperandRange& range) {
    const auto span = span_of(range, config);
    outside |= span.end > end;
    if (!range.written) return;
    for_each_operand(instruction, config, [&](const OperandRange& other) {
      if (other.written || (other.in_place && other.first == range.first)) return;
      clash |= overlap(span, span_of(other, config));
    });
  });
  if (outside) return STOIC_STATUS_CODE_STATE_ADDRESS;
  if (weights_outside(instruction, config)) return STOIC_STATUS_CODE_WEIGHT_ADDRESS;
  if (table_outside(instruction, config)) return STOIC_STATUS_CODE_TABLE_ADDRESS;
  return clash ? STOIC_STATUS_CODE_OPERAND_OVERLAP : STOIC_STATUS_CODE_OK;
}

std::int64_t cycles(const Instruction& instruction, const HardwareConfig& config) {
  return STOIC_FETCH_CYCLES + words(instruction) + std::visit(Body{config}, instruction);
}

std::int64_t mac_cycles(const Instruction& instruction, const HardwareConfig& config) {
  if (const auto* matvec = std::get_if<Matvec>(&instruction))
    return config.beats(matvec->rows) * matvec->columns;
  if (const auto* bundle = std::get_if<Bundle>(&instruction))
    return config.beats(bundle->length) * bundle->terms;
  return 0;
}

Rounded TableLookup::operator()(std::int64_t distance, std::int64_t least, std::int64_t most) const {
  const std::int64_t inside = std::clamp<std::int64_t>(distance, 0, segments << segment_shift);
  // The last knot is reached as the end of the last segment, so that index + 1 exists.
  const std::int64_t index = std::min(inside >> segment_shift, segments - 1);
  const std::int64_t fraction = inside - (index << segment_shift);
  const std::int64_t low = knots[static_cast<std::size_t>(index)];
  const std::int64_t high = knots[static_cast<std::size_t>(index + 1)];
  const std::int64_t value = (low << segment_shift) + (high - low) * fraction;
  return round_and_saturate(value, segment_shift + guard_bits, least, most);
}

FunctionResult apply_function(const Function& function, const TableLookup& table,
                              const HardwareConfig& config, std::int64_t argument) {
  // |most negative code| is no state: it is clamped first.
  const std::int64_t magnitude =
      function.symmetry == 0 ? argument : std::min<std::int64_t>(std::abs(argument), config.state_max());
  const std::int64_t distance = magnitude - function.origin;
  const bool odd = function.symmetry == 1;
  // An odd function saturates symmetrically, so that negation cannot overflow.
  const auto rounded = table(distance, odd ? -config.state_max() : config.state_min(), config.state_max());
  return {odd && argument < 0 ? -rounded.value : rounded.value,
          rounded.saturated || (function.count_outside != 0 && table.outside(distance))};
}

void normalise_vector(const std::int64_t (&v)[3], const TableLookup& table, std::int64_t result_shift,
                      const HardwareConfig& config, Rounded (&d)[3]) {
  const std::int64_t least = config.state_min();
  const std::int64_t most = config.state_max();
  const auto sum = static_cast<std::uint64_t>(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
  if (sum == 0) {
    d[0] = d[1] = {0, false};
    d[2] = round_and_saturate(std::int64_t{1} << (config.state_width - 1 - result_shift), 0, least, most);
    return;
  }
  const std::int64_t half_exponent = (std::bit_width(sum) - 1) / 2;  // sum / 4^half_exponent is in [1,4)
  const std::int64_t one = std::int64_t{1} << (config.state_width - 2);
  const std::int64_t up = config.state_width - 2 - 2 * half_exponent;
  const auto mantissa = static_cast<std::int64_t>(up >= 0 ? sum << up : sum >> -up);
  const auto factor = table(mantissa - one, least, most).value;
  for (int c = 0; c < 3; ++c)
    d[c] = round_and_saturate(v[c] * factor, half_exponent + result_shift, least, most);
}

}  // namespace stoic
