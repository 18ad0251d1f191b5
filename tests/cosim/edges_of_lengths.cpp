// Instructions of every length of one bit.
#include <utility>

#include "edges.hpp"

namespace stoic::cosim {
namespace {

class LengthList {
 public:
  explicit LengthList(const HardwareConfig& config)
      : config_(config), lanes_(config.lanes), end_(config.state_words_per_lane) {}

  std::vector<Edge> make() {
    for (std::int64_t length = 1; length <= 1 << 15; length *= 2) {
      every_operand_beyond(length);
      every_length(length);
    }
    return std::move(edges_);
  }

 private:
  /// Lengths of one bit each, in whatever field they stand: no operand may reach beyond the memory by a word.
  void every_operand_beyond(std::int64_t length) {
    const auto words = config_.beats(length), beyond = end_ - words + 1;
    if (words + 3 > end_) return;
    const auto of_length = " of length " + std::to_string(length) + " a word beyond the memory";
    const auto add = [&](const char* what, const Instruction& instruction) {
      edges_.push_back({what + of_length, instruction, STOIC_STATUS_CODE_STATE_ADDRESS});
    };
    add("LOAD to", Load{beyond, length});
    add("STORE from", Store{beyond, length});
    Matvec columns{.stream = 1, .destination = 0, .source = 2, .rows = 2 * lanes_, .columns = length};
    auto m = columns;
    m.source = beyond;
    add("MATVEC from", m);
    m = columns;
    m.biased = 1;
    m.bias = end_ - 1;
    add("MATVEC of columns, with its bias", m);
    m = columns;
    m.destination = end_ - 1;
    add("MATVEC of columns, to", m);
    if (2 * words > end_) return;
    Matvec rows{.stream = 1, .destination = 0, .source = words, .rows = length, .columns = 1};
    m = rows;
    m.destination = beyond;
    m.source = 0;
    add("MATVEC to", m);
    m = rows;
    m.biased = 1;
    m.bias = beyond;
    add("MATVEC with its bias", m);
    for (const bool right : {false, true}) {
      Bundle b{.destination = 0, .length = length, .terms = 2};
      b.term[0] = b.term[1] = {.left = words, .right = words};
      auto& term = b.term[1];
      (right ? term.right : term.left) = beyond;
      add(right ? "BUNDLE with right" : "BUNDLE with left", b);
      (right ? term.right : term.left) = end_;
      (right ? term.right_fixed : term.left_fixed) = 1;
      add(right ? "BUNDLE with fixed right" : "BUNDLE with fixed left", b);
    }
    add("ROTATE from", Rotate{.destination = 0, .source = beyond, .length = length});
    add("ROTATE to", Rotate{.destination = beyond, .source = 0, .length = length});
    add("COPY from", Copy{0, end_ * lanes_ - length + 1, length});
    add("COPY to", Copy{end_ * lanes_ - length + 1, 0, length});
    if (config_.table_words < 2) return;
    add("FUNCTION from", Function{.destination = 0, .source = beyond, .length = length, .segments = 1});
    add("FUNCTION to", Function{.destination = beyond, .source = 0, .length = length, .segments = 1});
    if (6 * words > end_) return;
    const auto three = end_ - 3 * words + 1;
    add("NORMALISE from", Normalise{.destination = 0, .source = three, .length = length, .segments = 1});
    add("NORMALISE to", Normalise{.destination = three, .source = 0, .length = length, .segments = 1});
  }

  /// The same lengths where all fits: the bits of a length are those of no other field.
  void every_length(std::int64_t length) {
    const auto words = config_.beats(length), last = end_ - words;
    if (words + 1 > end_) return;
    const auto of_length = " of length " + std::to_string(length);
    const auto add = [&](const char* what, const Instruction& instruction) {
      edges_.push_back({what + of_length, instruction, STOIC_STATUS_CODE_OK});
    };
    if (length <= config_.weight_words)
      for (const std::int64_t biased : {0, 1}) {
        Matvec m{.biased = biased, .destination = 0, .source = last, .rows = 1, .columns = length};
        m.weights = config_.weight_words - length;
        m.bias = end_ - 1;
        add(biased == 1 ? "biased MATVEC" : "MATVEC", m);
      }
    if (2 * words > end_) return;
    Bundle b{.destination = 0, .length = length, .terms = 1};
    b.term[0] = {.left = last, .right = last};
    add("BUNDLE", b);
    add("COPY", Copy{0, end_ * lanes_ - length, length});
    if (length > 1)
      add("ROTATE", Rotate{.destination = 0, .source = last, .length = length, .amount = length / 2});
    // Other knots are 0, and so what they make of a length
    const auto table = config_.table_words - 2;
    if (table < 0) return;
    add("FUNCTION",
        Function{.destination = 0, .source = last, .length = length, .table = table, .segments = 1});
    Normalise n{
        .destination = 0, .source = end_ - 3 * words, .length = length, .table = table, .segments = 1};
    if (6 * words <= end_) add("NORMALISE", n);
  }

  const HardwareConfig& config_;
  const std::int64_t lanes_;
  const std::int64_t end_;
  std::vector<Edge> edges_;
};

}  // namespace

std::vector<Edge> edges_of_lengths(const HardwareConfig& config) { return LengthList(config).make(); }

}  // namespace stoic::cosim
