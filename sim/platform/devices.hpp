#pragma once
#include <tlm_utils/simple_target_socket.h>

#include <functional>
#include <optional>
#include <string_view>
#include <systemc>
#include <tlm>
#include <vector>

#include "stoic/sim/platform/clock.hpp"

// The small devices of the platform. hw-configs/platform.json describes their registers.
namespace stoic::platform {

/// A device that is a few registers of one word. Another size, an offset that is none, a read of what can
/// only be written and the reverse are answered with TLM_GENERIC_ERROR_RESPONSE, after one cycle like
/// everything.
class RegisterDevice : public sc_core::sc_module {
 public:
  explicit RegisterDevice(const sc_core::sc_module_name& name);
  tlm_utils::simple_target_socket<RegisterDevice> socket{"socket"};

 protected:
  /// Nothing: there is no such register.
  virtual std::optional<std::uint32_t> read(std::uint32_t offset) = 0;
  virtual bool write(std::uint32_t offset, std::uint32_t value) = 0;

 private:
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
};

/// Hands every byte to a function, and receives what it was given: a byte at reset, each other one some cycles after the
/// firmware has taken the one before it.
class Uart : public RegisterDevice {
 public:
  SC_HAS_PROCESS(Uart);
  explicit Uart(const sc_core::sc_module_name& name);
  std::function<void(char)> sink;
  std::string_view input;                       ///< stays alive as long as the device
  std::size_t taken() const { return taken_; }  ///< bytes
  /// Whether a byte is there that was not taken, or will be.
  bool has_input() const { return taken_ < input.size(); }
  sc_core::sc_out<bool> interrupt{"interrupt"};

 private:
  std::optional<std::uint32_t> read(std::uint32_t offset) override;
  bool write(std::uint32_t offset, std::uint32_t value) override;
  std::uint32_t status() const;
  std::uint32_t take();
  void update();

  std::size_t taken_ = 0;
  std::int64_t comes_ = 0;  ///< the cycle in which the next byte has come
  std::uint32_t enable_ = 0;
  sc_core::sc_event changes_{"changes"};
};

/// Says what the simulator has put into memory.
class Host : public RegisterDevice {
 public:
  using RegisterDevice::RegisterDevice;
  std::uint32_t blob_bytes = 0;

 private:
  std::optional<std::uint32_t> read(std::uint32_t offset) override;
  bool write(std::uint32_t, std::uint32_t) override { return false; }
};

/// mtime counts clock cycles from reset; `pending` is the machine timer interrupt.
class Timer : public RegisterDevice {
 public:
  SC_HAS_PROCESS(Timer);
  explicit Timer(const sc_core::sc_module_name& name);
  sc_core::sc_out<bool> pending{"pending"};
  /// Whether it will be pending, though not now.
  bool is_set() const;
  /// How many cycles ago it was due; -1: it is not.
  std::int64_t lag() const;
  /// What a load gives in a cycle; nothing: there is no such register.
  std::optional<std::uint32_t> read_at(std::uint32_t offset, std::int64_t cycle);

 private:
  std::optional<std::uint32_t> read(std::uint32_t offset) override {
    return read_at(offset, current_cycle());
  }
  bool write(std::uint32_t offset, std::uint32_t value) override;
  void compare();

  std::uint64_t compare_value_ = ~std::uint64_t{0};
  std::optional<std::uint32_t> held_high_;
  sc_core::sc_event due_{"due"};
};

/// Level-sensitive: nothing is latched, a source is pending as long as its line is high.
class InterruptController : public RegisterDevice {
 public:
  SC_HAS_PROCESS(InterruptController);
  explicit InterruptController(const sc_core::sc_module_name& name);
  sc_core::sc_vector<sc_core::sc_in<bool>> sources{"source",
                                                   STOIC_INTERRUPT_SOURCES};  ///< by the bits of PENDING
  sc_core::sc_out<bool> interrupt{"interrupt"};                               ///< machine external interrupt

 private:
  std::optional<std::uint32_t> read(std::uint32_t offset) override;
  bool write(std::uint32_t offset, std::uint32_t value) override;
  std::uint32_t pending() const;
  void update();

  std::uint32_t enable_ = 0;
  sc_core::sc_event enabled_{"enabled"};
};

/// Ends the simulation.
class TestExit : public RegisterDevice {
 public:
  using RegisterDevice::RegisterDevice;
  std::optional<std::uint32_t> code;  ///< what the firmware wrote

 private:
  std::optional<std::uint32_t> read(std::uint32_t) override { return std::nullopt; }
  bool write(std::uint32_t offset, std::uint32_t value) override;
};

}  // namespace stoic::platform
