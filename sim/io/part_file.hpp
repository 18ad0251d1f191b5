#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace stoic {

/// The name of an unfinished file or folder beside NAME, new at every call:
/// `.NAME.stoic-part-PLACE-PID-RANDOM`. PLACE stands for this start of this machine and its set of process
/// numbers, so that a folder that machines share never shows the process of another one as dead; a long NAME
/// is cut.
std::string part_file_name(const std::string& name);

/// Whether `entry` is such a name for NAME, of any process on any machine.
bool is_part_of(std::string_view entry, const std::string& name);

/// The entries of `folder` that are such names for NAME, left by processes of this user on this machine that
/// do not run any more. Links are none.
std::vector<std::filesystem::path> stale_parts(const std::filesystem::path& folder, const std::string& name);

}  // namespace stoic
