// From a recipe to a comparison in one process, as a program outside the repository does it.
#include <gmock/gmock.h>

#include <atomic>
#include <fstream>
#include <map>

#include "stoic/host/library/builtin.hpp"
#include "stoic/host/library/compare.hpp"
#include "stoic/host/library/compile.hpp"
#include "stoic/host/library/cosim.hpp"
#include "stoic/host/library/evaluate.hpp"
#include "stoic/host/library/reproduce.hpp"
#include "stoic/host/library/sweep.hpp"
#include "stoic/host/library/train.hpp"
#include "stoic/sim/io/error.hpp"
#include "temporary_folder.hpp"
#ifdef STOIC_HAS_SYSTEMC
#include "stoic/sim/systemc/systemc_device.hpp"
#endif

namespace stoic {
namespace workflow_test {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::ThrowsMessage;

std::string small_recipe(const std::string& more = "data.test_samples=40") {
  return read_recipe("letters-ffesn", {"neurons=12", "training.epochs=2", "data.train_samples=120", more});
}

/// Trained once for all cases.
const Network& trained_network() {
  static const auto result = train(small_recipe());
  return result.network.value();
}

TEST(Workflow, ResultsSayTheSameAsStructAsTextAndAsJson) {
  const auto training = train(small_recipe(), {.name = "mine"});
  EXPECT_EQ(training.json().at("test_accuracy"), training.test_accuracy);
  EXPECT_THAT(training.print(), HasSubstr("mine: 2 epochs"));
  EXPECT_THAT(training.history, SizeIs(2));

  const auto compiled = compile(trained_network());
  EXPECT_EQ(compiled.json().at("cycles"), compiled.cycles);
  EXPECT_THAT(compiled.print(), HasSubstr("cycles an inference"));

  const auto judged = evaluate(compiled.image, {.backend = "golden"});
  EXPECT_EQ(judged.cycles, compiled.cycles);
  EXPECT_EQ(judged.json().at("accuracy"), judged.accuracy);
  EXPECT_EQ(judged.json().at("confusion"), nlohmann::json(judged.confusion));
  EXPECT_THAT(judged.print(), HasSubstr("golden: accuracy "));

  const auto comparison = compare(trained_network());
  EXPECT_EQ(comparison.json().at("accuracy_golden"), comparison.golden.accuracy);
  EXPECT_EQ(comparison.golden.outputs, judged.outputs);
  EXPECT_EQ(comparison.reference.accuracy, training.test_accuracy);
  EXPECT_TRUE(comparison.within_bounds);
  EXPECT_THAT(comparison.print(), HasSubstr("the network on default: 40 test samples"));
}

TEST(Workflow, ABackendThatNobodyPassedInIsRefusedByName) {
  EXPECT_THAT([] { evaluate(trained_network(), {.backend = "systemc"}); },
              ThrowsMessage<Error>(AllOf(HasSubstr("\"systemc\""), HasSubstr("there are float, golden"))));
  const Devices bench(
      {{.name = "bench",
        .obstacle = [](const HardwareConfig& hw) { return "has no " + hw.name + "; plug one in"; },
        .make = {}}});
  EXPECT_THAT([&] { compare(trained_network(), {.backends = {"bench"}, .name = "n"}, bench); },
              ThrowsMessage<Error>("n: has no default; plug one in"));
  EXPECT_THAT([&] { cosim(compile(trained_network()).image, {.backend = "rtl"}, bench); },
              ThrowsMessage<Error>(HasSubstr("there are float, golden, bench")));
}

#ifdef STOIC_HAS_SYSTEMC
TEST(Workflow, ABodyUnderANameOfOnesOwnAgreesWithGolden) {
  int made = 0;
  Devices devices;
  devices.add({.name = "mine", .make = [&](const HardwareConfig& hw, const TraceOptions& trace) {
                 ++made;
                 return make_systemc_device(hw, trace);
               }});
  const auto image = compile(trained_network()).image;
  const auto run = cosim(image, {.backend = "mine", .limit = 3}, devices);
  EXPECT_TRUE(run.equal()) << run.print();
  EXPECT_EQ(run.json().at("backend"), "mine");
  EXPECT_EQ(run.cycles_per_inference, run.predicted_cycles_of_one);
  const auto judged = evaluate(image, {.backend = "mine", .limit = 3}, devices);
  EXPECT_EQ(judged.cycles, run.cycles_per_inference);
  const auto comparison = compare(trained_network(), {.backends = {"mine"}, .device_samples = 2}, devices);
  EXPECT_TRUE(comparison.devices_agree);
  EXPECT_THAT(comparison.devices, SizeIs(1));
  EXPECT_EQ(made, 3);
}
#endif

TEST(Workflow, OtherDataIsWarnedOfOnceAndTheWarningKept) {
  std::vector<std::string> told;
  auto other = network_data(small_recipe("seed=7"), Split::test);
  const auto judged = evaluate(
      trained_network(), {.data = {.test = other},
                          .name = "mine",
                          .listener = {.warn = [&](const std::string& text) { told.push_back(text); }}});
  EXPECT_EQ(judged.data_matches, false);
  EXPECT_THAT(told, ElementsAre(HasSubstr("mine: the test data here")));
  EXPECT_EQ(judged.warnings, told);
  EXPECT_EQ(judged.json().at("warnings"), nlohmann::json(told));
}

/// Letters without a pixel replaced are five pictures.
TEST(Workflow, SamplesThatRepeatAreWarnedOf) {
  const auto same = train(small_recipe("data.pixel_noise=0")).network.value();
  const auto warnings = compare(same, {.limit = 10, .name = "mine"}).warnings;
  EXPECT_THAT(warnings,
              testing::Contains(AllOf(HasSubstr("mine: of the "), HasSubstr(" test samples only 5 differ"))));
  EXPECT_THAT(compare(trained_network(), {.limit = 10}).warnings, testing::IsEmpty());
}

TEST(Workflow, EveryPieceOfWorkThatBeginsEnds) {
  std::map<std::string, int> open;
  compare(trained_network(),
          {.noise_trials = 1, .noise_samples = 5, .listener = {.progress = [&](const WorkProgress& work) {
                                                    EXPECT_GT(work.all, 0) << work.name;
                                                    open[work.name] = work.over ? 0 : 1;
                                                  }}});
  EXPECT_THAT(open, ElementsAre(testing::Pair("comparing", 0), testing::Pair("noise", 0)));
}

TEST(Workflow, AStoppedTrainingGoesOnToTheSameNetwork) {
  const TemporaryFolder folder;
  std::atomic<bool> stop = false;
  const auto stopped = train(
      small_recipe(),
      {.checkpoint = folder / "half", .stop = &stop, .epoch = [&](const EpochRecord&) { stop = true; }});
  EXPECT_FALSE(stopped.network);
  EXPECT_THAT(stopped.history, SizeIs(1));
  const auto resumed =
      train(small_recipe(), {.output = folder / "whole.npz", .checkpoint = folder / "half", .resume = true});
  EXPECT_EQ(resumed.network.value().matrices(), trained_network().matrices());
  EXPECT_EQ(Network::read(folder / "whole.npz").matrices(), trained_network().matrices());
  EXPECT_FALSE(std::filesystem::exists(folder / "half"));
}

TEST(Workflow, SweepsAndTablesAreFunctionsThatGoOn) {
  const TemporaryFolder folder;
  const auto write = [&](const std::string& name, const std::string& text) {
    std::ofstream(folder / name) << text;
    return (folder / name).string();
  };
  write("small.json", small_recipe());
  const auto grid =
      write("grid.json", R"({"recipe": "small.json", "seeds": [1], "set": {"training.epochs": 1},
                                           "grid": {"spectral_radius": [0.5, 1.5]}})");
  const auto half = sweep(grid, {.folder = folder / "s", .shard = 0, .shards = 2});
  EXPECT_EQ(half.missing, 1u);
  const auto whole = sweep(grid, {.folder = folder / "s"});
  EXPECT_EQ(whole.json().at("missing"), 0);
  EXPECT_THAT(whole.print(), HasSubstr("all 2 cells"));

  const auto rows = write("rows.json", R"({"seeds": [1], "hw": "small",
      "rows": [{"name": "a", "recipe": "small.json", "paper": "98", "set": {"training.epochs": 1}}]})");
  int trained = 0;
  const ReproduceOptions options{.folder = folder / "r", .next = [&](const std::string&) { ++trained; }};
  const auto first = reproduce(rows, options), second = reproduce(rows, options);
  EXPECT_EQ(trained, 1);
  EXPECT_EQ(first.json(), second.json());
  EXPECT_EQ(first.rows.at(0).seeds.at(0).saturations, second.rows.at(0).seeds.at(0).saturations);
  EXPECT_THAT(first.print(), HasSubstr("| a | 98 | "));
}

}  // namespace workflow_test
}  // namespace stoic
