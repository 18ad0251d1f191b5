#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

namespace stoic {

/// A few threads that share loops whose parts take some ten microseconds: a training step is ten such loops.
///
/// A thread that waits for the others spins for some twenty microseconds, then sleeps. OpenMP's own threads
/// spin for milliseconds, which on a machine with other work to do keeps the very thread they wait for from
/// running.
class Team {
 public:
  /// `threads` members including the caller; 0: as many as there are cores.
  explicit Team(int threads);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  /// Calls work(begin, end) in every member, for consecutive parts of 0 ... count-1 that differ by one at
  /// most, and returns when all are done. Member i always gets the same part of the same count, so that its
  /// data stays in its core's cache. `work` must not throw, nor call split.
  void split(std::int64_t count, const std::function<void(std::int64_t begin, std::int64_t end)>& work);

 private:
  void help(std::int64_t member);
  void do_part(std::int64_t member) const;

  std::int64_t members_;
  std::int64_t count_ = 0;
  const std::function<void(std::int64_t, std::int64_t)>* work_ = nullptr;  // null: go home
  std::atomic<std::uint32_t> round_ = 0;    // raised by the caller: there is work
  std::atomic<std::uint32_t> working_ = 0;  // helpers that have not finished it
  std::vector<std::thread> helpers_;
};

}  // namespace stoic
