#include "stoic/host/kernels/convolution.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "stoic/host/model/recipe.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace convolution_test {

using Eigen::MatrixXd;
using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr std::uint64_t seed = 21;
constexpr Eigen::Index samples = 19;  // more than a group, and part of one

MatrixXd normals(Eigen::Index rows, Eigen::Index columns, std::uint64_t stream) {
  std::mt19937_64 random(seed + stream);
  std::normal_distribution<double> normal;
  return MatrixXd::NullaryExpr(rows, columns, [&] { return normal(random); });
}

/// One output of one filter, by the definition.
double at(const ConvolutionShape& shape, const MatrixXd& weights, const Eigen::VectorXd& image,
          std::int64_t filter, std::int64_t i, std::int64_t j) {
  double sum = weights(filter, shape.patch());
  for (std::int64_t r = 0; r < shape.kernel; ++r)
    for (std::int64_t c = 0; c < shape.kernel; ++c)
      for (std::int64_t k = 0; k < shape.channels; ++k)
        sum += weights(filter, (r * shape.kernel + c) * shape.channels + k) *
               image(((i * shape.stride + r) * shape.width + j * shape.stride + c) * shape.channels + k);
  return std::max(sum, 0.0);
}

class EveryConvolution : public testing::TestWithParam<ConvolutionShape> {
 protected:
  ConvolutionShape shape = GetParam();
  MatrixXd weights = normals(shape.filters, shape.patch() + 1, 0);
  MatrixXd images = normals(shape.inputs(), samples, 1);
  MatrixXd covector = normals(shape.features(), samples, 2);

  /// Σ covector ∘ features, and its gradient.
  double run(const MatrixXd& w, int threads, MatrixXd* features, MatrixXd* gradient) const {
    Team team(threads);
    const Convolution<double> convolution(shape);
    auto batch = convolution.make_batch(samples);
    convolution.forward(Panels<double>(w), Panels<double>(images), batch, team);
    const MatrixXd made = batch.features.dense();
    if (features != nullptr) *features = made;
    if (gradient != nullptr) {
      batch.covector = Panels<double>(covector);
      convolution.backward(batch, team);
      *gradient = batch.gradient.dense();
    }
    return made.cwiseProduct(covector).sum();
  }
};

TEST_P(EveryConvolution, IsTheSumUnderEachFilterAtEachPlace) {
  MatrixXd features;
  run(weights, 2, &features, nullptr);
  for (const Eigen::Index s : {0, 7, 18})
    for (std::int64_t i = 0; i < shape.output_rows(); ++i)
      for (std::int64_t j = 0; j < shape.output_columns(); ++j)
        for (std::int64_t f = 0; f < shape.filters; ++f)
          ASSERT_NEAR(features((i * shape.output_columns() + j) * shape.filters + f, s),
                      at(shape, weights, images.col(s), f, i, j), 1e-12);
}

TEST_P(EveryConvolution, HasTheGradientOfCentralDifferences) {
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  MatrixXd gradient;
  run(weights, 2, nullptr, &gradient);
  const double h = 1e-6;
  for (const Eigen::Index filter : {Eigen::Index{0}, weights.rows() - 1})
    for (Eigen::Index k = 0; k < weights.cols(); ++k) {
      MatrixXd more = weights, less = weights;
      more(filter, k) += h;
      less(filter, k) -= h;
      const double difference = (run(more, 1, nullptr, nullptr) - run(less, 1, nullptr, nullptr)) / (2 * h);
      ASSERT_NEAR(gradient(filter, k), difference, 1e-6 * gradient.cwiseAbs().maxCoeff())
          << "filter " << filter << ", weight " << k;
    }
}

TEST_P(EveryConvolution, GivesTheSameBitsOnAnyNumberOfThreads) {
  MatrixXd one, three, gradient_of_one, gradient_of_three;
  run(weights, 1, &one, &gradient_of_one);
  run(weights, 3, &three, &gradient_of_three);
  EXPECT_EQ(one, three);
  EXPECT_EQ(gradient_of_one, gradient_of_three);
}

INSTANTIATE_TEST_SUITE_P(
    , EveryConvolution,
    testing::Values(ConvolutionShape{7, 7, 1, 8, 3, 2}, ConvolutionShape{9, 9, 1, 40, 4, 1},
                    ConvolutionShape{8, 8, 1, 3, 3, 2},  // a column and a row meet no filter
                    ConvolutionShape{6, 6, 1, 1, 6, 6}, ConvolutionShape{5, 5, 1, 2, 1, 1},
                    ConvolutionShape{6, 9, 3, 4, 3, 1}, ConvolutionShape{11, 5, 2, 5, 4, 3}));

TEST(ConvolutionOfARecipe, IsRefusedWhereItCannotBe) {
  const auto with = [](const char* keys) {
    return [=] { parse_recipe("{" + std::string(keys) + R"(, "classes": 5})", "r.json"); };
  };
  EXPECT_THAT(
      with(R"("dynamics": "mlp", "neurons": 9, "inputs": 50, "convolution": {"filters": 2, "kernel": 3})"),
      ThrowsMessage<Error>(
          AllOf(HasSubstr("r.json"), HasSubstr("\"convolution\""), HasSubstr("square"), HasSubstr("50"))));
  EXPECT_THAT(
      with(R"("dynamics": "mlp", "neurons": 9, "inputs": 49, "convolution": {"filters": 2, "kernel": 8})"),
      ThrowsMessage<Error>(AllOf(HasSubstr("\"kernel\""), HasSubstr("8"), HasSubstr("7"))));
  EXPECT_THAT(
      with(R"("dynamics": "mlp", "neurons": 9, "inputs": 49, "convolution": {"filter": 2, "kernel": 3})"),
      ThrowsMessage<Error>(HasSubstr("\"filters\"")));
  EXPECT_THAT(with(R"("dynamics": "linear", "inputs": 49, "convolution": {"filters": 2, "kernel": 3})"),
              ThrowsMessage<Error>(AllOf(HasSubstr("\"convolution\""), HasSubstr("linear"))));
  EXPECT_THAT(
      with(
          R"("dynamics": "mlp", "neurons": 9, "inputs": 1024, "convolution": {"filters": 256, "kernel": 3})"),
      ThrowsMessage<Error>(AllOf(HasSubstr("\"convolution\""), HasSubstr("230400"), HasSubstr("fewer"))));
}

TEST(ConvolutionOfARecipe, ReturnsFromItsText) {
  const char* text =
      R"({"dynamics": "mlp", "neurons": 9, "inputs": 49, "classes": 5, "convolution": {"filters": 2, "kernel": 3}})";
  const auto recipe = parse_recipe(text, "r.json");
  EXPECT_EQ(recipe.convolution->stride, 1);
  EXPECT_EQ(recipe.read_in_columns(), 2 * 5 * 5);
  EXPECT_EQ(recipe_text(parse_recipe(recipe_text(recipe), "again")), recipe_text(recipe));
}

}  // namespace convolution_test
}  // namespace stoic
