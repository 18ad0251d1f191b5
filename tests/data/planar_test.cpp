// Built-in sets of points in the plane.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "stoic/host/data/dataset.hpp"
#include "stoic/host/data/fingerprint.hpp"
#include "stoic/host/model/recipe.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

using testing::HasSubstr;

Recipe recipe_of(const std::string& set, const std::string& more = "", int inputs = 2, int classes = 2) {
  return parse_recipe(R"({"dynamics": "mlp", "neurons": 3, "inputs": )" + std::to_string(inputs) +
                          R"(, "classes": )" + std::to_string(classes) + R"(, "data": {"set": ")" + set +
                          "\"" + more + "}}",
                      "test");
}

class PlanarSet : public testing::TestWithParam<const char*> {};

TEST_P(PlanarSet, IsGeneratedFromTheSeedWithEveryClassAsOften) {
  auto recipe = recipe_of(GetParam());
  const auto train = load_data(recipe, Split::train), test = load_data(recipe, Split::test);
  EXPECT_EQ(train.size(), 2000);
  EXPECT_EQ(test.size(), 1000);
  EXPECT_TRUE(train.samples.are_real());
  EXPECT_EQ(recipe.scale_of(true), 1);
  EXPECT_EQ(std::count(train.labels.begin(), train.labels.end(), 1), 1000);
  EXPECT_EQ(fingerprint(train), fingerprint(load_data(recipe, Split::train)));
  EXPECT_NE(train.samples.values()[0], test.samples.values()[0]);
  recipe.data.train_samples = 10;
  EXPECT_EQ(load_data(recipe, Split::train).samples, train.part(0, 10).samples);
  recipe.seed = 2;
  EXPECT_NE(load_data(recipe, Split::train).samples.values()[0], train.samples.values()[0]);
}

TEST_P(PlanarSet, MovesItsPointsByTheNoise) {
  const auto still = load_data(recipe_of(GetParam(), R"(, "noise": 0)"), Split::train),
             noisy = load_data(recipe_of(GetParam(), R"(, "noise": 0.2)"), Split::train);
  double squares = 0, most = 0;
  for (std::size_t i = 0; i < 4000; ++i) {
    squares += std::pow(noisy.samples.values()[i] - still.samples.values()[i], 2);
    most = std::max(most, std::abs(still.samples.values()[i]));
  }
  EXPECT_NEAR(std::sqrt(squares / 4000), 0.2, 0.01);
  EXPECT_LE(most, 1);
  EXPECT_NE(data_key(recipe_of(GetParam(), R"(, "noise": 0)")), data_key(recipe_of(GetParam())));
}

/// The nearest of the training samples without noise has the same class.
TEST_P(PlanarSet, PartsItsClasses) {
  const std::string set = GetParam();
  const auto recipe = recipe_of(set, R"(, "noise": 0)", 2, set == "moons" ? 2 : 3);
  const auto train = load_data(recipe, Split::train), test = load_data(recipe, Split::test);
  std::int64_t wrong = 0;
  for (std::int64_t t = 0; t < 300; ++t) {
    std::int64_t nearest = 0;
    double least = 1e9;
    for (std::int64_t s = 0; s < train.size(); ++s) {
      const auto a = train.samples.values().subspan(static_cast<std::size_t>(2 * s), 2),
                 b = test.samples.values().subspan(static_cast<std::size_t>(2 * t), 2);
      const double distance = std::hypot(a[0] - b[0], a[1] - b[1]);
      if (distance < least) least = distance, nearest = s;
    }
    wrong += train.labels[static_cast<std::size_t>(nearest)] != test.labels[static_cast<std::size_t>(t)];
  }
  EXPECT_LE(wrong, 9);  // the arms of spirals meet at the origin
}

INSTANTIATE_TEST_SUITE_P(, PlanarSet, testing::Values("blobs", "moons", "circles", "spirals"),
                         [](const auto& set) { return std::string(set.param); });

TEST(PlanarSets, HaveTwoInputsAndTheirOwnKeys) {
  const auto refusal = [](const auto& make) {
    try {
      make();
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("taken");
  };
  EXPECT_THAT(refusal([] { recipe_of("blobs", "", 3); }), HasSubstr("\"blobs\" needs \"inputs\": 2"));
  EXPECT_THAT(refusal([] { recipe_of("moons", "", 2, 3); }), HasSubstr("\"classes\": 2"));
  EXPECT_THAT(refusal([] { recipe_of("moons", R"(, "noise": -1)"); }), HasSubstr("noise"));
  EXPECT_THAT(refusal([] { recipe_of("moons", R"(, "pixel_noise": 0.1)"); }), HasSubstr("pixel_noise"));
  EXPECT_THAT(refusal([] { recipe_of("random", R"(, "noise": 0.1)"); }), HasSubstr("noise"));
  EXPECT_THAT(refusal([] { recipe_of("spiral"); }), HasSubstr("spirals"));
  const auto text = recipe_text(recipe_of("circles", R"(, "noise": 0.25)", 2, 5));
  EXPECT_EQ(recipe_text(parse_recipe(text, "again")), text);
}

}  // namespace
}  // namespace stoic
