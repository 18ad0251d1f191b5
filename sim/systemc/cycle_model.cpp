#include "stoic/sim/systemc/cycle_model.hpp"

#include <algorithm>

namespace stoic::systemc {

CycleModel::CycleModel(const HardwareConfig& config)
    : config_(config),
      datapath_(config),
      input_(config.input_buffer_beats, config.lanes),
      weights_(config.lanes),
      output_(config.lanes),
      engine_(config, datapath_, input_, weights_, output_) {}

void CycleModel::advance_to(std::int64_t cycle) {
  if (cycle <= now_) return;
  // The engine first: what it takes makes room, and what it leaves is discarded or closed after it.
  engine_.advance(cycle);
  input_.advance(cycle);
  weights_.advance(cycle);
  output_.advance(cycle);
  now_ = cycle;
  if (const auto code = engine_.take_end()) {
    done_ = *code == STOIC_STATUS_CODE_OK;
    fault_ = !done_;
    code_ = *code;
    irq_status_ |= done_ ? 1u << STOIC_IRQ_STATUS_DONE_LSB : 1u << STOIC_IRQ_STATUS_FAULT_LSB;
  }
}

std::int64_t CycleModel::change_bound() const {
  const auto streams =
      std::min({input_.accept_bound(now_), weights_.discard_bound(now_), output_.change_bound(now_)});
  return std::max(now_ + 1, std::min(engine_.change_bound(now_), streams));
}

void CycleModel::reset() {
  engine_.reset();
  engine_.clear_slot_saturations();
  input_.reset(now_);
  weights_.reset(now_);
  output_.reset();
  clear_registers();
  ++now_;
}

void CycleModel::clear_registers() {
  irq_enable_ = irq_status_ = program_start_ = samples_ = cycle_limit_ = stream_timeout_ = 0;
  memory_select_ = memory_address_ = 0;
  done_ = fault_ = access_error_ = false;
  code_ = STOIC_STATUS_CODE_OK;
}

}  // namespace stoic::systemc
