#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
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
/// A loop is cut into chunks that whoever runs takes, so that on a machine with other work to do nobody waits
/// for a thread that has not begun, and what one that is interrupted leaves behind is small. A thread that
/// waits for the others spins for some twenty microseconds, then sleeps. OpenMP's own threads spin for
/// milliseconds, which keeps the very thread they wait for from running.
///
/// A helper that is interrupted in the middle of a chunk holds up the loop until it runs again, which on a
/// busy machine takes longer than the loop itself. A caller that has lately spent much of its time waiting
/// does loops alone for a while, then tries again.
class Team {
 public:
  using Work = std::function<void(std::int64_t begin, std::int64_t end)>;

  /// `threads` members including the caller; 0: as many as there are cores. Fewer where the system gives no
  /// more threads. When `stop` becomes true, split throws Stopped.
  explicit Team(int threads, const std::atomic<bool>* stop = nullptr);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  /// Calls work(begin, end) for consecutive ranges that together are 0 ... count-1, each once and in some
  /// member, and returns when all are done. Where the ranges end depends on the number of members, and who
  /// gets which on the moment: nothing that `work` leaves behind may depend on either. A member begins with
  /// its own part of the ranges, always the same of the same count, so that its data stays in its core's
  /// cache; then it helps the others, from the ends of theirs. When `work` throws for some ranges, the
  /// exception of the first of them is thrown once all are done; the team goes on to work. `work` must not
  /// call split.
  void split(std::int64_t count, const Work& work);

  /// Throws Stopped when the team is asked to stop: for parts that take long.
  void stop_if_asked() const {
    if (stop_ != nullptr && stop_->load(std::memory_order_relaxed)) throw Stopped();
  }

  /// What it is asked by: for teams of members' own.
  const std::atomic<bool>* asked() const { return stop_; }

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
  /// The chunks of one member's part that nobody has taken: the first in the upper half, the end in the
  /// lower.
  struct alignas(64) Part {
    std::atomic<std::uint64_t> left = 0;
    std::optional<std::int64_t> take(bool from_the_front);
  };

  using Clock = std::chrono::steady_clock;

  bool better_alone();
  void help(std::int64_t member);
  void do_chunks(std::int64_t member) noexcept;
  void do_chunk(std::int64_t chunk) noexcept;

  std::int64_t members_;
  const std::atomic<bool>* stop_;
  // Of the loop that runs; written while no chunk is left, read by those who have taken one.
  std::int64_t count_ = 0;
  std::int64_t chunks_ = 0;
  const Work* work_ = nullptr;
  std::unique_ptr<Part[]> parts_;              // by member
  std::atomic<std::uint32_t> round_ = 0;       // raised by the caller: there is work, or
  std::atomic<bool> home_ = false;             // there will be none
  std::atomic<std::uint32_t> unfinished_ = 0;  // chunks
  std::mutex failing_;                         // of the two below
  std::exception_ptr failure_;                 // of the first chunk that threw
  std::int64_t failed_chunk_ = 0;
  // Whether helpers are worth waiting for; known to the caller alone.
  Clock::time_point watched_since_ = Clock::now();
  Clock::time_point alone_until_ = {};
  Clock::duration waited_ = {};  // for helpers, since then
  int windows_alone_ = 0;
  std::vector<std::thread> helpers_;
};

}  // namespace stoic
