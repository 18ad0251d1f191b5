#pragma once
#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <thread>
#include <vector>

namespace stoic {

/// Thrown by Team::split when it is asked to stop. Not an Error: nothing is wrong.
class Stopped : public std::exception {
 public:
  const char* what() const noexcept override { return "stopped"; }
};

/// A few threads that share loops whose parts take some ten microseconds: a training step is ten such loops.
///
/// A thread that waits for the others spins for some twenty microseconds, then sleeps. OpenMP's own threads
/// spin for milliseconds, which on a machine with other work to do keeps the very thread they wait for from
/// running.
class Team {
 public:
  /// `threads` members including the caller; 0: as many as there are cores. Fewer where the system gives no
  /// more threads. When `stop` becomes true, split throws Stopped.
  explicit Team(int threads, const std::atomic<bool>* stop = nullptr);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  /// Calls work(begin, end) in every member, for consecutive parts of 0 ... count-1 that differ by one at
  /// most, and returns when all are done. Member i always gets the same part of the same count, so that its
  /// data stays in its core's cache. When `work` throws in some members, the exception of the first of them
  /// is thrown once all are done; the team goes on to work. `work` must not call split.
  void split(std::int64_t count, const std::function<void(std::int64_t begin, std::int64_t end)>& work);

  /// Throws Stopped when the team is asked to stop: for parts that take long.
  void stop_if_asked() const {
    if (stop_ != nullptr && stop_->load(std::memory_order_relaxed)) throw Stopped();
  }

  /// While it lives, the team does not stop: what changes in several loops changes as a whole.
  class Whole {
   public:
    explicit Whole(Team& team) : team_(team), stop_(team.stop_) { team.stop_ = nullptr; }
    ~Whole() { team_.stop_ = stop_; }
    Whole(const Whole&) = delete;
    Whole& operator=(const Whole&) = delete;

   private:
    Team& team_;
    const std::atomic<bool>* stop_;
  };

 private:
  void help(std::int64_t member);
  void do_part(std::int64_t member) noexcept;

  std::int64_t members_;
  const std::atomic<bool>* stop_;
  std::int64_t count_ = 0;
  const std::function<void(std::int64_t, std::int64_t)>* work_ = nullptr;  // null: go home
  std::atomic<std::uint32_t> round_ = 0;      // raised by the caller: there is work
  std::atomic<std::uint32_t> working_ = 0;    // helpers that have not finished it
  std::vector<std::exception_ptr> failures_;  // by member; of the loop that runs
  std::atomic<bool> failed_ = false;
  std::vector<std::thread> helpers_;
};

}  // namespace stoic
