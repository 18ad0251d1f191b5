// Data of one's own, from its files to the codes that the accelerator gets.
#include "../own_data.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>
#include <ostream>

#include "stoic/host/compare/evaluate.hpp"
#include "stoic/host/compare/local_error.hpp"
#include "stoic/host/compiler/binary_point.hpp"
#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/compiler/export.hpp"
#include "stoic/host/compiler/export_firmware.hpp"
#include "stoic/host/compiler/input_codes.hpp"
#include "stoic/host/data/complete_recipe.hpp"
#include "stoic/host/data/fingerprint.hpp"
#include "stoic/host/learning/trainer.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace own_data_test {

using testing::HasSubstr;
using testing::ThrowsMessage;

struct Case {
  const char* name;
  const char* dynamics;
  const char* data;
  const char* keys = "";
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

const Case cases[] = {
    {"flowers", R"("dynamics": "mlp", "neurons": 16)", R"("train": "flowers.csv", "test_share": 0.3)"},
    {"values", R"("dynamics": "linear")", R"("train": "values.npz")"},
    {"values of ffesn", R"("dynamics": "ffesn", "neurons": 20, "steps": 2)", R"("train": "values.npz")"},
    {"values of oscillators", R"("dynamics": "csto", "oscillators": 8, "duration_ps": 60, "step_ps": 20)",
     R"("train": "values.npz")"},
    {"values of lorenz96", R"("dynamics": "lorenz96", "neurons": 20, "duration": 0.2)",
     R"("train": "values.npz")"},
    {"values of sa-node", R"("dynamics": "sa-node", "duration": 0.5)", R"("train": "values.npz")",
     R"("input_scale": 0.2,)"},
    {"raw values", R"("dynamics": "mlp", "neurons": 12)", R"("train": "values.npz", "standardise": false)"},
    {"an image of channels", R"("dynamics": "mlp", "neurons": 12)",
     R"("train": "values.npz", "shape": [4, 6, 2])",
     R"("convolution": {"filters": 5, "kernel": 3, "stride": 1},)"},
    {"random pixels of channels", R"("dynamics": "mlp", "neurons": 12)", R"("shape": [5, 7, 3])",
     R"("inputs": 105, "classes": 4, "convolution": {"filters": 4, "kernel": 3, "stride": 2},)"}};

class OwnDataInFixedPoint : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    write_bytes(folder_ / "flowers.csv", flowers_csv(150));
    write_values_npz(folder_ / "values.npz", 48);
    const bool random = std::string(GetParam().data).find("train") == std::string::npos;
    recipe_ = parse_recipe_for(
        folder_.path(),
        fmt::format(R"({{{}, {} "data": {{"set": "{}", {}}}, "training": {{"epochs": 12, "optimizer": "adam",
                        "learning_rate": 0.01, "batch": 10}}}})",
                    GetParam().dynamics, GetParam().keys, random ? "random" : "files", GetParam().data),
        "r.json", {});
    train_ = load_data(recipe_, Split::train, folder_.path());
    test_ = load_data(recipe_, Split::test, folder_.path());
    if (random) train_ = train_.part(0, 100), test_ = test_.part(0, 50);
    model_ = *train(recipe_, train_, {.threads = 1});
  }
  TemporaryFolder folder_;
  Recipe recipe_;
  Dataset train_, test_;
  Model model_;
};

TEST_P(OwnDataInFixedPoint, DecidesAsFloatDoes) {
  const auto reference = evaluate_float(model_, test_);
  if (recipe_.data.set == "files") {
    EXPECT_GT(reference.accuracy, 0.8);
  }
  for (const char* hw : {"default", "small"}) {
    SCOPED_TRACE(hw);
    const auto compiled = compile(model_, train_, load_hardware_config(hw));
    EXPECT_EQ(compiled.calibration_saturations, 0);
    const auto golden = evaluate_golden(compiled.image, test_);
    EXPECT_GT(agreement(golden, reference), 0.9);
    EXPECT_LT((golden.outputs.real() - reference.outputs.real()).norm() / reference.outputs.real().norm(),
              0.05);
    for (const auto& error : local_errors(compiled.image, 2, input_filler(compiled.image, test_.samples)))
      EXPECT_TRUE(error.within_bound()) << error.mnemonic << " at program word " << error.slot;
  }
}

TEST_P(OwnDataInFixedPoint, IsCodedAsTheImageSays) {
  const auto image = compile(model_, train_, load_hardware_config("default")).image;
  const auto plan = input_plan(image);
  ASSERT_EQ(plan.coding.has_value(), train_.samples.are_real());
  if (!plan.coding) return;
  std::vector<double> values(static_cast<std::size_t>(test_.inputs));
  std::vector<std::int32_t> codes(values.size());
  double most = 0;
  for (std::int64_t s = 0; s < test_.size(); ++s) {
    test_.samples.read(s, values);
    fill_input_codes(plan, test_.samples, s, codes);
    for (std::size_t i = 0; i < values.size(); ++i) {
      EXPECT_NEAR(std::ldexp(codes[i], -static_cast<int>(plan.coding->fraction_bits)), values[i],
                  std::ldexp(0.5, -static_cast<int>(plan.coding->fraction_bits)));
      most = std::max(most, std::abs(static_cast<double>(codes[i])));
    }
  }
  EXPECT_GT(most, 32768 / 5) << "the bits are used";
  EXPECT_THAT(
      [&] { evaluate_golden(image, make_random_pixels(1, Split::test, 5, test_.inputs, test_.classes)); },
      ThrowsMessage<Error>(HasSubstr("takes real values, and the data holds bytes")));
}

TEST_P(OwnDataInFixedPoint, TravelsWithModelAndImage) {
  write_model(folder_ / "m.npz", model_);
  const Model read = read_model(folder_ / "m.npz");
  EXPECT_EQ(read.training_data, model_.training_data);
  const auto image = compile(read, train_, load_hardware_config("default")).image;
  EXPECT_EQ(training_data_of(image, "i"), model_.training_data);
  const auto again = load_data(recipe_of(image, "i"), Split::test, folder_.path(), &*read.training_data);
  if (recipe_.data.set == "files") {
    EXPECT_EQ(again.samples, test_.samples);
  }
  EXPECT_EQ(is_data_of(*read.training_data, Split::train, train_), true);
}

INSTANTIATE_TEST_SUITE_P(, OwnDataInFixedPoint, testing::ValuesIn(cases), [](const auto& c) {
  std::string name = c.param.name;
  std::erase_if(name, [](char letter) { return letter == ' ' || letter == '-'; });
  return name;
});

/// A network on the flowers, compiled.
class ExportedFlowers : public testing::Test {
 protected:
  void SetUp() override {
    write_bytes(folder_ / "flowers.csv", flowers_csv(60));
    const auto recipe = parse_recipe_for(folder_.path(),
                                         R"({"dynamics": "linear", "training": {"epochs": 1}, "data": {
                                               "set": "files", "train": "flowers.csv", "test_share": 0.5}})",
                                         "r.json", {});
    const auto training = load_data(recipe, Split::train, folder_.path());
    test_ = load_data(recipe, Split::test, folder_.path());
    image_ =
        compile(*train(recipe, training, {.threads = 1}), training, load_hardware_config("default")).image;
  }
  TemporaryFolder folder_;
  Dataset test_;
  Image image_;
};

TEST_F(ExportedFlowers, ComeWithAFunctionInCThatMakesTheSameCodes) {
  for (const auto& [name, text] : exported_firmware(image_, {})) {
    const auto path = folder_ / name;
    std::filesystem::create_directories(path.parent_path());
    write_bytes(path, text);
  }
  std::string program =
      "#include <stdio.h>\n#include \"stoic.h\"\n#include \"model.h\"\n"
      "int main(void) {\n  static const double values[] = {";
  const auto values = test_.samples.values();
  std::vector<double> between;  // from what fits to what saturates by far
  for (double value = 0.7; value < 1e8; value *= 1.3)
    between.insert(between.end(), {value, -value, -value, value});
  const auto coding = *input_plan(image_).coding;
  const auto& [mean, deviation] = *coding.standardisation;
  for (const double edge : {32766.5, 32767.5, -32768.5})  // halfway between codes, as far as a double goes
    for (int step = -6; step <= 6; ++step)
      for (std::size_t e = 0; e < 4; ++e)
        between.push_back(
            (mean[e] + deviation[e] * std::ldexp(edge, -static_cast<int>(coding.fraction_bits))) *
            (1 + step * 0x1p-53));
  for (const double value : values) program += fmt::format("{:.17g}, ", value);
  for (const double value : between) program += fmt::format("{:.17g}, ", value);
  program +=
      "1e9, -1e9, 1e9, -1e9};\n  unsigned i;\n  for (i = 0; i < sizeof values / sizeof values[0]; ++i)\n"
      "    printf(\"%d\\n\", (int)model_input_code(i % MODEL_INPUTS, values[i]));\n"
      "  for (i = 0; i < sizeof values / sizeof values[0]; i += MODEL_INPUTS) {\n"
      "    uint8_t input[MODEL_INPUT_BYTES];\n    unsigned e;\n"
      "    if (stoic_input(&model, values + i, input) != STOIC_OK) return 1;\n"
      "    for (e = 0; e < MODEL_INPUTS; ++e)\n"
      "      printf(\"%d\\n\", (int16_t)(input[2 * e] | input[2 * e + 1] << 8));\n  }\n"
      "  return stoic_input_pixels(&model, (const uint8_t*)values, (void*)values) == STOIC_BAD_ARGUMENT ? 0 "
      ": 2;\n}\n";
  write_bytes(folder_ / "main.c", program);
  const auto command = fmt::format(
      "cd {0} && '{1}' -std=c99 -Wall -Wextra -Werror -Idriver main.c model.c driver/stoic_input.c -o main "
      "&& "
      "./main > codes.txt",
      folder_.path().string(), STOIC_C_COMPILER);
  ASSERT_EQ(std::system(command.c_str()), 0);
  std::string expected;
  std::vector<std::int32_t> codes(4);
  for (std::int64_t s = 0; s < test_.size(); ++s) {
    fill_input_codes(input_plan(image_), test_.samples, s, codes);
    for (const auto code : codes) expected += fmt::format("{}\n", code);
  }
  for (std::size_t i = 0; i < between.size(); ++i) {
    const auto entry = i % mean.size();
    expected += fmt::format(
        "{}\n", quantise((between[i] - mean[entry]) / deviation[entry], coding.fraction_bits, 16));
  }
  expected += "32767\n-32768\n32767\n-32768\n";
  EXPECT_EQ(read_bytes(folder_ / "codes.txt"), expected + expected) << "by the header, and by stoic_input()";
  EXPECT_THAT(export_manifest(image_, {}), HasSubstr("\"standardisation\""));
}

TEST_F(ExportedFlowers, KeepEveryBitOfMeansAndDeviations) {
  const auto plan = input_plan(image_);
  const auto& [mean, deviation] = *plan.coding->standardisation;
  ASSERT_EQ(mean.size(), 4u);
  for (const auto& [name, text] : exported_firmware(image_, {})) {
    if (name != "model.c") continue;
    for (std::size_t i = 0; i < mean.size(); ++i) {
      EXPECT_THAT(text, HasSubstr(fmt::format("{{{:.17g}, {:.17g}}}", mean[i], deviation[i])))
          << "stoic_input()";
      for (const double number : {mean[i], deviation[i]})
        EXPECT_THAT(text, HasSubstr(fmt::format(" {:.17g},", number))) << "NAME_input_code()";
    }
    return;
  }
  FAIL() << "no model.c";
}

TEST_F(ExportedFlowers, AreCPlusPlusTooAndRefusedOnABigEndianProcessor) {
  for (const auto& [name, text] : exported_firmware(image_, {}, {.name = "flowers", .version = "1.2"})) {
    const auto path = folder_ / name;
    std::filesystem::create_directories(path.parent_path());
    write_bytes(path, text);
  }
  const auto compile_as = [&](const std::string& options) {
    const auto command =
        fmt::format("cd '{}' && '{}' {} -Wall -Wextra -Wpedantic -Idriver -c flowers.c -o model.o 2> errors",
                    folder_.path().string(), STOIC_C_COMPILER, options);
    return std::system(command.c_str());
  };
  EXPECT_EQ(compile_as("-Werror -std=c99"), 0) << read_bytes(folder_ / "errors");
  EXPECT_EQ(compile_as("-Werror -x c++ -std=c++11"), 0) << read_bytes(folder_ / "errors");
  EXPECT_NE(compile_as("-std=c99 -U__BYTE_ORDER__ -D__BYTE_ORDER__=__ORDER_BIG_ENDIAN__"), 0);
  EXPECT_THAT(read_bytes(folder_ / "errors"), HasSubstr("models are little-endian"));
  EXPECT_THAT(read_bytes(folder_ / "flowers.h"), HasSubstr("#define FLOWERS_VERSION \"1.2\""));
}

/// One class has a tenth of the samples of each other one, and lies among them.
TEST(ClassWeights, RaiseTheRecallOfASmallClass) {
  const Dataset all = make_letters(3, Split::train, 600, 0.45),
                test = make_letters(3, Split::test, 500, 0.45);
  std::vector<std::uint32_t> kept;
  for (std::uint32_t s = 0; s < 600; ++s)
    if (all.labels[s] != 2 || s % 50 == 2) kept.push_back(s);
  Dataset data = all;
  data.samples = all.samples.selected(kept);
  data.labels.clear();
  for (const auto s : kept) data.labels.push_back(all.labels[s]);
  const auto result = [&](const char* weights) {
    const auto recipe = parse_recipe(
        fmt::format(R"({{"dynamics": "linear", "inputs": 49, "classes": 5, "training": {{"epochs": 8{}}}}})",
                    weights),
        "r.json");
    return evaluate_float(*train(recipe, data, {.threads = 1}), test);
  };
  const auto plain = result(""), ones = result(R"(, "class_weights": [1, 1, 1, 1, 1])"),
             balanced = result(R"(, "class_weights": "balanced")");
  EXPECT_EQ(plain.outputs, ones.outputs);
  EXPECT_GT(balanced.confusion(2, 2), 2 * plain.confusion(2, 2));
  EXPECT_GT(balanced.balanced_accuracy, plain.balanced_accuracy + 0.05);
}

TEST(ClassWeights, AreReadAndRefused) {
  const auto with = [](const std::string& weights) {
    return parse_recipe(
        R"({"dynamics": "linear", "inputs": 4, "classes": 3, "training": {"class_weights": )" + weights +
            "}}",
        "r.json");
  };
  const auto listed = with("[1, 2.5, 0]");
  EXPECT_EQ(recipe_text(parse_recipe(recipe_text(listed), "again")), recipe_text(listed));
  EXPECT_TRUE(with("\"balanced\"").training.balanced_classes);
  EXPECT_THAT([&] { with("[1, 2]"); }, ThrowsMessage<Error>(HasSubstr("2 numbers, but there are 3 classes")));
  EXPECT_THAT([&] { with("[1, -2, 1]"); }, ThrowsMessage<Error>(HasSubstr("\"class_weights\"")));
  EXPECT_THAT([&] { with("\"equal\""); }, ThrowsMessage<Error>(HasSubstr("balanced")));
}

}  // namespace own_data_test
}  // namespace stoic
