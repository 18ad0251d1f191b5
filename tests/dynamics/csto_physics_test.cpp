// Coupled spin-torque oscillators against what physics knows in closed form, in double precision.
#include <gmock/gmock.h>

#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include "csto_reference.hpp"
#include "stoic/host/analysis/thermal.hpp"
#include "stoic/host/dynamics/csto.hpp"
#include "stoic/host/random/random.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace csto_physics_test {

using Eigen::MatrixXd;
using Eigen::Vector3d;
using Eigen::VectorXd;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr double pi = std::numbers::pi;

/// Nothing but the fields along z.
CstoParameters free_layer() {
  CstoParameters p;
  p.oscillators = 1;
  p.coupling_Oe = 0;
  p.current_mA = 0;
  p.gilbert_damping = 0;
  p.duration_ps = 1000;
  p.step_ps = 1;
  return p;
}

/// m(t) after 0, 1, 2 ... steps of one sample, [3 N x steps+1].
MatrixXd path(const MatrixXd& coupling, const CstoParameters& parameters, const VectorXd& start) {
  const Csto<double> system(coupling, parameters);
  Team alone(1);
  auto trajectory = system.make_trajectory(1);
  trajectory.first().assign(start);
  system.forward(trajectory, alone);
  const Eigen::Index n = coupling.rows();
  MatrixXd result(3 * n, system.steps() + 1);
  for (Eigen::Index t = 0; t <= system.steps(); ++t)
    for (int c = 0; c < 3; ++c) result.block(c * n, t, n, 1) = system.values(trajectory, t, 0, c);
  return result;
}
MatrixXd path_alone(const CstoParameters& parameters, const Vector3d& start) {
  return path(MatrixXd::Zero(1, 1), parameters, start);
}

/// Random unit vectors.
VectorXd states(Eigen::Index n, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  MatrixXd m = MatrixXd::NullaryExpr(n, 3, [&] { return normal(random); });
  m.rowwise().normalize();
  return m.reshaped();
}

TEST(CstoPhysics, SpinTorqueFieldOfThePaperIs134Point868Oersted) {
  EXPECT_NEAR(CstoParameters{}.spin_torque_field_Oe(), 134.868, 5e-4);
  EXPECT_NEAR(CstoParameters{}.effective_anisotropy_Oe(), 416.2, 0.1);
}

TEST(CstoPhysics, FreeLayerPrecessesAtItsFieldTimesTheGyromagneticRatio) {
  const auto p = free_layer();
  const double m_z = 0.3;
  const MatrixXd m = path_alone(p, {std::sqrt(1 - m_z * m_z), 0, m_z});
  double phase = 0;  // unwrapped
  for (Eigen::Index t = 1; t < m.cols(); ++t)
    phase += std::arg(std::complex(m(0, t), m(1, t)) / std::complex(m(0, t - 1), m(1, t - 1)));
  const double frequency = std::abs(phase) / (2 * pi * p.duration_ps * 1e-12);
  const double expected =
      p.gyromagnetic_ratio_rad_per_Oe_s * (p.applied_field_Oe + p.effective_anisotropy_Oe() * m_z) / (2 * pi);
  EXPECT_NEAR(frequency / expected, 1, 1e-6);
}

TEST(CstoPhysics, DampingNearThePoleIsThatOfTheClosedForm) {
  auto p = free_layer();
  p.gilbert_damping = 0.005;
  p.duration_ps = 20000;
  p.step_ps = 2;
  const double tilt = 1e-4;
  const MatrixXd m = path_alone(p, {std::sin(tilt), 0, std::cos(tilt)});
  const double last = std::hypot(m(0, m.cols() - 1), m(1, m.cols() - 1));
  const double rate = std::log(std::sin(tilt) / last) / (p.duration_ps * 1e-12);
  const double alpha = p.gilbert_damping;
  const double expected = alpha * p.gyromagnetic_ratio_rad_per_Oe_s *
                          (p.applied_field_Oe + p.effective_anisotropy_Oe()) / (1 + alpha * alpha);
  EXPECT_NEAR(rate / expected, 1, 1e-4);
}

TEST(CstoPhysics, EnergyOfUncoupledLayersWithoutCurrentOnlyFalls) {
  auto p = free_layer();
  p.gilbert_damping = 0.02;
  p.oscillators = 5;
  p.duration_ps = 5000;
  p.step_ps = 5;
  const MatrixXd m = path(MatrixXd::Zero(5, 5), p, states(5, 4));
  for (Eigen::Index k = 0; k < 5; ++k)
    for (Eigen::Index t = 1; t < m.cols(); ++t) {
      const auto energy = [&](Eigen::Index at) {
        const double z = m(10 + k, at);
        return -p.applied_field_Oe * z - 0.5 * p.effective_anisotropy_Oe() * z * z;
      };
      ASSERT_LE(energy(t), energy(t - 1) + 1e-9) << "layer " << k << ", step " << t;
    }
}

/// log2 of how the largest | |m| - 1 | of one step falls when the step halves.
double drift_order(CstoParameters p, const Vector3d& start, double step_ps) {
  const auto drift = [&](double step) {
    p.step_ps = p.duration_ps = step;
    return std::abs(path_alone(p, start).col(1).norm() - 1);
  };
  return std::log2(drift(step_ps) / drift(step_ps / 2));
}

TEST(CstoPhysics, LengthDriftsWithTheSixthPowerOfTheStepWithoutDampingAndCurrent) {
  EXPECT_NEAR(drift_order(free_layer(), Vector3d(0.8, 0, 0.6), 20), 6, 0.1);
}

TEST(CstoPhysics, LengthDriftsWithTheFifthPowerOrLessOtherwise) {
  auto p = free_layer();
  p.gilbert_damping = 0.005;
  p.current_mA = 2.5;
  EXPECT_GE(drift_order(p, Vector3d(0.8, 0, 0.6), 20), 4.9);
}

TEST(CstoPhysics, RungeKuttaConvergesWithOrderFourToTheAdaptiveIntegrator) {
  CstoParameters p;
  p.oscillators = 20;
  p.coupling_Oe = 200;
  const MatrixXd coupling = make_coupling(20, 5);
  const VectorXd start = states(20, 5);
  const VectorXd exact = integrate_adaptively(coupling, p, start, 1e-13);
  double before = 0;
  for (const double step : {10.0, 5.0, 2.5}) {
    p.step_ps = step;
    const double error = (path(coupling, p, start).rightCols(1) - exact).norm();
    if (before > 0) {
      EXPECT_NEAR(std::log2(before / error), 4, 0.1) << "step " << step << " ps";
    }
    before = error;
  }
  EXPECT_LT(before, 1e-6);
}

TEST(CstoPhysics, RenormalisedStepsEndOnTheUnitSphereAndKeepTheOrder) {
  CstoParameters p;
  p.oscillators = 20;
  p.coupling_Oe = 200;
  p.renormalise = true;
  const MatrixXd coupling = make_coupling(20, 5);
  const VectorXd start = states(20, 5);
  const VectorXd exact = integrate_adaptively(coupling, p, start, 1e-13);
  double before = 0;
  for (const double step : {10.0, 5.0, 2.5}) {
    p.step_ps = step;
    const MatrixXd m = path(coupling, p, start);
    for (Eigen::Index t = 0; t < m.cols(); ++t)
      for (Eigen::Index k = 0; k < 20; ++k)
        ASSERT_NEAR(std::hypot(m(k, t), m(20 + k, t), m(40 + k, t)), 1, 1e-15) << "step " << t;
    const double error = (m.rightCols(1) - exact).norm();
    if (before > 0) {
      EXPECT_NEAR(std::log2(before / error), 4, 0.1) << "step " << step << " ps";
    }
    before = error;
  }
}

TEST(CstoPhysics, SingleOscillatorKeepsOscillating) {
  CstoParameters p;
  p.oscillators = 1;
  p.coupling_Oe = 0;
  p.duration_ps = 100000;
  p.step_ps = 10;
  const MatrixXd m = path_alone(p, Vector3d(0.6, 0, 0.8));
  const auto swing = [&](double from_ps, double to_ps) {
    const auto part =
        m.row(1).segment(std::llround(from_ps / p.step_ps), std::llround((to_ps - from_ps) / p.step_ps));
    return part.maxCoeff() - part.minCoeff();
  };
  EXPECT_GT(swing(90000, 100000), 0.1) << "of m_y, after 90 ns";
  EXPECT_NEAR(swing(90000, 100000) / swing(80000, 90000), 1, 1e-3) << "a limit cycle";
}

TEST(CstoPhysics, PinnedLayerMayPointAnywhere) {
  // Turning everything about z by 90 degrees turns the path, for one layer without coupling.
  auto p = free_layer();
  p.current_mA = 2.5;
  p.gilbert_damping = 0.005;
  const MatrixXd along_x = path_alone(p, Vector3d(0.6, 0.1, 0.79));
  p.pinned_layer = {0, 1, 0};
  const MatrixXd along_y = path_alone(p, Vector3d(-0.1, 0.6, 0.79));
  const Eigen::Index last = along_x.cols() - 1;
  EXPECT_NEAR(along_y(1, last), along_x(0, last), 1e-12);
  EXPECT_NEAR(-along_y(0, last), along_x(1, last), 1e-12);
  EXPECT_NEAR(along_y(2, last), along_x(2, last), 1e-12);
}

TEST(CstoPhysics, ThermalEquilibriumIsBoltzmanns) {
  auto p = free_layer();
  p.gilbert_damping = 0.2;
  p.temperature_K = 300;
  p.free_layer_volume_nm3 = 300;  // some 2 k_B T in the applied field
  const double over_kT = p.saturation_magnetisation_emu_per_cm3 * p.free_layer_volume_nm3 * 1e-21 /
                         (1.380649e-16 * p.temperature_K);
  double weight = 0, expected = 0;
  for (double z = -1 + 5e-5; z < 1; z += 1e-4) {
    const double w = std::exp(over_kT * (p.applied_field_Oe * z + 0.5 * p.effective_anisotropy_Oe() * z * z));
    weight += w;
    expected += w * z;
  }
  expected /= weight;
  constexpr Eigen::Index layers = 100, samples = 80;  // uncoupled, so that all are one ensemble
  p.oscillators = layers;
  p.step_ps = 4;
  p.duration_ps = 4000;
  MatrixXd upwards = MatrixXd::Zero(3 * layers, samples);
  upwards.bottomRows(layers).setOnes();
  Team team(2);
  const MatrixXd m = thermal_end(p, MatrixXd::Zero(layers, layers), upwards, {.seed = 7}, team);
  EXPECT_NEAR(m.bottomRows(layers).mean() / expected, 1, 0.02) << "expected " << expected;
  Team alone(1);
  EXPECT_EQ(thermal_end(p, MatrixXd::Zero(layers, layers), upwards.leftCols(18), {.seed = 7}, alone),
            MatrixXd(m.leftCols(18)))
      << "neither threads nor other samples change a bit";
}

TEST(CstoPhysics, WithoutTemperatureTheThermalEndIsThatOfTheSystem) {
  CstoParameters p;
  p.oscillators = 12;
  p.renormalise = true;
  const MatrixXd coupling = make_coupling(12, 3), v = states(12, 3);
  Team alone(1);
  const Csto<double> system(coupling, p);
  auto passage = system.make_passage(1);
  passage.first().assign(v);
  system.forward(passage, alone);
  EXPECT_LE((thermal_end(p, coupling, v, {}, alone) - passage.last().dense().topRows(36)).norm(), 1e-12);
}

TEST(CstoPhysics, RefusesWhatCannotBe) {
  const auto expect = [](auto change, const char* why) {
    CstoParameters p;
    change(p);
    EXPECT_THAT([&] { check_parameters(p, "mine.json"); },
                ThrowsMessage<Error>(testing::AllOf(HasSubstr("mine.json"), HasSubstr(why))));
  };
  expect([](auto& p) { p.free_layer_volume_nm3 = 0; }, "free_layer_volume_nm3");
  expect([](auto& p) { p.pinned_layer = {1, 0.1, 0}; }, "unit vector");
  expect([](auto& p) { p.temperature_K = -1; }, "absolute zero");
  expect([](auto& p) { p.spin_torque_asymmetry = -1.2; }, "pole");
  expect([](auto& p) { p.gilbert_damping = -0.1; }, "energy");
  expect([](auto& p) { p.step_ps = 300; }, "unstable");
  expect([](auto& p) { p.step_ps = 7; }, "does not divide");
  expect([](auto& p) { p.saturation_magnetisation_emu_per_cm3 = 0; }, "saturation_magnetisation");
  check_parameters({}, "the paper's");
}

}  // namespace csto_physics_test
}  // namespace stoic
