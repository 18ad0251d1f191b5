#include "golden_device.hpp"

#include <algorithm>

#include "stoic/sim/io/error.hpp"

namespace stoic::cosim {
namespace {

constexpr std::size_t registers = STOIC_REG_MEM_DATA / 4 + 1;
constexpr std::int64_t write_cycles = STOIC_WRITE_OFFER_CYCLES + STOIC_ACCESS_LATENCY + 1;

}  // namespace

GoldenDevice::GoldenDevice(const HardwareConfig& config)
    : config_(config), reference_(config), register_(registers, 0) {}

void GoldenDevice::reset() {
  std::fill(register_.begin(), register_.end(), 0);
  busy_ = begun_ = ended_ = false;
  irq_status_ = 0;
  reference_.machine().input().clear();
  reference_.machine().weight_stream().clear();
  take_output();
  ++cycle_;
}

std::uint32_t GoldenDevice::value_of(std::uint32_t offset) {
  const auto status = static_cast<std::uint32_t>(reference_.status());
  const bool ended = ended_ && !busy_;
  switch (offset) {
    case STOIC_REG_ID:
      return STOIC_ID;
    case STOIC_REG_INTERFACE_VERSION:
      return STOIC_INTERFACE_VERSION;
    case STOIC_REG_CONFIG_HASH:
      return config_hash(config_);
    case STOIC_REG_STATUS:
      if (busy_) return 1u << STOIC_STATUS_BUSY_LSB;
      if (!ended) return 0;
      return status << STOIC_STATUS_CODE_LSB |
             1u << (status != STOIC_STATUS_CODE_OK ? STOIC_STATUS_FAULT_LSB : STOIC_STATUS_DONE_LSB);
    case STOIC_REG_IRQ_STATUS:
      return irq_status_;
    case STOIC_REG_PROGRAM_COUNTER:
      return ended ? static_cast<std::uint32_t>(reference_.machine().program_counter()) : 0;
    case STOIC_REG_SAMPLES_DONE:
      return ended ? static_cast<std::uint32_t>(reference_.machine().samples_done()) : 0;
    case STOIC_REG_CYCLES_LOW:
      return ended ? static_cast<std::uint32_t>(reference_.cycles()) : 0;
    case STOIC_REG_MAC_CYCLES_LOW:
      return ended ? static_cast<std::uint32_t>(reference_.mac_cycles()) : 0;
    case STOIC_REG_STALL_INPUT:
      return ended && !reference_.timeout_of_weights()
                 ? static_cast<std::uint32_t>(reference_.timeout_stalls())
                 : 0;
    case STOIC_REG_STALL_WEIGHTS:
      return ended && reference_.timeout_of_weights()
                 ? static_cast<std::uint32_t>(reference_.timeout_stalls())
                 : 0;
    case STOIC_REG_SATURATIONS:
      return ended ? static_cast<std::uint32_t>(reference_.saturations()) : 0;
    case STOIC_REG_FIRST_SATURATED:
      return ended ? static_cast<std::uint32_t>(reference_.first_saturated()) : ~0u;
    default:
      return offset / 4 < registers ? register_[offset / 4] : 0;
  }
}

Device::Access GoldenDevice::read(std::uint32_t offset) {
  cycle_ += STOIC_ACCESS_LATENCY + 1;
  return {value_of(offset), offset / 4 >= registers};
}

Device::Access GoldenDevice::write(std::uint32_t offset, std::uint32_t value) {
  cycle_ += STOIC_WRITE_OFFER_CYCLES;
  if (offset == STOIC_REG_CONTROL) {
    if (!busy_ && value == 1u << STOIC_CONTROL_START_LSB) {
      started_ = cycle_;
      busy_ = true;
      begun_ = ended_ = false;
      aborted_after_.reset();
    }
  } else if (offset == STOIC_REG_ABORT) {
    if (busy_) aborted_after_ = cycle_ - started_;
  } else if (offset == STOIC_REG_IRQ_STATUS) {
    irq_status_ &= ~value;
  } else if (offset / 4 < registers) {
    register_[offset / 4] = value;
  }
  cycle_ += STOIC_ACCESS_LATENCY + 1;
  return {0, offset / 4 >= registers};
}

void GoldenDevice::write_memory(std::uint32_t memory, std::int64_t first,
                                std::span<const std::int32_t> values) {
  auto& machine = reference_.machine();
  cycle_ += write_cycles * (2 + static_cast<std::int64_t>(values.size()));
  if (memory == STOIC_MEMORY_PROGRAM) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto half = static_cast<std::size_t>(first) + i;
      const auto shift = half % 2 * 32;
      auto& word = machine.program().at(half / 2);
      word &= ~(std::uint64_t{0xffffffff} << shift);
      word |= std::uint64_t{static_cast<std::uint32_t>(values[i])} << shift;
    }
    return;
  }
  const auto place = memory == STOIC_MEMORY_WEIGHTS  ? std::span<std::int32_t>(machine.weights())
                     : memory == STOIC_MEMORY_TABLES ? std::span<std::int32_t>(machine.tables())
                                                     : machine.state();
  if (first + static_cast<std::int64_t>(values.size()) > static_cast<std::int64_t>(place.size()))
    throw Error("an access of MEM_DATA answers SLVERR");
  std::copy(values.begin(), values.end(), place.begin() + first);
}

std::vector<std::int32_t> GoldenDevice::read_memory(std::uint32_t memory, std::int64_t first,
                                                    std::int64_t count) {
  cycle_ += write_cycles * 2 + (STOIC_MEM_DATA_LATENCY + 1) * count;
  std::vector<std::int32_t> values;
  for (auto i = first; i < first + count; ++i) {
    if (memory == STOIC_MEMORY_SATURATIONS)
      values.push_back(!ended_ ? 0
                               : static_cast<std::int32_t>(std::min<std::int64_t>(
                                     reference_.saturations_at(i), STOIC_SLOT_SATURATIONS_MAX)));
    else if (memory == STOIC_MEMORY_STATE)
      values.push_back(reference_.machine().state()[static_cast<std::size_t>(i)]);
    else
      throw Error("the stand-in reads back states and saturations only");
  }
  return values;
}

void GoldenDevice::send(Stream stream, std::span<const Packet> packets, std::int64_t times) {
  for (; times > 0; --times) {
    if (stream == Stream::input)
      reference_.queue(packets, {});
    else
      reference_.queue({}, packets);
  }
}

void GoldenDevice::drop_unsent(Stream stream) {
  auto& machine = reference_.machine();
  (stream == Stream::input ? machine.input() : machine.weight_stream()).clear();
}

void GoldenDevice::begin() {
  if (begun_) return;
  begun_ = true;
  const auto limit = register_[STOIC_REG_CYCLE_LIMIT / 4];
  reference_.start({.program_start = register_[STOIC_REG_PROGRAM_START / 4],
                    .samples = register_[STOIC_REG_SAMPLES / 4],
                    .stop_after = aborted_after_.value_or(limit),
                    .stop_status = aborted_after_ ? STOIC_STATUS_CODE_ABORTED : STOIC_STATUS_CODE_CYCLE_LIMIT,
                    .stream_timeout = register_[STOIC_REG_STREAM_TIMEOUT / 4]});
}

bool GoldenDevice::step() {
  const auto slot = reference_.machine().program_counter();
  const auto step = golden::decode_step(reference_.machine().program(), slot, config_);
  const bool running = reference_.step();
  if (sabotage) sabotage(reference_.machine(), step.instruction);
  return running;
}

bool GoldenDevice::run_until_interrupt(std::int64_t limit) {
  if (busy_) {
    begin();
    while (step()) {
      if (reference_.cycles() > limit) return false;  // a program that does not end
    }
    busy_ = false;
    ended_ = true;
    cycle_ = std::max(cycle_, started_ + 1 + reference_.cycles());
    const bool fault = reference_.status() != STOIC_STATUS_CODE_OK;
    irq_status_ |= 1u << (fault ? STOIC_IRQ_STATUS_FAULT_LSB : STOIC_IRQ_STATUS_DONE_LSB);
  }
  if (!interrupt()) cycle_ += limit;
  return interrupt();
}

bool GoldenDevice::run_instruction(std::int64_t) {
  if (!busy_) return false;
  if (begun_) {
    step();
  } else {
    begin();
  }
  return true;
}

Device::Debug GoldenDevice::debug() {
  Debug result{.busy = busy_,
               .program_counter = reference_.machine().program_counter(),
               .cycles = reference_.cycles(),
               .mac_cycles = reference_.mac_cycles(),
               .loops = {}};
  if (busy_ && !reference_.running()) result.cycles -= STOIC_START_CYCLES;
  for (const auto& loop : reference_.machine().loops()) result.loops.push_back({loop.body, loop.remaining});
  return result;
}

void GoldenDevice::peek_state(std::span<std::int32_t> state) {
  const auto all = reference_.machine().state();
  std::copy(all.begin(), all.end(), state.begin());
}

Device::Output GoldenDevice::take_output() {
  const auto lanes = static_cast<std::ptrdiff_t>(config_.lanes);
  const auto from = static_cast<std::ptrdiff_t>(output_taken_);
  Output result;
  result.beats.assign(reference_.output().begin() + from * lanes, reference_.output().end());
  result.last.assign(reference_.output_last().begin() + from, reference_.output_last().end());
  result.cycles.assign(result.last.size(), cycle_);
  output_taken_ = reference_.output_last().size();
  return result;
}

}  // namespace stoic::cosim
