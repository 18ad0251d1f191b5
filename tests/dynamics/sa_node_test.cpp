// SA-nODE against what paper 002 says of it, in double precision.
#include "stoic/host/dynamics/sa_node.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <random>

#include "stoic/host/analysis/attractors.hpp"
#include "stoic/host/data/dataset.hpp"
#include "stoic/host/kernels/decompositions.hpp"
#include "stoic/host/learning/inference.hpp"
#include "stoic/host/learning/trainer.hpp"
#include "stoic/host/model/model.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace sa_node_test {

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
  auto passage = system.make_passage(start.cols());
  passage.first().assign(start);
  system.forward(passage, alone);
  return passage.last().dense().topRows(start.rows());
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

/// In single precision Φ is inverted so too, unless its columns depend on each other nearly.
TEST(SaNode, TheCouplingOfTrainingIsThatOfDoublePrecisionButForTheRoundingOfItsProducts) {
  const auto p = letters_sized();
  for (const double dependence : {0.0, 1e4, 1e6}) {
    SCOPED_TRACE(dependence);
    auto matrices = p.draw(seed);
    MatrixXd& vectors = matrices.at("eigenvectors");
    vectors.col(7) = (vectors.col(7) + dependence * vectors.col(8)).normalized();
    vectors = vectors.cast<float>().cast<double>();
    const SaNode<float> system(p, matrices);
    const MatrixXd coupling = system.rule().coupling().weights().dense().cast<double>();
    const MatrixXd expected = p.step * p.coupling() * coupling_matrix(p, matrices);
    const MatrixXd back = inverse(eigenbasis(p, matrices)).bottomRows(44);
    const MatrixXd terms = p.step * p.coupling() * vectors.cwiseAbs() *
                           matrices.at("eigenvalues").col(0).cwiseAbs().asDiagonal() * back.cwiseAbs();
    EXPECT_LT(((coupling - expected).array() / terms.array()).abs().maxCoeff(), 4e-6);
  }
}

TEST(SaNode, PlantedPatternsAreFixedPointsForEveryEigenvaluesWithinTheBound) {
  const auto p = letters_sized();
  auto matrices = p.draw(seed);
  matrices.at("eigenvalues").topRows(20).setConstant(0.9 * p.eigenvalue_bound(p.stiffness));
  EXPECT_LT((run(p, matrices, p.attractors()) - p.attractors()).cwiseAbs().maxCoeff(), 1e-12);
  const SaNodeFlow flow(p, matrices);
  for (Eigen::Index k = 0; k < p.classes; ++k) {
    EXPECT_LT(flow(p.attractors().col(k)).cwiseAbs().maxCoeff(), 1e-12);
    EXPECT_LT(eigenvalues(flow.jacobian(p.attractors().col(k))).real().maxCoeff(), 0) << "class " << k;
  }
}

TEST(SaNode, AnEigenvalueBeyondTheBoundWouldMakeThemUnstableAndTrainingPutsItBack) {
  const auto p = letters_sized();
  auto matrices = p.draw(seed);
  matrices.at("eigenvalues")(7) = 1.5 * p.eigenvalue_bound(p.stiffness);
  const VectorXd pattern = p.attractors().col(2);
  const MatrixXd jacobian = SaNodeFlow(p, matrices).jacobian(pattern);
  EXPECT_GT(eigenvalues(jacobian).real().maxCoeff(), 0.1);
  SaNode<double> system(p, matrices);
  EXPECT_EQ((*system.trained()[1])(7, 0), matrices.at("eigenvalues")(7))
      << "a model that is only run stays as it is";
  Team alone(1);
  system.weights_changed(alone);
  EXPECT_LT((*system.trained()[1])(7, 0), p.eigenvalue_bound(p.stiffness));
  EXPECT_DOUBLE_EQ((*system.trained()[1])(8, 0), matrices.at("eigenvalues")(8));
}

TEST(SaNode, AModelWithoutWellsIsRefused) {
  const auto p = letters_sized();
  auto matrices = p.draw(seed);
  for (const double stiffness : {0.0, -1.0}) {
    matrices.at("stiffness")(0) = stiffness;
    EXPECT_THROW(SaNode<double>(p, matrices), Error) << "stiffness " << stiffness;
  }
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

TEST(SaNode, EigenvaluesAndRatesAreThoseOfTheRecipe) {
  const auto recipe = parse_recipe(R"({"dynamics": "sa-node", "inputs": 784, "classes": 10,
      "eigenvalue_mean": -40, "eigenvalue_deviation": 20, "eigenvalue_rate": 30, "stiffness_rate": 10})",
                                   "test");
  const MatrixXd values = recipe.draw_matrices().at("eigenvalues");
  EXPECT_NEAR(values.mean(), -40, 3);
  EXPECT_NEAR(std::sqrt((values.array() - values.mean()).square().mean()), 20, 2);
  const auto shapes = recipe.matrices();
  EXPECT_EQ(shapes[0].rate, 1);
  EXPECT_EQ(shapes[1].rate, 30);
  EXPECT_EQ(shapes[2].rate, 10);
  EXPECT_EQ(recipe_text(parse_recipe(recipe_text(recipe), "again")), recipe_text(recipe));
}

TEST(SaNode, TheLossMayBeTakenBeforeTheEndButNotAfterIt) {
  const auto parse = [](const std::string& keys) {
    return parse_recipe(R"({"dynamics": "sa-node", "inputs": 49, "classes": 5, )" + keys + "}", "test");
  };
  const auto recipe = parse(R"("duration": 2, "training_duration": 1)");
  EXPECT_EQ(recipe.step_count(), 20);
  EXPECT_EQ(time_axis(in_training(recipe.system)).steps(), 10);
  EXPECT_EQ(recipe_text(parse_recipe(recipe_text(recipe), "again")), recipe_text(recipe));
  for (const auto& [keys, reason] :
       {std::pair(R"("duration": 2, "training_duration": 3)", "from 0 to 2"),
        {R"("duration": 2, "training_duration": 0)", "must be above 0"},
        {R"("duration": 2, "training_duration": 0.55)", "does not divide \"training_duration\": 0.55"}})
    EXPECT_THAT([&] { parse(keys); }, testing::ThrowsMessage<Error>(testing::HasSubstr(reason)));
}

TEST(SaNode, ARecipeWithTheUsualSpectrumHasTheTextThatItAlwaysHad) {
  const auto text =
      recipe_text(parse_recipe(R"({"dynamics": "sa-node", "inputs": 49, "classes": 5})", "test"));
  EXPECT_EQ(text.find("eigenvalue"), std::string::npos);
  EXPECT_EQ(text.find("stiffness_rate"), std::string::npos);
}

TEST(SaNode, StatesBeyondTheRangeOfEulersMethodAreHeldAtItsEnd) {
  const auto p = letters_sized();
  const SaNode<double> system(p, p.draw(seed));
  Team alone(1);
  auto trajectory = system.make_trajectory(1);
  trajectory.first()(3, 0) = 20;  // one step of the cubic alone would go to -1,261
  system.forward(trajectory, alone);
  const double most = std::sqrt(p.well * p.well + 1 / (4 * p.step * p.stiffness));
  EXPECT_DOUBLE_EQ(system.values(trajectory, 1, 0, 0)(3, 0), -most);
  EXPECT_LE(trajectory.last().dense().topRows(49).cwiseAbs().maxCoeff(), most);
  trajectory.covector.assign(VectorXd::Ones(49));
  system.vjp(trajectory, alone);
  EXPECT_TRUE(trajectory.covector.dense().allFinite());
  EXPECT_TRUE(trajectory.gather.gradients[0].dense().topRows(49).allFinite());
}

/// The model of models/letters-sa-node.npz, which its recipe trains on letters with 30 % of their pixels
/// replaced.
class TrainedSaNode : public testing::Test {
 protected:
  static const Model& model() {
    static const Model trained = read_model(STOIC_SOURCE_DIR "/models/letters-sa-node.npz");
    return trained;
  }
  static const SaNodeParameters& parameters() { return std::get<SaNodeParameters>(model().recipe.system); }
  /// x(0) of every sample.
  static MatrixXd starts_of(const Dataset& data) {
    const MatrixXd pixels = Eigen::Map<const Eigen::Matrix<std::uint8_t, Eigen::Dynamic, Eigen::Dynamic>>(
                                data.samples.bytes().data(), 49, data.size())
                                .cast<double>();
    return (*model().recipe.input_scale * pixels).array() + model().recipe.input_offset;
  }
};

TEST_F(TrainedSaNode, SendsLettersWithUpToThirtyPercentNoiseToTheirAttractors) {
  for (const double noise : {0.0, 0.1, 0.2, 0.3}) {
    SCOPED_TRACE(noise);
    const auto data = make_letters(1, Split::test, 2000, noise);
    const auto states = final_states(model(), data.samples);
    const auto report = judge_attractors(states, parameters().attractors(), data.labels);
    // Euler's steps end a little beyond the attractors. With 30 % of 49 pixels replaced a few letters are
    // more like another one.
    EXPECT_NEAR(report.overlap, 1, 0.008);
    EXPECT_GE(report.accuracy, noise < 0.15 ? 1 : 0.997);
    EXPECT_GE(report.strict_accuracy, noise < 0.15 ? 1 : 0.996);
    // The outputs of inference are the overlaps.
    const auto decided = decisions(logits(model(), data.samples));
    double right = 0;
    for (std::size_t i = 0; i < decided.size(); ++i) right += decided[i] == data.labels[i];
    EXPECT_EQ(right / 2000, report.accuracy);
  }
}

TEST_F(TrainedSaNode, KeepsCleanLettersThereLongAfterTheTrainedTime) {
  const auto data = make_letters(1, Split::test, 500, 0);
  const SaNodeFlow flow(parameters(), model().matrices);
  MatrixXd x = starts_of(data);
  double before = 1e9;
  for (int lap = 0; lap < 4; ++lap) {
    x = flow.euler(std::move(x), parameters().time().steps());
    const auto report = judge_attractors(x, parameters().attractors(), data.labels);
    EXPECT_EQ(report.strict_accuracy, 1) << "lap " << lap;
    EXPECT_LT(report.mean_square, before);
    before = report.mean_square;
  }
  EXPECT_LT(before, 1e-6);
}

TEST_F(TrainedSaNode, KeepsItsAttractorsWhereTheyWerePlanted) {
  const auto report = attractor_stability(parameters(), model().matrices);
  EXPECT_LT(report.residual, 1e-12);
  EXPECT_LT(report.rate, 0);
}

TEST_F(TrainedSaNode, ReversedTimeRecoversTheLetter) {
  const auto data = make_letters(1, Split::test, 5, 0);
  const SaNodeFlow flow(parameters(), model().matrices);
  const MatrixXd starts = starts_of(data);
  for (Eigen::Index s = 0; s < 5; ++s) {
    const VectorXd end = flow.integrate(starts.col(s), parameters().duration, 1e-3);
    const VectorXd back = flow.integrate(end, -parameters().duration, 1e-3);
    EXPECT_GT((end - starts.col(s)).squaredNorm() / 49, 0.01) << "nothing happened";
    EXPECT_LT((back - starts.col(s)).squaredNorm() / 49, 1e-4) << "letter " << s;
  }
}

TEST_F(TrainedSaNode, BearsDisturbancesOfSomeEigenvectorsAndNotOfOthers) {
  const auto data = make_letters(1, Split::test, 1, 0);
  const DisturbanceTask none{
      .start = starts_of(data).col(0), .target = parameters().attractors().col(data.labels[0]), .sigma = 0};
  EXPECT_LT(single_disturbances(parameters(), model().matrices, none).maxCoeff(), 1e-6);
  EXPECT_EQ(robust_share(parameters(), model().matrices, none, VectorXd::Zero(49)), 1);
  auto task = none;
  task.sigma = 1;
  const VectorXd alone = single_disturbances(parameters(), model().matrices, task);
  EXPECT_LT(alone.minCoeff(), 1e-6);
  const double share = robust_share(parameters(), model().matrices, task, alone);
  EXPECT_GT(share, 0);
  EXPECT_LT(share, 1);
}

TEST_F(TrainedSaNode, TheNumberOfThreadsChangesNoBitOfTraining) {
  auto recipe = model().recipe;
  recipe.training.epochs = 1;
  const auto data = make_letters(1, Split::train, 200, 0.3);
  EXPECT_EQ(train(recipe, data, {.threads = 1})->matrices, train(recipe, data, {.threads = 2})->matrices);
}

}  // namespace sa_node_test
}  // namespace stoic
