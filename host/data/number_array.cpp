#include "stoic/host/data/number_array.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstring>

#include "stoic/host/model/npz.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

/// Elements of a little-endian array.
template <class T>
std::vector<double> numbers(const std::string& bytes) {
  std::vector<double> result(bytes.size() / sizeof(T));
  for (std::size_t i = 0; i < result.size(); ++i) {
    T value;
    std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
    result[i] = static_cast<double>(value);
  }
  return result;
}

std::vector<double> numbers_of(const NpzArray& array, const std::string& where) {
  const auto type = array.type.substr(1);
  if (type == "i1") return numbers<std::int8_t>(array.bytes);
  if (type == "i2") return numbers<std::int16_t>(array.bytes);
  if (type == "i4") return numbers<std::int32_t>(array.bytes);
  if (type == "i8") return numbers<std::int64_t>(array.bytes);
  if (type == "u2") return numbers<std::uint16_t>(array.bytes);
  if (type == "u4") return numbers<std::uint32_t>(array.bytes);
  if (type == "u8") return numbers<std::uint64_t>(array.bytes);
  if (type == "f4") return numbers<float>(array.bytes);
  if (type == "f8") return numbers<double>(array.bytes);
  throw Error(fmt::format("{}: has the type '{}'; save integers, float32 or float64", where, array.type));
}

}  // namespace

std::size_t NumberArray::size() const {
  return std::visit([](const auto& all) { return all.size(); }, elements);
}

double NumberArray::operator[](std::size_t i) const {
  return std::visit([i](const auto& all) { return static_cast<double>(all[i]); }, elements);
}

NumberArray read_numbers(const NpzReader& file, const std::string& path, const std::string& name,
                         const std::string& key) {
  constexpr std::size_t most_bytes = std::size_t{1} << 32;
  if (!file.has(name))
    throw Error(fmt::format("{}: has no array \"{}\"; it has {}: name the right one by {}", path, name,
                            file.names().empty() ? "none" : fmt::format("{}", fmt::join(file.names(), ", ")),
                            key));
  const auto where = fmt::format("{}: array \"{}\"", path, name);
  // The type is known before anything is read.
  const auto header = file.header(name);
  if (header.kind() == 'S' || header.kind() == 'U' || header.kind() == 'c')
    throw Error(fmt::format("{}: has the type '{}'; save integers, float32 or float64", where, header.type));
  auto array = file.read(name, most_bytes);
  NumberArray result{where, std::move(array.shape), {}};
  if (array.type == "|u1" || array.type == "|b1")
    result.elements = std::vector<std::uint8_t>(array.bytes.begin(), array.bytes.end());
  else
    result.elements = numbers_of(array, where);
  return result;
}

}  // namespace stoic
