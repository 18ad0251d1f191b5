// Constants at and near 0: a term that hardly counts asks for no more bits than one that does.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>
#include <random>

#include "stoic/host/compare/evaluate.hpp"
#include "stoic/host/compiler/compile.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace edges_test {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

Model random_model(const std::string& keys, const std::string& data_keys = R"({"set": "random"})") {
  Model model;
  model.recipe = parse_recipe(
      R"({"inputs": 30, "classes": 4, "seed": 3, "data": )" + data_keys + ", " + keys + "}", "test");
  std::mt19937_64 random(5);
  std::normal_distribution<double> normal(0, 0.3);
  const auto fill = [&](std::int64_t rows, std::int64_t columns) {
    return Eigen::MatrixXd::NullaryExpr(rows, columns, [&] { return normal(random); });
  };
  if (model.recipe.has_read_in()) model.W_in = fill(model.recipe.neurons(), model.recipe.read_in_columns());
  model.W_out = fill(model.recipe.classes, model.recipe.neurons() + 1);
  if (model.recipe.attractors().size() > 0) model.W_out = overlap_read_out(model.recipe);
  model.matrices = model.recipe.draw_matrices();
  model.single_precision = false;
  return model;
}

const Dataset data = make_random_pixels(1, Split::test, 100, 30, 4);
const Dataset training = make_random_pixels(2, Split::train, 200, 30, 4);

double relative_error(const Model& model, const char* instance) {
  const auto image = compile(model, training, load_hardware_config(instance)).image;
  const auto golden = evaluate_golden(image, data);
  const auto reference = evaluate_float(model, data);
  return (golden.outputs.real() - reference.outputs.real()).norm() / reference.outputs.real().norm();
}

class ConstantNearZero : public testing::TestWithParam<const char*> {};

TEST_P(ConstantNearZero, CompilesOnEveryInstanceThatHoldsTheSystemAndFollowsFloat) {
  const auto model = random_model(GetParam());
  // Weights of 8 bits and states of 12 on `small`; those of `wide` show the rest.
  EXPECT_LT(relative_error(model, "default"), 0.05);
  EXPECT_LT(relative_error(model, "small"), 0.05);
  EXPECT_LT(relative_error(model, "wide"), 0.005);
}

#define CSTO R"("dynamics": "csto", "oscillators": 11, "duration_ps": 60, )"
#define LORENZ R"("dynamics": "lorenz96", "neurons": 33, )"
INSTANTIATE_TEST_SUITE_P(
    , ConstantNearZero,
    testing::Values(CSTO R"("gilbert_damping": 0)", CSTO R"("gilbert_damping": 1e-4)",
                    CSTO R"("gilbert_damping": 1e-9)", CSTO R"("gilbert_damping": 1e-310)",
                    CSTO R"("gilbert_damping": 0, "renormalise": true)", CSTO R"("coupling_Oe": 0)",
                    CSTO R"("coupling_Oe": 1e-310)", CSTO R"("current_mA": 0)", CSTO R"("current_mA": 1e-12)",
                    CSTO R"("spin_polarisation": 1e-9)", CSTO R"("spin_torque_asymmetry": 0)",
                    CSTO R"("applied_field_Oe": 0)", CSTO R"("anisotropy_field_Oe": 18199.8755)",
                    CSTO R"("applied_field_Oe": 0, "current_mA": 0, "coupling_Oe": 0,
                            "anisotropy_field_Oe": 18199.8755)",
                    R"("dynamics": "csto", "oscillators": 11, "duration_ps": 3, "step_ps": 1)",
                    R"("dynamics": "csto", "oscillators": 11, "duration_ps": 1e-30, "step_ps": 1e-30)",
                    R"("dynamics": "deep-csto", "oscillators": 11, "couplings_Oe": [0, 1e-9, 10],
                       "duration_ps": 40, "gilbert_damping": 0)",
                    LORENZ R"("forcing": 0)", LORENZ R"("forcing": 0.001)", LORENZ R"("forcing": -0.001)",
                    LORENZ R"("forcing": 1e-310)", LORENZ R"("duration": 0.001, "step": 0.001)",
                    LORENZ R"("duration": 1e-6, "step": 1e-6)",
                    LORENZ R"("duration": 1e-9, "step": 1e-9, "forcing": 0)",
                    R"("dynamics": "ffesn", "neurons": 33, "steps": 2, "spectral_radius": 0)",
                    R"("dynamics": "ffesn", "neurons": 33, "steps": 1, "spectral_radius": 1e-9)",
                    R"("dynamics": "sa-node", "duration": 1e-9, "step": 1e-9)",
                    R"("dynamics": "sa-node", "duration": 1, "stiffness": 0.001)",
                    R"("dynamics": "sa-node", "duration": 0.1, "input_scale": 1e-9)",
                    R"("dynamics": "sa-node", "duration": 1, "input_scale": 0, "input_offset": 0.3)",
                    R"("dynamics": "linear", "input_scale": 0)",
                    R"("dynamics": "linear", "input_scale": 1e-300)"),
    [](const auto& c) { return fmt::format("case{}", c.index); });

TEST(MatrixOfZeros, LeavesTheBitsOfTheBiasBehindIt) {
  for (const char* keys : {R"("dynamics": "linear")", R"("dynamics": "ffesn", "neurons": 33, "steps": 2)"}) {
    auto model = random_model(keys);
    model.W_out.leftCols(model.recipe.neurons()).setZero();
    EXPECT_LT(relative_error(model, "default"), 1e-3) << keys;
  }
  auto model = random_model(R"("dynamics": "ffesn", "neurons": 33, "steps": 2, "input_offset": 0.01)");
  model.W_in.row(3).setZero();
  EXPECT_LT(relative_error(model, "default"), 0.05);
}

TEST(HugeWeightOfTheReadIn, IsNamedWhereALaterProductHasNoShiftForIt) {
  auto model = random_model(R"("dynamics": "ffesn", "neurons": 20, "steps": 2)");
  model.W_in(0, 0) = 1e30;
  EXPECT_THAT([&] { compile(model, training, load_hardware_config("default")); },
              ThrowsMessage<Error>(AllOf(HasSubstr("product with W_reservoir"),
                                         HasSubstr("W_in up to 3.922e+27"), HasSubstr("scale the weights"))));
}

TEST(SaNodeOfTwoClasses, HasIndependentAttractorsAndCompiles) {
  for (const int inputs : {3, 4, 5, 16, 49, 50, 64}) {
    SCOPED_TRACE(inputs);
    const auto recipe = parse_recipe(
        fmt::format(R"({{"dynamics": "sa-node", "inputs": {}, "classes": 2, "duration": 1}})", inputs),
        "test");
    const auto& parameters = std::get<SaNodeParameters>(recipe.system);
    const auto A = coupling_matrix(parameters, recipe.draw_matrices());
    EXPECT_TRUE(A.allFinite());
    EXPECT_LT((A * recipe.attractors()).cwiseAbs().maxCoeff(), 1e-9) << "attractors have the eigenvalue 0";
  }
}

TEST(SaNodeModel, IsRefusedWhenItsEigenvectorsAreDependent) {
  auto model = random_model(R"("dynamics": "sa-node")");
  model.matrices["eigenvectors"].col(1) = model.matrices["eigenvectors"].col(0);
  EXPECT_THAT([&] { model.recipe.check(model.matrices); },
              ThrowsMessage<Error>(AllOf(HasSubstr("eigenvectors"), HasSubstr("dependent"))));
}

TEST(BadlyTrainedSaNode, IsRefusedWithTheStepTheRangeAndTheEigenvalue) {
  auto model = random_model(R"("dynamics": "sa-node", "duration": 1, "input_scale": 0.004)");
  model.matrices["eigenvalues"](2) = -4e7;
  EXPECT_THAT(
      [&] { compile(model, training, load_hardware_config("default")); },
      ThrowsMessage<Error>(AllOf(HasSubstr("x before its bound"), HasSubstr("in step 1"), HasSubstr("-4e+07"),
                                 HasSubstr("training.learning_rate"), Not(HasSubstr("symmetry")))));
}

/// Networks that train, and run in float alone.
TEST(Compile, RefusesConvolutionsThatHaveNoProgram) {
  const auto refusal = [](const std::string& system, const std::string& convolution) {
    auto model =
        random_model(system + R"(, "convolution": )" + convolution, R"({"set": "random", "shape": [5, 6]})");
    for (const auto& shape : model.recipe.convolutions)
      model.convolutions.push_back(Eigen::MatrixXd::Constant(shape.filters, shape.patch() + 1, 0.1));
    try {
      compile(model, training, load_hardware_config("default"));
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("compiles");
  };
  const std::string mlp = R"("dynamics": "mlp", "neurons": 7)", plain = R"({"filters": 2, "kernel": 2})";
  EXPECT_EQ(refusal(mlp, plain), "compiles");
  EXPECT_THAT(refusal(mlp, "[" + plain + ", " + plain + "]"), HasSubstr("several convolutions"));
  EXPECT_THAT(refusal(mlp, R"({"filters": 2, "kernel": 2, "padding": 1})"), HasSubstr("padding or pooling"));
  EXPECT_THAT(refusal(mlp, R"({"filters": 2, "kernel": 2, "pool": 2})"), HasSubstr("padding or pooling"));
  EXPECT_THAT(refusal(R"("dynamics": "linear")", plain),
              AllOf(HasSubstr("without a W_in"), HasSubstr("float")));
}

}  // namespace edges_test
}  // namespace stoic
