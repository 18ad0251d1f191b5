// b_in, the bias of the read-in: x(0) = W_in u + b_in.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "stoic/host/compare/evaluate.hpp"
#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/data/dataset.hpp"
#include "stoic/host/learning/learner.hpp"
#include "stoic/host/learning/read_in.hpp"
#include "stoic/host/learning/trainer.hpp"
#include "stoic/host/model/npz.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"

namespace stoic {
namespace read_in_bias_test {

using testing::HasSubstr;

Recipe recipe_of(const std::string& system, const std::string& more = R"("read_in_bias": true)") {
  return parse_recipe(R"({"inputs": 49, "classes": 5, "seed": 4, )" + system + ", " + more +
                          R"(, "training": {"epochs": 2, "batch": 24, "weight_decay": 0.01}})",
                      "test");
}

/// Every system that has a read-in; neurons that fill no whole number of panels.
const char* const systems[] = {
    R"("dynamics": "ffesn", "neurons": 40, "steps": 2)",
    R"("dynamics": "csto", "oscillators": 11, "duration_ps": 40)",
    R"("dynamics": "deep-csto", "oscillators": 5, "couplings_Oe": [10, 1], "duration_ps": 20)",
    R"("dynamics": "lorenz96", "neurons": 33, "forcing": 2, "duration": 0.2)",
    R"("dynamics": "mlp", "neurons": 33)",
    R"("dynamics": "ffesn", "neurons": 32, "steps": 1, "convolution": {"filters": 3, "kernel": 3, "stride": 2})"};

class ReadInBias : public testing::TestWithParam<const char*> {
 protected:
  Recipe recipe = recipe_of(GetParam());
  Dataset data = make_letters(1, Split::train, 110, 0.1);
  std::filesystem::path file =
      std::filesystem::path(testing::TempDir()) / fmt::format("read-in-bias-{}.npz", ::getpid());
};

TEST_P(ReadInBias, ItsStepIsTheGradientByCentralDifferencesWithoutDecay) {
  Team team(2);
  const std::vector<std::uint32_t> samples = {3, 9, 27, 81, 5, 6, 7, 8, 10, 11, 12};
  const auto make = [&] {
    return Learner<double>(recipe, make_system<double>(recipe.system, recipe.draw_matrices()), team);
  };
  UpdateRule take_gradient, stand_still;
  take_gradient.rate = 1;
  take_gradient.weight_decay = 0.5;
  auto learner = make();
  const Eigen::MatrixXd before = learner.read_in_bias.weights.dense();
  learner.step(data, samples, 0, take_gradient);
  const Eigen::MatrixXd gradient = before - learner.read_in_bias.weights.dense();
  ASSERT_EQ(gradient.rows(), recipe.neurons());
  EXPECT_GT(gradient.cwiseAbs().maxCoeff(), 1e-4);
  const auto loss = [&](Eigen::Index row, double h) {
    auto moved = make();
    moved.read_in_bias.weights(row, 0) += h;
    return moved.step(data, samples, 0, stand_still);
  };
  const double h = 1e-5;
  for (const Eigen::Index row : {Eigen::Index{0}, recipe.neurons() / 2, recipe.neurons() - 1})
    EXPECT_NEAR((loss(row, h) - loss(row, -h)) / (2 * h), gradient(row, 0), 1e-7) << row;
}

TEST_P(ReadInBias, TravelsWithTheModelAndMovesWhatTheNetworkStartsFrom) {
  const Model trained = *train(recipe, data, {.threads = 1});
  ASSERT_EQ(trained.b_in.size(), recipe.neurons());
  write_model(file, trained);
  Model read = read_model(file);
  EXPECT_EQ(read.b_in, trained.b_in);
  EXPECT_EQ(evaluate_float(read, data, {}).outputs, evaluate_float(trained, data, {}).outputs);
  const Eigen::MatrixXd inputs = network_inputs(recipe, data.samples.part(0, 3));
  const Eigen::MatrixXd start = read_in_state(read, inputs);
  EXPECT_TRUE(start.isApprox((read.W_in * read_in_source(read, inputs)).colwise() + read.b_in));
  read.b_in.setZero();
  EXPECT_NE(evaluate_float(read, data, {}).outputs, evaluate_float(trained, data, {}).outputs);
  std::filesystem::remove(file);
}

TEST_P(ReadInBias, CostsNoCycleInFixedPoint) {
  Model model = *train(recipe, data, {.threads = 1});
  const auto hw = load_hardware_config("default");
  const auto cycles = [&] { return evaluate_golden(compile(model, data, hw).image, data).counters.cycles; };
  const auto with = cycles();
  model.recipe.read_in_bias = false;
  model.b_in.resize(0);
  EXPECT_EQ(with, cycles());
}

INSTANTIATE_TEST_SUITE_P(Systems, ReadInBias, testing::ValuesIn(systems));

TEST(ReadInBiasOfATraining, IsResumedToTheSameBytes) {
  const auto recipe = recipe_of(systems[0]);
  const auto data = make_letters(1, Split::train, 110, 0.1);
  const auto checkpoint =
      std::filesystem::path(testing::TempDir()) / fmt::format("read-in-bias-{}.checkpoint", ::getpid());
  std::atomic<bool> stop = false;
  TrainingOptions options{.threads = 1, .checkpoint = checkpoint, .stop = &stop};
  options.progress = [&](const TrainingProgress& progress) { stop = progress.batch >= 3; };
  ASSERT_FALSE(train(recipe, data, options));
  const auto resumed = train(recipe, data, {.threads = 1, .checkpoint = checkpoint, .resume = true});
  const auto whole = train(recipe, data, {.threads = 1});
  EXPECT_EQ(resumed->b_in, whole->b_in);
  EXPECT_EQ(resumed->W_in, whole->W_in);
  std::filesystem::remove(checkpoint);
}

TEST(ReadInBiasOfARecipe, IsRefusedWithoutAReadInAndLeavesTheTextOfOthersAsItWas) {
  EXPECT_THAT([] { recipe_of(R"("dynamics": "sa-node", "duration": 1)"); },
              testing::ThrowsMessage<Error>(HasSubstr("read_in_bias")));
  const auto without = recipe_of(systems[0], R"("input_offset": 0)");
  EXPECT_EQ(recipe_text(without).find("read_in_bias"), std::string::npos);
  const auto with = recipe_of(systems[0]);
  EXPECT_TRUE(parse_recipe(recipe_text(with), "again").read_in_bias);
}

TEST(ReadInBiasOfAFile, WithoutItsKeyIsRefusedWithTheKey) {
  auto recipe = recipe_of(systems[0]);
  const auto data = make_letters(1, Split::train, 110, 0.1);
  auto model = *train(recipe, data, {.threads = 1});
  const auto file =
      std::filesystem::path(testing::TempDir()) / fmt::format("read-in-bias-key-{}.npz", ::getpid());
  write_npz(file, [&] {
    std::vector<NpzArray> arrays;
    write_model(file, model);
    const NpzReader reader(file);
    for (const auto& name : reader.names())
      if (name != "recipe") arrays.push_back(reader.read(name));
    model.recipe.read_in_bias = false;
    arrays.push_back(npz_text("recipe", recipe_text(model.recipe)));
    return arrays;
  }());
  EXPECT_THAT([&] { read_model(file); }, testing::ThrowsMessage<Error>(HasSubstr("\"read_in_bias\": true")));
  std::filesystem::remove(file);
}

}  // namespace read_in_bias_test
}  // namespace stoic
