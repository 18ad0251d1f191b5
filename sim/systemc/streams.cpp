#include "stoic/sim/systemc/streams.hpp"

#include <algorithm>
#include <utility>

namespace stoic::systemc {

void OfferQueue::push(Burst burst) {
  const auto count = static_cast<std::int64_t>(burst.beats->size()) / lanes_;
  const bool last = burst.last;
  entries_.push_back({std::move(burst), 0, count, last});
}

std::int64_t OfferQueue::next_offer() const {
  if (entries_.empty()) return never;
  const auto& [burst, next, end, last] = entries_.front();
  const auto ready = burst.ready.empty() ? 0 : burst.ready[static_cast<std::size_t>(next)];
  return std::max({ready, burst.earliest, earliest_});
}

std::int64_t OfferQueue::run(std::int64_t cycle) const {
  const auto& ready = entries_.front().burst.ready;
  if (ready.empty()) return left();
  const auto first = entries_.front().next;
  std::int64_t count = 1;
  while (count < left() && ready[static_cast<std::size_t>(first + count)] <= cycle + count) ++count;
  return count;
}

OfferQueue::Taken OfferQueue::accept(std::int64_t count, std::int64_t cycle) {
  auto& entry = entries_.front();
  const auto first = entry.next;
  entry.next += count;
  earliest_ = cycle + count;
  const bool finished = entry.next == entry.end;
  Taken taken{entry.burst.beats, first, finished && entry.last};
  const Accepted accepted{entry.burst.tag, first, count, cycle, finished};
  if (finished) entries_.pop_front();
  if (report) report(accepted);
  return taken;
}

void OfferQueue::withdraw(std::int64_t now) {
  std::deque<Entry> dropped;
  dropped.swap(entries_);
  if (!dropped.empty()) {
    entries_.push_back(std::move(dropped.front()));
    dropped.pop_front();
    auto& entry = entries_.front();
    if (next_offer() >= now) {
      dropped.push_front(std::move(entry));
      entries_.clear();
    } else if (entry.next + 1 < entry.end) {
      entry.end = entry.next + 1;
      entry.last = false;
    }
  }
  for (const auto& entry : dropped)
    if (report) report({entry.burst.tag, entry.next, 0, now, true});
}

void OfferQueue::clear(std::int64_t now) {
  entries_.clear();
  earliest_ = now;
}

void InputBuffer::fill(std::int64_t limit) {
  while (!full() && next_accept() < limit) {
    const auto cycle = next_accept();
    auto beat = offers.accept(1, cycle);
    within_vector_ = !beat.last;
    stored_.push_back({std::move(beat.beats), beat.first, beat.last, cycle});
  }
  if (offers.empty()) offers.had_nothing_until(limit);
}

void InputBuffer::advance(std::int64_t limit) {
  while (discarding_) {
    if (stored_.empty()) fill(limit);
    if (stored_.empty()) break;
    const auto cycle = std::max(take_from_, stored_.front().accepted + 2);
    if (cycle >= limit) break;
    if (take(cycle).last) discarding_ = false;
  }
  fill(limit);
}

std::optional<std::int64_t> InputBuffer::next_take(std::int64_t from, std::int64_t limit) {
  advance(limit);
  if (discarding_ || stored_.empty()) return std::nullopt;
  const auto cycle = std::max({from, take_from_, stored_.front().accepted + 2});
  if (cycle >= limit) return std::nullopt;
  return cycle;
}

std::int64_t InputBuffer::take_bound(std::int64_t now) const {
  if (!stored_.empty()) return std::max({now, take_from_, stored_.front().accepted + 2});
  const auto accept = next_accept();
  return accept == never ? never : std::max(now, accept + 2);
}

std::int64_t InputBuffer::beats_known() const {
  std::int64_t count = 0;
  for (const auto& beat : stored_) {
    ++count;
    if (beat.last) return count;
  }
  return std::max<std::int64_t>(count + offers.left(), 1);
}

InputBuffer::Beat InputBuffer::take(std::int64_t cycle) {
  fill(cycle + 1);  // with the places that there were before this beat went
  if (full()) place_from_ = cycle + 1;
  take_from_ = cycle + 1;
  auto beat = std::move(stored_.front());
  stored_.pop_front();
  return beat;
}

void InputBuffer::discard_from(std::int64_t cycle) {
  discarding_ = true;
  take_from_ = std::max(take_from_, cycle);
}

void InputBuffer::empty_at(std::int64_t cycle) {
  advance(cycle + 1);
  stored_.clear();
  place_from_ = cycle + 1;
  take_from_ = cycle + 1;
  discarding_ = within_vector_;
}

void InputBuffer::reset(std::int64_t cycle) {
  offers.clear(cycle + 1);
  stored_.clear();
  place_from_ = cycle + 1;
  take_from_ = cycle + 1;
  discarding_ = false;
  within_vector_ = false;
}

std::int64_t InputBuffer::accept_bound(std::int64_t now) const {
  if (discarding_) {
    const auto take = take_bound(now);
    return take == never ? never : take + 1;
  }
  if (full() || offers.empty()) return never;
  return std::max(now, next_accept()) + std::min(offers.left(), depth_ - stored());
}

void WeightStream::advance(std::int64_t limit) {
  while (discarding_) {
    const auto cycle = std::max(take_from_, offers.next_offer());
    if (cycle >= limit) break;
    take_from_ = cycle + 1;
    if (offers.accept(1, cycle).last) discarding_ = false;
  }
  if (offers.empty()) offers.had_nothing_until(limit);
}

std::optional<std::int64_t> WeightStream::next_take(std::int64_t from, std::int64_t limit) {
  advance(limit);
  const auto cycle = std::max({from, take_from_, offers.next_offer()});
  if (discarding_ || cycle >= limit) return std::nullopt;
  return cycle;
}

std::int64_t WeightStream::take_bound(std::int64_t now) const {
  return std::max({now, take_from_, offers.next_offer()});
}

std::int64_t WeightStream::discard_bound(std::int64_t now) const {
  if (!discarding_ || offers.empty()) return never;
  return take_bound(now) + offers.left();
}

void WeightStream::discard_from(std::int64_t cycle) {
  discarding_ = true;
  take_from_ = cycle;
}

void WeightStream::reset(std::int64_t cycle) {
  offers.clear(cycle + 1);
  discarding_ = false;
  take_from_ = cycle + 1;
}

void OutputRegister::put(std::int64_t cycle, bool last) {
  holds_ = true;
  last_ = last;
  offered_ = cycle + 1;
  accepted_ = sink ? std::max(offered_, sink({values_, last_, offered_, false})) : never;
}

void OutputRegister::close(std::int64_t cycle) {
  closing_ = false;
  std::fill(values_.begin(), values_.end(), 0);
  put(cycle, true);
}

void OutputRegister::advance(std::int64_t limit) {
  if (closing_ && closing_cycle() < limit) close(closing_cycle());
  if (holds_ && accepted_ < limit && !closing_) holds_ = false;
}

std::optional<std::int64_t> OutputRegister::next_free(std::int64_t from, std::int64_t limit) {
  if (closing_) {
    const auto cycle = closing_cycle();
    if (cycle >= limit) return std::nullopt;
    close(cycle);
    from = std::max(from, cycle + 1);
  }
  if (holds_) from = std::max(from, accepted_);
  if (from >= limit) return std::nullopt;
  return from;
}

void OutputRegister::enter(std::int64_t cycle, bool last,
                           const std::function<void(std::span<std::int32_t>)>& fill) {
  fill(values_);
  put(cycle, last);
}

void OutputRegister::close_from(std::int64_t cycle) {
  closing_ = true;
  close_from_ = cycle;
}

void OutputRegister::ask_again(std::int64_t now) {
  if (!holds_ || accepted_ < now) return;
  const auto from = std::max(offered_, now);
  accepted_ = sink ? std::max(from, sink({values_, last_, from, true})) : never;
}

void OutputRegister::reset() {
  holds_ = false;
  closing_ = false;
}

std::int64_t OutputRegister::change_bound(std::int64_t now) const {
  if (closing_) return closing_cycle() == never ? never : std::max(now, closing_cycle()) + 1;
  if (holds_ && accepted_ != never) return std::max(now, accepted_) + 1;
  return never;
}

std::int64_t OutputRegister::free_bound(std::int64_t now) const {
  if (closing_) return closing_cycle() == never ? never : std::max(now, closing_cycle() + 1);
  return holds_ ? std::max(now, accepted_) : now;
}

}  // namespace stoic::systemc
