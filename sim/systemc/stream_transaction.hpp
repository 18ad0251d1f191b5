#pragma once
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <systemc>
#include <tlm>
#include <vector>

// What passes through the stream sockets of an accelerator, whatever body stands behind them.
//
// Data. A transaction is a burst of whole beats, one after another, and a beat is one word for every lane,
// lane 0 first. A word is a two's complement number, little-endian, in the fewest whole bytes that hold its
// bits (StreamExtension::word_bits). Padding bits repeat the sign; a receiver ignores them. The command is
// TLM_WRITE, the address 0, the data length the number of beats * lanes * bytes of a word.
//
// Time. Clocks count: cycle n begins at n * period of the accelerator, and all times here are cycle numbers.
// A burst may be sent ahead of its time and is accepted beat by beat as time goes on.
//
// Inputs (`input`, `weights`). The source calls nb_transport_fw with BEGIN_REQ and gets TLM_ACCEPTED. When
// the last beat has been accepted, the accelerator calls nb_transport_bw with BEGIN_RESP; the source answers
// TLM_COMPLETED, and may send the next burst from within that call, in time for the cycle after. There is one
// burst at a time. With the phase STREAM_WITHDRAW the source takes back what was not offered in an earlier
// cycle: the burst then ends after the beat that is offered, or at once. A burst of another shape is answered
// with TLM_BURST_ERROR_RESPONSE and TLM_COMPLETED.
//
// Output. The accelerator calls b_transport with one beat when it enters the output register. The sink sets
// `accepted` to the first cycle from `earliest` on in which it takes the beat, or leaves it at unknown. When
// its answer has changed, it calls nb_transport_bw with STREAM_ASK_AGAIN (any payload), and the accelerator
// calls b_transport once more, with `again`, unless the beat has gone.
namespace stoic::systemc {

DECLARE_EXTENDED_PHASE(STREAM_WITHDRAW);
DECLARE_EXTENDED_PHASE(STREAM_ASK_AGAIN);

struct StreamExtension : tlm::tlm_extension<StreamExtension> {
  static constexpr std::int64_t unknown = std::numeric_limits<std::int64_t>::max();

  std::int64_t lanes = 0;
  std::int64_t word_bits = 0;
  bool last = true;           ///< TLAST on the last beat; no other beat of a burst has it
  std::int64_t earliest = 0;  ///< no beat is offered before this cycle
  /// Inputs: empty, or for every beat the cycle before which it is not offered.
  std::vector<std::int64_t> ready;
  /// Inputs: if set, it keeps the data alive and unchanged, so that a burst that was seen before is known by
  /// its address. Else the data is copied.
  std::shared_ptr<const void> owner;
  bool wants_times = false;  ///< inputs: fill accepted_cycles in

  // Answers.
  std::int64_t taken = 0;                     ///< inputs: beats accepted so far
  std::vector<std::int64_t> accepted_cycles;  ///< inputs, if wanted: when each of them was
  std::int64_t accepted = unknown;            ///< output
  bool again = false;                         ///< output: the beat of the call before

  tlm_extension_base* clone() const override { return new StreamExtension(*this); }
  void copy_from(const tlm_extension_base& other) override {
    *this = static_cast<const StreamExtension&>(other);
  }
};

/// Bytes of a word of so many bits.
constexpr std::int64_t word_bytes(std::int64_t word_bits) { return (word_bits + 7) / 8; }

/// Words as they lie in the data of a transaction.
std::vector<unsigned char> encode_words(std::span<const std::int32_t> words, std::int64_t word_bits);
/// The words of a transaction's data; the upper bits of each are those of its number of bits.
void decode_words(std::span<const unsigned char> data, std::int64_t word_bits, std::span<std::int32_t> words);

}  // namespace stoic::systemc
