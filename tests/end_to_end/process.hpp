#pragma once
#include <chrono>
#include <string>
#include <vector>

namespace stoic {

/// What a finished process left behind.
struct Finished {
  int exit_code = 0;  ///< or 128 + the signal that ended it
  std::string out;
  std::string err;
};

/// Runs `stoic ARGUMENTS...` to its end.
Finished run_stoic(const std::vector<std::string>& arguments);

/// What a `stoic compile` said that ended because the instance `hw`, for which this build is, has no room for
/// the network; else empty. Instances differ, and a test of more than one network runs with those that fit;
/// the default one has room for all.
std::string lack_of_room(const Finished& compiled, const std::string& hw);

/// Runs it and sends `signal` a `delay` after it has begun to listen to it (SIGKILL: after its start), unless it has ended by
/// then.
Finished run_stoic_and_signal(const std::vector<std::string>& arguments, std::chrono::milliseconds delay,
                              int signal);

/// Runs it and sends `signal` once `file` is there, unless it ends before.
Finished run_stoic_and_signal_once(const std::vector<std::string>& arguments, const std::string& file,
                                   int signal);

}  // namespace stoic
