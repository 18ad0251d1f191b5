#include "stoic/host/analysis/training_run.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "stoic/host/analysis/divergence.hpp"
#include "stoic/host/learning/learner_surface.hpp"
#include "stoic/host/learning/trainer.hpp"
#include "stoic/host/learning/weights.hpp"
#include "stoic/host/sweep/training_report.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/part_file.hpp"
#include "temporary_folder.hpp"

namespace stoic {
namespace training_run_test {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// wᵀHw/2 of a diagonal H: copies part by max |1 - ηh|.
class Parabola final : public LossSurface {
 public:
  explicit Parabola(VectorXd h) : h_(std::move(h)), parts_{{"w", 0, h_.size(), 1, false, true, 1}} {}
  const std::vector<WeightPart>& parts() const override { return parts_; }
  std::int64_t samples() const override { return 1; }
  void slopes(const MatrixXd& points, const MatrixXd* tangents, const LossBatch&, Slopes& result) override {
    result.gradients = h_.asDiagonal() * points;
    result.losses = 0.5 * (points.array() * result.gradients.array()).colwise().sum().transpose();
    result.products =
        tangents != nullptr ? MatrixXd(h_.asDiagonal() * *tangents) : MatrixXd(points.rows(), 0);
  }
  Judgement judge(const MatrixXd& points) override {
    return {VectorXd::Zero(points.cols()), VectorXd::Zero(points.cols())};
  }

 private:
  VectorXd h_;
  std::vector<WeightPart> parts_;
};

TrainingTask task_of(const std::string& training) {
  return {.training = parse_recipe(R"({"dynamics": "linear", "inputs": 1, "classes": 2, "training": )" +
                                       training + "}",
                                   "test")
                          .training};
}

TEST(TrainingRun, OnAParabolaCopiesPartByTheLargestFactor) {
  VectorXd h(3);
  h << 0.5, 1, 4;
  Parabola surface(h);
  Team team(1);
  for (const double rate : {0.3, 0.49, 0.51, 0.7}) {
    auto task = task_of(R"({"momentum": 0, "batch": 1000})");
    task.training.learning_rate = rate;
    task.epochs = 400;
    task.tangent = true;
    task.disturbance = 1e-4;
    const auto traces = follow_trainings(surface, VectorXd::Ones(3), task, team);
    const auto& trace = traces.starts[0];
    ASSERT_EQ(trace.tangent.size(), 400u);
    const double factor = (1 - rate * h.array()).abs().maxCoeff();
    const double late = (trace.tangent[399] - trace.tangent[300]) / 99;
    EXPECT_NEAR(late, std::log(factor), 1e-10) << rate;
    EXPECT_EQ(late > 0, 4 > 2 / rate) << "exactly when the sharpness is above 2/η";
  }
}

struct Network {
  Recipe recipe;
  Model model;
  Dataset train, test;
  Team team{1};
  RecipeSurface surface;
  explicit Network(const std::string& text)
      : recipe(parse_recipe(text, "test")),
        model(untrained_model(recipe)),
        train(load_data(recipe, Split::train)),
        test(load_data(recipe, Split::test)),
        surface(recipe_surface(model, train, test, team)) {}
  MatrixXd starts(int count) const {
    MatrixXd all(surface.surface->size(), count);
    for (int s = 0; s < count; ++s) {
      auto other = recipe;
      other.seed += static_cast<std::uint64_t>(s);
      all.col(s) = surface.weights_of(untrained_model(other));
    }
    return all;
  }
};

std::string blobs(const std::string& training) {
  return R"({"dynamics": "mlp", "layers": [8], "activation": "tanh", "initialisation": "normal", "inputs": 2, "classes": 3,
    "data": {"set": "spirals", "train_samples": 90, "test_samples": 60}, "training": )" +
         training + "}";
}

/// Lengths of tangents and distances of copies are alike in every update, while distances are small.
void expect_tangents_like_copies(Network& network, TrainingTask task, int starts, double small) {
  task.copies = 1;
  task.disturbance = 1e-7;
  task.tangent = true;
  task.target = 2;
  const auto traces = follow_trainings(*network.surface.surface, network.starts(starts), task, network.team);
  for (const auto& trace : traces.starts) {
    ASSERT_FALSE(trace.diverged);
    ASSERT_FALSE(trace.tangent.empty());
    ASSERT_EQ(trace.tangent.size(), trace.copies[0].size());
    for (std::size_t i = 0; i < trace.tangent.size(); ++i) {
      if (trace.copies[0][i] > small) break;
      EXPECT_NEAR(std::log(trace.copies[0][i]), trace.tangent[i], 2e-3) << i;
    }
  }
}

TEST(TrainingRun, TangentsAndCopiesAgreeForEveryOptimiser) {
  for (const char* training :
       {R"({"momentum": 0, "batch": 1000})", R"({"momentum": 0.8, "batch": 30, "weight_decay": 0.01})",
        R"({"optimizer": "adam", "batch": 30, "weight_decay": 0.01})"}) {
    SCOPED_TRACE(training);
    Network network(blobs(training));
    TrainingTask task{.training = network.recipe.training, .epochs = 20};
    task.training.learning_rate = task.training.optimizer == "adam" ? 0.05 : 0.5;
    expect_tangents_like_copies(network, task, 2, 1e-4);
  }
}

TEST(TrainingRun, IsTheTrainingOfTheHouse) {
  Network network(blobs(
      R"({"momentum": 0.5, "batch": 32, "schedule": "constant", "learning_rate": 0.1, "epochs": 4, "weight_decay": 0.001})"));
  TrainingBatches batches(*network.surface.surface, 32, network.recipe.seed);
  OptimisedPoints points(network.starts(1), false);
  Slopes slopes;
  for (std::int64_t u = 0; u < 4 * batches.per_epoch(); ++u) {
    network.surface.surface->slopes(points.points(), nullptr, batches.at(u), slopes);
    points.update(network.surface.surface->parts(),
                  update_rule(network.recipe.training, u, batches.per_epoch()), slopes.gradients);
  }
  const auto trained = train(network.recipe, network.train, {.threads = 1});
  EXPECT_LT((points.points().col(0) - network.surface.weights_of(*trained)).norm(), 1e-4);
}

/// A network with attractors. Its rate is large enough for eigenvalues that are put back below their bound.
class BoundedRun : public testing::Test {
 protected:
  Network network_{
      R"({"dynamics": "sa-node", "inputs": 49, "classes": 5, "well": 0.5, "stiffness": 0.4, "eigenvalue_deviation": 5,
      "eigenvalue_rate": 10, "stiffness_rate": 10, "duration": 1, "step": 0.1, "input_scale": -0.00392156862745098,
      "input_offset": 0.5, "data": {"set": "letters", "train_samples": 60, "test_samples": 20, "pixel_noise": 0},
      "training": {"momentum": 0.5, "batch": 20, "schedule": "constant", "learning_rate": 0.03, "epochs": 4}})"};
  LossSurface& surface_ = *network_.surface.surface;

  /// How many weights of a point are out of bounds.
  Index outside(const VectorXd& point) {
    MatrixXd moved = point;
    surface_.move_within_bounds(moved);
    return (moved.col(0).array() != point.array()).count();
  }
};

TEST_F(BoundedRun, IsTheTrainingOfTheHouse) {
  TrainingBatches batches(surface_, 20, network_.recipe.seed);
  OptimisedPoints points(network_.starts(1), false);
  Slopes slopes;
  Index moved = 0;
  for (std::int64_t u = 0; u < 4 * batches.per_epoch(); ++u) {
    surface_.slopes(points.points(), nullptr, batches.at(u), slopes);
    OptimisedPoints unbounded = points;
    const auto rule = update_rule(network_.recipe.training, u, batches.per_epoch());
    unbounded.update(surface_.parts(), rule, slopes.gradients);
    moved += outside(unbounded.points());
    points.advance(surface_, rule, slopes.gradients);
  }
  EXPECT_GT(moved, 0) << "else this shows nothing";
  EXPECT_EQ(outside(points.points()), 0);
  const auto trained = train(network_.recipe, network_.train, {.threads = 1});
  const auto expected = network_.surface.weights_of(*trained);
  EXPECT_LT((points.points().col(0) - expected).norm(), 1e-4 * expected.norm());
}

TEST_F(BoundedRun, TangentsAndCopiesAgree) {
  expect_tangents_like_copies(network_, {.training = network_.recipe.training, .epochs = 4}, 1, INFINITY);
}

TEST(TrainingRun, OfAStartDoesNotDependOnThoseBesideIt) {
  Network network(blobs(R"({"momentum": 0, "batch": 1000})"));
  TrainingTask task{.training = network.recipe.training, .epochs = 12, .cap = 40, .copies = 2, .target = 0.5};
  task.training.learning_rate = 1;
  const auto all = follow_trainings(*network.surface.surface, network.starts(3), task, network.team);
  task.first_start = 2;
  const auto one =
      follow_trainings(*network.surface.surface, network.starts(3).rightCols(1), task, network.team);
  EXPECT_EQ(one.starts[0].arrival, all.starts[2].arrival);
  ASSERT_EQ(one.starts[0].distance.size(), 12u);
  for (std::size_t i = 0; i < 12; ++i)
    EXPECT_NEAR(one.starts[0].distance[i], all.starts[2].distance[i], 1e-3 * all.starts[2].distance[i]);
  // 16 weights W_1 and 24 of W_2 are disturbed, the biases not, by ε/2 each in the mean; four deviations of it.
  EXPECT_NEAR(all.starts[0].distance[0], 40 * 0.5e-8, 4 * 1e-8 * std::sqrt(40 / 12.0 / 2));
}

TEST(TrainingRun, ThatDivergesIsAResult) {
  Network network(blobs(R"({"momentum": 0.9, "batch": 10, "weight_decay": 5})"));
  TrainingTask task{.training = network.recipe.training, .epochs = 60, .cap = 100, .copies = 1};
  task.training.learning_rate = 100;
  const auto traces = follow_trainings(*network.surface.surface, network.starts(2), task, network.team);
  EXPECT_TRUE(traces.starts[0].diverged);
  EXPECT_FALSE(traces.starts[0].arrival);
  TrainingAnalysis analysis{
      .subject = "blobs", .rates = {100}, .points = {{{0, 100.0}, traces_json(traces, 0)}}};
  const auto rates = rate_summaries(analysis);
  EXPECT_EQ(rates[0].at("diverged"), 2);
  EXPECT_FALSE(training_report(analysis, rates).figures.empty());
}

TEST(TrainingReport, HoldsTheTangentAgainstTheFirstCopyWhereThatIsSmall) {
  // The first copy stops where it is small, the second goes on growing, slowly.
  const auto agreement = [](double tangent_slope) {
    TrainingTrace trace;
    trace.copies.resize(2);
    for (int t = 0; t < 400; ++t) {
      const double small = std::exp(0.1 * t - 12);
      trace.copies[0].push_back(std::min(small, 0.03));
      trace.copies[1].push_back(std::min({small, 0.03 * std::exp(0.02 * (t - 85)), 1.0}));
      trace.distance.push_back((trace.copies[0].back() + trace.copies[1].back()) / 2);
      trace.tangent.push_back(tangent_slope * t - 12);
    }
    const auto json = traces_json({.starts = {trace}}, 0);
    const auto rates = rate_summaries({.subject = "made up", .rates = {1}, .points = {{{0, 1.0}, json}}});
    EXPECT_EQ(rates[0].at("rho"), 1);
    return rates[0].at("tangent_agrees").get<double>();
  };
  EXPECT_EQ(agreement(0.1), 1);
  EXPECT_EQ(agreement(0.11), 0);
}

TEST(TrainingReport, GoesIntoAFolderWhereAWritingWasKilled) {
  const TemporaryFolder folder;
  write_bytes(folder / points_file, R"({"analysis": "training"})");
  write_bytes(folder / part_file_name("exponents.svg"), "half a");
  EXPECT_NO_THROW(require_analysis_folder(folder.path(), "training"));
  write_bytes(folder / "mine.txt", "not to be lost");
  EXPECT_THROW(require_analysis_folder(folder.path(), "training"), Error);
}

TEST(DivergenceFit, FindsTheSlopeUpToATenthOfThePlateau) {
  std::vector<double> grows, flat;
  for (int t = 0; t < 200; ++t) {
    grows.push_back(std::min(1e-8 * std::exp(0.7 * t), 3.0));
    flat.push_back(1e-8 * (1 + 0.01 * std::sin(t)));
  }
  const auto end = divergence_window(grows);
  EXPECT_EQ(end, static_cast<std::int64_t>(std::ceil(std::log(0.3e8) / 0.7)));
  const auto fit = fit_divergence(grows, end);
  EXPECT_NEAR(fit.exponent, 0.7, 1e-12);
  EXPECT_NEAR(fit.ends, 0.7, 1e-12);
  EXPECT_TRUE(fit.valid());
  EXPECT_EQ(divergence_window(flat), 199) << "nothing saturates";
  EXPECT_FALSE(fit_divergence(flat, 199).valid());
  EXPECT_EQ(divergence_window(std::vector<double>{1}), 0);
  EXPECT_EQ(fit_divergence(std::vector<double>{1, NAN, 2}, 2).end, 0);
}

}  // namespace training_run_test
}  // namespace stoic
