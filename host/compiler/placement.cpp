#include "stoic/host/compiler/placement.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <variant>

#include "stoic/sim/contract/operands.hpp"
#include "stoic/sim/golden/schedule.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

/// One memory: what it is called, what there is, what the networks need together.
struct SharedMemory {
  const char* key;
  std::int64_t has, needed, most;
};

void reach_word(std::int64_t& words, std::int64_t end) { words = std::max(words, end); }

/// What instructions address beside states.
struct ConstantsReached {
  MemoryNeeds& needs;
  std::int64_t lanes;

  void operator()(const Matvec& matvec) const {
    if (matvec.stream == 0)
      reach_word(needs.weight_words, matvec.weights + (matvec.rows + lanes - 1) / lanes * matvec.columns);
  }
  void operator()(const Function& function) const {
    reach_word(needs.table_words, function.table + function.segments + 1);
  }
  void operator()(const Normalise& normalise) const {
    reach_word(needs.table_words, normalise.table + normalise.segments + 1);
  }
  void operator()(const auto&) const {}
};

/// Where all tables of a network lie already, or -1.
std::int64_t found_tables(const std::vector<std::int32_t>& there, const std::vector<std::int32_t>& tables) {
  const auto at = std::search(there.begin(), there.end(), tables.begin(), tables.end());
  return at == there.end() ? -1 : at - there.begin();
}

[[noreturn]] void refuse_neighbours(const std::vector<NamedImage>& images,
                                    const std::vector<SharedMemory>& memories) {
  std::vector<std::string> names, remedies;
  for (const auto& image : images) names.push_back(image.name);
  for (const auto& m : memories) {
    if (m.needed > m.most)
      throw Error(
          fmt::format("{} do not fit one instance: together they need {} {}, and none has more than {}; "
                      "leave one out, or make one smaller",
                      fmt::join(names, " and "), m.needed, m.key, m.most));
    if (m.needed > m.has) remedies.push_back(fmt::format("{} from {} to {}", m.key, m.has, m.needed));
  }
  const auto& instance = images.front().image.config.name;
  throw Error(
      fmt::format("{} do not fit the instance \"{}\" together: raise {} in an instance of your own, and "
                  "compile each again "
                  "with its --hw and --within {}, so that it leaves that room",
                  fmt::join(names, " and "), instance, fmt::join(remedies, ", "), instance));
}

}  // namespace

MemoryNeeds memory_needs(const Image& image) {
  const auto& config = image.config;
  MemoryNeeds needs{.program_words = std::ssize(image.program),
                    .weight_words = config.beats(std::ssize(image.weights)),
                    .table_words = std::ssize(image.tables)};
  for (const auto& block : image.initial_state)
    reach_word(needs.state_words_per_lane, block.word + config.beats(std::ssize(block.values)));
  for (const auto& vector : image.vectors)
    reach_word(needs.state_words_per_lane, vector.word + config.beats(vector.length));
  for (const auto& step : golden::schedule(image.program, config).steps) {
    std::visit(ConstantsReached{needs, config.lanes}, step.instruction);
    for_each_operand(step.instruction, config, [&](const OperandRange& range) {
      const auto before_last = (range.vectors - 1) * config.beats(range.length) * config.lanes;
      reach_word(needs.state_words_per_lane, config.beats(range.first + before_last + range.length));
    });
  }
  return needs;
}

Placement placement_of_last(const std::vector<NamedImage>& images) {
  const auto& config = images.front().image.config;
  Placement last;
  MemoryNeeds sum;
  std::vector<std::int32_t> tables;
  for (const auto& [name, image] : images) {
    require_config(image, config, name);
    const auto needs = memory_needs(image);
    last = {sum.program_words, sum.weight_words, sum.state_words_per_lane, sum.table_words};
    sum.program_words += needs.program_words;
    sum.weight_words += needs.weight_words;
    sum.state_words_per_lane += needs.state_words_per_lane;
    auto own = image.tables;
    own.resize(static_cast<std::size_t>(needs.table_words), 0);
    if (const auto shared = found_tables(tables, own); shared >= 0) {
      last.table_word = shared;
    } else {
      sum.table_words += needs.table_words;
      tables.insert(tables.end(), own.begin(), own.end());
    }
  }
  const std::vector<SharedMemory> memories{
      {"program_words", config.program_words, sum.program_words, STOIC_PROGRAM_WORDS_MAX},
      {"weight_words", config.weight_words, sum.weight_words, STOIC_WEIGHT_WORDS_MAX},
      {"state_words_per_lane", config.state_words_per_lane, sum.state_words_per_lane, STOIC_STATE_WORDS_MAX},
      {"table_words", config.table_words, sum.table_words, STOIC_TABLE_WORDS_MAX}};
  if (std::ranges::any_of(memories, [](const auto& m) { return m.needed > m.has; }))
    refuse_neighbours(images, memories);
  return last;
}

Image on_larger_instance(Image image, const HardwareConfig& larger) {
  static const std::set<std::string> may_grow{"state_words_per_lane", "weight_words", "program_words",
                                              "table_words", "loop_depth"};
  const auto known = nlohmann::ordered_json::parse(hardware_config_text(image.config)),
             wanted = nlohmann::ordered_json::parse(hardware_config_text(larger));
  for (const auto& [key, before] : known.items()) {
    const auto& after = wanted.at(key);
    if (!before.is_number() || before == after || (may_grow.contains(key) && before < after)) continue;
    throw Error(fmt::format(
        "a network within the instance {} does not run on {}: {} is {} and {}; choose two that differ in "
        "the size of memories alone, the latter's larger",
        image.config.name, larger.name, key, before.dump(), after.dump()));
  }
  image.config = larger;
  return image;
}

nlohmann::ordered_json placement_json(const Placement& placement) {
  return {{"program_word", placement.program_word},
          {"weight_word", placement.weight_word},
          {"state_word", placement.state_word},
          {"table_word", placement.table_word}};
}

Image relocated(Image image, const Placement& placement) {
  std::vector<std::uint64_t> program;
  for (std::int64_t slot = 0; slot < std::ssize(image.program);) {
    auto [status, instruction, size] = decode(image.program, slot);
    if (status != STOIC_STATUS_CODE_OK) {  // behind the last HALT, or a fault wherever it lies
      program.push_back(image.program[static_cast<std::size_t>(slot++)]);
      continue;
    }
    std::visit(
        [&]<class Kind>(Kind& kind) {
          const auto move = [&](const Field& field, std::int64_t& value) {
            if (field.kind == FieldKind::state) value += placement.state_word;
            if (field.kind == FieldKind::element) value += placement.state_word * image.config.lanes;
            if (field.kind == FieldKind::weight) value += placement.weight_word;
            if (field.kind == FieldKind::table) value += placement.table_word;
          };
          Kind::fields(kind, move);
          if constexpr (std::is_same_v<Kind, Bundle>)
            for (auto& term : kind.term) BundleTerm::fields(term, move);
        },
        instruction);
    const auto words = encode(instruction);
    program.insert(program.end(), words.begin(), words.end());
    slot += size;
  }
  image.program = std::move(program);
  for (auto& block : image.initial_state) block.word += placement.state_word;
  for (auto& vector : image.vectors) vector.word += placement.state_word;
  for (auto& symbol : image.slots) symbol.slot += placement.program_word;
  return image;
}

}  // namespace stoic
