#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "stoic/sim/device/device.hpp"

namespace stoic::rtl {

/// The master of an input stream: packets in the bytes of the bus, and the cycle from which each beat is
/// offered.
class StreamSource {
 public:
  /// `word_bytes`: bytes of one lane's word on the bus.
  StreamSource(Stream stream, std::int64_t lanes, std::int64_t word_bytes)
      : stream_(stream), lanes_(lanes), word_bytes_(word_bytes) {}

  /// Queues packets, sent in the cycle `now`.
  void send(std::span<const Packet> packets, std::int64_t times, const StallSchedule& schedule,
            std::int64_t now);
  /// Drops what is queued, but for a beat that has been offered already.
  void drop();
  void clear() {
    batches_.clear();
    earliest_ = 0;
    held_ = false;
  }

  /// Whether a beat is offered in this cycle; its bytes and TLAST.
  bool offers(std::int64_t cycle) const { return !batches_.empty() && cycle >= earliest_; }
  const std::uint8_t* bytes() const { return current().bytes.data() + at_.beat * beat_bytes(); }
  bool last() const { return current().last && at_.beat + 1 == current().beats; }
  std::int64_t beat_bytes() const { return lanes_ * word_bytes_; }
  /// After a cycle in which a beat was offered: it was accepted, or it stays offered.
  void accepted(bool yes) {
    held_ = !yes;
    if (yes) advance();
  }

 private:
  struct Packed {
    std::vector<std::uint8_t> bytes;
    std::int64_t beats;
    bool last;
  };
  struct Batch {
    std::vector<Packed> packets;
    std::int64_t times;
    StallSchedule schedule;
    std::int64_t sent;
  };
  struct Position {
    std::size_t packet = 0;
    std::int64_t beat = 0;
    std::int64_t round = 0;
  };

  void advance();
  Packed pack(const Packet& packet) const;
  const Packed& current() const { return batches_.front().packets[at_.packet]; }
  void find_earliest(std::int64_t from);

  Stream stream_;
  std::int64_t lanes_;
  std::int64_t word_bytes_;
  std::deque<Batch> batches_;
  Position at_;
  std::int64_t earliest_ = 0;  ///< of the beat at the front
  bool held_ = false;          ///< that beat has been offered
};

}  // namespace stoic::rtl
