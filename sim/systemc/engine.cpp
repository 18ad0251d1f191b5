#include "stoic/sim/systemc/engine.hpp"

#include <algorithm>
#include <limits>

namespace stoic::systemc {
namespace {

constexpr std::int64_t most_saturations = std::numeric_limits<std::uint32_t>::max();

bool streams_weights(const Instruction& instruction) {
  const auto* matvec = std::get_if<Matvec>(&instruction);
  return matvec != nullptr && matvec->stream != 0;
}

bool multiplies(const Instruction& instruction) {
  return std::holds_alternative<Matvec>(instruction) || std::holds_alternative<Bundle>(instruction);
}

bool controls(const Instruction& instruction) {
  return std::holds_alternative<Halt>(instruction) || std::holds_alternative<stoic::Loop>(instruction) ||
         std::holds_alternative<End>(instruction);
}

}  // namespace

Engine::Engine(const HardwareConfig& config, golden::Datapath& datapath, InputBuffer& input,
               WeightStream& weights, OutputRegister& output)
    : config_(config),
      datapath_(datapath),
      input_(input),
      weights_(weights),
      output_(output),
      program_(static_cast<std::size_t>(config.program_words)),
      sequencer_(0, config.loop_depth),
      by_slot_(static_cast<std::size_t>(config.program_words)) {}

void Engine::write_program(std::int64_t half, std::uint32_t value) {
  decoded_.clear();
  auto& word = program_[static_cast<std::size_t>(half / 2)];
  const int lsb = half % 2 == 0 ? 0 : 32;
  word = (word & ~(std::uint64_t{0xffffffff} << lsb)) | (std::uint64_t{value} << lsb);
}

void Engine::start(std::int64_t cycle, const RunSettings& settings) {
  reset();
  settings_ = settings;
  phase_ = Phase::starting;
  first_busy_ = at_ = cycle + 1;
  if (settings.cycle_limit > 0) limit_from_ = first_busy_ + settings.cycle_limit;
  sequencer_ = golden::Sequencer(settings.program_start, config_.loop_depth);
}

void Engine::abort(std::int64_t cycle) {
  if (busy()) abort_from_ = std::min(abort_from_, cycle + 1);
}

void Engine::clear() {
  phase_ = Phase::idle;
  abort_from_ = limit_from_ = never;
  ended_.reset();
  sequencer_ = golden::Sequencer(0, config_.loop_depth);
  step_ = nullptr;
  cycles_ = samples_done_ = mac_cycles_ = stall_input_ = stall_weights_ = stall_output_ = saturations_ = 0;
  first_saturated_ = -1;
  uncounted_.reset();
}

void Engine::reset() {
  clear();
  std::fill(by_slot_.begin(), by_slot_.end(), 0);
}

std::optional<int> Engine::take_end() {
  const auto end = ended_;
  ended_.reset();
  return end;
}

int Engine::stop_code(std::int64_t cycle) const {
  return abort_from_ <= cycle ? STOIC_STATUS_CODE_ABORTED : STOIC_STATUS_CODE_CYCLE_LIMIT;
}

void Engine::advance(std::int64_t limit) {
  while (step(limit)) {
  }
  count_saturations(limit);
}

bool Engine::step(std::int64_t limit) {
  switch (phase_) {
    case Phase::idle:
      return false;
    case Phase::starting:
      if (at_ + STOIC_START_CYCLES > limit) return false;
      begin_fetch(at_ + STOIC_START_CYCLES);
      return true;
    case Phase::fetching:
      return fetch(limit);
    case Phase::running:
      if (std::holds_alternative<Load>(step_->instruction)) return run_load(limit);
      if (streams_weights(step_->instruction)) return run_streamed(limit);
      return run_plain(limit);
    case Phase::storing:
      return run_store(limit);
    case Phase::draining:
      return end_body(limit);
    case Phase::ending:
      if (at_ + STOIC_START_CYCLES > limit) return false;
      phase_ = Phase::idle;
      cycles_ = at_ + STOIC_START_CYCLES - first_busy_;
      ended_ = code_;
      return false;
  }
  return false;
}

void Engine::begin_fetch(std::int64_t cycle) {
  phase_ = Phase::fetching;
  at_ = cycle;
  step_ = nullptr;
  ++boundaries_;
}

void Engine::begin_drain(std::int64_t cycle, int code) {
  phase_ = Phase::draining;
  at_ = cycle;
  end_ = cycle + latency();
  code_ = code;
}

void Engine::begin_ending(std::int64_t cycle, int code) {
  phase_ = Phase::ending;
  at_ = cycle;
  code_ = code;
  ++boundaries_;
}

void Engine::decode_at(std::int64_t slot) {
  auto found = decoded_.find(slot);
  if (found == decoded_.end())
    found = decoded_.emplace(slot, golden::decode_step(program_, slot, config_)).first;
  step_ = &found->second;
}

bool Engine::fetch(std::int64_t limit) {
  if (step_ == nullptr) {
    // Only requests decide, and those of the first cycle were accepted before it.
    if (stop_from() <= at_) {
      if (at_ + 1 > limit) return false;
      begin_ending(at_ + 1, stop_code(at_));
      return true;
    }
    decode_at(sequencer_.slot());
    end_ = at_ + step_->words + STOIC_FETCH_CYCLES;
  }
  if (end_ > limit) return false;
  if (const int status = sequencer_.fault(*step_); status != STOIC_STATUS_CODE_OK)
    begin_ending(end_, status);
  else
    begin_body(end_);
  return true;
}

void Engine::begin_body(std::int64_t cycle) {
  const auto& instruction = step_->instruction;
  at_ = cursor_ = cycle;
  issued_ = 0;
  issues_ = golden::issues(instruction, config_);
  stride_ = std::holds_alternative<Normalise>(instruction)
                ? STOIC_NORMALISE_BEAT_CYCLES + config_.lanes / config_.function_units
                : 1;
  matrix_.reset();
  copied_matrix_.reset();
  if (controls(instruction)) {
    begin_drain(cycle, STOIC_STATUS_CODE_OK);
  } else {
    phase_ = std::holds_alternative<Store>(instruction) ? Phase::storing : Phase::running;
  }
}

/// Cycles after the last issue. LOOP, END and HALT count as nothing but latency.
std::int64_t Engine::latency() const {
  struct Visitor {
    std::int64_t operator()(const Halt&) const { return STOIC_CONTROL_CYCLES; }
    std::int64_t operator()(const stoic::Loop&) const { return STOIC_CONTROL_CYCLES; }
    std::int64_t operator()(const End&) const { return STOIC_CONTROL_CYCLES; }
    std::int64_t operator()(const Load&) const { return STOIC_LOAD_LATENCY; }
    std::int64_t operator()(const Store&) const { return STOIC_STORE_LATENCY; }
    std::int64_t operator()(const Matvec&) const { return STOIC_MAC_LATENCY; }
    std::int64_t operator()(const Bundle&) const { return STOIC_MAC_LATENCY; }
    std::int64_t operator()(const Function&) const { return STOIC_FUNCTION_LATENCY; }
    std::int64_t operator()(const Normalise&) const { return 0; }
    std::int64_t operator()(const Copy&) const { return STOIC_COPY_LATENCY; }
    std::int64_t operator()(const Rotate&) const { return STOIC_COPY_LATENCY; }
  };
  return std::visit(Visitor{}, step_->instruction);
}

/// An instruction that moves no stream issues every stride_ cycles, whatever happens elsewhere.
bool Engine::run_plain(std::int64_t limit) {
  const auto asked = std::max(at_, stop_from());
  const auto stopped = asked >= plain_end() ? never : (asked - at_ + stride_ - 1) / stride_ * stride_ + at_;
  if (stopped < std::min(limit, plain_end())) {
    issued_ = (stopped - at_) / stride_;
    begin_drain(stopped + 1, stop_code(stopped));
  } else {
    if (plain_end() > limit) return false;
    issued_ = issues_;
    begin_drain(plain_end(), STOIC_STATUS_CODE_OK);
  }
  if (multiplies(step_->instruction)) mac_cycles_ += issued_;
  return true;
}

/// The first cycle after the body: the destination is written.
bool Engine::end_body(std::int64_t limit) {
  if (end_ > limit) return false;
  const auto& instruction = step_->instruction;
  const auto effect = streams_weights(instruction)
                          ? datapath_.execute_streamed(std::get<Matvec>(instruction), matrix_, issued_)
                          : datapath_.execute(instruction, issued_);
  count_saturations(limit);  // those of the instruction before, if it ended just now
  if (effect.saturations > 0) uncounted_ = {step_->slot, effect.saturations, end_ + 1};
  if (code_ != STOIC_STATUS_CODE_OK) {
    begin_ending(end_, code_);
    return true;
  }
  if (!std::holds_alternative<Halt>(instruction)) {
    sequencer_.advance(*step_);
  } else if (++samples_done_ < std::max<std::int64_t>(settings_.samples, 1)) {
    sequencer_ = golden::Sequencer(settings_.program_start, config_.loop_depth);
  } else {
    begin_ending(end_, STOIC_STATUS_CODE_OK);
    return true;
  }
  begin_fetch(end_);
  return true;
}

void Engine::count_saturations(std::int64_t limit) {
  if (!uncounted_ || uncounted_->shown_from > limit) return;
  const auto [slot, count, shown_from] = *uncounted_;
  uncounted_.reset();
  saturations_ = std::min(saturations_ + count, most_saturations);
  auto& counted = by_slot_[static_cast<std::size_t>(slot)];
  counted = static_cast<std::uint16_t>(std::min<std::int64_t>(counted + count, STOIC_SLOT_SATURATIONS_MAX));
  if (first_saturated_ < 0) first_saturated_ = slot;
}

std::int64_t Engine::mac_cycles(std::int64_t now) const {
  const bool issuing =
      phase_ == Phase::running && multiplies(step_->instruction) && !streams_weights(step_->instruction);
  return mac_cycles_ + (issuing ? std::clamp<std::int64_t>(now - at_, 0, issues_) : 0);
}

std::int64_t Engine::stalls(Stream stream, std::int64_t now) const {
  // Cycles from cursor_ on were all stalls, or they would have been decided.
  const auto waited = now - cursor_;
  const bool loading = phase_ == Phase::running && std::holds_alternative<Load>(step_->instruction);
  const bool multiplying = phase_ == Phase::running && streams_weights(step_->instruction);
  if (stream == Stream::input) return stall_input_ + (loading ? waited : 0);
  if (stream == Stream::weights) return stall_weights_ + (multiplying ? waited : 0);
  return stall_output_ + (phase_ == Phase::storing ? waited : 0);
}

int Engine::opcode() const {
  if (step_ == nullptr || phase_ == Phase::idle || phase_ == Phase::ending) return 0;
  if (step_->status == STOIC_STATUS_CODE_PROGRAM_ADDRESS || step_->status == STOIC_STATUS_CODE_ILLEGAL_OPCODE)
    return 0;
  return std::visit([](const auto& fields) { return fields.opcode; }, step_->instruction);
}

std::int64_t Engine::change_bound(std::int64_t now) const {
  std::int64_t bound = never;
  switch (phase_) {
    case Phase::idle:
      return never;
    case Phase::starting:
    case Phase::ending:
      bound = at_ + STOIC_START_CYCLES;
      break;
    case Phase::fetching:
      bound = step_ == nullptr                                   ? at_ + 1  // for a stop
              : sequencer_.fault(*step_) == STOIC_STATUS_CODE_OK ? end_ + body_at_least()
                                                                 : end_;
      break;
    case Phase::draining:
      bound = end_;
      break;
    case Phase::running:
    case Phase::storing:
      bound = body_bound(now);
      break;
  }
  // A stop may come sooner than what was going on would have ended.
  if (stop_from() != never) bound = std::min(bound, std::max(now, stop_from()) + 1);
  return std::max(bound, now + 1);
}

/// Cycles after the fetch in which nothing shows: the body, or the first issue where a stream may end it
/// early.
std::int64_t Engine::body_at_least() const {
  const auto& instruction = step_->instruction;
  if (std::holds_alternative<Load>(instruction) || std::holds_alternative<Store>(instruction) ||
      streams_weights(instruction))
    return 1;
  return stoic::cycles(instruction, config_) - STOIC_FETCH_CYCLES - step_->words;
}

std::int64_t Engine::body_bound(std::int64_t now) const {
  const auto& instruction = step_->instruction;
  std::int64_t event = never;  // the next issue, and how many may follow it at once
  std::int64_t follow = 1;
  if (phase_ == Phase::storing) {
    event = output_.free_bound(now);
  } else if (std::holds_alternative<Load>(instruction)) {
    event = input_.take_bound(now);
    follow = std::min(issues_ - issued_, input_.beats_known());
  } else if (streams_weights(instruction)) {
    event = weights_.take_bound(now);
    follow = std::min(issues_ - issued_, weights_.offers.left());  // TLAST comes with the last of a burst
  } else {
    return plain_end() + latency();
  }
  if (settings_.stream_timeout > 0) follow = std::min(follow, settings_.stream_timeout);
  const auto bound = event == never ? never : event + follow;
  return std::min(bound, timeout_cycle() == never ? never : std::max(now, timeout_cycle()) + 1);
}

}  // namespace stoic::systemc
