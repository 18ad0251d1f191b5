// Sequences that a driven reservoir tells apart.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <string>

#include "stoic/host/compiler/driven_fixed.hpp"
#include "stoic/host/driven/driven_scores.hpp"
#include "stoic/host/driven/measures.hpp"
#include "stoic/host/model/npz.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"

namespace stoic {
namespace sequences_test {

using Eigen::Index;
using Eigen::MatrixXd;
using testing::HasSubstr;

TEST(Sequences, WavesAreSinesAndSquaresByChance) {
  const auto s = make_waves(8, 804, 3);
  ASSERT_EQ(s.sequences.size(), 101U);
  Index squares = 0;
  for (const auto& sequence : s.sequences) {
    squares += sequence.of_class;
    for (Index t = sequence.begin; t < std::min<Index>(sequence.begin + 8, 804); ++t) {
      const double sine =
          std::sin(2 * std::numbers::pi * (static_cast<double>(t - sequence.begin) + 0.5) / 8);
      EXPECT_DOUBLE_EQ(s.inputs(0, t), sequence.of_class == 1 ? std::copysign(1, sine) : sine);
      EXPECT_EQ(s.targets(sequence.of_class, t), 1);
      EXPECT_EQ(s.targets(1 - sequence.of_class, t), 0);
    }
  }
  EXPECT_GT(squares, 30);
  EXPECT_LT(squares, 71);
}

TEST(Sequences, AreDecidedByTheMeanOfTheirOutputs) {
  MatrixXd outputs(2, 6);       // of the steps 4 ... 9
  outputs << 9, 0, 0, 1, 1, 1,  //
      2, 2, 2, 0, 0, 4;
  const std::vector<Sequence> sequences{{4, 3, 0}, {7, 3, 0}};
  // 9 > 6, though two of three steps say otherwise; 3 < 4
  EXPECT_EQ(sequence_accuracy(outputs, 4, sequences), 0.5);
}

class SequenceFiles : public testing::Test {
 protected:
  /// A file whose sequences are `lengths` long, of the classes 7, 3, 7, 3, ...
  static std::string text(const std::vector<int>& lengths) {
    std::string text = "take,kind,u\n";
    int t = 0;
    for (std::size_t s = 0; s < lengths.size(); ++s)
      for (int i = 0; i < lengths[s]; ++i) {
        ++t;
        text += std::to_string(s) + (s % 2 == 0 ? ",7," : ",3,") + std::to_string(t * t % 13) + "\n";
      }
    return text;
  }
  static SeriesRecipe recipe(const std::string& path, const std::string& more) {
    const auto json =
        nlohmann::json::parse(R"({"set": "files", "washout": 2, "path": ")" + path + "\"" + more + "}");
    return read_series(JsonReader(json, "recipe"));
  }
  static std::string write(const std::string& text) {
    const auto path = testing::TempDir() + "sequences_test.csv";
    write_file_atomically(path, text);
    return path;
  }
  static TimeSeries load(const std::string& text, const std::string& more) {
    return load_series(recipe(write(text), more), 1);
  }
  static std::string why(const std::string& text, const std::string& more) {
    try {
      load(text, more);
    } catch (const Error& error) {
      return error.what();
    }
    return "nothing was thrown";
  }
};

TEST_F(SequenceFiles, AColumnSaysWhereTheyBeginAndOneWhatTheyAre) {
  const auto s = load(text({5, 3, 4, 8, 6, 4}), R"(, "classes": "kind", "sequences": "take")");
  EXPECT_THAT(s.input_names, testing::ElementsAre("u"));
  EXPECT_THAT(s.target_names, testing::ElementsAre("class 3", "class 7"));
  ASSERT_EQ(s.sequences.size(), 6U);
  EXPECT_EQ(s.sequences[1].begin, 5);
  EXPECT_EQ(s.sequences[1].steps, 3);
  EXPECT_EQ(s.sequences[1].of_class, 0);
  EXPECT_EQ(s.targets.col(4), Eigen::Vector2d(0, 1));
  EXPECT_EQ(s.targets.col(5), Eigen::Vector2d(1, 0));
  EXPECT_EQ(s.parts.test, 6);  // a fifth of 30: the last sequence and the end of the one before it
  ASSERT_EQ(s.test_sequences().size(), 1U);
  EXPECT_EQ(s.test_sequences()[0].begin, 26);
}

TEST_F(SequenceFiles, WithoutAColumnOfTheirOwnTheyBeginWhereTheClassChanges) {
  const auto s = load(text({5, 3, 4, 8, 6, 4}), R"(, "classes": "kind", "inputs": ["u"])");
  ASSERT_EQ(s.sequences.size(), 6U);
  EXPECT_EQ(s.sequences[5].begin, 26);
}

TEST_F(SequenceFiles, ArraysOfAnNpzAreColumns) {
  std::vector<double> kind, u;
  for (int t = 0; t < 40; ++t) {
    kind.push_back(t / 4 % 2);
    u.push_back(t * t % 11);
  }
  const auto path = testing::TempDir() + "sequences_test.npz";
  const std::vector<NpzArray> arrays{npz_array("kind", {40}, std::span<const double>(kind)),
                                     npz_array("u", {40}, std::span<const double>(u))};
  write_npz(path, arrays);
  const auto s = load_series(recipe(path, R"(, "classes": "kind")"), 1);
  EXPECT_EQ(s.sequences.size(), 10U);
  EXPECT_THAT(s.input_names, testing::ElementsAre("u"));
}

TEST_F(SequenceFiles, WhatIsNoSequenceIsRefused) {
  const auto good = text({5, 3, 4, 8, 6, 4});
  EXPECT_THAT(why(good, R"(, "classes": "shape")"), HasSubstr("no column \"shape\""));
  EXPECT_THAT(why(good, R"(, "classes": "kind", "targets": ["u"])"),
              HasSubstr("cannot be beside \"classes\""));
  EXPECT_THAT(why(good, R"(, "sequences": "take")"), HasSubstr("needs \"classes\""));
  EXPECT_THAT(why(good, R"(, "inputs": ["u", "kind"], "classes": "kind")"),
              HasSubstr("which is an input of the same step"));
  EXPECT_THAT(why(good, R"(, "classes": "")"), HasSubstr("must name a column"));
  EXPECT_THAT(why(text({10, 20}), R"(, "classes": "kind")"),
              HasSubstr("no sequence lies wholly in the 6 steps"));
  EXPECT_THAT(why("take,kind,u\n1,0,3\n1,1,4\n2,1,5\n3,0,6\n4,1,7\n5,0,8\n",
                  R"(, "classes": "kind", "sequences": "take")"),
              HasSubstr("step 2 is of class 1"));
  std::string values = "kind,u\n";
  for (int t = 0; t < 1500; ++t) values += std::to_string(t) + "," + std::to_string(t % 3) + "\n";
  EXPECT_THAT(why(values, R"(, "classes": "kind")"), HasSubstr("1500 different values"));
}

TEST(Sequences, AreToldApartInFloatAndInFixedPoint) {
  const auto recipe = parse_driven_recipe(
      R"({"dynamics": "esn", "neurons": 40, "density": 0.3, "drive": {"bias": 0.3}, "data": {"set": "waves",
          "washout": 40, "train": 800, "validation": 160, "test": 800}})",
      "recipe");
  Team team(1);
  const auto series = load_series(recipe.data, recipe.seed);
  auto model = draw_driven_model(recipe, series);
  fit_read_out(model, series, team);
  const auto scores = judge_driven(model, series, team);
  ASSERT_TRUE(scores.accuracy);
  EXPECT_EQ(scores.sequences, 100);
  EXPECT_EQ(*scores.accuracy, 1);
  const auto image = compile_driven(model, series, load_hardware_config("default"), team).compilation.image;
  const auto ends = driven_image(image, "image");
  const auto run = run_golden_series(image, ends, series, series.steps(), team);
  EXPECT_EQ(judge_fixed(image, ends, series, run.outputs, team).accuracy, 1);
  // A read-out that says "square" whatever it sees is right about the squares alone.
  model.W_out.setZero();
  model.W_out(1, model.W_out.cols() - 1) = 1;
  const auto blind = judge_driven(model, series, team);
  EXPECT_GT(*blind.accuracy, 0.3);
  EXPECT_LT(*blind.accuracy, 0.7);
}

}  // namespace sequences_test
}  // namespace stoic
