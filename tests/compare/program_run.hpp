#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "stoic/host/compare/local_error.hpp"
#include "stoic/sim/contract/assembler.hpp"

namespace stoic {

/// A hand-written program on a machine, its vectors by name.
class ProgramRun {
 public:
  ProgramRun(const std::string& instance, const std::string& text)
      : machine(load_hardware_config(instance)), assembly_(assemble(text, machine.config(), "test program")) {
    std::copy(assembly_.program.begin(), assembly_.program.end(), machine.program().begin());
    for (const auto& block : assembly_.initial_state)
      std::copy(block.values.begin(), block.values.end(),
                machine.state().begin() + block.word * machine.config().lanes);
  }

  golden::Machine machine;

  void set(const std::string& name, const std::vector<std::int32_t>& codes) {
    std::copy(codes.begin(), codes.end(), machine.state().begin() + first_element(name));
  }

  /// A vector as reals.
  std::vector<double> reals(const std::string& name, std::int64_t length, int fraction_bits) {
    std::vector<double> result;
    for (std::int64_t i = 0; i < length; ++i)
      result.push_back(
          std::ldexp(machine.state()[static_cast<std::size_t>(first_element(name) + i)], -fraction_bits));
    return result;
  }

  /// Runs the program once; every instruction must keep its local bound.
  void run(const RealFunctions& functions = {}) {
    for (const auto& error : local_errors(machine, functions)) {
      EXPECT_LE(error.largest, error.bound) << error.mnemonic << " at program word " << error.slot;
      EXPECT_EQ(error.saturated, 0) << error.mnemonic << " at program word " << error.slot;
    }
    EXPECT_EQ(machine.counters().saturations, 0);
    EXPECT_EQ(machine.counters().overflows, 0);
  }

  /// Program words of the FUNCTIONs.
  std::vector<std::int64_t> function_slots() const {
    std::vector<std::int64_t> result;
    for (const auto& step : golden::schedule(assembly_.program, machine.config()).steps)
      if (std::holds_alternative<Function>(step.instruction)) result.push_back(step.slot);
    return result;
  }

  /// Product passes: the terms of all BUNDLEs.
  std::int64_t passes() const {
    std::int64_t result = 0;
    for (const auto& step : golden::schedule(assembly_.program, machine.config()).steps)
      if (const auto* bundle = std::get_if<Bundle>(&step.instruction)) result += bundle->terms;
    return result;
  }

 private:
  std::int64_t first_element(const std::string& name) const {
    const auto found = std::find_if(assembly_.vectors.begin(), assembly_.vectors.end(),
                                    [&](const VectorSymbol& vector) { return vector.name == name; });
    if (found == assembly_.vectors.end()) throw std::out_of_range("no vector " + name);
    return found->word * machine.config().lanes;
  }

  Assembly assembly_;
};

/// The closed forms of hw-configs/interface.json once more, on the default instance: 16 lanes, 4 function
/// units.
struct ClosedForm {
  static constexpr std::int64_t lanes = 16;
  static constexpr std::int64_t function_units = 4;
  static constexpr std::int64_t fetch(std::int64_t words) { return STOIC_FETCH_CYCLES + words; }
  static constexpr std::int64_t beats(std::int64_t n) { return (n + lanes - 1) / lanes; }

  static constexpr std::int64_t start_and_halt =
      2 * STOIC_START_CYCLES + STOIC_FETCH_CYCLES + 1 + STOIC_CONTROL_CYCLES;
  static constexpr std::int64_t matvec(std::int64_t rows, std::int64_t columns) {
    return fetch(2) + beats(rows) * columns + STOIC_MAC_LATENCY;
  }
  static constexpr std::int64_t bundle(std::int64_t n, std::int64_t terms) {
    return fetch(1 + (terms + 1) / 2) + beats(n) * terms + STOIC_MAC_LATENCY;
  }
  static constexpr std::int64_t function(std::int64_t n) {
    return fetch(2) + (n + function_units - 1) / function_units + STOIC_FUNCTION_LATENCY;
  }
  static constexpr std::int64_t normalise(std::int64_t n) {
    return fetch(2) + beats(n) * (STOIC_NORMALISE_BEAT_CYCLES + lanes / function_units);
  }
  /// The elements that wrap round are written by a second sweep, which shares a word with the first unless
  /// that ends on a word.
  static constexpr std::int64_t rotate(std::int64_t n, std::int64_t amount) {
    const auto head = n - amount;
    const auto tail = amount == 0 ? 0 : beats(n) - head / lanes;
    return fetch(1) + beats(head) + tail + STOIC_COPY_LATENCY;
  }
};

/// Largest |a - b| in units of 2^-fraction_bits.
inline double largest_distance(const std::vector<double>& a, const std::vector<double>& b,
                               int fraction_bits) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  return std::ldexp(largest, fraction_bits);
}

/// The classical fourth-order step, as the textbooks have it.
template <class Flow>
std::vector<double> rk4_step(const std::vector<double>& x, double step, const Flow& flow) {
  const auto moved = [&](double by, const std::vector<double>& k) {
    auto result = x;
    for (std::size_t i = 0; i < x.size(); ++i) result[i] += by * k[i];
    return result;
  };
  const auto k1 = flow(x);
  const auto k2 = flow(moved(step / 2, k1));
  const auto k3 = flow(moved(step / 2, k2));
  const auto k4 = flow(moved(step, k3));
  auto result = x;
  for (std::size_t i = 0; i < x.size(); ++i) result[i] += step / 6 * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]);
  return result;
}

}  // namespace stoic
