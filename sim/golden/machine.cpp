#include "stoic/sim/golden/machine.hpp"

#include <algorithm>

namespace stoic::golden {

Machine::Machine(const HardwareConfig& config)
    : config_(config),
      program_(static_cast<std::size_t>(config.program_words)),
      datapath_(config),
      sequencer_(0, config.loop_depth) {}

void Machine::load(const Image& image) {
  require_config(image, config_, "the image");
  std::copy(image.program.begin(), image.program.end(), program_.begin());
  std::copy(image.weights.begin(), image.weights.end(), weights().begin());
  std::copy(image.tables.begin(), image.tables.end(), tables().begin());
  for (const auto& block : image.initial_state)
    std::copy(block.values.begin(), block.values.end(), state().begin() + block.word * config_.lanes);
}

void queue_weight_stream(const Image& image, std::deque<std::vector<std::int32_t>>& stream) {
  for (const auto& matrix : image.stream_schedule) {
    const auto first = image.stream_weights.begin() + matrix.first_beat * image.config.lanes;
    stream.emplace_back(first, first + matrix.beats * image.config.lanes);
  }
}

void Machine::start(std::int64_t program_start, std::int64_t samples) {
  program_start_ = program_start;
  samples_ = std::max<std::int64_t>(samples, 1);
  samples_done_ = 0;
  sequencer_ = Sequencer(program_start, config_.loop_depth);
  status_ = STOIC_STATUS_CODE_OK;
  running_ = true;
  counters_ = {};
  counters_.saturations_by_slot.assign(static_cast<std::size_t>(config_.program_words), 0);
  counters_.cycles = STOIC_START_CYCLES;
}

void Machine::stop(int status) {
  status_ = status;
  running_ = false;
}

bool Machine::step() {
  if (!running_) return false;
  const auto step = decode_step(program_, sequencer_.slot(), config_);
  if (const int status = sequencer_.fault(step); status != STOIC_STATUS_CODE_OK) {
    stop(status);
    return false;
  }
  Effect effect;
  const int status = execute(step, effect);
  counters_.saturations += effect.saturations;
  counters_.saturations_by_slot[static_cast<std::size_t>(step.slot)] += effect.saturations;
  if (effect.saturations > 0 && counters_.first_saturated < 0) counters_.first_saturated = step.slot;
  counters_.overflows += effect.overflows;
  if (effect.overflows > 0 && counters_.first_overflowed < 0) counters_.first_overflowed = step.slot;
  if (status != STOIC_STATUS_CODE_OK) {
    stop(status);
    return false;
  }
  counters_.cycles += cycles(step.instruction, config_);
  if (!std::holds_alternative<Halt>(step.instruction)) {
    sequencer_.advance(step);
  } else if (++samples_done_ < samples_) {
    sequencer_ = Sequencer(program_start_, config_.loop_depth);
  } else {
    counters_.cycles += STOIC_START_CYCLES;
    stop(STOIC_STATUS_CODE_OK);
  }
  return running_;
}

int Machine::run(std::int64_t instruction_limit) {
  while (running_ && instruction_limit-- > 0 && counters_.cycles <= cycle_limit) step();
  if (running_) stop(STOIC_STATUS_CODE_CYCLE_LIMIT);
  return status_;
}

namespace {

/// How a vector or matrix of `given` beats meets an instruction that wants `wanted`.
int compare_beats(std::int64_t given, std::int64_t wanted) {
  if (given < wanted) return STOIC_STATUS_CODE_STREAM_TOO_SHORT;
  if (given > wanted) return STOIC_STATUS_CODE_STREAM_TOO_LONG;
  return STOIC_STATUS_CODE_OK;
}

}  // namespace

int Machine::load_vector(const Load& load) {
  if (input_.empty()) return STOIC_STATUS_CODE_STREAM_TIMEOUT;
  auto vector = std::move(input_.front());
  input_.pop_front();
  const auto given = config_.beats(static_cast<std::int64_t>(vector.size()));
  const auto wanted = config_.beats(load.length);
  vector.resize(static_cast<std::size_t>(given * config_.lanes));  // lanes beyond the end of a vector carry 0
  for (std::int64_t beat = 0; beat < std::min(given, wanted); ++beat)
    datapath_.load(load, beat, std::span(vector).subspan(static_cast<std::size_t>(beat * config_.lanes)));
  return compare_beats(given, wanted);
}

void Machine::store_vector(const Store& store) {
  const auto first = datapath_.state().begin() + store.source * config_.lanes;
  output_.emplace_back(first, first + store.length);
}

int Machine::multiply_streamed(const Matvec& matvec, Effect& effect) {
  if (weight_stream_.empty()) return STOIC_STATUS_CODE_STREAM_TIMEOUT;
  if (!latest_matrix_ || *latest_matrix_ != weight_stream_.front())
    latest_matrix_ = std::make_shared<const std::vector<std::int32_t>>(std::move(weight_stream_.front()));
  weight_stream_.pop_front();
  const auto given = static_cast<std::int64_t>(latest_matrix_->size()) / config_.lanes;
  const auto wanted = issues(matvec, config_);
  effect = datapath_.execute_streamed(matvec, latest_matrix_, std::min(given, wanted));
  counters_.mac_cycles += std::min(given, wanted);
  return compare_beats(given, wanted);
}

int Machine::execute(const Step& step, Effect& effect) {
  const auto& instruction = step.instruction;
  if (const auto* load = std::get_if<Load>(&instruction)) return load_vector(*load);
  if (const auto* matvec = std::get_if<Matvec>(&instruction); matvec != nullptr && matvec->stream != 0)
    return multiply_streamed(*matvec, effect);
  if (const auto* store = std::get_if<Store>(&instruction)) store_vector(*store);
  effect = datapath_.execute(instruction, issues(instruction, config_));
  counters_.mac_cycles += mac_cycles(instruction, config_);
  return STOIC_STATUS_CODE_OK;
}

}  // namespace stoic::golden
