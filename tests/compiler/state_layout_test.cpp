// Where the components of a state lie, and what matrices that go with it have there.
#include "stoic/host/compiler/state_layout.hpp"

#include <gtest/gtest.h>

namespace stoic {
namespace state_layout_test {

using Eigen::MatrixXd;

HardwareConfig four_lanes() {
  HardwareConfig config;
  config.lanes = 4;
  return config;
}

TEST(StateLayout, EachComponentBeginsWithAWord) {
  const StateLayout layout(four_lanes(), 15, {"x", "y", "z"});
  EXPECT_EQ(layout.sites(), 5);
  EXPECT_EQ(layout.components(), 3u);
  EXPECT_EQ(layout.length(), 8 + 8 + 5);
  const Quantity state{.word = 10, .length = 21, .format = {.width = 16, .fraction_bits = 3}};
  EXPECT_EQ(layout.component(state, 0).word, 10);
  EXPECT_EQ(layout.component(state, 2).word, 14);
  EXPECT_EQ(layout.component(state, 1).length, 5);
  EXPECT_EQ(layout.component(state, 1).format.fraction_bits, 3);
  EXPECT_EQ(layout.whole({.word = 10, .length = 1, .format = {.width = 16, .fraction_bits = 3}}).length, 21);
  EXPECT_EQ(layout.name("m", 1), "m_y");
}

TEST(StateLayout, WholeWordsLeaveNoGaps) {
  const StateLayout layout(four_lanes(), 16, {"p", "q"});
  EXPECT_EQ(layout.length(), 16);
  EXPECT_EQ(layout.component({}, 1).word, 2);
  const MatrixXd matrix = MatrixXd::Random(16, 3);
  EXPECT_EQ(layout.rows(matrix), matrix);
}

TEST(StateLayout, OneWithoutANameIsAPlainVector) {
  const StateLayout layout(four_lanes(), 7, {""});
  EXPECT_EQ(layout.length(), 7);
  EXPECT_EQ(layout.name("x", 0), "x");
}

TEST(StateLayout, MatricesHaveZerosInTheGaps) {
  const StateLayout layout(four_lanes(), 6, {"x", "y"});
  MatrixXd matrix(6, 2);
  matrix << 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12;
  MatrixXd expected(7, 2);
  expected << 1, 2, 3, 4, 5, 6, 0, 0, 7, 8, 9, 10, 11, 12;
  EXPECT_EQ(layout.rows(matrix), expected);
  EXPECT_EQ(layout.columns(matrix.transpose()), expected.transpose());
  MatrixXd moments = MatrixXd::Constant(6, 6, 1.0);
  const MatrixXd both = layout.both(moments);
  EXPECT_EQ(both.rows(), 7);
  EXPECT_EQ(both.sum(), 36);
  EXPECT_EQ(both.row(3).sum() + both.col(3).sum(), 0);
}

}  // namespace state_layout_test
}  // namespace stoic
