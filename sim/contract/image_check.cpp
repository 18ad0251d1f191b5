#include "stoic/sim/contract/image_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/printable.hpp"

namespace stoic {
namespace {

constexpr std::string_view vector_name_characters = " +=/,:()[]{}^|";
constexpr std::size_t longest_slot_text = 300;
constexpr std::int64_t most_fraction_bits = 256;
/// Of one inference: sessions queue them.
constexpr std::int64_t most_streamed_states = std::int64_t{1} << 24;
constexpr std::int64_t most_streamed_weights = std::int64_t{1} << 29;

[[noreturn]] void fail(const std::string& where, const std::string& what) {
  throw Error(fmt::format("{}: {}; compile the model again", where, what));
}

}  // namespace

void check_symbols(const Image& image, const std::string& where) {
  const auto words = image.config.state_words_per_lane;
  for (const auto& v : image.vectors) {
    if (!is_plain_name(v.name, vector_name_characters))
      fail(where,
           fmt::format("a vector is named \"{}\"; names have 1 to 100 letters, digits, spaces and {}_-.",
                       one_line(v.name, 200), vector_name_characters.substr(1)));
    if (v.word < 0 || v.word > words || v.length < 0 || v.length > words * image.config.lanes ||
        image.config.beats(v.length) > words - v.word || v.fraction_bits < -most_fraction_bits ||
        v.fraction_bits > most_fraction_bits)
      fail(where, fmt::format("the vector {} does not lie in the state memory", v.name));
  }
  for (const auto& s : image.slots)
    if (s.text.size() > longest_slot_text || printable(s.text) != s.text)
      fail(where, fmt::format("the text of program word {} has more than {} bytes, or control characters",
                              s.slot, longest_slot_text));
}

void check_stream_vectors(const Image& image, const std::string& where) {
  const auto capacity = image.config.state_words_per_lane * image.config.lanes;
  for (const auto& lengths : {image.input_lengths, image.output_lengths}) {
    std::int64_t total = 0;
    for (const auto length : lengths) {
      if (length < 1 || length > capacity)
        fail(where,
             fmt::format("a stream vector of {} elements does not fit the state memory{}", length,
                         length > capacity ? fmt::format(" of {}; it needs state_words_per_lane >= {}",
                                                         capacity, (length - 1) / image.config.lanes + 1)
                                           : ""));
      total += length;
      if (total > most_streamed_states)
        fail(where, fmt::format("one inference moves more than {} elements in or out", most_streamed_states));
    }
  }
}

void check_stream_schedule(const Image& image, const std::string& where) {
  const auto beats = static_cast<std::int64_t>(image.stream_weights.size()) / image.config.lanes;
  std::int64_t total = 0;
  for (const auto& matrix : image.stream_schedule) {
    if (matrix.first_beat < 0 || matrix.beats <= 0 || matrix.first_beat > beats ||
        matrix.beats > beats - matrix.first_beat)
      fail(where, "the stream schedule reaches beyond the streamed weights");
    total += matrix.beats;
    if (total > most_streamed_weights / image.config.lanes)
      fail(where, fmt::format("one inference streams more than {} weights", most_streamed_weights));
  }
  auto sorted = image.stream_schedule;
  std::ranges::sort(sorted, {}, [](const auto& m) { return std::pair(m.first_beat, m.beats); });
  // Its form in std::ranges does not compile with Clang 14.
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  for (std::size_t i = 1; i < sorted.size(); ++i)
    if (sorted[i].first_beat < sorted[i - 1].first_beat + sorted[i - 1].beats)
      fail(where,
           fmt::format("two matrices of the stream schedule overlap at beat {}", sorted[i].first_beat));
}

}  // namespace stoic
