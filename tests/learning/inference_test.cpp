#include "stoic/host/learning/inference.hpp"

#include <gtest/gtest.h>

#include "stoic/host/compiler/calibrate_ffesn.hpp"
#include "stoic/host/data/dataset.hpp"
#include "stoic/host/dynamics/reservoir.hpp"
#include "stoic/host/random/random.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace inference_test {

Eigen::MatrixXd random_matrix(Eigen::Index rows, Eigen::Index columns, std::uint64_t seed) {
  Eigen::MatrixXd matrix(rows, columns);
  for (Eigen::Index i = 0; i < matrix.size(); ++i)
    matrix(i) = 0.1 * random_normal({seed, Purpose::test}, static_cast<std::uint64_t>(i));
  return matrix;
}

Model make_model(std::int64_t neurons, std::int64_t inputs, std::int64_t classes, std::int64_t steps) {
  Model model;
  model.recipe.system = FfesnParameters{.neurons = neurons, .steps = steps};
  model.recipe.inputs = inputs;
  model.recipe.classes = classes;
  model.recipe.input_scale = 1.0 / 128;
  model.recipe.input_offset = -1;
  model.W_in = random_matrix(neurons, inputs, 1);
  model.matrices["W_reservoir"] = make_reservoir(neurons, 0.5, 1.2, 2);
  model.W_out = random_matrix(classes, neurons + 1, 3);
  model.single_precision = false;
  return model;
}

TEST(Inference, MatchesTheActivationsForEveryShape) {
  // 32 neurons: the bias row begins a panel of its own. 300 samples: more than one group, the last one short.
  for (const auto& [neurons, inputs, classes] :
       {std::array{1, 1, 2}, std::array{31, 50, 10}, std::array{32, 49, 5}, std::array{33, 64, 64}}) {
    SCOPED_TRACE(testing::Message() << neurons << " neurons, " << inputs << " inputs, " << classes
                                    << " classes");
    const Model model = make_model(neurons, inputs, classes, 3);
    const Dataset data = make_random_pixels(1, Split::test, 300, inputs, classes);
    const Activations expected = activations(model, data.samples);
    EXPECT_LT((logits(model, data.samples) - expected.logits).cwiseAbs().maxCoeff(), 1e-12);
    InferenceOptions single;
    single.single_precision = true;
    const double gap = (logits(model, data.samples, single) - expected.logits).cwiseAbs().maxCoeff();
    EXPECT_LT(gap, 1e-4);
    EXPECT_GT(gap, 0.0) << "single precision was not used";
  }
}

TEST(Inference, ActivationsObeyTheEquations) {
  const Model model = make_model(20, 30, 4, 2);
  const Dataset data = make_random_pixels(1, Split::test, 3, 30, 4);
  const Activations a = activations(model, data.samples);
  ASSERT_EQ(a.states.size(), 3u);
  ASSERT_EQ(a.preactivations.size(), 2u);
  Eigen::VectorXd u(30);
  for (Eigen::Index i = 0; i < 30; ++i)
    u(i) = data.samples.bytes()[static_cast<std::size_t>(30 + i)] / 128.0 - 1;
  for (Eigen::Index n = 0; n < 20; ++n) {
    EXPECT_NEAR(a.states[0](n, 1), model.W_in.row(n).dot(u), 1e-13);
    EXPECT_NEAR(a.preactivations[1](n, 1), model.matrices.at("W_reservoir").row(n).dot(a.states[1].col(1)),
                1e-13);
    EXPECT_DOUBLE_EQ(a.states[2](n, 1), std::tanh(a.preactivations[1](n, 1)));
  }
}

TEST(Inference, TheNumberOfThreadsChangesNoBit) {
  const Model model = make_model(40, 50, 10, 2);
  const Dataset data = make_random_pixels(1, Split::test, 700, 50, 10);
  InferenceOptions one, two;
  one.threads = 1;
  two.threads = 2;
  EXPECT_EQ(logits(model, data.samples, one), logits(model, data.samples, two));
}

TEST(Inference, DecidesForTheFirstOfEqualOutputs) {
  Eigen::MatrixXd outputs(3, 2);
  outputs << 1, 0, 5, 2, 5, 2;
  EXPECT_EQ(decisions(outputs), (std::vector<std::uint8_t>{1, 1}));
}

TEST(Inference, RefusesPixelsThatAreNoWholeSamples) {
  const Model model = make_model(5, 30, 4, 1);
  EXPECT_THROW(logits(model, Samples(std::vector<std::uint8_t>(31), 31)), Error);
}

TEST(Inference, VectorsOfOscillatorsEndInTheOutputsOfInference) {
  Model model;
  model.recipe = parse_recipe(R"({"dynamics": "csto", "oscillators": 9, "inputs": 20, "classes": 27,
                                  "duration_ps": 40, "step_ps": 20, "data": {"set": "random"}})",
                              "test");
  model.W_in = random_matrix(27, 20, 1);
  model.matrices["W_coupling"] = random_matrix(9, 9, 2);
  model.W_out = Eigen::MatrixXd::Identity(27, 28);  // the output is m(T)
  model.single_precision = false;
  // More samples than one group of the system takes.
  const Dataset data = make_random_pixels(1, Split::test, 70, 20, 27);
  const auto vectors = reference_vectors(model, data.samples);
  const Eigen::MatrixXd expected = logits(model, data.samples);
  EXPECT_LT((vectors.at("y")[0] - expected).cwiseAbs().maxCoeff(), 1e-12);
  ASSERT_EQ(vectors.at("m_y").size(), 2u);
  EXPECT_LT((vectors.at("m_y")[1] - expected.middleRows(9, 9)).cwiseAbs().maxCoeff(), 1e-12);
}

}  // namespace inference_test
}  // namespace stoic
