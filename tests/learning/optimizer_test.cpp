#include "stoic/host/learning/optimizer.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "stoic/host/learning/loss.hpp"

namespace stoic {
namespace optimizer_test {

TrainingRecipe recipe(const std::string& schedule) {
  TrainingRecipe training{};
  training.optimizer = "sgd";
  training.learning_rate = 0.02;
  training.schedule = schedule;
  training.step_epochs = 2;
  training.step_factor = 0.5;
  training.epochs = 10;
  return training;
}

TEST(Schedule, CosineStartsAtTheRateIsHalfInTheMiddleAndEndsAtZero) {
  const TrainingRecipe training = recipe("cosine");
  EXPECT_DOUBLE_EQ(learning_rate(training, 0, 101), 0.02);
  EXPECT_NEAR(learning_rate(training, 1009, 202), 0.01, 2e-5);  // 2020 batches: the middle is 1009.5
  EXPECT_NEAR(learning_rate(training, 1009, 101), 0.0, 1e-18);
  EXPECT_GT(learning_rate(training, 1008, 101), 0.0);
}

TEST(Schedule, StepDecaysAtItsEpochs) {
  const TrainingRecipe training = recipe("step");
  EXPECT_DOUBLE_EQ(learning_rate(training, 2 * 7 - 1, 7), 0.02);
  EXPECT_DOUBLE_EQ(learning_rate(training, 2 * 7, 7), 0.01);
  EXPECT_DOUBLE_EQ(learning_rate(training, 9 * 7, 7), 0.02 / 16);
}

TEST(Schedule, WarmUpRisesLinearlyToTheSchedule) {
  TrainingRecipe training = recipe("constant");
  training.warmup_batches = 4;
  EXPECT_DOUBLE_EQ(learning_rate(training, 0, 7), 0.005);
  EXPECT_DOUBLE_EQ(learning_rate(training, 2, 7), 0.015);
  EXPECT_DOUBLE_EQ(learning_rate(training, 3, 7), 0.02);
  EXPECT_DOUBLE_EQ(learning_rate(training, 50, 7), 0.02);
}

TEST(Sgd, OnAParabolaFollowsTheTwoTermRecurrence) {
  // Gradient and decay of (a/2) w² + (d/2) w²: w(t+1) = (1 + μ - r(a+d)) w(t) - μ w(t-1), from w(-1) = w(0).
  const double a = 0.7, d = 0.1, rate = 0.3, momentum = 0.9;
  UpdateRule rule;
  rule.rate = rate;
  rule.momentum = momentum;
  rule.weight_decay = d;
  double weight = 1, moment = 0, before = 1, expected = 1;
  for (int t = 0; t < 50; ++t) {
    const double gradient = a * weight;
    update_weights<double>(rule, &gradient, &weight, &moment, nullptr, 1);
    const double next = (1 + momentum - rate * (a + d)) * expected - momentum * before;
    before = expected;
    expected = next;
    ASSERT_NEAR(weight, expected, 1e-12);
  }
}

TEST(Adam, MovesByTheRateWhateverTheConstantGradientAndDecaysApartFromIt) {
  // With a constant gradient m̂ = g and v̂ = g² at every t: w(t+1) = w(t) (1 - rate decay) - rate sign(g).
  TrainingRecipe training = recipe("constant");
  training.optimizer = "adam";
  training.weight_decay = 0.5;
  const std::array<double, 2> gradient = {1e-3, -40.0};
  std::array<double, 2> weights = {1, 1}, first = {}, second = {}, expected = {1, 1};
  for (std::int64_t t = 0; t < 30; ++t) {
    update_weights<double>(update_rule(training, t, 7), gradient.data(), weights.data(), first.data(),
                           second.data(), 2);
    expected[0] = expected[0] * (1 - 0.02 * 0.5) - 0.02;
    expected[1] = expected[1] * (1 - 0.02 * 0.5) + 0.02;
    ASSERT_NEAR(weights[0], expected[0], 1e-5);  // ε = 1e-8 beside 1e-3
    ASSERT_NEAR(weights[1], expected[1], 1e-9);
  }
}

TEST(Optimizers, LeaveNoDenormalMomentsBehind) {
  for (const bool adam : {false, true}) {
    UpdateRule rule;
    rule.adam = adam;
    rule.momentum = 0.9;
    std::array<float, 1> weight = {1}, first = {1}, second = {1};
    const std::array<float, 1> gradient = {0};
    for (int t = 0; t < 5000; ++t) {
      update_weights<float>(rule, gradient.data(), weight.data(), first.data(), second.data(), 1);
      ASSERT_TRUE(first[0] == 0 || first[0] > std::numeric_limits<float>::min()) << "after " << t;
    }
    EXPECT_EQ(first[0], 0);
  }
}

TEST(SoftmaxCrossEntropy, IsTheNegativeLogarithmOfTheLabelsShare) {
  std::vector<double> logits = {1, 2, 3};
  const double total = std::exp(1) + std::exp(2) + std::exp(3);
  EXPECT_NEAR(softmax_cross_entropy<double>(logits, 1), -std::log(std::exp(2) / total), 1e-14);
  EXPECT_NEAR(logits[0], std::exp(1) / total, 1e-14);
  EXPECT_NEAR(logits[1], std::exp(2) / total - 1, 1e-14);
  EXPECT_NEAR(logits[2], std::exp(3) / total, 1e-14);
}

TEST(SoftmaxCrossEntropy, StaysFiniteForHugeLogitsAndReportsInfiniteOnes) {
  std::vector<float> huge = {1e30f, -1e30f};
  EXPECT_EQ(softmax_cross_entropy<float>(huge, 0), 0.0);
  std::vector<float> broken = {1, std::numeric_limits<float>::infinity()};
  EXPECT_FALSE(std::isfinite(softmax_cross_entropy<float>(broken, 0)));
  std::vector<float> undefined = {1, std::nanf("")};
  EXPECT_FALSE(std::isfinite(softmax_cross_entropy<float>(undefined, 0)));
}

}  // namespace optimizer_test
}  // namespace stoic
