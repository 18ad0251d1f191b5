#include "stoic/sim/platform/dma.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "stoic/sim/platform/platform_waveform.hpp"

namespace stoic::platform {
namespace {

constexpr std::uint32_t all_channels = (1u << STOIC_DMA_CHANNELS) - 1;
constexpr const char* channel_names[] = {"INPUT", "WEIGHTS", "OUTPUT"};

}  // namespace

Dma::Dma(const sc_core::sc_module_name& name, const HardwareConfig& config)
    : RegisterDevice(name), config_(config) {
  input.register_nb_transport_bw(this, &Dma::sent, STOIC_DMA_INPUT);
  weights.register_nb_transport_bw(this, &Dma::sent, STOIC_DMA_WEIGHTS);
  output.register_b_transport(this, &Dma::receive);
  for (unsigned c = 0; c < STOIC_DMA_CHANNELS; ++c) {
    channels_[c].payload.set_extension(&channels_[c].stream);
    channels_[c].stream.wants_times = true;
  }
  loader.fetch = [this](std::uint32_t address, unsigned char* data, std::size_t size) {
    return access(tlm::TLM_READ_COMMAND, address, data, size);
  };
  SC_METHOD(update);
  sensitive << changes_;
}

Dma::~Dma() {
  for (auto& channel : channels_) channel.payload.clear_extension(&channel.stream);
}

std::uint32_t Dma::beat_bytes(unsigned number) const {
  const auto bits = number == STOIC_DMA_WEIGHTS ? config_.weight_width : config_.state_width;
  return static_cast<std::uint32_t>(config_.lanes * systemc::word_bytes(bits));
}

std::string Dma::description() const {
  std::string text;
  for (unsigned c = 0; c < STOIC_DMA_CHANNELS; ++c) {
    const auto& channel = channels_[c];
    text += fmt::format("dma {}: {}, {} beats moved, descriptor {} of {}, round {} of {}, error {}\n",
                        channel_names[c], channel.busy ? "busy" : "idle", channel.beats, channel.index,
                        channel.count, channel.round, channel.rounds, channel.error);
  }
  return text;
}

std::optional<std::int64_t> Dma::progress() const {
  bool busy = false;
  std::int64_t beats = 0;
  for (const auto& channel : channels_) {
    busy = busy || channel.busy;
    beats += channel.beats + channel.stream.taken;
  }
  return busy || loader.busy() ? std::optional(beats + loader.progress()) : std::nullopt;
}

bool Dma::works() const {
  return loader.busy() || std::ranges::any_of(channels_, [](const Channel& channel) { return channel.busy; });
}

void Dma::note_beats() {
  if (ports_ == nullptr) return;
  for (auto& channel : channels_)
    for (const auto& cycles = channel.stream.accepted_cycles; channel.noted < cycles.size(); ++channel.noted)
      ports_->take(channel.address, cycles[channel.noted] + 1);
}

/// Lets show what ends by now, and writes the interrupt.
void Dma::settle() {
  for (unsigned c = 0; c < STOIC_DMA_CHANNELS; ++c) {
    auto& channel = channels_[c];
    if (channel.ends < 0 || channel.ends > current_cycle()) continue;
    channel.ends = -1;
    channel.busy = false;
    if (waveform != nullptr) waveform->dma_busy(c, current_cycle(), false);
    channel.error = channel.end_error;
    channel.done = channel.error == 0;
    irq_status_ |= (channel.done ? 1u : 1u | 1u << STOIC_DMA_ERRORS_LSB) << c;
  }
}

void Dma::update() {
  settle();
  interrupt.write((irq_status_ & irq_enable_) != 0);
  std::int64_t next = -1;
  for (const auto& channel : channels_)
    if (channel.ends >= 0 && (next < 0 || channel.ends < next)) next = channel.ends;
  if (next >= 0) changes_.notify(cycles(next - current_cycle()));
}

void Dma::end(unsigned number, std::int64_t cycle, std::uint32_t error) {
  auto& channel = channels_[number];
  channel.ends = std::max(cycle + STOIC_DMA_END_CYCLES, current_cycle());
  channel.end_error = error;
  changes_.notify(cycles(channel.ends - current_cycle()));
}

std::uint32_t Dma::status(unsigned number) {
  const auto& channel = channels_[number];
  return (channel.busy ? STOIC_DMA_STATUS_BUSY : 0u) | (channel.done ? STOIC_DMA_STATUS_DONE : 0u) |
         (channel.error != 0 ? STOIC_DMA_STATUS_ERROR : 0u) | channel.error << STOIC_DMA_STATUS_CODE_LSB;
}

std::optional<std::uint32_t> Dma::read(std::uint32_t offset) {
  settle();
  if (offset == STOIC_DMA_REG_IRQ_ENABLE) return irq_enable_;
  if (offset == STOIC_DMA_REG_IRQ_STATUS) return irq_status_;
  if (offset == STOIC_DMA_REG_FEATURES) return STOIC_DMA_FEATURE_LOADER | STOIC_DMA_FEATURE_TOGETHER;
  if (offset == STOIC_DMA_REG_ACTIVE) return active();
  if (offset >= STOIC_DMA_REG_LOAD_CONTROL) return loader.read(offset);
  const auto number = offset / STOIC_DMA_CHANNEL_STRIDE;
  if (number >= STOIC_DMA_CHANNELS) return std::nullopt;
  const auto& channel = channels_[number];
  switch (offset % STOIC_DMA_CHANNEL_STRIDE) {
    case STOIC_DMA_REG_STATUS:
      return status(number);
    case STOIC_DMA_REG_BASE:
      return channel.base;
    case STOIC_DMA_REG_DESCRIPTORS:
      return channel.descriptors;
    case STOIC_DMA_REG_COUNT:
      return channel.count;
    case STOIC_DMA_REG_ROUNDS:
      return channel.rounds;
    case STOIC_DMA_REG_STRIDE:
      return channel.stride;
    case STOIC_DMA_REG_BEATS:
      return channel.beats +
             static_cast<std::uint32_t>(number == STOIC_DMA_OUTPUT ? 0 : channel.stream.taken);
  }
  return std::nullopt;
}

bool Dma::write(std::uint32_t offset, std::uint32_t value) {
  settle();
  if (offset == STOIC_DMA_REG_RESET) {
    reset();
    return true;
  }
  if (offset >= STOIC_DMA_REG_LOAD_CONTROL) return loader.write(offset, value);
  const auto number = offset / STOIC_DMA_CHANNEL_STRIDE;
  bool known = true;
  if (offset == STOIC_DMA_REG_IRQ_ENABLE)
    irq_enable_ = value & (all_channels | all_channels << STOIC_DMA_ERRORS_LSB);
  else if (offset == STOIC_DMA_REG_IRQ_STATUS)
    irq_status_ &= ~value;
  else if (offset == STOIC_DMA_REG_GO)
    known = start_together(value);
  else
    known = number < STOIC_DMA_CHANNELS && write_channel(number, offset % STOIC_DMA_CHANNEL_STRIDE, value);
  changes_.notify(clock_period());
  return known;
}

/// Busy channels, and those with an error.
std::uint32_t Dma::active() const {
  std::uint32_t bits = 0;
  for (unsigned c = 0; c < STOIC_DMA_CHANNELS; ++c)
    bits |=
        (channels_[c].busy ? 1u << c : 0) | (channels_[c].error != 0 ? 1u << (c + STOIC_DMA_ERRORS_LSB) : 0);
  return bits;
}

/// The sink first. False: one is busy, and none was started.
bool Dma::start_together(std::uint32_t which) {
  if ((active() & which & all_channels) != 0) return false;
  for (const unsigned c : {STOIC_DMA_OUTPUT, STOIC_DMA_INPUT, STOIC_DMA_WEIGHTS})
    if ((which >> c & 1) != 0) start(c);
  return true;
}

bool Dma::write_channel(unsigned number, std::uint32_t offset, std::uint32_t value) {
  auto& channel = channels_[number];
  if (channel.busy) return false;
  switch (offset) {
    case STOIC_DMA_REG_CONTROL:
      if ((value & 1) != 0) start(number);
      return true;
    case STOIC_DMA_REG_BASE:
      channel.base = value;
      return true;
    case STOIC_DMA_REG_DESCRIPTORS:
      channel.descriptors = value;
      return true;
    case STOIC_DMA_REG_COUNT:
      channel.count = value;
      return true;
    case STOIC_DMA_REG_ROUNDS:
      channel.rounds = value;
      return true;
    case STOIC_DMA_REG_STRIDE:
      channel.stride = value;
      return true;
  }
  return false;
}

void Dma::reset() {
  for (unsigned c = 0; c < STOIC_DMA_CHANNELS; ++c) {
    auto& channel = channels_[c];
    if (waveform != nullptr) waveform->dma_busy(c, current_cycle(), false);
    channel.base = channel.descriptors = channel.count = channel.rounds = channel.stride = channel.beats = 0;
    channel.busy = channel.done = false;
    channel.error = channel.end_error = 0;
    channel.stream.taken = 0;
    channel.ends = -1;
  }
  irq_enable_ = irq_status_ = 0;
  loader.reset();
  reset_accelerator();
  changes_.notify(clock_period());
}

void Dma::start(unsigned number) {
  auto& channel = channels_[number];
  channel.busy = true;
  if (waveform != nullptr) waveform->dma_busy(number, current_cycle(), true);
  channel.done = false;
  channel.error = 0;
  channel.round = channel.index = channel.beats = 0;
  channel.stream.taken = 0;
  const auto from = current_cycle() + STOIC_DMA_START_CYCLES;
  if (number != STOIC_DMA_OUTPUT) {
    send_next(number, from);
    return;
  }
  channel.left = 0;
  output_from_ = from;
  tlm::tlm_generic_payload nothing;
  tlm::tlm_phase phase = systemc::STREAM_ASK_AGAIN;
  auto delay = sc_core::SC_ZERO_TIME;
  output->nb_transport_bw(nothing, phase, delay);
}

bool Dma::access(tlm::tlm_command command, std::uint32_t address, unsigned char* data, std::size_t size) {
  tlm::tlm_generic_payload payload;
  payload.set_command(command);
  payload.set_address(address);
  payload.set_data_ptr(data);
  payload.set_data_length(static_cast<unsigned>(size));
  payload.set_streaming_width(static_cast<unsigned>(size));
  auto delay = sc_core::SC_ZERO_TIME;
  memory->b_transport(payload, delay);
  return payload.is_response_ok();
}

bool Dma::write_memory(std::uint32_t address, std::string_view data) {
  std::vector<unsigned char> bytes(data.begin(), data.end());
  return access(tlm::TLM_WRITE_COMMAND, address, bytes.data(), bytes.size());
}

/// Fetches the descriptor whose turn it is. Returns an error code.
std::uint32_t Dma::next_descriptor(Channel& channel, unsigned number, Descriptor& descriptor) {
  std::uint32_t words[2];
  const auto place = channel.descriptors + channel.index * STOIC_DMA_DESCRIPTOR_BYTES;
  if (place % STOIC_DMA_ALIGNMENT != 0) return STOIC_DMA_ERROR_ALIGNMENT;
  if (!access(tlm::TLM_READ_COMMAND, place, reinterpret_cast<unsigned char*>(words), sizeof words))
    return STOIC_DMA_ERROR_ADDRESS;
  descriptor = {channel.base + channel.round * channel.stride + words[0],
                words[1] & ~STOIC_DMA_DESCRIPTOR_OPEN, (words[1] & STOIC_DMA_DESCRIPTOR_OPEN) != 0};
  const auto beat = beat_bytes(number);
  if (descriptor.bytes == 0 || descriptor.bytes % beat != 0) return STOIC_DMA_ERROR_LENGTH;
  const auto alignment = beat % STOIC_DMA_ALIGNMENT == 0 ? STOIC_DMA_ALIGNMENT : STOIC_DMA_ALIGNMENT_ODD_BEAT;
  if (descriptor.address % alignment != 0) return STOIC_DMA_ERROR_ALIGNMENT;
  if (++channel.index == channel.count) {
    channel.index = 0;
    ++channel.round;
  }
  return STOIC_DMA_ERROR_NONE;
}

/// Offers the next vector, its first beat not before cycle `earliest`; or ends.
void Dma::send_next(unsigned number, std::int64_t earliest) {
  auto& channel = channels_[number];
  note_beats();
  channel.beats += static_cast<std::uint32_t>(channel.stream.taken);
  channel.stream.taken = 0;
  if (channel.count == 0 || channel.round >= std::max(channel.rounds, 1u))
    return end(number, earliest - 1, STOIC_DMA_ERROR_NONE);
  Descriptor descriptor{};
  if (const auto error = next_descriptor(channel, number, descriptor); error != 0)
    return end(number, earliest - 1, error);
  const auto end_address = std::uint64_t{descriptor.address} + descriptor.bytes;
  const bool possible = end_address <= std::uint64_t{1} << 32 && descriptor.bytes < 1u << 28;
  if (possible) channel.data.resize(descriptor.bytes);
  if (!possible || !access(tlm::TLM_READ_COMMAND, descriptor.address, channel.data.data(), descriptor.bytes))
    return end(number, earliest - 1, STOIC_DMA_ERROR_ADDRESS);
  auto& stream = channel.stream;
  stream.lanes = config_.lanes;
  stream.word_bits = number == STOIC_DMA_INPUT ? config_.state_width : config_.weight_width;
  stream.last = !descriptor.open;
  stream.earliest = earliest;
  stream.accepted_cycles.clear();
  channel.noted = 0;
  channel.address = descriptor.address;
  if (waveform != nullptr) waveform->dma_address(number, earliest, descriptor.address);
  channel.payload.set_command(tlm::TLM_WRITE_COMMAND);
  channel.payload.set_data_ptr(channel.data.data());
  channel.payload.set_data_length(descriptor.bytes);
  channel.payload.set_streaming_width(descriptor.bytes);
  if (trace != nullptr)
    trace->line("dma", "send", descriptor.address, descriptor.bytes, channel_names[number],
                descriptor.open ? 0 : 1, "ok");
  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  auto delay = sc_core::SC_ZERO_TIME;
  auto& stream_socket = number == STOIC_DMA_INPUT ? input : weights;
  if (stream_socket->nb_transport_fw(channel.payload, phase, delay) == tlm::TLM_COMPLETED)
    end(number, earliest, STOIC_DMA_ERROR_LENGTH);
}

/// The last beat of a vector was accepted.
tlm::tlm_sync_enum Dma::sent(int number, tlm::tlm_generic_payload&, tlm::tlm_phase&, sc_core::sc_time&) {
  const auto channel = static_cast<unsigned>(number);
  send_next(channel, channels_[channel].stream.accepted_cycles.back() + 1);
  return tlm::TLM_COMPLETED;
}

/// A beat stands in the output register. It is taken in the first cycle in which the channel runs.
void Dma::receive(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
  auto& stream = *payload.get_extension<systemc::StreamExtension>();
  auto& channel = channels_[STOIC_DMA_OUTPUT];
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  if (!channel.busy || channel.ends >= 0) return;  // it waits
  stream.accepted = std::max(stream.earliest, output_from_);
  const auto error = store(channel, payload, stream.accepted, stream.last);
  const bool finished = stream.last && channel.round >= std::max(channel.rounds, 1u);
  if (error != 0 || finished) end(STOIC_DMA_OUTPUT, stream.accepted, error);
}

std::uint32_t Dma::store(Channel& channel, tlm::tlm_generic_payload& payload, std::int64_t accepted,
                         bool last) {
  if (channel.left == 0) {
    Descriptor descriptor{};
    if (channel.count == 0) return STOIC_DMA_ERROR_OVERFLOW;
    if (const auto error = next_descriptor(channel, STOIC_DMA_OUTPUT, descriptor); error != 0) return error;
    channel.address = descriptor.address;
    channel.left = descriptor.bytes;
    channel.words.clear();
  }
  if (!access(tlm::TLM_WRITE_COMMAND, channel.address, payload.get_data_ptr(), payload.get_data_length()))
    return STOIC_DMA_ERROR_ADDRESS;
  if (ports_ != nullptr)
    ports_->take(channel.address, payload.get_extension<systemc::StreamExtension>()->accepted + 1);
  if (waveform != nullptr) waveform->dma_address(STOIC_DMA_OUTPUT, accepted, channel.address);
  ++channel.beats;
  channel.address += payload.get_data_length();
  channel.left -= payload.get_data_length();
  const auto lanes = static_cast<std::size_t>(config_.lanes);
  channel.words.resize(channel.words.size() + lanes);
  systemc::decode_words({payload.get_data_ptr(), payload.get_data_length()}, config_.state_width,
                        std::span(channel.words).last(lanes));
  if (last != (channel.left == 0)) return STOIC_DMA_ERROR_OVERFLOW;
  if (last && on_output) on_output(channel.words);
  return STOIC_DMA_ERROR_NONE;
}

}  // namespace stoic::platform
