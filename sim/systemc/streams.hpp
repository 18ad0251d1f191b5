#pragma once
#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "stoic/sim/golden/datapath.hpp"

// The three streams of the cycle model. "Waiting for streams" and "Stopping" in rtl/README.md are the rules;
// here they are recurrences over beats, so that a beat costs the same however long it waits. A cycle in which
// something happens is computed, not searched for. `limit` is always the first cycle that is not yet to be
// decided.
namespace stoic::systemc {

constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

/// Beats that a source offers one after another.
struct Burst {
  golden::SharedBeats beats;        ///< whole beats, beat * lanes + lane
  bool last = true;                 ///< TLAST on the last beat; no other beat has it
  std::int64_t earliest = 0;        ///< no beat is offered before this cycle
  std::vector<std::int64_t> ready;  ///< empty, or for every beat the cycle before which it is not offered
  std::uint64_t tag = 0;            ///< names the burst in reports
};

/// One or more beats of a burst were accepted, in cycle `cycle` and those that follow it.
struct Accepted {
  std::uint64_t tag;
  std::int64_t first;  ///< index of the first of them within the burst
  std::int64_t count;
  std::int64_t cycle;
  bool finished;  ///< the source has nothing left of this burst
};

/// The source side of a stream: what is offered, and from when on. A beat is offered from the cycle after the
/// one before it was accepted, unless its own time is later.
class OfferQueue {
 public:
  explicit OfferQueue(std::int64_t lanes) : lanes_(lanes) {}

  /// Called for every acceptance; it may push the next burst.
  std::function<void(const Accepted&)> report;

  void push(Burst burst);
  bool empty() const { return entries_.empty(); }
  /// The cycle from which the first beat is offered; never when there is none.
  std::int64_t next_offer() const;
  /// How many beats are accepted in cycles that follow one another when the first is accepted in `cycle`, one
  /// from next_offer() on: beats of one burst, TLAST on none but the last of them.
  std::int64_t run(std::int64_t cycle) const;
  /// Beats of the first burst that are left.
  std::int64_t left() const { return entries_.empty() ? 0 : entries_.front().end - entries_.front().next; }

  struct Taken {
    golden::SharedBeats beats;
    std::int64_t first;  ///< index of the beat within `beats`
    bool last;           ///< TLAST of the last beat of the run
  };
  /// Accepts `count` <= run(cycle) beats, the first in `cycle`.
  Taken accept(std::int64_t count, std::int64_t cycle);
  /// The source had nothing to offer before `limit`: what comes later is not offered before it.
  void had_nothing_until(std::int64_t limit) { earliest_ = std::max(earliest_, limit); }
  /// Drops all beats but one that was offered before cycle `now`. Reports bursts that end by it.
  void withdraw(std::int64_t now);
  /// Drops everything, without reports.
  void clear(std::int64_t now);

 private:
  struct Entry {
    Burst burst;
    std::int64_t next;  ///< index of the beat to be accepted next
    std::int64_t end;
    bool last;  ///< TLAST on beat end - 1
  };
  std::int64_t lanes_;
  std::deque<Entry> entries_;
  std::int64_t earliest_ = 0;
};

/// The stream `input` and its buffer.
class InputBuffer {
 public:
  InputBuffer(std::int64_t depth, std::int64_t lanes) : offers(lanes), depth_(depth) {}

  OfferQueue offers;

  /// Accepts and discards what is due before `limit`. What LOAD takes before `limit` must have been taken.
  void advance(std::int64_t limit);
  /// The first cycle from `from` on in which LOAD can take a beat; nothing when that is not before `limit`.
  std::optional<std::int64_t> next_take(std::int64_t from, std::int64_t limit);
  /// A bound: LOAD takes no beat before this cycle, as far as is known at `now`; never when nothing is
  /// offered.
  std::int64_t take_bound(std::int64_t now) const;
  /// Beats that LOAD may take one after another before a TLAST, or before more is known; 1 at least.
  std::int64_t beats_known() const;

  struct Beat {
    golden::SharedBeats beats;
    std::int64_t index;  ///< within `beats`
    bool last;
    std::int64_t accepted;
  };
  /// The beat that next_take() found.
  Beat take(std::int64_t cycle);
  /// From `cycle` on, one beat a cycle goes, up to and with TLAST.
  void discard_from(std::int64_t cycle);
  /// The register CONTROL.RESET, accepted in `cycle`.
  void empty_at(std::int64_t cycle);
  /// aresetn in `cycle`.
  void reset(std::int64_t cycle);
  /// A bound for the next cycle in which a burst can be accepted to its end.
  std::int64_t accept_bound(std::int64_t now) const;
  std::int64_t stored() const { return static_cast<std::int64_t>(stored_.size()); }

 private:
  void fill(std::int64_t limit);
  std::int64_t next_accept() const { return std::max(offers.next_offer(), place_from_); }
  bool full() const { return stored() == depth_; }

  std::int64_t depth_;
  std::deque<Beat> stored_;
  std::int64_t place_from_ = 0;  ///< the cycle from which the next beat has a place
  std::int64_t take_from_ = 0;   ///< the cycle from which the next beat can be taken: one a cycle
  bool discarding_ = false;
  bool within_vector_ = false;  ///< the last beat accepted had no TLAST
};

/// The stream `weights`: no buffer, a beat is accepted when MATVEC issues it or when it is discarded.
class WeightStream {
 public:
  explicit WeightStream(std::int64_t lanes) : offers(lanes) {}

  OfferQueue offers;

  /// Discards what is due before `limit`.
  void advance(std::int64_t limit);
  /// The first cycle from `from` on in which MATVEC finds a beat; nothing when that is not before `limit`.
  std::optional<std::int64_t> next_take(std::int64_t from, std::int64_t limit);
  /// A bound: MATVEC finds no beat before this cycle, as far as is known at `now`; never when nothing is
  /// offered.
  std::int64_t take_bound(std::int64_t now) const;
  void discard_from(std::int64_t cycle);
  void reset(std::int64_t cycle);
  /// A bound for the next cycle after a burst was discarded to its end; never when none is being discarded.
  std::int64_t discard_bound(std::int64_t now) const;

 private:
  bool discarding_ = false;
  std::int64_t take_from_ = 0;
};

/// A beat in the output register.
struct OutputOffer {
  std::span<const std::int32_t> values;  ///< one a lane
  bool last;
  std::int64_t from;  ///< the cycle from which it is offered, or from which its sink is asked again
  bool again;         ///< the same beat as in the call before: the sink forgets its former answer
};

/// The output register and what STORE sees of it.
class OutputRegister {
 public:
  explicit OutputRegister(std::int64_t lanes) : values_(static_cast<std::size_t>(lanes)) {}

  /// The sink: answers with the cycle, `from` or later, in which it accepts the beat; never when it does not
  /// know. It is asked when a beat enters the register, and by ask_again().
  std::function<std::int64_t(const OutputOffer&)> sink;

  /// Lets beats go that are accepted before `limit`, and closes an interrupted vector.
  void advance(std::int64_t limit);
  /// The first cycle from `from` on that does not freeze STORE; nothing when that is not before `limit`.
  std::optional<std::int64_t> next_free(std::int64_t from, std::int64_t limit);
  /// At the end of `cycle`, one that does not freeze STORE, a beat enters. `fill` writes its values.
  void enter(std::int64_t cycle, bool last, const std::function<void(std::span<std::int32_t>)>& fill);
  /// From `cycle` on a beat of zeros with TLAST waits to enter.
  void close_from(std::int64_t cycle);
  /// The sink's answer may have changed for cycles from `now` on.
  void ask_again(std::int64_t now);
  void reset();
  /// A bound for the next cycle in which the register changes; never when nothing is known to come.
  std::int64_t change_bound(std::int64_t now) const;
  /// A bound: STORE is frozen up to this cycle, as far as is known at `now`; never when its end is not known.
  std::int64_t free_bound(std::int64_t now) const;
  bool valid(std::int64_t cycle) const { return holds_ && offered_ <= cycle && cycle <= accepted_; }

 private:
  std::int64_t closing_cycle() const { return holds_ ? std::max(close_from_, accepted_) : close_from_; }
  void put(std::int64_t cycle, bool last);
  void close(std::int64_t cycle);

  std::vector<std::int32_t> values_;
  bool holds_ = false;
  bool last_ = false;
  std::int64_t offered_ = 0;
  std::int64_t accepted_ = 0;
  bool closing_ = false;
  std::int64_t close_from_ = 0;
};

}  // namespace stoic::systemc
