#pragma once
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <deque>
#include <systemc>
#include <tlm>
#include <vector>

#include "stoic/sim/systemc/cycle_model.hpp"
#include "stoic/sim/systemc/stream_transaction.hpp"

namespace stoic::systemc {

/// The accelerator as a TLM-2.0 module around the cycle model. Nothing runs while nothing happens: one method
/// wakes at the model's next event. There are no threads and no wait().
///
/// Registers: single accesses of four bytes at a multiple of four. An access at time now + delay is accepted
/// in the first cycle that begins then or later and in which the bus is free; `delay` comes back as the end
/// of the access. SLVERR is TLM_GENERIC_ERROR_RESPONSE. An annotated delay runs the model ahead of the
/// simulation: a beat that is sent meanwhile for a cycle that it has passed is offered from where the model
/// is. transport_dbg reads a register without side effects.
///
/// Streams: see stream_transaction.hpp.
class Accelerator : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(Accelerator);
  Accelerator(const sc_core::sc_module_name& name, const HardwareConfig& config,
              const sc_core::sc_time& period = sc_core::sc_time(10, sc_core::SC_NS));

  tlm_utils::simple_target_socket<Accelerator> bus;
  tlm_utils::simple_target_socket<Accelerator> input;
  tlm_utils::simple_target_socket<Accelerator> weights;
  tlm_utils::simple_initiator_socket<Accelerator> output;
  sc_core::sc_out<bool> interrupt;

  const sc_core::sc_time& period() const { return period_; }
  /// The number of the current cycle.
  std::int64_t cycle() const;
  /// aresetn in the current cycle. Bursts that are being accepted are forgotten, without an answer.
  void reset();
  /// Runs the model to the current cycle: its streams have moved what they do before it.
  void synchronise();
  /// The debugger's view: the model in the current cycle.
  CycleModel& model();

  /// What a waveform shows; changes only within the window of trace(). See trace().
  struct Traced {
    bool busy = false;
    std::uint32_t program_counter = 0;
    unsigned char opcode = 0;  ///< of the instruction that is fetched or runs; 0 for none
    bool interrupt = false;
    bool output_valid = false;
    std::uint32_t input_stored = 0;  ///< beats in the input buffer, as of the latest event
  };
  /// Adds Traced to a trace file. Outside of the cycles first to last nothing changes in it.
  void trace(sc_core::sc_trace_file* file, std::int64_t first, std::int64_t last);

 private:
  struct Source {
    tlm_utils::simple_target_socket<Accelerator>& socket;
    OfferQueue& offers;
    std::int64_t word_bits;
    tlm::tlm_generic_payload* burst = nullptr;  ///< that is being accepted
  };

  void update();
  void schedule(std::int64_t at_most);
  Traced traced_in(std::int64_t cycle) const;
  void update_traced();
  void transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_debug(tlm::tlm_generic_payload& payload);
  tlm::tlm_sync_enum receive(Source& source, tlm::tlm_generic_payload& payload, const tlm::tlm_phase& phase);
  tlm::tlm_sync_enum receive_input(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                   sc_core::sc_time& delay);
  tlm::tlm_sync_enum receive_weights(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay);
  tlm::tlm_sync_enum answered(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                              sc_core::sc_time& delay);
  bool push(Source& source, tlm::tlm_generic_payload& payload);
  golden::SharedBeats decoded(const Source& source, const tlm::tlm_generic_payload& payload,
                              const StreamExtension& stream);
  void report(Source& source, const Accepted& accepted);
  std::int64_t offer(const OutputOffer& beat);

  CycleModel model_;
  const sc_core::sc_time period_;
  Source input_;
  Source weights_;
  sc_core::sc_event wake_;
  std::int64_t bus_free_ = 0;  ///< the cycle from which an access is offered
  /// The interrupt, and what a waveform shows, in the cycles that accesses have made the model run ahead of time for, the
  /// latest acceptance last.
  struct Ahead {
    std::int64_t cycle;
    bool interrupt;
    Traced traced;
  };
  std::deque<Ahead> ahead_;
  bool advancing_ = false;  ///< the model is calling back
  Traced traced_;
  std::int64_t trace_first_ = never;
  std::int64_t trace_last_ = never;

  struct Seen {
    std::shared_ptr<const void> owner;
    const void* data;
    golden::SharedBeats beats;
  };
  std::vector<Seen> seen_;      ///< bursts that may come again
  std::size_t seen_words_ = 0;  ///< in seen_, which is emptied before it grows large
};

}  // namespace stoic::systemc
