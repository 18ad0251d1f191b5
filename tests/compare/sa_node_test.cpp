// SA-nODE (paper 002) as a hand-written program: one Euler step with N = 784, whose matrix exceeds the weight
// memory and comes from the stream. States have 14 fraction bits, their increments 17.
#include <fmt/format.h>

#include <Eigen/Core>
#include <random>

#include "program_run.hpp"
#include "stoic/host/compiler/binary_point.hpp"

namespace stoic {
namespace sa_node_test {

constexpr std::uint64_t seed = 4;
constexpr int n = 784;
constexpr int x_bits = 14;
constexpr int increment_bits = 17;
constexpr double attractor = 0.5;
constexpr double depth = 0.4;  // gamma of the paper
constexpr double step = 0.1;

TEST(SaNode, OneEulerStepWithAStreamedMatrixStaysWithinItsRoundings) {
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  Eigen::MatrixXd A(n, n);
  for (auto& a : A.reshaped()) a = normal(random);
  const auto weights = quantise_matrix(step / std::sqrt(double{n}) * A, 8);  // dt beta A
  std::uniform_int_distribution<std::int32_t> uniform(-1 << x_bits, 1 << x_bits);
  std::vector<std::int32_t> codes(n);
  for (auto& x : codes) x = uniform(random);

  ProgramRun run(
      "default",
      fmt::format(".vector x {0}\n.vector h {0}\n.vector slope {0}\n"
                  ".constant one {1}\n.constant square {2}\n.constant depth {3}\n"
                  "MATVEC destination=h source=x rows={0} columns={0} stream=1 result_shift={4}\n"
                  // slope = a^2 - x^2 with 15, then 4 gamma dt (a^2 - x^2) with 17 fraction bits
                  "BUNDLE destination=slope length={0} result_shift=13 : + [square]*[one] - x*x\n"
                  "BUNDLE destination=slope length={0} result_shift=15 : + slope*[depth]\n"
                  "BUNDLE destination=x length={0} result_shift=17 : + x*slope + h*[one] + x*[one]<<3\n"
                  "HALT",
                  n, 1 << x_bits, static_cast<int>(std::ldexp(attractor * attractor, x_bits)),
                  std::lround(std::ldexp(4 * depth * step, increment_bits)),
                  weights.fraction_bits + x_bits - increment_bits));
  ASSERT_GT(n / 16 * n, run.machine.config().weight_words);
  run.set("x", codes);
  std::vector<std::int32_t> beats(static_cast<std::size_t>(n * n));
  for (int r = 0; r < n; ++r)
    for (int c = 0; c < n; ++c)
      beats[static_cast<std::size_t>((r / 16 * n + c) * 16 + r % 16)] = weights.codes(r, c);
  run.machine.weight_stream().push_back(beats);
  run.run();
  EXPECT_EQ(run.passes(), 6);
  EXPECT_EQ(run.machine.counters().cycles, ClosedForm::start_and_halt + ClosedForm::matvec(n, n) +
                                               ClosedForm::bundle(n, 2) + ClosedForm::bundle(n, 1) +
                                               ClosedForm::bundle(n, 3));

  Eigen::VectorXd x(n);
  for (int i = 0; i < n; ++i) x[i] = std::ldexp(codes[static_cast<std::size_t>(i)], -x_bits);
  const Eigen::VectorXd pull =
      weights.codes.cast<double>() * std::ldexp(1.0, static_cast<int>(-weights.fraction_bits)) * x;
  std::vector<double> expected;
  for (int i = 0; i < n; ++i)
    expected.push_back(x[i] + step * 4 * depth * x[i] * (attractor * attractor - x[i] * x[i]) + pull[i]);
  // Rounding of the result 1/2 unit, of the pull 1/16; of a^2 - x^2 1/4 times 4 gamma dt = 0.16, of the
  // scaled slope 1/16, of the constant 0.16 2^-18 * 0.75 = 0.05, each times |x| <= 1.
  EXPECT_LE(largest_distance(run.reals("x", n, x_bits), expected, x_bits),
            0.5 + 1.0 / 16 + 0.16 / 4 + 1.0 / 16 + 0.05);
}

}  // namespace sa_node_test
}  // namespace stoic
