#pragma once
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace stoic {

/// The whole file. Throws Error when it cannot be read, is no regular file or exceeds `limit` bytes.
std::string read_file(const std::filesystem::path& path, std::size_t limit = std::size_t{1} << 32);

/// Writes beside `path`, flushes to disk and renames: readers see the old file or the new, never a part.
/// Throws Error when the folder is missing or not writable, or the disk is full; nothing is left behind then.
void write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

}  // namespace stoic
