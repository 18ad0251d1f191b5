// The derivatives of coupled spin-torque oscillators, in double precision.
#include <gtest/gtest.h>

#include <random>

#include "csto_reference.hpp"
#include "stoic/host/dynamics/csto.hpp"

namespace stoic {
namespace csto_gradient_test {

using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr std::uint64_t seed = 3;
constexpr Eigen::Index oscillators = 12, samples = 18;  // a whole group and a part of one

CstoParameters strongly_coupled(bool renormalise = false) {
  CstoParameters p;
  p.oscillators = oscillators;
  p.coupling_Oe = 745;
  p.duration_ps = 300;
  p.step_ps = 5;
  p.renormalise = renormalise;
  return p;
}

MatrixXd normals(Eigen::Index rows, Eigen::Index columns, std::uint64_t stream) {
  std::mt19937_64 random(seed + stream);
  std::normal_distribution<double> normal;
  return MatrixXd::NullaryExpr(rows, columns, [&] { return normal(random); });
}

/// With and without renormalisation after every step.
class CstoGradient : public testing::TestWithParam<bool> {
 protected:
  MatrixXd run(const MatrixXd& v) {
    trajectory_.first().assign(v);
    system_.forward(trajectory_, team_);
    return trajectory_.last().dense().topRows(3 * oscillators);
  }
  MatrixXd vjp(const MatrixXd& w) {
    trajectory_.covector = Panels<double>(w);
    system_.vjp(trajectory_, team_);
    return trajectory_.covector.dense();
  }

  CstoParameters parameters_ = strongly_coupled(GetParam());
  MatrixXd coupling_ = make_coupling(oscillators, seed);
  Csto<double> system_{coupling_, parameters_};
  Team team_{2};
  Csto<double>::Trajectory trajectory_ = system_.make_trajectory(samples);
};

TEST_P(CstoGradient, VjpIsTheTransposeOfPushThrough300PicosecondsOfStrongCoupling) {
  const MatrixXd v = normals(3 * oscillators, samples, 0), w = normals(3 * oscillators, samples, 1),
                 d = normals(3 * oscillators, samples, 2);
  run(v);
  const double forwards = w.cwiseProduct(system_.push(trajectory_, d, Part::network, team_)).sum();
  const double backwards = d.cwiseProduct(vjp(w)).sum();
  EXPECT_NEAR(forwards, backwards, 1e-12 * w.norm() * d.norm()) << "seed " << seed;
}

TEST_P(CstoGradient, VjpIsTheCentralDifference) {
  const MatrixXd v = normals(3 * oscillators, samples, 0), w = normals(3 * oscillators, samples, 1);
  run(v);
  const MatrixXd gradient = vjp(w);
  constexpr double step = 1e-5;
  MatrixXd difference(3 * oscillators, samples);
  for (Eigen::Index i = 0; i < 3 * oscillators; ++i) {
    MatrixXd up = v, down = v;
    up.row(i).array() += step;
    down.row(i).array() -= step;
    difference.row(i) = w.cwiseProduct(run(up) - run(down)).colwise().sum() / (2 * step);
  }
  EXPECT_LE((difference - gradient).norm(), 1e-6 * gradient.norm()) << "seed " << seed;
}

TEST_P(CstoGradient, BlackImageGivesUnitVectorsAlongZAndNoGradient) {
  const MatrixXd black = MatrixXd::Zero(3 * oscillators, samples);
  run(black);
  const auto& start = trajectory_.groups.front().stages.front();
  for (Eigen::Index k = 0; k < oscillators; ++k) {
    EXPECT_EQ(start.x[0](k, 0), 0);
    EXPECT_EQ(start.x[1](k, 0), 0);
    EXPECT_EQ(start.x[2](k, 0), 1);
  }
  EXPECT_TRUE(trajectory_.last().dense().allFinite());
  EXPECT_EQ(vjp(normals(3 * oscillators, samples, 1)), black);
}

TEST_P(CstoGradient, NoThreadChangesABit) {
  const MatrixXd v = normals(3 * oscillators, samples, 0), w = normals(3 * oscillators, samples, 1);
  const MatrixXd two = run(v), gradient_of_two = vjp(w);
  Team alone(1);
  system_.forward(trajectory_, alone);
  EXPECT_EQ(MatrixXd(trajectory_.last().dense().topRows(3 * oscillators)), two);
  trajectory_.covector = Panels<double>(w);
  system_.vjp(trajectory_, alone);
  EXPECT_EQ(trajectory_.covector.dense(), gradient_of_two);
}

TEST_P(CstoGradient, NothingToRememberIsTheSameForward) {
  const MatrixXd v = normals(3 * oscillators, samples, 0);
  const MatrixXd remembered = run(v);
  auto passage = system_.make_passage(samples);
  passage.first().assign(v);
  system_.forward(passage, team_);
  EXPECT_EQ(MatrixXd(passage.last().dense().topRows(3 * oscillators)), remembered);
}

INSTANTIATE_TEST_SUITE_P(, CstoGradient, testing::Bool(),
                         [](const auto& with) { return with.param ? "Renormalised" : "Plain"; });

TEST(CstoAdjoint, ContinuousAndDiscreteAgreeAsTheStepGoesToZero) {
  const MatrixXd coupling = make_coupling(oscillators, seed);
  const VectorXd w = normals(3 * oscillators, 1, 1);
  double before = 0;
  for (const double step_ps : {10.0, 5.0, 2.5, 1.25}) {
    auto parameters = strongly_coupled();
    parameters.coupling_Oe = 200;
    parameters.duration_ps = 100;
    parameters.step_ps = step_ps;
    const Csto<double> system(coupling, parameters);
    Team alone(1);
    auto trajectory = system.make_trajectory(1);
    VectorXd start = normals(3 * oscillators, 1, 0);
    for (Eigen::Index k = 0; k < oscillators; ++k) {  // unit vectors, which f_norm leaves
      const double length = std::hypot(start(k), start(oscillators + k), start(2 * oscillators + k));
      for (Eigen::Index c = 0; c < 3; ++c) start(c * oscillators + k) /= length;
    }
    trajectory.first().assign(start);
    system.forward(trajectory, alone);
    const VectorXd end = trajectory.last().dense().topRows(3 * oscillators);
    const VectorXd discrete = system.pull(trajectory, w, Part::flow, alone);
    const VectorXd continuous = continuous_adjoint(coupling, parameters, end, w);
    const double gap = (continuous - discrete).norm() / w.norm();
    if (before > 0) {
      EXPECT_GT(std::log2(before / gap), 3.5) << "step " << step_ps << " ps: gap " << gap;
    }
    before = gap;
  }
  EXPECT_LT(before, 1e-5);
}

}  // namespace csto_gradient_test
}  // namespace stoic
