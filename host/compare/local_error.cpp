#include "stoic/host/compare/local_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "stoic/host/compiler/image_notes.hpp"
#include "stoic/sim/contract/assembler.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

long double scaled(long double value, std::int64_t exponent) {
  return std::ldexp(value, static_cast<int>(exponent));
}

/// What each instruction promises about the distance of its results from the real ones.
constexpr double moved_exactly = 0;
constexpr double rounded_once = 0.5;
constexpr double interpolated = 1;
constexpr double normalised_length = 2;

/// Compares one executed instruction with its definition in reals.
class Twin {
 public:
  Twin(const golden::Step& step, const Execution& execution, const HardwareConfig& config,
       const RealFunction& function)
      : execution_(execution), config_(config), function_(function) {
    error_.slot = step.slot;
    error_.mnemonic = mnemonic(step.instruction);
  }

  LocalError run(const Instruction& instruction) {
    std::visit(*this, instruction);
    return error_;
  }

  void operator()(const Halt&) {}
  void operator()(const Loop&) {}
  void operator()(const End&) {}

  void operator()(const Load& load) {
    error_.bound = moved_exactly;
    for (std::int64_t i = 0; i < load.length; ++i)
      compare(written(load.destination, i), execution_.input[static_cast<std::size_t>(i)]);
  }

  void operator()(const Store& store) {
    error_.bound = moved_exactly;
    for (std::int64_t i = 0; i < store.length; ++i)
      compare(execution_.output[static_cast<std::size_t>(i)], read(store.source, i));
  }

  void operator()(const Matvec& matvec) {
    error_.bound = rounded_once;
    for (std::int64_t r = 0; r < matvec.rows; ++r) {
      long double sum = matvec.biased != 0 ? scaled(read(matvec.bias, r), matvec.bias_shift) : 0;
      const auto block = r / config_.lanes * matvec.columns;
      for (std::int64_t c = 0; c < matvec.columns; ++c) {
        const auto at = (block + c) * config_.lanes + r % config_.lanes;
        sum += static_cast<long double>(execution_.weights[static_cast<std::size_t>(at)]) *
               read(matvec.source, c);
      }
      compare(written(matvec.destination, r), scaled(sum, -matvec.result_shift));
    }
  }

  void operator()(const Bundle& bundle) {
    error_.bound = rounded_once;
    for (std::int64_t i = 0; i < bundle.length; ++i) {
      long double sum = 0;
      for (std::int64_t t = 0; t < bundle.terms; ++t) {
        const auto& term = bundle.term[static_cast<std::size_t>(t)];
        const auto product = scaled(read(term.left, term.left_fixed != 0 ? i % config_.lanes : i) *
                                        read(term.right, term.right_fixed != 0 ? i % config_.lanes : i),
                                    term.align);
        sum += term.subtract != 0 ? -product : product;
      }
      compare(written(bundle.destination, i), scaled(sum, -bundle.result_shift));
    }
  }

  void operator()(const Function& function) {
    error_.bound = interpolated;
    if (!function_)
      throw Error(fmt::format(
          "program word {}: no real function is known for this FUNCTION; list it in the image's metadata",
          error_.slot));
    const auto reach = function.segments << function.segment_shift;
    for (std::int64_t i = 0; i < function.length; ++i) {
      const auto argument = read(function.source, i);
      const auto distance = (function.symmetry == 0 ? argument : std::abs(argument)) -
                            static_cast<long double>(function.origin);
      const bool outside = distance < 0 || distance > static_cast<long double>(reach);
      compare(written(function.destination, i), function_(argument), function.count_outside != 0 && outside);
    }
  }

  void operator()(const Normalise& normalise) {
    error_.bound = normalised_length;
    const auto unit = scaled(1, config_.state_width - 1 - normalise.result_shift);
    const auto component = config_.beats(normalise.length) * config_.lanes;
    for (std::int64_t i = 0; i < normalise.length; ++i) {
      const long double v[3] = {read(normalise.source, i), read(normalise.source, i + component),
                                read(normalise.source, i + 2 * component)};
      const auto length = std::hypot(v[0], v[1], v[2]);
      long double squares = 0;
      for (int c = 0; c < 3; ++c) {
        const auto real = length > 0 ? v[c] / length * unit : (c == 2 ? unit : 0);
        const auto code = written(normalise.destination, i + c * component);
        squares += static_cast<long double>(code) * static_cast<long double>(code);
        const auto most = static_cast<long double>(config_.state_max());
        error_.saturated += real >= most + rounded_once;
        // e_z of unit length 2^(state_width-1) is one unit beyond the codes, which is within the bound.
        error_.largest_component = std::max(
            error_.largest_component, static_cast<double>(std::abs(static_cast<long double>(code) - real)));
      }
      error_.elements += 3;
      error_.largest = std::max(error_.largest, static_cast<double>(std::abs(std::sqrt(squares) - unit)));
    }
  }

  void operator()(const Copy& copy) {
    error_.bound = moved_exactly;
    for (std::int64_t i = 0; i < copy.length; ++i)
      compare(execution_.state_after[static_cast<std::size_t>(copy.destination + i)],
              execution_.state_before[static_cast<std::size_t>(copy.source + i)]);
  }

  void operator()(const Rotate& rotate) {
    error_.bound = moved_exactly;
    for (std::int64_t i = 0; i < rotate.length; ++i)
      compare(written(rotate.destination, i), read(rotate.source, (i + rotate.amount) % rotate.length));
  }

 private:
  long double read(std::int64_t word, std::int64_t i) const {
    return execution_.state_before[static_cast<std::size_t>(word * config_.lanes + i)];
  }
  std::int64_t written(std::int64_t word, std::int64_t i) const {
    return execution_.state_after[static_cast<std::size_t>(word * config_.lanes + i)];
  }

  /// A real result that lies further outside the codes than the bound has saturated; ties at the upper end
  /// do.
  void compare(std::int64_t code, long double real, bool outside_table = false) {
    ++error_.elements;
    const auto most = static_cast<long double>(config_.state_max());
    const auto least = static_cast<long double>(config_.state_min());
    const bool above =
        error_.bound == rounded_once ? real >= most + error_.bound : real > most + error_.bound;
    if (outside_table || above || real < least - error_.bound) {
      ++error_.saturated;
      return;
    }
    const auto distance = static_cast<double>(std::abs(static_cast<long double>(code) - real));
    error_.largest = std::max(error_.largest, distance);
  }

  const Execution& execution_;
  const HardwareConfig& config_;
  const RealFunction& function_;
  LocalError error_;
};

void merge(LocalError& into, const LocalError& error) {
  into.slot = error.slot;
  into.mnemonic = error.mnemonic;
  into.bound = error.bound;
  into.largest = std::max(into.largest, error.largest);
  into.largest_component = std::max(into.largest_component, error.largest_component);
  into.elements += error.elements;
  into.saturated += error.saturated;
}

using ErrorsBySlot = std::map<std::int64_t, LocalError>;

/// Executes one instruction and compares it.
void step(golden::Machine& machine, const RealFunctions& functions, ErrorsBySlot& errors) {
  const auto& config = machine.config();
  const auto step = golden::decode_step(machine.program(), machine.program_counter(), config);
  const std::vector<std::int32_t> before(machine.state().begin(), machine.state().end());
  std::vector<std::int32_t> taken;  // from a stream, which the machine will have forgotten
  Execution execution{.state_before = before, .state_after = machine.state()};
  if (std::holds_alternative<Load>(step.instruction) && !machine.input().empty()) {
    taken = machine.input().front();
    execution.input = taken;
  } else if (const auto* matvec = std::get_if<Matvec>(&step.instruction)) {
    if (matvec->stream == 0) {
      const auto lanes = config.lanes;
      const auto beats = config.beats(matvec->rows) * matvec->columns;
      execution.weights = std::span(machine.weights())
                              .subspan(static_cast<std::size_t>(matvec->weights * lanes),
                                       static_cast<std::size_t>(beats * lanes));
    } else if (!machine.weight_stream().empty()) {
      taken = machine.weight_stream().front();
      execution.weights = taken;
    }
  }
  machine.step();
  if (machine.status() != STOIC_STATUS_CODE_OK) {
    const auto& status = status_codes[machine.status()];
    throw Error(fmt::format("program word {}: {} ({})", step.slot, status.meaning, status.name));
  }
  if (std::holds_alternative<Store>(step.instruction)) execution.output = machine.output().back();
  const auto function = functions.find(step.slot);
  const auto error =
      local_error(step, execution, config, function == functions.end() ? RealFunction{} : function->second);
  if (error.elements > 0) merge(errors[step.slot], error);
}

void run(golden::Machine& machine, const RealFunctions& functions, ErrorsBySlot& errors) {
  machine.start();
  while (machine.running()) step(machine, functions, errors);
}

std::vector<LocalError> in_program_order(const ErrorsBySlot& errors) {
  std::vector<LocalError> result;
  for (const auto& [slot, error] : errors) result.push_back(error);
  return result;
}

}  // namespace

RealFunction real_function(const std::string& name, std::int64_t input_fraction_bits,
                           std::int64_t output_fraction_bits, const std::vector<double>& parameters,
                           const std::string& where) {
  using Parameters = std::vector<double>;
  static const std::map<std::string, long double (*)(long double, const Parameters&)> known = {
      {"tanh", [](long double x, const Parameters&) { return std::tanh(x); }},
      {"tanh_rest",  // what the nearest multiple of 2^-p leaves of it, of which the largest is below 1
       [](long double x, const Parameters& p) {
         const long double unit = scaled(1, static_cast<std::int64_t>(p.at(0))), t = unit * std::tanh(x);
         return (t - std::clamp(std::floor(t + 0.5L), 1 - unit, unit - 1)) / unit;
       }},
      {"sigmoid", [](long double x, const Parameters&) { return 1 / (1 + std::exp(-x)); }},
      {"sine", [](long double x, const Parameters&) { return std::sin(x); }},
      {"rectifier", [](long double x, const Parameters&) { return std::max(x, 0.0L); }},
      {"bound",
       [](long double x, const Parameters& p) { return std::clamp<long double>(x, -p.at(0), p.at(0)); }},
      {"spin_torque", [](long double m_x, const Parameters& p) { return p.at(0) / (1 + p.at(1) * m_x); }},
  };
  const auto found = known.find(name);
  if (found == known.end())
    throw Error(
        fmt::format("{}: no function \"{}\" is known; host/compare/local_error.cpp lists them", where, name));
  return [function = found->second, parameters, input_fraction_bits, output_fraction_bits](long double code) {
    return scaled(function(scaled(code, -input_fraction_bits), parameters), output_fraction_bits);
  };
}

RealFunctions real_functions(const Image& image) {
  RealFunctions result;
  for (const auto& note : functions_of(image, "image"))
    result[note.slot] = real_function(note.name, note.input_fraction_bits, note.output_fraction_bits,
                                      note.parameters, "image: metadata: functions");
  return result;
}

LocalError local_error(const golden::Step& step, const Execution& execution, const HardwareConfig& config,
                       const RealFunction& function) {
  return Twin(step, execution, config, function).run(step.instruction);
}

std::vector<LocalError> local_errors(golden::Machine& machine, const RealFunctions& functions) {
  ErrorsBySlot errors;
  run(machine, functions, errors);
  return in_program_order(errors);
}

std::vector<LocalError> local_errors(const Image& image, std::int64_t samples,
                                     const golden::InputFiller& input) {
  const auto functions = real_functions(image);
  golden::Machine machine(image.config);
  machine.load(image);
  const std::vector<std::int32_t> initial(machine.state().begin(), machine.state().end());
  const auto total = std::accumulate(image.input_lengths.begin(), image.input_lengths.end(), std::int64_t{0});
  std::vector<std::int32_t> codes(static_cast<std::size_t>(total));
  ErrorsBySlot errors;
  for (std::int64_t sample = 0; sample < samples; ++sample) {
    // Each sample meets the image's initial state, as in run_batch.
    std::copy(initial.begin(), initial.end(), machine.state().begin());
    input(sample, codes);
    auto next = codes.begin();
    for (const auto length : image.input_lengths) {
      machine.input().emplace_back(next, next + length);
      next += length;
    }
    golden::queue_weight_stream(image, machine.weight_stream());
    run(machine, functions, errors);
    machine.output().clear();
  }
  return in_program_order(errors);
}

}  // namespace stoic
