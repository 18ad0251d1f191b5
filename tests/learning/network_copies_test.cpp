#include "stoic/host/learning/network_copies.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "stoic/host/learning/learner_surface.hpp"
#include "stoic/host/learning/trainer.hpp"
#include "stoic/host/learning/weights.hpp"
#include "stoic/host/random/random.hpp"

namespace stoic {
namespace network_copies_test {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

MatrixXd draws(Index rows, Index columns, std::uint64_t seed, double size = 1) {
  return MatrixXd::NullaryExpr(rows, columns, [&](Index r, Index c) {
    return size *
           random_normal({seed, Purpose::test, static_cast<std::uint64_t>(c)}, static_cast<std::uint64_t>(r));
  });
}

Dataset real_data(Index samples, Index inputs, Index classes, std::uint64_t seed) {
  Dataset data{.inputs = inputs, .classes = classes};
  const MatrixXd values = draws(inputs, samples, seed);
  data.samples = Samples(std::vector<double>(values.data(), values.data() + values.size()), inputs);
  for (Index s = 0; s < samples; ++s) data.labels.push_back(static_cast<std::uint8_t>(s % classes));
  return data;
}

std::vector<std::uint32_t> all_of(const Dataset& data) {
  std::vector<std::uint32_t> all(static_cast<std::size_t>(data.size()));
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint32_t>(i);
  return all;
}

NetworkLayer dense(Index inputs, Index rows, std::optional<Activation> f) {
  return {.inputs = inputs, .rows = rows, .activation = f};
}

std::vector<NetworkLayer> deep(Activation f) { return {dense(5, 7, f), dense(7, 4, f), dense(4, 3, {})}; }

/// Two convolutions with padding and pooling, on images of 7 x 6 pixels with two channels.
std::vector<NetworkLayer> convolutional() {
  return {convolution_layer(
              {.height = 7, .width = 6, .channels = 2, .filters = 3, .kernel = 3, .padding = 1, .pool = 2}),
          convolution_layer(
              {.height = 3, .width = 3, .channels = 3, .filters = 4, .kernel = 2, .padding = 1, .pool = 2},
              Activation::tanh),
          dense(16, 3, {})};
}

class Derivatives : public testing::TestWithParam<std::vector<NetworkLayer>> {};

TEST_P(Derivatives, AreThoseOfDifferencesOfTheLossAndOfTheGradient) {
  const auto layers = GetParam();
  const auto data = real_data(40, layers[0].inputs, 3, 2);
  Team team(1);
  NetworkCopies surface(
      layers, {.train = data, .test = data, .scale = 0.7, .offset = 0.1, .class_weights = {1, 2, 0.5}}, team);
  const auto samples = all_of(data);
  const Index size = surface.size();
  const VectorXd point = draws(size, 1, 3, 0.6), v = draws(size, 1, 4);
  const MatrixXd tangent = v;
  Slopes at, ahead, behind;
  surface.slopes(point, &tangent, {.samples = samples}, at);
  const double h = 1e-5;
  surface.slopes(point + h * v, nullptr, {.samples = samples}, ahead);
  surface.slopes(point - h * v, nullptr, {.samples = samples}, behind);
  const double slope = at.gradients.col(0).dot(v);
  EXPECT_NEAR((ahead.losses(0) - behind.losses(0)) / (2 * h), slope, 1e-7 * (1 + std::abs(slope)));
  // Of every component, by itself; the step is small enough for rectifiers and pools to stay as they are.
  const VectorXd product = (ahead.gradients - behind.gradients).col(0) / (2 * h);
  EXPECT_LT((product - at.products.col(0)).norm(), 1e-6 * (1 + product.norm()));
  for (Index i = 0; i < size; i += 1 + size / 40) {
    VectorXd moved = point;
    moved(i) += h;
    surface.slopes(moved, nullptr, {.samples = samples}, ahead);
    moved(i) -= 2 * h;
    surface.slopes(moved, nullptr, {.samples = samples}, behind);
    EXPECT_NEAR((ahead.losses(0) - behind.losses(0)) / (2 * h), at.gradients(i, 0), 1e-8) << i;
  }
  const MatrixXd u = draws(size, 1, 5);
  Slopes other;
  surface.slopes(point, &u, {.samples = samples}, other);
  EXPECT_NEAR(u.col(0).dot(at.products.col(0)), v.dot(other.products.col(0)),
              1e-12 * (1 + product.norm() * u.norm()))
      << "a Hessian is symmetric";
}

INSTANTIATE_TEST_SUITE_P(Networks, Derivatives,
                         testing::Values(deep(Activation::tanh), deep(Activation::sigmoid),
                                         deep(Activation::relu), convolutional(),
                                         std::vector{dense(5, 3, {})}));

TEST(NetworkCopies, SideBySideAreWhatEachIsAlone) {
  const auto layers = convolutional();
  const auto data = real_data(300, layers[0].inputs, 3, 7);
  const auto samples = all_of(data);
  Team one(1), two(2);
  NetworkCopies surface(layers, {.train = data, .test = data}, one),
      shared(layers, {.train = data, .test = data}, two);
  const MatrixXd points = draws(surface.size(), 11, 8, 0.5), tangents = draws(surface.size(), 11, 9);
  Slopes all, same, alone;
  surface.slopes(points, &tangents, {.samples = samples}, all);
  shared.slopes(points, &tangents, {.samples = samples}, same);
  EXPECT_EQ(all.gradients, same.gradients) << "threads change no bit";
  EXPECT_EQ(all.products, same.products);
  EXPECT_EQ(all.losses, same.losses);
  const auto judged = surface.judge(points);
  for (Index c = 0; c < 11; c += 5) {
    const MatrixXd tangent = tangents.col(c);
    surface.slopes(points.col(c), &tangent, {.samples = samples}, alone);
    EXPECT_LT((alone.gradients - all.gradients.col(c)).norm(), 1e-13);
    EXPECT_LT((alone.products - all.products.col(c)).norm(), 1e-12);
    EXPECT_EQ(surface.judge(points.col(c)).accuracies(0), judged.accuracies(c));
    EXPECT_EQ(surface.judge(points.col(c)).cross_entropies(0), judged.cross_entropies(c));
    EXPECT_NEAR(judged.cross_entropies(c), all.losses(c), 1e-12)
        << "the test samples are those of the training";
  }
}

TEST(NetworkCopies, SkipInputsThatAreZeroAndGiveTheSame) {
  const Index inputs = 30, samples = 100;
  Dataset data = real_data(samples, inputs, 3, 1);
  std::vector<std::uint8_t> bytes;
  std::vector<double> shifted;
  for (Index i = 0; i < inputs * samples; ++i) {
    const bool some = random_uniform({4, Purpose::test}, static_cast<std::uint64_t>(i)) < 0.2;
    bytes.push_back(some ? static_cast<std::uint8_t>(1 + i % 255) : 0);
    shifted.push_back(bytes.back() + 1.0);  // none is 0; the offset takes it away again
  }
  Dataset same = data;
  data.samples = Samples(bytes, inputs);
  same.samples = Samples(shifted, inputs);
  const std::vector layers{dense(inputs, 20, Activation::tanh), dense(20, 3, {})};
  Team team(1);
  NetworkCopies sparse(layers, {.train = data, .test = data, .scale = 0.01}, team),
      full(layers, {.train = same, .test = same, .scale = 0.01, .offset = -0.01 + 1e-18}, team);
  const MatrixXd points = draws(sparse.size(), 5, 2, 0.3);
  Slopes a, b;
  sparse.slopes(points, &points, {.samples = all_of(data)}, a);
  full.slopes(points, &points, {.samples = all_of(data)}, b);
  EXPECT_LT((a.gradients - b.gradients).norm(), 1e-12);
  EXPECT_LT((a.products - b.products).norm(), 1e-12);
  EXPECT_NEAR(a.losses.sum(), b.losses.sum(), 1e-12);
}

Recipe recipe_of(const std::string& more,
                 const std::string& dynamics = R"("dynamics": "mlp", "layers": [9, 6])") {
  return parse_recipe(
      "{" + dynamics + R"(, "inputs": 49, "classes": 5, "data": {"train_samples": 200, "test_samples": 50})" +
          more + "}",
      "test");
}

TEST(RecipeSurface, OfANetworkIsThatOfTheLearner) {
  for (const char* more :
       {R"(, "activation": "tanh")",
        R"(, "activation": "sigmoid", "convolution": {"filters": 3, "kernel": 3, "stride": 2})",
        R"(, "activation": "tanh", "convolution": [{"filters": 3, "kernel": 3, "padding": 1, "pool": 2},
             {"filters": 4, "kernel": 2, "padding": 1}])"}) {
    const auto model = untrained_model(recipe_of(more));
    const auto train = load_data(model.recipe, Split::train), test = load_data(model.recipe, Split::test);
    Team team(1);
    const auto fast = recipe_surface(model, train, test, team);
    ASSERT_TRUE(fast.layered);
    LearnerSurface learner(model, {.train = train, .test = test}, team);
    const auto samples = all_of(train);
    const VectorXd v = draws(fast.surface->size(), 1, 3, 0.1);
    Model along = model;
    set_layer_weights(v, along);
    const MatrixXd direction = v, same_direction = learner.weights(along);
    Slopes a, b;
    fast.surface->slopes(fast.weights_of(model), &direction, {.samples = samples}, a);
    learner.slopes(learner.weights(model), &same_direction, {.samples = samples}, b);
    EXPECT_NEAR(a.losses(0), b.losses(0), 1e-12);
    const auto as_learner = [&](const VectorXd& weights) {
      Model moved = model;
      set_layer_weights(weights, moved);
      return learner.weights(moved);
    };
    EXPECT_LT((as_learner(a.gradients.col(0)) - b.gradients.col(0)).norm(), 1e-12);
    EXPECT_LT((as_learner(a.products.col(0)) - b.products.col(0)).norm(), 1e-7);
    const auto judged = fast.surface->judge(fast.weights_of(model)),
               by_learner = learner.judge(learner.weights(model));
    EXPECT_EQ(judged.accuracies(0), by_learner.accuracies(0));
    EXPECT_NEAR(judged.cross_entropies(0), by_learner.cross_entropies(0), 1e-12);
  }
}

TEST(RecipeSurface, StepsAsTheTrainerOfTheHouseDoes) {
  const auto recipe = recipe_of(
      R"(, "activation": "tanh", "training": {"momentum": 0, "schedule": "constant", "learning_rate": 0.5, "batch": 1000, "epochs": 3})");
  const auto train = load_data(recipe, Split::train);
  const auto trained = stoic::train(recipe, train, {.threads = 1});
  Model model = untrained_model(recipe);
  Team team(1);
  const auto own = recipe_surface(model, train, train, team);
  VectorXd weights = own.weights_of(model);
  Slopes at;
  for (int epoch = 0; epoch < 3; ++epoch) {
    own.surface->slopes(weights, nullptr, {.samples = all_of(train)}, at);
    weights -= 0.5 * at.gradients.col(0);
  }
  // The trainer works in single precision.
  EXPECT_LT((weights - own.weights_of(*trained)).norm(), 1e-5 * weights.norm());
}

TEST(RecipeSurface, OfOtherSystemsIsThatOfTheirLearner) {
  const auto recipe = recipe_of("", R"("dynamics": "ffesn", "neurons": 20, "steps": 2)");
  const auto model = untrained_model(recipe);
  const auto train = load_data(recipe, Split::train);
  Team team(1);
  const auto own = recipe_surface(model, train, train, team);
  ASSERT_FALSE(own.layered);
  const VectorXd point = own.weights_of(model), v = draws(own.surface->size(), 1, 3);
  Slopes at, ahead, behind;
  const MatrixXd tangent = v;
  own.surface->slopes(point, &tangent, {.samples = all_of(train)}, at);
  const double h = 1e-5;
  own.surface->slopes(point + h * v, nullptr, {.samples = all_of(train)}, ahead);
  own.surface->slopes(point - h * v, nullptr, {.samples = all_of(train)}, behind);
  EXPECT_NEAR((ahead.losses(0) - behind.losses(0)) / (2 * h), at.gradients.col(0).dot(v), 1e-7);
  EXPECT_LT(((ahead.gradients - behind.gradients) / (2 * h) - at.products).norm(), 1e-5);
  Model back = model;
  own.set_weights(point, back);
  EXPECT_EQ(own.weights_of(back), point);
}

/// What is left of a training that diverged must not be in the next one.
TEST(RecipeSurface, OfAnySystemForgetsAPointThatIsNotFinite) {
  for (const char* system :
       {R"("dynamics": "ffesn", "neurons": 20, "steps": 2)",
        R"("dynamics": "lorenz96", "neurons": 20, "duration": 0.2, "step": 0.05)",
        R"("dynamics": "csto", "oscillators": 20, "duration_ps": 100, "step_ps": 50)",
        R"("dynamics": "sa-node", "duration": 0.5, "step": 0.25)", R"("dynamics": "linear")"}) {
    const auto recipe = recipe_of("", system);
    const auto model = untrained_model(recipe);
    const auto train = load_data(recipe, Split::train);
    Team team(1);
    const auto fresh = recipe_surface(model, train, train, team),
               used = recipe_surface(model, train, train, team);
    const VectorXd point = fresh.weights_of(model);
    Slopes expected, slopes;
    fresh.surface->slopes(point, nullptr, {.samples = all_of(train)}, expected);
    for (const double size : {1e8, 1e200, std::nan("")}) {
      used.surface->slopes(size * VectorXd::Ones(point.size()), nullptr, {.samples = all_of(train)}, slopes);
      used.surface->judge(size * VectorXd::Ones(point.size()));
    }
    used.surface->slopes(point, nullptr, {.samples = all_of(train)}, slopes);
    EXPECT_EQ(slopes.losses(0), expected.losses(0)) << system;
    EXPECT_TRUE(slopes.gradients == expected.gradients) << system;
    EXPECT_EQ(used.surface->judge(point).accuracies(0), fresh.surface->judge(point).accuracies(0)) << system;
  }
}

TEST(RecipeSurface, JudgesASystemWithinItsBoundsAsItIsTrained) {
  const auto recipe = recipe_of("", R"("dynamics": "sa-node", "duration": 0.5, "step": 0.25)");
  const Model model = untrained_model(recipe);
  const auto train = load_data(recipe, Split::train);
  Team team(1);
  const auto own = recipe_surface(model, train, train, team);
  VectorXd point = own.weights_of(model);
  for (const auto& part : own.surface->parts())
    if (part.name == "stiffness") point(part.first) = -3;  // where a step can lead, and wells end
  ASSERT_NE(point, own.weights_of(model));
  EXPECT_TRUE(std::isfinite(own.surface->judge(point).cross_entropies(0)));
}

}  // namespace network_copies_test
}  // namespace stoic
