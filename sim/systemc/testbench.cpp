#include "stoic/sim/systemc/testbench.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <utility>

#include "stoic/sim/device/trace_file.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic::systemc {
namespace {

const sc_core::sc_time& one_cycle() {
  static const sc_core::sc_time period(waveform_cycle_ns, sc_core::SC_NS);
  return period;
}

/// The first cycle from `from` on in which a stream is open.
std::int64_t next_open(const StallSchedule& schedule, Stream stream, std::int64_t from) {
  while (!schedule.open(stream, from)) ++from;
  return from;
}

}  // namespace

PacketSource::PacketSource(Stream stream, std::int64_t lanes, std::int64_t word_bits)
    : socket(stream == Stream::input ? "input_source" : "weights_source"),
      stream_(stream),
      lanes_(lanes),
      word_bits_(word_bits) {
  socket.register_nb_transport_bw(this, &PacketSource::accepted);
  payload_.set_command(tlm::TLM_WRITE_COMMAND);
  payload_.set_extension(&extension_);
  extension_.lanes = lanes;
  extension_.word_bits = word_bits;
}

void PacketSource::send(std::span<const Packet> packets, std::int64_t times, std::int64_t now,
                        const StallSchedule& schedule) {
  if (packets.empty() || times < 1) return;
  Queued queued{{}, times, 0, now, schedule};
  for (const auto& packet : packets)
    queued.packets.push_back(std::make_shared<Encoded>(
        Encoded{encode_words(packet.beats, word_bits_),
                static_cast<std::int64_t>(packet.beats.size()) / lanes_, packet.last}));
  queue_.push_back(std::move(queued));
  if (!sending_) feed();
}

/// Beats get ready in open cycles, one in each, from the cycle in which they were sent.
void PacketSource::set_ready(const Queued& queued, std::int64_t beats) {
  const auto closed = stream_ == Stream::input ? queued.schedule.input : queued.schedule.weights;
  last_ready_ = std::max(last_ready_, queued.sent - 1);
  extension_.ready.clear();
  if (closed <= 0) {
    extension_.earliest = last_ready_ + 1;
    last_ready_ += beats;
    return;
  }
  for (std::int64_t i = 0; i < beats; ++i) {
    last_ready_ = next_open(queued.schedule, stream_, last_ready_ + 1);
    extension_.ready.push_back(last_ready_);
  }
  extension_.earliest = 0;
}

void PacketSource::feed() {
  while (!sending_ && !queue_.empty()) {
    auto& queued = queue_.front();
    const auto packet = queued.packets[queued.next];
    set_ready(queued, packet->beats);
    if (++queued.next == queued.packets.size()) {
      queued.next = 0;
      if (--queued.times == 0) queue_.pop_front();
    }
    extension_.owner = packet;
    extension_.last = packet->last;
    extension_.taken = 0;
    payload_.set_data_ptr(packet->data.data());
    payload_.set_data_length(static_cast<unsigned>(packet->data.size()));
    payload_.set_streaming_width(static_cast<unsigned>(packet->data.size()));
    payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    sending_ = true;
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    auto delay = sc_core::SC_ZERO_TIME;
    if (socket->nb_transport_fw(payload_, phase, delay) == tlm::TLM_COMPLETED)
      throw Error("a packet does not fit the stream; give whole beats");
  }
}

tlm::tlm_sync_enum PacketSource::accepted(tlm::tlm_generic_payload&, tlm::tlm_phase&, sc_core::sc_time&) {
  sending_ = false;
  feed();
  return tlm::TLM_COMPLETED;
}

void PacketSource::drop_unsent(std::int64_t now) {
  queue_.clear();
  if (sending_) {
    tlm::tlm_phase phase = STREAM_WITHDRAW;
    auto delay = sc_core::SC_ZERO_TIME;
    socket->nb_transport_fw(payload_, phase, delay);
  }
  last_ready_ = now - 1;  // what was dropped no longer matters; the beat that is offered got ready before
}

void PacketSource::reset(std::int64_t now) {
  queue_.clear();
  sending_ = false;
  last_ready_ = now;
}

Testbench::Testbench(const sc_core::sc_module_name& name, const HardwareConfig& config)
    : sc_core::sc_module(name),
      accelerator_("accelerator", config, one_cycle()),
      bus_("driver"),
      input_(Stream::input, config.lanes, config.state_width),
      weights_(Stream::weights, config.lanes, config.weight_width),
      sink_("sink"),
      interrupt_("interrupt") {
  bus_.bind(accelerator_.bus);
  input_.socket.bind(accelerator_.input);
  weights_.socket.bind(accelerator_.weights);
  accelerator_.output.bind(sink_);
  accelerator_.interrupt.bind(interrupt_);
  sink_.register_b_transport(this, &Testbench::store);
  SC_METHOD(watch);
  sensitive << interrupt_.posedge_event();
  dont_initialize();
}

Testbench::~Testbench() {
  if (trace_ != nullptr) sc_core::sc_close_vcd_trace_file(trace_);
}

void Testbench::trace(const TraceOptions& options) {
  constexpr std::string_view suffix = ".vcd";
  if (!std::ofstream(options.path))
    throw Error(fmt::format("{}: cannot be written; name a file in a folder that exists", options.path));
  trace_path_ = options.path;
  const auto stem = options.path.substr(0, options.path.size() - suffix.size());
  trace_ = sc_core::sc_create_vcd_trace_file(stem.c_str());
  trace_->set_time_unit(1, sc_core::SC_NS);
  accelerator_.trace(trace_, options.first_cycle, options.last_cycle);
}

void Testbench::finish_trace() {
  if (trace_ == nullptr) return;
  sc_core::sc_close_vcd_trace_file(std::exchange(trace_, nullptr));
  finish_vcd(trace_path_, cycle() * waveform_cycle_ns);
}

/// Lets the simulation follow the accesses of the bus.
void Testbench::settle() {
  if (ahead_ == sc_core::SC_ZERO_TIME) return;
  const auto time = ahead_;
  ahead_ = sc_core::SC_ZERO_TIME;
  sc_core::sc_start(time);
}

Device::Access Testbench::access(tlm::tlm_command command, std::uint32_t offset, std::uint32_t value) {
  tlm::tlm_generic_payload payload;
  payload.set_command(command);
  payload.set_address(offset);
  payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
  payload.set_data_length(sizeof value);
  payload.set_streaming_width(sizeof value);
  bus_->b_transport(payload, ahead_);
  const bool error = payload.is_response_error();
  return {command == tlm::TLM_READ_COMMAND ? value : 0, error};
}

Device::Access Testbench::read(std::uint32_t offset) {
  const auto result = access(tlm::TLM_READ_COMMAND, offset, 0);
  settle();
  return result;
}

Device::Access Testbench::write(std::uint32_t offset, std::uint32_t value) {
  const auto result = access(tlm::TLM_WRITE_COMMAND, offset, value);
  settle();
  return result;
}

void Testbench::require(const Device::Access& access, std::uint32_t memory, std::int64_t index) {
  if (!access.error) return;
  settle();
  throw Error(
      fmt::format("memory {}, entry {}: the accelerator answers SLVERR; stay within its memories, and wait "
                  "until it is idle",
                  memory, index));
}

void Testbench::begin_memory(std::uint32_t memory, std::int64_t first) {
  require(access(tlm::TLM_WRITE_COMMAND, STOIC_REG_MEM_SELECT, memory), memory, first);
  require(access(tlm::TLM_WRITE_COMMAND, STOIC_REG_MEM_ADDRESS, static_cast<std::uint32_t>(first)), memory,
          first);
}

void Testbench::write_memory(std::uint32_t memory, std::int64_t first, std::span<const std::int32_t> values) {
  begin_memory(memory, first);
  for (const auto value : values)
    require(access(tlm::TLM_WRITE_COMMAND, STOIC_REG_MEM_DATA, static_cast<std::uint32_t>(value)), memory,
            first++);
  settle();
}

std::vector<std::int32_t> Testbench::read_memory(std::uint32_t memory, std::int64_t first,
                                                 std::int64_t count) {
  begin_memory(memory, first);
  std::vector<std::int32_t> values;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto entry = access(tlm::TLM_READ_COMMAND, STOIC_REG_MEM_DATA, 0);
    require(entry, memory, first + i);
    values.push_back(static_cast<std::int32_t>(entry.value));
  }
  settle();
  return values;
}

void Testbench::send(Stream stream, std::span<const Packet> packets, std::int64_t times) {
  (stream == Stream::input ? input_ : weights_).send(packets, times, cycle(), schedule_);
}

void Testbench::drop_unsent(Stream stream) {
  (stream == Stream::input ? input_ : weights_).drop_unsent(cycle());
}

void Testbench::set_stalls(const StallSchedule& schedule) {
  accelerator_.model();  // cycles that have run keep the old schedule
  schedule_ = schedule;
  tlm::tlm_generic_payload payload;
  tlm::tlm_phase phase = STREAM_ASK_AGAIN;
  auto delay = sc_core::SC_ZERO_TIME;
  sink_->nb_transport_bw(payload, phase, delay);
}

void Testbench::store(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
  auto& stream = *payload.get_extension<StreamExtension>();
  if (stream.again) output_.pop_back();
  Beat beat{std::vector<std::int32_t>(static_cast<std::size_t>(stream.lanes)), stream.last, never};
  decode_words({payload.get_data_ptr(), payload.get_data_length()}, stream.word_bits, beat.values);
  if (schedule_.output < 1) beat.cycle = next_open(schedule_, Stream::output, stream.earliest);
  stream.accepted = beat.cycle;
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  output_.push_back(std::move(beat));
}

Device::Output Testbench::take_output() {
  accelerator_.model();
  Device::Output output;
  while (!output_.empty() && output_.front().cycle < cycle()) {
    const auto& beat = output_.front();
    output.beats.insert(output.beats.end(), beat.values.begin(), beat.values.end());
    output.last.push_back(beat.last);
    output.cycles.push_back(beat.cycle);
    output_.pop_front();
  }
  return output;
}

void Testbench::run(std::int64_t cycles) {
  cycles = std::min(cycles, never - cycle());
  if (cycles > 0)
    sc_core::sc_start(sc_core::sc_time::from_value(static_cast<std::uint64_t>(cycles) * one_cycle().value()));
}

void Testbench::watch() {
  if (watching_) sc_core::sc_pause();
}

bool Testbench::run_until_interrupt(std::int64_t limit) {
  const auto end = cycle() + std::min(limit, never - cycle());
  watching_ = true;
  while (!interrupt() && cycle() < end) run(end - cycle());
  watching_ = false;
  return interrupt();
}

bool Testbench::run_instruction(std::int64_t limit) {
  const auto end = cycle() + std::min(limit, never - cycle());
  if (!accelerator_.model().engine().busy()) return false;
  const auto before = accelerator_.model().boundaries();
  const auto there = [&] {
    return accelerator_.model().boundaries() != before || !accelerator_.model().engine().busy();
  };
  while (!there() && cycle() < end) run(std::min(end, accelerator_.model().change_bound()) - cycle());
  return there();
}

Device::Debug Testbench::debug() {
  auto& model = accelerator_.model();
  const auto& engine = model.engine();
  Device::Debug debug{engine.busy(),
                      engine.program_counter(),
                      engine.cycles(model.now()),
                      engine.mac_cycles(model.now()),
                      {}};
  for (const auto& loop : engine.loops()) debug.loops.push_back({loop.body, loop.remaining});
  return debug;
}

void Testbench::reset() {
  accelerator_.reset();
  input_.reset(cycle());
  weights_.reset(cycle());
  output_.clear();
  run(1);
}

}  // namespace stoic::systemc
