// The register map of the cycle model: what is read, what is written, what answers SLVERR.
#include <fmt/format.h>

#include <algorithm>

#include "stoic/sim/io/error.hpp"
#include "stoic/sim/systemc/cycle_model.hpp"

namespace stoic::systemc {
namespace {

/// Whether a set of the interface has the register.
bool has(std::uint64_t registers, std::uint32_t offset) {
  return offset % 4 == 0 && offset < 256 && ((registers >> (offset / 4)) & 1) != 0;
}

std::uint32_t low(std::int64_t value) { return static_cast<std::uint32_t>(value); }
std::uint32_t high(std::int64_t value) { return static_cast<std::uint32_t>(value >> 32); }

std::uint32_t field(std::int64_t value, int lsb) { return static_cast<std::uint32_t>(value) << lsb; }

std::uint32_t bits(std::uint32_t value, int width) { return value & ((std::uint32_t{1} << width) - 1); }

/// The low `width` bits as a two's complement number.
std::int32_t sign_extended(std::uint32_t value, std::int64_t width) {
  const auto unused = static_cast<int>(32 - width);
  return static_cast<std::int32_t>(value << unused) >> unused;
}

/// The sets of the interface have a register that this model lacks.
[[noreturn]] void refuse_register(std::uint32_t offset) {
  throw Error(
      fmt::format("the cycle model has no register at 0x{:02x}, which the interface describes; add it to "
                  "sim/systemc/registers.cpp",
                  offset));
}

}  // namespace

CycleModel::Access CycleModel::peek(std::uint32_t offset) const {
  if (!readable(offset)) return {0, true};
  return {offset == STOIC_REG_MEM_DATA ? memory_value() : register_value(offset), false};
}

CycleModel::Access CycleModel::read(std::uint32_t offset) {
  const auto access = peek(offset);
  access_error_ |= access.error;
  if (!access.error && offset == STOIC_REG_MEM_DATA) ++memory_address_;
  return access;
}

CycleModel::Access CycleModel::write(std::uint32_t offset, std::uint32_t value, unsigned strobes) {
  bool error = strobes != 0xf || !writable(offset);
  if (!error && offset == STOIC_REG_MEM_DATA)
    error = !write_memory(value);
  else if (!error)
    write_register(offset, value);
  access_error_ |= error;
  return {0, error};
}

bool CycleModel::readable(std::uint32_t offset) const {
  if (!has(engine_.busy() ? STOIC_RUNNING_READABLE_REGISTERS : STOIC_READABLE_REGISTERS, offset))
    return false;
  return offset != STOIC_REG_MEM_DATA || memory_address_ < memory_size();
}

bool CycleModel::writable(std::uint32_t offset) const {
  return has(engine_.busy() ? STOIC_RUNNING_WRITABLE_REGISTERS : STOIC_WRITABLE_REGISTERS, offset);
}

std::uint32_t CycleModel::status() const {
  return field(engine_.busy(), STOIC_STATUS_BUSY_LSB) | field(done_, STOIC_STATUS_DONE_LSB) |
         field(fault_, STOIC_STATUS_FAULT_LSB) | field(access_error_, STOIC_STATUS_ACCESS_ERROR_LSB) |
         field(code_, STOIC_STATUS_CODE_LSB);
}

std::uint32_t CycleModel::register_value(std::uint32_t offset) const {
  switch (offset) {
    case STOIC_REG_ID:
      return STOIC_ID;
    case STOIC_REG_INTERFACE_VERSION:
      return STOIC_INTERFACE_VERSION;
    case STOIC_REG_CONFIG_HASH:
      return config_hash(config_);
    case STOIC_REG_CAPABILITY_WIDTHS:
      return field(config_.lanes, STOIC_CAPABILITY_WIDTHS_LANES_LSB) |
             field(config_.state_width, STOIC_CAPABILITY_WIDTHS_STATE_WIDTH_LSB) |
             field(config_.weight_width, STOIC_CAPABILITY_WIDTHS_WEIGHT_WIDTH_LSB) |
             field(config_.accumulator_width, STOIC_CAPABILITY_WIDTHS_ACCUMULATOR_WIDTH_LSB);
    case STOIC_REG_CAPABILITY_UNITS:
      return field(config_.function_units, STOIC_CAPABILITY_UNITS_FUNCTION_UNITS_LSB) |
             field(config_.loop_depth, STOIC_CAPABILITY_UNITS_LOOP_DEPTH_LSB) |
             field(config_.table_guard_bits, STOIC_CAPABILITY_UNITS_TABLE_GUARD_BITS_LSB);
    case STOIC_REG_STATE_WORDS:
      return low(config_.state_words_per_lane);
    case STOIC_REG_WEIGHT_WORDS:
      return low(config_.weight_words);
    case STOIC_REG_PROGRAM_WORDS:
      return low(config_.program_words);
    case STOIC_REG_TABLE_WORDS:
      return low(config_.table_words);
    case STOIC_REG_STATUS:
      return status();
    case STOIC_REG_IRQ_ENABLE:
      return irq_enable_;
    case STOIC_REG_IRQ_STATUS:
      return irq_status_;
    case STOIC_REG_PROGRAM_START:
      return program_start_;
    case STOIC_REG_SAMPLES:
      return samples_;
    case STOIC_REG_CYCLE_LIMIT:
      return cycle_limit_;
    case STOIC_REG_STREAM_TIMEOUT:
      return stream_timeout_;
    case STOIC_REG_MEM_SELECT:
      return memory_select_;
    case STOIC_REG_MEM_ADDRESS:
      return memory_address_;
    default:  // not of those that stay as they are while the engine runs
      return counter_value(offset);
  }
}

std::uint32_t CycleModel::counter_value(std::uint32_t offset) const {
  switch (offset) {
    case STOIC_REG_PROGRAM_COUNTER:
      return low(engine_.program_counter());
    case STOIC_REG_SAMPLES_DONE:
      return low(engine_.samples_done());
    case STOIC_REG_CYCLES_LOW:
      return low(engine_.cycles(now_));
    case STOIC_REG_CYCLES_HIGH:
      return high(engine_.cycles(now_));
    case STOIC_REG_MAC_CYCLES_LOW:
      return low(engine_.mac_cycles(now_));
    case STOIC_REG_MAC_CYCLES_HIGH:
      return high(engine_.mac_cycles(now_));
    case STOIC_REG_STALL_INPUT:
      return low(engine_.stalls(Stream::input, now_));
    case STOIC_REG_STALL_WEIGHTS:
      return low(engine_.stalls(Stream::weights, now_));
    case STOIC_REG_STALL_OUTPUT:
      return low(engine_.stalls(Stream::output, now_));
    case STOIC_REG_SATURATIONS:
      return low(engine_.saturations());
    case STOIC_REG_FIRST_SATURATED:
      return low(engine_.first_saturated());  // -1 for none is 2^32 - 1
    default:
      refuse_register(offset);
  }
}

void CycleModel::write_register(std::uint32_t offset, std::uint32_t value) {
  switch (offset) {
    case STOIC_REG_CONTROL:
      control(value);
      break;
    case STOIC_REG_ABORT:
      engine_.abort(now_);
      break;
    case STOIC_REG_IRQ_ENABLE:
      irq_enable_ = bits(value, STOIC_IRQ_ENABLE_DONE_WIDTH + STOIC_IRQ_ENABLE_FAULT_WIDTH);
      break;
    case STOIC_REG_IRQ_STATUS:
      irq_status_ &= ~value;
      break;
    case STOIC_REG_PROGRAM_START:
      program_start_ = std::min<std::uint32_t>(value, STOIC_PROGRAM_SLOT_MAX);
      break;
    case STOIC_REG_SAMPLES:
      samples_ = value;
      break;
    case STOIC_REG_CYCLE_LIMIT:
      cycle_limit_ = value;
      break;
    case STOIC_REG_STREAM_TIMEOUT:
      stream_timeout_ = value;
      break;
    case STOIC_REG_MEM_SELECT:
      memory_select_ = bits(value, STOIC_MEM_SELECT_MEMORY_WIDTH);
      break;
    case STOIC_REG_MEM_ADDRESS:
      memory_address_ = value;
      break;
    default:
      refuse_register(offset);
  }
}

void CycleModel::control(std::uint32_t value) {
  if (bits(value >> STOIC_CONTROL_RESET_LSB, STOIC_CONTROL_RESET_WIDTH) != 0) {
    engine_.clear();
    input_.empty_at(now_);
    clear_registers();
  } else if (bits(value >> STOIC_CONTROL_START_LSB, STOIC_CONTROL_START_WIDTH) != 0) {
    done_ = fault_ = access_error_ = false;
    code_ = STOIC_STATUS_CODE_OK;
    engine_.start(now_, {program_start_, samples_, cycle_limit_, stream_timeout_});
  }
}

std::int64_t CycleModel::memory_size() const {
  switch (memory_select_) {
    case STOIC_MEMORY_PROGRAM:
      return 2 * config_.program_words;
    case STOIC_MEMORY_WEIGHTS:
      return config_.weight_words * config_.lanes;
    case STOIC_MEMORY_TABLES:
      return config_.table_words;
    case STOIC_MEMORY_STATE:
      return config_.state_words_per_lane * config_.lanes;
    case STOIC_MEMORY_SATURATIONS:
      return config_.program_words;
    default:
      return 0;
  }
}

std::uint32_t CycleModel::memory_value() const {
  const auto index = static_cast<std::size_t>(memory_address_);
  switch (memory_select_) {
    case STOIC_MEMORY_PROGRAM:
      return low(static_cast<std::int64_t>(engine_.program()[index / 2] >> (index % 2 == 0 ? 0 : 32)));
    case STOIC_MEMORY_WEIGHTS:
      return low(datapath_.weights()[index]);
    case STOIC_MEMORY_TABLES:
      return low(datapath_.tables()[index]);
    case STOIC_MEMORY_STATE:
      return low(datapath_.state()[index]);
    default:
      return low(engine_.saturations_at(memory_address_));
  }
}

/// Returns whether there is such an entry, and it may be written.
bool CycleModel::write_memory(std::uint32_t value) {
  if (memory_address_ >= memory_size()) return false;
  const auto index = static_cast<std::size_t>(memory_address_);
  switch (memory_select_) {
    case STOIC_MEMORY_PROGRAM:
      engine_.write_program(memory_address_, value);
      break;
    case STOIC_MEMORY_WEIGHTS:
      datapath_.writable_weights()[index] = sign_extended(value, config_.weight_width);
      break;
    case STOIC_MEMORY_TABLES:
      datapath_.tables()[index] = sign_extended(value, config_.state_width + config_.table_guard_bits);
      break;
    case STOIC_MEMORY_STATE:
      datapath_.state()[index] = sign_extended(value, config_.state_width);
      break;
    default:
      return false;
  }
  ++memory_address_;
  return true;
}

}  // namespace stoic::systemc
