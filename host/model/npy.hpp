#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace stoic {

/// The header of a `.npy` file, versions 1 to 3 (numpy.lib.format): magic, version, length, and a Python dict
/// {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4)}.
struct NpyHeader {
  std::string type;  ///< byte order, kind, size: "<f4"; size 1 has the order '|'
  bool fortran_order = false;
  std::vector<std::int64_t> shape;

  char kind() const { return type[1]; }  ///< b, i, u, f, c, S or U
  std::size_t element_size() const;      ///< bytes of one element
  std::size_t data_size() const;         ///< bytes of all elements
};

/// Bytes of the `.npy` before its data, from its first 12 bytes. `where` names the array in messages. Throws
/// Error when they start no `.npy` file, or announce more than any sane header has.
std::size_t npy_header_size(std::string_view start, const std::string& where);

/// Parses these bytes. Throws Error for what is malformed, for objects and structures (which hold no plain
/// numbers), and for shapes whose size overflows.
NpyHeader parse_npy_header(std::string_view header, const std::string& where);

/// A version 1 header, padded to a multiple of 64 bytes as NumPy does, for little-endian data in C order.
std::string npy_header_text(const std::string& type, const std::vector<std::int64_t>& shape);

}  // namespace stoic
