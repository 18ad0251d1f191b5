#pragma once
#include <algorithm>
#include <random>
#include <vector>

#include "../contract/random_instruction.hpp"
#include "../golden/random_state.hpp"
#include "model_driver.hpp"

namespace stoic::systemc {

/// A small instance: few words, so that programs are short in cycles and addresses meet often.
inline HardwareConfig small_instance(std::int64_t lanes, std::int64_t function_units) {
  auto config = golden::instance(lanes, 12, 6, function_units);
  config.state_words_per_lane = 64;
  config.weight_words = 256;
  config.program_words = 128;
  config.table_words = 64;
  config.loop_depth = 2;
  config.input_buffer_beats = 4;
  return config;
}

/// An instruction of the alternative `which` that the engine accepts, with short vectors.
inline Instruction random_legal(const HardwareConfig& config, std::size_t which, std::mt19937_64& random) {
  while (true) {
    auto instruction = random_instruction(random, which);
    std::visit(
        [&](auto& fields) {
          fields.fields(fields, [&](const Field& field, std::int64_t& value) {
            const auto below = [&](std::int64_t end) {
              return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(end));
            };
            if (field.kind == FieldKind::count)
              value = 1 + below(field.name == std::string("count") ? 3 : 20);
            if (field.kind == FieldKind::state) value = below(config.state_words_per_lane);
            if (field.kind == FieldKind::element) value = below(config.state_words_per_lane * config.lanes);
            if (field.kind == FieldKind::weight) value = below(config.weight_words);
            if (field.kind == FieldKind::table) value = below(config.table_words);
            if (field.name == std::string("result_shift") && field.kind == FieldKind::shift)
              value = below(12);
            if (field.name == std::string("amount")) value = below(20);
            if (field.name == std::string("origin"))
              value = below(2 * config.state_max()) - config.state_max();
            if (field.name == std::string("segment_shift")) value = below(config.state_width);
          });
        },
        instruction);
    if (auto* bundle = std::get_if<Bundle>(&instruction)) {
      bundle->terms = 1 + static_cast<std::int64_t>(random() % 3);
      for (auto& term : bundle->term) {
        term.left %= config.state_words_per_lane;
        term.right %= config.state_words_per_lane;
        term.align %= 4;
      }
    }
    if (check_operands(instruction, config) == STOIC_STATUS_CODE_OK) return instruction;
  }
}

/// A program, its memories and what its streams bring.
struct RandomRun {
  HardwareConfig config;
  std::vector<std::uint64_t> program;
  std::vector<std::int32_t> weights, tables, state;
  std::vector<std::vector<std::int32_t>> input, matrices;  ///< whole beats, in the order of one sample
  std::int64_t samples = 2;
};

inline RandomRun random_run(const HardwareConfig& config, std::uint64_t seed,
                            std::int64_t instructions = 12) {
  std::mt19937_64 random(seed);
  RandomRun run{.config = config};
  std::vector<Instruction> list;
  constexpr auto kinds = std::variant_size_v<Instruction>;
  for (std::int64_t i = 0; i < instructions; ++i) {
    const auto instruction = random_legal(config, 3 + random() % (kinds - 3), random);  // not HALT, LOOP, END
    if (random() % 5 == 0) {
      list.emplace_back(Loop{.count = 2});
      list.push_back(instruction);
      list.emplace_back(End{});
    } else {
      list.push_back(instruction);
    }
  }
  list.emplace_back(Halt{});
  for (const auto& instruction : list)
    for (const auto word : encode(instruction)) run.program.push_back(word);
  const auto codes = [&](std::int64_t count, std::int64_t width) {
    const auto span = std::int64_t{1} << (width - 1);
    return golden::random_codes(static_cast<std::size_t>(count), -span, span - 1, random);
  };
  run.weights = codes(config.weight_words * config.lanes, config.weight_width);
  run.tables = codes(config.table_words, config.state_width + config.table_guard_bits);
  run.state = codes(config.state_words_per_lane * config.lanes, config.state_width);
  const auto schedule = golden::schedule(run.program, config);
  for (const auto index : schedule.order) {
    const auto& instruction = schedule.steps[index].instruction;
    const auto words = golden::issues(instruction, config) * config.lanes;
    if (std::holds_alternative<Load>(instruction)) run.input.push_back(codes(words, config.state_width));
    if (const auto* matvec = std::get_if<Matvec>(&instruction); matvec != nullptr && matvec->stream != 0)
      run.matrices.push_back(codes(words, config.weight_width));
  }
  return run;
}

/// What golden makes of a run.
inline golden::Machine golden_of(const RandomRun& run) {
  golden::Machine machine(run.config);
  std::copy(run.program.begin(), run.program.end(), machine.program().begin());
  machine.weights().assign(run.weights.begin(), run.weights.end());
  machine.tables() = run.tables;
  std::copy(run.state.begin(), run.state.end(), machine.state().begin());
  for (std::int64_t s = 0; s < run.samples; ++s) {
    machine.input().insert(machine.input().end(), run.input.begin(), run.input.end());
    machine.weight_stream().insert(machine.weight_stream().end(), run.matrices.begin(), run.matrices.end());
  }
  machine.start(0, run.samples);
  machine.run();
  return machine;
}

/// Writes memories and program, and queues the streams: a beat gets ready up to `gap` cycles after another.
inline void prepare(ModelDriver& driver, const RandomRun& run, std::int64_t gap = 0, std::uint64_t seed = 0) {
  driver.write_memory(STOIC_MEMORY_WEIGHTS, 0, run.weights);
  driver.write_memory(STOIC_MEMORY_TABLES, 0, run.tables);
  driver.write_memory(STOIC_MEMORY_STATE, 0, run.state);
  driver.write_program(std::span<const std::uint64_t>(run.program));
  driver.write(STOIC_REG_SAMPLES, static_cast<std::uint32_t>(run.samples));
  std::mt19937_64 random(seed);
  const auto queue = [&](OfferQueue& offers, const std::vector<std::vector<std::int32_t>>& packets) {
    auto ready = driver.model.now();
    for (std::int64_t s = 0; s < run.samples; ++s)
      for (const auto& packet : packets) {
        Burst burst{.beats = std::make_shared<std::vector<std::int32_t>>(packet)};
        for (std::size_t b = 0; gap > 0 && b < packet.size() / static_cast<std::size_t>(run.config.lanes);
             ++b)
          burst.ready.push_back(ready +=
                                1 + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(gap)));
        offers.push(std::move(burst));
      }
  };
  queue(driver.model.input_offers(), run.input);
  queue(driver.model.weight_offers(), run.matrices);
}

}  // namespace stoic::systemc
