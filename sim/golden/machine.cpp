#include "stoic/sim/golden/machine.hpp"

#include <algorithm>

namespace stoic::golden {

Machine::Machine(const HardwareConfig& config)
    : config_(config),
      program_(static_cast<std::size_t>(config.program_words)),
      weights_(static_cast<std::size_t>(config.weight_words * config.lanes)),
      tables_(static_cast<std::size_t>(config.table_words)),
      lockstep_(config, 1),
      sequencer_(0, config.loop_depth) {}

void Machine::load(const Image& image) {
  require_config(image, config_, "the image");
  std::copy(image.program.begin(), image.program.end(), program_.begin());
  std::copy(image.weights.begin(), image.weights.end(), weights_.begin());
  std::copy(image.tables.begin(), image.tables.end(), tables_.begin());
  for (const auto& block : image.initial_state)
    std::copy(block.values.begin(), block.values.end(), lockstep_.at(0, block.word * config_.lanes));
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
  auto next = sequencer_;
  if (const int status = next.advance(step); status != STOIC_STATUS_CODE_OK) {
    stop(status);
    return false;
  }
  Effect effect;
  if (const int status = execute(step, effect); status != STOIC_STATUS_CODE_OK) {
    stop(status);
    return false;
  }
  counters_.cycles += cycles(step.instruction, config_);
  counters_.mac_cycles += mac_cycles(step.instruction, config_);
  counters_.saturations += effect.saturations;
  counters_.saturations_by_slot[static_cast<std::size_t>(step.slot)] += effect.saturations;
  if (effect.saturations > 0 && counters_.first_saturated < 0) counters_.first_saturated = step.slot;
  counters_.overflows += effect.overflows;
  if (effect.overflows > 0 && counters_.first_overflowed < 0) counters_.first_overflowed = step.slot;
  if (!std::holds_alternative<Halt>(step.instruction)) {
    sequencer_ = std::move(next);
  } else if (++samples_done_ < samples_) {
    sequencer_ = Sequencer(program_start_, config_.loop_depth);
  } else {
    counters_.cycles += STOIC_START_CYCLES;
    stop(STOIC_STATUS_CODE_OK);
  }
  return running_;
}

int Machine::run(std::int64_t instruction_limit) {
  while (running_ && instruction_limit-- > 0) step();
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
  const auto vector = std::move(input_.front());
  input_.pop_front();
  const auto size = static_cast<std::int64_t>(vector.size());
  if (const int status = compare_beats(config_.beats(size), config_.beats(load.length))) return status;
  std::copy_n(vector.begin(), std::min(size, load.length), lockstep_.at(0, load.destination * config_.lanes));
  return STOIC_STATUS_CODE_OK;
}

int Machine::multiply(const Matvec& matvec, Effect& effect) {
  const auto beats = config_.beats(matvec.rows) * matvec.columns;
  if (matvec.stream == 0) {
    const auto first = static_cast<std::size_t>(matvec.weights * config_.lanes);
    const std::span<const std::int32_t> weights(weights_.data() + first,
                                                static_cast<std::size_t>(beats * config_.lanes));
    effect = lockstep_.matvec(matvec, WeightMatrix(weights, matvec.rows, matvec.columns, config_));
    return STOIC_STATUS_CODE_OK;
  }
  if (weight_stream_.empty()) return STOIC_STATUS_CODE_STREAM_TIMEOUT;
  const auto matrix = std::move(weight_stream_.front());
  weight_stream_.pop_front();
  if (const int status = compare_beats(static_cast<std::int64_t>(matrix.size()) / config_.lanes, beats))
    return status;
  effect = lockstep_.matvec(matvec, WeightMatrix(matrix, matvec.rows, matvec.columns, config_));
  return STOIC_STATUS_CODE_OK;
}

int Machine::execute(const Step& step, Effect& effect) {
  struct Visitor {
    Machine& m;
    Effect& effect;
    int operator()(const Halt&) const { return STOIC_STATUS_CODE_OK; }
    int operator()(const stoic::Loop&) const { return STOIC_STATUS_CODE_OK; }
    int operator()(const End&) const { return STOIC_STATUS_CODE_OK; }
    int operator()(const Load& load) const { return m.load_vector(load); }
    int operator()(const Store& store) const {
      const auto* first = m.lockstep_.at(0, store.source * m.config_.lanes);
      m.output_.emplace_back(first, first + store.length);
      return STOIC_STATUS_CODE_OK;
    }
    int operator()(const Matvec& matvec) const { return m.multiply(matvec, effect); }
    int operator()(const Bundle& bundle) const { return ran(m.lockstep_.bundle(bundle)); }
    int operator()(const Function& function) const { return ran(m.lockstep_.function(function, m.tables_)); }
    int operator()(const Normalise& normalise) const {
      return ran(m.lockstep_.normalise(normalise, m.tables_));
    }
    int operator()(const Copy& copy) const {
      m.lockstep_.copy(copy);
      return STOIC_STATUS_CODE_OK;
    }
    int operator()(const Rotate& rotate) const {
      m.lockstep_.rotate(rotate);
      return STOIC_STATUS_CODE_OK;
    }
    int ran(const Effect& result) const {
      effect = result;
      return STOIC_STATUS_CODE_OK;
    }
  };
  return std::visit(Visitor{*this, effect}, step.instruction);
}

}  // namespace stoic::golden
