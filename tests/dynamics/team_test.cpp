#include "stoic/host/kernels/team.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "stoic/host/data/dataset.hpp"
#include "stoic/host/learning/learner.hpp"
#include "stoic/host/model/recipe.hpp"

namespace stoic {
namespace team_test {

TEST(Team, AnExceptionOfAnyMemberReachesTheCallerAndTheTeamGoesOnToWork) {
  for (const int threads : {1, 2, 3})
    for (int failing = 0; failing < threads; ++failing) {
      Team team(threads);
      EXPECT_THROW(team.split(threads,
                              [&](std::int64_t begin, std::int64_t) {
                                if (begin == failing) throw std::bad_alloc();
                              }),
                   std::bad_alloc)
          << "member " << failing << " of " << threads;
      std::vector<int> visits(10);
      team.split(10, [&](std::int64_t begin, std::int64_t end) {
        for (auto i = begin; i < end; ++i) ++visits[static_cast<std::size_t>(i)];
      });
      EXPECT_EQ(visits, std::vector<int>(10, 1));
    }
}

TEST(Team, OfSeveralExceptionsTheFirstMembersIsThrown) {
  Team team(3);
  for (int round = 0; round < 20; ++round) try {
      team.split(3,
                 [](std::int64_t begin, std::int64_t) { throw std::runtime_error(std::to_string(begin)); });
      FAIL() << "nothing was thrown";
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "0");
    }
}

TEST(Team, OfManyRangesThatThrowTheFirstIsThrownWhateverTheNumberOfMembers) {
  for (const int threads : {1, 2, 3, 8}) {
    Team team(threads);
    for (int round = 0; round < 20; ++round) try {
        team.split(100, [](std::int64_t begin, std::int64_t end) {
          for (auto i = begin; i < end; ++i)
            if (i >= 37) throw std::runtime_error(std::to_string(i));
        });
        FAIL() << "nothing was thrown";
      } catch (const std::runtime_error& error) {
        EXPECT_STREQ(error.what(), "37") << threads << " members";
      }
  }
}

TEST(Team, DoesEveryPieceOnceInLoopsOfAnyLength) {
  for (const int threads : {1, 2, 3, 8}) {
    Team team(threads);
    std::vector<int> visits(200);
    for (int round = 0; round < 3000; ++round) {
      const std::int64_t count = round % 41 == 0 ? std::ssize(visits) : round % 37;
      // Of the round, since the plain numbers below are also the proof that loops do not overlap.
      team.split(count, [&](std::int64_t begin, std::int64_t end) {
        for (auto i = begin; i < end; ++i) visits[static_cast<std::size_t>(i)] += round;
      });
      for (std::int64_t i = 0; i < count; ++i)
        ASSERT_EQ(std::exchange(visits[static_cast<std::size_t>(i)], 0), round) << i << " of " << count;
    }
  }
}

/// On a machine with other work to do any member may be held up for long.
TEST(Team, WhileOneMemberIsHeldUpTheOthersDoAllTheRest) {
  constexpr std::int64_t pieces = 64;
  for (const int threads : {2, 3, 8}) {
    Team team(threads);
    std::atomic<bool> first = true;
    std::atomic<std::int64_t> done = 0;
    team.split(pieces, [&](std::int64_t begin, std::int64_t end) {
      if (first.exchange(false)) {
        const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (done < pieces - (end - begin) && std::chrono::steady_clock::now() < patience)
          std::this_thread::yield();
        EXPECT_EQ(done, pieces - (end - begin)) << threads << " members";
        EXPECT_LE(end - begin, pieces / threads / 4) << "of what is held up with it";
      }
      done += end - begin;
    });
    EXPECT_EQ(done, pieces);
  }
}

TEST(Team, StopsWhenAskedButNotWhileWhatItChangesMustChangeAsAWhole) {
  std::atomic<bool> stop = false;
  Team team(2, &stop);
  int calls = 0;
  const auto call = [&] { team.split(1, [&](std::int64_t, std::int64_t) { ++calls; }); };
  call();
  stop = true;
  EXPECT_THROW(call(), Stopped);
  EXPECT_THROW(team.stop_if_asked(), Stopped);
  {
    const Team::Whole whole(team);
    EXPECT_NO_THROW(call());
    EXPECT_NO_THROW(team.stop_if_asked());
  }
  EXPECT_THROW(call(), Stopped);
  EXPECT_EQ(calls, 2);
}

/// Every system, asked to stop from within the pieces of its work: after `pieces` of them.
TEST(Learner, AStepThatIsStoppedHasChangedNoWeight) {
  const Dataset data = make_letters(1, Split::train, 40, 0.1);
  const std::vector<std::uint32_t> samples = {3, 9, 27, 31, 5, 6, 7};
  UpdateRule rule;
  rule.rate = 0.1;
  for (const char* system : {R"("ffesn", "neurons": 20, "spectral_radius": 1, "density": 0.5, "steps": 2)",
                             R"("csto", "oscillators": 5, "duration_ps": 40)", R"("lorenz96", "neurons": 20)",
                             R"("mlp", "neurons": 20)", R"("sa-node", "duration": 1)"}) {
    SCOPED_TRACE(system);
    const auto recipe = parse_recipe(
        R"({"inputs": 49, "classes": 5, "seed": 4, "dynamics": )" + std::string(system) + "}", "test");
    std::atomic<bool> stop = false;
    Team team(2, &stop);
    const auto make = [&] {
      return Learner<double>(recipe, make_system<double>(recipe.system, recipe.draw_matrices()), team);
    };
    auto stopped = make(), whole = make();
    stop = true;
    EXPECT_THROW(stopped.step(data, samples, 0, rule), Stopped);
    stop = false;
    EXPECT_EQ(stopped.step(data, samples, 0, rule), whole.step(data, samples, 0, rule));
    EXPECT_EQ(stopped.read_out.weights.dense(), whole.read_out.weights.dense());
    EXPECT_EQ(stopped.read_in.weights.dense(), whole.read_in.weights.dense());
  }
}

/// On a busy machine a helper is interrupted in the middle of what it does; here it always is.
TEST(Team, DoesWithoutHelpersThatHoldItUp) {
  using namespace std::chrono_literals;
  Team team(2);
  const auto caller = std::this_thread::get_id();
  std::atomic<int> chunks = 0, by_helper = 0;
  const auto loop = [&] {
    team.split(32, [&](std::int64_t first, std::int64_t end) {
      chunks += static_cast<int>(end - first);
      if (std::this_thread::get_id() == caller) return std::this_thread::sleep_for(100us);
      by_helper += static_cast<int>(end - first);
      std::this_thread::sleep_for(10ms);
    });
  };
  constexpr int loops = 200;
  for (int i = 0; i < loops; ++i) loop();
  EXPECT_EQ(chunks, 32 * loops) << "every part is done, by whomever";
  EXPECT_GT(by_helper, 0);
  EXPECT_LT(by_helper, loops / 2) << "one part of every loop and more would be the helper's";
}

}  // namespace team_test
}  // namespace stoic
