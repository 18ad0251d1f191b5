#include "stoic/host/kernels/team.hpp"

#include <algorithm>
#include <utility>

namespace stoic {
namespace {

/// So many that what is left to wait for at the end of a loop is little; few enough to cost nothing.
constexpr std::int64_t chunks_per_member = 16;
/// Some slices of a scheduler.
constexpr std::chrono::milliseconds window{20};
/// Of a window, spent waiting for helpers. With one helper half of it would be as slow as no helper at all.
constexpr double patience = 0.25;
/// Windows without helpers after one that was not worth it, doubled as often as the next is not either.
constexpr int fewest_alone = 8, most_alone = 64;

/// Returns when `value` is no longer `old`.
void wait_while(const std::atomic<std::uint32_t>& value, std::uint32_t old) {
  constexpr int spins = 400;  // some 50 ns each
  for (int i = 0; i < spins; ++i) {
    if (value.load(std::memory_order_acquire) != old) return;
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }
  value.wait(old, std::memory_order_acquire);
}

}  // namespace

Team::Team(int threads, const std::atomic<bool>* stop)
    : members_(threads > 0 ? threads : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()))),
      stop_(stop),
      parts_(std::make_unique<Part[]>(static_cast<std::size_t>(members_))) {
  helpers_.reserve(static_cast<std::size_t>(members_ - 1));
  try {
    for (std::int64_t member = 1; member < members_; ++member)
      helpers_.emplace_back([this, member] { help(member); });
  } catch (const std::exception&) {
    // No memory for its stack, or more threads than the user may have: those that are there do the work.
    members_ = static_cast<std::int64_t>(helpers_.size()) + 1;
  }
}

Team::~Team() {
  home_ = true;
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  for (std::thread& helper : helpers_) helper.join();
}

std::optional<std::int64_t> Team::Part::take(bool from_the_front) {
  std::uint64_t now = left.load(std::memory_order_acquire);
  for (;;) {
    const std::uint64_t first = now >> 32, end = now & 0xffffffff;
    if (first >= end) return std::nullopt;
    const std::uint64_t then = from_the_front ? (first + 1) << 32 | end : first << 32 | (end - 1);
    if (left.compare_exchange_weak(now, then, std::memory_order_acq_rel, std::memory_order_acquire))
      return static_cast<std::int64_t>(from_the_front ? first : end - 1);
  }
}

void Team::split(std::int64_t count, const Work& work) {
  stop_if_asked();
  if (count <= 0) return;
  if (members_ == 1 || count == 1 || better_alone()) return work(0, count);
  count_ = count;
  chunks_ = std::min(count, members_ * chunks_per_member);
  work_ = &work;
  unfinished_.store(static_cast<std::uint32_t>(chunks_), std::memory_order_relaxed);
  for (std::int64_t member = 0; member < members_; ++member) {
    const auto first = static_cast<std::uint64_t>(chunks_ * member / members_),
               end = static_cast<std::uint64_t>(chunks_ * (member + 1) / members_);
    parts_[static_cast<std::size_t>(member)].left.store(first << 32 | end, std::memory_order_release);
  }
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  do_chunks(0);
  if (unfinished_.load(std::memory_order_acquire) != 0) {
    const auto began = Clock::now();
    for (std::uint32_t left; (left = unfinished_.load(std::memory_order_acquire)) != 0;)
      wait_while(unfinished_, left);
    waited_ += Clock::now() - began;
  }
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

bool Team::better_alone() {
  const auto now = Clock::now();
  if (now < alone_until_) return true;
  if (now - watched_since_ < window) return false;
  const bool in_vain = waited_ > patience * (now - watched_since_);
  windows_alone_ = in_vain ? std::clamp(2 * windows_alone_, fewest_alone, most_alone) : 0;
  alone_until_ = watched_since_ = now + windows_alone_ * window;
  waited_ = {};
  return in_vain;
}

void Team::help(std::int64_t member) {
  for (std::uint32_t round = 0;;) {
    wait_while(round_, round);
    round = round_.load(std::memory_order_acquire);
    if (home_) return;
    do_chunks(member);
  }
}

void Team::do_chunks(std::int64_t member) noexcept {
  // A helper that was away for a while may find the chunks of a later loop here: as good as any.
  for (std::int64_t k = 0; k < members_; ++k) {
    Part& part = parts_[static_cast<std::size_t>((member + k) % members_)];
    while (const auto chunk = part.take(k == 0)) do_chunk(*chunk);
  }
}

void Team::do_chunk(std::int64_t chunk) noexcept {
  try {
    (*work_)(count_ * chunk / chunks_, count_ * (chunk + 1) / chunks_);
  } catch (...) {
    const std::lock_guard lock(failing_);
    if (!failure_ || chunk < failed_chunk_) {
      failure_ = std::current_exception();
      failed_chunk_ = chunk;
    }
  }
  if (unfinished_.fetch_sub(1, std::memory_order_acq_rel) == 1) unfinished_.notify_one();
}

}  // namespace stoic
