#include "sums.hpp"

#include <algorithm>
#include <set>

namespace stoic::cosim {
namespace {

/// State words that hold one number in every lane, but for `beside`, which differs from lane to lane.
enum Word : std::int64_t { least, least_1, most, one, fill, beside, result, words_used };

class Sums {
 public:
  explicit Sums(const HardwareConfig& config)
      : config_(config),
        align_(std::clamp<std::int64_t>(config.accumulator_width - 2 * config.state_width, 0, 31)) {}

  std::vector<Case> make() {
    for (const bool subtract : {false, true})
      for (const bool with_most : {true, false})
        for (const bool with_fill : {true, false})
          for (const auto shift : shifts()) add(bundle(subtract, with_most, with_fill, shift));
    close();
    return std::move(cases_);
  }

 private:
  std::set<std::int64_t> shifts() const {
    std::set<std::int64_t> all;
    for (const auto around : {std::int64_t{0}, align_, config_.state_width,
                              config_.accumulator_width - config_.state_width, config_.accumulator_width})
      for (std::int64_t shift = around - 2; shift <= around + 1; ++shift)
        all.insert(std::clamp<std::int64_t>(shift, -8, 63));
    return all;
  }

  /// With w bits a state: 2^(2w-2) + (2^(2w-2) - 2^(w-1)) + (2^(w-1) - 1) + (1 - 2^-align), all << align, is 2^(2w-1+align) - 1;
  /// `beside` goes beyond it.
  Bundle bundle(bool subtract, bool with_most, bool with_fill, std::int64_t shift) const {
    Bundle b{.destination = result, .length = config_.lanes, .result_shift = shift};
    const auto term = [&](Word left, Word right, std::int64_t align) {
      b.term[static_cast<std::size_t>(b.terms++)] = {
          .left = left, .right = right, .subtract = subtract, .align = align};
    };
    term(least, least, align_);
    term(least, least_1, align_);
    if (with_most) term(most, one, align_);
    if (with_fill) term(fill, one, 0);
    term(beside, one, 0);
    return b;
  }

  void add(const Bundle& bundle) {
    if (size_ + words(bundle) + 1 > config_.program_words) close();
    case_.items.push_back({bundle, {}, case_.items.size()});
    size_ += words(bundle);
  }

  void close() {
    if (case_.items.empty()) return;
    case_.items.push_back({Halt{}, {}, case_.items.size()});
    case_.config = config_;
    case_.state = {0, states()};
    build(case_);
    cases_.push_back(std::move(case_));
    case_ = {};
    size_ = 0;
  }

  std::vector<std::int32_t> states() const {
    const auto lanes = static_cast<std::size_t>(config_.lanes);
    std::vector<std::int32_t> codes(words_used * lanes);
    const auto set = [&](Word word, std::int64_t value) {
      std::fill_n(codes.begin() + word * config_.lanes, lanes, static_cast<std::int32_t>(value));
    };
    set(least, config_.state_min());
    set(least_1, config_.state_min() + 1);
    set(most, config_.state_max());
    set(one, 1);
    set(fill, std::min((std::int64_t{1} << align_) - 1, config_.state_max()));
    for (std::size_t lane = 0; lane < lanes; ++lane)
      codes[beside * lanes + lane] = static_cast<std::int32_t>(lane % 2 == 0 ? lane / 2 : -(lane + 1) / 2);
    return codes;
  }

  const HardwareConfig& config_;
  const std::int64_t align_;
  std::vector<Case> cases_;
  Case case_;
  std::int64_t size_ = 0;
};

}  // namespace

std::vector<Case> sums_at_the_ends(const HardwareConfig& config) { return Sums(config).make(); }

Needs needs_of_sums() { return {.state_words_per_lane = words_used, .program_words = 8}; }

}  // namespace stoic::cosim
