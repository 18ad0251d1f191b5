#pragma once
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <systemc>
#include <vector>

#include "stoic/sim/device/device.hpp"
#include "stoic/sim/systemc/accelerator.hpp"

namespace stoic::systemc {

/// The queue of one source of a Device: packets, sent one transaction after another, and the cycles in which
/// beats get ready by a StallSchedule.
class PacketSource {
 public:
  /// `word_bits` of a beat's words.
  PacketSource(Stream stream, std::int64_t lanes, std::int64_t word_bits);
  ~PacketSource() { payload_.clear_extension(&extension_); }  // the payload would delete it
  PacketSource(const PacketSource&) = delete;
  PacketSource& operator=(const PacketSource&) = delete;

  tlm_utils::simple_initiator_socket<PacketSource> socket;

  void send(std::span<const Packet> packets, std::int64_t times, std::int64_t now,
            const StallSchedule& schedule);
  void drop_unsent(std::int64_t now);
  /// Forgets everything, together with the accelerator that took it.
  void reset(std::int64_t now);

 private:
  struct Encoded {
    std::vector<unsigned char> data;
    std::int64_t beats;
    bool last;
  };
  struct Queued {
    std::vector<std::shared_ptr<Encoded>> packets;
    std::int64_t times;
    std::size_t next;  ///< index into packets
    std::int64_t sent;
    StallSchedule schedule;
  };
  void feed();
  void set_ready(const Queued& queued, std::int64_t beats);
  tlm::tlm_sync_enum accepted(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                              sc_core::sc_time& delay);

  Stream stream_;
  std::int64_t lanes_;
  std::int64_t word_bits_;
  std::deque<Queued> queue_;
  std::int64_t last_ready_ = -1;  ///< when the latest beat got ready
  bool sending_ = false;
  tlm::tlm_generic_payload payload_;
  StreamExtension extension_;
};

/// An accelerator with a driver on its bus, two sources and a sink: the calls of Device on one simulation. A
/// time unit of the simulation is a cycle. Nothing here is a process but the one that watches the interrupt.
class Testbench : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(Testbench);
  Testbench(const sc_core::sc_module_name& name, const HardwareConfig& config);
  ~Testbench() override;

  Device::Access read(std::uint32_t offset);
  Device::Access write(std::uint32_t offset, std::uint32_t value);
  void write_memory(std::uint32_t memory, std::int64_t first, std::span<const std::int32_t> values);
  std::vector<std::int32_t> read_memory(std::uint32_t memory, std::int64_t first, std::int64_t count);
  void send(Stream stream, std::span<const Packet> packets, std::int64_t times);
  void drop_unsent(Stream stream);
  void set_stalls(const StallSchedule& schedule);
  void run(std::int64_t cycles);
  bool run_until_interrupt(std::int64_t limit);
  bool interrupt() { return accelerator_.model().interrupt(); }
  std::int64_t cycle() const { return accelerator_.cycle(); }
  Device::Output take_output();
  Device::Debug debug();
  std::span<const std::int32_t> state() { return accelerator_.model().state(); }
  bool run_instruction(std::int64_t limit);
  void reset();
  void trace(const TraceOptions& options);
  /// See Device.
  void finish_trace();

 private:
  Device::Access access(tlm::tlm_command command, std::uint32_t offset, std::uint32_t value);
  void settle();
  void begin_memory(std::uint32_t memory, std::int64_t first);
  void require(const Device::Access& access, std::uint32_t memory, std::int64_t index);
  void store(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void watch();

  struct Beat {
    std::vector<std::int32_t> values;
    bool last;
    std::int64_t cycle;  ///< accepted
  };

  Accelerator accelerator_;
  tlm_utils::simple_initiator_socket<Testbench> bus_;
  PacketSource input_;
  PacketSource weights_;
  tlm_utils::simple_target_socket<Testbench> sink_;
  sc_core::sc_signal<bool> interrupt_;
  sc_core::sc_time ahead_;  ///< of bus accesses that the simulation has not followed yet
  bool watching_ = false;
  StallSchedule schedule_;
  std::deque<Beat> output_;
  sc_core::sc_trace_file* trace_ = nullptr;
  std::string trace_path_;
};

}  // namespace stoic::systemc
