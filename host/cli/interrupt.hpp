#pragma once
#include <atomic>

namespace stoic::cli {

/// The signals that end a command early: SIGINT, SIGTERM, SIGHUP and SIGXCPU, each with exit code 130, one
/// line on standard error and without half a file. A SIGHUP that is ignored from the start (nohup) stays
/// ignored; SIGQUIT keeps its meaning, an end with a core. Child processes ignore them: who made them ends
/// them.

/// From now on each of them ends the command at once, whatever it computes, after its unfinished files are
/// removed. That is right wherever nothing would be lost.
void exit_on_signals();

/// From now on they ask to stop, which long work that has something to save looks at; a second one changes
/// nothing. Whoever has not stopped within a second, and is not just writing a file, ends as above; `remedy`
/// is printed then, and must stay valid.
void stop_on_signals(const char* remedy = "interrupted");
/// Whether one of them has come since stop_on_signals().
const std::atomic<bool>& stop_requested();

/// Whether a progress bar stands on the terminal, to be cleared before the last line.
void progress_is_shown(bool shown);

}  // namespace stoic::cli
