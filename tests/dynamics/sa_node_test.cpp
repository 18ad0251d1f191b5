// SA-nODE against what paper 002 says of it, in double precision.
#include "stoic/host/dynamics/sa_node.hpp"

#include <gmock/gmock.h>

#include <Eigen/Eigenvalues>
#include <cmath>
#include <random>

#include "stoic/host/data/dataset.hpp"
#include "stoic/host/dynamics/sa_node_analysis.hpp"
#include "stoic/host/learning/inference.hpp"
#include "stoic/host/learning/trainer.hpp"
#include "stoic/host/model/model.hpp"

namespace stoic {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr std::uint64_t seed = 4;

SaNodeParameters letters_sized() { return {.neurons = 49, .classes = 5, .duration = 2, .step = 0.1}; }

VectorXd uniform(Eigen::Index n) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> draw(0, 1);
  return VectorXd::NullaryExpr(n, [&] { return draw(random); });
}

/// x(T) of every column by the discrete system.
MatrixXd run(const SaNodeParameters& parameters, const Matrices& matrices, const MatrixXd& start) {
  const SaNode<double> system(parameters, matrices);
  Team alone(1);
  auto trajectory = system.make_trajectory(start.cols());
  for (Eigen::Index s = 0; s < start.cols(); ++s)
    for (Eigen::Index i = 0; i < start.rows(); ++i) trajectory.first()(i, s) = start(i, s);
  system.forward(trajectory, alone);
  return trajectory.last().dense().topRows(start.rows());
}

TEST(SaNode, AttractorsAreBlocksAndCoverEveryPixelOnce) {
  const MatrixXd attractors = letters_sized().attractors();
  EXPECT_TRUE((attractors.array().abs() == 0.5).all());
  EXPECT_TRUE(((attractors.array() < 0).rowwise().count() == 1).all());
  EXPECT_EQ((attractors.col(0).array() < 0).count(), 9);
  EXPECT_EQ((attractors.col(4).array() < 0).count(), 49 - 4 * 9);
}

TEST(SaNode, TheCouplingHasTheSpectrumThatItWasGiven) {
  const auto p = letters_sized();
  const auto matrices = p.draw(seed);
  const MatrixXd A = coupling_matrix(p, matrices);
  EXPECT_LT((A * p.attractors()).norm(), 1e-12);
  const MatrixXd& vectors = matrices.at("eigenvectors");
  EXPECT_LT((A * vectors - vectors * matrices.at("eigenvalues").col(0).asDiagonal()).norm(), 1e-12);
  EXPECT_LT((vectors.transpose() * vectors - MatrixXd::Identity(44, 44)).norm(), 1e-12);
  EXPECT_LT((vectors.transpose() * p.attractors()).norm(), 1e-12);
}

TEST(SaNode, PlantedPatternsAreFixedPointsForEveryEigenvaluesWithinTheBound) {
  const auto p = letters_sized();
  auto matrices = p.draw(seed);
  matrices.at("eigenvalues").topRows(20).setConstant(0.9 * p.eigenvalue_bound(p.stiffness));
  EXPECT_LT((run(p, matrices, p.attractors()) - p.attractors()).cwiseAbs().maxCoeff(), 1e-12);
  const SaNodeFlow flow(p, matrices);
  for (Eigen::Index k = 0; k < p.classes; ++k) {
    EXPECT_LT(flow(p.attractors().col(k)).cwiseAbs().maxCoeff(), 1e-12);
    const auto eigenvalues =
        Eigen::EigenSolver<MatrixXd>(flow.jacobian(p.attractors().col(k)), false).eigenvalues();
    EXPECT_LT(eigenvalues.real().maxCoeff(), 0) << "class " << k;
  }
}

TEST(SaNode, AnEigenvalueBeyondTheBoundWouldMakeThemUnstableAndIsPutBack) {
  const auto p = letters_sized();
  auto matrices = p.draw(seed);
  matrices.at("eigenvalues")(7) = 1.5 * p.eigenvalue_bound(p.stiffness);
  const VectorXd pattern = p.attractors().col(2);
  const MatrixXd jacobian = SaNodeFlow(p, matrices).jacobian(pattern);
  EXPECT_GT(Eigen::EigenSolver<MatrixXd>(jacobian, false).eigenvalues().real().maxCoeff(), 0.1);
  SaNode<double> system(p, matrices);
  EXPECT_LT((*system.trained()[1])(7, 0), p.eigenvalue_bound(p.stiffness));
  EXPECT_DOUBLE_EQ((*system.trained()[1])(8, 0), matrices.at("eigenvalues")(8));
}

TEST(SaNode, DisturbancesAlongAnEigenvectorDecayWithItsOwnRate) {
  const auto p = letters_sized();
  const auto matrices = p.draw(seed);
  const VectorXd pattern = p.attractors().col(1);
  constexpr double size = 1e-6, time = 1;
  for (const Eigen::Index alpha : {0, 17, 43}) {
    const VectorXd direction = matrices.at("eigenvectors").col(alpha);
    const VectorXd end = SaNodeFlow(p, matrices).integrate(pattern + size * direction, time, 0.01);
    const double rate = -8 * p.well * p.well * p.stiffness + p.coupling() * matrices.at("eigenvalues")(alpha);
    EXPECT_NEAR((end - pattern).dot(direction) / size, std::exp(rate * time), 1e-5) << "direction " << alpha;
  }
}

TEST(SaNode, EulersMethodIsOfFirstOrderAndTheCheckOfFourth) {
  auto p = letters_sized();
  const auto matrices = p.draw(seed);
  const SaNodeFlow flow(p, matrices);
  const VectorXd start = uniform(49), exact = flow.integrate(start, p.duration, 1e-3);
  double euler = 0, runge_kutta = 0;
  for (const double step : {0.1, 0.05, 0.025}) {
    p.step = step;
    const double euler_error = (run(p, matrices, start) - exact).norm(),
                 runge_kutta_error = (flow.integrate(start, p.duration, step) - exact).norm();
    if (euler > 0) {
      EXPECT_NEAR(std::log2(euler / euler_error), 1, 0.15) << "step " << step;
      EXPECT_NEAR(std::log2(runge_kutta / runge_kutta_error), 4, 0.3) << "step " << step;
    }
    euler = euler_error, runge_kutta = runge_kutta_error;
  }
}

/// A few seconds of training on letters with 30 % of their pixels replaced.
class TrainedSaNode : public testing::Test {
 protected:
  static const Model& model() {
    static const Model trained = [] {
      const auto recipe = parse_recipe(R"({"dynamics": "sa-node", "inputs": 49, "classes": 5, "duration": 2,
          "data": {"set": "letters", "pixel_noise": 0.3},
          "training": {"optimizer": "adam", "learning_rate": 0.01, "batch": 50, "epochs": 30}})",
                                       "letters");
      return train(recipe, make_letters(1, Split::train, 2000, 0.3), {.threads = 1}).value();
    }();
    return trained;
  }
  static const SaNodeParameters& parameters() { return std::get<SaNodeParameters>(model().recipe.system); }
  static MatrixXd pixels_of(const Dataset& data) {
    return Eigen::Map<const Eigen::Matrix<std::uint8_t, Eigen::Dynamic, Eigen::Dynamic>>(data.pixels.data(),
                                                                                         49, data.size())
               .cast<double>() /
           255;
  }
};

TEST_F(TrainedSaNode, SendsLettersWithUpToThirtyPercentNoiseToTheirAttractors) {
  for (const double noise : {0.0, 0.1, 0.2, 0.3}) {
    const auto data = make_letters(1, Split::test, 500, noise);
    const auto report = judge_attractors(run(parameters(), model().matrices, pixels_of(data)),
                                         parameters().attractors(), data.labels);
    EXPECT_GE(report.accuracy, noise < 0.25 ? 1.0 : 0.99) << "noise " << noise;
    EXPECT_GE(report.overlap, noise < 0.15 ? 0.9995 : 0.995) << "noise " << noise;
    EXPECT_GE(report.strict_accuracy, noise < 0.15 ? 0.999 : 0.97) << "noise " << noise;
    // The outputs of inference are the overlaps.
    const auto decided = decisions(logits(model(), data.pixels));
    double right = 0;
    for (std::size_t i = 0; i < decided.size(); ++i) right += decided[i] == data.labels[i];
    EXPECT_NEAR(right / 500, report.accuracy, 0.005);
  }
}

TEST_F(TrainedSaNode, KeepsItsAttractorsWhereTheyWerePlanted) {
  const SaNodeFlow flow(parameters(), model().matrices);
  for (Eigen::Index k = 0; k < 5; ++k) {
    const VectorXd pattern = parameters().attractors().col(k);
    EXPECT_LT(flow(pattern).cwiseAbs().maxCoeff(), 1e-12);
    EXPECT_LT(Eigen::EigenSolver<MatrixXd>(flow.jacobian(pattern), false).eigenvalues().real().maxCoeff(), 0);
  }
}

TEST_F(TrainedSaNode, ReversedTimeRecoversTheLetter) {
  const auto data = make_letters(1, Split::test, 5, 0);
  const SaNodeFlow flow(parameters(), model().matrices);
  const MatrixXd pixels = pixels_of(data);
  for (Eigen::Index s = 0; s < 5; ++s) {
    const VectorXd end = flow.integrate(pixels.col(s), parameters().duration, 1e-3);
    const VectorXd back = flow.integrate(end, -parameters().duration, 1e-3);
    EXPECT_GT((end - pixels.col(s)).squaredNorm() / 49, 0.01) << "nothing happened";
    EXPECT_LT((back - pixels.col(s)).squaredNorm() / 49, 1e-4) << "letter " << s;
  }
}

TEST_F(TrainedSaNode, TheNumberOfThreadsChangesNoBitOfTraining) {
  auto recipe = model().recipe;
  recipe.training.epochs = 1;
  const auto data = make_letters(1, Split::train, 200, 0.3);
  EXPECT_EQ(train(recipe, data, {.threads = 1})->matrices, train(recipe, data, {.threads = 2})->matrices);
}

}  // namespace
}  // namespace stoic
