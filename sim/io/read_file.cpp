#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"

namespace stoic {
namespace {

/// A file that is open for reading, and how to say what is wrong with it.
class Source {
 public:
  // Without O_NONBLOCK the opening of a pipe waits until somebody writes.
  explicit Source(const std::filesystem::path& path)
      : name_(path.string()),
        descriptor_(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)) {
    if (descriptor_ >= 0) return;
    if (errno == ENOENT) fail("no such file");
    if (errno == ENXIO) fail("is a socket or a device; name a file or a pipe");
    fail(fmt::format("cannot be opened: {}", std::strerror(errno)));
  }
  ~Source() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  [[noreturn]] void fail(const std::string& what) const { throw Error(fmt::format("{}: {}", name_, what)); }

  /// Refuses what never ends or never begins. Returns the bytes that the file has, 0 for a pipe.
  std::size_t check() const {
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0) fail(fmt::format("cannot be opened: {}", std::strerror(errno)));
    if (S_ISDIR(status.st_mode)) fail("is a folder; name a file");
    if (!S_ISREG(status.st_mode) && !S_ISFIFO(status.st_mode))
      fail(::isatty(descriptor_) == 1 ? "is a terminal; name a file or a pipe"
                                      : "is a device; name a file or a pipe");
    return S_ISREG(status.st_mode) ? static_cast<std::size_t>(status.st_size) : 0;
  }

  /// The next bytes; none at the end.
  std::size_t read(char* to, std::size_t size) const {
    constexpr int patience_ms = 60000;
    while (true) {
      const auto count = ::read(descriptor_, to, size);
      if (count >= 0) return static_cast<std::size_t>(count);
      if (errno == EINTR) continue;
      if (errno != EAGAIN) fail(fmt::format("reading failed: {}", std::strerror(errno)));
      pollfd wait{descriptor_, POLLIN, 0};
      if (::poll(&wait, 1, patience_ms) == 0) fail("is a pipe into which nothing was written for a minute");
    }
  }

 private:
  std::string name_;
  int descriptor_;
};

}  // namespace

std::string read_file(const std::filesystem::path& path, std::size_t limit) {
  const Source source(path);
  const auto expected = source.check();
  const auto too_large = [&] {
    source.fail(fmt::format("larger than the {} bytes that such a file may have", limit));
  };
  if (expected > limit) too_large();
  std::string bytes;
  bytes.reserve(expected);
  char chunk[1 << 16];
  while (const auto count = source.read(chunk, sizeof chunk)) {
    bytes.append(chunk, count);
    if (bytes.size() > limit) too_large();
  }
  return bytes;
}

}  // namespace stoic
