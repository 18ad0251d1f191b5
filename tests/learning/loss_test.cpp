// What training minimises, and where on the way it is taken.
#include "stoic/host/learning/loss.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "stoic/host/data/dataset.hpp"
#include "stoic/host/learning/trainer.hpp"

namespace stoic {
namespace loss_test {

TEST(Loss, IsThePowerOfTheDistanceFarFromAnAttractorAndItsSquareNearby) {
  const double size = 49 * 0.25;
  for (const double power : {0.5, 1.0, 1.5, 2.0}) {
    SCOPED_TRACE(power);
    const auto at = [&](double squared) { return distance_loss(squared, size, power).value; };
    EXPECT_EQ(at(0), 0);
    EXPECT_NEAR(at(1e-6 * size) / (1e-6 * size), power / 2, 1e-4);
    const double constant = power < 2 ? size / 100 : 0;
    EXPECT_NEAR((at(4e12 * size) + constant) / (at(1e12 * size) + constant), std::pow(2, power), 1e-9);
    const double h = 1e-6, d = 0.3;
    EXPECT_NEAR((at(d + h) - at(d - h)) / (2 * h), distance_loss(d, size, power).slope, 1e-8);
  }
  EXPECT_EQ(distance_loss(0.3, size, 2).value, 0.3);
  EXPECT_EQ(distance_loss(0.3, size, 2).slope, 1);
}

TEST(Training, ASystemThatIsFollowedForLongerIsTrainedForItsTrainingDuration) {
  const auto trained = [](const std::string& times) {
    return train(parse_recipe(R"({"inputs": 49, "classes": 5, "seed": 4, "dynamics": "sa-node",
                                  "training": {"epochs": 2}, )" +
                                  times + "}",
                              "test"),
                 make_letters(1, Split::train, 110, 0.1), {.threads = 1})
        .value();
  };
  const Model half = trained(R"("duration": 1, "training_duration": 0.5)");
  EXPECT_EQ(half.matrices, trained(R"("duration": 0.5)").matrices);
  EXPECT_NE(half.matrices, trained(R"("duration": 1)").matrices);
  EXPECT_EQ(half.recipe.step_count(), 10);
}

}  // namespace loss_test
}  // namespace stoic
