#include "stoic/sim/io/file.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/replacement.hpp"

namespace stoic {

void write_file_atomically(const std::filesystem::path& path, std::string_view bytes) {
  Replacement(path, bytes).commit();
}

bool is_same_file(const std::filesystem::path& a, const std::filesystem::path& b) {
  struct stat first {
  }, second{};
  return ::stat(a.c_str(), &first) == 0 && ::stat(b.c_str(), &second) == 0 && S_ISREG(first.st_mode) &&
         first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

bool is_stream(const std::filesystem::path& path) {
  struct stat status {};
  return named_descriptor(path) >= 0 ||
         (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode));
}

bool is_standard_output(const std::filesystem::path& path) {
  if (named_descriptor(path) == 1) return true;
  struct stat out {
  }, named{};
  return ::fstat(1, &out) == 0 && ::stat(path.c_str(), &named) == 0 && !S_ISCHR(out.st_mode) &&
         out.st_dev == named.st_dev && out.st_ino == named.st_ino;
}

}  // namespace stoic
