#include "stoic/sim/platform/loop_probe.hpp"

#include <algorithm>

namespace stoic::platform {
namespace {

constexpr std::int64_t longest_loop = 100000;     ///< instructions
constexpr std::size_t most_bytes_stored = 20000;  ///< by a loop

}  // namespace

void LoopProbe::begin() {
  active_ = true;
  seen_ = period_ = 0;
  stored_.clear();
}

std::array<std::uint32_t, 6> LoopProbe::csrs() const {
  const auto& csr = hart_.csr();
  return {csr.mstatus, csr.mie, csr.mscratch, csr.mepc, csr.mcause, csr.mtval};
}

bool LoopProbe::is_back(std::uint32_t pc) const {
  if (pc != pc_ || csrs() != csrs_) return false;
  for (unsigned r = 1; r < 32; ++r)
    if (hart_.reg(r) != registers_[r]) return false;
  return std::ranges::all_of(stored_,
                             [&](const auto& byte) { return *hart_.bytes(byte.first, 1) == byte.second; });
}

void LoopProbe::note_store(const Instruction& instruction) {
  const auto address = hart_.reg(instruction.rs1) + static_cast<std::uint32_t>(instruction.imm);
  for (unsigned b = 0; b < access_size(instruction.op); ++b)
    if (const auto* at = hart_.bytes(address + b, 1)) stored_.emplace(address + b, *at);
}

bool LoopProbe::before(std::uint32_t pc, const Instruction& instruction, std::int64_t cycle) {
  if (active_ && seen_ > 0 && is_back(pc)) {
    period_ = seen_;
    active_ = false;
    return false;
  }
  if (next != nullptr && !next->before(pc, instruction, cycle)) return false;
  if (!active_) return true;
  if (seen_ == 0) {
    pc_ = lowest_ = highest_ = pc;
    for (unsigned r = 0; r < 32; ++r) registers_[r] = hart_.reg(r);
    csrs_ = csrs();
  }
  lowest_ = std::min(lowest_, pc);
  highest_ = std::max(highest_, pc);
  if (is_store(instruction.op)) note_store(instruction);
  if (++seen_ > longest_loop || stored_.size() > most_bytes_stored) active_ = false;
  return true;
}

}  // namespace stoic::platform
