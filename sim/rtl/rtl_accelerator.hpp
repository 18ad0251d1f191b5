#pragma once
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <systemc>
#include <tlm>
#include <vector>

#include "stoic/sim/rtl/pins.hpp"
#include "stoic/sim/systemc/stream_transaction.hpp"

namespace stoic::rtl {

/// The Verilated RTL as a TLM-2.0 module with the sockets of systemc::Accelerator: what its header says of
/// bus and interrupt, and stream_transaction.hpp of the streams, holds here too, in the same cycles. Two
/// things differ: transport_dbg reads nothing, and an access of the bus runs the model to its response, up to
/// two cycles ahead of the cycle in which it was accepted.
///
/// Nothing wakes for every cycle. When the module wakes, it runs on to the next activity that the kernel has
/// pending, `quantum` cycles at most: no process can look in between. It stops early where the interrupt
/// changes, and wakes again for that cycle. An idle engine whose pins rest is not simulated at all, and wakes
/// nobody. So whoever drives the sockets from outside the kernel, between two calls of sc_start, must give a
/// quantum of 1.
class RtlAccelerator : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(RtlAccelerator);
  RtlAccelerator(const sc_core::sc_module_name& name, std::unique_ptr<Pins> pins,
                 const sc_core::sc_time& period = sc_core::sc_time(10, sc_core::SC_NS),
                 std::int64_t quantum = 1);

  tlm_utils::simple_target_socket<RtlAccelerator> bus;
  tlm_utils::simple_target_socket<RtlAccelerator> input;
  tlm_utils::simple_target_socket<RtlAccelerator> weights;
  tlm_utils::simple_initiator_socket<RtlAccelerator> output;
  sc_core::sc_out<bool> interrupt;

  const sc_core::sc_time& period() const { return period_; }
  /// The number of the current cycle.
  std::int64_t cycle() const;
  /// aresetn in the current cycle. Bursts that are being accepted are forgotten, without an answer.
  void reset();
  /// Runs the model to the current cycle: its streams have moved what they do before it.
  void synchronise();
  Device::Debug debug();
  void peek_state(std::span<std::int32_t> state);
  /// See Device.
  void finish_trace() { pins_->finish_trace(); }
  /// When it becomes true, or the waveform cannot be written, long stretches end and with them the
  /// simulation.
  const std::atomic<bool>* stop = nullptr;

 private:
  static constexpr std::int64_t never = systemc::StreamExtension::unknown;

  struct Source {
    tlm_utils::simple_target_socket<RtlAccelerator>& socket;
    std::int64_t word_bits;
    tlm::tlm_generic_payload* burst = nullptr;  ///< that is being accepted
    std::vector<unsigned char> copy;            ///< of its data, when nobody keeps that alive
    const unsigned char* data = nullptr;
    std::int64_t beats = 0;
    std::int64_t next = 0;      ///< index of the beat to be accepted next
    std::int64_t earliest = 0;  ///< that beat is not offered before
    bool last = false;          ///< TLAST on the last beat
    bool waits = false;         ///< that beat was offered in an earlier cycle
  };
  struct Change {
    std::int64_t cycle;
    bool interrupt;
  };

  void update();
  void advance_to(std::int64_t cycle);
  void run_ahead();
  bool in_vain() const;
  std::int64_t horizon() const;
  std::int64_t rests_until() const;
  void tick();
  void note_interrupt();
  void schedule();
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  bool access(tlm::tlm_generic_payload& payload);
  bool read(tlm::tlm_generic_payload& payload);
  bool write(tlm::tlm_generic_payload& payload);
  tlm::tlm_sync_enum receive_input(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                   sc_core::sc_time& delay);
  tlm::tlm_sync_enum receive_weights(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay);
  tlm::tlm_sync_enum receive(Source& source, tlm::tlm_generic_payload& payload, const tlm::tlm_phase& phase);
  tlm::tlm_sync_enum answered(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                              sc_core::sc_time& delay);
  bool push(Source& source, tlm::tlm_generic_payload& payload);
  void withdraw(Source& source);
  const unsigned char* offered(const Source& source) const;
  bool is_last(const Source& source) const { return source.last && source.next + 1 == source.beats; }
  std::int64_t ready_time(const Source& source) const;
  void accept(Source& source);
  void finish(Source& source);
  void ask_sink(bool again);

  std::unique_ptr<Pins> pins_;
  const sc_core::sc_time period_;
  const std::int64_t quantum_;
  Source input_;
  Source weights_;
  sc_core::sc_event wake_;
  Outputs out_;                ///< of cycle now_
  std::int64_t now_ = 0;       ///< all cycles before it have run
  std::int64_t rested_ = 0;    ///< cycles in a row in which nothing happened on the pins of an idle engine
  std::int64_t bus_free_ = 0;  ///< the cycle from which an access is offered
  Inputs pending_;             ///< what the bus master does in cycle now_
  bool beat_asked_ = false;    ///< the sink knows the beat in the output register
  std::int64_t sink_takes_ = never;  ///< when it takes it
  bool called_ = false;              ///< somebody outside was called: the horizon may be nearer
  bool advancing_ = false;
  bool interrupt_ = false;      ///< in cycle now_
  std::deque<Change> changes_;  ///< of the interrupt, not yet written
};

}  // namespace stoic::rtl
