#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "stoic/host/driven/driven_recipe.hpp"
#include "stoic/host/driven/driven_training.hpp"
#include "stoic/host/driven/time_series.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"

namespace stoic {
namespace series_test {

using Eigen::Index;
using Eigen::MatrixXd;
using testing::HasSubstr;

TEST(TimeSeries, NarmaObeysItsEquation) {
  const auto s = make_narma(10, 200, 4);
  for (Index t = 20; t + 1 < 200; ++t) {
    const double y = s.targets(0, t - 1), sum = s.targets.middleCols(t - 10, 10).sum();
    EXPECT_NEAR(s.targets(0, t), 0.3 * y + 0.05 * y * sum + 1.5 * s.inputs(0, t - 9) * s.inputs(0, t) + 0.1,
                1e-14);
  }
  EXPECT_LE(s.inputs.maxCoeff(), 0.5);
  EXPECT_NE(make_narma(20, 200, 4).inputs, make_narma(20, 200, 5).inputs);
}

TEST(TimeSeries, AnOrderThatDivergesForAFewInputsIsDrawnAnewThere) {
  const auto s = make_narma(10, 2'000'000, 1);
  EXPECT_LT(s.targets.cwiseAbs().maxCoeff(), 10);
  EXPECT_EQ(s.inputs.leftCols(1000), make_narma(10, 1000, 1).inputs);
}

TEST(TimeSeries, MemoryTargetsAreEarlierInputs) {
  const auto s = make_memory(3, 50, 1);
  for (Index t = 3; t < 50; ++t)
    for (Index k = 1; k <= 3; ++k) EXPECT_EQ(s.targets(k - 1, t), s.inputs(0, t - k));
}

TEST(TimeSeries, MackeyGlassDoesNotDependOnItsSampling) {
  const MatrixXd fine = mackey_glass(17, 0.5, 401, 3), coarse = mackey_glass(17, 2, 101, 3);
  for (Index t = 0; t < 101; ++t) EXPECT_NEAR(fine(0, 4 * t), coarse(0, t), 1e-9);
  EXPECT_GT(fine.minCoeff(), 0.2);
  EXPECT_LT(fine.maxCoeff(), 1.5);
}

TEST(TimeSeries, MackeyGlassComesToRestWhereItIsStable) {
  // with a short delay, x = 1 is stable: 0.2 x / (1 + x^10) = 0.1 x
  EXPECT_NEAR(mackey_glass(2, 1, 500, 1)(0, 499), 1, 1e-9);
}

TEST(TimeSeries, Lorenz63KeepsToItsAttractor) {
  const MatrixXd x = lorenz63(0.02, 5000, 2);
  EXPECT_NEAR(x.row(2).mean(), 23.5, 0.7);
  EXPECT_LT(x.row(0).cwiseAbs().maxCoeff(), 22);
  // x' = 10 (y - x), by central differences
  const double slope = (x(0, 101) - x(0, 99)) / 0.04;
  EXPECT_NEAR(slope, 10 * (x(1, 100) - x(0, 100)), 0.05 * (1 + std::abs(slope)));
}

class SeriesFiles : public testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& text) {
    const auto path = testing::TempDir() + "series_test_" + name;
    write_file_atomically(path, text);
    return path;
  }
  static SeriesRecipe files(const std::string& path, const std::string& more = "") {
    const auto text = R"({"set": "files", "path": ")" + path + R"(", "washout": 2)" + more + "}";
    static std::vector<nlohmann::json> kept;  // a reader's object must outlive it
    kept.push_back(nlohmann::json::parse(text));
    return read_series(JsonReader(kept.back(), "recipe"));
  }
  static std::string why(const std::function<void()>& run) {
    try {
      run();
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
      return error.what();
    }
    return "nothing was thrown";
  }
  static std::string ramp(int lines) {
    std::string text = "pressure,flow\n";
    for (int i = 0; i < lines; ++i) text += std::to_string(i % 7) + "," + std::to_string(i * i % 11) + "\n";
    return text;
  }
};

TEST_F(SeriesFiles, ColumnsAreInputsAndTargetsByName) {
  const auto path = write("named.csv", ramp(40));
  auto s = load_series(files(path, R"(, "targets": ["flow"])"), 1);
  EXPECT_THAT(s.input_names, testing::ElementsAre("pressure"));
  EXPECT_THAT(s.target_names, testing::ElementsAre("flow"));
  EXPECT_EQ(s.targets(0, 5), 25 % 11);
  EXPECT_EQ(s.parts.steps(), s.steps());
  // without targets, the same columns a step later
  s = load_series(files(path), 1);
  EXPECT_EQ(s.targets.rows(), 2);
  EXPECT_EQ(s.targets.leftCols(10), s.inputs.middleCols(1, 10));
}

TEST_F(SeriesFiles, ColumnsThatNobodyNamesMayHoldAnything) {
  std::string text = "day,a,b\n";
  for (int i = 0; i < 40; ++i)
    text += "2020-01-01," + std::to_string(i % 7) + "," + std::to_string(i % 5) + "\n";
  const auto s = load_series(files(write("days.csv", text), R"(, "inputs": ["a"], "targets": ["b"])"), 1);
  EXPECT_EQ(s.inputs(0, 9), 2);
}

TEST_F(SeriesFiles, BadOnesAreRefusedInALineThatNamesThePlace) {
  const auto load = [&](const std::string& name, const std::string& text, const std::string& more = "") {
    const auto path = write(name, text);
    return why([&] { load_series(files(path, more), 1); });
  };
  EXPECT_THAT(load("constant.csv", "a\n1\n1\n1\n1\n1\n1\n1\n1\n1\n1\n"), HasSubstr("is 1 at every step"));
  EXPECT_THAT(load("short.csv", "a\n1\n2\n3\n"), HasSubstr("data.washout takes 2; take a shorter washout"));
  EXPECT_THAT(load("few.csv", "a\n1\n2\n3\n4\n5\n6\n7\n8\n", R"(, "test": 5)"),
              HasSubstr("too few for data.washout 2"));
  EXPECT_THAT(load("gap.csv", "a\n1\n2\n\n4\n"), HasSubstr("line 4 is blank"));
  EXPECT_THAT(load("nan.csv", "a\n1\n2\nnan\n4\n"), HasSubstr("column \"a\", value 3: is nan"));
  EXPECT_THAT(load("word.csv", "a\n1\n2\nthree\n4\n"), HasSubstr("line 4, column 1: \"three\" is no number"));
  EXPECT_THAT(load("ragged.csv", "a,b\n1,2\n3\n"), HasSubstr("line 3 has 1 cells"));
  EXPECT_THAT(load("column.csv", ramp(30), R"(, "targets": ["temperature"])"),
              HasSubstr("no column \"temperature\""));
  EXPECT_THAT(load("washout.csv", ramp(30), R"(, "train": 10, "validation": 5, "test": 20)"),
              HasSubstr("has 29 steps"));
  EXPECT_THAT(load("all.csv", ramp(30), R"(, "targets": ["flow", "pressure"])"),
              HasSubstr("every column is a target"));
  EXPECT_THAT(why([&] { load_series(files("nowhere.csv"), 1); }), HasSubstr("there is no such file"));
  EXPECT_THAT(load("run.csv", ramp(30), R"(, "free_run": 9)"), HasSubstr("do not fit into"));
  EXPECT_THAT(load("empty.csv", ""), HasSubstr("is empty"));
  EXPECT_THAT(load("one.csv", "a\n1\n"), HasSubstr("shorter washout"));
  EXPECT_THAT(load("twice.csv", "a,b,a\n1,2,3\n2,3,4\n", R"(, "inputs": ["a"])"),
              HasSubstr("by its number, 1 or 3"));
  EXPECT_THAT(load("itself.csv", ramp(30), R"(, "inputs": ["flow"], "targets": ["flow"])"),
              HasSubstr("an input of the same step"));
  EXPECT_THAT(load("shift.csv", ramp(30), R"(, "targets": ["flow"], "horizon": 3)"),
              HasSubstr("shift those in the file"));
  EXPECT_THAT(load("number.csv", ramp(30), R"(, "inputs": [0])"), HasSubstr("numbers 1 to 2"));
  EXPECT_THAT(load("validation.csv", ramp(30), R"(, "validation": 1)"), HasSubstr("0 or at least 2"));
}

TEST_F(SeriesFiles, AreFoundBesideARecipeOrAModel) {
  const auto path = std::filesystem::path(write("beside.csv", ramp(40)));
  auto recipe = files(path.filename().string());
  EXPECT_THAT(why([&] { load_series(recipe, 1); }), HasSubstr("there is no such file"));
  EXPECT_EQ(load_series(seen_beside(recipe, path.parent_path() / "r.json"), 1).inputs.rows(), 2);
  recipe.path = "elsewhere/" + path.filename().string();  // as seen from where it was trained
  EXPECT_EQ(seen_beside(recipe, path.parent_path() / "m.npz").path, path.string());
  recipe.path = path.string();
  EXPECT_EQ(seen_beside(recipe, "/nowhere/r.json").path, path.string());
}

TEST_F(SeriesFiles, MayEndInBlankLines) {
  EXPECT_EQ(load_series(files(write("blank.csv", "\n" + ramp(40) + "\n\n")), 1).steps(), 39);
}

TEST_F(SeriesFiles, WhatDoesNotVaryBeforeTheTestPartIsNotStandardised) {
  std::string text = "a,b\n";
  for (int i = 0; i < 40; ++i) text += std::to_string(i % 5) + "," + (i < 38 ? "1" : "2") + "\n";
  const auto path = write("late.csv", text);
  auto recipe = parse_driven_recipe(
      R"({"dynamics": "esn", "neurons": 5, "density": 1, "drive": {}, "data": {"set": "files", "path": ")" +
          path + R"(", "washout": 2}})",
      "recipe");
  const auto series = load_series(recipe.data, 1);
  EXPECT_THAT(why([&] { draw_driven_model(recipe, series); }),
              HasSubstr("\"b\" does not vary before the test part"));
}

TEST_F(SeriesFiles, RecipesThatCannotBeAreRefused) {
  const auto parse = [&](const std::string& text) {
    return why([&] { parse_driven_recipe(text, "r.json"); });
  };
  EXPECT_THAT(parse(R"({"dynamics": "esn", "neurons": 5, "drive": {}})"), HasSubstr("\"set\""));
  EXPECT_THAT(parse(R"({"dynamics": "mlp", "neurons": 5, "drive": {}, "data": {"set": "henon"}})"),
              HasSubstr("mlp"));
  EXPECT_THAT(
      parse(R"({"dynamics": "esn", "neurons": 5, "drive": {"joins": "field"}, "data": {"set": "henon"}})"),
      HasSubstr("joins"));
  EXPECT_THAT(
      parse(R"({"dynamics": "esn", "neurons": 5, "drive": {}, "data": {"set": "henon", "validation": 0}})"),
      HasSubstr("no \"validation\" to choose by"));
  EXPECT_THAT(parse(R"({"dynamics": "esn", "neurons": 5, "topology": "ring", "density": 0.5, "drive": {},
                        "data": {"set": "henon"}})"),
              HasSubstr("density"));
  EXPECT_THAT(
      parse(R"({"dynamics": "esn", "neurons": 5, "drive": {}, "data": {"set": "henon", "free_run": 3000}})"),
      HasSubstr("do not fit into"));
  EXPECT_THAT(parse(R"({"dynamics": "esn", "neurons": 5, "drive": {}, "data": {"set": "henon", "tau": 17}})"),
              HasSubstr("tau"));
  EXPECT_THAT(parse(R"({"dynamics": "esn", "neurons": 5, "drive": {},
                        "data": {"set": "henon", "horizon": 3, "free_run": 10}})"),
              testing::AllOf(HasSubstr("horizon of 1"), HasSubstr("--set data.free_run=none")));
  EXPECT_THAT(parse(R"({"dynamics": "esn", "neurons": 5, "drive": {"feedback": 0.1},
                        "data": {"set": "henon", "horizon": 2}})"),
              HasSubstr("a value not known yet"));
  EXPECT_THAT(why([&] {
                load_series(parse_driven_recipe(R"({"dynamics": "esn", "neurons": 5, "drive": {},
                                                    "data": {"set": "henon", "train": 1}})",
                                                "r.json")
                                .data,
                            1);
              }),
              HasSubstr("data.train is 1"));
}

/// What a model was trained at is not what another step of its series has.
TEST(TimeSeries, TheUsualLyapunovTimeFollowsTheStep) {
  const auto lyapunov_time = [](const std::string& text, const std::vector<std::string>& settings) {
    return parse_driven_recipe(text, "r.json", settings).data.lyapunov_time;
  };
  const std::string text = R"({"dynamics": "esn", "neurons": 5, "drive": {}, "data": {"set": "lorenz63"}})";
  const auto written = driven_recipe_text(parse_driven_recipe(text, "r.json"));
  EXPECT_NEAR(lyapunov_time(written, {}), 1 / (0.9056 * 0.02), 1e-9);
  EXPECT_NEAR(lyapunov_time(written, {"data.step=0.04"}), 1 / (0.9056 * 0.04), 1e-9);
  const auto own = driven_recipe_text(parse_driven_recipe(text, "r.json", {"data.lyapunov_time=50"}));
  EXPECT_EQ(lyapunov_time(own, {"data.step=0.04"}), 50) << "a number of one's own stays";
}

}  // namespace series_test
}  // namespace stoic
