#pragma once
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "stoic/host/model/npz.hpp"
#include "temporary_folder.hpp"

namespace stoic {

/// The bytes of an IDX file: elements of C++'s type T as the format has it, most significant byte first.
template <class T>
std::string idx_bytes(char type, const std::vector<std::uint32_t>& shape, const std::vector<T>& values) {
  std::string bytes{0, 0, type, static_cast<char>(shape.size())};
  for (const auto count : shape)
    for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(count >> shift);
  for (const T value : values) {
    std::string element(sizeof(T), '\0');
    std::memcpy(element.data(), &value, sizeof(T));
    bytes.append(element.rbegin(), element.rend());
  }
  return bytes;
}

/// Flowers of three kinds: four lengths, of which the third and the fourth tell the kinds apart.
inline std::string flowers_csv(int samples, unsigned salt = 0) {
  std::string text = "sepal_length,sepal_width,petal_length,petal_width,species\n";
  const char* kinds[] = {"setosa", "versicolor", "virginica"};
  for (unsigned i = 0; i < static_cast<unsigned>(samples); ++i) {
    const auto kind = i % 3, jitter = (i * 7919 + salt * 104729) % 97;
    text += std::to_string(5 + jitter / 100.0) + "," + std::to_string(3 - jitter / 200.0) + "," +
            std::to_string(1.4 + 2 * kind + jitter / 120.0) + "," +
            std::to_string(0.2 + 0.9 * kind + jitter / 300.0) + "," + kinds[kind] + "\n";
  }
  return text;
}

/// A `.npz` of real values, some negative, and 64-bit labels, in three classes: as NumPy writes it.
inline void write_values_npz(const std::filesystem::path& path, int inputs, int train = 90, int test = 45) {
  const auto half = [&](int samples, unsigned salt) {
    std::vector<float> values;
    std::vector<std::int64_t> labels;
    for (unsigned i = 0; i < static_cast<unsigned>(samples); ++i) {
      labels.push_back(i % 3);
      for (unsigned k = 0; k < static_cast<unsigned>(inputs); ++k)
        values.push_back(static_cast<float>((i % 3 == k % 3 ? 2.5 : -1.5) +
                                            static_cast<double>((i * 31 + k * 17 + salt) % 101) / 50 - 1));
    }
    return std::pair(values, labels);
  };
  const auto [x, y] = half(train, 1);
  const auto [u, v] = half(test, 50);
  const NpzArray arrays[] = {npz_array("x_train", {train, inputs}, x), npz_array("y_train", {train}, y),
                             npz_array("x_test", {test, inputs}, u), npz_array("y_test", {test}, v)};
  write_npz(path, arrays);
}

}  // namespace stoic
