// Order and chaos of 200 coupled oscillators (paper 001, figure 5D): minutes, so labelled heavy.
#include <gtest/gtest.h>

#include "stoic/host/dynamics/csto.hpp"
#include "stoic/host/dynamics/csto_analysis.hpp"

namespace stoic {
namespace {

TEST(MaximumLyapunovExponent, IsNearZeroWeaklyCoupledAndPositiveAtTenOersted) {
  CstoParameters p;
  const Eigen::MatrixXd coupling = make_coupling(p.oscillators, 1);
  p.coupling_Oe = 0.1;
  const double weak = maximum_lyapunov_exponent(coupling, p);
  p.coupling_Oe = 10;
  const double strong = maximum_lyapunov_exponent(coupling, p);
  RecordProperty("per_ns_at_0_1_Oe", std::to_string(weak));
  RecordProperty("per_ns_at_10_Oe", std::to_string(strong));
  EXPECT_LT(std::abs(weak), 0.02);
  EXPECT_GT(strong, 0.3);
}

}  // namespace
}  // namespace stoic
