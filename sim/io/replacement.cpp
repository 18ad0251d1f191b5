#include "stoic/sim/io/replacement.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <ctime>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/part_file.hpp"
#include "stoic/sim/io/writable.hpp"

namespace stoic {
namespace {

namespace fs = std::filesystem;

/// While it lives, a closed pipe and the limit of file sizes are errors of write() instead of signals that
/// end the process.
class SignalsAsErrors {
 public:
  SignalsAsErrors() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGPIPE);
    sigaddset(&set_, SIGXFSZ);
    pthread_sigmask(SIG_BLOCK, &set_, &before_);
  }
  ~SignalsAsErrors() {
    const timespec at_once{};
    while (sigtimedwait(&set_, nullptr, &at_once) > 0) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  SignalsAsErrors(const SignalsAsErrors&) = delete;
  SignalsAsErrors& operator=(const SignalsAsErrors&) = delete;

 private:
  sigset_t set_, before_;
};

/// Returns 0 or errno; `written` says how far it came.
int write_all(int descriptor, std::string_view bytes, std::size_t& written) {
  const SignalsAsErrors quiet;
  while (written < bytes.size()) {
    const ssize_t count = ::write(descriptor, bytes.data() + written, bytes.size() - written);
    if (count >= 0) {
      written += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN) {  // a pipe that somebody made non-blocking
      pollfd room{descriptor, POLLOUT, 0};
      ::poll(&room, 1, 1000);
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

/// Devices and pipes have nothing to flush.
int flush(int descriptor) {
  return ::fsync(descriptor) != 0 && errno != EINVAL && errno != EROFS && errno != ENOTSUP ? errno : 0;
}

/// Access lists and labels, as far as the file system takes them.
void copy_attributes(const fs::path& from, int to) {
  std::vector<char> names(1 << 12), value(1 << 16);
  const ssize_t size = ::listxattr(from.c_str(), names.data(), names.size());
  for (ssize_t at = 0; at < size; at += static_cast<ssize_t>(std::strlen(&names[at])) + 1) {
    const ssize_t length = ::getxattr(from.c_str(), &names[at], value.data(), value.size());
    if (length >= 0) ::fsetxattr(to, &names[at], value.data(), static_cast<std::size_t>(length), 0);
  }
}

/// Owner before mode: a change of owner clears bits of the mode. Returns false when the owner cannot be
/// given.
bool take_owner_and_mode(int descriptor, const struct stat& like, const fs::path& original) {
  struct stat now {};
  if (::fstat(descriptor, &now) != 0) return false;
  if ((now.st_uid != like.st_uid || now.st_gid != like.st_gid) &&
      ::fchown(descriptor, like.st_uid, like.st_gid) != 0)
    return false;
  copy_attributes(original, descriptor);
  ::fchmod(descriptor, like.st_mode & 07777);
  return true;
}

/// The whole content, or nothing when it cannot be read.
std::optional<std::string> content(const fs::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return std::nullopt;
  std::string bytes;
  char chunk[1 << 16];
  ssize_t count;
  while ((count = ::read(descriptor, chunk, sizeof chunk)) > 0 || (count < 0 && errno == EINTR))
    if (count > 0) bytes.append(chunk, static_cast<std::size_t>(count));
  ::close(descriptor);
  if (count < 0) return std::nullopt;
  return bytes;
}

/// Errors that say "no file can be made or renamed here", where the file itself may still be written.
bool is_about_the_folder(int error) {
  return error == EACCES || error == EPERM || error == EROFS || error == EBUSY || error == EXDEV;
}

/// N of FOLDER/N.
int number_in(const std::string& path, const std::string& folder) {
  if (!path.starts_with(folder)) return -1;
  int number = -1;
  const auto* end = path.data() + path.size();
  const auto [stop, error] = std::from_chars(path.data() + folder.size(), end, number);
  return error == std::errc() && stop == end ? number : -1;
}

}  // namespace

int named_descriptor(const fs::path& path) {
  const auto text = path.lexically_normal().string();
  for (const auto& [name, number] : {std::pair("/dev/stdin", 0), {"/dev/stdout", 1}, {"/dev/stderr", 2}})
    if (text == name) return number;
  for (const auto& folder : {std::string("/dev/fd/"), std::string("/proc/self/fd/"),
                             std::string("/proc/thread-self/fd/"), fmt::format("/proc/{}/fd/", ::getpid())})
    if (const int number = number_in(text, folder); number >= 0) return number;
  return -1;
}

fs::path behind_links(const fs::path& path) {
  fs::path at = path;
  for (int links = 0; links < 40; ++links) {
    std::error_code code;
    const auto folder = fs::canonical(at.has_parent_path() ? at.parent_path() : ".", code);
    if (code) cannot_be_written(path, code.value());
    at = folder / at.filename();
    // The links of /proc to what a process has open lead nowhere by their text.
    if (named_descriptor(at) >= 0 || folder.string().starts_with("/proc/")) return at;
    const auto target = fs::read_symlink(at, code);
    if (code) return at;
    at = folder / target;
  }
  cannot_be_written(path, ELOOP);
}

int write_new_file(const fs::path& path, std::string_view bytes, const struct stat* like,
                   const fs::path& original) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                                like != nullptr ? S_IRUSR | S_IWUSR : 0666);
  if (descriptor < 0) return errno;
  std::size_t written = 0;
  int error = like != nullptr && !take_owner_and_mode(descriptor, *like, original) ? -1 : 0;
  if (error == 0) error = write_all(descriptor, bytes, written);
  if (error == 0) error = flush(descriptor);
  if (::close(descriptor) != 0 && error == 0) error = errno;
  if (error != 0) ::unlink(path.c_str());
  return error;
}

Replacement::Replacement(const fs::path& path, std::string_view bytes) : path_(path), bytes_(bytes) {
  if (path.empty()) cannot_be_written(path, ENOENT);
  descriptor_ = named_descriptor(path);
  if (descriptor_ < 0) {
    if (!path.has_filename()) cannot_be_written(path, EISDIR);
    file_ = behind_links(path);
    descriptor_ = named_descriptor(file_);
  }
  direct_ = descriptor_ >= 0;
  if (direct_) return;
  exists_ = ::stat(file_.c_str(), &old_) == 0;
  if (!exists_ && errno != ENOENT) cannot_be_written(path, errno);
  if (exists_ && S_ISDIR(old_.st_mode)) cannot_be_written(path, EISDIR);
  direct_ = exists_ && (!S_ISREG(old_.st_mode) || file_.string().starts_with("/proc/"));
  if (!direct_) prepare();
}

Replacement::~Replacement() {
  if (!part_.empty()) ::unlink(part_.c_str());
}

Replacement::Replacement(Replacement&& other) noexcept
    : path_(std::move(other.path_)),
      file_(std::move(other.file_)),
      bytes_(other.bytes_),
      exists_(other.exists_),
      direct_(other.direct_),
      descriptor_(other.descriptor_),
      old_(other.old_),
      part_(std::exchange(other.part_, fs::path())),
      unfinished_(std::move(other.unfinished_)) {}

void Replacement::prepare() {
  const auto folder = file_.parent_path();
  const auto name = file_.filename().string();
  for (const auto& stale : stale_parts(folder, name)) ::unlink(stale.c_str());  // fails for folders
  if (exists_ && ::faccessat(AT_FDCWD, file_.c_str(), W_OK, AT_EACCESS) != 0) cannot_be_written(path_, errno);
  if (exists_ && old_.st_nlink > 1) return;
  const auto part = folder / part_file_name(name);
  unfinished_ = std::make_unique<UnfinishedFile>(part.string());
  const int error = write_new_file(part, bytes_, exists_ ? &old_ : nullptr, file_);
  if (error == 0)
    part_ = part;
  else if (!exists_ || (error != -1 && !is_about_the_folder(error)))
    cannot_be_written(path_, error);
}

void Replacement::commit() {
  if (direct_) {
    const int flags = O_WRONLY | O_NOCTTY | O_CLOEXEC | (S_ISREG(old_.st_mode) ? O_TRUNC : 0);
    const int descriptor = descriptor_ >= 0 ? descriptor_ : ::open(file_.c_str(), flags);
    if (descriptor < 0) cannot_be_written(path_, errno);
    std::size_t written = 0;
    int error = write_all(descriptor, bytes_, written);
    if (descriptor_ < 0 && ::close(descriptor) != 0 && error == 0) error = errno;
    if (error != 0)
      cannot_be_written(path_, error, fmt::format("{} of {} bytes went out", written, bytes_.size()));
    return;
  }
  if (part_.empty()) return commit_in_place();
  if (::rename(part_.c_str(), file_.c_str()) == 0) return part_.clear();
  const int error = errno;
  ::unlink(part_.c_str());
  part_.clear();
  if (!exists_ || !is_about_the_folder(error)) cannot_be_written(path_, error);
  commit_in_place();
}

void Replacement::commit_in_place() {
  const auto before = content(file_);
  const UnfinishedFile busy("");  // who waits before ending the process waits for this too
  const int descriptor = ::open(file_.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
  if (descriptor < 0) cannot_be_written(path_, errno);
  const auto put = [&](std::string_view bytes, std::size_t& written) {
    int error = ::lseek(descriptor, 0, SEEK_SET) < 0 ? errno : write_all(descriptor, bytes, written);
    if (error == 0 && ::ftruncate(descriptor, static_cast<off_t>(bytes.size())) != 0) error = errno;
    return error == 0 ? flush(descriptor) : error;
  };
  std::size_t written = 0, restored = 0;
  const int error = put(bytes_, written);
  const bool whole_again = error != 0 && before && put(*before, restored) == 0;
  ::close(descriptor);
  if (error == 0) return;
  if (whole_again) cannot_be_written(path_, error);
  cannot_be_written(
      path_, error,
      fmt::format("its first {} bytes are new, of {}; the old ones are lost", written, bytes_.size()));
}

}  // namespace stoic
