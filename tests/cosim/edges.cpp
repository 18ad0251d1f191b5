#include "edges.hpp"

#include <algorithm>

#include "stoic/sim/io/error.hpp"

namespace stoic::cosim {
namespace {

constexpr int ok = STOIC_STATUS_CODE_OK;
constexpr int illegal = STOIC_STATUS_CODE_ILLEGAL_OPERAND;
constexpr int state = STOIC_STATUS_CODE_STATE_ADDRESS;
constexpr int weight = STOIC_STATUS_CODE_WEIGHT_ADDRESS;
constexpr int table = STOIC_STATUS_CODE_TABLE_ADDRESS;
constexpr int overlap = STOIC_STATUS_CODE_OPERAND_OVERLAP;

class EdgeList {
 public:
  explicit EdgeList(const HardwareConfig& config)
      : config_(config), lanes_(config.lanes), end_(config.state_words_per_lane) {}

  Edges make() {
    one_word();
    group("LOAD and STORE of two words", {.state_words_per_lane = 2}, &EdgeList::moves);
    group("MATVEC", {.state_words_per_lane = 9, .weight_words = 2}, &EdgeList::matrices);
    group("BUNDLE", {.state_words_per_lane = 8}, &EdgeList::bundles);
    group("FUNCTION", {.state_words_per_lane = 6}, &EdgeList::functions);
    group("NORMALISE", {.state_words_per_lane = 9}, &EdgeList::normalisations);
    group("COPY", {.state_words_per_lane = 5}, &EdgeList::copies);
    group("ROTATE", {.state_words_per_lane = 6}, &EdgeList::rotations);
    for (auto& edge : edges_of_lengths(config_)) edges_.push_back(std::move(edge));
    loops();
    leave_out_long_ones();
    return {std::move(edges_), std::move(left_out_)};
  }

 private:
  /// One edge for each value: the instruction that `with(value)` makes.
  template <class With>
  void each(const std::string& what, std::initializer_list<std::pair<std::int64_t, int>> values, With with) {
    for (const auto& [value, status] : values)
      edges_.push_back({what + " " + std::to_string(value), with(value), status});
  }

  void group(const char* name, Needs needs, void (EdgeList::*add)()) {
    if (const auto lack = lacking(config_, needs); lack.empty())
      (this->*add)();
    else
      left_out_.push_back(std::string("operands of ") + name + " at their edges: " + lack);
  }

  /// Program words of an edge with what surrounds it: LOOP needs its END, all need a HALT.
  static std::int64_t program_words_of(const Edge& edge) {
    return words(edge.instruction) + (std::holds_alternative<Loop>(edge.instruction) ? 2 : 1);
  }

  void leave_out_long_ones() {
    std::int64_t most = 0;
    for (const auto& edge : edges_) most = std::max(most, program_words_of(edge));
    const auto before = edges_.size();
    std::erase_if(edges_, [&](const Edge& edge) { return program_words_of(edge) > config_.program_words; });
    if (edges_.size() < before)
      left_out_.push_back(std::to_string(before - edges_.size()) +
                          " edges of operands: " + lacking(config_, {.program_words = most}));
  }

  /// Edges that a memory of one word has.
  void one_word() {
    each("LOAD of length", {{0, illegal}, {1, ok}}, [](auto v) { return Load{0, v}; });
    each("STORE of length", {{0, illegal}, {1, ok}}, [](auto v) { return Store{0, v}; });
    each("LOAD of a word to", {{end_ - 1, ok}, {end_, state}}, [&](auto v) { return Load{v, lanes_}; });
    each("STORE of a word from", {{end_ - 1, ok}, {end_, state}}, [&](auto v) { return Store{v, lanes_}; });
    each("COPY of one element from", {{end_ * lanes_ - 1, ok}, {end_ * lanes_, state}}, [](auto v) {
      return Copy{0, v, 1};
    });
    each("MATVEC to where its source is, word", {{0, overlap}, {end_, state}},
         [](auto v) { return Matvec{.stream = 1, .destination = v, .source = 0, .rows = 1, .columns = 1}; });
    each("FUNCTION in place with segments", {{config_.table_words - 1, ok}, {config_.table_words, table}},
         [](auto v) { return Function{.length = 1, .segments = v}; });
    each("BUNDLE in place of length", {{0, illegal}, {1, ok}, {lanes_, ok}, {lanes_ * end_ + 1, state}},
         [](auto v) { return Bundle{.length = v, .terms = 1}; });
    each("ROTATE in place of length", {{0, illegal}, {1, overlap}, {lanes_ * end_ + 1, state}},
         [](auto v) { return Rotate{.length = v}; });
  }

  void moves() {
    const auto two_words = 2 * lanes_;
    each("LOAD of two words to", {{end_ - 2, ok}, {end_ - 1, state}}, [&](auto v) {
      return Load{v, two_words};
    });
    each("LOAD to the last word, of length", {{lanes_, ok}, {lanes_ + 1, state}}, [&](auto v) {
      return Load{end_ - 1, v};
    });
    each("STORE of two words from", {{end_ - 2, ok}, {end_ - 1, state}}, [&](auto v) {
      return Store{v, two_words};
    });
    each("STORE from the last word, of length", {{lanes_, ok}, {lanes_ + 1, state}}, [&](auto v) {
      return Store{end_ - 1, v};
    });
  }

  void matrices() {
    Matvec base{};
    base.destination = 1;
    base.source = 3;
    base.rows = 2 * lanes_;
    base.columns = 1;
    const auto with = [&](std::int64_t Matvec::*field) {
      return [base, field](auto v) {
        auto m = base;
        m.*field = v;
        return m;
      };
    };
    each("MATVEC with rows", {{0, illegal}, {1, ok}}, with(&Matvec::rows));
    each("MATVEC with columns", {{0, illegal}, {1, ok}}, with(&Matvec::columns));
    each("MATVEC from source", {{0, ok}, {1, overlap}, {2, overlap}, {3, ok}, {end_ - 1, ok}, {end_, state}},
         with(&Matvec::source));
    each("MATVEC to", {{end_ - 2, ok}, {end_ - 1, state}}, with(&Matvec::destination));
    each("MATVEC with weights from", {{config_.weight_words - 2, ok}, {config_.weight_words - 1, weight}},
         with(&Matvec::weights));
    base.biased = 1;
    base.destination = 5;
    each("MATVEC with bias",
         {{3, ok}, {4, overlap}, {5, ok}, {6, overlap}, {7, ok}, {end_ - 2, ok}, {end_ - 1, state}},
         with(&Matvec::bias));
  }

  Bundle bundle(std::int64_t terms) const {
    Bundle b{};
    b.destination = 2;
    b.length = 2 * lanes_;
    b.terms = terms;
    for (std::int64_t t = 0; t < terms; ++t) b.term[static_cast<std::size_t>(t)] = {.left = 4, .right = 0};
    return b;
  }

  void bundles() {
    each("BUNDLE with terms", {{0, illegal}, {1, ok}, {STOIC_BUNDLE_TERMS_MAX, ok}},
         [&](auto v) { return bundle(v); });
    each("BUNDLE of length", {{0, illegal}, {1, ok}}, [&](auto v) {
      auto b = bundle(1);
      b.length = v;
      return b;
    });
    each("BUNDLE to", {{6, ok}, {end_ - 2, ok}, {end_ - 1, state}}, [&](auto v) {
      auto b = bundle(1);
      b.destination = v;
      return b;
    });
    // An operand of any term, left or right, moving or fixed
    for (const std::int64_t terms : {1, 2, 3, STOIC_BUNDLE_TERMS_MAX})
      for (const bool right : {false, true})
        for (std::int64_t t = 0; t < terms; ++t) operand(terms, t, right);
  }

  void operand(std::int64_t terms, std::int64_t t, bool right) {
    const auto with = [&](std::int64_t fixed) {
      return [=, this](auto v) {
        auto b = bundle(terms);
        auto& term = b.term[static_cast<std::size_t>(t)];
        (right ? term.right : term.left) = v;
        (right ? term.right_fixed : term.left_fixed) = fixed;
        return b;
      };
    };
    const auto name = std::string(right ? "right" : "left") + " operand of term " + std::to_string(t) +
                      " of " + std::to_string(terms);
    each("moving " + name,
         {{0, ok}, {1, overlap}, {2, ok}, {3, overlap}, {4, ok}, {end_ - 2, ok}, {end_ - 1, state}}, with(0));
    each("fixed " + name, {{1, ok}, {2, overlap}, {3, overlap}, {4, ok}, {end_ - 1, ok}, {end_, state}},
         with(1));
  }

  /// What FUNCTION and NORMALISE share: a table, and vectors of `words` words.
  template <class T>
  void table_users(const std::string& name, T base, std::int64_t words) {
    const auto with = [&](std::int64_t T::*field) {
      return [base, field](auto v) {
        auto f = base;
        f.*field = v;
        return f;
      };
    };
    const auto knots = config_.table_words;
    each(name + " of length", {{0, illegal}, {1, ok}}, with(&T::length));
    each(name + " with segments", {{0, illegal}, {1, ok}, {knots - 1, ok}, {knots, table}},
         with(&T::segments));
    each(name + " with a table from", {{knots - 2, ok}, {knots - 1, table}}, with(&T::table));
    each(name + " with segments of shift",
         {{0, ok}, {config_.state_width - 1, ok}, {config_.state_width, illegal}}, with(&T::segment_shift));
    base.destination = words;
    each(name + " from source",
         {{0, ok},
          {1, overlap},
          {words, ok},
          {2 * words - 1, overlap},
          {2 * words, ok},
          {end_ - words, ok},
          {end_ - words + 1, state}},
         with(&T::source));
    base.source = 0;
    each(name + " to", {{words, ok}, {end_ - words, ok}, {end_ - words + 1, state}}, with(&T::destination));
  }

  void functions() {
    Function base{};
    base.length = 2 * lanes_;
    base.segments = 1;
    table_users("FUNCTION", base, 2);
    each("FUNCTION with symmetry", {{0, ok}, {2, ok}, {3, illegal}}, [&](auto v) {
      auto f = base;
      f.symmetry = v;
      return f;
    });
    each("FUNCTION with origin",
         {{config_.state_min() - 1, illegal},
          {config_.state_min(), ok},
          {config_.state_max(), ok},
          {config_.state_max() + 1, illegal}},
         [&](auto v) {
           auto f = base;
           f.origin = v;
           return f;
         });
  }

  void normalisations() {
    Normalise base{};
    base.length = lanes_;
    base.segments = 1;
    table_users("NORMALISE", base, 3);
    each("NORMALISE with result shift",
         {{0, ok}, {config_.state_width - 1, ok}, {config_.state_width, illegal}}, [&](auto v) {
           auto n = base;
           n.result_shift = v;
           return n;
         });
  }

  void copies() {
    const auto elements = end_ * lanes_;
    each("COPY of length", {{0, illegal}, {1, ok}}, [&](auto v) { return Copy{2 * lanes_, 0, v}; });
    each("COPY of 3 elements from", {{elements - 3, ok}, {elements - 2, state}}, [](auto v) {
      return Copy{0, v, 3};
    });
    each("COPY of 3 elements to", {{elements - 3, ok}, {elements - 2, state}}, [](auto v) {
      return Copy{v, 0, 3};
    });
    each("COPY of 3 elements to 4 from", {{1, ok}, {2, overlap}, {6, overlap}, {7, ok}}, [](auto v) {
      return Copy{4, v, 3};
    });
  }

  void rotations() {
    const auto length = lanes_ + 1;
    const auto rotate = [&](std::int64_t destination, std::int64_t source, std::int64_t amount) {
      Rotate r{};
      r.destination = destination;
      r.source = source;
      r.length = length;
      r.amount = amount;
      return r;
    };
    each("ROTATE by", {{0, ok}, {length - 1, ok}, {length, illegal}, {length + 1, illegal}},
         [&](auto v) { return rotate(2, 0, v); });
    each("ROTATE from",
         {{0, ok}, {1, overlap}, {2, overlap}, {3, overlap}, {4, ok}, {end_ - 2, ok}, {end_ - 1, state}},
         [&](auto v) { return rotate(2, v, 1); });
    each("ROTATE to", {{2, ok}, {end_ - 2, ok}, {end_ - 1, state}}, [&](auto v) { return rotate(v, 0, 1); });
    edges_.push_back({"ROTATE of nothing", Rotate{}, illegal});
  }

  void loops() {
    each("LOOP with count", {{0, illegal}, {1, ok}, {3, ok}}, [](auto v) { return Loop{v}; });
    edges_.push_back({"END alone", End{}, STOIC_STATUS_CODE_LOOP_UNDERFLOW});
  }

  const HardwareConfig& config_;
  const std::int64_t lanes_;
  const std::int64_t end_;
  std::vector<Edge> edges_;
  std::vector<std::string> left_out_;
};

/// Codes for the last `most` entries of a memory; every other one is small, so that a product of it is not saturated.
Block end_of_memory(std::int64_t entries, std::int64_t most, std::int64_t width) {
  const auto count = std::min(entries, most);
  Block block{entries - count, {}};
  const std::int64_t largest = (std::int64_t{1} << (width - 1)) - 1;
  for (std::int64_t i = 0; i < count; ++i)
    block.values.push_back(
        static_cast<std::int32_t>(i % 2 == 1 ? i / 2 % 7 - 3 : (i * 37 + 11) % (2 * largest + 1) - largest));
  return block;
}

}  // namespace

Edges edges(const HardwareConfig& config) {
  auto all = EdgeList(config).make();
  // What no program word can say needs no check: a word beyond the largest memory, for one.
  std::erase_if(all.edges, [](const Edge& edge) {
    try {
      encode(edge.instruction);
      return false;
    } catch (const Error&) {
      return true;
    }
  });
  return all;
}

Case edge_case(const HardwareConfig& config, const Edge& edge) {
  Case c;
  c.config = config;
  c.status = edge.status;
  c.items.push_back({edge.instruction, {}, 0});
  if (std::holds_alternative<Loop>(edge.instruction)) c.items.push_back({End{}, {}, 1});
  c.items.push_back({Halt{}, {}, 2});
  c.weights = end_of_memory(config.weight_words * config.lanes, 4 * config.lanes, config.weight_width);
  c.tables = end_of_memory(config.table_words, 8, config.state_width + config.table_guard_bits);
  c.state = end_of_memory(config.state_words_per_lane * config.lanes, 8 * config.lanes, config.state_width);
  build(c);
  return c;
}

}  // namespace stoic::cosim
