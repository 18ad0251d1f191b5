#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace stoic::cli {

/// Files that come with the command and are known by name. They lie in share/stoic/FOLDER beside the folder
/// that the program is in, wherever that was moved to; the build has the same folders beside its bin/.
struct Shipped {
  const char* what;    ///< in messages: "sweep"
  const char* folder;  ///< "models/sweeps"
  const char* ending;  ///< ".json"
};
inline constexpr Shipped shipped_sweeps{"sweep", "models/sweeps", ".json"};
inline constexpr Shipped shipped_tables{"table of results", "models/tables", ".json"};
inline constexpr Shipped shipped_firmware{"firmware", "firmware", ".elf"};

/// The names that there are, sorted; none where nothing of the kind was built or installed.
std::vector<std::string> shipped_names(const Shipped& kind);
/// The path of one of that name; empty when there is none.
std::filesystem::path shipped_path(const Shipped& kind, const std::string& name);
/// The file that the command line means: the one of this path, or the one of this name. Throws Error when
/// there is neither; a name that is nearly right gets a suggestion.
std::string shipped_or_file(const Shipped& kind, const std::string& name_or_path);

}  // namespace stoic::cli
