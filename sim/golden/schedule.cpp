#include "stoic/sim/golden/schedule.hpp"

#include <fmt/format.h>

#include <map>

#include "stoic/sim/contract/assembler.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic::golden {

Step decode_step(std::span<const std::uint64_t> program, std::int64_t slot, const HardwareConfig& config) {
  auto decoded = decode(program, slot);
  if (decoded.status == STOIC_STATUS_CODE_OK) decoded.status = check_operands(decoded.instruction, config);
  return {slot, decoded.instruction, decoded.status, decoded.words};
}

int Sequencer::fault(const Step& step) const {
  if (step.status != STOIC_STATUS_CODE_OK) return step.status;
  if (std::holds_alternative<stoic::Loop>(step.instruction) &&
      static_cast<std::int64_t>(loops_.size()) == loop_depth_)
    return STOIC_STATUS_CODE_LOOP_TOO_DEEP;
  if (std::holds_alternative<End>(step.instruction) && loops_.empty())
    return STOIC_STATUS_CODE_LOOP_UNDERFLOW;
  return STOIC_STATUS_CODE_OK;
}

int Sequencer::advance(const Step& step) {
  if (const int status = fault(step); status != STOIC_STATUS_CODE_OK) return status;
  const std::int64_t next = step.slot + step.words;
  if (const auto* loop = std::get_if<stoic::Loop>(&step.instruction)) {
    loops_.push_back({next, loop->count});
  } else if (std::holds_alternative<End>(step.instruction)) {
    if (--loops_.back().remaining > 0) {
      slot_ = loops_.back().body;
      return STOIC_STATUS_CODE_OK;
    }
    loops_.pop_back();
  }
  slot_ = next;
  return STOIC_STATUS_CODE_OK;
}

Schedule schedule(std::span<const std::uint64_t> program, const HardwareConfig& config,
                  std::int64_t program_start) {
  constexpr std::size_t instruction_limit = std::size_t{1} << 22;
  Schedule result;
  std::map<std::int64_t, std::size_t> index_of;
  Sequencer sequencer(program_start, config.loop_depth);
  result.cycles = start_and_done_cycles;
  while (true) {
    const auto slot = sequencer.slot();
    auto found = index_of.find(slot);
    if (found == index_of.end()) {
      found = index_of.emplace(slot, result.steps.size()).first;
      result.steps.push_back(decode_step(program, slot, config));
      result.slot_runs.push_back(0);
    }
    const auto& step = result.steps[found->second];
    if (const int status = sequencer.advance(step); status != STOIC_STATUS_CODE_OK)
      throw Error(fmt::format("program word {}: {} ({})", slot, status_codes[status].meaning,
                              status_codes[status].name));
    result.order.push_back(found->second);
    ++result.slot_runs[found->second];
    result.cycles += cycles(step.instruction, config);
    result.mac_cycles += mac_cycles(step.instruction, config);
    if (result.cycles > cycle_limit)
      throw Error(fmt::format("program word {}: one sample takes more than {} cycles; check the LOOP counts",
                              slot, cycle_limit));
    if (std::holds_alternative<Halt>(step.instruction)) return result;
    if (result.order.size() == instruction_limit)
      throw Error(fmt::format("program word {}: still running after {} instructions; check the LOOP counts",
                              slot, instruction_limit));
  }
}

}  // namespace stoic::golden
