#include "stoic/host/learning/trainer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "stoic/host/dynamics/systems.hpp"
#include "stoic/host/learning/checkpoint.hpp"
#include "stoic/host/learning/inference.hpp"
#include "stoic/host/learning/learner.hpp"
#include "stoic/host/random/random.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"

namespace stoic {
namespace trainer_test {

using testing::HasSubstr;

/// Letters on 40 neurons: 25 batches in all, the last of each epoch a short one.
Recipe small_recipe() {
  Recipe recipe{};
  recipe.system = FfesnParameters{.neurons = 40, .spectral_radius = 1.5, .density = 0.5, .steps = 2};
  recipe.inputs = 49;
  recipe.classes = 5;
  recipe.input_scale = 1.0 / 255;
  recipe.data.set = "letters";
  recipe.training.optimizer = "sgd";
  recipe.training.learning_rate = 0.05;
  recipe.training.momentum = 0.9;
  recipe.training.weight_decay = 1e-4;
  recipe.training.schedule = "cosine";
  recipe.training.step_epochs = 1;
  recipe.training.step_factor = 1;
  recipe.training.batch = 24;
  recipe.training.epochs = 5;
  recipe.training.input_noise = 0.1;
  recipe.seed = 4;
  return recipe;
}

/// One thread: such small steps are not worth sharing, and the tests share the machine.
TrainingOptions alone() {
  TrainingOptions options;
  options.threads = 1;
  return options;
}

Dataset small_data() { return make_letters(1, Split::train, 110, 0.1); }

std::filesystem::path temporary(const std::string& name) {
  return std::filesystem::path(testing::TempDir()) / (name + std::to_string(::getpid()));
}

/// W_in of the same read-out and input, one dL/dW entry at a time: with rate 1 and no momentum, the step is
/// the gradient.
TEST(Learner, TheStepIsTheGradientByCentralDifferences) {
  Team team(2);
  Recipe recipe = small_recipe();
  recipe.training.input_noise = 0;
  const Dataset data = small_data();
  const std::vector<std::uint32_t> samples = {3, 9, 27, 81, 5, 6, 7, 8, 10, 11, 12};
  const auto system = [&] { return make_system<double>(recipe.system, recipe.draw_matrices()); };
  UpdateRule take_gradient, stand_still;
  take_gradient.rate = 1;
  const auto loss_with = [&](bool in, Eigen::Index row, Eigen::Index column, double h) {
    Learner<double> learner(recipe, system(), team);
    (in ? learner.read_in : learner.read_out).weights(row, column) += h;
    learner.weights_changed();
    return learner.step(data, samples, 0, stand_still);
  };
  Learner<double> learner(recipe, system(), team);
  const Eigen::MatrixXd in = learner.read_in.weights.dense(), out = learner.read_out.weights.dense();
  learner.step(data, samples, 0, take_gradient);
  const Eigen::MatrixXd in_gradient = in - learner.read_in.weights.dense();
  const Eigen::MatrixXd out_gradient = out - learner.read_out.weights.dense();
  const double h = 1e-5;
  for (std::uint64_t i = 0; i < 20; ++i) {
    const auto pick = [&](Eigen::Index below, std::uint64_t at) {
      return static_cast<Eigen::Index>(
          random_below({1, Purpose::test}, 8 * i + at, static_cast<std::uint32_t>(below)));
    };
    const Eigen::Index row = pick(recipe.neurons(), 0), column = pick(recipe.inputs, 1);
    EXPECT_NEAR(in_gradient(row, column),
                (loss_with(true, row, column, h) - loss_with(true, row, column, -h)) / (2 * h), 1e-8);
    const Eigen::Index label = pick(recipe.classes, 2);
    const Eigen::Index neuron = i == 0 ? recipe.neurons() : pick(recipe.neurons(), 3);  // once the bias
    EXPECT_NEAR(out_gradient(label, neuron),
                (loss_with(false, label, neuron, h) - loss_with(false, label, neuron, -h)) / (2 * h), 1e-8);
  }
}

TEST(Learner, DropsTheShareOfFeaturesThatTheRecipeAsksForAnewInEveryEpoch) {
  Team team(1);
  const Dataset data = small_data();
  const std::vector<std::uint32_t> samples = {3, 9, 27, 81, 5, 6, 7, 8, 10, 11, 12, 13};
  auto recipe = small_recipe();
  recipe.training.input_noise = 0;
  recipe.training.dropout = 0.25;
  recipe.input_offset = 1;  // no pixel is 0 by itself
  UpdateRule take_gradient;
  take_gradient.rate = 1;
  const auto share_without_gradient = [&](std::uint64_t epoch, Eigen::MatrixXd& gradient) {
    Learner<double> learner(recipe, make_system<double>(recipe.system, recipe.draw_matrices()), team);
    const Eigen::MatrixXd before = learner.read_in.weights.dense();
    // One sample: its dropped pixels give their columns of W_in no gradient.
    learner.step(data, std::span(samples).first(1), epoch, take_gradient);
    gradient = before - learner.read_in.weights.dense();
    return static_cast<double>((gradient.colwise().norm().array() == 0).count()) /
           static_cast<double>(gradient.cols());
  };
  Eigen::MatrixXd first, again, next;
  double mean = 0;
  for (std::uint64_t epoch = 0; epoch < 40; ++epoch) mean += share_without_gradient(epoch, next) / 40;
  EXPECT_NEAR(mean, 0.25, 0.03);  // 1960 pixels: a standard deviation of 0.01
  share_without_gradient(0, first);
  share_without_gradient(0, again);
  share_without_gradient(1, next);
  EXPECT_EQ(first, again);
  EXPECT_NE((first.colwise().norm().array() == 0).eval().cast<int>().matrix(),
            (next.colwise().norm().array() == 0).eval().cast<int>().matrix());
}

/// Systems with trained matrices of their own, two with a distance to an attractor as their loss.
TEST(Learner, TheStepOfASystemsOwnMatricesIsTheGradient) {
  Team team(2);
  const Dataset data = small_data();
  const std::vector<std::uint32_t> samples = {3, 9, 27, 81, 5, 6, 7};
  UpdateRule take_gradient, stand_still;
  take_gradient.rate = 1e-3;  // so that no eigenvalue or stiffness meets its bound
  for (const char* system :
       {R"("mlp", "neurons": 20)", R"("mlp", "layers": [40, 3, 20], "activation": "tanh")",
        R"("mlp", "layers": [7, 40], "activation": "sigmoid", "initialisation": "normal")",
        R"("sa-node", "duration": 1)", R"("sa-node", "duration": 1, "training": {"distance_power": 1})",
        R"("deep-csto", "oscillators": 5, "couplings_Oe": [10, 20], "duration_ps": 40)"}) {
    SCOPED_TRACE(system);
    const auto recipe = parse_recipe(
        R"({"inputs": 49, "classes": 5, "seed": 4, "dynamics": )" + std::string(system) + "}", "test");
    const auto make = [&] {
      return Learner<double>(recipe, make_system<double>(recipe.system, recipe.draw_matrices()), team);
    };
    auto learner = make();
    ASSERT_FALSE(learner.own.empty());
    std::vector<Eigen::MatrixXd> gradients;
    for (const auto& own : learner.own) gradients.push_back(own.weights->dense());
    learner.step(data, samples, 0, take_gradient);
    for (std::size_t k = 0; k < gradients.size(); ++k)
      gradients[k] = (gradients[k] - learner.own[k].weights->dense()) / take_gradient.rate;
    for (std::size_t k = 0; k < gradients.size(); ++k)
      for (std::uint64_t i = 0; i < 4; ++i) {
        const auto row = static_cast<Eigen::Index>(
            random_below({1, Purpose::test}, 2 * i, static_cast<std::uint32_t>(gradients[k].rows())));
        const auto column = static_cast<Eigen::Index>(
            random_below({1, Purpose::test}, 2 * i + 1, static_cast<std::uint32_t>(gradients[k].cols())));
        const auto loss = [&](double h) {
          auto moved = make();
          (*moved.own[k].weights)(row, column) += h;
          moved.weights_changed();
          return moved.step(data, samples, 0, stand_still);
        };
        const double h = 1e-5;
        EXPECT_NEAR((loss(h) - loss(-h)) / (2 * h), gradients[k](row, column),
                    1e-6 * (1 + gradients[k].cwiseAbs().maxCoeff()))
            << "matrix " << k;
      }
  }
}

TEST(Learner, WeightDecaySparesTheBias) {
  Team team(2);
  for (const std::int64_t neurons : {40, 32}) {
    Recipe recipe = small_recipe();
    recipe.system = FfesnParameters{.neurons = neurons};
    const Dataset data = small_data();
    UpdateRule plain, decaying;
    plain.rate = decaying.rate = 0.1;
    decaying.weight_decay = 0.5;
    std::vector<Eigen::MatrixXd> results;
    for (const UpdateRule& rule : {plain, decaying}) {
      Learner<double> learner(recipe, make_system<double>(recipe.system, recipe.draw_matrices()), team);
      learner.step(data, std::vector<std::uint32_t>{1, 2, 3}, 0, rule);
      results.push_back(learner.read_out.weights.dense());
    }
    EXPECT_EQ(results[0].col(neurons), results[1].col(neurons));
    EXPECT_NE(results[0].col(neurons - 1), results[1].col(neurons - 1));
  }
}

TEST(Training, LearnsLettersThatItHasNotSeen) {
  Recipe recipe = small_recipe();
  recipe.training.epochs = 20;
  for (const std::string optimizer : {"sgd", "adam"}) {
    recipe.training.optimizer = optimizer;
    recipe.training.learning_rate = optimizer == "sgd" ? 0.05 : 0.005;
    const Model model = train(recipe, make_letters(1, Split::train, 600, 0.1), alone()).value();
    const Dataset test = make_letters(1, Split::test, 500, 0.1);
    const std::vector<std::uint8_t> decided = decisions(logits(model, test.samples));
    int hits = 0;
    for (std::size_t i = 0; i < decided.size(); ++i) hits += decided[i] == test.labels[i];
    EXPECT_GT(hits, 475) << optimizer;
  }
}

TEST(Training, PixelNoiseIsDrawnAnewInEveryEpoch) {
  // Two samples, a batch of both: without noise every epoch has the loss of the same two pictures.
  Recipe recipe = small_recipe();
  recipe.training.input_noise = 0;
  recipe.training.learning_rate = 0;
  recipe.training.epochs = 3;
  const Dataset data = make_letters(1, Split::train, 2, 0);
  const auto losses = [&](double noise) {
    recipe.training.pixel_noise = noise;
    std::vector<double> result;
    auto options = alone();
    options.after_epoch = [&](const Model&, double loss) { result.push_back(loss); };
    train(recipe, data, options).value();
    return result;
  };
  const auto clean = losses(0), noisy = losses(0.3);
  EXPECT_DOUBLE_EQ(clean[0], clean[1]);
  EXPECT_NE(noisy[0], clean[0]);
  EXPECT_GT(std::abs(noisy[0] - noisy[1]), 1e-6);
  EXPECT_GT(std::abs(noisy[1] - noisy[2]), 1e-6);
  EXPECT_EQ(noisy, losses(0.3));
}

void expect_same_bits(const Model& a, const Model& b) {
  EXPECT_EQ(a.W_in, b.W_in);
  EXPECT_EQ(a.matrices, b.matrices);
  EXPECT_EQ(a.W_out, b.W_out);
}

TEST(Training, TheNumberOfThreadsChangesNoBit) {
  TrainingOptions one, two;
  one.threads = 1;
  two.threads = 2;
  for (const std::string optimizer : {"sgd", "adam"}) {
    Recipe recipe = small_recipe();
    std::get<FfesnParameters>(recipe.system).neurons = 70;
    recipe.training.optimizer = optimizer;
    expect_same_bits(train(recipe, small_data(), one).value(), train(recipe, small_data(), two).value());
  }
}

TEST(Training, AnotherSeedGivesOtherWeights) {
  Recipe recipe = small_recipe();
  const Model first = train(recipe, small_data(), alone()).value();
  recipe.seed += 1;
  EXPECT_NE(first.W_in, train(recipe, small_data(), alone()).value().W_in);
}

TEST(Training, StoppedAtAnyBatchAndResumedItEndsAtTheSameBits) {
  for (const std::string optimizer : {"sgd", "adam"}) {
    Recipe recipe = small_recipe();
    recipe.training.optimizer = optimizer;
    const Model whole = train(recipe, small_data(), alone()).value();
    for (const std::int64_t stop_at : {1, 4, 5, 6, 13, 24}) {
      SCOPED_TRACE(testing::Message() << optimizer << " stopped after batch " << stop_at);
      std::atomic<bool> stop = false;
      double loss = 0;
      TrainingOptions options = alone();
      options.checkpoint = temporary("resume");
      options.stop = &stop;
      options.progress = [&](const TrainingProgress& progress) {
        stop = progress.batch == stop_at;
        loss = progress.epoch_loss;
      };
      ASSERT_FALSE(train(recipe, small_data(), options).has_value());
      options.resume = true;
      stop = false;
      expect_same_bits(train(recipe, small_data(), options).value(), whole);
      const double resumed_loss = loss;
      train(recipe, small_data(), {.threads = 1, .progress = options.progress});
      EXPECT_EQ(resumed_loss, loss) << "the reported loss of the last epoch differs";
      std::filesystem::remove(options.checkpoint);
    }
  }
}

TEST(Training, KilledBetweenCheckpointsItResumesFromTheLastOne) {
  // What a kill leaves is the file as it was at some earlier moment: here a copy taken in batch 7.
  const Recipe recipe = small_recipe();
  TrainingOptions options = alone();
  options.checkpoint = temporary("killed");
  options.checkpoint_seconds = 0;
  const std::filesystem::path copy = temporary("copy");
  options.progress = [&](const TrainingProgress& progress) {
    if (progress.batch == 7)
      std::filesystem::copy_file(options.checkpoint, copy, std::filesystem::copy_options::overwrite_existing);
  };
  const Model whole = train(recipe, small_data(), options).value();
  EXPECT_EQ(read_checkpoint(copy).batch, 6);
  expect_same_bits(train(recipe, small_data(), {.threads = 1, .checkpoint = copy, .resume = true}).value(),
                   whole);
  std::filesystem::remove(copy);
  std::filesystem::remove(options.checkpoint);
}

TEST(Training, ResumesAfreshAndSaysSoWhenThereIsNoCheckpoint) {
  std::string notice;
  TrainingOptions options = alone();
  options.checkpoint = temporary("absent");
  options.resume = true;
  options.notice = [&](const std::string& line) { notice = line; };
  expect_same_bits(train(small_recipe(), small_data(), options).value(),
                   train(small_recipe(), small_data(), alone()).value());
  EXPECT_THAT(notice, HasSubstr("from the beginning"));
  std::filesystem::remove(options.checkpoint);
}

template <class Function>
std::string error_of(Function function) {
  try {
    function();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Training, RefusesTheCheckpointOfAnotherRecipeOrOtherDataAndNamesIt) {
  const Recipe recipe = small_recipe();
  TrainingOptions options = alone();
  options.checkpoint = temporary("foreign");
  train(recipe, small_data(), options);
  options.resume = true;
  Recipe other = recipe;
  other.training.learning_rate *= 2;
  EXPECT_THAT(error_of([&] { train(other, small_data(), options); }), HasSubstr("another recipe"));
  Dataset data = small_data();
  std::vector<std::uint8_t> pixels(data.samples.bytes().begin(), data.samples.bytes().end());
  pixels[5] ^= 1;
  data.samples = {std::move(pixels), data.inputs};
  const std::string message = error_of([&] { train(recipe, data, options); });
  EXPECT_THAT(message, HasSubstr("other data"));
  EXPECT_THAT(message, HasSubstr(options.checkpoint.string()));
  std::filesystem::remove(options.checkpoint);
}

TEST(Training, StopsWithTheEpochAndARemedyWhenItDiverges) {
  Recipe recipe = small_recipe();
  recipe.training.learning_rate = 1e38;
  const std::string message = error_of([&] { train(recipe, small_data()); });
  EXPECT_THAT(message, HasSubstr("epoch 1"));
  EXPECT_THAT(message, HasSubstr("lower training.learning_rate"));
}

TEST(Training, RefusesDataThatDoesNotFitTheRecipe) {
  EXPECT_THAT(error_of([] { train(small_recipe(), make_random_pixels(1, Split::train, 10, 48, 5)); }),
              HasSubstr("48 inputs"));
  EXPECT_THAT(error_of([] {
                train(small_recipe(), Dataset{49, 5, {}, {}});
              }),
              HasSubstr("no training samples"));
}

}  // namespace trainer_test
}  // namespace stoic
