#include "reference.hpp"

#include <algorithm>

#include "stoic/sim/golden/lockstep.hpp"
#include "stoic/sim/golden/matvec.hpp"

namespace stoic::cosim {
namespace {

/// Cycles between the last issue and the end of the body.
struct Drain {
  std::int64_t operator()(const Load&) const { return STOIC_LOAD_LATENCY; }
  std::int64_t operator()(const Store&) const { return STOIC_STORE_LATENCY; }
  std::int64_t operator()(const Matvec&) const { return STOIC_MAC_LATENCY; }
  std::int64_t operator()(const Bundle&) const { return STOIC_MAC_LATENCY; }
  std::int64_t operator()(const Function&) const { return STOIC_FUNCTION_LATENCY; }
  std::int64_t operator()(const Copy&) const { return STOIC_COPY_LATENCY; }
  std::int64_t operator()(const Rotate&) const { return STOIC_COPY_LATENCY; }
  std::int64_t operator()(const auto&) const { return 0; }
};

std::int64_t drain(const Instruction& instruction) { return std::visit(Drain{}, instruction); }

bool is_control(const Instruction& instruction) {
  return std::holds_alternative<Halt>(instruction) || std::holds_alternative<Loop>(instruction) ||
         std::holds_alternative<End>(instruction);
}

std::int64_t normalise_beat(const HardwareConfig& config) {
  return STOIC_NORMALISE_BEAT_CYCLES + config.lanes / config.function_units;
}

/// Elements of a run of `length` that its first `words` words hold, when it begins in lane `lane`.
std::int64_t elements_of(std::int64_t words, std::int64_t lane, std::int64_t length, std::int64_t lanes) {
  return std::clamp<std::int64_t>(words * lanes - lane, 0, length);
}

std::vector<std::vector<std::int32_t>> joined(std::span<const Packet> packets) {
  std::vector<std::vector<std::int32_t>> result;
  bool open = false;
  for (const auto& packet : packets) {
    if (!open) result.emplace_back();
    result.back().insert(result.back().end(), packet.beats.begin(), packet.beats.end());
    open = !packet.last;
  }
  return result;
}

}  // namespace

void Reference::queue(std::span<const Packet> input, std::span<const Packet> weights) {
  for (auto& vector : joined(input)) machine_.input().push_back(std::move(vector));
  for (auto& matrix : joined(weights)) machine_.weight_stream().push_back(std::move(matrix));
}

void Reference::drop_streams() {
  machine_.input().clear();
  machine_.weight_stream().clear();
  machine_.output().clear();
  output_.clear();
  output_last_.clear();
}

void Reference::start(const Run& run) {
  run_ = run;
  machine_.start(run.program_start, run.samples);
  running_ = true;
  status_ = STOIC_STATUS_CODE_OK;
  cycles_ = mac_cycles_ = saturations_ = timeout_stalls_ = 0;
  interrupted_slot_ = -1;
}

std::int64_t Reference::first_saturated() const {
  const auto first = machine_.counters().first_saturated;
  return first < 0 && saturations_ > 0 ? interrupted_slot_ : first;
}

std::int64_t Reference::saturations_at(std::int64_t slot) const {
  return machine_.counters().saturations_by_slot[static_cast<std::size_t>(slot)] +
         (slot == interrupted_slot_ ? saturations_ : 0);
}

/// The run ends without a last HALT: `cycles` after the start of the current fetch follows ending.
void Reference::end_early(int status, std::int64_t cycles) {
  cycles_ = cycles + STOIC_START_CYCLES;
  status_ = status;
  running_ = false;
}

bool Reference::step() {
  if (!running_) return false;
  const auto& config = machine_.config();
  const auto step = golden::decode_step(machine_.program(), machine_.program_counter(), config);
  if (run_.stop_after > 0 && cycles() + 1 > run_.stop_after) {
    end_early(run_.stop_status, 1);
    return false;
  }
  // An opcode that does not exist, and a slot outside the memory, are one word; an instruction that runs over
  // the end of the memory has as many as its opcode says.
  auto size = std::max<std::int64_t>(step.words, 1);
  if (step.status == STOIC_STATUS_CODE_PROGRAM_ADDRESS &&
      step.slot < static_cast<std::int64_t>(machine_.program().size())) {
    std::vector<std::uint64_t> rest(machine_.program().begin() + step.slot, machine_.program().end());
    rest.resize(rest.size() + STOIC_BUNDLE_TERMS_MAX);
    size = decode(rest, 0).words;
  }
  const auto fetch = size + STOIC_FETCH_CYCLES;
  if (step.status == STOIC_STATUS_CODE_OK && (stop_within(step, fetch) || stream_fails(step, fetch)))
    return false;
  running_ = machine_.step();
  status_ = machine_.status();
  if (status_ != STOIC_STATUS_CODE_OK) {
    end_early(status_, fetch);
  } else if (const auto* store = std::get_if<Store>(&step.instruction)) {
    send(store->source, store->length, config.beats(store->length), false);
  }
  return running_;
}

/// Whether the stop is requested while this instruction looks for it; then it is executed in part.
bool Reference::stop_within(const golden::Step& step, std::int64_t fetch) {
  if (run_.stop_after == 0 || is_control(step.instruction)) return false;
  const auto& config = machine_.config();
  const auto latency = drain(step.instruction);
  const auto body = stoic::cycles(step.instruction, config) - fetch;
  // Cycles of the body count from 1. The first one with the request:
  const auto first = std::max<std::int64_t>(run_.stop_after - cycles() - fetch + 1, 1);
  if (std::holds_alternative<Normalise>(step.instruction)) {
    const auto beat = normalise_beat(config);
    const auto done = (first - 1 + beat - 1) / beat;  // it looks in the first cycle of each beat
    if (done * beat >= body) return false;
    leave_part(step, done);
    end_early(run_.stop_status, fetch + done * beat + 1);
  } else if (const auto* store = std::get_if<Store>(&step.instruction)) {
    if (first > body) return false;
    // Word t stands in the output register from its issue + 2 on, and all that was offered is accepted.
    const auto beats = config.beats(store->length);
    const auto offered = std::clamp<std::int64_t>(first - STOIC_STORE_LATENCY, 0, beats);
    if (offered > 0) send(store->source, store->length, offered, offered < beats);
    end_early(run_.stop_status, fetch + first);
  } else {
    if (first > body - latency) return false;
    leave_part(step, first - 1);
    end_early(run_.stop_status, fetch + first + latency);
  }
  return true;
}

/// Whether the stream breaks this instruction; then it is executed as far as its beats go.
bool Reference::stream_fails(const golden::Step& step, std::int64_t fetch) {
  const auto& config = machine_.config();
  const auto* load = std::get_if<Load>(&step.instruction);
  const auto* matvec = std::get_if<Matvec>(&step.instruction);
  if (load == nullptr && (matvec == nullptr || matvec->stream == 0)) return false;
  const auto& stream = load != nullptr ? machine_.input() : machine_.weight_stream();
  const auto wanted =
      load != nullptr ? config.beats(load->length) : config.beats(matvec->rows) * matvec->columns;
  const auto latency = drain(step.instruction);
  if (stream.empty()) {
    timeout_stalls_ = run_.stream_timeout;
    timeout_of_weights_ = load == nullptr;
    end_early(STOIC_STATUS_CODE_STREAM_TIMEOUT, fetch + timeout_stalls_ + latency);
    return true;
  }
  const auto given = config.beats(static_cast<std::int64_t>(stream.front().size()));
  if (given == wanted) return false;
  leave_part(step, std::min(given, wanted));
  end_early(given < wanted ? STOIC_STATUS_CODE_STREAM_TOO_SHORT : STOIC_STATUS_CODE_STREAM_TOO_LONG,
            fetch + std::min(given, wanted) + latency);
  return true;
}

void Reference::leave_part(const golden::Step& step, std::int64_t issued) {
  if (issued == 0) return;
  saturations_ = part(step, issued).saturations;
  interrupted_slot_ = step.slot;
  if (std::holds_alternative<Matvec>(step.instruction) || std::holds_alternative<Bundle>(step.instruction))
    mac_cycles_ = issued;
}

/// What `issued` issues of an instruction leave behind (of NORMALISE: beats).
golden::Effect Reference::part(const golden::Step& step, std::int64_t issued) {
  const auto& config = machine_.config();
  const auto lanes = config.lanes;
  const auto state = machine_.state();
  if (const auto* load = std::get_if<Load>(&step.instruction)) {
    const auto& vector = machine_.input().front();
    std::copy_n(vector.begin(), std::min(load->length, issued * lanes),
                state.begin() + load->destination * lanes);
    return {};
  }
  if (const auto* matvec = std::get_if<Matvec>(&step.instruction)) {
    auto less = *matvec;
    less.rows = std::min(matvec->rows, issued / matvec->columns * lanes);
    return less.rows == 0 ? golden::Effect{} : on_lockstep(less);
  }
  if (const auto* bundle = std::get_if<Bundle>(&step.instruction)) {
    auto less = *bundle;
    less.length = std::min(bundle->length, issued / bundle->terms * lanes);
    return less.length == 0 ? golden::Effect{} : on_lockstep(less);
  }
  if (const auto* function = std::get_if<Function>(&step.instruction)) {
    auto less = *function;
    less.length = std::min(function->length, issued * config.function_units);
    return less.length == 0 ? golden::Effect{} : on_lockstep(less);
  }
  if (const auto* normalise = std::get_if<Normalise>(&step.instruction))
    return part_of_normalise(*normalise, issued);
  if (const auto* copy = std::get_if<Copy>(&step.instruction)) {
    auto less = *copy;
    less.length = elements_of(issued, copy->destination % lanes, copy->length, lanes);
    return on_lockstep(less);
  }
  const auto& rotate = std::get<Rotate>(step.instruction);
  const auto head = rotate.length - rotate.amount;
  const auto head_words = config.beats(head);
  const auto first = elements_of(std::min(issued, head_words), 0, head, lanes);
  const auto rest =
      elements_of(std::max<std::int64_t>(issued - head_words, 0), head % lanes, rotate.amount, lanes);
  const auto source = state.begin() + rotate.source * lanes;
  const auto destination = state.begin() + rotate.destination * lanes;
  std::copy_n(source + rotate.amount, first, destination);
  std::copy_n(source, rest, destination + head);
  return {};
}

/// One instruction of golden's arithmetic on the state memory.
golden::Effect Reference::on_lockstep(const Instruction& instruction) {
  const auto& config = machine_.config();
  const auto state = machine_.state();
  golden::Lockstep<std::int32_t> lockstep(config, 1);
  std::copy(state.begin(), state.end(), lockstep.at(0, 0));
  golden::Effect effect;
  if (const auto* matvec = std::get_if<Matvec>(&instruction)) {
    const auto size = static_cast<std::size_t>(config.beats(matvec->rows) * matvec->columns * config.lanes);
    const auto* weights = matvec->stream != 0 ? machine_.weight_stream().front().data()
                                              : machine_.weights().data() + matvec->weights * config.lanes;
    effect = lockstep.matvec(*matvec, {{weights, size}, matvec->rows, matvec->columns, config});
  } else if (const auto* bundle = std::get_if<Bundle>(&instruction)) {
    effect = lockstep.bundle(*bundle);
  } else if (const auto* function = std::get_if<Function>(&instruction)) {
    effect = lockstep.function(*function, machine_.tables());
  } else {
    lockstep.copy(std::get<Copy>(instruction));
  }
  std::copy_n(lockstep.at(0, 0), state.size(), state.begin());
  return effect;
}

golden::Effect Reference::part_of_normalise(const Normalise& normalise, std::int64_t beats) {
  const auto& config = machine_.config();
  const auto component = config.beats(normalise.length) * config.lanes;
  const std::span<const std::int32_t> knots(machine_.tables().data() + normalise.table,
                                            static_cast<std::size_t>(normalise.segments + 1));
  const TableLookup table{knots, normalise.segments, normalise.segment_shift, config.table_guard_bits};
  const auto* source = machine_.state().data() + normalise.source * config.lanes;
  auto* destination = machine_.state().data() + normalise.destination * config.lanes;
  golden::Effect effect;
  for (std::int64_t i = 0; i < std::min(normalise.length, beats * config.lanes); ++i) {
    const std::int64_t v[3] = {source[i], source[i + component], source[i + 2 * component]};
    Rounded d[3];
    normalise_vector(v, table, normalise.result_shift, config, d);
    for (int c = 0; c < 3; ++c) {
      destination[i + c * component] = static_cast<std::int32_t>(d[c].value);
      effect.saturations += d[c].saturated;
    }
  }
  return effect;
}

/// The first `beats` beats of a vector; `closed` by a beat of zeros when it was interrupted.
void Reference::send(std::int64_t source, std::int64_t length, std::int64_t beats, bool closed) {
  const auto lanes = machine_.config().lanes;
  const auto state = machine_.state();
  const auto whole = machine_.config().beats(length);
  for (std::int64_t i = 0; i < beats * lanes; ++i)
    output_.push_back(i < length ? state[static_cast<std::size_t>(source * lanes + i)] : 0);
  for (std::int64_t b = 1; b <= beats; ++b) output_last_.push_back(b == whole);
  if (!closed) return;
  output_.insert(output_.end(), static_cast<std::size_t>(lanes), 0);
  output_last_.push_back(1);
}

}  // namespace stoic::cosim
