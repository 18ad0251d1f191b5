#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace stoic {

/// A file of a folder: its name, which may lie in a subfolder ("driver/stoic.h"), and all its bytes.
struct NamedFile {
  std::string name;
  std::string bytes;
};

/// The first entry of `folder`, by name, that is neither one of the files `ours`, nor a subfolder of one, nor
/// a part of one that a killed process left (such parts are no obstacle anywhere, even as folders). Empty
/// when there is none, or no such folder. With `owned` false, nothing says that the folder is ours, and only
/// parts are.
std::string foreign_entry(const std::filesystem::path& folder, const std::vector<std::string>& ours,
                          bool owned = true);

/// Makes `files` the content of `folder`, as one: they are written into a folder beside, which then takes the
/// place of the old one; mode and owner stay, a link to the folder is followed. Files of the old content that
/// are named in `ours` and are not among the new go; all others stay.
///
/// Where the folder itself cannot be exchanged (it is the current folder or a mounted one, its parent takes
/// no files, it holds links), every file is prepared beside its place, then all are renamed.
///
/// Throws Error when something cannot be written. It says that nothing was changed, or which files are new.
void write_folder(const std::filesystem::path& folder, const std::vector<NamedFile>& files,
                  const std::vector<std::string>& ours);

}  // namespace stoic
