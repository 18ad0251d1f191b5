#pragma once
#include <string>

namespace stoic::cli {

/// Makes the process safe from its surroundings, before anything is opened: a standard descriptor that is
/// closed becomes /dev/null, so that no file of ours gets its number; writing past a limit on the size of
/// files, or into a pipe that nobody reads, is an error of the write instead of the end of the process. Memory that was
/// freed is kept for what is needed next.
void prepare_process();

/// From now on a page of a mapped file for which there is no room (a full disk, a limit on the size of files)
/// ends this process with exit code 3 and one line that names `file`, which is removed. Libraries that map
/// files leave no other way to notice. For .fst waveforms.
void end_on_lost_pages(const std::string& file);

}  // namespace stoic::cli
