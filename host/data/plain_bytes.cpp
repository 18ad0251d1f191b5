#include "stoic/host/data/plain_bytes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"

namespace stoic {
namespace {

[[noreturn]] void damaged(const std::filesystem::path& path, const std::string& what) {
  throw Error(fmt::format("{}: {}", path.string(), what));
}

}  // namespace

PlainBytes::PlainBytes(const std::filesystem::path& path) : path_(path), file_(read_file(path)) {
  compressed_ = file_.size() >= 2 && file_[0] == '\x1f' && file_[1] == '\x8b';
  stream_.next_in = reinterpret_cast<Bytef*>(file_.data());
  if (compressed_ && inflateInit2(&stream_, 16 + MAX_WBITS) != Z_OK) damaged(path_, "zlib cannot start");
}

PlainBytes::~PlainBytes() {
  if (compressed_) inflateEnd(&stream_);
}

std::size_t PlainBytes::read(std::span<std::uint8_t> out) {
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

std::size_t PlainBytes::inflate_into(std::span<std::uint8_t> out) {
  constexpr std::size_t portion = std::size_t{1} << 30;  // zlib counts in 32 bits
  const auto room = static_cast<uInt>(std::min(out.size(), portion));
  if (stream_.avail_in == 0) {
    stream_.avail_in = static_cast<uInt>(std::min(file_.size() - taken_, portion));
    taken_ += stream_.avail_in;
  }
  stream_.next_out = out.data();
  stream_.avail_out = room;
  const int result = inflate(&stream_, Z_NO_FLUSH);
  if (result == Z_BUF_ERROR) damaged(path_, "the gzip data is cut short; fetch the file again");
  if (result == Z_STREAM_END) {
    end_member();
  } else if (result != Z_OK) {
    damaged(path_, fmt::format("the gzip data is corrupt ({}); fetch the file again",
                               stream_.msg ? stream_.msg : "it needs a dictionary"));
  }
  return room - stream_.avail_out;
}

/// A gzip file is one member or several, one behind the other, and zeros as padding.
void PlainBytes::end_member() {
  const auto rest = std::string_view(file_).substr(taken_ - stream_.avail_in);
  if (rest.starts_with("\x1f\x8b")) {
    inflateReset(&stream_);
  } else if (rest.find_first_not_of('\0') == rest.npos) {
    ended_ = true;
  } else {
    damaged(path_,
            fmt::format("{} bytes follow the end of the gzip data; fetch the file again", rest.size()));
  }
}

std::string read_plain(const std::filesystem::path& path, std::size_t limit) {
  constexpr std::size_t portion = std::size_t{1} << 20;
  PlainBytes plain(path);
  std::string all;
  for (;;) {
    const auto before = all.size();
    all.resize(before + portion);
    const auto got = plain.read({reinterpret_cast<std::uint8_t*>(all.data()) + before, portion});
    all.resize(before + got);
    if (all.size() > limit)
      damaged(path, fmt::format("holds more than {} bytes; give a smaller file", limit));
    if (got < portion) return all;
  }
}

}  // namespace stoic
