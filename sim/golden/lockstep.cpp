#include "stoic/sim/golden/lockstep.hpp"

#include <algorithm>
#include <bit>
#include <type_traits>

namespace stoic::golden {
namespace {

/// Two's complement wrap to the accumulator.
std::int64_t wrapped(std::int64_t value, std::int64_t width) {
  const auto unused = static_cast<int>(64 - width);
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(value) << unused) >> unused;
}

}  // namespace

template <class T>
Lockstep<T>::Lockstep(const HardwareConfig& config, std::int64_t samples)
    : config_(config),
      samples_(samples),
      // The product of pairs may read one element past an odd vector, also the last one.
      stride_(config.state_words_per_lane * config.lanes + 2),
      states_(static_cast<std::size_t>(samples * stride_), T{0}) {}

/// Wraps to the accumulator, rounds, saturates, writes: the common end of MATVEC and BUNDLE.
template <class T>
Effect Lockstep<T>::finish(const std::int64_t* sums, std::int64_t count, std::int64_t shift, T* out) const {
  const std::int64_t least = config_.state_min();
  const std::int64_t most = config_.state_max();
  const auto unused = static_cast<int>(64 - config_.accumulator_width);
  Effect effect;
  if (shift <= 0) {
    for (std::int64_t i = 0; i < count; ++i) {
      const auto sum = wrapped(sums[i], config_.accumulator_width);
      const auto rounded = round_and_saturate(sum, shift, least, most);
      effect.overflows += sum != sums[i];
      effect.saturations += rounded.saturated;
      out[i] = static_cast<T>(rounded.value);
    }
    return effect;
  }
  // The same for right shifts, without branches, so that the compiler vectorises it.
  std::int64_t saturations = 0;
  std::int64_t overflows = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto sum = static_cast<std::int64_t>(static_cast<std::uint64_t>(sums[i]) << unused) >> unused;
    const auto value = (sum >> shift) + ((sum >> (shift - 1)) & 1);
    const auto clamped = std::min(std::max(value, least), most);
    overflows += sum != sums[i];
    saturations += clamped != value;
    out[i] = static_cast<T>(clamped);
  }
  return {saturations, overflows};
}

template <class T>
Effect Lockstep<T>::matvec(const Matvec& matvec, const WeightMatrix& matrix) {
  Effect effect;
  sums_.resize(static_cast<std::size_t>(samples_ * matvec.rows));
  matrix.multiply(at(0, matvec.source * config_.lanes), stride_, samples_, sums_.data());
  for (std::int64_t s = 0; s < samples_; ++s) {
    auto* sums = sums_.data() + s * matvec.rows;
    if (matvec.biased != 0) {
      const T* bias = at(s, matvec.bias * config_.lanes);
      for (std::int64_t r = 0; r < matvec.rows; ++r)
        sums[r] = static_cast<std::int64_t>(
            static_cast<std::uint64_t>(sums[r]) +
            (static_cast<std::uint64_t>(std::int64_t{bias[r]}) << matvec.bias_shift));
    }
    effect += finish(sums, matvec.rows, matvec.result_shift, at(s, matvec.destination * config_.lanes));
  }
  return effect;
}

template <class T>
Effect Lockstep<T>::bundle(const Bundle& bundle) {
  Effect effect;
  const auto lanes = config_.lanes;
  sums_.resize(static_cast<std::size_t>(bundle.length));
  for (std::int64_t s = 0; s < samples_; ++s) {
    std::fill(sums_.begin(), sums_.end(), 0);
    for (std::int64_t t = 0; t < bundle.terms; ++t) {
      const auto& term = bundle.term[static_cast<std::size_t>(t)];
      const T* left = at(s, term.left * lanes);
      const T* right = at(s, term.right * lanes);
      const auto left_mask = term.left_fixed != 0 ? lanes - 1 : -1;
      const auto right_mask = term.right_fixed != 0 ? lanes - 1 : -1;
      const auto sign = term.subtract != 0 ? std::int64_t{-1} : std::int64_t{1};
      for (std::int64_t i = 0; i < bundle.length; ++i) {
        const auto product = sign * (std::int64_t{left[i & left_mask]} * right[i & right_mask]);
        auto& sum = sums_[static_cast<std::size_t>(i)];
        sum = static_cast<std::int64_t>(static_cast<std::uint64_t>(sum) +
                                        (static_cast<std::uint64_t>(product) << term.align));
      }
    }
    effect += finish(sums_.data(), bundle.length, bundle.result_shift, at(s, bundle.destination * lanes));
  }
  return effect;
}

namespace {

TableLookup lookup(std::span<const std::int32_t> tables, std::int64_t table, std::int64_t segments,
                   std::int64_t segment_shift, const HardwareConfig& config) {
  return {tables.subspan(static_cast<std::size_t>(table), static_cast<std::size_t>(segments + 1)), segments,
          segment_shift, config.table_guard_bits};
}

}  // namespace

template <class T>
FunctionCodes<T>::FunctionCodes(const Function& function, std::span<const std::int32_t> tables,
                                const HardwareConfig& config) {
  const auto table = lookup(tables, function.table, function.segments, function.segment_shift, config);
  for (std::int64_t code = config.state_min(); code <= config.state_max(); ++code) {
    const auto result = apply_function(function, table, config, code);
    value.push_back(static_cast<T>(result.value));
    counted.push_back(result.counted);
    any_counted |= result.counted;
  }
}

template <class T>
Effect Lockstep<T>::function(const Function& function, std::span<const std::int32_t> tables) {
  Effect effect;
  const auto table = lookup(tables, function.table, function.segments, function.segment_shift, config_);
  for (std::int64_t s = 0; s < samples_; ++s) {
    const T* in = at(s, function.source * config_.lanes);
    T* out = at(s, function.destination * config_.lanes);
    for (std::int64_t i = 0; i < function.length; ++i) {
      const auto result = apply_function(function, table, config_, in[i]);
      effect.saturations += result.counted;
      out[i] = static_cast<T>(result.value);
    }
  }
  return effect;
}

template <class T>
Effect Lockstep<T>::function(const Function& function, const FunctionCodes<T>& codes) {
  Effect effect;
  const auto* value = codes.value.data() - config_.state_min();
  const auto* counted = codes.counted.data() - config_.state_min();
  for (std::int64_t s = 0; s < samples_; ++s) {
    const T* in = at(s, function.source * config_.lanes);
    T* out = at(s, function.destination * config_.lanes);
    if (codes.any_counted)
      for (std::int64_t i = 0; i < function.length; ++i) effect.saturations += counted[in[i]];
    for (std::int64_t i = 0; i < function.length; ++i) out[i] = value[in[i]];
  }
  return effect;
}

template <class T>
Effect Lockstep<T>::normalise(const Normalise& normalise, std::span<const std::int32_t> tables,
                              std::int64_t vectors) {
  Effect effect;
  const auto table = lookup(tables, normalise.table, normalise.segments, normalise.segment_shift, config_);
  const auto component = config_.beats(normalise.length) * config_.lanes;
  for (std::int64_t s = 0; s < samples_; ++s) {
    const T* in = at(s, normalise.source * config_.lanes);
    T* out = at(s, normalise.destination * config_.lanes);
    for (std::int64_t i = 0; i < vectors; ++i) {
      const std::int64_t v[3] = {in[i], in[i + component], in[i + 2 * component]};
      Rounded d[3];
      normalise_vector(v, table, normalise.result_shift, config_, d);
      for (int c = 0; c < 3; ++c) {
        out[i + c * component] = static_cast<T>(d[c].value);
        effect.saturations += d[c].saturated;
      }
    }
  }
  return effect;
}

template <class T>
void Lockstep<T>::copy(const Copy& copy) {
  for (std::int64_t s = 0; s < samples_; ++s)
    std::copy_n(at(s, copy.source), copy.length, at(s, copy.destination));
}

template <class T>
void Lockstep<T>::rotate(const Rotate& rotate) {
  const auto head = rotate.length - rotate.amount;
  for (std::int64_t s = 0; s < samples_; ++s) {
    const T* in = at(s, rotate.source * config_.lanes);
    T* out = at(s, rotate.destination * config_.lanes);
    std::copy_n(in + rotate.amount, head, out);
    std::copy_n(in, rotate.amount, out + head);
  }
}

template struct FunctionCodes<std::int16_t>;
template struct FunctionCodes<std::int32_t>;
template class Lockstep<std::int16_t>;
template class Lockstep<std::int32_t>;

}  // namespace stoic::golden
