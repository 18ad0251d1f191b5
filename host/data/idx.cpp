#include "stoic/host/data/idx.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <string_view>

#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"

namespace stoic {

namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& what) {
  throw Error(fmt::format("{}: {}", path.string(), what));
}

/// The plain bytes of a file, handed out from front to end, through zlib when they are compressed.
class PlainBytes {
 public:
  explicit PlainBytes(const std::filesystem::path& path) : path_(path), file_(read_file(path)) {
    compressed_ = file_.size() >= 2 && file_[0] == '\x1f' && file_[1] == '\x8b';
    stream_.next_in = reinterpret_cast<Bytef*>(file_.data());
    if (compressed_ && inflateInit2(&stream_, 16 + MAX_WBITS) != Z_OK) fail(path_, "zlib cannot start");
  }
  ~PlainBytes() {
    if (compressed_) inflateEnd(&stream_);
  }
  PlainBytes(const PlainBytes&) = delete;
  PlainBytes& operator=(const PlainBytes&) = delete;

  /// No content of the file can be longer: deflate shrinks at most 1032-fold.
  std::size_t most() const { return compressed_ ? file_.size() * 1032 : file_.size(); }
  bool compressed() const { return compressed_; }
  std::size_t file_size() const { return file_.size(); }

  /// Fills `out` from what follows; returns how many bytes there were.
  std::size_t read(std::span<std::uint8_t> out) {
    if (!compressed_) {
      const std::size_t count = std::min(out.size(), file_.size() - taken_);
      if (count > 0) std::memcpy(out.data(), file_.data() + taken_, count);
      taken_ += count;
      return count;
    }
    std::size_t done = 0;
    while (done < out.size() && !ended_) done += inflate_into(out.subspan(done));
    return done;
  }

 private:
  std::size_t inflate_into(std::span<std::uint8_t> out) {
    constexpr std::size_t portion = std::size_t{1} << 30;  // zlib counts in 32 bits
    const auto room = static_cast<uInt>(std::min(out.size(), portion));
    if (stream_.avail_in == 0) {
      stream_.avail_in = static_cast<uInt>(std::min(file_.size() - taken_, portion));
      taken_ += stream_.avail_in;
    }
    stream_.next_out = out.data();
    stream_.avail_out = room;
    const int result = inflate(&stream_, Z_NO_FLUSH);
    if (result == Z_BUF_ERROR) fail(path_, "the gzip data is cut short; fetch the file again");
    if (result == Z_STREAM_END) {
      end_member();
    } else if (result != Z_OK) {
      fail(path_, fmt::format("the gzip data is corrupt ({}); fetch the file again",
                              stream_.msg ? stream_.msg : "it needs a dictionary"));
    }
    return room - stream_.avail_out;
  }

  /// A gzip file is one member or several, one behind the other, and zeros as padding.
  void end_member() {
    const auto rest = std::string_view(file_).substr(taken_ - stream_.avail_in);
    if (rest.starts_with("\x1f\x8b")) {
      inflateReset(&stream_);
    } else if (rest.find_first_not_of('\0') == rest.npos) {
      ended_ = true;
    } else {
      fail(path_, fmt::format("{} bytes follow the end of the gzip data; fetch the file again", rest.size()));
    }
  }

  std::filesystem::path path_;
  std::string file_;
  std::size_t taken_ = 0;  ///< bytes of the file that were handed out, or to zlib
  bool compressed_ = false;
  bool ended_ = false;  ///< zlib has seen the end of the last member and its checksum
  z_stream stream_{};
};

}  // namespace

IdxArray read_idx(const std::filesystem::path& path, int dimensions) {
  PlainBytes plain(path);
  std::vector<std::uint8_t> header(4 + 4 * static_cast<std::size_t>(dimensions));
  const std::size_t got = plain.read(header);
  const auto big_endian = [&](std::size_t at) {
    return std::uint32_t{header[at]} << 24 | header[at + 1] << 16 | header[at + 2] << 8 | header[at + 3];
  };
  const std::uint32_t magic = 0x800 + static_cast<std::uint32_t>(dimensions);
  if (got >= 4 && big_endian(0) != magic)
    fail(path,
         fmt::format(
             "starts with {:#010x}, but IDX bytes of {} dimension(s) start with {:#010x}; is it the right "
             "file?",
             big_endian(0), dimensions, magic));
  if (got < header.size())
    fail(path,
         fmt::format("ends within the {} bytes of the IDX header; fetch the file again", header.size()));
  IdxArray array;
  std::size_t size = 1;
  bool fits = true;
  for (int d = 0; d < dimensions; ++d) {
    const std::size_t count = big_endian(4 + 4 * static_cast<std::size_t>(d));
    array.shape.push_back(static_cast<std::int64_t>(count));
    if (count == 0) fail(path, fmt::format("IDX dimension {} is 0; the file holds no data", d));
    fits = fits && !__builtin_mul_overflow(size, count, &size);
  }
  if (!fits || size > plain.most() || (!plain.compressed() && size + header.size() > plain.file_size()))
    fail(path, fmt::format("announces {} bytes, more than the file holds; fetch the file again",
                           fmt::join(array.shape, " x ")));
  array.bytes.resize(size);
  if (const std::size_t count = plain.read(array.bytes); count < size)
    fail(path, fmt::format("announces {} = {} bytes, but holds only {}; fetch the file again",
                           fmt::join(array.shape, " x "), size, count));
  std::uint8_t extra;
  // This read also makes zlib reach the end and check the CRC.
  if (plain.read({&extra, 1}) > 0)
    fail(path, fmt::format("has bytes after the {} = {} that its header announces; fetch the file again",
                           fmt::join(array.shape, " x "), size));
  return array;
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
  return {.inputs = image.shape[1] * image.shape[2],
          .classes = classes,
          .pixels = std::move(image.bytes),
          .labels = std::move(label.bytes),
          .height = image.shape[1],
          .width = image.shape[2]};
}

}  // namespace stoic
