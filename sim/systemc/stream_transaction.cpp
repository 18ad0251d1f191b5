#include "stoic/sim/systemc/stream_transaction.hpp"

namespace stoic::systemc {

std::vector<unsigned char> encode_words(std::span<const std::int32_t> words, std::int64_t word_bits) {
  const auto bytes = word_bytes(word_bits);
  std::vector<unsigned char> data(words.size() * static_cast<std::size_t>(bytes));
  auto* out = data.data();
  for (const auto word : words)
    for (std::int64_t b = 0; b < bytes; ++b)
      *out++ = static_cast<unsigned char>(static_cast<std::uint32_t>(word) >> (8 * b));
  return data;
}

void decode_words(std::span<const unsigned char> data, std::int64_t word_bits,
                  std::span<std::int32_t> words) {
  const auto bytes = word_bytes(word_bits);
  const auto unused = static_cast<int>(32 - word_bits);
  const auto* in = data.data();
  for (auto& word : words) {
    std::uint32_t value = 0;
    for (std::int64_t b = 0; b < bytes; ++b) value |= std::uint32_t{*in++} << (8 * b);
    word = static_cast<std::int32_t>(value << unused) >> unused;
  }
}

}  // namespace stoic::systemc
