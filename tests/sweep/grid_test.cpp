#include "stoic/host/sweep/grid.hpp"

#include <gmock/gmock.h>

#include "model_recipes.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace grid_test {

using nlohmann::json;
using testing::HasSubstr;

Sweep grid_of(const std::string& grid) {
  return sweep_of(R"({"recipe": "letters-ffesn", "grid": )" + grid + "}");
}

TEST(Range, OfWholeNumbersIsRoundedAndSaysSo) {
  const auto sweep = grid_of(R"({"steps": {"from": 1, "to": 10, "count": 4}})");
  EXPECT_EQ(json(sweep.axes[0].values), json::parse("[1, 4, 7, 10]"));
  EXPECT_TRUE(sweep.notices.empty()) << "nothing was changed";
  const auto uneven = grid_of(R"({"steps": {"from": 1, "to": 10, "count": 3}})");
  EXPECT_EQ(json(uneven.axes[0].values), json::parse("[1, 6, 10]"));
  EXPECT_THAT(uneven.notices, testing::ElementsAre(HasSubstr("\"steps\" takes whole numbers")));
}

TEST(Range, OfWholeNumbersKeepsOneOfThoseThatRoundAlike) {
  const auto sweep =
      grid_of(R"({"training.batch": {"from": 1, "to": 16, "count": 9, "scale": "logarithmic"}})");
  EXPECT_EQ(json(sweep.axes[0].values), json::parse("[1, 2, 3, 4, 6, 8, 11, 16]"));
  EXPECT_THAT(sweep.notices, testing::ElementsAre(HasSubstr("9 values are rounded to 8 different ones")));
  check_cells(sweep, sweep_cells(sweep), load_model_recipe);
}

TEST(Range, OfEveryWholeNumberKeyIsTaken) {
  for (const char* key : {"steps", "neurons", "seed", "training.epochs", "training.batch",
                          "training.warmup_batches", "data.train_samples", "data.test_samples"}) {
    SCOPED_TRACE(key);
    const auto sweep = grid_of(std::string(R"({")") + key + R"(": {"from": 2, "to": 7, "count": 3}})");
    EXPECT_EQ(json(sweep.axes[0].values), json::parse("[2, 5, 7]"));
    EXPECT_NO_THROW(check_cells(sweep, sweep_cells(sweep), load_model_recipe));
  }
}

TEST(Range, OfRealNumbersIsNotRounded) {
  const auto sweep = grid_of(R"({"spectral_radius": {"from": 1, "to": 2, "count": 3}})");
  EXPECT_EQ(json(sweep.axes[0].values), json::parse("[1.0, 1.5, 2.0]"));
}

TEST(List, OfAWholeNumberKeyIsNotRounded) {
  const auto sweep = grid_of(R"({"steps": [1.5, 2]})");
  EXPECT_THAT([&] { check_cells(sweep, sweep_cells(sweep), load_model_recipe); },
              testing::ThrowsMessage<Error>(HasSubstr("whole number")));
}

TEST(Axis, IsLogarithmicByItsScaleOrItsSpan) {
  EXPECT_TRUE(grid_of(R"({"input_scale": {"from": 1, "to": 2, "count": 3, "scale": "logarithmic"}})")
                  .axes[0]
                  .logarithmic);
  EXPECT_TRUE(grid_of(R"({"training.learning_rate": [0.001, 0.01, 0.1]})").axes[0].logarithmic);
  EXPECT_FALSE(grid_of(R"({"training.learning_rate": [0, 0.01, 0.1]})").axes[0].logarithmic);
  EXPECT_FALSE(grid_of(R"({"steps": [1, 2, 30]})").axes[0].logarithmic);
}

TEST(Grid, OfMoreThanTheMostTrainingsIsRefusedWithoutCountingThem) {
  std::string many = R"({"from": 1, "to": 2, "count": 10000})";
  std::string grid = R"({"a": )" + many;
  for (const char* key : {"b", "c", "d", "e", "f"}) grid += ", \"" + std::string(key) + "\": " + many;
  EXPECT_THAT([&] { grid_of(grid + "}"); },
              testing::ThrowsMessage<Error>(HasSubstr("more than 100000 trainings")));
}

TEST(Unit, IsReadFromTheNameOfTheKey) {
  EXPECT_EQ(unit_of("coupling_Oe"), "Oe");
  EXPECT_EQ(unit_of("couplings_Oe"), "Oe");
  EXPECT_EQ(unit_of("duration_ps"), "ps");
  EXPECT_EQ(unit_of("current_mA"), "mA");
  EXPECT_EQ(unit_of("temperature_K"), "K");
  EXPECT_EQ(unit_of("gyromagnetic_ratio_rad_per_Oe_s"), "rad/(Oe·s)");
  EXPECT_EQ(unit_of("saturation_magnetisation_emu_per_cm3"), "emu/cm³");
  EXPECT_EQ(unit_of("free_layer_volume_nm3"), "nm³");
  EXPECT_EQ(unit_of("training.step_epochs"), "");
  EXPECT_EQ(unit_of("spectral_radius"), "");
}

}  // namespace grid_test
}  // namespace stoic
