#include "stoic/host/learning/history.hpp"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <cmath>
#include <csignal>
#include <sstream>

#include "../temporary_folder.hpp"
#include "stoic/host/data/holdout.hpp"
#include "stoic/host/learning/checkpoint.hpp"
#include "stoic/host/learning/inference.hpp"
#include "stoic/host/learning/trainer.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"

namespace stoic {
namespace history_test {

using testing::HasSubstr;

Recipe recipe_of(const std::string& system, const std::string& training = R"("epochs": 4, "batch": 24)") {
  return parse_recipe(R"({"inputs": 49, "classes": 5, "seed": 4, "dynamics": )" + system +
                          R"(, "training": {)" + training + "}}",
                      "test");
}

const std::string constants = R"(, "spectral_radius": 1, "density": 0.5, "steps": 2)";
const std::string small_ffesn = R"("ffesn", "neurons": 30)" + constants;

double accuracy(const Model& model, const Dataset& data) {
  const auto decided = decisions(logits(model, data.samples));
  double right = 0;
  for (std::size_t i = 0; i < decided.size(); ++i) right += decided[i] == data.labels[i];
  return right / static_cast<double>(data.size());
}

/// All but the last column of each line, which holds seconds.
std::string without_seconds(const std::string& csv) {
  std::istringstream lines(csv);
  std::string result;
  for (std::string line; std::getline(lines, line);) result += line.substr(0, line.rfind(',')) + "\n";
  return result;
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

TEST(History, IsTheSameWhereverTheTrainingWasStoppedAndResumed) {
  const TemporaryFolder folder;
  const auto recipe = recipe_of(small_ffesn);
  Dataset data = make_letters(1, Split::train, 110, 0.1);
  const Dataset held = hold_out(data, 20, "--holdout");
  TrainingOptions options{.threads = 1, .holdout = &held, .history = folder / "whole.csv"};
  ASSERT_TRUE(train(recipe, data, options));
  const auto whole = without_seconds(read_file(folder / "whole.csv"));
  EXPECT_EQ(std::count(whole.begin(), whole.end(), '\n'), 5) << whole;
  EXPECT_THAT(whole, testing::StartsWith("epoch,loss,train_accuracy,holdout_accuracy,learning_rate\n1,"));
  for (const std::int64_t stop_at : {1, 3, 4, 5, 15}) {
    SCOPED_TRACE(stop_at);
    std::atomic<bool> stop = false;
    options.history = folder / "broken.csv";
    options.checkpoint = folder / "broken.checkpoint";
    options.resume = true;
    options.stop = &stop;
    options.progress = [&](const TrainingProgress& p) { stop = p.batch == stop_at; };
    ASSERT_FALSE(train(recipe, data, options));
    stop = false;
    ASSERT_TRUE(train(recipe, data, options));
    EXPECT_EQ(without_seconds(read_file(options.history)), whole);
    std::filesystem::remove(options.checkpoint);
  }
}

TEST(History, HoldsTheAccuraciesOfTheNetwork) {
  for (const std::string& system : {small_ffesn, std::string(R"("sa-node", "duration": 1)"),
                                    std::string(R"("csto", "oscillators": 5, "duration_ps": 40)")}) {
    SCOPED_TRACE(system);
    Dataset data = make_letters(1, Split::train, 110, 0.1);
    const Dataset held = hold_out(data, 30, "--holdout");
    EpochRecord last;
    TrainingOptions options{.threads = 2, .holdout = &held};
    options.record = [&](const EpochRecord& row) { last = row; };
    // With a rate of 0 the network of every batch is that of the end.
    const auto still = train(recipe_of(system, R"("epochs": 2, "learning_rate": 0)"), data, options).value();
    EXPECT_DOUBLE_EQ(last.train_accuracy, accuracy(still, data));
    EXPECT_DOUBLE_EQ(last.holdout_accuracy, accuracy(still, held));
    const auto trained = train(recipe_of(system), data, options).value();
    EXPECT_DOUBLE_EQ(last.holdout_accuracy, accuracy(trained, held));
    EXPECT_EQ(last.epoch, 4);
  }
}

TEST(History, OfATrainingThatChangesNothingElseLeavesTheWeights) {
  const TemporaryFolder folder;
  const Dataset data = make_letters(1, Split::train, 110, 0.1), test = make_letters(1, Split::test, 50, 0.1);
  const auto recipe = recipe_of(small_ffesn);
  const auto plain = train(recipe, data, {.threads = 1}).value();
  const auto watched =
      train(recipe, data, {.threads = 1, .holdout = &test, .history = folder / "h.csv"}).value();
  EXPECT_EQ(plain.W_in, watched.W_in);
  EXPECT_EQ(plain.W_out, watched.W_out);
}

TEST(HoldOut, TakesTheLastSamplesAndLeavesOne) {
  const Dataset all = make_letters(1, Split::train, 10, 0.1);
  Dataset data = all;
  const Dataset held = hold_out(data, 4, "--holdout");
  EXPECT_EQ(data.size(), 6);
  EXPECT_EQ(held.size(), 4);
  EXPECT_EQ(data.samples, all.samples.part(0, data.size()));
  EXPECT_EQ(held.samples, all.samples.part(data.size(), held.size()));
  EXPECT_THAT(error_of([&] { hold_out(data, 6, "--holdout"); }), HasSubstr("--holdout is 6"));
}

TEST(Start, IsAModelsWeightsAroundItsFixedMatrices) {
  const Dataset data = make_letters(1, Split::train, 110, 0.1);
  for (const std::string& system :
       {small_ffesn, std::string(R"("sa-node", "duration": 1)"),
        R"("ffesn", "neurons": 20, "convolution": {"filters": 3, "kernel": 3})" + constants,
        std::string(R"("linear", "convolution": [{"filters": 3, "kernel": 3, "padding": 1, "pool": 2},)"
                    R"({"filters": 4, "kernel": 2, "padding": 1}])")}) {
    SCOPED_TRACE(system);
    const auto first = train(recipe_of(system), data, {.threads = 1}).value();
    auto still = recipe_of(system, R"("epochs": 1, "learning_rate": 0)");
    still.seed = 9;
    const auto again = train(still, data, {.threads = 1, .start = &first}).value();
    EXPECT_EQ(again.W_in, first.W_in);
    EXPECT_EQ(again.W_out, first.W_out);
    EXPECT_EQ(again.convolutions, first.convolutions);
    EXPECT_EQ(again.matrices, first.matrices);
  }
}

TEST(Start, OfOtherShapesIsRefusedWithFileAndArray) {
  const Dataset data = make_letters(1, Split::train, 110, 0.1);
  const auto first = train(recipe_of(small_ffesn), data, {.threads = 1}).value();
  const auto refusal = [&](const std::string& system) {
    return error_of(
        [&] { train(recipe_of(system), data, {.threads = 1, .start = &first, .start_name = "old.npz"}); });
  };
  EXPECT_THAT(refusal(R"("ffesn", "neurons": 31)" + constants),
              testing::AllOf(HasSubstr("old.npz: W_in is [30 x 49]"), HasSubstr("[31 x 49]")));
  EXPECT_THAT(refusal(R"("mlp", "neurons": 30)"), HasSubstr("old.npz: its dynamics are ffesn"));
}

TEST(Start, OfAResumedTrainingIsTheSame) {
  const TemporaryFolder folder;
  const Dataset data = make_letters(1, Split::train, 110, 0.1);
  const auto recipe = recipe_of(small_ffesn);
  const auto first = train(recipe, data, {.threads = 1}).value();
  TrainingOptions options{.threads = 1, .checkpoint = folder / "c", .start = &first};
  const auto whole = train(recipe, data, options).value();
  std::atomic<bool> stop = false;
  options.stop = &stop;
  options.progress = [&](const TrainingProgress& p) { stop = p.batch == 7; };
  ASSERT_FALSE(train(recipe, data, options));
  stop = false;
  options.resume = true;
  options.start = nullptr;
  EXPECT_THAT(error_of([&] { train(recipe, data, options); }), HasSubstr("other weights"));
  options.start = &first;
  const auto resumed = train(recipe, data, options).value();
  EXPECT_EQ(resumed.W_in, whole.W_in);
  EXPECT_EQ(resumed.W_out, whole.W_out);
}

TEST(Training, ThatDivergesWithFiniteNumbersIsNamedOnce) {
  const Dataset data = make_letters(1, Split::train, 200, 0.1);
  const auto warnings = [&](const std::string& training) {
    std::vector<std::string> lines;
    TrainingOptions options{.threads = 1};
    options.warn = [&](const std::string& line) { lines.push_back(line); };
    train(recipe_of(small_ffesn, training), data, options);
    return lines;
  };
  EXPECT_THAT(warnings(R"("epochs": 6)"), testing::IsEmpty());
  EXPECT_THAT(warnings(R"("epochs": 1)"), testing::IsEmpty());
  EXPECT_THAT(
      warnings(R"("epochs": 6, "learning_rate": 90)"),
      testing::ElementsAre(testing::AllOf(HasSubstr("diverged"), HasSubstr("learning_rate (now 90)"))));
}

TEST(Training, IsJudgedByItsLastEpoch) {
  const auto recipe = recipe_of(small_ffesn, R"("epochs": 6)");
  const EpochRecord bad{.epoch = 2, .loss = 100}, good{.epoch = 6, .loss = 0.1}, lost{.epoch = 6, .loss = 2};
  EXPECT_THAT(divergence_notice(recipe, bad, 5, 1),
              testing::AllOf(HasSubstr("epoch 2"), HasSubstr("if that stays so")));
  EXPECT_EQ(divergence_warning(recipe, good, 5, 1), "");
  EXPECT_EQ(divergence_warning(recipe, good, 1000, 1), "") << "a network that learned may well have grown";
  EXPECT_THAT(divergence_warning(recipe, lost, 1000, 1),
              HasSubstr("the training diverged: after epoch 6 the weights"));
}

TEST(Training, ThatRecoversIsNotSaidToHaveDiverged) {
  // The cosine schedule lowers a rate that is too high at first.
  const Dataset data = make_letters(1, Split::train, 200, 0.1);
  std::vector<std::string> notices, warnings;
  TrainingOptions options{.threads = 1};
  options.notice = [&](const std::string& line) { notices.push_back(line); };
  options.warn = [&](const std::string& line) { warnings.push_back(line); };
  std::vector<double> loss;
  options.record = [&](const EpochRecord& row) { loss.push_back(row.loss); };
  train(recipe_of(small_ffesn, R"("epochs": 12, "optimizer": "adam", "learning_rate": 1)"), data, options);
  EXPECT_GT(*std::max_element(loss.begin(), loss.end()), 1.5 * std::log(5.0));
  EXPECT_LT(loss.back(), 1.5 * std::log(5.0));
  EXPECT_THAT(notices, testing::Contains(HasSubstr("if that stays so")));
  EXPECT_THAT(warnings, testing::IsEmpty());
}

TEST(Training, OfTwoAttractorsOnRandomPixelsHasNotDiverged) {
  const auto recipe = parse_recipe(R"({"dynamics": "sa-node", "well": 0.5, "stiffness": 0.4,
    "eigenvalue_deviation": 5, "duration": 3, "inputs": 16, "classes": 2, "seed": 1,
    "input_scale": -0.00392156862745098, "input_offset": 0.5, "data": {"set": "random", "train_samples": 400},
    "training": {"epochs": 4, "optimizer": "adam", "learning_rate": 0.003, "batch": 100, "pixel_noise": 0.3}})",
                                   "recipe");
  std::vector<std::string> lines;
  TrainingOptions options{.threads = 1};
  options.notice = options.warn = [&](const std::string& line) { lines.push_back(line); };
  train(recipe, load_data(recipe, Split::train), options);
  EXPECT_THAT(lines, testing::IsEmpty()) << "the loss falls from where it began";
}

TEST(Checkpoint, ThatCannotBeWrittenLeavesTheOneBefore) {
  const TemporaryFolder folder;
  const auto path = folder / "c";
  Checkpoint checkpoint{.recipe = "recipe", .batch = 7, .matrices = {Eigen::MatrixXf::Ones(3, 2)}};
  write_checkpoint(path, checkpoint);
  checkpoint.batch = 8;
  checkpoint.matrices = {Eigen::MatrixXf::Ones(300, 200)};
  // A file-size limit stands for a full disk.
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{4096, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto message = error_of([&] { write_checkpoint(path, checkpoint); });
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(message, HasSubstr("cannot be written"));
  EXPECT_EQ(read_checkpoint(path).batch, 7);
}

}  // namespace history_test
}  // namespace stoic
