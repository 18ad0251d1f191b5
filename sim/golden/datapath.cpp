#include "stoic/sim/golden/datapath.hpp"

#include <algorithm>

namespace stoic::golden {

std::int64_t issues(const Instruction& instruction, const HardwareConfig& config) {
  struct Visitor {
    const HardwareConfig& config;
    std::int64_t words(std::int64_t first, std::int64_t length) const {
      return length == 0 ? 0 : (first + length - 1) / config.lanes - first / config.lanes + 1;
    }
    std::int64_t operator()(const Halt&) const { return 0; }
    std::int64_t operator()(const stoic::Loop&) const { return 0; }
    std::int64_t operator()(const End&) const { return 0; }
    std::int64_t operator()(const Load& load) const { return config.beats(load.length); }
    std::int64_t operator()(const Store& store) const { return config.beats(store.length); }
    std::int64_t operator()(const Matvec& matvec) const { return config.beats(matvec.rows) * matvec.columns; }
    std::int64_t operator()(const Bundle& bundle) const { return config.beats(bundle.length) * bundle.terms; }
    std::int64_t operator()(const Function& function) const {
      return (function.length + config.function_units - 1) / config.function_units;
    }
    std::int64_t operator()(const Normalise& normalise) const { return config.beats(normalise.length); }
    std::int64_t operator()(const Copy& copy) const { return words(copy.destination, copy.length); }
    std::int64_t operator()(const Rotate& rotate) const {
      const auto head = rotate.length - rotate.amount;
      return words(0, head) + words(head, rotate.amount);
    }
  };
  return std::visit(Visitor{config}, instruction);
}

Datapath::Datapath(const HardwareConfig& config)
    : config_(config),
      weights_(static_cast<std::size_t>(config.weight_words * config.lanes)),
      tables_(static_cast<std::size_t>(config.table_words)),
      lockstep_(config, 1) {}

WeightMemory& Datapath::writable_weights() {
  local_.clear();
  return weights_;
}

namespace {

/// The part of a copy that its first `issued` destination words hold.
Copy first_words(const Copy& copy, std::int64_t issued, std::int64_t lanes) {
  const auto end = (copy.destination / lanes + issued) * lanes;
  return {copy.destination, copy.source, std::clamp<std::int64_t>(end - copy.destination, 0, copy.length)};
}

}  // namespace

Effect Datapath::execute(const Instruction& instruction, std::int64_t issued) {
  struct Visitor {
    Datapath& d;
    std::int64_t issued;
    std::int64_t lanes;

    Effect operator()(const Halt&) const { return {}; }
    Effect operator()(const stoic::Loop&) const { return {}; }
    Effect operator()(const End&) const { return {}; }
    Effect operator()(const Load&) const { return {}; }
    Effect operator()(const Store&) const { return {}; }
    Effect operator()(const Matvec& matvec) const {
      return d.multiply(matvec, issued, [&](const Matvec& part) -> const WeightMatrix& {
        const std::tuple key{part.weights, part.rows, part.columns};
        auto found = d.local_.find(key);
        if (found == d.local_.end()) {
          const auto beats = std::span(d.weights_).subspan(static_cast<std::size_t>(part.weights * lanes));
          found = d.local_.try_emplace(key, beats, part.rows, part.columns, d.config_).first;
        }
        return found->second;
      });
    }
    Effect operator()(Bundle bundle) const {
      bundle.length = std::min(bundle.length, issued / bundle.terms * lanes);
      return d.lockstep_.bundle(bundle);
    }
    Effect operator()(Function function) const {
      function.length = std::min(function.length, issued * d.config_.function_units);
      return d.lockstep_.function(function, d.tables_);
    }
    Effect operator()(const Normalise& normalise) const {
      return d.lockstep_.normalise(normalise, d.tables_, std::min(normalise.length, issued * lanes));
    }
    Effect operator()(const Copy& copy) const {
      d.lockstep_.copy(first_words(copy, issued, lanes));
      return {};
    }
    Effect operator()(const Rotate& rotate) const {
      const auto head = rotate.length - rotate.amount;
      const auto to = rotate.destination * lanes;
      const auto from = rotate.source * lanes;
      const auto head_words = std::min(issued, d.config_.beats(head));
      d.lockstep_.copy(first_words({to, from + rotate.amount, head}, head_words, lanes));
      d.lockstep_.copy(first_words({to + head, from, rotate.amount}, issued - head_words, lanes));
      return {};
    }
  };
  return std::visit(Visitor{*this, issued, config_.lanes}, instruction);
}

/// `matrix` gives the weights of the rows that are complete.
Effect Datapath::multiply(Matvec matvec, std::int64_t issued, auto&& matrix) {
  matvec.rows = std::min(matvec.rows, issued / matvec.columns * config_.lanes);
  if (matvec.rows == 0) return {};
  return lockstep_.matvec(matvec, matrix(matvec));
}

Effect Datapath::execute_streamed(const Matvec& matvec, const SharedBeats& beats, std::int64_t issued) {
  constexpr std::int64_t weights_kept = std::int64_t{1} << 23;
  return multiply(matvec, issued, [&](const Matvec& part) -> const WeightMatrix& {
    const std::tuple key{static_cast<const void*>(beats.get()), part.rows, part.columns};
    const auto found = streamed_.find(key);
    if (found != streamed_.end()) return found->second.matrix;
    streamed_weights_ += part.rows * part.columns;
    if (streamed_weights_ > weights_kept) {
      streamed_.clear();
      streamed_weights_ = part.rows * part.columns;
    }
    Streamed entry{beats, WeightMatrix(*beats, part.rows, part.columns, config_)};
    return streamed_.emplace(key, std::move(entry)).first->second.matrix;
  });
}

void Datapath::load(const Load& load, std::int64_t beat, std::span<const std::int32_t> values) {
  const auto first = beat * config_.lanes;
  const auto count = std::min(config_.lanes, load.length - first);
  std::copy_n(values.begin(), count, lockstep_.at(0, load.destination * config_.lanes + first));
}

void Datapath::store(const Store& store, std::int64_t beat, std::span<std::int32_t> values) const {
  const auto first = beat * config_.lanes;
  const auto count = std::min(config_.lanes, store.length - first);
  std::copy_n(lockstep_.at(0, store.source * config_.lanes + first), count, values.begin());
  std::fill(values.begin() + count, values.end(), 0);
}

}  // namespace stoic::golden
