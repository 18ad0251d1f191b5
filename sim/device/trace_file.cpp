#include "stoic/sim/device/trace_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>

#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

/// Returns 0, or the errno of what failed.
int write_all(int descriptor, const char* bytes, std::size_t size) {
  while (size > 0) {
    const auto count = ::write(descriptor, bytes, size);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return count < 0 ? errno : ENOSPC;
    bytes += count;
    size -= static_cast<std::size_t>(count);
  }
  return 0;
}

}  // namespace

void fail_trace(const std::string& path, int error) {
  std::error_code ignored;
  if (std::filesystem::is_regular_file(path, ignored)) std::filesystem::remove(path, ignored);
  throw Error(fmt::format("{}: the trace cannot be written: {}; trace fewer cycles, or to another disk", path,
                          std::strerror(error)));
}

void fail_mapped_trace(const std::string& path) {
  std::error_code ignored;
  for (const auto& file : {path, path + ".hier"}) std::filesystem::remove(file, ignored);
  throw Error(fmt::format(
      "{}: the trace cannot be written: no room for it here or in /tmp; trace fewer cycles", path));
}

void fail_to_open_waveform(const std::string& path) {
  std::error_code ignored;
  if (!path.ends_with(".fst")) throw Error(fmt::format("{}: cannot be written; check the folder", path));
  for (const auto& file : {path, path + ".hier"})
    if (std::filesystem::is_regular_file(file, ignored)) std::filesystem::remove(file, ignored);
  throw Error(fmt::format(
      "{}: cannot be written, or its writer's files in /tmp cannot; see to both places, or write a .vcd",
      path));
}

TraceFile::~TraceFile() { close(); }

bool TraceFile::open(const std::string& path) {
  path_ = path;
  descriptor_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  return descriptor_ >= 0;
}

void TraceFile::write(const char* bytes, std::size_t size) {
  if (error_ == 0 && descriptor_ >= 0) error_ = write_all(descriptor_, bytes, size);
}

void TraceFile::close() {
  if (descriptor_ >= 0 && ::close(descriptor_) != 0 && error_ == 0) error_ = errno;
  descriptor_ = -1;
}

void TraceFile::finish() {
  close();
  if (error_ != 0) fail_trace(path_, error_);
}

void finish_vcd(const std::string& path, long long time) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC);
  if (descriptor < 0) fail_trace(path, errno);
  struct stat status {};
  char last = '\n';
  int error = ::fstat(descriptor, &status) == 0 ? 0 : errno;
  if (error == 0 && S_ISREG(status.st_mode) && ::pread(descriptor, &last, 1, status.st_size - 1) != 1)
    error = ENOSPC;
  const auto end = fmt::format("#{}\n", time);
  if (error == 0) error = write_all(descriptor, end.data(), end.size());
  if (error == 0 && last != '\n') error = ENOSPC;  // cut, though there is room by now
  if (::close(descriptor) != 0 && error == 0) error = errno;
  if (error != 0) fail_trace(path, error);
}

void check_fst(const std::string& path) {
  constexpr int skipped = 255;  // a section of values that was not finished
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) fail_trace(path, errno);
  struct stat status {};
  bool whole = ::fstat(descriptor, &status) == 0, hierarchy = false;
  for (std::int64_t at = 0; whole && at < status.st_size;) {
    std::array<unsigned char, 9> head{};
    whole = ::pread(descriptor, head.data(), head.size(), at) == static_cast<ssize_t>(head.size());
    std::uint64_t length = 0;
    for (std::size_t b = 1; b < head.size(); ++b) length = length << 8 | head[b];
    const auto rest = static_cast<std::uint64_t>(status.st_size - at - 1);
    whole = whole && head[0] != skipped && length >= 8 && length <= rest;
    hierarchy = hierarchy || head[0] == 4 || head[0] == 6 || head[0] == 7;  // FST_BL_HIER, _LZ4, _LZ4DUO
    at += 1 + static_cast<std::int64_t>(whole ? length : 0);
  }
  ::close(descriptor);
  if (!whole || !hierarchy) fail_trace(path, ENOSPC);
}

}  // namespace stoic
