#include "stoic/host/kernels/convolution.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <string>

#include "stoic/host/learning/weights.hpp"
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

/// What one filter makes at one place, by the definition.
double sum_at(const ConvolutionShape& shape, const MatrixXd& weights, const Eigen::VectorXd& image,
              std::int64_t filter, std::int64_t i, std::int64_t j) {
  double sum = weights(filter, shape.patch());
  for (std::int64_t r = 0; r < shape.kernel; ++r)
    for (std::int64_t c = 0; c < shape.kernel; ++c)
      for (std::int64_t k = 0; k < shape.channels; ++k) {
        const auto y = i * shape.stride + r - shape.padding, x = j * shape.stride + c - shape.padding;
        if (y < 0 || y >= shape.height || x < 0 || x >= shape.width) continue;
        sum += weights(filter, (r * shape.kernel + c) * shape.channels + k) *
               image((y * shape.width + x) * shape.channels + k);
      }
  return sum;
}

/// A feature: the largest of a square, or 0.
double at(const ConvolutionShape& shape, const MatrixXd& weights, const Eigen::VectorXd& image,
          std::int64_t filter, std::int64_t i, std::int64_t j) {
  double largest = 0;
  for (std::int64_t y = 0; y < shape.pool; ++y)
    for (std::int64_t x = 0; x < shape.pool; ++x)
      largest =
          std::max(largest, sum_at(shape, weights, image, filter, i * shape.pool + y, j * shape.pool + x));
  return largest;
}

class EveryConvolution : public testing::TestWithParam<ConvolutionShape> {
 protected:
  ConvolutionShape shape = GetParam();
  MatrixXd weights = normals(shape.filters, shape.patch() + 1, 0);
  MatrixXd images = normals(shape.inputs(), samples, 1);
  MatrixXd covector = normals(shape.features(), samples, 2);

  /// Σ covector ∘ features, and its gradients.
  double run(const MatrixXd& w, int threads, MatrixXd* features, MatrixXd* gradient,
             MatrixXd* image_gradient = nullptr) const {
    return run(w, images, threads, features, gradient, image_gradient);
  }
  double run(const MatrixXd& w, const MatrixXd& u, int threads, MatrixXd* features, MatrixXd* gradient,
             MatrixXd* image_gradient) const {
    Team team(threads);
    const Convolution<double> convolution(shape);
    auto batch = convolution.make_batch(samples);
    const Panels<double> weights(w), inputs(u);
    convolution.forward(weights, inputs, batch, team);
    const MatrixXd made = batch.features.dense();
    if (features != nullptr) *features = made;
    if (gradient != nullptr) {
      batch.covector = Panels<double>(covector);
      Panels<double> of_images(shape.inputs(), samples);
      convolution.backward(weights, inputs, batch, team, image_gradient != nullptr ? &of_images : nullptr);
      *gradient = batch.gradient.dense();
      if (image_gradient != nullptr) *image_gradient = of_images.dense();
    }
    return made.cwiseProduct(covector).sum();
  }
};

TEST_P(EveryConvolution, IsTheSumUnderEachFilterAtEachPlace) {
  MatrixXd features;
  run(weights, 2, &features, nullptr);
  for (const Eigen::Index s : {0, 7, 18})
    for (std::int64_t i = 0; i < shape.output_rows() / shape.pool; ++i)
      for (std::int64_t j = 0; j < shape.output_columns() / shape.pool; ++j)
        for (std::int64_t f = 0; f < shape.filters; ++f)
          ASSERT_NEAR(features((i * (shape.output_columns() / shape.pool) + j) * shape.filters + f, s),
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

TEST_P(EveryConvolution, HasTheGradientOfItsImagesByCentralDifferences) {
  MatrixXd gradient, of_images;
  run(weights, 2, nullptr, &gradient, &of_images);
  const double h = 1e-6;
  for (const Eigen::Index s : {0, 18})
    for (Eigen::Index k = 0; k < images.rows(); ++k) {
      MatrixXd more = images, less = images;
      more(k, s) += h;
      less(k, s) -= h;
      const double difference = (run(weights, more, 1, nullptr, nullptr, nullptr) -
                                 run(weights, less, 1, nullptr, nullptr, nullptr)) /
                                (2 * h);
      ASSERT_NEAR(of_images(k, s), difference, 1e-6 * of_images.cwiseAbs().maxCoeff())
          << "sample " << s << ", element " << k;
    }
}

TEST_P(EveryConvolution, GivesTheSameBitsOnAnyNumberOfThreads) {
  MatrixXd one, three, gradient_of_one, gradient_of_three, of_images_of_one, of_images_of_three;
  run(weights, 1, &one, &gradient_of_one, &of_images_of_one);
  run(weights, 3, &three, &gradient_of_three, &of_images_of_three);
  EXPECT_EQ(one, three);
  EXPECT_EQ(gradient_of_one, gradient_of_three);
  EXPECT_EQ(of_images_of_one, of_images_of_three);
}

INSTANTIATE_TEST_SUITE_P(
    , EveryConvolution,
    testing::Values(ConvolutionShape{7, 7, 1, 8, 3, 2}, ConvolutionShape{9, 9, 1, 40, 4, 1},
                    ConvolutionShape{8, 8, 1, 3, 3, 2},  // a column and a row meet no filter
                    ConvolutionShape{6, 6, 1, 1, 6, 6}, ConvolutionShape{5, 5, 1, 2, 1, 1},
                    ConvolutionShape{6, 9, 3, 4, 3, 1}, ConvolutionShape{11, 5, 2, 5, 4, 3},
                    ConvolutionShape{6, 6, 1, 8, 3, 1, 1, 2}, ConvolutionShape{5, 8, 3, 35, 3, 2, 2, 1},
                    ConvolutionShape{9, 7, 2, 4, 4, 1, 3, 3},  // what is left at the edge is dropped
                    ConvolutionShape{4, 4, 2, 3, 2, 2, 1, 3}));

/// Patches are kept for some samples only: more of them are the sum of parts.
TEST(Convolution, OfMoreSamplesThanAreKeptIsThatOfItsParts) {
  const ConvolutionShape shape{6, 6, 1, 5, 3, 1, 1, 2};
  constexpr Eigen::Index many = 512 + 512 + 13;
  const Convolution<double> convolution(shape);
  const Panels<double> weights(normals(shape.filters, shape.patch() + 1, 0));
  const MatrixXd images = normals(shape.inputs(), many, 1), covector = normals(shape.features(), many, 2);
  Team team(2);
  const auto run = [&](Eigen::Index first, Eigen::Index count, MatrixXd& features, MatrixXd& of_images) {
    auto batch = convolution.make_batch(count);
    const Panels<double> inputs(MatrixXd(images.middleCols(first, count)));
    Panels<double> gradient_of_images(shape.inputs(), count);
    convolution.forward(weights, inputs, batch, team);
    features = batch.features.dense();
    batch.covector = Panels<double>(MatrixXd(covector.middleCols(first, count)));
    convolution.backward(weights, inputs, batch, team, &gradient_of_images);
    of_images = gradient_of_images.dense();
    return batch.gradient.dense();
  };
  MatrixXd features, of_images, part_features, part_images;
  const MatrixXd gradient = run(0, many, features, of_images);
  MatrixXd sum = MatrixXd::Zero(gradient.rows(), gradient.cols());
  for (Eigen::Index first = 0; first < many; first += 100) {
    const auto count = std::min<Eigen::Index>(100, many - first);
    sum += run(first, count, part_features, part_images);
    EXPECT_EQ(features.middleCols(first, count), part_features);
    EXPECT_LT((of_images.middleCols(first, count) - part_images).norm(), 1e-12);
  }
  EXPECT_LT((gradient - sum).norm(), 1e-11 * sum.norm());
}

TEST(ConvolutionOfARecipe, IsRefusedWhereItCannotBe) {
  const auto with = [](const std::string& keys) {
    return [=] { parse_recipe("{" + keys + R"(, "classes": 5})", "r.json"); };
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
  EXPECT_THAT(
      with(
          R"("dynamics": "sa-node", "duration": 1, "inputs": 49, "convolution": {"filters": 2, "kernel": 3})"),
      ThrowsMessage<Error>(AllOf(HasSubstr("\"convolution\""), HasSubstr("sa-node"))));
  const auto several = [&](const std::string& list) {
    return with(R"("dynamics": "linear", "inputs": 49, "convolution": )" + list);
  };
  EXPECT_THAT(several("[]"), ThrowsMessage<Error>(HasSubstr("1 to 8")));
  EXPECT_THAT(several("3"), ThrowsMessage<Error>(HasSubstr("\"convolution\"")));
  EXPECT_THAT(several(R"([{"filters": 2, "kernel": 3, "pool": 3}, {"filters": 2, "kernel": 2}])"),
              ThrowsMessage<Error>(AllOf(HasSubstr("\"convolution\" 2"), HasSubstr("\"kernel\""))));
  EXPECT_THAT(several(R"({"filters": 2, "kernel": 3, "padding": 3})"),
              ThrowsMessage<Error>(AllOf(HasSubstr("\"padding\""), HasSubstr("2"))));
  EXPECT_THAT(several(R"({"filters": 2, "kernel": 3, "pool": 6})"),
              ThrowsMessage<Error>(AllOf(HasSubstr("\"pool\""), HasSubstr("5"))));
  EXPECT_THAT(
      with(
          R"("dynamics": "mlp", "neurons": 9, "inputs": 1024, "convolution": {"filters": 256, "kernel": 3})"),
      ThrowsMessage<Error>(AllOf(HasSubstr("\"convolution\""), HasSubstr("230400"), HasSubstr("fewer"))));
}

TEST(ConvolutionOfARecipe, ReturnsFromItsText) {
  const char* text =
      R"({"dynamics": "mlp", "neurons": 9, "inputs": 49, "classes": 5, "convolution": {"filters": 2, "kernel": 3}})";
  const auto recipe = parse_recipe(text, "r.json");
  EXPECT_EQ(recipe.convolutions.at(0).stride, 1);
  EXPECT_EQ(recipe.read_in_columns(), 2 * 5 * 5);
  EXPECT_EQ(recipe_text(parse_recipe(recipe_text(recipe), "again")), recipe_text(recipe));
  EXPECT_THAT(recipe_text(recipe), testing::Not(testing::AnyOf(HasSubstr("padding"), HasSubstr("pool"))));
}

/// That of paper 000, appendix B: 9,098 weights.
TEST(ConvolutionOfARecipe, MayBeSeveralOneBehindTheOther) {
  const auto recipe = parse_recipe(
      R"({"dynamics": "linear", "initialisation": "normal", "initial_deviation": 0.01, "inputs": 784, "classes": 10,
          "convolution": [{"filters": 8, "kernel": 3, "padding": 1, "pool": 2},
                          {"filters": 16, "kernel": 3, "padding": 1, "pool": 2}]})",
      "r.json");
  ASSERT_EQ(recipe.convolutions.size(), 2u);
  EXPECT_EQ(recipe.convolutions[1].channels, 8);
  EXPECT_EQ(recipe.read_in_columns(), 7 * 7 * 16);
  EXPECT_EQ(8 * (9 + 1) + 16 * (72 + 1) + 10 * (recipe.last_neurons() + 1), 9098);
  EXPECT_EQ(recipe_text(parse_recipe(recipe_text(recipe), "again")), recipe_text(recipe));
}

/// A number of an image lies under every place of a kernel: outputs of a layer are filters * kernel^2, as
/// PyTorch counts them.
TEST(ConvolutionOfARecipe, BeginsByXaviersRule) {
  const auto model = untrained_model(parse_recipe(
      R"({"dynamics": "linear", "initialisation": "xavier", "inputs": 196, "classes": 5,
          "convolution": [{"filters": 30, "kernel": 3}, {"filters": 20, "kernel": 5}]})",
      "r.json"));
  const std::array bounds{std::sqrt(6.0 / (9 + 30 * 9)), std::sqrt(6.0 / (30 * 25 + 20 * 25))};
  for (std::size_t layer = 0; layer < bounds.size(); ++layer) {
    const auto& weights = model.convolutions.at(layer);
    EXPECT_LE(weights.cwiseAbs().maxCoeff(), bounds[layer]);
    EXPECT_GE(weights.cwiseAbs().maxCoeff(), 0.95 * bounds[layer]);
    EXPECT_TRUE(weights.col(weights.cols() - 1).isZero(0));
  }
}

}  // namespace convolution_test
}  // namespace stoic
