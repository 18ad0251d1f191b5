#include "stoic/sim/golden/threads.hpp"

#include <algorithm>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace stoic {

void in_threads(int threads, const std::function<void()>& member) {
  const int wanted =
      threads > 0 ? threads : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  std::mutex mutex;
  std::exception_ptr failure;
  const auto guarded = [&]() noexcept {
    try {
      member();
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
    }
  };
  std::vector<std::jthread> others;
  others.reserve(static_cast<std::size_t>(wanted - 1));
  try {
    while (static_cast<int>(others.size()) + 1 < wanted) others.emplace_back(guarded);
  } catch (const std::exception&) {
    // No memory for its stack, or more threads than the user may have: those that are there do the work.
  }
  guarded();
  others.clear();  // waits for them
  if (failure) std::rethrow_exception(failure);
}

}  // namespace stoic
