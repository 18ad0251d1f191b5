#pragma once
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace stoic {

/// The whole file, or all that comes out of a pipe. Throws Error when it cannot be read or exceeds `limit`
/// bytes, and for what has no end or no beginning: folders, terminals, devices, sockets, a pipe into which
/// nothing is written for a minute. A pipe that nobody has opened for writing is empty.
std::string read_file(const std::filesystem::path& path, std::size_t limit = std::size_t{1} << 32);

/// Writes beside `path`, flushes to disk and renames: readers see the old file or the new, never a part.
/// Throws Error when the folder is missing or not writable, or the disk is full; nothing is left behind then.
void write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

}  // namespace stoic
