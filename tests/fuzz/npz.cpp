// Models: archives of NumPy arrays, checksums of their entries mended.
#include "stoic/host/model/npz.hpp"

#include "fuzz.hpp"
#include "mend.hpp"
#include "stoic/host/model/model.hpp"

namespace stoic::fuzz {
namespace {

/// A network of 4 inputs and 3 neurons without a system's matrices.
std::string small_model() {
  constexpr auto recipe =
      R"({"dynamics": "mlp", "neurons": 3, "inputs": 4, "classes": 2, "data": {"set": "random"}})";
  const std::vector<NpzArray> arrays{npz_array("W_in", {3, 4}, std::vector<float>(12, 0.5F)),
                                     npz_array("W_out", {2, 4}, std::vector<float>(8, 0.25F)),
                                     npz_array("b_in", {3}, std::vector<double>(3, 1)),
                                     npz_text("recipe", recipe)};
  return npz_bytes(arrays, "seed.npz");
}

}  // namespace

void run(std::string_view input) {
  const auto model = parse_model(mended_zip(std::string(input)), "model.npz");
  require(model.W_out.allFinite(), "weights are finite");
  require(parse_recipe(recipe_text(model.recipe), "again").inputs == model.recipe.inputs,
          "a recipe reads as it was");
}

std::vector<std::string> seeds() {
  auto all = files("tests/model", ".npz");
  for (auto& model : files("models", ".npz")) all.push_back(std::move(model));
  all.push_back(small_model());
  return all;
}

std::vector<std::string> words() {
  auto all = quoted_words(files("models", ".json", 30));
  for (const auto* word : {"PK\1\2", "PK\3\4", "PK\5\6", ".npy", "W_in", "W_out", "b_in", "recipe",
                           "training_data", "W_reservoir", "\x93NUMPY", "'<f8'"})
    all.push_back(word);
  return all;
}

}  // namespace stoic::fuzz
