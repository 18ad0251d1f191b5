#include "stoic/sim/contract/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "stoic/sim/contract/error.hpp"
#include "stoic/sim/contract/unfinished.hpp"

namespace stoic {

namespace {

[[noreturn]] void fail_writing(const std::filesystem::path& path, int error) {
  throw Error(
      fmt::format("{}: cannot be written: {}; nothing was changed", path.string(), std::strerror(error)));
}

/// Writes all bytes to a new file; returns 0 or the errno of the step that failed.
int write_new_file(const std::string& name, std::string_view bytes) {
  const int descriptor = ::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor < 0) return errno;
  int error = 0;
  while (!bytes.empty() && error == 0) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count >= 0)
      bytes.remove_prefix(static_cast<std::size_t>(count));
    else if (errno != EINTR)
      error = errno;
  }
  if (error == 0 && ::fsync(descriptor) != 0 && errno != EINVAL) error = errno;
  if (::close(descriptor) != 0 && error == 0) error = errno;
  return error;
}

}  // namespace

void write_file_atomically(const std::filesystem::path& path, std::string_view bytes) {
  std::error_code code;
  // A device or pipe has no beside and no rename: write straight into it.
  const auto status = std::filesystem::status(path, code);
  if (std::filesystem::is_directory(status)) fail_writing(path, EISDIR);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    if (const int error = write_new_file(path.string(), bytes)) fail_writing(path, error);
    return;
  }
  const std::string beside = fmt::format("{}.part-{}", path.string(), ::getpid());
  const UnfinishedFile unfinished(beside);
  int error = write_new_file(beside, bytes);
  if (error == 0 && ::rename(beside.c_str(), path.c_str()) != 0) error = errno;
  if (error != 0) {
    ::unlink(beside.c_str());
    fail_writing(path, error);
  }
}

}  // namespace stoic
