#include "stoic/host/model/model.hpp"

#include <gmock/gmock.h>

#include <limits>

#include "../temporary_folder.hpp"
#include "stoic/host/model/npz.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace model_test {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

const std::filesystem::path fixtures = STOIC_SOURCE_DIR "/tests/model";

Model example() {
  Model model;
  model.recipe = parse_recipe(
      R"({"dynamics": "ffesn", "neurons": 3, "inputs": 4, "classes": 2, "steps": 2, "data": {"set": "random"}})",
      "test");
  model.W_in = Eigen::MatrixXd::Constant(3, 4, 0.1);
  model.W_in(0, 1) = 2;
  model.matrices["W_reservoir"] = Eigen::MatrixXd::Identity(3, 3);
  model.W_out = Eigen::MatrixXd::Constant(2, 4, -1.0 / 3);
  return model;
}

bool equal(const Model& a, const Model& b) {
  return a.W_in == b.W_in && a.convolutions == b.convolutions && a.matrices == b.matrices &&
         a.W_out == b.W_out && recipe_text(a.recipe) == recipe_text(b.recipe) &&
         a.single_precision == b.single_precision;
}

TEST(Model, SurvivesItsFileInBothPrecisions) {
  const TemporaryFolder folder;
  Model model = example();
  model.single_precision = false;
  write_model(folder / "double.npz", model);
  EXPECT_TRUE(equal(read_model(folder / "double.npz"), model));
  model.single_precision = true;
  write_model(folder / "single.npz", model);
  const Model single = read_model(folder / "single.npz");
  EXPECT_EQ(single.W_out(1, 3), static_cast<double>(-1.0f / 3));
  write_model(folder / "again.npz", single);
  EXPECT_EQ(read_bytes(folder / "again.npz"), read_bytes(folder / "single.npz"));
}

TEST(Model, KeepsTheFiltersOfAConvolution) {
  const TemporaryFolder folder;
  Model model;
  model.recipe = parse_recipe(
      R"({"dynamics": "mlp", "neurons": 3, "inputs": 9, "classes": 2, "data": {"set": "random"},
          "convolution": {"filters": 2, "kernel": 2}})",
      "test");
  model.convolutions = {Eigen::MatrixXd::Random(2, 5)};
  model.W_in = Eigen::MatrixXd::Random(3, 8);
  model.W_out = Eigen::MatrixXd::Random(2, 4);
  model.matrices["b_hidden"] = Eigen::MatrixXd::Random(3, 1);
  model.single_precision = false;
  write_model(folder / "m.npz", model);
  EXPECT_TRUE(equal(read_model(folder / "m.npz"), model));
  model.convolutions = {Eigen::MatrixXd::Random(2, 4)};
  write_model(folder / "m.npz", model);
  EXPECT_THAT(
      [&] { read_model(folder / "m.npz"); },
      ThrowsMessage<Error>(AllOf(HasSubstr("\"W_convolution\""), HasSubstr("(2, 4)"), HasSubstr("(2, 5)"))));
}

TEST(Model, KeepsTheFiltersOfConvolutionsOneBehindTheOther) {
  const TemporaryFolder folder;
  Model model;
  model.recipe = parse_recipe(
      R"({"dynamics": "linear", "inputs": 36, "classes": 2, "data": {"set": "random"},
          "convolution": [{"filters": 2, "kernel": 3, "padding": 1, "pool": 2}, {"filters": 4, "kernel": 2}]})",
      "test");
  model.convolutions = {Eigen::MatrixXd::Random(2, 10), Eigen::MatrixXd::Random(4, 9)};
  model.W_out = Eigen::MatrixXd::Random(2, 17);
  model.single_precision = false;
  write_model(folder / "m.npz", model);
  EXPECT_TRUE(equal(read_model(folder / "m.npz"), model));
  std::swap(model.convolutions[0], model.convolutions[1]);
  write_model(folder / "m.npz", model);
  EXPECT_THAT([&] { read_model(folder / "m.npz"); },
              ThrowsMessage<Error>(AllOf(HasSubstr("\"W_convolution\""), HasSubstr("(2, 10)"))));
}

TEST(Model, OfNumPyIsReadInEitherPrecisionAndOrder) {
  const Model single = read_model(fixtures / "numpy_float32_stored.npz");
  Model twice = read_model(fixtures / "numpy_float64_fortran_deflated.npz");
  EXPECT_TRUE(single.single_precision);
  EXPECT_FALSE(twice.single_precision);
  EXPECT_EQ(single.W_out(1, 3), 3.5);
  EXPECT_EQ(single.recipe.data.set, "random");
  twice.single_precision = true;
  EXPECT_TRUE(equal(single, twice));
}

TEST(Model, SaysHowToAddAMissingRecipe) {
  const TemporaryFolder folder;
  write_npz(folder / "m.npz", std::vector{npz_array("W_in", {1, 1}, std::vector{1.f})});
  EXPECT_THAT([&] { read_model(folder / "m.npz"); },
              ThrowsMessage<Error>(AllOf(HasSubstr("m.npz"), HasSubstr("recipe=json.dumps("))));
}

TEST(Model, MustFitItsRecipe) {
  const TemporaryFolder folder;
  Model model = example();
  std::get<FfesnParameters>(model.recipe.system).neurons = 4;
  model.matrices["W_reservoir"] = Eigen::MatrixXd::Identity(4, 4);
  write_model(folder / "m.npz", model);
  EXPECT_THAT(
      [&] { read_model(folder / "m.npz"); },
      ThrowsMessage<Error>(AllOf(HasSubstr("\"W_in\""), HasSubstr("shape (3, 4)"), HasSubstr("(4, 4)"))));
  model = example();
  model.W_out(1, 2) = std::numeric_limits<double>::infinity();
  write_model(folder / "m.npz", model);
  EXPECT_THAT([&] { read_model(folder / "m.npz"); },
              ThrowsMessage<Error>(AllOf(HasSubstr("\"W_out\""), HasSubstr("[1, 2] is inf"))));
  EXPECT_THAT([&] { read_model(fixtures / "numpy_object.npz"); },
              ThrowsMessage<Error>(AllOf(HasSubstr("\"W_in\""), HasSubstr("Python objects"))));
}

TEST(Model, WithValuesThatItsSystemCannotRunNamesTheFileAndTheArray) {
  const TemporaryFolder folder;
  Model model;
  model.recipe = parse_recipe(
      R"({"dynamics": "sa-node", "inputs": 6, "classes": 2, "data": {"set": "random"}})", "recipe");
  model.matrices = model.recipe.draw_matrices();
  model.matrices.at("stiffness")(0) = 0;
  write_model(folder / "m.npz", model);
  EXPECT_THAT([&] { read_model(folder / "m.npz"); },
              ThrowsMessage<Error>(AllOf(HasSubstr("m.npz: "), HasSubstr("\"stiffness\" is 0"))));
}

TEST(Model, SaysHowToAppendMissingBiases) {
  const TemporaryFolder folder;
  Model model = example();
  model.W_out.conservativeResize(2, 3);
  write_model(folder / "m.npz", model);
  EXPECT_THAT([&] { read_model(folder / "m.npz"); },
              ThrowsMessage<Error>(HasSubstr("column_stack([weight, bias])")));
}

TEST(Model, WithABadRecipeNamesTheFileAndTheKey) {
  const TemporaryFolder folder;
  write_npz(folder / "m.npz",
            std::vector{npz_text("recipe", R"({"dynamics": "ffesn", "inputs": 6, "classes": 2})")});
  EXPECT_THAT([&] { read_model(folder / "m.npz"); },
              ThrowsMessage<Error>(AllOf(HasSubstr("m.npz: recipe"), HasSubstr("\"neurons\" is missing"))));
}

TEST(Model, IsReadWithEqualContentOrRefusedForEveryTruncationAndFlippedBit) {
  const TemporaryFolder folder;
  const auto path = folder / "m.npz";
  const Model model = example();
  write_model(path, model);
  const std::string whole = read_bytes(path);
  const Model expected = read_model(path);
  for (std::size_t size = 0; size < whole.size(); size += 3) {
    write_bytes(path, whole.substr(0, size));
    EXPECT_THROW(read_model(path), Error) << size;
  }
  for (std::size_t bit = 0; bit < 8 * whole.size(); bit += 3) {
    std::string bytes = whole;
    bytes[bit / 8] ^= static_cast<char>(1 << bit % 8);
    write_bytes(path, bytes);
    try {
      EXPECT_TRUE(equal(read_model(path), expected)) << "bit " << bit;
    } catch (const Error&) {
    }
  }
}

}  // namespace model_test
}  // namespace stoic
