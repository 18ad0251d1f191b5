#include "stoic/sim/device/device.hpp"

namespace stoic {
namespace {

/// The mixing step of SplitMix64: every bit of the result depends on every bit of the argument.
std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
  return value ^ (value >> 31);
}

}  // namespace

bool StallSchedule::open(Stream stream, std::int64_t cycle) const {
  const double closed = stream == Stream::input ? input : stream == Stream::weights ? weights : output;
  if (closed <= 0) return true;
  if (closed >= 1) return false;
  constexpr std::uint64_t golden_ratio = 0x9e3779b97f4a7c15u;
  const auto key = mixed(seed + golden_ratio * (static_cast<std::uint64_t>(stream) + 1));
  const auto draw = mixed(key + golden_ratio * static_cast<std::uint64_t>(cycle));
  // 53 bits, so that the comparison is exact in double precision.
  return static_cast<double>(draw >> 11) >= closed * 9007199254740992.0;
}

}  // namespace stoic
