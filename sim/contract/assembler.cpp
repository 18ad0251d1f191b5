#include "stoic/sim/contract/assembler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>

#include "stoic/sim/contract/instruction.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/json.hpp"

namespace stoic {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

/// Takes the next blank-separated word off the front of `text`.
std::string_view take_word(std::string_view& text) {
  text = trimmed(text);
  const auto end = std::min(text.find_first_of(" \t"), text.size());
  const auto word = text.substr(0, end);
  text = trimmed(text.substr(end));
  return word;
}

std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

template <std::size_t I = 0>
std::optional<Instruction> by_mnemonic(std::string_view name) {
  if constexpr (I == std::variant_size_v<Instruction>) {
    return std::nullopt;
  } else {
    using T = std::variant_alternative_t<I, Instruction>;
    return name == T::mnemonic ? std::optional<Instruction>(T{}) : by_mnemonic<I + 1>(name);
  }
}

template <std::size_t... I>
std::vector<std::string> mnemonics(std::index_sequence<I...>) {
  return {std::variant_alternative_t<I, Instruction>::mnemonic...};
}

bool is_address(FieldKind kind) { return kind == FieldKind::state || kind == FieldKind::element; }

class Assembler {
 public:
  Assembler(const HardwareConfig& config, const std::string& where) : config_(config), where_(where) {}

  Assembly run(std::string_view text) {
    while (!text.empty()) {
      ++line_;
      const auto end = std::min(text.find('\n'), text.size());
      statement(trimmed(text.substr(0, std::min(text.substr(0, end).find('#'), end))));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    return std::move(result_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(fmt::format("{}: line {}: {}", where_, line_, what));
  }

  std::int64_t number(std::string_view text, const char* what) const {
    const auto value = parse_number(text);
    if (!value) fail(fmt::format("{} must be a whole number, not \"{}\"", what, text));
    return *value;
  }

  void statement(std::string_view text) {
    if (text.empty()) return;
    const auto head = take_word(text);
    if (head == ".vector" || head == ".constant") {
      const auto name = take_word(text);
      const auto value = number(text, head == ".vector" ? "the length" : "the code");
      define(std::string(name), head == ".vector", value);
    } else {
      instruction(head, text);
    }
  }

  void define(const std::string& name, bool vector, std::int64_t value) {
    if (name.empty() || parse_number(name)) fail("a name must follow, and be no number");
    if (vector && value < 1) fail(fmt::format("vector {} needs a length of at least 1", name));
    if (!vector && (value < config_.state_min() || value > config_.state_max()))
      fail(fmt::format("constant {} = {} is no state of {} bits", name, value, config_.state_width));
    const auto length = vector ? value : config_.lanes;
    if (!names_.emplace(name, next_word_).second) fail(fmt::format("{} is named twice", name));
    if (length > (config_.state_words_per_lane - next_word_) * config_.lanes)
      fail(fmt::format("{} does not fit: {} of {} state words are taken; it needs state_words_per_lane >= {}",
                       name, next_word_, config_.state_words_per_lane,
                       next_word_ + (length - 1) / config_.lanes + 1));
    if (!vector)
      result_.initial_state.push_back(
          {next_word_,
           std::vector<std::int32_t>(static_cast<std::size_t>(length), static_cast<std::int32_t>(value))});
    result_.vectors.push_back({name, next_word_, length, 0});
    next_word_ += config_.beats(length);
  }

  std::int64_t value_of(std::string_view text, FieldKind kind) const {
    if (const auto value = parse_number(text)) return *value;
    const auto plus = text.find('+');
    const std::string name(text.substr(0, plus));
    const auto found = names_.find(name);
    if (found == names_.end() || !is_address(kind)) {
      std::vector<std::string> known;
      for (const auto& [known_name, word] : names_) known.push_back(known_name);
      const auto near = nearest_word(name, known);
      fail(fmt::format("\"{}\" is neither a number nor a name that fits here{}", text,
                       near.empty() ? "" : fmt::format("; did you mean {}?", near)));
    }
    const auto offset = plus == std::string_view::npos ? 0 : number(text.substr(plus + 1), "an offset");
    return found->second * (kind == FieldKind::element ? config_.lanes : 1) + offset;
  }

  void instruction(std::string_view name, std::string_view text) {
    auto parsed = by_mnemonic(name);
    if (!parsed) {
      const auto near = nearest_word(std::string(name),
                                     mnemonics(std::make_index_sequence<std::variant_size_v<Instruction>>()));
      fail(fmt::format("no instruction {}{}", name,
                       near.empty() ? "" : fmt::format("; did you mean {}?", near)));
    }
    std::visit([&](auto& fields) { read_fields(fields, text); }, *parsed);
    if (const int status = check_operands(*parsed, config_); status != STOIC_STATUS_CODE_OK)
      fail(fmt::format("{} would stop the engine: {}", name, status_codes[status].meaning));
    try {
      const auto encoded = encode(*parsed);
      result_.program.insert(result_.program.end(), encoded.begin(), encoded.end());
    } catch (const Error& error) {
      fail(error.what());
    }
    if (static_cast<std::int64_t>(result_.program.size()) > config_.program_words)
      fail(fmt::format("the program exceeds the {} program words of the instance", config_.program_words));
  }

  template <class T>
  void read_fields(T& fields, std::string_view text) {
    const auto colon = text.find(':');
    std::string_view assignments = text.substr(0, colon);
    std::map<std::string, std::string_view> given;
    while (!(assignments = trimmed(assignments)).empty()) {
      const auto word = take_word(assignments);
      const auto equal = word.find('=');
      if (equal == std::string_view::npos) fail(fmt::format("\"{}\" is no field=value", word));
      if (!given.emplace(word.substr(0, equal), word.substr(equal + 1)).second)
        fail(fmt::format("field {} is given twice", word.substr(0, equal)));
    }
    std::vector<std::string> known;
    T::fields(fields, [&](const Field& field, std::int64_t& value) {
      known.emplace_back(field.name);
      const auto found = given.find(field.name);
      if (found == given.end()) return;
      value = value_of(found->second, field.kind);
      given.erase(found);
    });
    if constexpr (requires { fields.term; }) {
      if (given.contains("terms") || colon == std::string_view::npos)
        fail("the terms of a BUNDLE follow a colon");
      read_terms(fields, text.substr(colon + 1));
    } else if (colon != std::string_view::npos) {
      fail("only a BUNDLE has terms after a colon");
    }
    if (given.empty()) return;
    const auto near = nearest_word(given.begin()->first, known);
    fail(fmt::format("{} has no field {}{}", T::mnemonic, given.begin()->first,
                     near.empty() ? "" : fmt::format("; did you mean {}?", near)));
  }

  /// "+ a*b<<3 - c*[d]"
  void read_terms(Bundle& bundle, std::string_view text) {
    text = trimmed(text);
    while (!text.empty()) {
      if (text[0] != '+' && text[0] != '-') fail("a term begins with + or -");
      if (bundle.terms == STOIC_BUNDLE_TERMS_MAX)
        fail(fmt::format("a BUNDLE has at most {} terms", STOIC_BUNDLE_TERMS_MAX));
      auto& term = bundle.term[static_cast<std::size_t>(bundle.terms++)];
      term.subtract = text[0] == '-';
      text = trimmed(text.substr(1));
      auto body = take_word(text);
      if (const auto shift = body.find("<<"); shift != std::string_view::npos) {
        term.align = number(body.substr(shift + 2), "an alignment");
        body = body.substr(0, shift);
      }
      const auto star = body.find('*');
      if (star == std::string_view::npos) fail(fmt::format("term \"{}\" is no product left*right", body));
      read_operand(body.substr(0, star), term.left, term.left_fixed);
      read_operand(body.substr(star + 1), term.right, term.right_fixed);
    }
  }

  void read_operand(std::string_view text, std::int64_t& word, std::int64_t& fixed) {
    fixed = text.size() > 1 && text.front() == '[' && text.back() == ']';
    if (fixed != 0) text = text.substr(1, text.size() - 2);
    word = value_of(text, FieldKind::state);
  }

  const HardwareConfig& config_;
  const std::string& where_;
  Assembly result_;
  std::map<std::string, std::int64_t> names_;
  std::int64_t next_word_ = 0;
  int line_ = 0;
};

std::string address_text(std::int64_t word, const std::vector<VectorSymbol>& vectors) {
  for (const auto& vector : vectors)
    if (vector.word == word) return vector.name;
  return fmt::format("{}", word);
}

std::string operand_text(std::int64_t word, std::int64_t fixed, const std::vector<VectorSymbol>& vectors) {
  const auto text = address_text(word, vectors);
  return fixed != 0 ? "[" + text + "]" : text;
}

}  // namespace

Assembly assemble(std::string_view text, const HardwareConfig& config, const std::string& where) {
  return Assembler(config, where).run(text);
}

const char* mnemonic(const Instruction& instruction) {
  return std::visit([]<class T>(const T&) { return T::mnemonic; }, instruction);
}

std::string disassemble(const Instruction& instruction, const std::vector<VectorSymbol>& vectors,
                        const HardwareConfig& config) {
  std::string text = mnemonic(instruction);
  std::visit(
      [&]<class T>(const T& fields) {
        T::fields(fields, [&](const Field& field, std::int64_t value) {
          if (value == 0 && !is_address(field.kind)) return;
          if (std::string_view(field.name) == "terms") return;
          if constexpr (std::is_same_v<T, Matvec>)
            if (fields.biased == 0 && std::string_view(field.name) == "bias" && value == 0) return;
          std::string shown = fmt::format("{}", value);
          if (field.kind == FieldKind::state) shown = address_text(value, vectors);
          if (field.kind == FieldKind::element && value % config.lanes == 0) {
            const auto name = address_text(value / config.lanes, vectors);
            if (!parse_number(name)) shown = name;
          }
          text += fmt::format(" {}={}", field.name, shown);
        });
        if constexpr (requires { fields.term; }) {
          text += " :";
          // An illegal instruction may claim more terms than there can be.
          const auto most = std::min(static_cast<std::size_t>(fields.terms), fields.term.size());
          for (std::size_t t = 0; t < most; ++t) {
            const auto& term = fields.term[t];
            text += fmt::format(" {} {}*{}", term.subtract != 0 ? '-' : '+',
                                operand_text(term.left, term.left_fixed, vectors),
                                operand_text(term.right, term.right_fixed, vectors));
            if (term.align != 0) text += fmt::format("<<{}", term.align);
          }
        }
      },
      instruction);
  return text;
}

}  // namespace stoic
