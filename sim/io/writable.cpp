#include "stoic/sim/io/writable.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/unfinished.hpp"

namespace stoic {
namespace {

/// Makes and removes a file in `folder`; returns 0 or the errno.
int try_file_in(const std::filesystem::path& folder) {
  // Without a name nothing stays behind, whatever ends the process; not every file system can do that.
  const int nameless = ::open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
  if (nameless >= 0) {
    ::close(nameless);
    return 0;
  }
  const auto name = (folder / fmt::format(".stoic-part-{}-try", ::getpid())).string();
  const UnfinishedFile unfinished(name);
  const int descriptor = ::open(name.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return errno;
  ::close(descriptor);
  ::unlink(name.c_str());
  return 0;
}

}  // namespace

void cannot_be_written(const std::filesystem::path& path, int error, const std::string& outcome) {
  throw Error(fmt::format("{}: cannot be written: {}{}{}; name another place", path.string(),
                          std::strerror(error), outcome.empty() ? "" : "; ", outcome));
}

void require_writable(const std::filesystem::path& path) {
  if (path.empty()) throw Error("the name of the output is empty; name a file");
  std::error_code code;
  struct stat status {};
  const bool exists = ::stat(path.c_str(), &status) == 0;
  if (!exists && errno != ENOENT && errno != ENOTDIR) cannot_be_written(path, errno, "");
  if (exists && S_ISDIR(status.st_mode))
    throw Error(fmt::format("{}: cannot be written: it is a folder; name a file", path.string()));
  if (exists && ::access(path.c_str(), W_OK) != 0) cannot_be_written(path, errno, "");
  if (exists) return;  // a device or pipe is written straight into, a file at least in place
  // Of a link, the folder that it leads to.
  const auto file = std::filesystem::weakly_canonical(std::filesystem::absolute(path), code);
  const auto folder = (code ? std::filesystem::absolute(path) : file).parent_path();
  if (!std::filesystem::is_directory(folder, code))
    throw Error(fmt::format("{}: cannot be written: the folder {} does not exist; create it first",
                            path.string(), folder.string()));
  if (const int error = try_file_in(folder); error != 0) cannot_be_written(path, error, "");
}

void require_writable_folder(const std::filesystem::path& folder) {
  if (folder.empty()) throw Error("the name of the output folder is empty; name one");
  struct stat status {};
  std::error_code code;
  auto there = std::filesystem::absolute(folder, code);
  while (::stat(there.c_str(), &status) != 0) {
    if (errno != ENOENT || there == there.parent_path()) cannot_be_written(folder, errno, "");
    there = there.parent_path();
  }
  if (!S_ISDIR(status.st_mode))
    throw Error(
        fmt::format("{}: cannot be written: {} is no folder; name another", folder.string(), there.string()));
  if (const int error = try_file_in(there); error != 0) cannot_be_written(folder, error, "");
}

}  // namespace stoic
