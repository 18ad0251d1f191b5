// Shrinking: a failure in three instructions tells more than one in three hundred.
#include <fmt/format.h>

#include <algorithm>

#include "lockstep.hpp"
#include "stoic/sim/contract/config.hpp"

namespace stoic::cosim {
namespace {

class Shrinker {
 public:
  Shrinker(Case c, const CaseCheck& check, int attempts)
      : best_(std::move(c)), check_(check), attempts_(attempts) {}

  Case run() {
    std::size_t before = 0;
    // Each round makes others possible: a shorter vector lets a copy go.
    do {
      before = size();
      simplify_run();
      remove_chunks();
      open_loops();
      shorten();
    } while (size() < before && attempts_ > 0);
    return best_;
  }

 private:
  std::size_t size() const {
    std::size_t sum = best_.items.size() * 1000;
    for (const auto& item : best_.items)
      sum += static_cast<std::size_t>(cycles(item.instruction, best_.config));
    return sum + static_cast<std::size_t>(best_.samples);
  }

  /// Takes `candidate` when it is a program and fails as well.
  bool take(Case candidate) {
    if (attempts_ <= 0) return false;
    for (const auto& item : candidate.items)
      if (item.words.empty() && item.id < 100000 &&
          check_operands(item.instruction, candidate.config) != STOIC_STATUS_CODE_OK)
        return false;
    if (!balanced(candidate) || !build(candidate)) return false;
    --attempts_;
    if (!check_(candidate)) return false;
    best_ = std::move(candidate);
    return true;
  }

  /// Removing must not make a fault of its own: loops close, and HALT stays when it was there.
  bool balanced(const Case& candidate) const {
    std::int64_t open = 0;
    for (const auto& item : candidate.items) {
      if (item.id >= 100000) continue;
      open += std::holds_alternative<Loop>(item.instruction);
      open -= std::holds_alternative<End>(item.instruction);
      if (open < 0) return false;
    }
    return open == 0 && !candidate.items.empty() &&
           std::holds_alternative<Halt>(candidate.items.back().instruction) ==
               std::holds_alternative<Halt>(best_.items.back().instruction);
  }

  void simplify_run() {
    auto candidate = best_;
    candidate.samples = 1;
    if (best_.samples > 1) take(candidate);
    candidate = best_;
    candidate.at_end = false;
    candidate.origin = 0;
    if (best_.origin > 0 && best_.status != STOIC_STATUS_CODE_PROGRAM_ADDRESS) take(candidate);
  }

  void remove_chunks() {
    for (auto chunk = best_.items.size() / 2; chunk >= 1; chunk /= 2)
      for (std::size_t first = 0; first < best_.items.size();) {
        auto candidate = best_;
        const auto last = std::min(first + chunk, candidate.items.size());
        candidate.items.erase(candidate.items.begin() + static_cast<std::ptrdiff_t>(first),
                              candidate.items.begin() + static_cast<std::ptrdiff_t>(last));
        if (!take(std::move(candidate))) first += chunk;
      }
  }

  /// Removes LOOP and its END around a body that stays; or lets it run once or twice.
  void open_loops() {
    for (std::size_t i = 0; i < best_.items.size(); ++i) {
      const auto* loop = std::get_if<Loop>(&best_.items[i].instruction);
      if (loop == nullptr || best_.items[i].id >= 100000) continue;
      std::int64_t open = 0;
      std::size_t end = i;
      do {
        open += std::holds_alternative<Loop>(best_.items[end].instruction);
        open -= std::holds_alternative<End>(best_.items[end].instruction);
      } while (open > 0 && ++end < best_.items.size());
      if (end >= best_.items.size()) continue;
      auto candidate = best_;
      candidate.items.erase(candidate.items.begin() + static_cast<std::ptrdiff_t>(end));
      candidate.items.erase(candidate.items.begin() + static_cast<std::ptrdiff_t>(i));
      if (take(std::move(candidate))) continue;
      for (const std::int64_t count : {1, 2}) {
        if (loop->count <= count) break;
        candidate = best_;
        std::get<Loop>(candidate.items[i].instruction).count = count;
        if (take(std::move(candidate))) break;
      }
    }
  }

  /// Smaller counts: 1, then half, then one less.
  void shorten() {
    for (std::size_t i = 0; i < best_.items.size(); ++i) {
      if (!best_.items[i].words.empty()) continue;
      for (int field = 0; shorten_field(i, field); ++field) {
      }
    }
  }

  /// Returns whether the instruction has a `field`-th count.
  bool shorten_field(std::size_t i, int field) {
    const auto value_of = [field](Instruction& instruction) {
      std::int64_t* found = nullptr;
      std::visit(
          [&]<class T>(T& fields) {
            int at = 0;
            T::fields(fields, [&](const Field& f, std::int64_t& value) {
              if (f.kind == FieldKind::count && at++ == field) found = &value;
            });
          },
          instruction);
      return found;
    };
    auto* value = value_of(best_.items[i].instruction);
    if (value == nullptr) return false;
    for (const auto less : {std::int64_t{1}, *value / 2, *value - 1}) {
      if (less < 1 || less >= *value) continue;
      auto candidate = best_;
      *value_of(candidate.items[i].instruction) = less;
      if (take(std::move(candidate))) break;
    }
    return true;
  }

  Case best_;
  const CaseCheck& check_;
  int attempts_;
};

}  // namespace

Case shrink(Case c, const CaseCheck& check, int attempts) {
  return Shrinker(std::move(c), check, attempts).run();
}

std::string failure_report(const Case& c, const CaseCheck& check, const std::string& command) {
  const auto first = check(c);
  if (!first) return "";
  const auto least = shrink(c, check);
  const auto failure = check(least);
  return fmt::format(
      "seed {}: {}\nthe shortest program found that fails ({} of {} instructions): {}\n{}instance:\n{}repeat "
      "it "
      "with\n  {}\n",
      c.seed, *first, least.items.size(), c.items.size(), failure.value_or("(it fails no longer)"),
      text(least), hardware_config_text(c.config), command);
}

}  // namespace stoic::cosim
