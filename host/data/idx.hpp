#pragma once
#include <cstdint>
#include <filesystem>
#include <vector>

#include "stoic/host/data/dataset.hpp"
#include "stoic/host/data/number_array.hpp"

namespace stoic {

/// An IDX file of unsigned bytes (the format of MNIST: http://yann.lecun.com/exdb/mnist).
struct IdxArray {
  std::vector<std::int64_t> shape;  ///< 1 to 3 dimensions, all > 0
  std::vector<std::uint8_t> bytes;  ///< in C order
};

/// Reads an IDX file of `dimensions` dimensions, plain or gzip'd (told by content, not by name).
///
/// Throws Error for a wrong magic, a size that does not match the counts in the header, trailing bytes,
/// truncated or corrupt gzip. What a gzip file may expand to is bounded by its own header, before anything is
/// allocated.
IdxArray read_idx(const std::filesystem::path& path, int dimensions);

/// The same of any element type of the format (unsigned and signed bytes, 16- and 32-bit integers, 32- and
/// 64-bit floats, big-endian) and of 1 to 4 dimensions.
NumberArray read_idx_numbers(const std::filesystem::path& path);

/// Reads images (3 dimensions) and labels (1 dimension). Throws Error when their counts differ or a label is
/// not below `classes`.
Dataset read_idx_dataset(const std::filesystem::path& images, const std::filesystem::path& labels,
                         std::int64_t classes);

}  // namespace stoic
