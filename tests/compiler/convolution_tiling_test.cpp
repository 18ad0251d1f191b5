#include "stoic/host/compiler/convolution_tiling.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace stoic {
namespace convolution_tiling_test {

using Eigen::MatrixXi;
using Eigen::VectorXi;

constexpr std::uint64_t seed = 31;

MatrixXi draw(std::mt19937_64& random, Eigen::Index rows, Eigen::Index columns) {
  std::uniform_int_distribution<int> uniform(-9, 9);
  return MatrixXi::NullaryExpr(rows, columns, [&] { return uniform(random); });
}

/// All features by blocks of a tiling, where the program has them; gaps hold 1000.
VectorXi by_blocks(const ConvolutionTiling& tiling, const MatrixXi& filters, const VectorXi& image) {
  const auto& shape = tiling.shape;
  VectorXi strips = VectorXi::Constant(tiling.strips * tiling.strip_words() * tiling.lanes, 77);
  for (std::int64_t s = 0; s < tiling.strips; ++s)
    for (std::int64_t r = 0; r < shape.height; ++r) {
      const auto first = s * tiling.across * shape.stride,
                 length = std::min(tiling.width, shape.width - first) * shape.channels;
      strips.segment(s * tiling.strip_words() * tiling.lanes + r * tiling.row(), length) =
          image.segment((r * shape.width + first) * shape.channels, length);
    }
  VectorXi features = VectorXi::Constant(tiling.length(), 1000);
  const MatrixXi block = tiling.block_matrix(filters);
  for (std::int64_t i = 0; i < shape.output_rows(); ++i)
    for (std::int64_t s = 0; s < tiling.strips; ++s) {
      const auto rows = tiling.across_of(s) * shape.filters;
      features.segment(tiling.feature_word(i, s) * tiling.lanes, rows) =
          block.topRows(rows) * strips.segment(tiling.source_word(i, s) * tiling.lanes, tiling.columns());
    }
  return features;
}

TEST(ConvolutionTiling, MakesEveryFeatureOnceOnAnyNumberOfLanes) {
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  for (const ConvolutionShape& shape :
       {ConvolutionShape{7, 7, 1, 8, 3, 2}, ConvolutionShape{28, 28, 1, 16, 6, 2},
        ConvolutionShape{28, 28, 1, 5, 5, 1}, ConvolutionShape{9, 9, 1, 3, 4, 3},
        ConvolutionShape{6, 6, 1, 1, 6, 6}, ConvolutionShape{5, 5, 1, 2, 1, 1},
        ConvolutionShape{12, 12, 1, 7, 5, 2}, ConvolutionShape{6, 9, 3, 4, 3, 1},
        ConvolutionShape{11, 5, 2, 5, 4, 3}, ConvolutionShape{32, 32, 3, 8, 5, 3}})
    for (const std::int64_t lanes : {2, 4, 16, 64}) {
      HardwareConfig config;
      config.lanes = lanes;
      config.program_words = 512;
      config.state_words_per_lane = 1 << 20;
      const auto tiling = tile(shape, config);
      SCOPED_TRACE(testing::Message() << "image " << shape.height << " x " << shape.width << " x "
                                      << shape.channels << ", kernel " << shape.kernel << ", stride "
                                      << shape.stride << ", lanes " << lanes << ", strips " << tiling.strips);
      EXPECT_EQ(shape.stride * tiling.row() % lanes, 0) << "every block begins with a word";
      const MatrixXi filters = draw(random, shape.filters, shape.patch());
      const VectorXi image = draw(random, shape.inputs(), 1);
      const VectorXi features = by_blocks(tiling, filters, image);
      std::set<std::int64_t> places;
      const auto outputs = shape.output_columns();
      for (std::int64_t i = 0; i < shape.output_rows(); ++i)
        for (std::int64_t j = 0; j < outputs; ++j)
          for (std::int64_t f = 0; f < shape.filters; ++f) {
            int sum = 0;
            for (std::int64_t r = 0; r < shape.kernel; ++r)
              for (std::int64_t c = 0; c < shape.patch_row(); ++c)
                sum += filters(f, r * shape.patch_row() + c) *
                       image(((i * shape.stride + r) * shape.width + j * shape.stride) * shape.channels + c);
            const auto place = tiling.position((i * outputs + j) * shape.filters + f);
            ASSERT_LT(place, tiling.length());
            ASSERT_TRUE(places.insert(place).second) << "two features at one place";
            ASSERT_EQ(features(place), sum);
          }
    }
}

TEST(ConvolutionTiling, TakesTheFewestCyclesThatTheProgramMemoryAllows) {
  const ConvolutionShape shape{28, 28, 1, 16, 6, 2};
  HardwareConfig config;
  config.lanes = 16;
  config.program_words = 512;
  config.state_words_per_lane = 1 << 20;
  const auto narrow = tile(shape, config);
  EXPECT_EQ(narrow.width, 8);
  EXPECT_LE(narrow.program_words(), 320);
  config.program_words = 128;
  const auto wide = tile(shape, config);
  EXPECT_LE(wide.program_words(), 80);
  EXPECT_GT(wide.cycles(), narrow.cycles());
}

}  // namespace convolution_tiling_test
}  // namespace stoic
