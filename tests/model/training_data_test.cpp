#include "stoic/host/model/training_data.hpp"

#include <gmock/gmock.h>

#include "../temporary_folder.hpp"
#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/data/fingerprint.hpp"
#include "stoic/host/learning/trainer.hpp"
#include "stoic/host/model/npz.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace training_data_test {

using testing::HasSubstr;
using testing::ThrowsMessage;

Recipe letters(const std::string& data = "") {
  return parse_recipe(R"({"dynamics": "ffesn", "neurons": 6, "inputs": 49, "classes": 5, "steps": 1,
      "training": {"epochs": 0}, "data": {"set": "letters", "train_samples": 40, "test_samples": 30)" +
                          data + "}}",
                      "test");
}

TEST(Fingerprint, IsTheChecksumsOfPixelsAndLabels) {
  const Dataset data{2,
                     3,
                     Samples(std::vector<std::uint8_t>{'1', '2', '3', '4', '5', '6', '7', '8', '9', '0'}, 2),
                     {0, 1, 2, 0, 1}};
  EXPECT_EQ(fingerprint(data),
            "261daee5"
            "0a1d7480");  // zlib.crc32 of Python
}

TEST(Fingerprint, OfAModelIsTheChecksumOfItsWeights) {
  Model model{.recipe = letters()};
  model.W_in = Eigen::Matrix2d{{1, 2}, {3, 4}};
  model.matrices["W"] = Eigen::Matrix2d{{0.5, -1}, {2, 3}};
  model.W_out = Eigen::RowVector3d(7, 8, 9);
  EXPECT_EQ(fingerprint(model), "62a86f64");  // zlib.crc32 of Python
  model.b_in = Eigen::Vector2d(0, 0);
  EXPECT_NE(fingerprint(model), "62a86f64");
}

TEST(Fingerprint, ChangesWithAnyPixelAndAnyLabel) {
  const auto data = load_data(letters(), Split::test);
  auto other = data;
  std::vector<std::uint8_t> pixels(data.samples.bytes().begin(), data.samples.bytes().end());
  pixels.back() ^= 1;
  other.samples = {std::move(pixels), other.inputs};
  EXPECT_NE(fingerprint(other), fingerprint(data));
  other = data;
  std::swap(other.labels[0], other.labels[1]);
  EXPECT_NE(fingerprint(other), fingerprint(data));
}

TEST(TrainingData, TravelsInTheModelAndItsImageAndChangesNoArrayAndNoRecipe) {
  const TemporaryFolder folder;
  const auto recipe = letters();
  const auto data = load_data(recipe, Split::train), test = load_data(recipe, Split::test);
  auto model = train(recipe, data, {}).value();
  EXPECT_EQ(model.training_data, training_data(recipe, data));
  model.training_data = training_data(recipe, data, &test);
  write_model(folder / "new.npz", model);
  const auto read = read_model(folder / "new.npz");
  EXPECT_EQ(read.training_data, model.training_data);
  EXPECT_EQ(read.training_data->seed, 1u);
  EXPECT_EQ(read.training_data->height, 7);
  const auto image = compile(read, data, load_hardware_config("small")).image;
  EXPECT_EQ(training_data_of(image, "image"), model.training_data);
  model.training_data.reset();
  write_model(folder / "old.npz", model);
  const NpzReader with(folder / "new.npz"), without(folder / "old.npz");
  for (const auto& name : without.names())
    EXPECT_EQ(with.read(name, 1 << 20).bytes, without.read(name, 1 << 20).bytes) << name;
  EXPECT_FALSE(training_data_of(compile(model, data, load_hardware_config("small")).image, "image"));
}

TEST(TrainingData, TellsTheHalvesApartAndIsUnknownWithoutTheHalf) {
  const auto recipe = letters();
  const auto data = load_data(recipe, Split::train), test = load_data(recipe, Split::test);
  const auto known = training_data(recipe, data, &test);
  EXPECT_EQ(is_data_of(known, Split::train, data), true);
  EXPECT_EQ(is_data_of(known, Split::test, test), true);
  EXPECT_EQ(is_data_of(known, Split::test, data), false);
  EXPECT_EQ(is_data_of(training_data(recipe, data), Split::test, test), std::nullopt);
}

TEST(TrainingData, NoticesAnEditedRecipe) {
  const auto recipe = letters(), noisy = letters(R"(, "pixel_noise": 0.1)");
  const auto data = load_data(recipe, Split::train), other = load_data(noisy, Split::train);
  const auto known = training_data(recipe, data);
  EXPECT_EQ(is_data_of(known, Split::train, other), false);
  EXPECT_THAT(other_data_text(known, Split::train, noisy, other),
              testing::AllOf(HasSubstr("letters of seed 1"), HasSubstr(known.training.fingerprint)));
}

TEST(TrainingData, OfAnotherFormIsRefusedWithItsFile) {
  const auto good = training_data_json(training_data(letters(), load_data(letters(), Split::train)));
  EXPECT_NO_THROW(parse_training_data(good.dump(), "m.npz"));
  const auto refused = [&](const char* key, const nlohmann::ordered_json& value, const char* what) {
    auto bad = good;
    bad[key] = value;
    EXPECT_THAT([&] { parse_training_data(bad.dump(), "m.npz: training_data"); },
                ThrowsMessage<Error>(testing::AllOf(HasSubstr("m.npz: training_data"), HasSubstr(what))))
        << key;
  };
  refused("set", "*/ int x; /*", "small letters");
  refused("set", "", "small letters");
  refused("training", {{"samples", 3}, {"fingerprint", "xyz"}}, "16 hexadecimal digits");
  refused("training", 3, "training");
  refused("inputs", 0, "inputs");
  refused("surplus", 1, "surplus");
}

}  // namespace training_data_test
}  // namespace stoic
