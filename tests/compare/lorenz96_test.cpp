// Lorenz 96 (paper 001, eq. 20) as a hand-written program: one Runge-Kutta step of 2^-6, which binary points
// absorb. States have 11 fraction bits.
#include <fmt/format.h>

#include <random>

#include "program_run.hpp"

namespace stoic {
namespace lorenz96_test {

constexpr std::uint64_t seed = 3;
constexpr int x_bits = 11;
constexpr double step = 1.0 / 64;
constexpr double force = 8;

std::vector<double> flow(const std::vector<double>& x) {
  const auto n = x.size();
  std::vector<double> result(n);
  for (std::size_t i = 0; i < n; ++i)
    result[i] = (x[(i + 1) % n] - x[(i + n - 2) % n]) * x[(i + n - 1) % n] - x[i] + force;
  return result;
}

std::string neighbours(const std::string& x, int n) {
  return fmt::format(
      "ROTATE destination=next source={0} length={1} amount=1\n"
      "ROTATE destination=last source={0} length={1} amount={2}\n"
      "ROTATE destination=before source={0} length={1} amount={3}\n",
      x, n, n - 1, n - 2);
}

/// to = x + k/2 for `halves` 1, x + k for 0. k comes with 31 fraction bits: products have 22, the step 2^-6
/// adds 6.
std::string stage(const std::string& to, const std::string& at, int halves, int n) {
  return neighbours(at, n) + fmt::format(
                                 "BUNDLE destination={} length={} result_shift={} : "
                                 "+ next*last<<3 - before*last<<3 - {}*[one] + [force]*[one] + x*[one]<<{}\n",
                                 to, n, 20 + halves, at, 6 + halves);
}

/// x = (-x + x2 + 2 x3 + x4) / 3 + k4/6; a third of x_{i-1} has 12 fraction bits.
std::string last_stage(int n) {
  return neighbours("x4", n) +
         fmt::format(
             "BUNDLE destination=last length={0} result_shift=14 : + last*[third]\n"
             "BUNDLE destination=x length={0} result_shift=22 : + next*last<<3 - before*last<<3 - x4*[third] "
             "+ [force]*[third] - x*[third]<<7 + x2*[third]<<7 + x3*[two_thirds]<<7 + x4*[third]<<7\n",
             n);
}

std::string program(int n) {
  std::string text;
  for (const char* name : {"x", "x2", "x3", "x4", "next", "last", "before"})
    text += fmt::format(".vector {} {}\n", name, n);
  // The weights of x, x2, x3, x4 in the last stage add up to exactly 1.
  text +=
      fmt::format(".constant one {}\n.constant force {}\n.constant third 10923\n.constant two_thirds {}\n",
                  1 << 14, static_cast<int>(std::ldexp(force, x_bits)), 32768 - 10923);
  return text + stage("x2", "x", 1, n) + stage("x3", "x2", 1, n) + stage("x4", "x3", 0, n) + last_stage(n) +
         "HALT";
}

class Lorenz96 : public testing::TestWithParam<int> {};

TEST_P(Lorenz96, OneRungeKuttaStepStaysWithinItsRoundings) {
  SCOPED_TRACE(fmt::format("seed {}", seed));
  const int n = GetParam();
  std::mt19937_64 random(seed);
  std::uniform_int_distribution<std::int32_t> uniform(-8 << x_bits, 10 << x_bits);
  std::vector<std::int32_t> codes(static_cast<std::size_t>(n));
  for (auto& x : codes) x = uniform(random);
  std::vector<double> start;
  for (const auto x : codes) start.push_back(std::ldexp(x, -x_bits));

  ProgramRun run("default", program(n));
  run.set("x", codes);
  run.run();
  EXPECT_EQ(run.passes(), 3 * 5 + 9);
  const auto rotations =
      ClosedForm::rotate(n, 1) + ClosedForm::rotate(n, n - 1) + ClosedForm::rotate(n, n - 2);
  EXPECT_EQ(run.machine.counters().cycles, ClosedForm::start_and_halt + 4 * rotations +
                                               3 * ClosedForm::bundle(n, 5) + ClosedForm::bundle(n, 1) +
                                               ClosedForm::bundle(n, 8));

  // In units of x: each stage rounds by 1/2 and carries the error before with |dk/dx| <= step * (4 max|x| +
  // 1); |x| stays below 13. The last stage adds the rounded third of x_{i-1} (1/4 unit times step/2 * 26),
  // and the rounded thirds, 2^-15/3 of |k| < step * 360.
  const double slope = step * (4 * 13 + 1);
  const double e2 = 0.5;
  const double e3 = 0.5 + slope / 2 * e2;
  const double e4 = 0.5 + slope * e3;
  const double thirds = std::ldexp(step * 360, x_bits - 15) / 3 * 2;
  const double tolerance = 0.5 + (e2 + 2 * e3 + e4) / 3 + slope * e4 / 6 + 0.25 * step / 2 * 26 + thirds;
  const auto distance = largest_distance(run.reals("x", n, x_bits), rk4_step(start, step, flow), x_bits);
  EXPECT_LE(distance, tolerance);
  EXPECT_LT(tolerance, 3);
  RecordProperty("largest_distance", fmt::format("{:.3f} of {:.3f}", distance, tolerance));
}

INSTANTIATE_TEST_SUITE_P(Sizes, Lorenz96, testing::Values(37, 500), testing::PrintToStringParamName());

}  // namespace lorenz96_test
}  // namespace stoic
