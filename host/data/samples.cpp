#include "stoic/host/data/samples.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace stoic {
namespace {

/// `count` elements from number `first` on; nothing where the samples are of the other type.
template <class T, class Elements>
std::span<const T> range_of(const std::shared_ptr<const Elements>& elements, std::int64_t first,
                            std::int64_t count) {
  const auto* all = elements ? std::get_if<std::vector<T>>(elements.get()) : nullptr;
  if (all == nullptr) return {};
  return std::span(*all).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count));
}

std::int64_t whole_samples(std::size_t elements, std::int64_t length) {
  return length == 0 ? 0 : static_cast<std::int64_t>(elements) / length;
}

}  // namespace

Samples::Samples(std::vector<std::uint8_t> bytes, std::int64_t length)
    : length_(length), count_(whole_samples(bytes.size(), length)) {
  elements_ = std::make_shared<const Elements>(std::move(bytes));
}

Samples::Samples(std::vector<double> values, std::int64_t length,
                 std::shared_ptr<const Standardisation> standardisation)
    : length_(length),
      count_(whole_samples(values.size(), length)),
      standardisation_(std::move(standardisation)) {
  elements_ = std::make_shared<const Elements>(std::move(values));
}

bool Samples::are_real() const {
  return elements_ && std::holds_alternative<std::vector<double>>(*elements_);
}

std::span<const std::uint8_t> Samples::bytes() const {
  return range_of<std::uint8_t>(elements_, first_ * length_, count_ * length_);
}

std::span<const double> Samples::values() const {
  return range_of<double>(elements_, first_ * length_, count_ * length_);
}

void Samples::read(std::int64_t sample, std::span<double> to) const {
  const auto first = static_cast<std::size_t>(sample * length_);
  if (!are_real()) {
    std::copy_n(bytes().begin() + static_cast<std::ptrdiff_t>(first), to.size(), to.begin());
    return;
  }
  const auto from = values().subspan(first, to.size());
  if (standardisation_ == nullptr)
    std::copy(from.begin(), from.end(), to.begin());
  else
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = standardisation_->apply(i, from[i]);
}

Samples Samples::part(std::int64_t first, std::int64_t count) const {
  Samples result = *this;
  result.first_ = first_ + std::clamp<std::int64_t>(first, 0, count_);
  result.count_ = std::clamp<std::int64_t>(count, 0, count_ - (result.first_ - first_));
  return result;
}

Samples Samples::selected(std::span<const std::uint32_t> samples) const {
  const auto gather = [&](const auto& from) {
    std::vector<std::remove_cvref_t<decltype(from[0])>> to;
    to.reserve(samples.size() * static_cast<std::size_t>(length_));
    for (const auto s : samples) {
      const auto begin = from.begin() + static_cast<std::ptrdiff_t>(s) * length_;
      to.insert(to.end(), begin, begin + length_);
    }
    return to;
  };
  return are_real() ? Samples(gather(values()), length_, standardisation_)
                    : Samples(gather(bytes()), length_);
}

Samples Samples::standardised(std::shared_ptr<const Standardisation> standardisation) const {
  Samples result = *this;
  result.standardisation_ = std::move(standardisation);
  return result;
}

bool operator==(const Samples& a, const Samples& b) {
  const auto *left = a.standardisation(), *right = b.standardisation();
  if ((left == nullptr) != (right == nullptr) || (left != nullptr && !(*left == *right))) return false;
  return a.length_ == b.length_ && a.count_ == b.count_ && std::ranges::equal(a.bytes(), b.bytes()) &&
         std::ranges::equal(a.values(), b.values());
}

Standardisation standardisation_of(const Samples& samples, std::int64_t entries) {
  const auto length = static_cast<std::size_t>(samples.length()), period = static_cast<std::size_t>(entries);
  Standardisation result{std::vector<double>(period), std::vector<double>(period)};
  std::vector<double> values(length);
  const Samples plain = samples.standardised(nullptr);
  const auto for_all = [&](const auto& see) {
    for (std::int64_t s = 0; s < plain.size(); ++s) {
      plain.read(s, values);
      for (std::size_t i = 0; i < length; ++i) see(i % period, values[i]);
    }
  };
  const auto periods = length / period;
  const double count = static_cast<double>(samples.size()) * static_cast<double>(periods);
  for_all([&](std::size_t entry, double value) { result.mean[entry] += value / count; });
  // About the mean, so that a large offset costs no digits; equal values give 0 exactly.
  std::vector<double> least(period, INFINITY), most(period, -INFINITY);
  for_all([&](std::size_t entry, double value) {
    const double distance = value - result.mean[entry];
    result.deviation[entry] += distance * distance / count;
    least[entry] = std::min(least[entry], value);
    most[entry] = std::max(most[entry], value);
  });
  for (std::size_t entry = 0; entry < period; ++entry) {
    const bool varies = least[entry] < most[entry];
    result.deviation[entry] = varies ? std::sqrt(result.deviation[entry]) : 0;
    if (!varies) result.mean[entry] = least[entry];  // which its sum misses by rounding
  }
  return result;
}

}  // namespace stoic
