// A program that calls the library reads which member of its options to change, not only the command's option.
#include <gmock/gmock.h>

#include <fstream>

#include "stoic/host/library/builtin.hpp"
#include "stoic/host/library/compile.hpp"
#include "stoic/host/library/cosim.hpp"
#include "stoic/host/library/evaluate.hpp"
#include "stoic/host/library/reproduce.hpp"
#include "stoic/host/library/train.hpp"
#include "stoic/sim/io/error.hpp"
#include "temporary_folder.hpp"

namespace stoic {
namespace messages_test {

using testing::HasSubstr;
using testing::ThrowsMessage;

std::string short_recipe(const std::string& more = "seed=1") {
  return read_recipe("letters-ffesn", {"neurons=8", "training.epochs=1", "data.train_samples=60",
                                       "data.test_samples=20", more});
}

template <class Call>
void expect_named(const Call& call, const std::string& member) {
  EXPECT_THAT(call, ThrowsMessage<Error>(HasSubstr(member)));
}

TEST(Messages, NameTheMemberOfTheOptionsThatIsToBeChanged) {
  const auto network = train(short_recipe()).network.value();
  const auto image = compile(network).image;
  expect_named([] { train(short_recipe(), {.holdout = 60}); }, "TrainOptions::holdout");
  expect_named([&] { evaluate(image); }, "EvaluateOptions::backend");
  expect_named([&] { evaluate(image, {.backend = "golden", .noise = {.observation = 10.0}}); },
               "CompileOptions::noise");
  expect_named([&] { evaluate(network, {.backend = "golden", .temperature_K = 300.0}); },
               "EvaluateOptions::temperature_K");
  expect_named([&] { compile(network, {.budget = {.budget = 0.1}}); }, "BudgetOptions::budget");
  expect_named([&] { cycles_of_samples(image, 90, 91, {}, {}); }, "CosimOptions::limit");
  const auto mnist = read_recipe("mnist-linear", {"training.epochs=1"});
  expect_named([&] { train(mnist, {.data = {.folder = "/nowhere"}}); }, "DataSource::folder");
}

TEST(Messages, OfFilesNameIt) {
  const TemporaryFolder folder;
  const auto checkpoint = folder.path() / "training.checkpoint", rows = folder.path() / "rows.json";
  std::ofstream(rows) << R"({"hw": "tiny", "seeds": [1], "rows": [)"
                      << R"({"name": "a", "recipe": "letters-linear", "paper": ""}]})";
  expect_named([&] { reproduce(rows, {.folder = folder.path() / "out", .only = {"b"}}); },
               "ReproduceOptions::only");
  TrainOptions options{.checkpoint = checkpoint};
  const std::atomic<bool> stop{true};
  options.stop = &stop;
  train(short_recipe(), options);  // leaves a checkpoint
  options.resume = true;
  expect_named([&] { train(short_recipe("seed=2"), options); }, "TrainOptions::resume");
}

}  // namespace messages_test
}  // namespace stoic
