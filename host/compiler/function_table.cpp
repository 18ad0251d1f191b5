#include "stoic/host/compiler/function_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>

#include "stoic/generated/stoic_interface.h"
#include "stoic/host/compiler/does_not_fit.hpp"
#include "stoic/sim/contract/instruction.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

/// A knot: `value` in units of the last place of a state, with guard bits, within what a state holds.
std::int32_t knot(double value, const HardwareConfig& config) {
  const double guard = std::ldexp(1.0, static_cast<int>(config.table_guard_bits));
  const double most = static_cast<double>(config.state_max()) * guard;
  return static_cast<std::int32_t>(std::clamp(std::floor(value * guard + 0.5), -most, most));
}

/// Chords of a curve f lie to one side of it by up to h² f''/8; moving each knot by -h² f''/16 halves the
/// error.
std::int32_t balanced_knot(double f, double second_derivative, double h, const HardwareConfig& config) {
  return knot(f - h * h * second_derivative / 16, config);
}

constexpr double error_bound = 1.0;

/// Segments of 2^segment_shift codes up to where tanh rounds to the largest state, or the codes end.
std::int64_t tanh_segments(std::int64_t fraction_bits, std::int64_t segment_shift,
                           const HardwareConfig& config) {
  const double unit = std::ldexp(1.0, static_cast<int>(config.state_width - 1));
  const double h = std::ldexp(1.0, static_cast<int>(segment_shift - fraction_bits));
  const double end = std::atanh(1 - 0.25 / unit);
  const auto codes =
      std::max<std::int64_t>((std::int64_t{1} << (config.state_width - 1)) >> segment_shift, 1);
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(std::ceil(std::min(end / h, 1e9))), 1, codes);
}

FunctionTable tanh_candidate(std::int64_t fraction_bits, std::int64_t segment_shift,
                             const HardwareConfig& config) {
  const double unit = std::ldexp(1.0, static_cast<int>(config.state_width - 1));
  const double h = std::ldexp(1.0, static_cast<int>(segment_shift - fraction_bits));
  FunctionTable table{.name = "tanh", .segment_shift = segment_shift};
  table.segments = tanh_segments(fraction_bits, segment_shift, config);
  for (std::int64_t k = 0; k <= table.segments; ++k) {
    const double t = std::tanh(static_cast<double>(k) * h);
    table.knots.push_back(
        balanced_knot(unit * t, unit * -2 * t * (1 - t * t), segment_shift > 0 ? h : 0, config));
  }
  return table;
}

double tanh_error(const FunctionTable& table, std::int64_t fraction_bits, const HardwareConfig& config) {
  const double unit = std::ldexp(1.0, static_cast<int>(config.state_width - 1));
  const TableLookup lookup{table.knots, table.segments, table.segment_shift, config.table_guard_bits};
  const Function function = tanh_function(table);
  const std::int64_t stride =
      std::max<std::int64_t>(1, std::int64_t{1} << std::max<std::int64_t>(0, config.state_width - 16));
  double worst = 0;
  for (std::int64_t code = 0; code <= config.state_max(); code += stride) {
    const double exact =
        unit * std::tanh(std::ldexp(static_cast<double>(code), static_cast<int>(-fraction_bits)));
    const auto result = apply_function(function, lookup, config, code);
    worst = std::max(worst, std::abs(static_cast<double>(result.value) - exact));
  }
  return worst;
}

double tanh_error(std::int64_t fraction_bits, std::int64_t segment_shift, const HardwareConfig& config) {
  return tanh_error(tanh_candidate(fraction_bits, segment_shift, config), fraction_bits, config);
}

/// Guard bits with which some table of tanh meets the bound.
std::int64_t tanh_guard_bits(std::int64_t fraction_bits, HardwareConfig config) {
  while (++config.table_guard_bits <= STOIC_TABLE_GUARD_BITS_MAX) {
    constexpr std::int64_t most_words = STOIC_TABLE_WORDS_MAX;
    std::int64_t shift = 0;
    while (tanh_segments(fraction_bits, shift, config) + 1 > most_words) ++shift;
    if (tanh_error(fraction_bits, shift, config) <= error_bound) break;
  }
  return config.table_guard_bits;
}

[[noreturn]] void refuse_table(const HardwareConfig& config, const std::string& what, std::int64_t needed,
                               std::int64_t free_words) {
  refuse_to_fit(config, fmt::format("{} needs {} table words, {} are free", what, needed, free_words),
                "table_words", config.table_words + needed - free_words);
}

}  // namespace

Function tanh_function(const FunctionTable& table) {
  // Beyond the table tanh is the last knot to within half a unit, so nothing outside counts as a saturation.
  return {.symmetry = 1, .segments = table.segments, .segment_shift = table.segment_shift};
}

FunctionTable tanh_table(std::int64_t input_fraction_bits, const HardwareConfig& config,
                         std::int64_t table_words) {
  constexpr std::int64_t most_words = std::int64_t{1} << 16;  // one more than the segments of an instruction
  const auto words_of = [&](std::int64_t shift) {
    return tanh_segments(input_fraction_bits, shift, config) + 1;
  };
  // The finest table that fits is the best one; when it misses the bound, a finer one shows what it takes.
  const auto room = std::min(table_words, most_words);
  std::int64_t shift = 0;
  while (shift < config.state_width - 1 && words_of(shift) > room) ++shift;
  std::int64_t needed = 0;
  for (; needed == 0 && shift >= 0 && words_of(shift) <= most_words; --shift) {
    auto table = tanh_candidate(input_fraction_bits, shift, config);
    table.largest_error = tanh_error(table, input_fraction_bits, config);
    if (table.largest_error > error_bound) continue;
    needed = words_of(shift);
    if (needed <= room) return table;
  }
  const auto what =
      fmt::format("a tanh table within {} unit of {}-bit states", error_bound, config.state_width);
  if (needed > 0) refuse_table(config, what, needed, table_words);
  refuse_to_fit(config, what + " needs finer knots than table words can make up for", "table_guard_bits",
                tanh_guard_bits(input_fraction_bits, config));
}

TanhInTwoWords tanh_in_two_words(std::int64_t input_fraction_bits, const HardwareConfig& config,
                                 std::int64_t table_words) {
  // What the nearest state leaves is half a unit at most, or a whole one of what is rounded to the largest state.
  constexpr std::int64_t spare_bits = 3;
  const auto finer = config.state_width - 1 - spare_bits;
  std::int64_t shift = 1;
  const auto words = [&] { return 2 * (tanh_segments(input_fraction_bits, shift, config) + 1); };
  while (shift < config.state_width - 1 && words() > table_words) ++shift;
  if (words() > table_words) refuse_table(config, "tanh in two words", words(), table_words);
  FunctionTable table{
      .name = "tanh", .segments = words() / 2 - 1, .segment_shift = shift, .largest_error = 0.5};
  TanhInTwoWords result{table, table, config.state_width - 1 + finer};
  result.low.name = "what is left of tanh";
  const double unit = std::ldexp(1.0, static_cast<int>(config.state_width - 1));
  for (std::int64_t k = 0; k <= table.segments; ++k) {
    const double t =
        unit * std::tanh(std::ldexp(static_cast<double>(k), static_cast<int>(shift - input_fraction_bits)));
    const double nearest = std::min(std::floor(t + 0.5), static_cast<double>(config.state_max()));
    result.high.knots.push_back(knot(nearest, config));
    result.low.knots.push_back(knot(std::ldexp(t - nearest, static_cast<int>(finer)), config));
  }
  return result;
}

Function rectifier_function(const FunctionTable& table) {
  return {.segments = table.segments, .segment_shift = table.segment_shift, .origin = table.origin};
}

FunctionTable rectifier_table(const HardwareConfig& config, std::int64_t table_words) {
  if (table_words < 3) refuse_table(config, "a rectifier", 3, table_words);
  // The last knot lies one code beyond the largest state, and its value one guard unit below that.
  const auto last = std::int64_t{1} << (config.state_width - 1 + config.table_guard_bits);
  return {.name = "rectifier",
          .knots = {0, 0, static_cast<std::int32_t>(last - 1)},
          .segments = 2,
          .segment_shift = config.state_width - 1,
          .origin = config.state_min(),
          .largest_error = config.table_guard_bits > 0 ? 0.0 : 1.0};
}

Function bound_function(const FunctionTable& table) {
  return {.segments = table.segments, .segment_shift = table.segment_shift, .origin = table.origin};
}

FunctionTable bound_table(double limit, std::int64_t input_fraction_bits, std::int64_t output_fraction_bits,
                          const HardwareConfig& config, std::int64_t table_words) {
  constexpr std::int64_t most_segments = 512;  // the limit is then met within a thousandth
  const auto room = std::min(table_words - 1, most_segments);
  if (room < 2) refuse_table(config, "a bound", 3, table_words);
  const double width = 2 * std::ldexp(limit, static_cast<int>(input_fraction_bits));
  std::int64_t shift = 1;
  while (std::llround(std::ldexp(width, static_cast<int>(-shift))) > room) ++shift;
  FunctionTable table{.name = "bound", .segment_shift = shift, .largest_error = 1};
  table.segments = std::llround(std::ldexp(width, static_cast<int>(-shift)));
  table.origin = -(table.segments << shift) / 2;
  const auto scale = static_cast<int>(output_fraction_bits - input_fraction_bits + config.table_guard_bits);
  for (std::int64_t i = 0; i <= table.segments; ++i)
    table.knots.push_back(static_cast<std::int32_t>(
        std::llround(std::ldexp(static_cast<double>(table.origin + (i << shift)), scale))));
  return table;
}

namespace {

/// A function of real numbers up to ±reach, beyond which nothing asks for it or its ends stand for it. The
/// table of an odd one begins at 0.
struct Curve {
  const char* name;
  std::string what;  ///< for messages
  std::int64_t input_fraction_bits;
  double reach;
  std::function<double(double)> value, second_derivative;  ///< in units of the last place
  bool odd = false;
};

/// The largest code that a table of it covers.
std::int64_t curve_edge(const Curve& curve, const HardwareConfig& config) {
  const double edge = std::ceil(std::ldexp(curve.reach, static_cast<int>(curve.input_fraction_bits)));
  return static_cast<std::int64_t>(std::min(edge, static_cast<double>(config.state_max())));
}

std::int64_t curve_words(const Curve& curve, const HardwareConfig& config, std::int64_t segment_shift) {
  return (((curve.odd ? 1 : 2) * curve_edge(curve, config)) >> segment_shift) + 2;
}

/// Its table with segments of 2^segment_shift codes.
FunctionTable curve_candidate(const Curve& curve, const HardwareConfig& config, std::int64_t segment_shift) {
  const auto edge = curve_edge(curve, config);
  FunctionTable table{.name = curve.name,
                      .segments = curve_words(curve, config, segment_shift) - 1,
                      .segment_shift = segment_shift,
                      .origin = curve.odd ? 0 : -edge};
  const auto bits = static_cast<int>(-curve.input_fraction_bits);
  const double h = std::ldexp(1.0, static_cast<int>(table.segment_shift) + bits);
  for (std::int64_t k = 0; k <= table.segments; ++k) {
    const double x = std::ldexp(static_cast<double>(table.origin), bits) + static_cast<double>(k) * h;
    table.knots.push_back(
        balanced_knot(curve.value(x), curve.second_derivative(x), table.segment_shift > 0 ? h : 0, config));
  }
  const TableLookup lookup{table.knots, table.segments, table.segment_shift, config.table_guard_bits};
  const Function function{.symmetry = curve.odd ? 1 : 0,
                          .segments = table.segments,
                          .segment_shift = table.segment_shift,
                          .origin = table.origin};
  const std::int64_t stride = std::int64_t{1} << std::max<std::int64_t>(0, config.state_width - 16);
  for (std::int64_t code = -edge; code <= edge; code += stride) {
    const auto result = apply_function(function, lookup, config, code);
    const double exact = curve.value(std::ldexp(static_cast<double>(code), bits));
    table.largest_error = std::max(table.largest_error, std::abs(static_cast<double>(result.value) - exact));
  }
  return table;
}

/// The finest table that fits; when it misses the bound, a finer one shows what it takes.
FunctionTable curve_table(const Curve& curve, const HardwareConfig& config, std::int64_t table_words) {
  const auto words = [&](std::int64_t shift) { return curve_words(curve, config, shift); };
  std::int64_t shift = 0;
  while (words(shift) > table_words && shift < config.state_width - 1) ++shift;
  for (; shift >= 0 && words(shift) <= STOIC_TABLE_WORDS_MAX; --shift) {
    auto table = curve_candidate(curve, config, shift);
    if (table.largest_error > error_bound) continue;
    if (words(shift) <= table_words) return table;
    refuse_table(config, fmt::format("{} within {} unit", curve.what, error_bound), words(shift),
                 table_words);
  }
  auto finer = config;
  while (++finer.table_guard_bits <= STOIC_TABLE_GUARD_BITS_MAX &&
         curve_candidate(curve, finer, shift + 1).largest_error > error_bound) {
  }
  refuse_to_fit(config,
                fmt::format("{} within {} unit needs finer knots than table words can make up for",
                            curve.what, error_bound),
                "table_guard_bits", finer.table_guard_bits);
}

}  // namespace

Function spin_torque_function(const FunctionTable& table) {
  return {.count_outside = 1,
          .segments = table.segments,
          .segment_shift = table.segment_shift,
          .origin = table.origin};
}

FunctionTable spin_torque_table(const SpinTorque& f, const HardwareConfig& config, std::int64_t table_words) {
  const double unit = std::ldexp(1.0, static_cast<int>(f.output_fraction_bits));
  const auto value = [=](double m_x) { return unit * f.scale / (1 + f.asymmetry * m_x); };
  const auto bend = [=](double m_x) {
    const double factor = f.asymmetry / (1 + f.asymmetry * m_x);
    return 2 * factor * factor * value(m_x);
  };
  return curve_table({"spin torque", "the table of H_s", f.input_fraction_bits, f.reach, value, bend}, config,
                     table_words);
}

Function sigmoid_function(const FunctionTable& table) {
  // Beyond the table its last knots are within half a unit, so nothing outside counts as a saturation.
  return {.segments = table.segments, .segment_shift = table.segment_shift, .origin = table.origin};
}

FunctionTable sigmoid_table(std::int64_t input_fraction_bits, const HardwareConfig& config,
                            std::int64_t table_words) {
  const double unit = std::ldexp(1.0, static_cast<int>(config.state_width - 1));
  const auto sigmoid = [](double z) { return 1 / (1 + std::exp(-z)); };
  const auto bend = [=](double z) {
    const double y = sigmoid(z);
    return unit * y * (1 - y) * (1 - 2 * y);
  };
  return curve_table({"sigmoid", "a table of the sigmoid", input_fraction_bits, std::log(4 * unit),
                      [=](double z) { return unit * sigmoid(z); }, bend},
                     config, table_words);
}

Function sine_function(const FunctionTable& table) {
  return {.symmetry = 1, .segments = table.segments, .segment_shift = table.segment_shift};
}

FunctionTable sine_table(std::int64_t input_fraction_bits, std::int64_t output_fraction_bits,
                         const HardwareConfig& config, std::int64_t table_words) {
  const double unit = std::ldexp(1.0, static_cast<int>(output_fraction_bits));
  const auto sine = [=](double x) { return unit * std::sin(x); };
  const double all = std::ldexp(1.0, static_cast<int>(config.state_width - 1 - input_fraction_bits));
  return curve_table({.name = "sine",
                      .what = "a table of the sine",
                      .input_fraction_bits = input_fraction_bits,
                      .reach = all,
                      .value = sine,
                      .second_derivative = [=](double x) { return -sine(x); },
                      .odd = true},
                     config, table_words);
}

FunctionTable reciprocal_root_table(const HardwareConfig& config, std::int64_t table_words) {
  // Segments so fine that chords stay within a tenth of a unit, where the curve bends most. Length errors
  // then are those of rounding: of the factor by 1/2 unit times sqrt(t), of t, of three components by
  // sqrt(3)/2 units.
  const auto bits = (config.state_width - 1) / 2;
  FunctionTable table{.name = "reciprocal square root",
                      .segments = 3 * (std::int64_t{1} << bits),
                      .segment_shift = config.state_width - 2 - bits};
  if (table.segments + 1 > table_words)
    refuse_table(config, "the table of NORMALISE", table.segments + 1, table_words);
  const double unit = std::ldexp(1.0, static_cast<int>(config.state_width - 1));
  const double h = std::ldexp(1.0, static_cast<int>(-bits));
  // The engine cuts t to its fraction bits, so a code stands for the middle of its interval.
  const double middle = std::ldexp(0.5, static_cast<int>(2 - config.state_width));
  for (std::int64_t k = 0; k <= table.segments; ++k) {
    const double t = 1 + middle + static_cast<double>(k) * h;
    table.knots.push_back(
        balanced_knot(unit / std::sqrt(t), unit * 0.75 / (t * t * std::sqrt(t)), h, config));
  }
  return table;
}

}  // namespace stoic
