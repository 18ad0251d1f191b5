#pragma once
#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace stoic {

/// The plain bytes of a file, handed out from front to end, through zlib when they are compressed (told by
/// content, not by name). Throws Error for what cannot be read, truncated or corrupt gzip.
class PlainBytes {
 public:
  explicit PlainBytes(const std::filesystem::path& path);
  ~PlainBytes();
  PlainBytes(const PlainBytes&) = delete;
  PlainBytes& operator=(const PlainBytes&) = delete;

  /// No content of the file can be longer: deflate shrinks at most 1032-fold.
  std::size_t most() const { return compressed_ ? file_.size() * 1032 : file_.size(); }
  bool compressed() const { return compressed_; }
  std::size_t file_size() const { return file_.size(); }

  /// Fills `out` from what follows; returns how many bytes there were.
  std::size_t read(std::span<std::uint8_t> out);

 private:
  std::size_t inflate_into(std::span<std::uint8_t> out);
  void end_member();

  std::filesystem::path path_;
  std::string file_;
  std::size_t taken_ = 0;  ///< bytes of the file that were handed out, or to zlib
  bool compressed_ = false;
  bool ended_ = false;  ///< zlib has seen the end of the last member and its checksum
  z_stream stream_{};
};

/// All of them. Throws Error for more than `limit` bytes.
std::string read_plain(const std::filesystem::path& path, std::size_t limit);

}  // namespace stoic
