// Methods and memory of Integrated, in double precision.
#include "stoic/host/integration/integrated.hpp"

#include <gtest/gtest.h>

#include <random>

#include "stoic/host/dynamics/csto.hpp"
#include "stoic/host/dynamics/ffesn.hpp"
#include "stoic/host/dynamics/lorenz96.hpp"
#include "stoic/host/dynamics/reservoir.hpp"
#include "stoic/host/integration/coupling.hpp"

namespace stoic {
namespace integrated_test {

using Eigen::MatrixXd;

constexpr std::uint64_t seed = 6;

MatrixXd normals(Eigen::Index rows, Eigen::Index columns, std::uint64_t stream) {
  std::mt19937_64 random(seed + stream);
  std::normal_distribution<double> normal;
  return MatrixXd::NullaryExpr(rows, columns, [&] { return normal(random); });
}

/// dx/dt = -x + c
struct Relaxation {
  using Scalar = double;
  static constexpr int components = 1;
  static constexpr bool keeps_coupling = false, adds_coupling = true;
  using Site = stoic::Site<double, 1>;
  Site slope(Eigen::Index, const Site& x, double c) const { return {c - x[0]}; }
  Site push(Eigen::Index, const Site&, double, const Site& d, double dc) const { return {dc - d[0]}; }
  double pull(Eigen::Index, const Site&, double, const Site& w, Site& x_bar) const {
    x_bar = {-w[0]};
    return w[0];
  }
};

template <class Method>
double error_of(Eigen::Index steps) {
  using Rule = CoupledSites<Relaxation, NoCoupling<double>>;
  const Integrated<Rule, Method> system(Rule(5, {}, {}), steps, 1.0 / static_cast<double>(steps));
  auto passage = system.make_passage(3);
  const MatrixXd start = normals(5, 3, 0);
  passage.first().assign(start);
  Team alone(1);
  system.forward(passage, alone);
  return (passage.last().dense().topRows(5) - std::exp(-1.0) * start).norm() / start.norm();
}

template <class Method>
class Methods : public testing::Test {};
using AllMethods = testing::Types<Euler, Heun, Rk4>;
TYPED_TEST_SUITE(Methods, AllMethods);

TYPED_TEST(Methods, ErrorAtAFixedTimeFallsWithTheOrder) {
  EXPECT_NEAR(std::log2(error_of<TypeParam>(16) / error_of<TypeParam>(32)), TypeParam::order, 0.1);
}

TYPED_TEST(Methods, TheirCoefficientsAreConsistent) {
  double sum = 0;
  for (int j = 0; j < TypeParam::stages; ++j) sum += own<TypeParam>(1.0, j);
  EXPECT_DOUBLE_EQ(sum, 1);
  for (int j = 0; j + 1 < TypeParam::stages; ++j)
    EXPECT_DOUBLE_EQ(TypeParam::share * TypeParam::multiple[j] * TypeParam::a[j], own<TypeParam>(1.0, j))
        << j;
}

/// Whether a trajectory that keeps only some states has the bits of one that keeps all.
template <class System>
void expect_same_with_little_memory(const System& system) {
  constexpr Eigen::Index samples = 18;
  Team team(2);
  auto all = system.make_trajectory(samples), some = system.make_trajectory(samples, 0);
  ASSERT_LT(some.segment, system.steps());
  const Eigen::Index width = system.width();
  const MatrixXd start = normals(width, samples, 1), w = normals(width, samples, 2),
                 d = normals(width, samples, 3);
  for (auto* t : {&all, &some}) {
    t->first().assign(start);
    system.forward(*t, team);
    t->covector.assign(w);
  }
  EXPECT_EQ(MatrixXd(some.last().dense().topRows(width)), MatrixXd(all.last().dense().topRows(width)));
  for (const Part part : {Part::network, Part::flow}) {
    EXPECT_EQ(system.push(some, d, part, team), system.push(all, d, part, team));
    EXPECT_EQ(system.pull(some, w, part, team), system.pull(all, w, part, team));
  }
  system.vjp(all, team);
  system.vjp(some, team);
  EXPECT_EQ(some.covector.dense(), all.covector.dense());
  EXPECT_EQ(MatrixXd(some.last().dense().topRows(width)), MatrixXd(all.last().dense().topRows(width)))
      << "x(T) stays while the steps are computed once more";
  const auto seen = system.vectors(some), expected = system.vectors(all);
  ASSERT_EQ(seen.size(), expected.size());
  for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], expected[i]) << i;
}

TEST(Memory, ATrajectoryThatKeepsSomeStatesHasTheBitsOfOneThatKeepsAll) {
  expect_same_with_little_memory(Ffesn<double>(make_reservoir(40, 0.5, 1.5, seed), 7));
  CstoParameters oscillators;
  oscillators.oscillators = 12;
  oscillators.duration_ps = 70;
  oscillators.step_ps = 10;
  oscillators.renormalise = true;
  expect_same_with_little_memory(Csto<double>(make_coupling(12, seed), oscillators));
  expect_same_with_little_memory(
      Lorenz96<double>({.neurons = 37, .forcing = 4, .duration = 0.5, .step = 0.05}));
}

}  // namespace integrated_test
}  // namespace stoic
