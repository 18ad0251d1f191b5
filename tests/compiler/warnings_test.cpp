// What the compiler says before a user finds out.
#include <gmock/gmock.h>

#include "stoic/host/compare/compile_warnings.hpp"
#include "stoic/host/compiler/compile.hpp"
#include "stoic/sim/contract/config.hpp"

namespace stoic {
namespace {

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
INSTANTIATE_TEST_SUITE_P(, WarningsOfABadModel, testing::Values("letters-csto.npz"),
                         [](const auto&) { return "csto"; });

}  // namespace
}  // namespace stoic
