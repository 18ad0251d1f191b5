#pragma once
#include <filesystem>
#include <string>

namespace stoic {

/// To be called before long work whose result goes to the file `path`. Throws Error, with the words of
/// writing itself, when that could not be written now: the folder is missing, takes no files or is on a
/// read-only disk, the name is too long or a folder. Changes nothing.
void require_writable(const std::filesystem::path& path);

/// The same for files in a folder, which need not be there yet, nor the ones above it.
void require_writable_folder(const std::filesystem::path& folder);

/// Throws the Error of a file or folder for which the system gave the error number `error`: why, what has
/// become of it, and the remedy.
[[noreturn]] void cannot_be_written(const std::filesystem::path& path, int error,
                                    const std::string& outcome = "nothing was changed");

}  // namespace stoic
