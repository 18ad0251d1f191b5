#pragma once
#include <string>

namespace stoic {

/// Names a file that is being written beside its place, from construction to destruction, so that a signal
/// handler which ends the process can remove it. When too many are being written at once, or the name is
/// longer than any path may be, the file is not named: it then stays behind, as after a SIGKILL.
class UnfinishedFile {
 public:
  explicit UnfinishedFile(const std::string& path) noexcept;
  ~UnfinishedFile();
  UnfinishedFile(const UnfinishedFile&) = delete;
  UnfinishedFile& operator=(const UnfinishedFile&) = delete;

 private:
  int slot_ = -1;
};

/// Whether any is being written now. May be called in a signal handler.
bool any_unfinished_file() noexcept;
/// Removes them all. May be called in a signal handler; the process must end then.
void remove_unfinished_files() noexcept;

}  // namespace stoic
