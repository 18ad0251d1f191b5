// IDX files of images and labels, plain and through gzip.
#include "stoic/host/data/idx.hpp"

#include <zlib.h>

#include "fuzz.hpp"
#include "memory_file.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic::fuzz {
namespace {

/// One member of a gzip file.
std::string compressed(std::string_view bytes) {
  z_stream stream{};
  require(deflateInit2(&stream, 1, Z_DEFLATED, 16 + 9, 1, Z_DEFAULT_STRATEGY) == Z_OK, "zlib starts");
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  require(deflate(&stream, Z_FINISH) == Z_STREAM_END, "zlib ends");
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

/// The array in the file; none when it is refused.
IdxArray read(std::string_view bytes, int dimensions) {
  const MemoryFile file(bytes);
  try {
    return read_idx(file.path(), dimensions);
  } catch (const Error&) {
    return {};
  }
}

}  // namespace

void run(std::string_view input) {
  for (const int dimensions : {1, 2, 3}) {
    const auto plain = read(input, dimensions);
    std::int64_t size = plain.shape.empty() ? 0 : 1;
    for (const auto count : plain.shape) size *= count;
    require(size == std::ssize(plain.bytes), "an array has the bytes that its shape names");
    // In two members: readers tell gzip by its content.
    const auto half = input.size() / 2;
    const auto packed = read(compressed(input.substr(0, half)) + compressed(input.substr(half)), dimensions);
    if (!plain.shape.empty() && !input.starts_with("\x1f\x8b"))
      require(packed.shape == plain.shape && packed.bytes == plain.bytes, "gzip changes nothing");
  }
  const MemoryFile any(input);
  try {
    const auto array = read_idx_numbers(any.path());
    std::int64_t size = 1;
    for (const auto count : array.shape) size *= count;
    require(size == static_cast<std::int64_t>(array.size()),
            "an array has the elements that its shape names");
  } catch (const Error&) {
  }
  const MemoryFile images(input), labels(std::string_view("\0\0\x08\x01\0\0\0\2\0\1", 10));
  read_idx_dataset(images.path(), labels.path(), 2);
}

std::vector<std::string> seeds() {
  const std::string images("\0\0\x08\x03\0\0\0\2\0\0\0\2\0\0\0\2abcdefgh", 24),
      labels("\0\0\x08\x01\0\0\0\2\0\1", 10), matrix("\0\0\x08\x02\0\0\0\2\0\0\0\2abcd", 16);
  const std::string floats("\0\0\x0d\x01\0\0\0\2\x3f\x80\0\0\x7f\xc0\0\0", 16),
      shorts("\0\0\x0b\x02\0\0\0\1\0\0\0\2\xff\xff\0\1", 16);
  return {images,
          labels,
          matrix,
          floats,
          shorts,
          compressed(images),
          compressed(labels) + compressed("") + std::string(4, '\0')};
}

std::vector<std::string> words() {
  return {std::string("\0\0\x08\x03", 4), std::string("\0\0\x08\x01", 4), std::string("\x1f\x8b\x08", 3),
          std::string(4, '\xff'), std::string("\0\1\0\0", 4)};
}

}  // namespace stoic::fuzz
