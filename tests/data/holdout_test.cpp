// Samples that are held out of training.
#include "stoic/host/data/holdout.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <memory>

#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace holdout_test {

using testing::AllOf;
using testing::DoubleEq;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// Two features of real values, standardised by all samples.
Dataset features(std::vector<double> values) {
  Dataset data{.inputs = 2, .classes = 2};
  data.samples = Samples(std::move(values), 2);
  data.labels.assign(static_cast<std::size_t>(data.samples.size()), 1);
  data.samples =
      data.samples.standardised(std::make_shared<const Standardisation>(standardisation_of(data.samples, 2)));
  return data;
}

TEST(Holdout, IsNotSeenByTheStandardisation) {
  auto data = features({1, 10, 3, 30, 1, 10, 3, 30, 1000, -500, 2000, 7});
  const auto held = hold_out(data, 2, "--holdout");
  ASSERT_EQ(data.size(), 4);
  ASSERT_EQ(held.size(), 2);
  for (const Dataset* half : std::initializer_list<const Dataset*>{&data, &held}) {
    ASSERT_NE(half->samples.standardisation(), nullptr);
    EXPECT_THAT(half->samples.standardisation()->mean, ElementsAre(DoubleEq(2), DoubleEq(20)));
    EXPECT_THAT(half->samples.standardisation()->deviation, ElementsAre(DoubleEq(1), DoubleEq(10)));
  }
  std::vector<double> values(2);
  held.samples.read(0, values);
  EXPECT_THAT(values, ElementsAre(DoubleEq(998), DoubleEq(-52)));
}

TEST(Holdout, LeavesValuesThatAreTakenAsTheyAre) {
  auto data = features({1, 10, 3, 30, 5, 50});
  data.samples = data.samples.standardised(nullptr);
  const auto held = hold_out(data, 1, "--holdout");
  EXPECT_EQ(data.samples.standardisation(), nullptr);
  EXPECT_EQ(held.samples.standardisation(), nullptr);
}

TEST(Holdout, ThatLeavesAConstantFeatureIsRefused) {
  auto data = features({1, 10, 3, 10, 5, 50});
  EXPECT_THAT([&] { hold_out(data, 1, "--holdout"); },
              ThrowsMessage<Error>(AllOf(HasSubstr("--holdout leaves 2 training samples"),
                                         HasSubstr("feature 1 is 10"), HasSubstr("data.standardise"))));
}

}  // namespace holdout_test
}  // namespace stoic
