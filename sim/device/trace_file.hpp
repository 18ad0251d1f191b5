#pragma once
#include <cstddef>
#include <string>

namespace stoic {

/// Nanoseconds as which all waveforms show a clock cycle: cycle N begins at N times that.
constexpr int waveform_cycle_ns = 10;

/// A file that a simulation writes while it runs, and in which a failure must not stop the simulation where
/// it stands: in a callback of a library, in a process of SystemC. What fails is remembered, and told by
/// finish().
class TraceFile {
 public:
  TraceFile() = default;
  ~TraceFile();
  TraceFile(const TraceFile&) = delete;
  TraceFile& operator=(const TraceFile&) = delete;

  /// Returns whether the file is open.
  bool open(const std::string& path);
  /// Writes all of it, or nothing more from the first failure on.
  void write(const char* bytes, std::size_t size);
  bool failed() const { return error_ != 0; }
  /// Closes. Throws Error when anything was not written, and removes the file then.
  void finish();
  void close();

 private:
  std::string path_;
  int descriptor_ = -1;
  int error_ = 0;
};

/// Throws Error for a trace that cannot be written because of `error` (an errno), and removes what is there
/// of it.
[[noreturn]] void fail_trace(const std::string& path, int error);

/// The same where pages of a .fst file, or of what its writer keeps beside it and in /tmp, found no room.
/// Removes the file that is beside it too.
[[noreturn]] void fail_mapped_trace(const std::string& path);

/// Throws Error for a waveform that cannot be opened, and removes what there is of it.
[[noreturn]] void fail_to_open_waveform(const std::string& path);

/// Adds the last time to a .vcd file that a library wrote without telling whether it could, and throws as
/// fail_trace does when even that finds no room, or when the file does not end with a whole line.
void finish_vcd(const std::string& path, long long time);

/// Throws as fail_trace does unless `path` is a whole .fst file: blocks one behind the other up to its end,
/// the hierarchy of signals among them.
void check_fst(const std::string& path);

}  // namespace stoic
