#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "stoic/host/driven/conditional_exponent.hpp"
#include "stoic/host/driven/driven_network.hpp"
#include "stoic/host/driven/driven_scores.hpp"
#include "stoic/host/driven/ridge.hpp"
#include "stoic/host/dynamics/csto.hpp"
#include "stoic/host/model/npz.hpp"
#include "stoic/host/random/random.hpp"
#include "stoic/sim/io/file.hpp"

namespace stoic {
namespace esn_test {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

MatrixXd random_matrix(Index rows, Index columns, std::uint64_t sample) {
  MatrixXd m(rows, columns);
  for (Index i = 0; i < m.size(); ++i)
    m(i) = random_normal({3, Purpose::test, sample}, static_cast<std::uint64_t>(i));
  return m;
}

/// What NumPy made of the same matrices and series (esn_by_numpy.py beside it).
class ByNumpy {
 public:
  ByNumpy() : model(parse_driven_model(read_file(path), path)) {
    const NpzReader file{std::filesystem::path(path)};
    const auto both = numbers(file, "series");
    series.inputs = MatrixXd(1, both.size() / 2);
    series.targets = series.inputs;
    for (Index t = 0; t < series.steps(); ++t) {
      series.inputs(0, t) = both(2 * t);
      series.targets(0, t) = both(2 * t + 1);
    }
    series.parts = model.recipe.data;
    states = numbers(file, "states").reshaped(model.recipe.sites(), series.steps());
    nrmse = numbers(file, "nrmse")(0);
  }
  DrivenModel model;
  TimeSeries series;
  MatrixXd states;
  double nrmse = 0;

 private:
  static constexpr const char* path = STOIC_SOURCE_DIR "/tests/driven/golden/esn_by_numpy.npz";
  /// Doubles whose bits are kept as whole numbers: others than a model's own are refused.
  static VectorXd numbers(const NpzReader& file, const char* name) {
    const auto array = file.read(name);
    VectorXd values(static_cast<Index>(array.bytes.size() / sizeof(double)));
    std::copy_n(array.bytes.data(), array.bytes.size(), reinterpret_cast<char*>(values.data()));
    return values;
  }
};

TEST(Esn, StatesAreThoseOfNumpy) {
  const ByNumpy numpy;
  Team team(1);
  DrivenNetwork network(numpy.model, team);
  const ScaledSeries scaled(numpy.model, numpy.series);
  double largest = 0;
  follow_series(network, scaled, scaled.steps(), team, [&](Index t) {
    largest = std::max(largest, (network.state() - numpy.states.col(t)).lpNorm<Eigen::Infinity>());
  });
  EXPECT_LT(largest, 1e-12);
}

TEST(Esn, ReadOutAndErrorAreThoseOfNumpy) {
  const ByNumpy numpy;
  Team team(1);
  auto model = numpy.model;
  model.W_out.setZero();
  const auto fit = fit_read_out(model, numpy.series, team);
  EXPECT_FALSE(fit.by_svd);
  EXPECT_LT((model.W_out - numpy.model.W_out).lpNorm<Eigen::Infinity>(), 1e-8);
  EXPECT_NEAR(judge_driven(model, numpy.series, team).error.nrmse, numpy.nrmse, 1e-9);
}

TEST(Ridge, SingularValuesGiveWhatCholeskyGives) {
  const MatrixXd z = random_matrix(7, 300, 1).array() + 2, y = random_matrix(2, 300, 2);
  NormalEquations sums(7, 2);
  for (Index t = 0; t < 300; t += 100) sums.add(z.middleCols(t, 100), y.middleCols(t, 100));
  StreamedSvd svd(sums.mean(), 2);
  for (Index t = 0; t < 300; t += 50) svd.add(z.middleCols(t, 50), y.middleCols(t, 50));
  svd.decompose();
  for (const double ridge : {0.0, 1.0, 100.0})
    EXPECT_LT((svd.solve(ridge) - sums.solve(ridge).W_out).lpNorm<Eigen::Infinity>(), 1e-10) << ridge;
}

TEST(Ridge, DependentFeaturesAreSolvedBySingularValues) {
  MatrixXd z = random_matrix(3, 200, 3);
  z.row(2) = z.row(0) + 1e-9 * z.row(2);  // in squares nothing of the difference is left
  const MatrixXd y = 2 * z.row(0) + MatrixXd::Constant(1, 200, 5);
  NormalEquations sums(3, 1);
  sums.add(z, y);
  EXPECT_LT(sums.solve(0).reciprocal_condition, least_reciprocal_condition);
  StreamedSvd svd(sums.mean(), 1);
  svd.add(z, y);
  svd.decompose();
  const MatrixXd w = svd.solve(0);
  EXPECT_LT((((w.leftCols(3) * z).array() + w(0, 3)).matrix() - y).lpNorm<Eigen::Infinity>(), 1e-6);
}

DrivenRecipe recipe_of(const std::string& system, const std::string& drive, const std::string& data) {
  return parse_driven_recipe("{" + system + R"(, "drive": {)" + drive + R"(}, "data": {)" + data + "}}",
                             "recipe");
}

/// The derivative of a step is the limit of differences, whatever is driven and however.
void expect_derivative(const DrivenRecipe& recipe) {
  Team team(1);
  const auto series = load_series(recipe.data, 1);
  const auto model = draw_driven_model(recipe, series);
  DrivenNetwork network(model, team);
  for (Index t = 0; t < 5; ++t) network.advance(series.inputs.col(t), series.targets.col(t));
  const VectorXd x = network.state();
  MatrixXd tangents = network.system().tangential(random_matrix(x.size(), 3, 7));
  const MatrixXd directions = tangents;
  network.advance(series.inputs.col(5), series.targets.col(5), &tangents);
  constexpr double h = 1e-6;  // central: of order h², and rounding over h
  for (Index k = 0; k < 3; ++k) {
    MatrixXd ends(x.size(), 2);
    for (const int sign : {-1, 1}) {
      network.set_state(x + sign * h * directions.col(k));
      network.advance(series.inputs.col(5), series.targets.col(5));
      ends.col(sign > 0) = network.state();
    }
    const VectorXd slope = (ends.col(1) - ends.col(0)) / (2 * h);
    EXPECT_LT((slope - tangents.col(k)).norm(), 1e-7 * (1 + slope.norm())) << recipe.dynamics();
  }
}

TEST(DrivenSystem, DerivativesOfAllSystemsAreTheLimitOfDifferences) {
  const std::string data = R"("set": "narma2", "washout": 5, "train": 10, "validation": 5, "test": 5)";
  const std::string csto = R"("dynamics": "csto", "oscillators": 5, "duration_ps": 60, "step_ps": 20)";
  expect_derivative(recipe_of(R"("dynamics": "esn", "neurons": 20, "density": 0.5, "leak": 0.3)",
                              R"("feedback": 0.5, "bias": 0.1)", data));
  expect_derivative(
      recipe_of(R"("dynamics": "esn", "neurons": 20, "topology": "ring", "activation": "linear")",
                R"("nodes": 2)", data));
  expect_derivative(
      recipe_of(R"("dynamics": "lorenz96", "neurons": 8, "duration": 0.1)", R"("nodes": 3)", data));
  expect_derivative(recipe_of(csto, R"("nodes": 4, "input_scale": 300)", data));
  expect_derivative(recipe_of(csto, R"("nodes": 4, "joins": "current", "observe": "x")", data));
}

TEST(DrivenSystem, DriveOfZeroLeavesTheSystemWhatItIs) {
  // without input, the oscillators go where Integrated<LlgRule, Rk4> takes them
  const auto recipe = recipe_of(R"("dynamics": "csto", "oscillators": 4, "duration_ps": 100, "step_ps": 20)",
                                R"("input_scale": 0)",
                                R"("set": "narma2", "washout": 1, "train": 2, "validation": 2, "test": 2)");
  Team team(1);
  const auto model = draw_driven_model(recipe, load_series(recipe.data, 1));
  DrivenNetwork network(model, team);
  const auto& p = std::get<CstoParameters>(recipe.system);
  const Csto<double> system(model.matrix, p);
  auto passage = system.make_passage(1);
  system.set_state(passage, network.state());
  system.go_on(passage, team);
  network.advance(VectorXd::Ones(1), VectorXd::Zero(1));
  EXPECT_LT((network.state() - system.state(passage).col(0)).norm(), 1e-14);
  EXPECT_EQ(network.features().size(), 12);
}

TEST(ConditionalExponent, OfALinearNetworkIsTheLogarithmOfItsRadius) {
  const auto recipe = recipe_of(
      R"("dynamics": "esn", "neurons": 20, "activation": "linear", "topology": "orthogonal", "spectral_radius": 0.7)",
      R"("input_scale": 1)",
      R"("set": "narma10", "washout": 20, "train": 300, "validation": 50, "test": 50)");
  Team team(1);
  const auto series = load_series(recipe.data, 2);
  const auto model = draw_driven_model(recipe, series);
  EXPECT_NEAR(conditional_exponent(model, series, 400, team).exponents.at(0).value, std::log(0.7), 1e-9);
}

TEST(ConditionalExponent, TellsWhetherInputsForgetTheStart) {
  const auto exponent = [](double radius) {
    auto recipe = recipe_of(
        R"("dynamics": "esn", "neurons": 60, "density": 0.5, "spectral_radius": )" + std::to_string(radius),
        R"("input_scale": 0.1)",
        R"("set": "narma10", "washout": 50, "train": 600, "validation": 50, "test": 50)");
    Team team(1);
    const auto series = load_series(recipe.data, 2);
    return conditional_exponent(draw_driven_model(recipe, series), series, 600, team).exponents.at(0).value;
  };
  EXPECT_LT(exponent(0.9), -0.05);
  EXPECT_GT(exponent(3), 0.1);
}

TEST(Esn, LearnsNarmaAndRunsMackeyGlassFreely) {
  Team team(1);
  const auto narma =
      recipe_of(R"("dynamics": "esn", "neurons": 100, "spectral_radius": 0.95, "density": 0.2)",
                R"("input_scale": 0.4)",
                R"("set": "narma10", "washout": 100, "train": 1500, "validation": 300, "test": 500)");
  auto series = load_series(narma.data, 1);
  auto model = draw_driven_model(narma, series);
  const auto fit = fit_read_out(model, series, team);
  EXPECT_EQ(fit.nrmse_of.size(), 11U);
  EXPECT_LT(judge_driven(model, series, team).error.nrmse, 0.5);  // a linear memory has 0.4 to 0.6, a mean 1

  const auto mackey = recipe_of(
      R"("dynamics": "esn", "neurons": 120, "spectral_radius": 1.1, "leak": 0.7)", R"("bias": 0.5)",
      R"("set": "mackey-glass", "step": 2.6, "washout": 50, "train": 900, "validation": 200, "test": 250, "free_run": 150)");
  series = load_series(mackey.data, 1);
  model = draw_driven_model(mackey, series);
  fit_read_out(model, series, team);
  const auto scores = judge_driven(model, series, team);
  EXPECT_LT(scores.error.nrmse, 0.01);
  EXPECT_GT(scores.free.median_valid_steps, 20);
  ASSERT_EQ(scores.free.predicted.size(), 1U);
  // the first output of a free run is the prediction that a run with true values makes
  EXPECT_NEAR(scores.free.predicted[0](0, 0), scores.predicted(0, 0), 1e-12);
}

TEST(Esn, FeedbackIsTaughtAndThenItsOwn) {
  // y(t+1) of a network that sees no input but its own output: a sine goes on by itself
  const auto recipe =
      recipe_of(R"("dynamics": "esn", "neurons": 30, "spectral_radius": 0.8)",
                R"("feedback": 1, "input_scale": 0, "bias": 0.3)",
                R"("set": "narma2", "washout": 50, "train": 400, "validation": 100, "test": 100)");
  auto series = load_series(recipe.data, 1);
  for (Index t = 0; t < series.steps(); ++t) series.targets(0, t) = std::sin(0.3 * static_cast<double>(t));
  Team team(1);
  auto model = draw_driven_model(recipe, series);
  fit_read_out(model, series, team);
  EXPECT_LT(judge_driven(model, series, team).error.nrmse, 0.05);
}

/// One that was chosen among true values would be too small: its own errors, fed back, grow.
TEST(Esn, WithFeedbackTheRegularisationIsThatOfItsOwnOutputs) {
  const std::string data =
      R"("set": "mackey-glass", "tau": 17, "step": 1, "washout": 40, "train": 400, "validation": 100, "test": 300)";
  for (const std::uint64_t seed : {77, 78, 79}) {
    const auto recipe = parse_driven_recipe(
        R"({"dynamics": "esn", "neurons": 13, "density": 1, "leak": 0.31, "drive": {"feedback": 0.2}, "data": {)" +
            data + R"(}, "read_out": {"ridge": [1e-8, 1e-5, 1e-3, 1e-1]}, "seed": )" + std::to_string(seed) +
            "}",
        "recipe");
    Team team(1);
    const auto series = load_series(recipe.data, recipe.seed);
    auto model = draw_driven_model(recipe, series);
    const auto fit = fit_read_out(model, series, team);
    const double nrmse = judge_driven(model, series, team).error.nrmse;
    EXPECT_LT(nrmse, 0.3) << "seed " << seed << ", ridge " << fit.ridge;
    EXPECT_LT(fit.validation_nrmse, 0.3);
    EXPECT_GT(nrmse, fit.validation_nrmse / 5) << "of the same kind as the test";
  }
}

TEST(Esn, FilesKeepEveryBit) {
  const auto recipe = recipe_of(R"("dynamics": "esn", "neurons": 8, "density": 0.9)", R"("feedback": 0.5)",
                                R"("set": "narma2", "washout": 5, "train": 40, "validation": 10, "test": 5)");
  Team team(1);
  const auto series = load_series(recipe.data, 1);
  auto model = draw_driven_model(recipe, series);
  fit_read_out(model, series, team);
  const auto path = std::filesystem::path(testing::TempDir()) / "esn.npz";
  write_driven_model(path, model);
  const auto again = parse_driven_model(read_file(path), path.string());
  EXPECT_EQ(again.W_out, model.W_out);
  EXPECT_EQ(again.W_feedback, model.W_feedback);
  EXPECT_EQ(again.matrix, model.matrix);
  EXPECT_EQ(driven_recipe_text(again.recipe), driven_recipe_text(model.recipe));
}

}  // namespace esn_test
}  // namespace stoic
