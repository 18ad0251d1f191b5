// A step of training through convolutions.
#include <gtest/gtest.h>

#include <string>

#include "stoic/host/dynamics/systems.hpp"
#include "stoic/host/learning/learner.hpp"

namespace stoic {
namespace convolutions_training_test {

Dataset small_data() { return make_letters(1, Split::train, 110, 0.1); }

/// Through oscillators, W_in, dropout and the rectifiers.
TEST(Learner, TheStepOfAConvolutionIsTheGradient) {
  Team team(2);
  const Dataset data = small_data();
  const std::vector<std::uint32_t> samples = {3, 9, 27, 81, 5, 6, 7};
  const auto recipe = parse_recipe(
      R"({"inputs": 49, "classes": 5, "seed": 4, "dynamics": "csto", "oscillators": 5, "duration_ps": 40,
          "convolution": {"filters": 3, "kernel": 3, "stride": 2}, "training": {"dropout": 0.2}})",
      "test");
  const auto make = [&] {
    return Learner<double>(recipe, make_system<double>(recipe.system, recipe.draw_matrices()), team);
  };
  UpdateRule take_gradient, stand_still;
  take_gradient.rate = 1;
  auto learner = make();
  const Eigen::MatrixXd filters = learner.convolutions[0].weights.dense(),
                        in = learner.read_in.weights.dense();
  learner.step(data, samples, 0, take_gradient);
  const Eigen::MatrixXd filters_gradient = filters - learner.convolutions[0].weights.dense(),
                        in_gradient = in - learner.read_in.weights.dense();
  ASSERT_EQ(in.cols(), 27);
  const auto loss = [&](bool convolution, Eigen::Index row, Eigen::Index column, double h) {
    auto moved = make();
    (convolution ? moved.convolutions[0] : moved.read_in).weights(row, column) += h;
    return moved.step(data, samples, 0, stand_still);
  };
  const double h = 1e-5;
  for (Eigen::Index k = 0; k < 10; ++k)  // the last is the bias
    EXPECT_NEAR((loss(true, k % 3, k, h) - loss(true, k % 3, k, -h)) / (2 * h), filters_gradient(k % 3, k),
                1e-7);
  for (Eigen::Index k = 0; k < 10; ++k)
    EXPECT_NEAR((loss(false, k, 2 * k, h) - loss(false, k, 2 * k, -h)) / (2 * h), in_gradient(k, 2 * k),
                1e-7);
}

/// Through two of them, padding and pooling, with a W_in behind and without.
TEST(Learner, TheStepOfConvolutionsOneBehindTheOtherIsTheGradient) {
  Team team(2);
  const Dataset data = small_data();
  const std::vector<std::uint32_t> samples = {3, 9, 27, 81, 5, 6, 7};
  for (const char* system :
       {R"("dynamics": "linear")", R"("dynamics": "mlp", "layers": [6], "activation": "tanh")"}) {
    SCOPED_TRACE(system);
    const auto recipe = parse_recipe(std::string(R"({"inputs": 49, "classes": 5, "seed": 4, "convolution": [
          {"filters": 3, "kernel": 3, "padding": 1, "pool": 2}, {"filters": 4, "kernel": 3, "padding": 2, "stride": 2}], )") +
                                         system + "}",
                                     "test");
    const auto make = [&] {
      return Learner<double>(recipe, make_system<double>(recipe.system, recipe.draw_matrices()), team);
    };
    UpdateRule take_gradient, stand_still;
    take_gradient.rate = 1;
    auto learner = make();
    const auto before = learner.convolutions;
    learner.step(data, samples, 0, take_gradient);
    const double h = 1e-5;
    for (std::size_t layer = 0; layer < 2; ++layer) {
      const Eigen::MatrixXd gradient =
          before[layer].weights.dense() - learner.convolutions[layer].weights.dense();
      EXPECT_GT(gradient.norm(), 1e-3);
      const auto loss = [&](Eigen::Index row, Eigen::Index column, double by) {
        auto moved = make();
        moved.convolutions[layer].weights(row, column) += by;
        return moved.step(data, samples, 0, stand_still);
      };
      for (Eigen::Index k = 0; k < gradient.cols(); ++k)  // the last is the bias
        EXPECT_NEAR((loss(k % 3, k, h) - loss(k % 3, k, -h)) / (2 * h), gradient(k % 3, k), 1e-7)
            << "layer " << layer << ", weight " << k;
    }
  }
}

}  // namespace convolutions_training_test
}  // namespace stoic
