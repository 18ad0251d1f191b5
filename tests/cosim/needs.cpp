#include "needs.hpp"

#include <fmt/format.h>
#include <unistd.h>

namespace stoic::cosim {

std::string lacking(const HardwareConfig& config, const Needs& needs) {
  const struct {
    const char* key;
    std::int64_t needed, has;
  } numbers[] = {{"state_words_per_lane", needs.state_words_per_lane, config.state_words_per_lane},
                 {"weight_words", needs.weight_words, config.weight_words},
                 {"program_words", needs.program_words, config.program_words},
                 {"table_words", needs.table_words, config.table_words},
                 {"loop_depth", needs.loop_depth, config.loop_depth},
                 {"input_buffer_beats", needs.input_buffer_beats, config.input_buffer_beats}};
  std::string text;
  for (const auto& [key, needed, has] : numbers)
    if (has < needed)
      text +=
          fmt::format("{} {} >= {} (this instance has {})", text.empty() ? "needs" : ",", key, needed, has);
  return text;
}

std::int64_t memory_of_bodies(const HardwareConfig& config) {
  // Weights are 32-bit codes in golden twice (the memory, and a matrix that is prepared), in the cycle model
  // and, at most, in the RTL. States and tables are nothing beside them.
  constexpr std::int64_t copies = 4, rest = std::int64_t{200} << 20;
  return copies * 4 * (config.weight_words + config.state_words_per_lane) * config.lanes + rest;
}

std::string lacking_memory(const HardwareConfig& config) {
  const auto has = static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE));
  const auto needed = static_cast<double>(memory_of_bodies(config));
  if (needed <= has) return "";
  return fmt::format("needs {:.1f} GB of memory (this machine has {:.1f})", needed / 1e9, has / 1e9);
}

}  // namespace stoic::cosim
