#include "stoic/host/data/idx.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <bit>
#include <concepts>
#include <string>
#include <utility>

#include "stoic/host/data/plain_bytes.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

constexpr std::uint8_t unsigned_byte = 0x08;

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& what) {
  throw Error(fmt::format("{}: {}", path.string(), what));
}

/// Bytes of an element of a type of the format; 0 for others.
std::size_t element_size(std::uint8_t type) {
  switch (type) {
    case unsigned_byte:
    case 0x09:
      return 1;
    case 0x0B:
      return 2;
    case 0x0C:
    case 0x0D:
      return 4;
    case 0x0E:
      return 8;
    default:
      return 0;
  }
}

std::uint32_t big_endian(const std::uint8_t* bytes) {
  return std::uint32_t{bytes[0]} << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3];
}

/// What follows the magic: counts and elements of `size` bytes.
IdxArray read_body(const std::filesystem::path& path, PlainBytes& plain, std::size_t dimensions,
                   std::size_t element) {
  std::vector<std::uint8_t> header(4 * dimensions);
  if (plain.read(header) < header.size())
    fail(path,
         fmt::format("ends within the {} bytes of the IDX header; fetch the file again", 4 + header.size()));
  IdxArray array;
  std::size_t size = element;
  bool fits = true;
  for (std::size_t d = 0; d < dimensions; ++d) {
    const std::size_t count = big_endian(header.data() + 4 * d);
    array.shape.push_back(static_cast<std::int64_t>(count));
    if (count == 0) fail(path, fmt::format("IDX dimension {} is 0; the file holds no data", d));
    fits = fits && !__builtin_mul_overflow(size, count, &size);
  }
  const auto shape = element == 1 ? fmt::format("{}", fmt::join(array.shape, " x "))
                                  : fmt::format("{} x {}", fmt::join(array.shape, " x "), element);
  if (!fits || size > plain.most() || (!plain.compressed() && size + header.size() + 4 > plain.file_size()))
    fail(path, fmt::format("announces {} bytes, more than the file holds; fetch the file again", shape));
  array.bytes.resize(size);
  if (const std::size_t count = plain.read(array.bytes); count < size)
    fail(path,
         fmt::format("announces {} = {} bytes, but holds only {}; fetch the file again", shape, size, count));
  std::uint8_t extra;
  // This read also makes zlib reach the end and check the CRC.
  if (plain.read({&extra, 1}) > 0)
    fail(path, fmt::format("has bytes after the {} = {} that its header announces; fetch the file again",
                           shape, size));
  return array;
}

template <std::size_t size>
using Unsigned =
    std::conditional_t<size == 2, std::uint16_t, std::conditional_t<size == 4, std::uint32_t, std::uint64_t>>;

/// Elements of type T, most significant byte first.
template <class T>
std::vector<double> numbers(const std::vector<std::uint8_t>& bytes) {
  std::vector<double> result(bytes.size() / sizeof(T));
  for (std::size_t i = 0; i < result.size(); ++i) {
    if constexpr (sizeof(T) == 1) {
      result[i] = static_cast<T>(bytes[i]);
    } else {
      Unsigned<sizeof(T)> value = 0;
      for (std::size_t b = 0; b < sizeof(T); ++b)
        value = static_cast<Unsigned<sizeof(T)>>(value << 8 | bytes[i * sizeof(T) + b]);
      result[i] = static_cast<double>(std::bit_cast<T>(value));
    }
  }
  return result;
}

}  // namespace

IdxArray read_idx(const std::filesystem::path& path, int dimensions) {
  PlainBytes plain(path);
  std::uint8_t start[4];
  const auto magic = 0x800 + static_cast<std::uint32_t>(dimensions);
  const auto got = plain.read(start);
  if (got == 4 && big_endian(start) != magic)
    fail(path,
         fmt::format(
             "starts with {:#010x}, but IDX bytes of {} dimension(s) start with {:#010x}; is it the right "
             "file?",
             big_endian(start), dimensions, magic));
  if (got < 4)
    fail(path,
         fmt::format("ends within the {} bytes of the IDX header; fetch the file again", 4 + 4 * dimensions));
  return read_body(path, plain, static_cast<std::size_t>(dimensions), 1);
}

NumberArray read_idx_numbers(const std::filesystem::path& path) {
  PlainBytes plain(path);
  std::uint8_t start[4];
  if (plain.read(start) < 4)
    fail(path, "ends within the 4 bytes that begin an IDX file; fetch the file again");
  const auto type = start[2];
  const auto dimensions = start[3];
  if (start[0] != 0 || start[1] != 0)
    fail(path, fmt::format("starts with {:#010x}, and an IDX file with two zeros; is it the right file?",
                           big_endian(start)));
  if (element_size(type) == 0)
    fail(path,
         fmt::format("has elements of the unknown type {:#04x}; IDX has unsigned bytes (0x08), signed bytes "
                     "(0x09), 16-bit and 32-bit integers (0x0b, 0x0c), 32-bit and 64-bit floats (0x0d, 0x0e)",
                     type));
  if (dimensions < 1 || dimensions > 4)
    fail(path, fmt::format("has {} dimensions; data has 1 to 4", dimensions));
  auto array = read_body(path, plain, dimensions, element_size(type));
  NumberArray result{path.string(), std::move(array.shape), {}};
  switch (type) {
    case unsigned_byte:
      result.elements = std::move(array.bytes);
      break;
    case 0x09:
      result.elements = numbers<std::int8_t>(array.bytes);
      break;
    case 0x0B:
      result.elements = numbers<std::int16_t>(array.bytes);
      break;
    case 0x0C:
      result.elements = numbers<std::int32_t>(array.bytes);
      break;
    case 0x0D:
      result.elements = numbers<float>(array.bytes);
      break;
    default:
      result.elements = numbers<double>(array.bytes);
  }
  return result;
}

Dataset read_idx_dataset(const std::filesystem::path& images, const std::filesystem::path& labels,
                         std::int64_t classes) {
  IdxArray image = read_idx(images, 3);
  IdxArray label = read_idx(labels, 1);
  if (image.shape[0] != label.shape[0])
    fail(labels, fmt::format("holds {} labels, but {} holds {} images; use files of one set", label.shape[0],
                             images.string(), image.shape[0]));
  for (std::size_t i = 0; i < label.bytes.size(); ++i)
    if (label.bytes[i] >= classes)
      fail(labels,
           fmt::format("label {} of sample {} is outside the {} classes (0 to {}) of the recipe; raise "
                       "\"classes\" or use other data",
                       label.bytes[i], i, classes, classes - 1));
  const auto inputs = image.shape[1] * image.shape[2];
  return {.inputs = inputs,
          .classes = classes,
          .samples = {std::move(image.bytes), inputs},
          .labels = std::move(label.bytes),
          .height = image.shape[1],
          .width = image.shape[2]};
}

}  // namespace stoic
