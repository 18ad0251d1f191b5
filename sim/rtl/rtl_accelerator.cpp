#include "stoic/sim/rtl/rtl_accelerator.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "stoic/generated/stoic_interface.h"

namespace stoic::rtl {
namespace {

/// So many cycles without any handshake on the pins of an idle engine, and its registers no longer change:
/// more than its deepest pipeline that runs while it is idle (the read of MEM_DATA, the input buffer).
constexpr std::int64_t rest_cycles = 6;

/// One bit for each byte of a register that an access writes.
std::uint8_t strobes(const tlm::tlm_generic_payload& payload) {
  unsigned result = 0;
  const auto* enable = payload.get_byte_enable_ptr();
  const auto enables = payload.get_byte_enable_length();
  for (unsigned b = 0; b < 4; ++b)
    if (enable == nullptr || (enables > 0 && enable[b % enables] == TLM_BYTE_ENABLED)) result |= 1u << b;
  return static_cast<std::uint8_t>(result);
}

}  // namespace

RtlAccelerator::RtlAccelerator(const sc_core::sc_module_name& name, std::unique_ptr<Pins> pins,
                               const sc_core::sc_time& period, std::int64_t quantum)
    : sc_core::sc_module(name),
      bus("bus"),
      input("input"),
      weights("weights"),
      output("output"),
      interrupt("interrupt"),
      pins_(std::move(pins)),
      period_(period),
      quantum_(quantum),
      input_{input, pins_->config().state_width},
      weights_{weights, pins_->config().weight_width},
      wake_("wake"),
      out_(pins_->outputs()) {
  bus.register_b_transport(this, &RtlAccelerator::transport);
  input.register_nb_transport_fw(this, &RtlAccelerator::receive_input);
  weights.register_nb_transport_fw(this, &RtlAccelerator::receive_weights);
  output.register_nb_transport_bw(this, &RtlAccelerator::answered);
  SC_METHOD(update);
  sensitive << wake_;
}

std::int64_t RtlAccelerator::cycle() const {
  return static_cast<std::int64_t>(sc_core::sc_time_stamp().value() / period_.value());
}

void RtlAccelerator::synchronise() {
  advance_to(cycle());
  schedule();
}

Device::Debug RtlAccelerator::debug() {
  advance_to(cycle());
  return pins_->debug();
}

void RtlAccelerator::peek_state(std::span<std::int32_t> state) {
  advance_to(cycle());
  pins_->peek_state(state);
}

void RtlAccelerator::update() {
  advance_to(cycle());
  if (quantum_ > 1) run_ahead();
  while (!changes_.empty() && changes_.front().cycle <= cycle()) {
    interrupt.write(changes_.front().interrupt);
    changes_.pop_front();
  }
  schedule();
}

/// Wakes for the next change of the interrupt that is known, or where the model has run to.
void RtlAccelerator::schedule() {
  if (advancing_) return;  // whoever advances schedules afterwards
  wake_.cancel();
  auto next = std::max(now_, cycle() + 1);
  if (!changes_.empty())
    next = std::max(changes_.front().cycle, cycle());
  else if (rests_until() == never)
    return;
  const auto begin = static_cast<std::uint64_t>(next) * period_.value();
  wake_.notify(sc_core::sc_time::from_value(begin - std::min(begin, sc_core::sc_time_stamp().value())));
}

void RtlAccelerator::advance_to(std::int64_t cycle) {
  if (advancing_ || now_ >= cycle) return;
  advancing_ = true;
  while (now_ < cycle) {
    if (const auto rest = std::min(cycle, rests_until()); rest > now_)
      now_ = rest;
    else
      tick();
  }
  advancing_ = false;
}

/// The first cycle that somebody could look at before this module wakes again.
std::int64_t RtlAccelerator::horizon() const {
  if (sc_core::sc_pending_activity_at_current_time()) return cycle();
  const auto most = cycle() + quantum_;
  if (!sc_core::sc_pending_activity_at_future_time()) return most;
  const auto time = sc_core::sc_time_stamp().value() + sc_core::sc_time_to_pending_activity().value();
  return std::min(most, static_cast<std::int64_t>(time / period_.value()));
}

void RtlAccelerator::run_ahead() {
  called_ = true;
  std::int64_t end = now_;
  while (changes_.empty()) {
    if (called_) end = horizon();
    called_ = false;
    if (now_ >= end || rests_until() == never) return;
    // A stretch that nobody interrupts; short, since a change of the interrupt must not be passed.
    advancing_ = true;
    while (now_ < end && changes_.empty() && !called_ && !in_vain() && rests_until() <= now_) tick();
    advancing_ = false;
    if (in_vain()) return sc_core::sc_stop();
    now_ = std::max(now_, std::min(end, rests_until()));
  }
}

/// Whether nobody wants the rest of the simulation.
bool RtlAccelerator::in_vain() const { return (stop != nullptr && *stop) || pins_->trace_failed(); }

/// Nothing happens before this cycle, if nobody calls; never when nothing will. A value not beyond now_ says
/// that every cycle counts.
std::int64_t RtlAccelerator::rests_until() const {
  if (rested_ < rest_cycles || pins_->traced()) return now_;
  auto next = never;
  for (const auto* source : {&input_, &weights_})
    if (source->burst != nullptr && !source->waits) next = std::min(next, ready_time(*source));
  if (out_.output_valid && sink_takes_ != never) next = std::min(next, sink_takes_);
  return next;
}

std::int64_t RtlAccelerator::ready_time(const Source& source) const {
  const auto& stream = *source.burst->get_extension<systemc::StreamExtension>();
  const auto ready = stream.ready.empty() ? 0 : stream.ready[static_cast<std::size_t>(source.next)];
  return std::max({ready, stream.earliest, source.earliest});
}

/// The beat that a source offers in cycle now_.
const unsigned char* RtlAccelerator::offered(const Source& source) const {
  if (source.burst == nullptr || ready_time(source) > now_) return nullptr;
  return source.data + source.next * pins_->config().lanes * systemc::word_bytes(source.word_bits);
}

/// Cycle now_: the handshakes, then the edge.
void RtlAccelerator::tick() {
  auto in = pending_;
  const bool write_accepted = in.write && out_.write_ready;
  pending_ = in.write && !write_accepted ? in : Inputs{};
  pending_.write_response_ready = write_accepted;
  pending_.read_data_ready = in.read || (in.read_data_ready && !out_.read_data_valid);
  in.input_beat = offered(input_);
  in.input_last = in.input_beat != nullptr && is_last(input_);
  in.weights_beat = offered(weights_);
  in.weights_last = in.weights_beat != nullptr && is_last(weights_);
  in.output_ready = out_.output_valid && sink_takes_ <= now_;
  const bool input_taken = in.input_beat != nullptr && out_.input_ready;
  const bool weights_taken = in.weights_beat != nullptr && out_.weights_ready;
  const bool happens = out_.busy || in.write || in.read || in.write_response_ready || in.read_data_ready ||
                       input_taken || weights_taken || in.output_ready;
  pins_->clock(in);
  ++now_;
  out_ = pins_->outputs();
  rested_ = happens || out_.busy ? 0 : rested_ + 1;
  if (in.output_ready) beat_asked_ = false;
  input_.waits = in.input_beat != nullptr && !input_taken;
  weights_.waits = in.weights_beat != nullptr && !weights_taken;
  if (input_taken) accept(input_);
  if (weights_taken) accept(weights_);
  if (out_.output_valid && !beat_asked_) ask_sink(false);
  note_interrupt();
}

void RtlAccelerator::note_interrupt() {
  if (out_.interrupt == interrupt_) return;
  interrupt_ = out_.interrupt;
  changes_.push_back({now_, interrupt_});
}

/// The beat of `source` was accepted in the cycle before now_.
void RtlAccelerator::accept(Source& source) {
  auto& stream = *source.burst->get_extension<systemc::StreamExtension>();
  ++stream.taken;
  if (stream.wants_times) stream.accepted_cycles.push_back(now_ - 1);
  source.earliest = now_;
  if (++source.next == source.beats) finish(source);
}

void RtlAccelerator::finish(Source& source) {
  auto* payload = source.burst;
  source.burst = nullptr;
  payload->set_response_status(tlm::TLM_OK_RESPONSE);
  tlm::tlm_phase phase = tlm::BEGIN_RESP;
  auto delay = sc_core::SC_ZERO_TIME;
  called_ = true;
  source.socket->nb_transport_bw(*payload, phase, delay);
}

/// The beat that stands in the output register from cycle now_ on goes to the sink.
void RtlAccelerator::ask_sink(bool again) {
  beat_asked_ = true;
  systemc::StreamExtension stream;
  stream.lanes = pins_->config().lanes;
  stream.word_bits = pins_->config().state_width;
  stream.last = out_.output_last;
  stream.earliest = now_;
  stream.again = again;
  const auto size = static_cast<std::size_t>(stream.lanes * systemc::word_bytes(stream.word_bits));
  std::vector<unsigned char> data(out_.output_beat, out_.output_beat + size);
  tlm::tlm_generic_payload payload;
  payload.set_command(tlm::TLM_WRITE_COMMAND);
  payload.set_data_ptr(data.data());
  payload.set_data_length(static_cast<unsigned>(size));
  payload.set_streaming_width(static_cast<unsigned>(size));
  payload.set_extension(&stream);
  auto delay = sc_core::SC_ZERO_TIME;
  called_ = true;
  output->b_transport(payload, delay);
  payload.clear_extension(&stream);
  sink_takes_ = stream.accepted;
}

tlm::tlm_sync_enum RtlAccelerator::answered(tlm::tlm_generic_payload&, tlm::tlm_phase& phase,
                                            sc_core::sc_time&) {
  if (phase == systemc::STREAM_ASK_AGAIN) {
    advance_to(cycle());
    rested_ = 0;
    if (out_.output_valid) ask_sink(true);
    schedule();
  }
  return tlm::TLM_COMPLETED;
}

void RtlAccelerator::transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const auto begin = sc_core::sc_time_stamp().value() + delay.value();
  const auto first = static_cast<std::int64_t>((begin + period_.value() - 1) / period_.value());
  const auto offered = std::max({first, bus_free_, now_});
  advance_to(offered);
  rested_ = 0;
  const auto accepted = offered + (payload.is_write() ? STOIC_WRITE_OFFER_CYCLES : 0);
  const bool is_memory_read = payload.is_read() && payload.get_address() == STOIC_REG_MEM_DATA;
  const bool ok = access(payload);
  bus_free_ = accepted + (is_memory_read ? STOIC_MEM_DATA_LATENCY : STOIC_ACCESS_LATENCY) + 1;
  payload.set_response_status(ok ? tlm::TLM_OK_RESPONSE : tlm::TLM_GENERIC_ERROR_RESPONSE);
  delay = sc_core::sc_time::from_value(static_cast<std::uint64_t>(bus_free_) * period_.value() -
                                       sc_core::sc_time_stamp().value());
  schedule();
}

// An access that the pins cannot carry becomes one that the registers refuse in the same way: a read beyond
// the last register, a write without strobes. A read of another size than a word never reaches them.

bool RtlAccelerator::access(tlm::tlm_generic_payload& payload) {
  if (payload.is_read()) return read(payload);
  return payload.is_write() && write(payload);
}

bool RtlAccelerator::read(tlm::tlm_generic_payload& payload) {
  constexpr std::uint8_t no_register = 0xfc;
  const bool one_word = payload.get_data_length() == 4 && payload.get_streaming_width() >= 4;
  if (!one_word) return false;
  pending_.read = true;
  pending_.read_address =
      payload.get_address() <= 0xff ? static_cast<std::uint8_t>(payload.get_address()) : no_register;
  do advance_to(now_ + 1);
  while (!out_.read_data_valid);
  std::memcpy(payload.get_data_ptr(), &out_.read_data, 4);
  return !out_.read_error;
}

bool RtlAccelerator::write(tlm::tlm_generic_payload& payload) {
  const bool one_word = payload.get_data_length() == 4 && payload.get_streaming_width() >= 4;
  const bool reachable = one_word && payload.get_address() <= 0xff;
  pending_.write = true;
  pending_.write_address = static_cast<std::uint8_t>(payload.get_address());
  pending_.strobes = reachable ? strobes(payload) : 0;
  pending_.write_data = 0;
  std::memcpy(&pending_.write_data, payload.get_data_ptr(), std::min(payload.get_data_length(), 4u));
  do advance_to(now_ + 1);
  while (!out_.write_response);
  return !out_.write_error;
}

tlm::tlm_sync_enum RtlAccelerator::receive_input(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                                 sc_core::sc_time&) {
  return receive(input_, payload, phase);
}

tlm::tlm_sync_enum RtlAccelerator::receive_weights(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                                   sc_core::sc_time&) {
  return receive(weights_, payload, phase);
}

tlm::tlm_sync_enum RtlAccelerator::receive(Source& source, tlm::tlm_generic_payload& payload,
                                           const tlm::tlm_phase& phase) {
  advance_to(cycle());
  rested_ = 0;
  if (phase == tlm::BEGIN_REQ) {
    if (!push(source, payload)) {
      payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
      return tlm::TLM_COMPLETED;
    }
  } else if (phase == systemc::STREAM_WITHDRAW && source.burst != nullptr) {
    withdraw(source);
  }
  schedule();
  return tlm::TLM_ACCEPTED;
}

bool RtlAccelerator::push(Source& source, tlm::tlm_generic_payload& payload) {
  const auto* stream = payload.get_extension<systemc::StreamExtension>();
  if (stream == nullptr || source.burst != nullptr || payload.get_data_length() == 0) return false;
  const auto& config = pins_->config();
  const auto beat_bytes = static_cast<unsigned>(config.lanes * systemc::word_bytes(source.word_bits));
  const std::int64_t beats = payload.get_data_length() / beat_bytes;
  if (stream->lanes != config.lanes || stream->word_bits != source.word_bits ||
      payload.get_data_length() % beat_bytes != 0 ||
      (!stream->ready.empty() && static_cast<std::int64_t>(stream->ready.size()) != beats))
    return false;
  source.burst = &payload;
  source.data = payload.get_data_ptr();
  if (!stream->owner) {
    source.copy.assign(source.data, source.data + payload.get_data_length());
    source.data = source.copy.data();
  }
  source.beats = beats;
  source.next = 0;
  source.earliest = std::max(source.earliest, now_);
  source.last = stream->last;
  source.waits = false;
  return true;
}

/// Takes back what was not offered in an earlier cycle.
void RtlAccelerator::withdraw(Source& source) {
  if (ready_time(source) >= now_) {
    finish(source);
  } else if (source.next + 1 < source.beats) {
    source.beats = source.next + 1;
    source.last = false;
  }
}

void RtlAccelerator::reset() {
  advance_to(cycle());
  pins_->reset();
  ++now_;
  out_ = pins_->outputs();
  pending_ = {};
  input_.burst = weights_.burst = nullptr;
  input_.earliest = weights_.earliest = now_;
  beat_asked_ = false;
  sink_takes_ = never;
  rested_ = 0;
  bus_free_ = now_;
  note_interrupt();
  schedule();
}

}  // namespace stoic::rtl
