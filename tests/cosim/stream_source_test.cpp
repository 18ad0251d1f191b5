// The source of a stream of the RTL's device: what is offered when, whatever was dropped before.
#include "stoic/sim/rtl/stream_source.hpp"

#include <gtest/gtest.h>

namespace stoic::rtl {
namespace stream_source_test {

std::int64_t first_offer(const StreamSource& source, std::int64_t from) {
  while (!source.offers(from)) ++from;
  return from;
}

TEST(StreamSource, OffersInTheFirstOpenCycleAfterABeatThatWasNeverOfferedIsDropped) {
  const std::vector<Packet> packets{{{1, 2}, true}};
  StallSchedule stalls;
  stalls.seed = 3;
  stalls.input = 0.9;
  for (std::int64_t now = 10; now < 200; ++now) {
    StreamSource fresh(Stream::input, 2, 2);
    fresh.send(packets, 1, stalls, now);
    const auto expected = first_offer(fresh, now);

    StreamSource used(Stream::input, 2, 2);
    used.send(packets, 1, stalls, now);
    used.drop();
    used.send(packets, 1, stalls, now);
    EXPECT_EQ(first_offer(used, now), expected) << "sent in cycle " << now;

    used.clear();
    used.send(packets, 1, stalls, now);
    EXPECT_EQ(first_offer(used, now), expected) << "sent in cycle " << now;
  }
}

TEST(StreamSource, KeepsABeatThatWasOffered) {
  const std::vector<Packet> packets{{{1, 2, 3, 4}, true}};
  StreamSource source(Stream::input, 2, 2);
  source.send(packets, 1, {}, 5);
  ASSERT_TRUE(source.offers(5));
  source.accepted(false);
  source.drop();
  ASSERT_TRUE(source.offers(6));
  EXPECT_EQ(source.bytes()[0], 1);
  EXPECT_FALSE(source.last());
  source.accepted(true);
  EXPECT_FALSE(source.offers(1000));
}

}  // namespace stream_source_test
}  // namespace stoic::rtl
