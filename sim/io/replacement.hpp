#pragma once
#include <sys/stat.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "stoic/sim/io/unfinished.hpp"

namespace stoic {

/// The new content of one file: prepared by the constructor, put in place by commit(). Whoever replaces
/// several files prepares all of them first, since what fails usually (a full disk) fails while preparing.
///
/// Symbolic links are followed and the file behind them is replaced. Three ways lead to it:
///  - a file beside it (part_file.hpp) with all bytes, its mode, owner and extended attributes, renamed by
///    commit(): readers see the old file or the new;
///  - in place, where a rename would not do: the file has several names (hard links) or another owner, it is
///    mounted, or its folder takes no new files. Its old bytes are put back when that fails;
///  - straight into a device, pipe, or descriptor (/dev/stdout, /dev/fd/N, /proc/self/fd/N).
class Replacement {
 public:
  /// `bytes` must live as long as the replacement. Throws Error when preparing fails; nothing was changed.
  Replacement(const std::filesystem::path& path, std::string_view bytes);
  /// Removes what was prepared and not committed.
  ~Replacement();
  Replacement(Replacement&& other) noexcept;
  Replacement& operator=(Replacement&&) = delete;

  /// Throws Error, which says what the file holds now.
  void commit();
  /// Whether commit() is a mere rename, which hardly fails.
  bool renames() const { return !part_.empty(); }

 private:
  void prepare();
  void commit_in_place();

  std::filesystem::path path_;  ///< as the user named it
  std::filesystem::path file_;  ///< behind all links
  std::string_view bytes_;
  bool exists_ = false;
  bool direct_ = false;  ///< a device or pipe, or `descriptor_`
  int descriptor_ = -1;
  struct stat old_ {};                          ///< of the file when it exists
  std::filesystem::path part_;                  ///< the finished file beside; empty: none
  std::unique_ptr<UnfinishedFile> unfinished_;  ///< of the part
};

/// The place that `path` names, every symbolic link followed; its last part need not exist. Throws Error when
/// the folder does not exist, and for links in a circle.
std::filesystem::path behind_links(const std::filesystem::path& path);

/// Writes a file that is not there yet and flushes it to the disk, with mode, owner and extended attributes
/// of the file that `like` is the status of and `original` the place, unless it is null. Returns 0, or the
/// errno of the step that failed; then there is no such file. -1: the owner cannot be given.
int write_new_file(const std::filesystem::path& path, std::string_view bytes, const struct stat* like,
                   const std::filesystem::path& original);

/// The descriptor N of this process that `path` names as /dev/stdin, /dev/stdout, /dev/stderr, /dev/fd/N or
/// /proc/self/fd/N; -1 for every other path.
int named_descriptor(const std::filesystem::path& path);

}  // namespace stoic
