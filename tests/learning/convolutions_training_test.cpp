// A step of training through convolutions.
#include <gtest/gtest.h>

#include <string>

#include "stoic/host/dynamics/systems.hpp"
#include "stoic/host/learning/learner.hpp"

namespace stoic {
namespace convolutions_training_test {

/// Of the filters of every convolution, and of W_in where there is one.
void expect_the_step_to_be_the_gradient(const std::string& keys) {
  SCOPED_TRACE(keys);
  Team team(2);
  const Dataset data = make_letters(1, Split::train, 110, 0.1);
  const std::vector<std::uint32_t> samples = {3, 9, 27, 81, 5, 6, 7};
  const auto recipe = parse_recipe(R"({"inputs": 49, "classes": 5, "seed": 4, )" + keys + "}", "test");
  const auto make = [&] {
    return Learner<double>(recipe, make_system<double>(recipe.system, recipe.draw_matrices()), team);
  };
  const auto weights_of = [](Learner<double>& learner) {
    std::vector<Panels<double>*> all;
    for (auto& layer : learner.convolutions) all.push_back(&layer.weights);
    if (learner.read_in.weights.rows() > 0) all.push_back(&learner.read_in.weights);
    return all;
  };
  UpdateRule take_gradient, stand_still;
  take_gradient.rate = 1;
  auto before = make(), learner = make();
  learner.step(data, samples, 0, take_gradient);
  for (std::size_t matrix = 0; matrix < weights_of(learner).size(); ++matrix) {
    const Eigen::MatrixXd gradient =
        weights_of(before)[matrix]->dense() - weights_of(learner)[matrix]->dense();
    EXPECT_GT(gradient.norm(), 1e-3);
    const auto loss = [&](Eigen::Index row, Eigen::Index column, double by) {
      auto moved = make();
      (*weights_of(moved)[matrix])(row, column) += by;
      return moved.step(data, samples, 0, stand_still);
    };
    const double h = 1e-5;
    for (Eigen::Index k = 0; k < gradient.cols(); ++k) {  // the last of a filter is the bias
      const Eigen::Index row = k % gradient.rows();
      EXPECT_NEAR((loss(row, k, h) - loss(row, k, -h)) / (2 * h), gradient(row, k), 1e-7)
          << "matrix " << matrix << ", column " << k;
    }
  }
}

/// Through oscillators, W_in, dropout and the rectifiers.
TEST(Learner, TheStepOfAConvolutionIsTheGradient) {
  expect_the_step_to_be_the_gradient(
      R"("dynamics": "csto", "oscillators": 5, "duration_ps": 40,
         "convolution": {"filters": 3, "kernel": 3, "stride": 2}, "training": {"dropout": 0.2})");
}

/// Through two of them, padding and pooling, with a W_in behind and without.
TEST(Learner, TheStepOfConvolutionsOneBehindTheOtherIsTheGradient) {
  for (const char* system :
       {R"("dynamics": "linear")", R"("dynamics": "mlp", "layers": [6], "activation": "tanh")"})
    expect_the_step_to_be_the_gradient(
        std::string(system) +
        R"(, "convolution": [{"filters": 3, "kernel": 3, "padding": 1, "pool": 2},
                             {"filters": 4, "kernel": 3, "padding": 2, "stride": 2}])");
}

}  // namespace convolutions_training_test
}  // namespace stoic
