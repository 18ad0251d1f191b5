// What a report says must be true of the system that it is about.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <ostream>
#include <set>

#include "markup_check.hpp"
#include "stoic/host/compare/comparison.hpp"
#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/data/fingerprint.hpp"
#include "stoic/host/learning/trainer.hpp"
#include "stoic/host/report/comparison_json.hpp"
#include "stoic/host/report/comparison_page.hpp"
#include "stoic/host/report/comparison_plots.hpp"
#include "stoic/host/report/system_words.hpp"
#include "stoic/sim/io/file.hpp"

namespace stoic {
namespace systems_report_test {

using testing::HasSubstr;
using testing::Not;

/// A word and the recipes whose reports may, and must, hold it.
struct Word {
  const char* text;
  std::vector<std::string> recipes;
};

const Word vocabulary[] = {
    {"echo-state", {"ffesn"}},
    {"tanh", {"ffesn", "leaky"}},
    {"the sums z(i)", {"ffesn"}},
    {"on to the states x(i+1)", {"ffesn"}},
    {"neurons", {"ffesn", "leaky"}},
    {"forget slowly", {"leaky"}},
    {"pendulum", {"pendulums"}},
    {"velocity(1)", {"pendulums"}},
    {"m_x", {"csto", "deep-csto", "cnn-csto"}},
    {"oscillator", {"csto", "deep-csto", "cnn-csto"}},
    {"magnetisation", {"csto", "deep-csto", "cnn-csto"}},
    {" Oe", {"csto", "deep-csto", "cnn-csto"}},
    {" ps", {"csto", "deep-csto", "cnn-csto"}},
    {"arrays", {"deep-csto"}},
    {"2 m_x(1)", {"deep-csto"}},
    {"m(T)", {"csto", "deep-csto", "cnn-csto"}},  // in the error of the state at the end
    {"Lorenz", {"lorenz96"}},
    {"h x(1)", {"lorenz96"}},
    {"h x2(0)", {"lorenz96"}},
    {"RK4", {"csto", "deep-csto", "cnn-csto", "lorenz96", "pendulums"}},
    {"Euler", {"sa-node"}},
    {"attractors", {"sa-node"}},
    {"g(0)", {"sa-node"}},
    {"softmax", {"linear"}},
    {"rectifiers", {"mlp", "cnn"}},
    {"hidden layer", {"linear", "mlp", "cnn"}},
    {"convolution", {"cnn", "cnn-csto"}},
    {"features", {"cnn", "cnn-csto"}},
    {"NORMALISE", {"csto", "deep-csto", "cnn-csto"}},
    {"FUNCTION", {"ffesn", "csto", "deep-csto", "mlp", "cnn", "cnn-csto", "leaky", "pendulums"}},
    {"tables of functions", {"ffesn", "csto", "deep-csto", "mlp", "cnn", "cnn-csto", "leaky", "pendulums"}},
    {"continuous system", {"csto", "deep-csto", "cnn-csto", "lorenz96", "sa-node", "pendulums"}},
};

/// That of letters-NAME, or one of a system without a recipe of its own among the models.
Recipe recipe_named(const std::string& name, const std::vector<std::string>& settings) {
  const auto* keys = name == "leaky"       ? R"("neurons": 20, "steps": 3)"
                     : name == "pendulums" ? R"("pendulums": 12, "duration": 0.3)"
                                           : nullptr;
  const auto file = fmt::format("{}/models/letters-{}.json", STOIC_SOURCE_DIR, name);
  if (keys == nullptr) return parse_recipe(read_file(file), file, settings);
  return parse_recipe(
      fmt::format(R"({{"dynamics": "{}", {}, "inputs": 49, "classes": 5, "data": {{"set": "letters"}}}})",
                  name, keys),
      name, settings);
}

/// A network of built-in letters, as its recipe draws it, in few samples.
struct Subject {
  Model model;
  Dataset calibration, test;

  explicit Subject(const std::string& name, std::vector<std::string> settings = {}) {
    for (const char* setting : {"training.epochs=0", "data.train_samples=60", "data.test_samples=40"})
      settings.emplace_back(setting);
    const auto recipe = recipe_named(name, settings);
    calibration = load_data(recipe, Split::train);
    test = load_data(recipe, Split::test);
    model = train(recipe, calibration, {.threads = 1}).value();
    model.training_data = training_data(recipe, calibration, &test);
  }
  Comparison comparison() const {
    const auto image = compile(model, calibration, load_hardware_config("default")).image;
    auto result = compare_with_float(model, image, calibrate(model, calibration), calibration, test,
                                     {.threads = 1, .local_samples = 1});
    result.model = "letters.npz";
    result.provenance = {.version = "1.2.3",
                         .command = "stoic compare letters.npz",
                         .weights = fingerprint(model),
                         .training_data = model.training_data,
                         .calibration = half_of(calibration),
                         .test = half_of(test),
                         .data_matches = true};
    return result;
  }
};

class ReportOf : public testing::TestWithParam<const char*> {};

TEST_P(ReportOf, SpeaksOfItsSystemAndOfNoOther) {
  const std::string name = GetParam();
  auto page = comparison_page(Subject(name).comparison());
  EXPECT_EQ(markup_fault(page), "");
  page.resize(page.find("<pre>"));  // where the recipe stands, with keys for every kind of data
  for (const auto& word : vocabulary) {
    const bool own = std::find(word.recipes.begin(), word.recipes.end(), name) != word.recipes.end();
    EXPECT_EQ(page.find(word.text) != std::string::npos, own) << "\"" << word.text << "\"";
  }
}

TEST_P(ReportOf, ExplainsFeaturesWhereTheyAreAmongItsVectors) {
  const auto c = Subject(GetParam()).comparison();
  const bool listed = std::any_of(c.deviations.begin(), c.deviations.end(),
                                  [](const Deviation& vector) { return vector.name == "features"; });
  EXPECT_EQ(comparison_page(c).find("is what the convolution makes") != std::string::npos, listed);
}

TEST(Report, SaysWhereThePinnedLayerPointsWithoutNamingTwoThingsP) {
  const auto page = comparison_page(Subject("csto", {"pinned_layer=[0,0.6,0.8]"}).comparison());
  EXPECT_THAT(page, HasSubstr("pinned layer along (0, 0.6, 0.8)"));
  EXPECT_THAT(page, HasSubstr("s = m.g"));
  EXPECT_THAT(page, Not(HasSubstr("p = m.g")));
  EXPECT_THAT(comparison_page(Subject("csto").comparison()), Not(HasSubstr("pinned layer")));
}

TEST_P(ReportOf, GivesEachVectorANameOfItsOwn) {
  const auto c = Subject(GetParam()).comparison();
  const auto names = deviation_plot(c.deviations).x_names;
  EXPECT_EQ(std::set(names.begin(), names.end()).size(), names.size()) << testing::PrintToString(names);
}

TEST_P(ReportOf, SaysWhereItsNumbersComeFrom) {
  const Subject subject(GetParam());
  auto c = subject.comparison();
  const auto page = comparison_page(c);
  for (const auto& text :
       {std::string("stoic 1.2.3"), std::string("stoic compare letters.npz"), std::string("seed 1"),
        subject.model.training_data->training.fingerprint, subject.model.training_data->test->fingerprint,
        fmt::format("default, hash {:08x}", config_hash(c.hw)), "fingerprint " + fingerprint(subject.model),
        std::string("&quot;weight_decay&quot;: 0")})
    EXPECT_THAT(page, HasSubstr(text));
  EXPECT_THAT(page, Not(HasSubstr(">date<")));
  const auto json = comparison_json(c);
  EXPECT_EQ(json["data_matches"], true);
  EXPECT_TRUE(json["provenance"]["date"].is_null());
  EXPECT_EQ(json["provenance"]["recipe"]["dynamics"], subject.model.recipe.dynamics());
  EXPECT_EQ(json["provenance"]["training_data"]["set"], "letters");
  c.provenance.date = "2026-03-01";
  c.provenance.data_matches = false;
  c.provenance.warnings = {"other <data>"};
  EXPECT_THAT(comparison_page(c),
              testing::AllOf(HasSubstr("2026-03-01"), HasSubstr("Warning: other &lt;data&gt;"),
                             HasSubstr("may say nothing about the model")));
  EXPECT_EQ(comparison_json(c)["warnings"], std::vector<std::string>{"other <data>"});
}

INSTANTIATE_TEST_SUITE_P(Letters, ReportOf,
                         testing::Values("ffesn", "csto", "deep-csto", "lorenz96", "sa-node", "linear", "mlp",
                                         "cnn", "cnn-csto", "leaky", "pendulums"),
                         [](const auto& parameter) {
                           std::string name = parameter.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(SystemWords, AreThereForEverySystem) {
  std::set<std::string> networks;
  for (const auto* name : {"ffesn", "csto", "deep-csto", "lorenz96", "sa-node", "linear", "mlp"}) {
    const auto file = fmt::format("{}/models/letters-{}.json", STOIC_SOURCE_DIR, name);
    networks.insert(system_words(parse_recipe(read_file(file), file)).network);
  }
  for (const char* size : {R"("leaky", "neurons": 3, "steps": 1)", R"("pendulums", "pendulums": 3)"})
    networks.insert(system_words(parse_recipe(fmt::format(R"({{"dynamics": {}, "inputs": 2, "classes": 2,
                                                              "data": {{"set": "random"}}}})",
                                                          size),
                                              "test"))
                        .network);
  EXPECT_EQ(networks.size(), system_names().size()) << "a system without a recipe here?";
}

TEST(SystemWords, SayWhatTheReadInMeetsAndWhatNoiseIsAddedTo) {
  const auto words = [](const char* name) {
    const auto file = fmt::format("{}/models/letters-{}.json", STOIC_SOURCE_DIR, name);
    return system_words(parse_recipe(read_file(file), file));
  };
  for (const char* name : {"mlp", "deep-mlp"})
    EXPECT_EQ(words(name).disturbed, "W_in u + b, the sums of the first hidden layer") << name;
  EXPECT_THAT(words("mlp").network, HasSubstr("W_in u + b"));
  for (const auto& text : {words("cnn").network, words("cnn").disturbed})
    EXPECT_THAT(text, HasSubstr("W_in features + b"));
  EXPECT_THAT(words("cnn-csto").disturbed, testing::StartsWith("W_in features, which f_norm"));
}

TEST(SystemWords, CountOneStepAsOne) {
  const auto words = [](const char* steps) {
    return system_words(
               parse_recipe(fmt::format(R"({{"dynamics": "ffesn", "neurons": 3, "inputs": 2, "classes": 2,
                                                     "steps": {}, "data": {{"set": "random"}}}})",
                                        steps),
                            "test"))
        .network;
  };
  EXPECT_THAT(words("1"), testing::EndsWith("one step"));
  EXPECT_THAT(words("2"), testing::EndsWith("2 steps"));
}

}  // namespace systems_report_test
}  // namespace stoic
