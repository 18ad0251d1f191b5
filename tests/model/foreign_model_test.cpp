// Models whose recipe leaves sizes to the arrays, as recipes of own data leave them to the files.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "../temporary_folder.hpp"
#include "stoic/host/model/model.hpp"
#include "stoic/host/model/npz.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace foreign_model_test {

using testing::HasSubstr;
using testing::ThrowsMessage;

NpzArray zeros(const std::string& name, std::int64_t rows, std::int64_t columns) {
  return npz_array(name, {rows, columns}, std::vector(static_cast<std::size_t>(rows * columns), 0.25f));
}

Model model_of(const std::string& recipe, std::vector<NpzArray> arrays) {
  const TemporaryFolder folder;
  arrays.push_back(npz_text("recipe", recipe));
  write_npz(folder / "m.npz", arrays);
  return read_model(folder / "m.npz");
}

TEST(ForeignModel, NeedNotNameInputsAndClasses) {
  for (const char* given : {"", R"("inputs": 6,)", R"("classes": 3,)", R"("inputs": 6, "classes": 3,)"}) {
    const auto mlp =
        model_of(fmt::format(R"({{"dynamics": "mlp", {} "neurons": 4, "data": {{"set": "random"}}}})", given),
                 {zeros("W_in", 4, 6), zeros("b_hidden", 4, 1), zeros("W_out", 3, 5)});
    EXPECT_EQ(mlp.recipe.inputs, 6) << given;
    EXPECT_EQ(mlp.recipe.classes, 3) << given;
  }
  const auto linear =
      model_of(R"({"dynamics": "linear", "data": {"set": "random"}})", {zeros("W_out", 3, 7)});
  EXPECT_EQ(linear.recipe.inputs, 6);
  EXPECT_EQ(linear.recipe.classes, 3);
}

TEST(ForeignModel, BehindAConvolutionNamesTheInputsItself) {
  EXPECT_THAT(
      [] {
        model_of(R"({"dynamics": "mlp", "neurons": 4, "data": {"set": "random"},
                     "convolution": {"filters": 1, "kernel": 2, "stride": 2}})",
                 {zeros("W_convolution", 1, 5), zeros("W_in", 4, 4), zeros("b_hidden", 4, 1),
                  zeros("W_out", 3, 5)});
      },
      ThrowsMessage<Error>(HasSubstr("inputs")));
}

TEST(ForeignModel, WhoseSizesContradictTheArraysIsRefused) {
  EXPECT_THAT(
      [] {
        model_of(R"({"dynamics": "mlp", "inputs": 5, "neurons": 4, "data": {"set": "random"}})",
                 {zeros("W_in", 4, 6), zeros("b_hidden", 4, 1), zeros("W_out", 3, 5)});
      },
      ThrowsMessage<Error>(HasSubstr("W_in")));
}

TEST(ForeignModel, ThatLacksOrTransposesAnArraySaysWhich) {
  const auto expect = [](const char* recipe, std::vector<NpzArray> arrays, const char* part) {
    EXPECT_THAT([&] { model_of(recipe, std::move(arrays)); }, ThrowsMessage<Error>(HasSubstr(part)));
  };
  const auto mlp = R"({"dynamics": "mlp", "neurons": 80, "data": {"set": "random"}})";
  expect(mlp, {zeros("b_hidden", 80, 1), zeros("W_out", 3, 81)}, "array \"W_in\" is missing");
  expect(mlp, {zeros("W_in", 80, 6), zeros("b_hidden", 80, 1), zeros("W_out", 81, 3)},
         "\"W_out\" has the shape (81, 3), but is [classes x neurons + 1]; save its transpose");
  expect(mlp, {zeros("W_in", 6, 80), zeros("b_hidden", 80, 1), zeros("W_out", 3, 81)},
         "\"W_in\" has the shape (6, 80), but is [neurons x inputs]");
}

}  // namespace foreign_model_test
}  // namespace stoic
