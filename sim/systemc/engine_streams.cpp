// LOAD, STORE and MATVEC from the stream: what waits.
#include <algorithm>

#include "stoic/sim/systemc/engine.hpp"

namespace stoic::systemc {

/// The cycle in which the wait that began with cursor_ ends in a fault.
std::int64_t Engine::timeout_cycle() const {
  return settings_.stream_timeout > 0 ? cursor_ + settings_.stream_timeout - 1 : never;
}

/// What comes first: a stop, the fault of waiting too long, or the event that is waited for. cursor_ becomes
/// its cycle, the cycles before it are counted as stalls. A stop wins over all in its cycle, the event over a
/// stall.
Engine::Next Engine::wait_for(std::optional<std::int64_t> event, std::int64_t limit, std::int64_t& stalls) {
  const auto stop = std::max(cursor_, stop_from());
  const auto timeout = timeout_cycle();
  const auto decided = event.value_or(limit);  // cycles before this one are stalls
  Next next = Next::waits;
  auto cycle = cursor_;
  if (stop <= std::min(decided, timeout) && stop < limit) {
    next = Next::stopped;
    cycle = stop;
  } else if (timeout < decided) {
    next = Next::timed_out;
    cycle = timeout;
    ++stalls;
  } else if (event) {
    next = Next::issues;
    cycle = *event;
  }
  stalls += cycle - cursor_;
  cursor_ = cycle;
  return next;
}

namespace {

/// What TLAST of the beat that was just issued says, when `complete` tells whether it should have had it.
int last_fault(bool last, bool complete) {
  if (last == complete) return STOIC_STATUS_CODE_OK;
  return last ? STOIC_STATUS_CODE_STREAM_TOO_SHORT : STOIC_STATUS_CODE_STREAM_TOO_LONG;
}

}  // namespace

bool Engine::run_load(std::int64_t limit) {
  while (issued_ < issues_) {
    const auto next = wait_for(input_.next_take(cursor_, limit), limit, stall_input_);
    if (next == Next::waits) return false;
    if (next != Next::issues) {
      if (issued_ > 0) input_.discard_from(cursor_ + 1);
      begin_drain(cursor_ + 1, next == Next::stopped ? stop_code(cursor_) : STOIC_STATUS_CODE_STREAM_TIMEOUT);
      return true;
    }
    const auto beat = input_.take(cursor_);
    const auto first = static_cast<std::size_t>(beat.index * config_.lanes);
    datapath_.load(std::get<Load>(step_->instruction), issued_, std::span(*beat.beats).subspan(first));
    ++issued_;
    ++cursor_;
    if (const int fault = last_fault(beat.last, issued_ == issues_); fault != STOIC_STATUS_CODE_OK) {
      if (!beat.last) input_.discard_from(cursor_);
      begin_drain(cursor_, fault);
      return true;
    }
  }
  begin_drain(cursor_, STOIC_STATUS_CODE_OK);
  return true;
}

/// Appends beats to the matrix; without a copy as long as they follow one another in one burst from its
/// first.
void Engine::gather(const OfferQueue::Taken& taken, std::int64_t count) {
  if (issued_ == 0 && taken.first == 0) {
    matrix_ = taken.beats;
    return;
  }
  if (!copied_matrix_ && matrix_ == taken.beats && taken.first == issued_) return;
  const auto lanes = config_.lanes;
  if (!copied_matrix_) {
    copied_matrix_ = std::make_shared<std::vector<std::int32_t>>();
    if (matrix_) copied_matrix_->assign(matrix_->begin(), matrix_->begin() + issued_ * lanes);
    matrix_ = copied_matrix_;
  }
  const auto first = taken.beats->begin() + taken.first * lanes;
  copied_matrix_->insert(copied_matrix_->end(), first, first + count * lanes);
}

bool Engine::run_streamed(std::int64_t limit) {
  while (issued_ < issues_) {
    const auto next = wait_for(weights_.next_take(cursor_, limit), limit, stall_weights_);
    if (next == Next::waits) return false;
    if (next != Next::issues) {
      if (issued_ > 0) weights_.discard_from(cursor_ + 1);
      begin_drain(cursor_ + 1, next == Next::stopped ? stop_code(cursor_) : STOIC_STATUS_CODE_STREAM_TIMEOUT);
      return true;
    }
    const auto count =
        std::min({issues_ - issued_, weights_.offers.run(cursor_), std::min(limit, stop_from()) - cursor_});
    const auto taken = weights_.offers.accept(count, cursor_);
    gather(taken, count);
    issued_ += count;
    cursor_ += count;
    mac_cycles_ += count;
    if (taken.last || issued_ == issues_) {
      if (const int fault = last_fault(taken.last, issued_ == issues_); fault != STOIC_STATUS_CODE_OK) {
        if (!taken.last) weights_.discard_from(cursor_);
        begin_drain(cursor_, fault);
        return true;
      }
    }
  }
  begin_drain(cursor_, STOIC_STATUS_CODE_OK);
  return true;
}

/// STORE as a pipeline that only moves in cycles that are no stalls: the word that is read in one of them
/// enters the output register at the end of the next.
bool Engine::run_store(std::int64_t limit) {
  const auto& store = std::get<Store>(step_->instruction);
  constexpr std::int64_t behind = STOIC_STORE_LATENCY - 1;
  while (issued_ < issues_ + STOIC_STORE_LATENCY) {
    const auto next = wait_for(output_.next_free(cursor_, limit), limit, stall_output_);
    if (next == Next::waits) return false;
    if (next != Next::issues) {
      const auto offered = issued_ - behind;
      if (offered > 0 && offered < issues_) output_.close_from(cursor_ + 1);
      issued_ = 0;
      begin_ending(cursor_ + 1,
                   next == Next::stopped ? stop_code(cursor_) : STOIC_STATUS_CODE_STREAM_TIMEOUT);
      return true;
    }
    const auto word = issued_ - behind;
    if (word >= 0 && word < issues_)
      output_.enter(cursor_, word + 1 == issues_,
                    [&](std::span<std::int32_t> values) { datapath_.store(store, word, values); });
    ++issued_;
    ++cursor_;
  }
  phase_ = Phase::draining;  // the body has ended with the last beat accepted
  end_ = at_ = cursor_;
  code_ = STOIC_STATUS_CODE_OK;
  return true;
}

}  // namespace stoic::systemc
