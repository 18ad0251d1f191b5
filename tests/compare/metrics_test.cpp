#include "stoic/host/compare/metrics.hpp"

#include <gtest/gtest.h>

namespace stoic {
namespace metrics_test {

TEST(Metrics, OfClassesAreThoseOfTheConfusionMatrix) {
  Eigen::MatrixXi confusion(3, 3);  // class 2 is never decided for
  confusion << 8, 2, 0,             //
      4, 6, 0,                      //
      0, 5, 0;
  const auto classes = class_metrics(confusion);
  ASSERT_EQ(classes.size(), 3U);
  EXPECT_DOUBLE_EQ(classes[0].precision, 8.0 / 12);
  EXPECT_DOUBLE_EQ(classes[0].recall, 8.0 / 10);
  EXPECT_DOUBLE_EQ(classes[0].f1, 2 * (8.0 / 12) * 0.8 / (8.0 / 12 + 0.8));
  EXPECT_DOUBLE_EQ(classes[1].precision, 6.0 / 13);
  EXPECT_DOUBLE_EQ(classes[1].recall, 0.6);
  EXPECT_EQ(classes[2].precision, 0);
  EXPECT_EQ(classes[2].recall, 0);
  EXPECT_EQ(classes[2].f1, 0);
}

TEST(Metrics, OverlapIsThatWithTheAttractorOfTheLabelInUnitsOfTheScale) {
  Eigen::MatrixXd overlaps(2, 3);
  overlaps << 4, 1, 0,  //
      0, 3, 2;
  const std::uint8_t labels[] = {0, 1, 0};
  EXPECT_DOUBLE_EQ(mean_overlap(overlaps, labels, 0.25), (1 + 0.75 + 0) / 3);
}

}  // namespace metrics_test
}  // namespace stoic
