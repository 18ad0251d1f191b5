#pragma once
#include <cstdint>

namespace stoic {

/// An image whose elements lie row after row, in each row pixel after pixel, in each pixel channel after
/// channel.
struct ImageShape {
  std::int64_t height = 0, width = 0;  ///< 0: no image, or of unknown shape
  std::int64_t channels = 1;
  bool known() const { return height > 0; }
  std::int64_t size() const { return height * width * channels; }
  bool operator==(const ImageShape&) const = default;
};

}  // namespace stoic
