#include "stoic/sim/rtl/stream_source.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "stoic/sim/io/error.hpp"

namespace stoic::rtl {

StreamSource::Packed StreamSource::pack(const Packet& packet) const {
  const auto size = static_cast<std::int64_t>(packet.beats.size());
  if (size == 0 || size % lanes_ != 0)
    throw Error(fmt::format(
        "a packet of {} elements is no number of whole beats of {} lanes; fill it with zeros", size, lanes_));
  Packed packed{std::vector<std::uint8_t>(static_cast<std::size_t>(size * word_bytes_)), size / lanes_,
                packet.last};
  auto* to = packed.bytes.data();
  for (const auto value : packet.beats)
    for (std::int64_t b = 0; b < word_bytes_; ++b)
      *to++ = static_cast<std::uint8_t>(static_cast<std::uint32_t>(value) >> (8 * b));
  return packed;
}

void StreamSource::find_earliest(std::int64_t from) {
  if (batches_.empty()) return;
  const auto& batch = batches_.front();
  earliest_ = std::max(from, batch.sent);
  while (!batch.schedule.open(stream_, earliest_)) ++earliest_;
}

void StreamSource::send(std::span<const Packet> packets, std::int64_t times, const StallSchedule& schedule,
                        std::int64_t now) {
  if (packets.empty() || times <= 0) return;
  Batch batch{{}, times, schedule, now};
  for (const auto& packet : packets) batch.packets.push_back(pack(packet));
  const bool idle = batches_.empty();
  batches_.push_back(std::move(batch));
  if (idle) {
    at_ = {};
    find_earliest(earliest_ + 1);
  }
}

void StreamSource::drop() {
  if (!held_) {
    clear();
    return;
  }
  // The offered beat stays, alone
  Packed beat{{bytes(), bytes() + beat_bytes()}, 1, last()};
  const auto schedule = batches_.front().schedule;
  batches_.clear();
  batches_.push_back({{std::move(beat)}, 1, schedule, earliest_});
  at_ = {};
}

void StreamSource::advance() {
  if (++at_.beat == current().beats) {
    at_.beat = 0;
    const auto& batch = batches_.front();
    if (++at_.packet == batch.packets.size()) {
      at_.packet = 0;
      if (++at_.round == batch.times) {
        batches_.pop_front();
        at_ = {};
      }
    }
  }
  find_earliest(earliest_ + 1);
}

}  // namespace stoic::rtl
