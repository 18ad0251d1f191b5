#include "stoic/host/model/recipe.hpp"

#include <gmock/gmock.h>

#include <filesystem>

#include "../temporary_folder.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace recipe_test {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

constexpr const char* minimal =
    R"({"dynamics": "ffesn", "neurons": 500, "inputs": 784, "classes": 10, "steps": 2})";

Recipe parse(const std::vector<std::string>& overrides) {
  return parse_recipe(minimal, "my.json", overrides);
}

void expect_error(const std::vector<std::string>& overrides, const std::string& what) {
  EXPECT_THAT([&] { parse(overrides); }, ThrowsMessage<Error>(AllOf(HasSubstr(what), Not(HasSubstr("\n")))));
}

TEST(Recipe, NeedsNoMoreThanTheStructure) {
  const Recipe recipe = parse_recipe(minimal, "my.json");
  EXPECT_EQ(recipe.neurons(), 500);
  EXPECT_EQ(std::get<FfesnParameters>(recipe.system).density, 0.5);
  EXPECT_EQ(std::get<FfesnParameters>(recipe.system).spectral_radius, 1.0);
  EXPECT_EQ(recipe.input_scale, 1.0 / 255);
  EXPECT_EQ(recipe.data.set, "mnist");
  EXPECT_EQ(recipe.training.optimizer, "sgd");
  EXPECT_EQ(recipe.training.batch, 64);
  EXPECT_EQ(parse({"inputs=49", "classes=5"}).data.set, "letters");
  EXPECT_EQ(parse({"inputs=16"}).data.set, "random");
}

TEST(Recipe, NamesTheKeyThatIsMissingUnknownOrOutOfRange) {
  EXPECT_THAT(
      [] { parse_recipe(R"({"dynamics": "ffesn", "inputs": 4, "classes": 2, "steps": 2})", "my.json"); },
      ThrowsMessage<Error>(AllOf(HasSubstr("my.json"), HasSubstr("neurons"), HasSubstr("missing"))));
  expect_error({"nuerons=7"}, "did you mean \"neurons\"?");
  expect_error({"training.epohcs=7"}, "did you mean \"epochs\"?");
  expect_error({"data.sett=1"}, "did you mean \"set\"?");
  expect_error({"neurons=0"}, "from 1 to 4096");
  expect_error({"neurons=4097"}, "from 1 to 4096");
  expect_error({"neurons=1.5"}, "whole number");
  expect_error({"density=0"}, "above 0");
  expect_error({"density=2"}, "from 0 to 1");
  expect_error({"classes=1"}, "from 2 to 64");
  expect_error({"dynamics=fesn"}, "did you mean \"ffesn\"?");
  expect_error({"data.set=mnits"}, "did you mean \"mnist\"?");
  expect_error({"data=3"}, "data");
  expect_error({"training.distance_power=1"}, "\"ffesn\" has none; remove it");
  EXPECT_THAT(
      [] {
        parse_recipe(
            R"({"dynamics": "sa-node", "inputs": 4, "classes": 2, "training": {"distance_power": 0}})",
            "my.json");
      },
      ThrowsMessage<Error>(HasSubstr("from 0.01 to 2")));
  expect_error({"seed=-1"}, "seed");
}

TEST(Recipe, RefusesDataThatDoesNotFitTheNetwork) {
  expect_error({"data.set=letters"}, "needs \"inputs\": 49");
  expect_error({"data.set=digits", "classes=9"}, "needs \"inputs\": 784");
  expect_error({"data.set=digits", "data.pixel_noise=0.1"}, "is for the set \"letters\"");
}

TEST(Recipe, TakesOverridesOfNestedKeysAndOfTexts) {
  const Recipe recipe = parse({"training.epochs=3", "data.set=digits", "spectral_radius=0.9", "seed=42"});
  EXPECT_EQ(recipe.training.epochs, 3);
  EXPECT_EQ(recipe.data.set, "digits");
  EXPECT_EQ(std::get<FfesnParameters>(recipe.system).spectral_radius, 0.9);
  EXPECT_EQ(recipe.seed, 42);
}

TEST(Recipe, RefusesOverridesThatAreNoAssignments) {
  expect_error({"epochs"}, "key=value");
  expect_error({"=3"}, "key=value");
  expect_error({"neurons.x=3"}, "\"neurons\" holds no other keys");
}

TEST(Recipe, SurvivesItsTextForm) {
  const Recipe recipe = parse({"seed=9223372036854775807", "training.learning_rate=0.1", "input_scale=0.003",
                               "training.optimizer=adam", "data.train_samples=12"});
  const std::string text = recipe_text(recipe);
  EXPECT_EQ(recipe_text(parse_recipe(text, "text")), text);
  EXPECT_THAT(text, AllOf(HasSubstr("\"seed\": 9223372036854775807"), HasSubstr("\"learning_rate\": 0.1,")));
}

TEST(Recipe, OfEveryModelInTheRepositoryIsValid) {
  int count = 0;
  for (const auto& file : std::filesystem::directory_iterator(STOIC_SOURCE_DIR "/models"))
    if (file.path().extension() == ".json") {
      EXPECT_NO_THROW(parse_recipe(read_bytes(file.path()), file.path())) << file.path();
      ++count;
    }
  EXPECT_GE(count, 4);
}

}  // namespace recipe_test
}  // namespace stoic
