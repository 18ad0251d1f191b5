// Where the error of m(T) comes from, and what an error budget makes of it.
#include "stoic/host/compare/state_error.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <regex>

#include "stoic/host/compare/word_lengths.hpp"
#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/learning/trainer.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace state_error_test {

using testing::HasSubstr;
using testing::ThrowsMessage;

class StateErrorOfLetters : public testing::Test {
 protected:
  StateError error(const HardwareConfig& config) const {
    return state_error(model_, compile(model_, train_, config).image, calibrate(model_, train_), train_);
  }
  std::string refusal(double budget, const HardwareConfig& config) const {
    try {
      require_within(budget, error(config), model_, config, train_);
    } catch (const Error& refused) {
      return refused.what();
    }
    return "";
  }
  /// The number behind `words` in `text`.
  static double number_after(const std::string& text, const std::string& words) {
    std::smatch match;
    EXPECT_TRUE(std::regex_search(text, match, std::regex(words + " ([0-9.]+)"))) << text;
    return std::stod(match[1]);
  }

  CstoParameters& csto() { return std::get<CstoParameters>(model_.recipe.system); }

  Model model_ = read_model(STOIC_SOURCE_DIR "/models/letters-csto.npz");
  Dataset train_ = make_letters(1, Split::train, 200, 0.3);
  HardwareConfig config_ = load_hardware_config("default");
};

TEST_F(StateErrorOfLetters, OfTheStepFallsWithItsFourthPower) {
  double before = 0;
  for (const double step_ps : {15.0, 7.5, 3.75}) {
    csto().step_ps = step_ps;
    const double step = error(with_word_lengths(config_, 24, 18)).step.root_mean_square;
    if (before > 0) {
      EXPECT_NEAR(std::log2(before / step), 4, 0.2) << step_ps << " ps";
    }
    before = step;
  }
}

TEST_F(StateErrorOfLetters, OfTheWordsHalvesWithEachBit) {
  const auto narrow = error(with_word_lengths(config_, 12, 18)),
             wide = error(with_word_lengths(config_, 16, 18));
  // Four bits; the random walk of rounding leaves a little room.
  EXPECT_NEAR(std::log2(narrow.rounding.root_mean_square / wide.rounding.root_mean_square), 4, 0.5);
  EXPECT_NEAR(narrow.words.root_mean_square, narrow.rounding.root_mean_square, 1e-12) << "nothing is wider";
  const auto coarse = error(with_word_lengths(config_, 20, 6)),
             fine = error(with_word_lengths(config_, 20, 10));
  EXPECT_NEAR(std::log2(coarse.weights().value() / fine.weights().value()), 4, 0.5);
  EXPECT_EQ(coarse.step.root_mean_square, fine.step.root_mean_square);
  // What rounded weights take away from the error is chance, and no error of theirs.
  StateError chance{.words = {.root_mean_square = 0.9}, .rounding = {.root_mean_square = 1}};
  EXPECT_FALSE(chance.weights());
  chance.words.root_mean_square = 1.25;
  EXPECT_EQ(chance.weights(), 0.75);
}

TEST_F(StateErrorOfLetters, ChosenStepIsTheLongestWithinItsShareOfTheBudget) {
  for (const double budget : {1e-2, 1e-4, 1e-6}) {
    model_.recipe = with_step_within(model_, train_, budget);
    const auto steps = csto().time().steps();
    EXPECT_LE(error(config_).step.root_mean_square, step_share * budget * (1 + 1e-3)) << steps << " steps";
    if (steps == 1) continue;
    csto().step_ps = csto().duration_ps / static_cast<double>(steps - 1);
    EXPECT_GT(error(config_).step.root_mean_square, step_share * budget * (1 - 1e-3))
        << steps - 1 << " steps";
  }
}

TEST_F(StateErrorOfLetters, StepBeyondTheBudgetIsRefusedWithOneThatWouldDo) {
  const auto wide = with_word_lengths(config_, 24, 18);
  const auto message = refusal(5e-5, wide);
  EXPECT_THAT(message, HasSubstr("the integrator with step_ps 30 alone is off by"));
  csto().step_ps =
      csto().duration_ps / std::round(csto().duration_ps / number_after(message, "alone .* step_ps"));
  EXPECT_EQ(refusal(5e-5, wide), "");
}

TEST_F(StateErrorOfLetters, WordsBeyondTheBudgetAreRefusedWithThoseThatWouldDo) {
  const double budget = 1e-3;
  const auto message = refusal(budget, config_);
  EXPECT_THAT(message, HasSubstr("rounding to 16-bit states is off by"));
  const auto states = static_cast<std::int64_t>(number_after(message, "states of"));
  const auto weights = static_cast<std::int64_t>(number_after(message, "weights of"));
  EXPECT_EQ(refusal(budget, with_word_lengths(config_, states, weights)), "");
  EXPECT_NE(refusal(budget, with_word_lengths(config_, states, weights - 1)), "");
}

TEST_F(StateErrorOfLetters, WarnsWhereTheStepIsTheLargestPart) {
  EXPECT_EQ(step_warning(error(config_), model_.recipe), "");
  csto().step_ps = 100;
  EXPECT_THAT(step_warning(error(with_word_lengths(config_, 20, 18)), model_.recipe),
              HasSubstr("step_ps 100"));
}

TEST_F(StateErrorOfLetters, ChaosThatNoStepSettlesIsRefused) {
  csto().coupling_Oe = 1000;
  csto().duration_ps = 20'000;
  csto().step_ps = 10;
  EXPECT_THAT([&] { with_step_within(model_, train_, 1e-6); }, ThrowsMessage<Error>(HasSubstr("diverge")));
}

TEST(StateErrorOfSeveralArrays, HoldsTheWordsOfEachOfThem) {
  const auto recipe =
      parse_recipe(R"({"dynamics": "deep-csto", "oscillators": 10, "couplings_Oe": [10, 10, 10],
                                       "inputs": 49, "classes": 5, "duration_ps": 60, "training": {"epochs": 0}})",
                   "test");
  const auto letters = make_letters(1, Split::train, 60, 0.3);
  const Model model = train(recipe, letters, {}).value();
  const auto image =
      compile(model, letters, with_word_lengths(load_hardware_config("default"), 20, 16)).image;
  const auto error = state_error(model, image, calibrate(model, letters), letters).words.root_mean_square;
  // The couplings of the arrays come first to the weight memory: 10 columns of one block of rows each.
  for (const std::size_t array : {0, 1, 2}) {
    auto disturbed = image;
    const auto matrix = static_cast<std::size_t>(10 * image.config.lanes);
    for (std::size_t i = array * matrix; i < (array + 1) * matrix; ++i)
      disturbed.weights[i] = -disturbed.weights[i];
    EXPECT_GT(state_error(model, disturbed, calibrate(model, letters), letters).words.root_mean_square,
              4 * error)
        << "array " << array + 1;
  }
}

/// Every dynamics that is integrated in steps, after a little training.
class StateErrorOfEveryFlow : public testing::TestWithParam<const char*> {};

TEST_P(StateErrorOfEveryFlow, AChosenStepMeetsTheBudgetInFixedPoint) {
  auto recipe = parse_recipe(GetParam(), "test");
  recipe.training.epochs = 1;
  const auto letters = make_letters(1, Split::train, 200, 0.3);
  Model model = train(recipe, letters, {}).value();
  const auto config = with_word_lengths(load_hardware_config("default"), 20, 16);
  for (const double budget : {2e-2, 2e-3}) {
    model.recipe = with_step_within(model, letters, budget);
    const auto error =
        state_error(model, compile(model, letters, config).image, calibrate(model, letters), letters);
    EXPECT_LE(error.step.root_mean_square, step_share * budget * (1 + 1e-3)) << budget;
    EXPECT_LE(error.total(), budget) << model.recipe.step_count() << " steps";
    require_within(budget, error, model, config, letters);
  }
}

INSTANTIATE_TEST_SUITE_P(
    , StateErrorOfEveryFlow,
    testing::Values(
        R"({"dynamics": "lorenz96", "neurons": 40, "inputs": 49, "classes": 5, "forcing": 4, "duration": 0.4})",
        R"({"dynamics": "deep-csto", "oscillators": 12, "couplings_Oe": [10, 0.1, 10], "inputs": 49,
                        "classes": 5, "duration_ps": 100})",
        R"({"dynamics": "sa-node", "inputs": 49, "classes": 5, "duration": 1})",
        R"({"dynamics": "pendulums", "pendulums": 10, "inputs": 49, "classes": 5})"),
    [](const auto& recipe) { return "Number" + std::to_string(recipe.index); });

}  // namespace state_error_test
}  // namespace stoic
