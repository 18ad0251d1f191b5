#pragma once
#include <functional>

namespace stoic {

/// Calls `member` once in each of `threads` threads, the caller's among them, and returns when all are done;
/// 0: as many as there are processors. What they share, such as the number of the next piece of work, is
/// theirs. They are fewer where the system gives no more threads. When members throw, the exception of one of
/// them is thrown once all are done.
void in_threads(int threads, const std::function<void()>& member);

}  // namespace stoic
