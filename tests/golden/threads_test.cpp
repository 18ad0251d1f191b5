#include "stoic/sim/golden/threads.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <new>
#include <set>
#include <thread>

namespace stoic {
namespace threads_test {

TEST(Threads, CallTheMemberOnceEach) {
  for (const int threads : {1, 2, 5}) {
    std::atomic<int> calls = 0;
    in_threads(threads, [&] { ++calls; });
    EXPECT_EQ(calls, threads);
  }
}

TEST(Threads, AnExceptionOfAnyMemberReachesTheCallerOnceAllAreDone) {
  for (int failing = 0; failing < 4; ++failing) {
    std::atomic<int> calls = 0, done = 0;
    EXPECT_THROW(in_threads(4,
                            [&] {
                              if (calls++ == failing) throw std::bad_alloc();
                              ++done;
                            }),
                 std::bad_alloc);
    EXPECT_EQ(done, 3);
  }
}

}  // namespace threads_test
}  // namespace stoic
