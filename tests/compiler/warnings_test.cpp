// What the compiler says before a user finds out.
#include <gmock/gmock.h>

#include "stoic/host/compare/compile_warnings.hpp"
#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/learning/trainer.hpp"
#include "stoic/sim/contract/config.hpp"

namespace stoic {
namespace warnings_test {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

class CompileWarnings : public testing::TestWithParam<const char*> {
 protected:
  std::vector<std::string> warnings(const Model& model, const char* instance) const {
    return compile_warnings(model, compile(model, train_, load_hardware_config(instance)).image, train_,
                            false);
  }
  Model model_ = read_model(std::string(STOIC_SOURCE_DIR "/models/") + GetParam());
  Dataset train_ = load_data(model_.recipe, Split::train);
};

TEST_P(CompileWarnings, SayNothingOfGoodModels) {
  for (const char* instance : {"default", "small", "wide"})
    EXPECT_THAT(warnings(model_, instance), IsEmpty()) << instance;
}
INSTANTIATE_TEST_SUITE_P(, CompileWarnings, testing::Values("letters-csto.npz", "letters-sa-node.npz"),
                         [](const auto& c) { return c.index == 0 ? "csto" : "saNode"; });

class WarningsOfABadModel : public CompileWarnings {};

TEST_P(WarningsOfABadModel, NameTheMatrixTheRowAndTheWeightThatTakesTheBits) {
  model_.W_out(2, 7) = 1e3;
  EXPECT_THAT(warnings(model_, "default"),
              Contains(AllOf(HasSubstr("W_out: the weight 1000 in row 2"), HasSubstr("clip"))));
}

TEST_P(WarningsOfABadModel, NameAVectorThatNeverChanges) {
  model_.W_out.setZero();
  EXPECT_THAT(warnings(model_, "default"), Contains(HasSubstr("vector y")));
}
TEST_P(WarningsOfABadModel, NameABiasThatTakesTheBitsOfTheOthers) {
  model_.W_out.col(model_.W_out.cols() - 1) << 1e5, 0.1, -0.1, 0.2, 0.1;
  EXPECT_THAT(warnings(model_, "default"),
              Contains(AllOf(HasSubstr("W_out, its last column (the biases): the value 1e+05 of element 0"),
                             HasSubstr("4 of the 4 others"))));
}
INSTANTIATE_TEST_SUITE_P(, WarningsOfABadModel, testing::Values("letters-csto.npz"),
                         [](const auto&) { return "csto"; });

TEST(WarningsOfABias, NameTheBiasOfTheReadInAndOfTheHiddenLayer) {
  for (const auto& [name, keys] :
       {std::pair("b_in", R"("dynamics": "ffesn", "neurons": 12, "steps": 2, "read_in_bias": true)"),
        std::pair("b_hidden", R"("dynamics": "mlp", "neurons": 12)")}) {
    const auto recipe = parse_recipe(std::string("{") + keys + R"(, "inputs": 49, "classes": 5, "data":
      {"set": "letters", "train_samples": 60, "test_samples": 20}, "training": {"epochs": 1}})",
                                     "recipe");
    const auto data = load_data(recipe, Split::train);
    auto model = train(recipe, data, {.threads = 1}).value();
    const auto warnings = [&] {
      return compile_warnings(model, compile(model, data, load_hardware_config("default")).image, data,
                              false);
    };
    EXPECT_THAT(warnings(), IsEmpty()) << name;
    Eigen::VectorXd bias = Eigen::VectorXd::Constant(12, 0.05);
    bias(3) = 1e4;
    if (model.b_in.size() > 0)
      model.b_in = bias;
    else
      model.matrices["b_hidden"] = bias;
    EXPECT_THAT(warnings(), Contains(HasSubstr(std::string(name) + ": the value"))) << name;
  }
}

TEST(WarningsOfSaNode, NameACouplingThatTakesTheBitsOfTheOthers) {
  auto model = read_model(STOIC_SOURCE_DIR "/models/letters-sa-node.npz");
  const auto data = load_data(model.recipe, Split::train);
  const auto image = compile(model, data, load_hardware_config("default")).image;
  // An eigenvector along two pixels: its eigenvalue stands in four entries of A.
  auto& vectors = model.matrices.at("eigenvectors");
  vectors.col(0).setZero();
  vectors(3, 0) = vectors(5, 0) = 1;
  model.matrices.at("eigenvalues")(0, 0) = -1e6;
  EXPECT_THAT(
      compile_warnings(model, image, data, true),
      Contains(AllOf(HasSubstr("A: the weight"), HasSubstr("largest eigenvalue (element 0, -1e+06)"))));
}

}  // namespace warnings_test
}  // namespace stoic
