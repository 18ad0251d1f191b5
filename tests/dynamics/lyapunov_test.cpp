// Order and chaos of 200 coupled oscillators (paper 001, figure 5D): minutes, so labelled heavy.
#include <gtest/gtest.h>

#include <random>

#include "benettin.hpp"
#include "stoic/host/dynamics/systems.hpp"

namespace stoic {
namespace lyapunov_test {

constexpr std::uint64_t seed = 1;

/// In 1/ns: the mean of eight states over a microsecond, behind a transient of 200 ns.
double exponent(double coupling_Oe) {
  CstoParameters p;
  p.coupling_Oe = coupling_Oe;
  const auto system = make_system<double>(p, p.draw(seed));
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  const auto draw = [&] { return normal(random); };
  Eigen::MatrixXd states = Eigen::MatrixXd::NullaryExpr(p.width(), 8, draw);
  for (Eigen::Index k = 0; k < p.oscillators; ++k)
    for (Eigen::Index s = 0; s < 8; ++s) {
      auto m = states.col(s)(Eigen::seqN(k, 3, p.oscillators));
      m /= m.matrix().norm();
    }
  const auto per_ns = static_cast<std::int64_t>(1000 / p.step_ps);
  return 1000 * largest_exponent(*system, states, Eigen::MatrixXd::NullaryExpr(p.width(), 8, draw),
                                 200 * per_ns, 1000 * per_ns);
}

TEST(MaximumLyapunovExponent, IsNearZeroWeaklyCoupledAndPositiveAtTenOersted) {
  const double weak = exponent(0.1), strong = exponent(10);
  RecordProperty("per_ns_at_0_1_Oe", std::to_string(weak));
  RecordProperty("per_ns_at_10_Oe", std::to_string(strong));
  EXPECT_LT(std::abs(weak), 0.02);
  EXPECT_GT(strong, 0.3);
}

}  // namespace lyapunov_test
}  // namespace stoic
