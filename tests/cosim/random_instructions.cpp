#include "random_instructions.hpp"

#include <algorithm>
#include <bit>

namespace stoic::cosim {

/// A vector of up to `most_beats` words: whole words, or one that ends within a word. No longer than its field can say, which
/// a large state memory is.
std::int64_t InstructionDraw::length(std::int64_t most_beats) {
  constexpr std::int64_t longest = 0xffff;
  const auto beats = draw_.size(std::min(most_beats, longest / config_.lanes));
  if (draw_.once_in(3)) return beats * config_.lanes;
  return (beats - 1) * config_.lanes + draw_.between(1, config_.lanes);
}

/// The first word of a vector that fits; mostly where the state memory was written, now and then at its ends.
std::int64_t InstructionDraw::vector(std::int64_t beats) {
  const auto most = config_.state_words_per_lane - beats;
  if (most <= 0) return 0;
  if (draw_.once_in(12)) return draw_.once_in(2) ? 0 : most;
  return std::clamp<std::int64_t>(state_.first + draw_.between(0, state_.count - 1), 0, most);
}

/// A result shift: near `usual`, so that results neither vanish nor saturate, or any, or an extreme one.
std::int64_t InstructionDraw::shift(std::int64_t usual) {
  switch (draw_.between(0, 9)) {
    case 0:
      return draw_.of<std::int64_t>({-64, -63, -40, -39, -1, 0, 1, 62, 63});
    case 1:
    case 2:
      return draw_.between(-64, 63);
    default:
      return std::clamp<std::int64_t>(usual + draw_.between(-4, 4), -64, 63);
  }
}

/// A table within the window; in every second draw one that spans the codes of a state.
void InstructionDraw::table(std::int64_t& first, std::int64_t& segments, std::int64_t& segment_shift) {
  segments = draw_.size(std::max<std::int64_t>(tables_.count - 1, 1));
  first = tables_.first + draw_.between(0, std::max<std::int64_t>(tables_.count - segments - 1, 0));
  if (draw_.once_in(8)) first = tables_.first + tables_.count - segments - 1;
  const auto bits = static_cast<std::int64_t>(std::bit_width(static_cast<std::uint64_t>(segments)));
  segment_shift = draw_.once_in(2)
                      ? std::clamp<std::int64_t>(config_.state_width - bits, 0, config_.state_width - 1)
                      : draw_.between(0, config_.state_width - 1);
}

Load InstructionDraw::load(std::int64_t beats) {
  Load result;
  result.length = length(beats);
  result.destination = vector(config_.beats(result.length));
  return result;
}

Store InstructionDraw::store(std::int64_t beats) {
  Store result;
  result.length = length(beats);
  result.source = vector(config_.beats(result.length));
  return result;
}

Matvec InstructionDraw::matvec(std::int64_t beats) {
  Matvec result;
  result.stream = draw_.once_in(3);
  result.biased = draw_.once_in(2);
  // Many columns or many rows: `beats` bounds their product.
  auto most_rows = std::min(beats, std::max<std::int64_t>(config_.state_words_per_lane / 3, 1));
  if (result.stream == 0) most_rows = std::min(most_rows, weights_.count);
  result.rows = length(draw_.once_in(2) ? 1 : most_rows);
  auto most_columns = std::max<std::int64_t>(beats / config_.beats(result.rows), 1);
  if (result.stream == 0) most_columns = std::min(most_columns, weights_.count / config_.beats(result.rows));
  result.columns = draw_.size(std::max<std::int64_t>(most_columns, 1));
  const auto used = config_.beats(result.rows) * result.columns;
  result.weights = result.stream != 0
                       ? draw_.between(0, (1 << 24) - 1)
                       : weights_.first + draw_.between(0, std::max<std::int64_t>(weights_.count - used, 0));
  if (result.stream == 0 && draw_.once_in(6)) result.weights = weights_.first + weights_.count - used;
  result.destination = vector(config_.beats(result.rows));
  result.source = vector(config_.beats(result.columns));
  // Without `biased` the bias is no operand: any word will do, one outside the memory too.
  result.bias = result.biased == 0 ? draw_.between(0, STOIC_STATE_WORDS_MAX - 1)
                : draw_.once_in(3) ? result.destination
                                   : vector(config_.beats(result.rows));
  result.bias_shift = draw_.once_in(6) ? draw_.between(0, 63) : draw_.between(0, config_.weight_width);
  const auto bits = static_cast<std::int64_t>(std::bit_width(static_cast<std::uint64_t>(result.columns)));
  result.result_shift = shift(config_.weight_width + bits / 2 - 2);
  return result;
}

Bundle InstructionDraw::bundle(std::int64_t beats) {
  Bundle result;
  result.terms = draw_.between(1, STOIC_BUNDLE_TERMS_MAX);
  result.length = length(std::max<std::int64_t>(beats / result.terms, 1));
  const auto size = config_.beats(result.length);
  result.destination = vector(size);
  const bool small_aligns = draw_.once_in(2);
  for (std::int64_t t = 0; t < result.terms; ++t) {
    auto& term = result.term[static_cast<std::size_t>(t)];
    const auto operand = [&](std::int64_t& word, std::int64_t& fixed) {
      fixed = draw_.once_in(3);
      word = fixed == 0 && draw_.once_in(3) ? result.destination : vector(fixed != 0 ? 1 : size);
    };
    operand(term.left, term.left_fixed);
    operand(term.right, term.right_fixed);
    term.subtract = draw_.once_in(2);
    term.align = draw_.between(0, small_aligns ? 2 : 31);
  }
  result.result_shift = shift(config_.state_width);
  return result;
}

Function InstructionDraw::function(std::int64_t beats) {
  Function result;
  result.length = length(beats);
  result.destination = vector(config_.beats(result.length));
  result.source = draw_.once_in(3) ? result.destination : vector(config_.beats(result.length));
  result.symmetry = draw_.between(0, 2);
  result.count_outside = draw_.once_in(2);
  table(result.table, result.segments, result.segment_shift);
  switch (draw_.between(0, 3)) {
    case 0:
      result.origin = draw_.between(config_.state_min(), config_.state_max());
      break;
    case 1:
      result.origin = draw_.of<std::int64_t>({config_.state_min(), config_.state_max(), -1, 0, 1});
      break;
    default:
      result.origin = result.symmetry == 0 ? config_.state_min() : 0;
  }
  return result;
}

Normalise InstructionDraw::normalise(std::int64_t beats) {
  Normalise result;
  result.length = length(std::min(beats, std::max<std::int64_t>(config_.state_words_per_lane / 3, 1)));
  result.destination = vector(3 * config_.beats(result.length));
  result.source = draw_.once_in(3) ? result.destination : vector(3 * config_.beats(result.length));
  table(result.table, result.segments, result.segment_shift);
  result.result_shift = draw_.once_in(2) ? draw_.between(0, 2) : draw_.between(0, config_.state_width - 1);
  return result;
}

Copy InstructionDraw::copy(std::int64_t beats) {
  Copy result;
  const auto elements = config_.state_words_per_lane * config_.lanes;
  result.length = std::min(length(beats), elements / 2);
  const auto place = [&] {
    const auto word = vector(std::min(config_.beats(result.length) + 1, config_.state_words_per_lane));
    return std::min(word * config_.lanes + draw_.between(0, config_.lanes - 1), elements - result.length);
  };
  result.source = place();
  result.destination = place();
  // Neighbours share a word, which is what makes COPY difficult.
  if (draw_.once_in(2)) {
    const auto gap = draw_.between(0, 2);
    result.destination = draw_.once_in(2)
                             ? std::min(result.source + result.length + gap, elements - result.length)
                             : std::max<std::int64_t>(result.source - result.length - gap, 0);
  }
  return result;
}

Rotate InstructionDraw::rotate(std::int64_t beats) {
  Rotate result;
  result.length = length(std::min(beats, std::max<std::int64_t>(config_.state_words_per_lane / 2, 1)));
  result.destination = vector(config_.beats(result.length));
  result.source = vector(config_.beats(result.length));
  result.amount = draw_.between(0, result.length - 1);
  if (draw_.once_in(4)) result.amount = draw_.of<std::int64_t>({0, 1, result.length - 1});
  result.amount = std::min(result.amount, result.length - 1);
  return result;
}

Instruction InstructionDraw::candidate(std::int64_t most_cycles) {
  const auto beats = std::clamp<std::int64_t>(most_cycles, 1, config_.state_words_per_lane);
  switch (draw_.between(0, 11)) {
    case 0:
      return load(beats);
    case 1:
      return store(beats);
    case 2:
    case 3:
    case 4:
      return matvec(std::max<std::int64_t>(most_cycles, 1));
    case 5:
    case 6:
      return bundle(beats);
    case 7:
      return function(std::max<std::int64_t>(beats * config_.function_units / config_.lanes, 1));
    case 8:
      return normalise(std::max<std::int64_t>(beats / STOIC_NORMALISE_BEAT_CYCLES, 1));
    case 9:
    case 10:
      return copy(beats);
    default:
      return rotate(beats);
  }
}

std::optional<Instruction> InstructionDraw::valid(std::int64_t most_cycles, std::int64_t most_words) {
  for (int attempt = 0; attempt < 60; ++attempt) {
    const auto instruction = candidate(most_cycles);
    if (words(instruction) <= most_words && check_operands(instruction, config_) == STOIC_STATUS_CODE_OK &&
        cycles(instruction, config_) <= most_cycles)
      return instruction;
  }
  return std::nullopt;
}

/// Gives one field a value that is often wrong: 0, the largest, any, one near its own, or its own with another bit.
template <class T>
void InstructionDraw::spoil(T& instruction) {
  std::vector<std::pair<Field, std::int64_t*>> fields;
  const auto note = [&](const Field& field, std::int64_t& value) { fields.emplace_back(field, &value); };
  T::fields(instruction, note);
  if constexpr (requires { instruction.term; })
    for (std::int64_t t = 0; t < std::min<std::int64_t>(instruction.terms, STOIC_BUNDLE_TERMS_MAX); ++t) {
      auto& term = instruction.term[static_cast<std::size_t>(t)];
      term.fields(term, note);
    }
  if (fields.empty()) return;
  const auto [field, value] = draw_.of(fields);
  const bool is_signed = field.kind == FieldKind::shift || field.kind == FieldKind::signed_;
  const std::int64_t span = std::int64_t{1} << field.width;
  const std::int64_t least = is_signed ? -span / 2 : 0;
  const std::int64_t most = least + span - 1;
  const auto& other = draw_.of(fields);
  *value =
      std::clamp(draw_.of<std::int64_t>({0, most, least, draw_.between(least, most),
                                         *value + draw_.between(-3, 3), *other.second + draw_.between(-2, 2),
                                         *value ^ (std::int64_t{1} << draw_.between(0, field.width - 1))}),
                 least, most);
}

std::optional<Item> InstructionDraw::faulty(int status) {
  for (int attempt = 0; attempt < 20000; ++attempt) {
    auto instruction = candidate(200);
    if (draw_.once_in(10)) instruction = Loop{};
    for (auto changes = draw_.between(1, 3); changes > 0; --changes)
      std::visit([&](auto& fields) { spoil(fields); }, instruction);
    if (check_operands(instruction, config_) != status) continue;
    Item item{instruction, {}, 0};
    auto* bundle = std::get_if<Bundle>(&item.instruction);
    if (bundle != nullptr && bundle->terms > STOIC_BUNDLE_TERMS_MAX) {
      // encode() writes as many terms as there may be; the count itself is put into its bits here.
      const auto terms = bundle->terms;
      bundle->terms = STOIC_BUNDLE_TERMS_MAX;
      item.words = encode(item.instruction);
      bundle->terms = terms;
      Bundle::fields(*bundle, [&](const Field& field, std::int64_t& value) {
        if (&value != &bundle->terms) return;
        item.words[0] &= ~(((std::uint64_t{1} << field.width) - 1) << field.lsb);
        item.words[0] |= static_cast<std::uint64_t>(terms) << field.lsb;
      });
    }
    return item;
  }
  return std::nullopt;
}

}  // namespace stoic::cosim
