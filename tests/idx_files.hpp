#pragma once
#include <filesystem>
#include <string>

#include "temporary_folder.hpp"

namespace stoic {

/// `samples` pictures of 4 x 4 pixels in three classes, as the two files of a set's half.
inline void write_idx_half(const std::filesystem::path& folder, const std::string& half, int samples,
                           unsigned salt) {
  const auto count = static_cast<char>(samples);
  std::string images{0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 4, 0, 0, 0, 4}, labels{0, 0, 8, 1, 0, 0, 0, count};
  for (unsigned i = 0; i < static_cast<unsigned>(samples); ++i) {
    labels.push_back(static_cast<char>(i % 3));
    for (unsigned p = 0; p < 16; ++p)
      images.push_back(static_cast<char>((i % 3 == p % 3 ? 128 : 0) + (i * 29 + p * 17 + salt) % 100));
  }
  write_bytes(folder / (half + "-images-idx3-ubyte"), images);
  write_bytes(folder / (half + "-labels-idx1-ubyte"), labels);
}

/// A folder for --data-dir whose mnist/ has 100 and 50 such pictures; others for each `salt`.
inline void write_idx_set(const std::filesystem::path& data_dir, unsigned salt) {
  std::filesystem::create_directories(data_dir / "mnist");
  write_idx_half(data_dir / "mnist", "train", 100, salt);
  write_idx_half(data_dir / "mnist", "t10k", 50, 50 + salt);
}

}  // namespace stoic
