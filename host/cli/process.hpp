#pragma once

namespace stoic::cli {

/// Makes the process safe from its surroundings, before anything is opened: a standard descriptor that is
/// closed becomes /dev/null, so that no file of ours gets its number; writing past a limit on the size of
/// files, or into a pipe that nobody reads, is an error of the write instead of the end of the process.
void prepare_process();

}  // namespace stoic::cli
