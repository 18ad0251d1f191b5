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

/// Puts `bytes` into `path` as a whole: they are written beside it, flushed to the disk and renamed, so that
/// readers see the old file or the new, never a part. Links are followed; mode and owner stay; devices, pipes
/// and descriptors are written straight into; a file that cannot be renamed onto (several names, mounted, in
/// a folder that takes no files) is written in place. replacement.hpp has the details.
/// Throws Error when the folder is missing or nothing can be written, the disk is full or the pipe closed. It
/// says whether anything was changed; nothing is left beside.
void write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

/// Whether both name one regular file, by whatever names, links or mounts.
bool is_same_file(const std::filesystem::path& a, const std::filesystem::path& b);

/// Whether `path` is written straight into and cannot be read back: a device, a pipe or a descriptor.
bool is_stream(const std::filesystem::path& path);

/// Whether `path` is where this process's standard output goes: /dev/stdout and its like, or the file or pipe
/// behind it. A device behind it, such as a terminal or /dev/null, has to be named as /dev/stdout.
bool is_standard_output(const std::filesystem::path& path);

}  // namespace stoic
