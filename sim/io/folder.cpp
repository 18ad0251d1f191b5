#include "stoic/sim/io/folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <set>
#include <system_error>

#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/part_file.hpp"
#include "stoic/sim/io/replacement.hpp"
#include "stoic/sim/io/writable.hpp"

namespace stoic {
namespace {

namespace fs = std::filesystem;

/// What an earlier version called its unfinished files: NAME.part-PID.
bool is_earlier_part(const std::string& entry, const std::string& name) {
  const auto begin = name + ".part-";
  return entry.starts_with(begin) && entry.size() > begin.size() &&
         entry.find_first_not_of("0123456789", begin.size()) == std::string::npos;
}

/// Whether `entry`, as seen from the folder, is a part of its file `name`.
bool is_part(const std::string& entry, const std::string& name) {
  const fs::path file(name), found(entry);
  return found.parent_path() == file.parent_path() &&
         (is_part_of(found.filename().string(), file.filename().string()) || is_earlier_part(entry, name));
}

/// Subfolders of the names, as they are: one level.
std::set<std::string> subfolders(const std::vector<std::string>& names) {
  std::set<std::string> result;
  for (const auto& name : names)
    if (const auto parent = fs::path(name).parent_path(); !parent.empty()) result.insert(parent.string());
  return result;
}

/// All entries of `folder` and of its subfolders that are named, as seen from it.
std::vector<fs::directory_entry> entries(const fs::path& folder, const std::set<std::string>& inside) {
  std::vector<fs::directory_entry> result;
  std::error_code unreadable;
  for (fs::directory_iterator at(folder, unreadable), end; !unreadable && at != end;
       at.increment(unreadable)) {
    result.push_back(*at);
    if (!fs::is_directory(at->symlink_status()) || !inside.contains(at->path().filename().string())) continue;
    for (fs::directory_iterator sub(at->path(), unreadable); !unreadable && sub != end;
         sub.increment(unreadable))
      result.push_back(*sub);
    unreadable.clear();
  }
  std::sort(result.begin(), result.end());
  return result;
}

/// Removes our files and their parts, and the folders that this leaves empty.
void remove_ours(const fs::path& folder, const std::vector<std::string>& ours) {
  std::error_code ignored;
  const auto inside = subfolders(ours);
  for (const auto& entry : entries(folder, inside)) {
    const auto name = entry.path().lexically_relative(folder).string();
    const auto is_ours = [&](const auto& our) { return name == our || is_part(name, our); };
    if (!fs::is_directory(entry.symlink_status()) && std::any_of(ours.begin(), ours.end(), is_ours))
      fs::remove(entry.path(), ignored);
  }
  for (const auto& name : inside) ::rmdir((folder / name).c_str());
  ::rmdir(folder.c_str());
}

/// Moves what is left in `old`, which somebody put there meanwhile, to the folder that took its place.
void give_back(const fs::path& old, const fs::path& place) {
  for (const auto& entry : entries(old, {}))
    ::renameat2(AT_FDCWD, entry.path().c_str(), AT_FDCWD, (place / entry.path().filename()).c_str(),
                RENAME_NOREPLACE);
  ::rmdir(old.c_str());
}

/// Folders that are missing on the way to a new one; those that stay empty go with the guard.
class NewParents {
 public:
  explicit NewParents(const fs::path& folder) {
    std::error_code code;
    for (auto at = fs::absolute(folder).parent_path(); !fs::exists(at, code) && at != at.parent_path();
         at = at.parent_path())
      made_.push_back(at);
    fs::create_directories(fs::absolute(folder).parent_path(), code);
    if (code) error_ = code.value();
  }
  ~NewParents() {
    for (const auto& folder : made_) ::rmdir(folder.c_str());
  }
  NewParents(const NewParents&) = delete;
  NewParents& operator=(const NewParents&) = delete;
  int error() const { return error_; }

 private:
  std::vector<fs::path> made_;  ///< the innermost first
  int error_ = 0;
};

/// A new folder, with owner and mode of `like` if that exists. Returns 0 or errno, -1 when the owner cannot
/// be given.
int make_folder(const fs::path& folder, const fs::path& like) {
  if (::mkdir(folder.c_str(), 0777) != 0) return errno;
  struct stat old {
  }, now{};
  if (::stat(like.c_str(), &old) != 0 || ::stat(folder.c_str(), &now) != 0) return 0;
  const bool other_owner = old.st_uid != now.st_uid || old.st_gid != now.st_gid;
  if (!other_owner || ::chown(folder.c_str(), old.st_uid, old.st_gid) == 0) {
    if (::chmod(folder.c_str(), old.st_mode & 07777) == 0) return 0;
  }
  ::rmdir(folder.c_str());
  return -1;
}

/// Returns 0 or an errno, -1 when an owner cannot be given.
int fill(const fs::path& staging, const std::vector<NamedFile>& files, const fs::path& old) {
  for (const auto& file : files) {
    const auto parent = fs::path(file.name).parent_path();
    if (!parent.empty() && !fs::exists(staging / parent))
      if (const int error = make_folder(staging / parent, old / parent)) return error;
    struct stat status {};
    const bool known = ::stat((old / file.name).c_str(), &status) == 0;
    if (const int error =
            write_new_file(staging / file.name, file.bytes, known ? &status : nullptr, old / file.name))
      return error;
  }
  return 0;
}

/// Puts `staging` where `place` is; what was there is then at `staging`, or at `aside` when this file system
/// knows no exchange.
int exchange(const fs::path& staging, const fs::path& place, const fs::path& aside) {
  if (::renameat2(AT_FDCWD, staging.c_str(), AT_FDCWD, place.c_str(), RENAME_EXCHANGE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  if (::rename(place.c_str(), aside.c_str()) != 0) return errno;
  if (::rename(staging.c_str(), place.c_str()) == 0) return 0;
  const int error = errno;
  if (::rename(aside.c_str(), place.c_str()) != 0)
    cannot_be_written(place, error, "the old one is now " + aside.string());
  return error;
}

/// Whether another folder may stand in its place: nobody is inside, it has no access list, and its files are
/// plain ones that may be replaced, with one name each.
bool is_exchangeable(const fs::path& place, const std::vector<std::string>& ours) {
  std::error_code code;
  if (fs::equivalent(place, ".", code) || place == place.root_path()) return false;
  for (const auto* list : {"system.posix_acl_access", "system.posix_acl_default"})
    if (::getxattr(place.c_str(), list, nullptr, 0) > 0) return false;
  for (const auto& entry : entries(place, subfolders(ours))) {
    struct stat status {};
    if (::lstat(entry.path().c_str(), &status) != 0) return false;
    if (S_ISDIR(status.st_mode)) continue;
    if (!S_ISREG(status.st_mode) || status.st_nlink > 1) return false;
    if (::faccessat(AT_FDCWD, entry.path().c_str(), W_OK, AT_EACCESS) != 0) return false;
  }
  return foreign_entry(place, ours).empty();
}

/// Returns false, and has changed nothing, when the files have to be replaced one by one.
bool replaced_as_one(const fs::path& place, const fs::path& folder, const std::vector<NamedFile>& files,
                     const std::vector<std::string>& ours) {
  const bool exists = fs::is_directory(place);
  const auto parent = place.parent_path();
  const auto name = place.filename().string();
  if (exists && !is_exchangeable(place, ours)) return false;
  for (const auto& stale : stale_parts(parent, name)) remove_ours(stale, ours);
  const auto staging = parent / part_file_name(name), aside = parent / part_file_name(name);
  int error = make_folder(staging, place);
  const bool made = error == 0;
  if (made) error = fill(staging, files, place);
  const bool full = made && error != 0 && error != -1;
  if (error == 0) {
    error = exists ? exchange(staging, place, aside)
                   : (::rename(staging.c_str(), place.c_str()) == 0 ? 0 : errno);
  }
  for (const auto& rest : {staging, aside}) {  // the old content, or the new one that found no place
    remove_ours(rest, ours);
    if (error == 0) give_back(rest, place);
  }
  if (error != 0 && (full || !exists)) cannot_be_written(folder, error);
  return error == 0;
}

/// Every file prepared, then all put in place; those that are not mere renames first.
void replace_one_by_one(const fs::path& place, const fs::path& folder, const std::vector<NamedFile>& files) {
  std::error_code code;
  std::vector<std::string> made, names;
  std::vector<std::pair<std::string, Replacement>> replacements;
  for (const auto& file : files) names.push_back(file.name);
  for (const auto& subfolder : subfolders(names))
    if (fs::create_directory(place / subfolder, code)) made.push_back(subfolder);
  try {
    for (const auto& file : files)
      replacements.emplace_back(file.name, Replacement(place / file.name, file.bytes));
  } catch (const Error&) {
    for (const auto& subfolder : made) ::rmdir((place / subfolder).c_str());
    throw;
  }
  std::vector<std::string> done;
  for (const bool renames : {false, true})
    for (auto& [name, replacement] : replacements) {
      if (std::find(done.begin(), done.end(), name) != done.end() || replacement.renames() != renames)
        continue;
      try {
        replacement.commit();
      } catch (const Error& error) {
        if (done.empty()) throw;
        throw Error(fmt::format("{}; in {} these are new: {}; all others are old", error.what(),
                                folder.string(), fmt::join(done, ", ")));
      }
      done.push_back(name);
    }
}

}  // namespace

std::string foreign_entry(const fs::path& folder, const std::vector<std::string>& ours, bool owned) {
  const auto inside = subfolders(ours);
  for (const auto& entry : entries(folder, inside)) {
    auto name = entry.path().lexically_relative(folder).string();
    const bool is_folder = fs::is_directory(entry.symlink_status());
    const bool known =
        is_folder ? inside.contains(name) : std::find(ours.begin(), ours.end(), name) != ours.end();
    const auto is_its_part = [&](const auto& our) { return is_part(name, our); };
    if ((known && owned) || std::any_of(ours.begin(), ours.end(), is_its_part)) continue;
    return name;
  }
  return {};
}

void write_folder(const fs::path& folder, const std::vector<NamedFile>& files,
                  const std::vector<std::string>& ours) {
  std::error_code code;
  const bool exists = fs::exists(folder, code);
  auto named = exists ? folder : folder.lexically_normal();
  if (!named.has_filename()) named = named.parent_path();
  const NewParents parents(named);
  if (parents.error() != 0) cannot_be_written(folder, parents.error());
  const auto place = exists ? fs::canonical(named) : behind_links(named);
  if (exists && !fs::is_directory(place)) cannot_be_written(folder, ENOTDIR);
  if (exists && ::faccessat(AT_FDCWD, place.c_str(), W_OK | X_OK, AT_EACCESS) != 0)
    cannot_be_written(folder, errno);
  if (replaced_as_one(place, folder, files, ours)) return;
  replace_one_by_one(place, folder, files);
  for (const auto& name : ours) {
    const bool kept =
        std::any_of(files.begin(), files.end(), [&](const auto& file) { return file.name == name; });
    if (!kept) fs::remove(place / name, code);
  }
}

}  // namespace stoic
