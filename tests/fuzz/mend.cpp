#include "mend.hpp"

#include <zlib.h>

#include <cstdint>
#include <cstring>

namespace stoic::fuzz {
namespace {

std::uint32_t crc_of(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      ::crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

/// Little-endian numbers within `bytes`; places outside read as 0 and are not written.
template <class T>
T get(const std::string& bytes, std::size_t at) {
  T value = 0;
  if (at <= bytes.size() && sizeof value <= bytes.size() - at) std::memcpy(&value, &bytes[at], sizeof value);
  return value;
}
template <class T>
void put(std::string& bytes, std::size_t at, T value) {
  if (at <= bytes.size() && sizeof value <= bytes.size() - at) std::memcpy(&bytes[at], &value, sizeof value);
}
template <class T>
void append(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

/// The part of `bytes` that begins at `at`, no longer than there is.
std::string_view part(const std::string& bytes, std::uint64_t at, std::uint64_t size) {
  return at <= bytes.size() ? std::string_view(bytes).substr(at, size) : std::string_view();
}

}  // namespace

std::string mended_image(std::string bytes) {
  constexpr std::size_t header = 40, entry = 24, size_at = 24, crc_at = 36, sections_at = 20;
  const std::size_t sections = get<std::uint32_t>(bytes, sections_at) % 64;
  for (std::size_t s = 0; s < sections; ++s) {
    const std::size_t at = header + s * entry;
    put(bytes, at + 4,
        crc_of(part(bytes, get<std::uint64_t>(bytes, at + 8), get<std::uint64_t>(bytes, at + 16))));
  }
  put(bytes, size_at, std::uint64_t{bytes.size()});
  put(bytes, crc_at, std::uint32_t{0});
  put(bytes, crc_at, crc_of(part(bytes, 0, header + sections * entry)));
  return bytes;
}

std::string mended_checkpoint(std::string bytes) {
  if (bytes.size() >= 4) put(bytes, bytes.size() - 4, crc_of(part(bytes, 0, bytes.size() - 4)));
  return bytes;
}

std::string mended_export(std::string bytes) {
  constexpr std::size_t size_at = 8, crc_at = 12, begin = 16;
  put(bytes, size_at, static_cast<std::uint32_t>(bytes.size()));
  put(bytes, crc_at, crc_of(part(bytes, begin, bytes.size())));
  return bytes;
}

std::string mended_zip(std::string bytes) {
  // Entries of the central directory: magic, method at 10, CRC-32 at 16, size at 20, place of the local
  // header at 42. Of a local header: CRC-32 at 14, lengths of name and extra field at 26 and 28, then the
  // data.
  for (auto at = bytes.find("PK\x01\x02"); at != bytes.npos; at = bytes.find("PK\x01\x02", at + 4)) {
    if (get<std::uint16_t>(bytes, at + 10) != 0) continue;
    const std::size_t local = get<std::uint32_t>(bytes, at + 42);
    const std::size_t data =
        local + 30 + get<std::uint16_t>(bytes, local + 26) + get<std::uint16_t>(bytes, local + 28);
    const auto crc = crc_of(part(bytes, data, get<std::uint32_t>(bytes, at + 20)));
    put(bytes, at + 16, crc);
    put(bytes, local + 14, crc);
  }
  return bytes;
}

std::string zip_of(std::string_view name, std::string_view bytes) {
  const auto size = static_cast<std::uint32_t>(bytes.size());
  std::string common;  // version, flags, method, time, date, checksum, sizes, lengths of name and extra field
  append(common, std::uint16_t{20});
  for (int i = 0; i < 4; ++i) append(common, std::uint16_t{0});
  append(common, crc_of(bytes));
  append(common, size);
  append(common, size);
  append(common, static_cast<std::uint16_t>(name.size()));
  append(common, std::uint16_t{0});
  std::string file = "PK\x03\x04" + common;
  file.append(name).append(bytes);
  const auto directory = static_cast<std::uint32_t>(file.size());
  file += "PK\x01\x02";
  append(file, std::uint16_t{20});
  file += common;
  file.append(14, '\0');  // comment, disk, attributes, place of the local header
  file.append(name);
  const auto directory_size = static_cast<std::uint32_t>(file.size()) - directory;
  file += "PK\x05\x06";
  append(file, std::uint32_t{0});
  append(file, std::uint16_t{1});
  append(file, std::uint16_t{1});
  append(file, directory_size);
  append(file, directory);
  append(file, std::uint16_t{0});
  return file;
}

}  // namespace stoic::fuzz
