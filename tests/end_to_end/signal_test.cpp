#include <gmock/gmock.h>

#include <algorithm>
#include <csignal>

#include "process.hpp"
#include "stoic/host/learning/checkpoint.hpp"
#include "stoic/sim/io/file.hpp"
#include "temporary_folder.hpp"

namespace stoic {
namespace signal_test {

using testing::HasSubstr;

std::vector<std::string> long_training(const std::string& output) {
  return {
      "train", "letters-ffesn",         "-o", output, "--epochs", "1000000", "--set", "data.test_samples=10",
      "--set", "data.train_samples=500"};
}

/// Minutes of work in which nothing is asked between its steps.
std::vector<std::string> long_scaling(const std::string& output) {
  return {"train", "letters-ffesn", "-o", output, "--set", "neurons=4096", "--set", "data.test_samples=10"};
}

/// Whoever runs the tests may ignore hang-ups, and what they start would inherit it.
class Signals : public testing::Test {
 protected:
  void SetUp() override { std::signal(SIGHUP, SIG_DFL); }
};

TEST_F(Signals, EndAnyWorkWithOneLineAndNoFile) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGXCPU}) {
    SCOPED_TRACE(signal);
    const TemporaryFolder folder;
    const auto ended = run_stoic_and_signal(long_scaling((folder / "m.npz").string()),
                                            std::chrono::milliseconds(500), signal);
    EXPECT_EQ(ended.exit_code, 130);
    EXPECT_EQ(std::count(ended.err.begin(), ended.err.end(), '\n'), 1) << ended.err;
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  }
}

TEST_F(Signals, SaveWhatATrainingHasDone) {
  for (const int signal : {SIGHUP, SIGTERM}) {
    SCOPED_TRACE(signal);
    const TemporaryFolder folder;
    const auto output = (folder / "m.npz").string();
    const auto ended = run_stoic_and_signal_once(long_training(output), output + ".history.csv", signal);
    ASSERT_EQ(ended.exit_code, 130) << ended.err;
    const auto batch = read_checkpoint(output + ".checkpoint").batch;
    EXPECT_GT(batch, 0);
    EXPECT_THAT(ended.out, HasSubstr("stopped after batch " + std::to_string(batch) + ";"));
  }
}

TEST_F(Signals, AHangUpThatNohupIgnoresIsIgnored) {
  const TemporaryFolder folder;
  const auto before = std::signal(SIGHUP, SIG_IGN);
  const auto output = (folder / "m.npz").string();
  auto arguments = long_training(output);
  arguments[5] = "20";
  const auto ended = run_stoic_and_signal_once(arguments, output + ".history.csv", SIGHUP);
  std::signal(SIGHUP, before);
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
}

TEST(TrainCommand, SparesTheCheckpointOfAnInterruptedTraining) {
  const TemporaryFolder folder;
  const auto output = (folder / "m.npz").string();
  ASSERT_EQ(run_stoic_and_signal_once(long_training(output), output + ".history.csv", SIGTERM).exit_code,
            130);
  const auto saved = read_file(output + ".checkpoint");
  auto arguments = long_training(output);
  arguments[5] = "1";
  const auto refused = run_stoic(arguments);
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_THAT(refused.err, testing::AllOf(HasSubstr("m.npz.checkpoint: holds a training after "),
                                          HasSubstr("--resume"), HasSubstr("--restart")));
  EXPECT_EQ(read_file(output + ".checkpoint"), saved);
  arguments.push_back("--restart");
  EXPECT_EQ(run_stoic(arguments).exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists(output + ".checkpoint"));
}

TEST(TrainCommand, SaysBeforeTheTrainingThatAnOutputCannotBeWritten) {
  const TemporaryFolder folder;
  const auto checkpoint = (folder / "c").string(), output = (folder / "m.npz").string();
  for (const auto& extra :
       std::vector<std::vector<std::string>>{{"-o", "/proc/m.npz"},
                                             {"-o", output, "--history", "/proc/h.csv"},
                                             {"-o", output, "--snapshots", "/proc/snapshots"},
                                             {"-o", (folder / std::string(245, 'm')).string()}}) {
    auto arguments = long_training("");
    arguments.erase(arguments.begin() + 2, arguments.begin() + 4);
    arguments.insert(arguments.end(), {"--checkpoint", checkpoint});
    arguments.insert(arguments.end(), extra.begin(), extra.end());
    const auto refused = run_stoic(arguments);
    EXPECT_EQ(refused.exit_code, 3) << refused.err;
    EXPECT_FALSE(std::filesystem::exists(checkpoint)) << "it was noticed after the training had begun";
  }
}

TEST(TrainCommand, WritesHistoryAndSnapshotsAndTakesAModelToStartFrom) {
  const TemporaryFolder folder;
  const auto path = [&](const char* name) { return (folder / name).string(); };
  const auto train = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments{"train", "letters-ffesn",          "--set", "data.test_samples=10",
                                       "--set", "data.train_samples=200", "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_stoic(arguments);
  };
  const auto first =
      train({"-o", path("a.npz"), "--epochs", "4", "--holdout", "50", "--snapshot-every", "2"});
  ASSERT_EQ(first.exit_code, 0) << first.err;
  EXPECT_THAT(first.out, testing::AllOf(HasSubstr("\"history\""), HasSubstr("\"holdout_accuracy\""),
                                        HasSubstr("\"train_accuracy\""), HasSubstr("\"loss\"")));
  const auto history = read_file(path("a.npz.history.csv"));
  EXPECT_EQ(std::count(history.begin(), history.end(), '\n'), 5) << history;
  const std::filesystem::path snapshots = path("a.npz.snapshots");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(snapshots), {}), 2);
  EXPECT_EQ(read_file(snapshots / "epoch-0004.npz"), read_file(path("a.npz")));
  const auto again = train(
      {"-o", path("b.npz"), "--epochs", "1", "--set", "training.learning_rate=0", "--init", path("a.npz")});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  const auto refused = train({"-o", path("c.npz"), "--set", "neurons=61", "--init", path("a.npz")});
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_THAT(refused.err, HasSubstr("a.npz: W_in is [60 x 49]"));
}

}  // namespace signal_test
}  // namespace stoic
