// Whatever a grid names changes the training, and nothing else of the recipe; or it is refused.
#include <gmock/gmock.h>

#include <filesystem>
#include <set>

#include "model_recipes.hpp"
#include "stoic/host/learning/trainer.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace takes_effect_test {

using nlohmann::json;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// The recipe as {"training.epochs": 3, ...}.
std::map<std::string, json> leaves(const json& object, const std::string& prefix = "") {
  std::map<std::string, json> result;
  for (const auto& [key, value] : object.items())
    if (value.is_object())
      result.merge(leaves(value, prefix + key + "."));
    else
      result[prefix + key] = value;
  return result;
}

std::map<std::string, json> leaves(const Recipe& recipe) { return leaves(json::parse(recipe_text(recipe))); }

std::set<std::string> differences(const Recipe& a, const Recipe& b) {
  std::set<std::string> keys;
  const auto left = leaves(a), right = leaves(b);
  for (const auto& [key, value] : left)
    if (!right.contains(key) || right.at(key) != value) keys.insert(key);
  for (const auto& [key, value] : right)
    if (!left.contains(key)) keys.insert(key);
  return keys;
}

/// Other values of a key, the likeliest to be allowed first.
std::vector<json> others(const std::string& key, const json& value) {
  const std::map<std::string, std::vector<json>> words{{"training.optimizer", {"sgd", "adam"}},
                                                       {"training.schedule", {"constant", "step"}},
                                                       {"data.set", {"random"}},
                                                       {"dynamics", {"linear", "mlp"}}};
  if (const auto known = words.find(key); known != words.end()) return known->second;
  if (value.is_boolean()) return {!value.get<bool>()};
  if (value.is_number_integer()) return {value.get<std::int64_t>() + 2, value.get<std::int64_t>() - 1};
  if (value.is_number()) {
    const auto number = value.get<double>();
    return {2 * number, number / 2, number + 0.25, number - 0.25, 0.9 * number};
  }
  if (key == "couplings_Oe") return {{3, 0.2, 7}, {3, 0.2}};
  if (key == "pinned_layer") return {{0, 1, 0}};
  return {};
}

/// Keys that recipe_text() leaves out where they have their usual value.
const std::vector<std::pair<std::string, json>> optional_keys{
    {"training.dropout", 0},     {"training.pixel_noise", 0}, {"training.distance_power", 2},
    {"training_duration", 0.25}, {"eigenvalue_mean", -15},    {"eigenvalue_deviation", 1},
    {"eigenvalue_rate", 1},      {"stiffness_rate", 1},       {"temperature_K", 0}};

/// The recipes of a grid of `key` over two values; refused when the recipe or the sweep says so.
std::pair<Recipe, Recipe> cells_of(const std::string& recipe, const std::string& key, const json& first,
                                   const json& second, const json& set) {
  const json text{{"recipe", recipe}, {"set", set}, {"grid", {{key, {first, second}}}}};
  const auto sweep = sweep_of(text.dump());
  const auto cells = sweep_cells(sweep);
  check_cells(sweep, cells, load_model_recipe);
  return {load_model_recipe(recipe, cells.at(0).settings), load_model_recipe(recipe, cells.at(1).settings)};
}

std::vector<std::pair<std::string, json>> keys_of(const std::string& recipe) {
  auto known = leaves(load_model_recipe(recipe, {}));
  std::vector<std::pair<std::string, json>> keys(known.begin(), known.end());
  for (const auto& [key, usual] : optional_keys)
    if (!known.contains(key)) keys.emplace_back(key, usual);
  return keys;
}

/// Defaults of one key that depend on another.
bool follows(const std::string& key, const std::string& named) {
  return (named == "training.optimizer" && key == "training.learning_rate") ||
         (named == "data.set" && (key == "data.pixel_noise" || key == "data.noise" || key == "input_scale"));
}

TEST(GridOfEveryKey, HasCellsThatDifferInThatKeyAlone) {
  std::size_t recipes = 0;
  for (const auto& file : std::filesystem::directory_iterator(STOIC_SOURCE_DIR "/models")) {
    if (file.path().extension() != ".json") continue;
    const auto recipe = file.path().stem().string();
    SCOPED_TRACE(recipe);
    ++recipes;
    std::size_t accepted = 0;
    for (const auto& [key, value] : keys_of(recipe))
      for (const auto& other : others(key, value)) {
        SCOPED_TRACE(key + " " + value.dump() + " " + other.dump());
        try {
          const auto [a, b] = cells_of(recipe, key, value, other, json::object());
          auto differing = differences(a, b);
          EXPECT_TRUE(differing.erase(key) == 1 || value == other);
          std::erase_if(differing, [&](const auto& also) { return follows(also, key); });
          EXPECT_THAT(differing, testing::IsEmpty());
          ++accepted;
          break;
        } catch (const Error&) {  // refused: nothing is trained under a wrong label
        }
      }
    EXPECT_GE(accepted, 15u);
  }
  EXPECT_GE(recipes, 20u);
}

/// What a training leaves: losses, then weights.
std::vector<double> trace(const Recipe& recipe) {
  std::vector<double> values;
  TrainingOptions options{.threads = 1};
  options.after_epoch = [&](const Model& model, double loss) {
    values.push_back(loss);
    values.push_back(model.W_out.squaredNorm());
    values.push_back(model.W_in.squaredNorm());
    for (const auto& matrix : model.convolutions) values.push_back(matrix.squaredNorm());
    for (const auto& [name, matrix] : model.matrices) values.push_back(matrix.squaredNorm());
  };
  train(recipe, load_data(recipe, Split::train), options);
  return values;
}

class GridOfASystem : public testing::TestWithParam<const char*> {};

/// The sample of a test has no part in a training; a free layer's initial direction has no length.
bool may_train_alike(const std::string& recipe, const std::string& key) {
  return key == "data.test_samples" || (recipe.ends_with("csto") && key == "input_scale");
}

TEST_P(GridOfASystem, TrainsCellsThatDiffer) {
  const std::string recipe = GetParam();
  json set{{"training.epochs", 2},    {"training.batch", 16},      {"data.train_samples", 33},
           {"data.test_samples", 20}, {"training.step_epochs", 1}, {"training.schedule", "step"}};
  const auto base = leaves(load_model_recipe(recipe, {}));
  for (const auto& [key, small] : std::map<std::string, json>{
           {"neurons", 12}, {"oscillators", 12}, {"duration_ps", 100}, {"step_ps", 20}})
    if (base.contains(key)) set[key] = small;
  std::size_t trained = 0;
  for (auto [key, value] : keys_of(recipe)) {
    if (may_train_alike(recipe, key)) continue;
    auto rest = set;
    if (set.contains(key)) {
      value = set[key];
      rest.erase(key);
    }
    for (const auto& other : others(key, value)) {
      SCOPED_TRACE(key + " " + value.dump() + " " + other.dump());
      try {
        const auto [a, b] = cells_of(recipe, key, value, other, rest);
        EXPECT_NE(trace(a), trace(b));
        ++trained;
        break;
      } catch (const Error&) {
      }
    }
  }
  EXPECT_GE(trained, 14u);
}

INSTANTIATE_TEST_SUITE_P(Systems, GridOfASystem,
                         testing::Values("letters-ffesn", "letters-csto", "letters-lorenz96", "letters-mlp",
                                         "letters-linear", "letters-sa-node", "letters-cnn",
                                         "letters-deep-csto"),
                         [](const auto& system) {
                           std::string name = system.param;
                           std::erase(name, '-');
                           return name;
                         });

std::vector<std::uint64_t> seeds_of(const Sweep& sweep) {
  std::vector<std::uint64_t> seeds;
  for (const auto& cell : sweep_cells(sweep))
    seeds.push_back(load_model_recipe(sweep.recipe, cell.settings).seed);
  return seeds;
}

TEST(SeedsOfASweep, AreThoseOfTheListTheGridOrTheSetting) {
  using testing::ElementsAre;
  EXPECT_THAT(seeds_of(sweep_of(R"({"recipe": "letters-mlp", "seeds": [4, 2], "grid": {"neurons": [5]}})")),
              ElementsAre(4, 2));
  EXPECT_THAT(seeds_of(sweep_of(R"({"recipe": "letters-mlp", "grid": {"seed": [1, 2, 3]}})")),
              ElementsAre(1, 2, 3));
  EXPECT_THAT(
      seeds_of(sweep_of(R"({"recipe": "letters-mlp", "grid": {"seed": {"from": 5, "to": 7, "count": 3}}})")),
      ElementsAre(5, 6, 7));
  EXPECT_THAT(
      seeds_of(sweep_of(R"({"recipe": "letters-mlp", "set": {"seed": 7}, "grid": {"neurons": [5]}})")),
      ElementsAre(7));
  EXPECT_THAT(seeds_of(sweep_of(R"({"recipe": "letters-mlp", "grid": {"neurons": [5]}})")), ElementsAre(1));
}

TEST(SeedsOfASweep, AreTheRecipesOwnWithoutAnother) {
  const auto load = [](const std::string&, const std::vector<std::string>& settings) {
    auto seven = settings;
    if (std::none_of(settings.begin(), settings.end(), [](const auto& s) { return s.starts_with("seed="); }))
      seven.emplace_back("seed=7");
    return load_model_recipe("letters-mlp", seven);
  };
  const auto sweep = parse_sweep(R"({"recipe": "mine", "grid": {"neurons": [5]}})", "my.json", load);
  EXPECT_THAT(sweep.seeds, testing::ElementsAre(7));
}

TEST(WhatASweepNamesTwice, IsRefusedWithTheKey) {
  const auto refuses = [](const std::string& keys, const std::string& what) {
    SCOPED_TRACE(keys);
    EXPECT_THAT(
        [&] {
          const auto sweep = sweep_of("{\"recipe\": \"letters-ffesn\", " + keys + "}");
          check_cells(sweep, sweep_cells(sweep), load_model_recipe);
        },
        ThrowsMessage<Error>(HasSubstr(what)));
  };
  refuses(R"("set": {"steps": 2}, "grid": {"steps": [1, 2]})", "\"steps\" is set twice");
  refuses(R"("set": {"training": {"epochs": 2}}, "grid": {"training.epochs": [1, 2]})",
          "\"training.epochs\"");
  refuses(R"("set": {"training": {"epochs": 2}, "training.epochs": 3}, "grid": {"steps": [1]})", "set twice");
  refuses(R"("grid": {"training.epochs": [1, 2], "training": [{"epochs": 3}]})", "set twice");
  refuses(R"("set": {"seed": 7}, "seeds": [1], "grid": {"steps": [1]})",
          "\"seed\" is given beside \"seeds\"");
  refuses(R"("grid": {"seed": [7]}, "seeds": [1])", "\"seed\" is given beside another choice");
  refuses(R"("grid": {"seed": [7]}, "set": {"seed": 1})", "\"seed\" is given beside another choice");
  refuses(R"("seeds": [1, 2, 1], "grid": {"steps": [1]})", "has 1 twice");
  refuses(R"("set": {"seed": 1.5}, "grid": {"steps": [1]})", "whole number");
  refuses(R"("grid": {"spectral_radius": [1, 1.0]})", "twice");
  refuses(R"("set": {"training": {}}, "grid": {"steps": [1]})", "sets nothing");
}

TEST(WhatChangesNothing, IsRefusedWithTheReason) {
  const auto refuses = [](const std::string& text, const std::string& what) {
    SCOPED_TRACE(text);
    EXPECT_THAT(
        [&] {
          const auto sweep = sweep_of(text);
          check_cells(sweep, sweep_cells(sweep), load_model_recipe);
        },
        ThrowsMessage<Error>(HasSubstr(what)));
  };
  refuses(R"({"recipe": "letters-mlp", "set": {"training.optimizer": "adam"},
              "grid": {"training.momentum": [0.5, 0.9]}})",
          "of the optimizer \"sgd\"");
  refuses(R"({"recipe": "letters-mlp", "set": {"training.schedule": "cosine"},
              "grid": {"training.step_epochs": [5, 9]}})",
          "of the schedule \"step\"");
  refuses(R"({"recipe": "letters-sa-node", "grid": {"training.weight_decay": [0, 0.1]}})",
          "\"sa-node\" does not train");
  refuses(R"({"recipe": "letters-csto", "grid": {"temperature_K": [0, 300]}})", "no training reads it");
  refuses(R"({"recipe": "letters-mlp", "holdout": 100, "grid": {"data.test_samples": [50, 90]}})",
          "training samples judge");
  refuses(R"({"recipe": "letters-mlp", "grid": {"dynamics": ["mlp", "ffesn"]}})", "\"steps\" is missing");
  refuses(R"({"recipe": "letters-ffesn", "grid": {"forcing": [1, 2]}})", "is not a known key");
}

TEST(Settings, OfAnObjectKeepItsOtherKeys) {
  const auto recipe = load_model_recipe("letters-lorenz96", {R"(training={"epochs": 3, "batch": 5})"});
  const auto alike = load_model_recipe("letters-lorenz96", {"training.epochs=3", "training.batch=5"});
  EXPECT_EQ(recipe_text(recipe), recipe_text(alike));
}

TEST(Settings, OfOneKeyTwiceAreRefused) {
  const auto refuses = [](const std::vector<std::string>& settings) {
    EXPECT_THAT([&] { load_model_recipe("letters-ffesn", settings); },
                ThrowsMessage<Error>(HasSubstr("is set twice, by")));
  };
  refuses({"seed=1", "seed=2"});
  refuses({"seed=1", "seed=1"});
  refuses({"training.epochs=3", R"(training={"epochs": 3})"});
  refuses({R"(training={"epochs": 3})", "training.epochs.x=3"});
}

TEST(Settings, AreNestedNoDeeperThanARecipe) {
  EXPECT_THAT([] { load_model_recipe("letters-ffesn", {"training=" + std::string(100'000, '[')}); },
              testing::Throws<Error>());
  std::string deep = "1";
  for (int i = 0; i < 15; ++i) deep = R"({"a": )" + deep + "}";
  EXPECT_THAT([&] { load_model_recipe("letters-ffesn", {"training=" + deep}); }, testing::Throws<Error>());
}

}  // namespace takes_effect_test
}  // namespace stoic
