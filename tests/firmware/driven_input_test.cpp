// What stoic_input() writes for a driven reservoir is what the host feeds it.
#include <gtest/gtest.h>

#include <cstring>

#include "stoic.h"
#include "stoic/host/compiler/driven_fixed.hpp"
#include "stoic/host/compiler/export_firmware.hpp"
#include "stoic_image.h"

namespace stoic {
namespace driven_input_test {

/// A reservoir on values far from 0 and 1, standardised; `scale` of its inputs beside its state.
Image image_of(const std::string& scale) {
  const auto recipe = parse_driven_recipe(
      R"({"dynamics": "esn", "neurons": 12, "spectral_radius": 0.5, "drive": {"input_scale": )" + scale +
          R"(}, "data": {"set": "lorenz63", "standardise": true, "washout": 20, "train": 100, "validation": 20,
             "test": 20}})",
      "recipe");
  Team team(1);
  const auto series = load_series(recipe.data, recipe.seed);
  auto model = draw_driven_model(recipe, series);
  fit_read_out(model, series, team);
  return compile_driven(model, series, load_hardware_config("default"), team).compilation.image;
}

class DrivenInput : public testing::TestWithParam<const char*> {};

TEST_P(DrivenInput, IsThatOfTheHost) {
  const auto image = image_of(GetParam());
  const auto ends = driven_image(image, "image");
  ASSERT_GT(ends.centre.cwiseAbs().maxCoeff(), 0.01) << "else a centre cannot be missed";
  ASSERT_GT((ends.input.deviation.array() - 1).abs().maxCoeff(), 0.5);
  std::vector<std::uint32_t> words;
  for (const auto& file : exported_firmware(image, {}))
    if (file.name == "model.bin") {
      words.resize(file.bytes.size() / sizeof(std::uint32_t));
      std::memcpy(words.data(), file.bytes.data(), file.bytes.size());
    }
  stoic_model model;
  ASSERT_EQ(stoic_model_from_image(&model, words.data(), words.size() * sizeof(std::uint32_t)), STOIC_OK);
  ASSERT_EQ(model.input_elements, static_cast<std::uint32_t>(ends.centre.size()));
  for (const double x : {-20.0, -3.7, 0.0, 1.25, 28.0}) {
    const Eigen::VectorXd raw = Eigen::VectorXd::LinSpaced(ends.inputs(), x, x + 2);
    const Eigen::VectorXd scaled = (raw - ends.input.mean).cwiseQuotient(ends.input.deviation);
    std::vector<std::int32_t> codes(model.input_elements);
    ends.fill(scaled, Eigen::VectorXd::Zero(ends.outputs()), codes);
    std::vector<double> values;
    for (std::int64_t r = 0; r < ends.repeats; ++r) values.insert(values.end(), raw.begin(), raw.end());
    std::vector<std::uint8_t> input(model.input_bytes);
    ASSERT_EQ(stoic_input(&model, values.data(), input.data()), STOIC_OK);
    for (std::size_t e = 0; e < codes.size(); ++e) {
      // (x - (mean + deviation * centre)) / deviation and (x - mean) / deviation - centre may be rounded apart.
      const int code = static_cast<std::int16_t>(input[2 * e] | input[2 * e + 1] << 8);
      EXPECT_NEAR(code, codes[e], 1) << "element " << e << " of " << x;
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Scales, DrivenInput, testing::Values("0.3", "3"));

}  // namespace driven_input_test
}  // namespace stoic
