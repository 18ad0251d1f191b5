#pragma once
#include <Eigen/Core>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace stoic {

/// One array of a NumPy `.npz`; elements are little-endian and in C order, however the file holds them.
struct NpzArray {
  std::string name;                 ///< without ".npy"
  std::string type;                 ///< NumPy's type text: "<f4", "<i2", "|u1", "|S20", "<U3", ...
  std::vector<std::int64_t> shape;  ///< empty for a single value
  std::string bytes;
};

/// An array of `values`; T is float, double or an integer type. `shape` multiplies to values.size().
template <class T>
NpzArray npz_array(std::string name, std::vector<std::int64_t> shape, std::span<const T> values);

/// A text as a 0-d bytes array: str(numpy.load(file)[name].item(), "utf-8").
NpzArray npz_text(std::string name, std::string_view text);

/// A `.npz` opened for reading. Messages of every Error name the file, the array and the remedy.
class NpzReader {
 public:
  /// Reads the directory. Throws Error for what is no zip file, encrypted or duplicate entries.
  explicit NpzReader(const std::filesystem::path& path);
  ~NpzReader();
  NpzReader(const NpzReader&) = delete;
  NpzReader& operator=(const NpzReader&) = delete;

  /// Names of the arrays, in the order of the file.
  const std::vector<std::string>& names() const { return names_; }
  bool has(std::string_view name) const;

  /// Reads one array of numbers or text. Sizes are checked against `limit` bytes before anything is
  /// allocated. Throws Error when it is missing, larger, an object or structured array, malformed, short or
  /// corrupt.
  NpzArray read(std::string_view name, std::size_t limit = std::size_t{1} << 30) const;

  /// Reads a float32 or float64 matrix of exactly that shape, all entries finite.
  /// `single_precision`, when given, is told whether the file holds float32.
  Eigen::MatrixXd read_matrix(std::string_view name, std::int64_t rows, std::int64_t columns,
                              bool* single_precision = nullptr) const;

  /// Reads a text: one value of type U or S, or a 1-d uint8 array, as UTF-8.
  std::string read_text(std::string_view name) const;

 private:
  struct Archive;
  std::unique_ptr<Archive> archive_;
  std::vector<std::string> names_;
};

/// Writes a `.npz` atomically; numpy.load opens it. Times and attributes are constant and nothing is
/// compressed, so equal arrays give equal bytes on every machine. Throws Error when the file cannot be
/// written.
void write_npz(const std::filesystem::path& path, std::span<const NpzArray> arrays);

}  // namespace stoic
