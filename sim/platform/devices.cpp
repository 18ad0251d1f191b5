#include "stoic/sim/platform/devices.hpp"

#include <cstring>

namespace stoic::platform {
namespace {

constexpr std::uint64_t horizon = std::uint64_t{1} << 50;  ///< of an alarm, in cycles: months

}  // namespace

RegisterDevice::RegisterDevice(const sc_core::sc_module_name& name) : sc_core::sc_module(name) {
  socket.register_b_transport(this, &RegisterDevice::transport);
}

void RegisterDevice::transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  delay += clock_period();
  const bool is_word = payload.get_data_length() == 4 && payload.get_byte_enable_ptr() == nullptr;
  const auto offset = static_cast<std::uint32_t>(payload.get_address());
  bool done = false;
  if (is_word && payload.is_read()) {
    const auto value = read(offset);
    done = value.has_value();
    if (done) std::memcpy(payload.get_data_ptr(), &*value, 4);
  } else if (is_word && payload.is_write()) {
    std::uint32_t value = 0;
    std::memcpy(&value, payload.get_data_ptr(), 4);
    done = write(offset, value);
  }
  payload.set_response_status(done ? tlm::TLM_OK_RESPONSE : tlm::TLM_GENERIC_ERROR_RESPONSE);
}

Uart::Uart(const sc_core::sc_module_name& name) : RegisterDevice(name) {
  SC_METHOD(update);
  sensitive << changes_;
}

std::uint32_t Uart::status() const {
  constexpr std::uint32_t ready_to_send = 1;
  if (taken_ >= input.size()) return ready_to_send | STOIC_UART_STATUS_END;
  return ready_to_send | (current_cycle() >= comes_ ? STOIC_UART_STATUS_RECEIVED : 0u);
}

std::uint32_t Uart::take() {
  if ((status() & STOIC_UART_STATUS_RECEIVED) == 0) return 0;
  comes_ = current_cycle() + STOIC_UART_RECEIVE_CYCLES;
  changes_.notify(clock_period());
  return static_cast<unsigned char>(input[taken_++]);
}

std::optional<std::uint32_t> Uart::read(std::uint32_t offset) {
  switch (offset) {
    case STOIC_UART_REG_DATA:
      return take();
    case STOIC_UART_REG_STATUS:
      return status();
    case STOIC_UART_REG_IRQ_ENABLE:
      return enable_;
  }
  return std::nullopt;
}

bool Uart::write(std::uint32_t offset, std::uint32_t value) {
  if (offset == STOIC_UART_REG_DATA) {
    if (sink) sink(static_cast<char>(value));
    return true;
  }
  if (offset != STOIC_UART_REG_IRQ_ENABLE) return false;
  enable_ = value & (STOIC_UART_STATUS_RECEIVED | STOIC_UART_STATUS_END);
  changes_.notify(clock_period());
  return true;
}

void Uart::update() {
  interrupt.write((status() & enable_) != 0);
  if (taken_ < input.size() && comes_ > current_cycle()) changes_.notify(cycles(comes_ - current_cycle()));
}

std::optional<std::uint32_t> Host::read(std::uint32_t offset) {
  if (offset == STOIC_HOST_REG_BLOB_ADDRESS) return STOIC_BLOB_BASE;
  if (offset == STOIC_HOST_REG_BLOB_BYTES) return blob_bytes;
  return std::nullopt;
}

Timer::Timer(const sc_core::sc_module_name& name) : RegisterDevice(name) {
  SC_METHOD(compare);
  sensitive << due_;
}

std::optional<std::uint32_t> Timer::read_at(std::uint32_t offset, std::int64_t cycle) {
  const auto now = static_cast<std::uint64_t>(cycle);
  switch (offset) {
    case STOIC_TIMER_REG_MTIME_LOW:
      held_high_ = static_cast<std::uint32_t>(now >> 32);
      return static_cast<std::uint32_t>(now);
    case STOIC_TIMER_REG_MTIME_HIGH: {
      const auto high = held_high_.value_or(static_cast<std::uint32_t>(now >> 32));
      held_high_.reset();
      return high;
    }
    case STOIC_TIMER_REG_MTIMECMP_LOW:
      return static_cast<std::uint32_t>(compare_value_);
    case STOIC_TIMER_REG_MTIMECMP_HIGH:
      return static_cast<std::uint32_t>(compare_value_ >> 32);
  }
  return std::nullopt;
}

bool Timer::write(std::uint32_t offset, std::uint32_t value) {
  const std::uint64_t wide = value;
  if (offset == STOIC_TIMER_REG_MTIMECMP_LOW)
    compare_value_ = (compare_value_ & ~std::uint64_t{0xffffffff}) | wide;
  else if (offset == STOIC_TIMER_REG_MTIMECMP_HIGH)
    compare_value_ = (compare_value_ & 0xffffffff) | wide << 32;
  else
    return false;
  due_.notify(clock_period());
  return true;
}

bool Timer::is_set() const {
  const auto now = static_cast<std::uint64_t>(current_cycle());
  return now < compare_value_ && compare_value_ - now < horizon;
}

std::int64_t Timer::lag() const {
  const auto now = static_cast<std::uint64_t>(current_cycle());
  return now >= compare_value_ ? static_cast<std::int64_t>(now - compare_value_) : -1;
}

void Timer::compare() {
  const auto now = static_cast<std::uint64_t>(current_cycle());
  pending.write(now >= compare_value_);
  if (is_set()) due_.notify(cycles(static_cast<std::int64_t>(compare_value_ - now)));
}

InterruptController::InterruptController(const sc_core::sc_module_name& name) : RegisterDevice(name) {
  SC_METHOD(update);
  for (auto& source : sources) sensitive << source;
  sensitive << enabled_;
}

std::uint32_t InterruptController::pending() const {
  std::uint32_t bits = 0;
  for (unsigned s = 0; s < sources.size(); ++s)
    if (sources[s].read()) bits |= 1u << s;
  return bits;
}

void InterruptController::update() { interrupt.write((pending() & enable_) != 0); }

std::optional<std::uint32_t> InterruptController::read(std::uint32_t offset) {
  if (offset == STOIC_INTERRUPTS_REG_PENDING) return pending();
  if (offset == STOIC_INTERRUPTS_REG_ENABLE) return enable_;
  return std::nullopt;
}

bool InterruptController::write(std::uint32_t offset, std::uint32_t value) {
  if (offset != STOIC_INTERRUPTS_REG_ENABLE) return false;
  enable_ = value & ((1u << sources.size()) - 1);
  enabled_.notify(clock_period());
  return true;
}

bool TestExit::write(std::uint32_t offset, std::uint32_t value) {
  if (offset != STOIC_EXIT_REG_CODE) return false;
  code = value;
  sc_core::sc_stop();
  return true;
}

}  // namespace stoic::platform
