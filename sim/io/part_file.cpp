#include "stoic/sim/io/part_file.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <fstream>
#include <random>

namespace stoic {
namespace {

constexpr std::string_view mark = ".stoic-part-";
constexpr std::size_t place_digits = 8, random_digits = 16;

/// Process numbers mean something between two starts of one machine, and inside one container.
std::string place() {
  std::string text;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> text;
  std::error_code unknown;
  text += std::filesystem::read_symlink("/proc/self/ns/pid", unknown).string();
  const auto sum = ::crc32_z(0, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  return fmt::format("{:08x}", static_cast<std::uint32_t>(sum));
}

/// What all parts of NAME begin with; 180 bytes leave room for the rest in the 255 of a name.
std::string beginning(const std::string& name) { return fmt::format(".{}{}", name.substr(0, 180), mark); }

bool hexadecimal(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// PLACE and PID of a part of NAME; PID is 0 for any other entry.
struct Origin {
  std::string place;
  pid_t process = 0;
};

Origin origin(std::string_view entry, const std::string& name) {
  const auto begin = beginning(name);
  if (!entry.starts_with(begin)) return {};
  entry.remove_prefix(begin.size());
  if (entry.size() < place_digits + 1 + 1 + 1 + random_digits) return {};
  const auto place = entry.substr(0, place_digits);
  const auto random = entry.substr(entry.size() - random_digits);
  const auto process = entry.substr(place_digits + 1, entry.size() - place_digits - random_digits - 2);
  if (!hexadecimal(place) || !hexadecimal(random) || entry[place_digits] != '-' ||
      entry[entry.size() - random_digits - 1] != '-')
    return {};
  Origin result{std::string(place), 0};
  const auto [end, error] = std::from_chars(process.data(), process.data() + process.size(), result.process);
  if (error != std::errc() || end != process.data() + process.size() || result.process <= 0) return {};
  return result;
}

bool runs(pid_t process) { return ::kill(process, 0) == 0 || errno != ESRCH; }

}  // namespace

std::string part_file_name(const std::string& name) {
  std::random_device random;
  return fmt::format("{}{}-{}-{:08x}{:08x}", beginning(name), place(), ::getpid(), random(), random());
}

bool is_part_of(std::string_view entry, const std::string& name) { return origin(entry, name).process > 0; }

std::vector<std::filesystem::path> stale_parts(const std::filesystem::path& folder, const std::string& name) {
  std::vector<std::filesystem::path> stale;
  std::error_code code;
  for (std::filesystem::directory_iterator entry(folder, code), end; !code && entry != end;
       entry.increment(code)) {
    const auto [where, process] = origin(entry->path().filename().string(), name);
    if (process == 0 || where != place() || runs(process)) continue;
    struct stat status {};
    if (::lstat(entry->path().c_str(), &status) == 0 && status.st_uid == ::geteuid() &&
        (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode)))
      stale.push_back(entry->path());
  }
  return stale;
}

}  // namespace stoic
