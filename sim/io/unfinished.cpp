#include "stoic/sim/io/unfinished.hpp"

#include <unistd.h>

#include <array>
#include <atomic>
#include <climits>
#include <cstring>

namespace stoic {
namespace {

enum State : int { empty, claimed, named };

/// Fixed memory: a signal handler may neither allocate nor wait for who does.
struct Slot {
  std::atomic<int> state{empty};
  char path[PATH_MAX] = {};
};
static_assert(std::atomic<int>::is_always_lock_free, "read by a signal handler");
std::array<Slot, 8> slots;

}  // namespace

UnfinishedFile::UnfinishedFile(const std::string& path) noexcept {
  if (path.size() >= PATH_MAX) return;
  for (int i = 0; i < static_cast<int>(slots.size()); ++i) {
    Slot& slot = slots[i];
    int expected = empty;
    if (!slot.state.compare_exchange_strong(expected, claimed)) continue;
    std::memcpy(slot.path, path.c_str(), path.size() + 1);
    slot.state = named;
    slot_ = i;
    return;
  }
}

UnfinishedFile::~UnfinishedFile() {
  if (slot_ >= 0) slots[slot_].state = empty;
}

bool any_unfinished_file() noexcept {
  for (const Slot& slot : slots)
    if (slot.state == named) return true;
  return false;
}

void remove_unfinished_files() noexcept {
  for (const Slot& slot : slots)
    if (slot.state == named) ::unlink(slot.path);
}

}  // namespace stoic
