#include "stoic/sim/systemc/accelerator.hpp"

#include <algorithm>
#include <cstring>

namespace stoic::systemc {

Accelerator::Accelerator(const sc_core::sc_module_name& name, const HardwareConfig& config,
                         const sc_core::sc_time& period)
    : sc_core::sc_module(name),
      bus("bus"),
      input("input"),
      weights("weights"),
      output("output"),
      interrupt("interrupt"),
      model_(config),
      period_(period),
      input_{input, model_.input_offers(), config.state_width},
      weights_{weights, model_.weight_offers(), config.weight_width},
      wake_("wake") {
  bus.register_b_transport(this, &Accelerator::transport);
  bus.register_transport_dbg(this, &Accelerator::transport_debug);
  input.register_nb_transport_fw(this, &Accelerator::receive_input);
  weights.register_nb_transport_fw(this, &Accelerator::receive_weights);
  output.register_nb_transport_bw(this, &Accelerator::answered);
  model_.input_offers().report = [this](const Accepted& accepted) { report(input_, accepted); };
  model_.weight_offers().report = [this](const Accepted& accepted) { report(weights_, accepted); };
  model_.output().sink = [this](const OutputOffer& beat) { return offer(beat); };
  SC_METHOD(update);
  sensitive << wake_;
}

std::int64_t Accelerator::cycle() const {
  return static_cast<std::int64_t>(sc_core::sc_time_stamp().value() / period_.value());
}

CycleModel& Accelerator::model() {
  if (!advancing_) {
    advancing_ = true;
    model_.advance_to(cycle());
    advancing_ = false;
  }
  return model_;
}

void Accelerator::synchronise() {
  model();
  schedule(ahead_.empty() ? never : cycle() + 1);
}

void Accelerator::update() {
  const bool now = model().interrupt();
  // An access makes the model run ahead, and what it writes shows from the cycle after its acceptance.
  while (!ahead_.empty() && ahead_.front().cycle < cycle()) ahead_.pop_front();
  interrupt.write(ahead_.empty() ? now : ahead_.front().interrupt);
  update_traced();
  schedule(ahead_.empty() ? never : cycle() + 1);
}

/// Wakes at the model's next event, and at the beginning of the cycle `at_most` at the latest.
void Accelerator::schedule(std::int64_t at_most) {
  if (advancing_) return;  // whoever advances schedules afterwards
  auto next = std::min(at_most, model_.change_bound());
  if (trace_first_ > cycle()) next = std::min(next, trace_first_);  // a window begins with what holds then
  wake_.cancel();
  if (next == never) return;
  const auto ahead = static_cast<std::uint64_t>(std::max<std::int64_t>(next, cycle())) * period_.value() -
                     sc_core::sc_time_stamp().value();
  wake_.notify(sc_core::sc_time::from_value(ahead));
}

void Accelerator::reset() {
  model().reset();
  input_.burst = weights_.burst = nullptr;
  bus_free_ = model_.now();
  schedule(model_.now());
}

void Accelerator::trace(sc_core::sc_trace_file* file, std::int64_t first, std::int64_t last) {
  trace_first_ = first;
  trace_last_ = last;
  const std::string prefix = std::string(this->name()) + ".";
  sc_core::sc_trace(file, traced_.busy, prefix + "busy");
  sc_core::sc_trace(file, traced_.program_counter, prefix + "program_counter");
  sc_core::sc_trace(file, traced_.opcode, prefix + "opcode");
  sc_core::sc_trace(file, traced_.interrupt, prefix + "interrupt");
  sc_core::sc_trace(file, traced_.output_valid, prefix + "output_valid");
  sc_core::sc_trace(file, traced_.input_stored, prefix + "input_stored");
}

void Accelerator::update_traced() {
  const auto now = cycle();
  if (now < trace_first_ || now > trace_last_ || trace_first_ == never) return;
  traced_ = ahead_.empty() ? traced_in(now) : ahead_.front().traced;
}

/// Of the model, which is in this cycle.
Accelerator::Traced Accelerator::traced_in(std::int64_t cycle) const {
  return {model_.engine().busy(),
          static_cast<std::uint32_t>(model_.engine().program_counter()),
          static_cast<unsigned char>(model_.engine().opcode()),
          model_.interrupt(),
          model_.output().valid(cycle),
          static_cast<std::uint32_t>(model_.input_stored())};
}

namespace {

/// One bit for each byte of a register that an access writes.
unsigned strobes(const tlm::tlm_generic_payload& payload) {
  unsigned result = 0;
  const auto* enable = payload.get_byte_enable_ptr();
  const auto enables = payload.get_byte_enable_length();
  for (unsigned b = 0; b < std::min(payload.get_data_length(), 4u); ++b)
    if (enable == nullptr || (enables > 0 && enable[b % enables] == TLM_BYTE_ENABLED)) result |= 1u << b;
  return result;
}

}  // namespace

void Accelerator::transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const auto begin = sc_core::sc_time_stamp().value() + delay.value();
  const auto first = static_cast<std::int64_t>((begin + period_.value() - 1) / period_.value());
  const auto accepted =
      std::max({first, bus_free_, model_.now()}) + (payload.is_write() ? STOIC_WRITE_OFFER_CYCLES : 0);
  advancing_ = true;
  for (auto c = ahead_.empty() ? cycle() : ahead_.back().cycle + 1; c <= accepted; ++c) {
    model_.advance_to(c);
    ahead_.push_back({c, model_.interrupt(), trace_first_ == never ? Traced{} : traced_in(c)});
  }
  advancing_ = false;
  const auto address = payload.get_address();
  const bool one_word = payload.get_data_length() == 4 && payload.get_streaming_width() >= 4;
  const auto offset = address <= std::numeric_limits<std::uint32_t>::max()
                          ? static_cast<std::uint32_t>(address)
                          : std::numeric_limits<std::uint32_t>::max();
  CycleModel::Access access;
  if (payload.is_read()) {
    access = one_word ? model_.read(offset) : CycleModel::Access{0, true};
    if (one_word) std::memcpy(payload.get_data_ptr(), &access.value, sizeof access.value);
  } else if (payload.is_write()) {
    std::uint32_t value = 0;
    std::memcpy(&value, payload.get_data_ptr(), std::min<std::size_t>(payload.get_data_length(), 4));
    access = model_.write(offset, value, one_word ? strobes(payload) : 0);
  }
  const bool waits_for_memory = payload.is_read() && offset == STOIC_REG_MEM_DATA;
  bus_free_ = accepted + (waits_for_memory ? STOIC_MEM_DATA_LATENCY : STOIC_ACCESS_LATENCY) + 1;
  payload.set_response_status(access.error ? tlm::TLM_GENERIC_ERROR_RESPONSE : tlm::TLM_OK_RESPONSE);
  delay = sc_core::sc_time::from_value(static_cast<std::uint64_t>(bus_free_) * period_.value() -
                                       sc_core::sc_time_stamp().value());
  schedule(cycle() + 1);
}

unsigned Accelerator::transport_debug(tlm::tlm_generic_payload& payload) {
  if (!payload.is_read() || payload.get_data_length() < 4) return 0;
  const auto access = model().peek(static_cast<std::uint32_t>(payload.get_address()));
  schedule(never);
  if (access.error) return 0;
  std::memcpy(payload.get_data_ptr(), &access.value, sizeof access.value);
  return static_cast<unsigned>(sizeof access.value);
}

tlm::tlm_sync_enum Accelerator::receive_input(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                              sc_core::sc_time&) {
  return receive(input_, payload, phase);
}

tlm::tlm_sync_enum Accelerator::receive_weights(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                                sc_core::sc_time&) {
  return receive(weights_, payload, phase);
}

tlm::tlm_sync_enum Accelerator::receive(Source& source, tlm::tlm_generic_payload& payload,
                                        const tlm::tlm_phase& phase) {
  model();
  if (phase == tlm::BEGIN_REQ) {
    if (!push(source, payload)) {
      payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
      return tlm::TLM_COMPLETED;
    }
  } else if (phase == STREAM_WITHDRAW && source.burst != nullptr) {
    source.offers.withdraw(cycle());
  }
  schedule(never);
  return tlm::TLM_ACCEPTED;
}

bool Accelerator::push(Source& source, tlm::tlm_generic_payload& payload) {
  const auto* stream = payload.get_extension<StreamExtension>();
  if (stream == nullptr || source.burst != nullptr || payload.get_data_length() == 0) return false;
  const auto& config = model_.config();
  const auto beat_bytes = config.lanes * word_bytes(source.word_bits);
  const auto beats = payload.get_data_length() / beat_bytes;
  if (stream->lanes != config.lanes || stream->word_bits != source.word_bits ||
      payload.get_data_length() % beat_bytes != 0 ||
      (!stream->ready.empty() && static_cast<std::int64_t>(stream->ready.size()) != beats))
    return false;
  source.burst = &payload;
  source.offers.push({decoded(source, payload, *stream), stream->last, stream->earliest, stream->ready});
  return true;
}

golden::SharedBeats Accelerator::decoded(const Source& source, const tlm::tlm_generic_payload& payload,
                                         const StreamExtension& stream) {
  constexpr std::size_t words_kept = std::size_t{1} << 23;
  const auto* data = payload.get_data_ptr();
  for (const auto& seen : seen_)
    if (stream.owner && seen.data == data) return seen.beats;
  const auto count = payload.get_data_length() / static_cast<std::size_t>(word_bytes(source.word_bits));
  auto beats = std::make_shared<std::vector<std::int32_t>>(count);
  decode_words({data, payload.get_data_length()}, source.word_bits, *beats);
  // States come once and are few; matrices come for every sample.
  if (stream.owner && &source == &weights_) {
    if (seen_words_ + count > words_kept) {
      seen_.clear();
      seen_words_ = 0;
    }
    seen_words_ += count;
    seen_.push_back({stream.owner, data, beats});
  }
  return beats;
}

void Accelerator::report(Source& source, const Accepted& accepted) {
  auto* payload = source.burst;
  if (payload == nullptr) return;
  auto* stream = payload->get_extension<StreamExtension>();
  stream->taken += accepted.count;
  if (stream->wants_times)
    for (std::int64_t i = 0; i < accepted.count; ++i) stream->accepted_cycles.push_back(accepted.cycle + i);
  if (!accepted.finished) return;
  source.burst = nullptr;
  payload->set_response_status(tlm::TLM_OK_RESPONSE);
  tlm::tlm_phase phase = tlm::BEGIN_RESP;
  auto delay = sc_core::SC_ZERO_TIME;
  source.socket->nb_transport_bw(*payload, phase, delay);
}

std::int64_t Accelerator::offer(const OutputOffer& beat) {
  StreamExtension stream;
  stream.lanes = model_.config().lanes;
  stream.word_bits = model_.config().state_width;
  stream.last = beat.last;
  stream.earliest = beat.from;
  stream.again = beat.again;
  auto data = encode_words(beat.values, stream.word_bits);
  tlm::tlm_generic_payload payload;
  payload.set_command(tlm::TLM_WRITE_COMMAND);
  payload.set_data_ptr(data.data());
  payload.set_data_length(static_cast<unsigned>(data.size()));
  payload.set_streaming_width(static_cast<unsigned>(data.size()));
  payload.set_extension(&stream);
  auto delay = sc_core::SC_ZERO_TIME;
  output->b_transport(payload, delay);
  payload.clear_extension(&stream);
  return stream.accepted;
}

tlm::tlm_sync_enum Accelerator::answered(tlm::tlm_generic_payload&, tlm::tlm_phase& phase,
                                         sc_core::sc_time&) {
  if (phase == STREAM_ASK_AGAIN) {
    auto& synchronised = model();
    synchronised.output().ask_again(synchronised.now());
    schedule(never);
  }
  return tlm::TLM_COMPLETED;
}

}  // namespace stoic::systemc
