#include "stoic/host/dynamics/team.hpp"

#include <algorithm>
#include <utility>

namespace stoic {
namespace {

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
      failures_(static_cast<std::size_t>(members_)) {
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
  work_ = nullptr;
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  for (std::thread& helper : helpers_) helper.join();
}

void Team::split(std::int64_t count, const std::function<void(std::int64_t, std::int64_t)>& work) {
  stop_if_asked();
  count_ = count;
  work_ = &work;
  working_.store(static_cast<std::uint32_t>(helpers_.size()), std::memory_order_relaxed);
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  do_part(0);
  for (std::uint32_t left; (left = working_.load(std::memory_order_acquire)) != 0;)
    wait_while(working_, left);
  if (!failed_.load(std::memory_order_relaxed)) return;
  failed_ = false;
  std::exception_ptr first;
  for (auto& failure : failures_)
    if (auto own = std::exchange(failure, nullptr); own && !first) first = own;
  std::rethrow_exception(first);
}

void Team::help(std::int64_t member) {
  for (std::uint32_t round = 0;; ++round) {
    wait_while(round_, round);
    if (work_ == nullptr) return;
    do_part(member);
    if (working_.fetch_sub(1, std::memory_order_acq_rel) == 1) working_.notify_one();
  }
}

void Team::do_part(std::int64_t member) noexcept {
  const std::int64_t begin = count_ * member / members_;
  const std::int64_t end = count_ * (member + 1) / members_;
  if (begin >= end) return;
  try {
    (*work_)(begin, end);
  } catch (...) {
    failures_[static_cast<std::size_t>(member)] = std::current_exception();
    failed_ = true;
  }
}

}  // namespace stoic
