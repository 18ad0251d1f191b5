#include <gmock/gmock.h>

#include <csignal>

#include "process.hpp"
#include "stoic/sim/io/file.hpp"
#include "temporary_folder.hpp"

namespace stoic {
namespace interruption_test {

std::vector<std::string> training(const std::string& output, bool resume) {
  std::vector<std::string> arguments{
      "train", "letters-ffesn", "-o",          output,  "--epochs",
      "12",    "--set",         "neurons=100", "--set", "data.test_samples=10"};
  if (resume) arguments.push_back("--resume");
  return arguments;
}

/// Interrupts a training again and again, later each time, until it ends by itself.
void expect_same_weights_despite(int signal) {
  const TemporaryFolder folder;
  const auto whole = (folder.path() / "whole.npz").string();
  const auto broken = (folder.path() / "broken.npz").string();
  ASSERT_EQ(run_stoic(training(whole, false)).exit_code, 0);
  int interruptions = 0;
  for (int delay = 60;; delay += delay / 2) {
    const auto finished =
        run_stoic_and_signal(training(broken, interruptions > 0), std::chrono::milliseconds(delay), signal);
    if (finished.exit_code == 0) break;
    ASSERT_THAT(finished.exit_code, testing::AnyOf(130, 128 + signal)) << finished.err;
    ++interruptions;
    // A signal may come as late as after the last write; then the file is whole.
    if (std::filesystem::exists(broken)) break;
    ASSERT_LT(delay, 100000);
  }
  EXPECT_GT(interruptions, 0);
  EXPECT_EQ(read_file(broken), read_file(whole)) << "after " << interruptions << " interruptions";
}

TEST(Interruption, ByTheUserLeavesACheckpointThatEndsAtTheSameWeights) {
  expect_same_weights_despite(SIGINT);
}

TEST(Interruption, ByKillingLeavesACheckpointThatEndsAtTheSameWeights) {
  expect_same_weights_despite(SIGKILL);
}

TEST(Interruption, ResumingWithAnotherRecipeIsRefused) {
  const TemporaryFolder folder;
  const auto output = (folder.path() / "m.npz").string();
  const auto stopped = run_stoic_and_signal(training(output, false), std::chrono::milliseconds(300), SIGKILL);
  if (stopped.exit_code == 0) return;  // a machine so fast that nothing was interrupted
  auto arguments = training(output, true);
  arguments.insert(arguments.end(), {"--set", "training.learning_rate=0.5"});
  if (!std::filesystem::exists(output + ".checkpoint")) return;  // killed before the first checkpoint
  const auto refused = run_stoic(arguments);
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_THAT(refused.err, testing::HasSubstr("checkpoint"));
}

}  // namespace interruption_test
}  // namespace stoic
