#include "random_program.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "draw.hpp"
#include "random_instructions.hpp"

namespace stoic::cosim {
namespace {

enum Purpose : std::uint64_t { choose_config = 11, choose_program = 12 };

/// All of a memory of `size`, or a part of `most` at its beginning, its end or between.
Window window(Draw& draw, std::int64_t size, std::int64_t most) {
  if (size <= most) return {0, size};
  return {draw.of<std::int64_t>({0, size - most, draw.between(0, size - most)}), most};
}

class Writer {
 public:
  Writer(const HardwareConfig& config, std::uint64_t seed, const ProgramOptions& options)
      : config_(config),
        options_(options),
        draw_(seed, choose_program, 0),
        weights_(window(draw_, config.weight_words, std::max<std::int64_t>(4096 / config.lanes, 1))),
        tables_(window(draw_, config.table_words, 2048)),
        state_(window(draw_, config.state_words_per_lane, std::max<std::int64_t>(16384 / config.lanes, 1))),
        instructions_(config, draw_, weights_, tables_, state_) {
    case_.seed = seed;
    case_.config = config;
  }

  Case write() {
    const auto goal = draw_.between(options_.least_cycles, options_.most_cycles);
    case_.samples = draw_.once_in(2) ? 1 : draw_.between(1, options_.samples_most);
    words_left_ = config_.program_words - 1;
    // A program that leaves its memory needs no HALT.
    if (is_short() && options_.status == STOIC_STATUS_CODE_PROGRAM_ADDRESS) ++words_left_;
    if (draw_.once_in(2)) words_left_ = std::min<std::int64_t>(words_left_, draw_.between(2, 60));
    cycles_left_ = goal / case_.samples;
    body(0, 1);
    add(Halt{});
    fill_memories();
    place();
    const auto without_fault = case_;
    make_fault();
    if (!build(case_)) {
      // A fault found no room, such as a stream fault in a program without streams.
      case_.stream_fault.reset();
      case_.status = STOIC_STATUS_CODE_OK;
      case_.stream_timeout = 0;
      if (!build(case_)) {
        case_ = without_fault;
        shorten();
        build(case_);
      }
    }
    return std::move(case_);
  }

 private:
  /// A program memory of a few instructions, whose last words are used as well.
  bool is_short() const { return config_.program_words < 40; }

  void add(const Instruction& instruction) {
    case_.items.push_back({instruction, {}, case_.items.size()});
    words_left_ -= words(instruction);
  }

  /// Instructions and loops until cycles, words or patience end. `repeats`: how often this body runs.
  void body(std::int64_t depth, std::int64_t repeats) {
    const auto most = depth == 0 ? INT64_MAX : draw_.between(0, 8);
    for (std::int64_t i = 0; i < most; ++i) {
      const auto cycles_here = cycles_left_ / repeats;
      if (cycles_here < 20 || words_left_ < (is_short() ? 1 : 4)) return;
      if (depth < config_.loop_depth && words_left_ >= 2 && draw_.once_in(6)) {
        loop(depth, repeats, cycles_here);
        continue;
      }
      // Short instructions as often as those that use all that is left.
      const auto goal = draw_.once_in(8) ? cycles_here : std::min(cycles_here, draw_.between(20, 600));
      const auto instruction = instructions_.valid(goal, words_left_);
      if (!instruction) return;
      cycles_left_ -= cycles(*instruction, config_) * repeats;
      add(*instruction);
    }
  }

  void loop(std::int64_t depth, std::int64_t repeats, std::int64_t cycles_here) {
    const auto control = cycles(End{}, config_);
    const auto most = std::max<std::int64_t>(cycles_here / (2 * control), 1);
    const auto count = draw_.once_in(10) ? draw_.size(std::min<std::int64_t>(most, 400))
                                         : std::min<std::int64_t>(most, draw_.between(1, 6));
    cycles_left_ -= control * repeats * (1 + count);
    words_left_ -= 1;  // END
    add(Loop{count});
    body(depth + 1, repeats * count);
    words_left_ += 1;
    add(End{});
  }

  void fill_memories() {
    const auto lanes = config_.lanes;
    case_.weights = {weights_.first * lanes,
                     draw_.codes(weights_.count * lanes, config_.weight_width, lanes)};
    case_.tables = {tables_.first, draw_.codes(tables_.count, config_.state_width + config_.table_guard_bits,
                                               draw_.between(1, tables_.count))};
    case_.state = {state_.first * lanes, draw_.codes(state_.count * lanes, config_.state_width,
                                                     lanes * draw_.of<std::int64_t>({1, 1, 4}))};
  }

  void place() {
    std::int64_t size = 0;
    for (const auto& item : case_.items) size += words(item.instruction);
    const auto room = std::max<std::int64_t>(config_.program_words - size, 0);
    switch (draw_.between(0, 3)) {
      case 0:
        case_.origin = draw_.between(0, room);
        break;
      case 1:
        case_.at_end = true;
        break;
      default:
        break;
    }
  }

  /// Items before HALT: an instruction that is put there runs.
  std::size_t any_place() {
    return static_cast<std::size_t>(draw_.between(0, static_cast<std::int64_t>(case_.items.size()) - 1));
  }

  void insert(Item item, std::size_t place) {
    item.id = 100000 + case_.items.size();
    case_.items.insert(case_.items.begin() + static_cast<std::ptrdiff_t>(place), std::move(item));
    // The program grew: it may no longer fit where it was.
    case_.origin = 0;
    shorten();
  }

  /// Drops straight-line instructions until the program fits its memory again.
  void shorten() {
    const auto size = [&] {
      std::int64_t sum = 0;
      for (const auto& item : case_.items)
        sum += item.words.empty() ? words(item.instruction) : static_cast<std::int64_t>(item.words.size());
      return sum;
    };
    for (std::size_t i = case_.items.size(); i-- > 0 && size() > config_.program_words;) {
      const auto& item = case_.items[i];
      if (item.id < 100000 && !std::holds_alternative<Loop>(item.instruction) &&
          !std::holds_alternative<End>(item.instruction) && !std::holds_alternative<Halt>(item.instruction))
        case_.items.erase(case_.items.begin() + static_cast<std::ptrdiff_t>(i));
    }
    // What stops the engine needs no HALT after it.
    if (is_short() && size() > config_.program_words && case_.items.size() > 1) case_.items.pop_back();
  }

  void make_fault() {
    const int status = options_.status;
    case_.status = status;
    switch (status) {
      case STOIC_STATUS_CODE_OK:
        return;
      case STOIC_STATUS_CODE_PROGRAM_ADDRESS:
        return leave_program();
      case STOIC_STATUS_CODE_ILLEGAL_OPCODE:
        return illegal_opcode();
      case STOIC_STATUS_CODE_LOOP_TOO_DEEP: {
        const auto place = any_place();
        for (std::int64_t i = 0; i <= config_.loop_depth; ++i)
          insert({Loop{draw_.between(1, 9)}, {}, 0}, place);
        return;
      }
      case STOIC_STATUS_CODE_LOOP_UNDERFLOW:
        return insert({End{}, {}, 0}, case_.items.size() - 1);
      case STOIC_STATUS_CODE_STREAM_TOO_SHORT:
        return stream_fault(StreamFault::Kind::too_short);
      case STOIC_STATUS_CODE_STREAM_TOO_LONG:
        return stream_fault(StreamFault::Kind::too_long);
      case STOIC_STATUS_CODE_STREAM_TIMEOUT:
        case_.stream_timeout = draw_.between(1, 200);
        return stream_fault(StreamFault::Kind::missing);
      case STOIC_STATUS_CODE_CYCLE_LIMIT:
        case_.cycle_limit = draw_.between(1, options_.most_cycles);
        return without_end();
      case STOIC_STATUS_CODE_ABORTED:
        case_.abort_after = draw_.between(least_abort_after, options_.most_cycles);
        return without_end();
      default:
        if (auto item = instructions_.faulty(status))
          insert(std::move(*item), any_place());
        else
          case_.status = STOIC_STATUS_CODE_OK;
    }
  }

  void leave_program() {
    if (draw_.once_in(3)) {
      case_.program_start = draw_.of<std::int64_t>(
          {config_.program_words, config_.program_words + draw_.between(0, 1000), STOIC_PROGRAM_SLOT_MAX});
      shorten();
      return;
    }
    // The program runs over the end of its memory: without HALT, or in the middle of an instruction.
    case_.at_end = true;
    case_.items.pop_back();
    if (draw_.once_in(2)) return;
    for (int attempt = 0; attempt < 50; ++attempt) {
      const auto instruction = instructions_.valid(300, STOIC_BUNDLE_TERMS_MAX);
      if (!instruction || words(*instruction) < 2) continue;
      Item item{*instruction, encode(*instruction), 0};
      item.words.resize(static_cast<std::size_t>(draw_.between(1, words(*instruction) - 1)));
      return insert(std::move(item), case_.items.size());
    }
  }

  void illegal_opcode() {
    std::vector<std::int64_t> illegal;
    for (std::int64_t opcode = 0; opcode < (std::int64_t{1} << STOIC_OPCODE_WIDTH); ++opcode) {
      const std::uint64_t word[] = {static_cast<std::uint64_t>(opcode) << STOIC_OPCODE_LSB, 0, 0, 0, 0};
      if (decode(word, 0).status == STOIC_STATUS_CODE_ILLEGAL_OPCODE) illegal.push_back(opcode);
    }
    const auto mask = ((std::uint64_t{1} << STOIC_OPCODE_WIDTH) - 1) << STOIC_OPCODE_LSB;
    const auto opcode = static_cast<std::uint64_t>(draw_.of(illegal)) << STOIC_OPCODE_LSB;
    insert({Halt{}, {(draw_.bits() & ~mask) | opcode}, 0}, any_place());
  }

  void stream_fault(StreamFault::Kind kind) {
    const bool weights = draw_.once_in(2);
    if (draw_.once_in(4) || !has_stream(weights)) add_stream_instruction(weights);
    std::vector<std::uint64_t> ids;
    for (const auto& item : case_.items)
      if (takes_packet(item.instruction, weights)) ids.push_back(item.id);
    if (ids.empty()) return;
    case_.stream_fault = StreamFault{kind, draw_.of(ids), draw_.once_in(3) ? 1 : 0, draw_.between(1, 5)};
    if (!build(case_)) case_.stream_fault->run = 0;
    if (!build(case_)) case_.stream_fault->beats = 1;
  }

  static bool takes_packet(const Instruction& instruction, bool weights) {
    const auto* matvec = std::get_if<Matvec>(&instruction);
    return weights ? matvec != nullptr && matvec->stream != 0 : std::holds_alternative<Load>(instruction);
  }

  bool has_stream(bool weights) const {
    return std::any_of(case_.items.begin(), case_.items.end(),
                       [&](const Item& item) { return takes_packet(item.instruction, weights); });
  }

  void add_stream_instruction(bool weights) {
    for (int attempt = 0; attempt < 200; ++attempt) {
      const auto instruction = instructions_.valid(300, 4);
      if (instruction && takes_packet(*instruction, weights) && cycles(*instruction, config_) > 14)
        return insert({*instruction, {}, 0}, any_place());
    }
  }

  /// Now and then the whole program repeats for ever, as seen from a limit of a few thousand cycles.
  void without_end() {
    if (draw_.once_in(2) || words_left_ < 2 || config_.loop_depth < 2) return;
    for (const auto& item : case_.items)
      if (std::holds_alternative<Loop>(item.instruction)) return;  // depth might not do
    const auto forever = (std::int64_t{1} << 24) - 1;
    insert({End{}, {}, 0}, case_.items.size() - 1);
    insert({Loop{forever}, {}, 0}, 0);
  }

  const HardwareConfig& config_;
  const ProgramOptions& options_;
  Draw draw_;
  Window weights_, tables_, state_;
  InstructionDraw instructions_;
  Case case_;
  std::int64_t words_left_ = 0;
  std::int64_t cycles_left_ = 0;
};

}  // namespace

HardwareConfig random_config(std::uint64_t seed) {
  Draw draw(seed, choose_config, 0);
  HardwareConfig config;
  config.name = fmt::format("random-{}", seed);
  config.lanes = draw.of<std::int64_t>({4, 4, 8, 8, 16, 16, 32, 64});
  config.state_width = draw.between(STOIC_STATE_WIDTH_MIN, STOIC_STATE_WIDTH_MAX);
  config.weight_width = draw.between(STOIC_WEIGHT_WIDTH_MIN, STOIC_WEIGHT_WIDTH_MAX);
  const auto least = 2 * config.state_width + 1;
  config.accumulator_width = draw.of<std::int64_t>(
      {least, STOIC_ACCUMULATOR_WIDTH_MAX, draw.between(least, STOIC_ACCUMULATOR_WIDTH_MAX)});
  config.state_words_per_lane = draw.once_in(12) ? STOIC_STATE_WORDS_MAX / config.lanes : draw.between(6, 80);
  config.weight_words = draw.between(1, 400);
  config.program_words = draw.of<std::int64_t>({draw.between(40, 128), 128, 256, 1000});
  config.table_words = draw.of<std::int64_t>({2, 3, draw.between(4, 400), 256, 1024});
  config.table_guard_bits = draw.between(0, STOIC_TABLE_GUARD_BITS_MAX);
  config.function_units = std::min(config.lanes, std::int64_t{1} << draw.between(0, 6));
  config.loop_depth = draw.of<std::int64_t>({1, 2, 4, STOIC_LOOP_DEPTH_MAX});
  config.input_buffer_beats = draw.of<std::int64_t>({1, 2, 3, 4, 16, 100});
  return config;
}

Case random_case(const HardwareConfig& config, std::uint64_t seed, const ProgramOptions& options) {
  return Writer(config, seed, options).write();
}

}  // namespace stoic::cosim
