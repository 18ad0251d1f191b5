#pragma once
#include <Eigen/Core>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "stoic/host/model/npy.hpp"

namespace stoic {

/// One array of a NumPy `.npz`; elements are little-endian and in C order, however the file holds them.
struct NpzArray {
  std::string name;                 ///< without ".npy"
  std::string type;                 ///< NumPy's type text: "<f4", "<i2", "|u1", "|S20", "<U3", ...
  std::vector<std::int64_t> shape;  ///< empty for a single value
  std::string bytes;
};

/// An array of `values` (numbers of C++: integers, float, double); `shape` multiplies to their count.
template <std::ranges::contiguous_range Values>
NpzArray npz_array(std::string name, std::vector<std::int64_t> shape, const Values& values) {
  using T = std::ranges::range_value_t<Values>;
  static_assert(std::is_arithmetic_v<T> && std::endian::native == std::endian::little);
  const std::string type{sizeof(T) > 1 ? '<' : '|',
                         std::is_floating_point_v<T> ? 'f'
                         : std::is_signed_v<T>       ? 'i'
                                                     : 'u',
                         '0' + sizeof(T)};
  return {std::move(name), type, std::move(shape),
          std::string(reinterpret_cast<const char*>(std::ranges::data(values)),
                      std::ranges::size(values) * sizeof(T))};
}

/// A text as a 0-d bytes array: str(numpy.load(file)[name].item(), "utf-8").
NpzArray npz_text(std::string name, std::string_view text);

/// A `.npz` opened for reading. Messages of every Error name the file, the array and the remedy.
class NpzReader {
 public:
  /// Reads the directory. Throws Error for what is no zip file, encrypted or duplicate entries.
  explicit NpzReader(const std::filesystem::path& path);
  /// The same of a file's content, for who has read it: a pipe can be read once. `file` is its name.
  NpzReader(std::string bytes, std::string file);
  ~NpzReader();
  NpzReader(const NpzReader&) = delete;
  NpzReader& operator=(const NpzReader&) = delete;

  /// Names of the arrays, in the order of the file.
  const std::vector<std::string>& names() const { return names_; }
  bool has(std::string_view name) const;

  /// Type and shape of an array, without its data. Throws Error when it is missing, an object or structured
  /// array, malformed, or of a size that contradicts its place in the file.
  NpyHeader header(std::string_view name) const;

  /// Reads one array of numbers or text; more than `limit` bytes are refused before anything is allocated.
  /// Throws Error as `header` does, and for corrupt data.
  NpzArray read(std::string_view name, std::size_t limit = std::size_t{1} << 30) const;

  /// Reads a float32 or float64 matrix of exactly that shape, all entries finite.
  Eigen::MatrixXd read_matrix(std::string_view name, std::int64_t rows, std::int64_t columns) const;

  /// The same of a vector, as it is or as a matrix of one column.
  Eigen::VectorXd read_vector(std::string_view name, std::int64_t rows) const;

  /// Reads a text: one value of type U or S, or a 1-d uint8 array, as UTF-8.
  std::string read_text(std::string_view name) const;

 private:
  struct Archive;
  struct Entry;
  Entry open(std::string_view name) const;
  Eigen::MatrixXd read_numbers(std::string_view name, const std::vector<std::int64_t>& shape,
                               std::int64_t rows, std::int64_t columns) const;
  std::unique_ptr<Archive> archive_;
  std::vector<std::string> names_;
};

/// The bytes of a `.npz`; numpy.load opens it. Times and attributes are constant and nothing is compressed,
/// so equal arrays give equal bytes on every machine. Throws Error, with the name of the file, for a name
/// that is given twice and when memory is short.
std::string npz_bytes(std::span<const NpzArray> arrays, const std::string& file);

/// Writes them as a whole, as write_file_atomically() does. Throws Error when the file cannot be written.
void write_npz(const std::filesystem::path& path, std::span<const NpzArray> arrays);

}  // namespace stoic
