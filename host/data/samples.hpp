#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <variant>
#include <vector>

#include "stoic/host/model/standardisation.hpp"

namespace stoic {

/// Samples of equal length: bytes 0..255 (pixels), or real values with what standardises them. A value that
/// is copied and cut into parts without copying what it holds, which never changes.
class Samples {
 public:
  Samples() = default;
  /// `length` elements a sample, one sample after the other.
  Samples(std::vector<std::uint8_t> bytes, std::int64_t length);
  /// The same of real values; without `standardisation` they are taken as they are.
  Samples(std::vector<double> values, std::int64_t length,
          std::shared_ptr<const Standardisation> standardisation = nullptr);

  std::int64_t size() const { return count_; }
  /// Elements of a sample.
  std::int64_t length() const { return length_; }
  bool are_real() const;
  /// All of bytes [size() x length()]; empty for real values.
  std::span<const std::uint8_t> bytes() const;
  /// Those of one sample.
  const std::uint8_t* bytes(std::int64_t sample) const { return bytes().data() + sample * length_; }
  /// All real values as they are in the file, before they are standardised; empty for bytes.
  std::span<const double> values() const;
  /// Null where values are taken as they are.
  const Standardisation* standardisation() const { return standardisation_.get(); }

  /// What the network gets of one sample, before the recipe's input_scale and input_offset: bytes, or
  /// standardised values. `to` has length() elements.
  void read(std::int64_t sample, std::span<double> to) const;

  /// The samples first ... first + count - 1.
  Samples part(std::int64_t first, std::int64_t count) const;
  /// Copies of these samples, in this order.
  Samples selected(std::span<const std::uint32_t> samples) const;
  Samples standardised(std::shared_ptr<const Standardisation> standardisation) const;

  /// Equal elements, standardised alike.
  friend bool operator==(const Samples& a, const Samples& b);

 private:
  using Elements = std::variant<std::vector<std::uint8_t>, std::vector<double>>;
  std::shared_ptr<const Elements> elements_;
  std::int64_t length_ = 0, first_ = 0, count_ = 0;
  std::shared_ptr<const Standardisation> standardisation_;
};

/// Mean and deviation (of the population) of the training samples: of each element, or, of an image, of each
/// of its `channels`. An element that never varies gets the deviation 0: whoever asks refuses it.
Standardisation standardisation_of(const Samples& samples, std::int64_t entries);

}  // namespace stoic
