#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

namespace stoic {

class NpzReader;

/// Numbers as a file holds them: unsigned bytes as they are, all other types as double.
struct NumberArray {
  std::string where;                ///< file, and array, for messages
  std::vector<std::int64_t> shape;  ///< in C order
  std::variant<std::vector<std::uint8_t>, std::vector<double>> elements;

  bool are_bytes() const { return elements.index() == 0; }
  std::size_t size() const;
  double operator[](std::size_t i) const;
};

/// An array of a `.npz`: integers, booleans, float32 or float64. Throws Error when it is missing (naming
/// those that there are, and `key`, the key of a recipe that names another) and for other types.
NumberArray read_numbers(const NpzReader& file, const std::string& path, const std::string& name,
                         const std::string& key);

}  // namespace stoic
