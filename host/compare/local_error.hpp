#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "stoic/sim/contract/image.hpp"
#include "stoic/sim/golden/batch.hpp"
#include "stoic/sim/golden/machine.hpp"

namespace stoic {

/// How far one instruction strays from its real-valued self, both computed from the same operand codes.
/// Errors of earlier instructions do not enter; only rounding and tables do.
struct LocalError {
  std::int64_t slot = 0;  ///< program word of the instruction
  std::string mnemonic;
  /// Largest |code - real result| in units of the last place, over elements that did not saturate. NORMALISE:
  /// largest | |d| - unit length |.
  double largest = 0;
  double largest_component = 0;  ///< NORMALISE only: of its components
  std::int64_t elements = 0;     ///< compared, over all executions
  std::int64_t saturated = 0;  ///< of these, real results that no code can hold, or arguments outside a table
  double bound = 0;            ///< what the contract promises for `largest`

  bool within_bound() const { return largest <= bound; }
};

/// What a table stands for, on codes: argument code -> result in units of the last place, not rounded.
using RealFunction = std::function<long double(long double code)>;
/// By program word of the FUNCTION.
using RealFunctions = std::map<std::int64_t, RealFunction>;

/// A function by its name in image metadata, between binary points: "tanh"; "spin_torque" with parameters a
/// and λ, a / (1 + λ x). Throws Error for an unknown name, which `where` helps to find.
RealFunction real_function(const std::string& name, std::int64_t input_fraction_bits,
                           std::int64_t output_fraction_bits, const std::vector<double>& parameters,
                           const std::string& where);

/// The real functions of an image: its metadata lists "functions", each with slot, name, input_fraction_bits
/// and output_fraction_bits. Throws Error when they cannot be read.
RealFunctions real_functions(const Image& image);

/// What an instruction reads besides tables, and what it wrote.
struct Execution {
  std::span<const std::int32_t> state_before;  ///< element word * lanes + lane
  std::span<const std::int32_t> state_after;
  std::span<const std::int32_t> weights;  ///< MATVEC: the beats of its matrix, beat * lanes + lane
  std::span<const std::int32_t> input;    ///< LOAD: the vector that it took
  std::span<const std::int32_t> output;   ///< STORE: the vector that it sent
};

/// The local error of one executed instruction, of which `function` is the real function if it is a FUNCTION.
/// Sums are taken in long double, exactly as far as accumulators reach.
LocalError local_error(const golden::Step& step, const Execution& execution, const HardwareConfig& config,
                       const RealFunction& function = {});

/// Starts a machine whose memories and streams are filled, runs it to its HALT and returns the local error of
/// every instruction that writes something, merged over its executions, by program word. Throws Error for a
/// run that faults and for a FUNCTION without a real function.
std::vector<LocalError> local_errors(golden::Machine& machine, const RealFunctions& functions);

/// The same for an image, over `samples` inputs.
std::vector<LocalError> local_errors(const Image& image, std::int64_t samples,
                                     const golden::InputFiller& input);

}  // namespace stoic
