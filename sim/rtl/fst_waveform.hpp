#pragma once
#include <verilated_fst_c.h>

#include <string>

#include "stoic/sim/device/trace_file.hpp"

namespace stoic::rtl {

/// Verilator's .fst writer tells no failure, so the file is looked at when it is closed. Its temporary files
/// are mapped into memory: where these find no room, the process gets a SIGBUS.
class FstWaveform final : public VerilatedFstC {
 public:
  bool failed() const { return false; }
  /// Throws Error when the waveform is not all there.
  void finish(const std::string& path) {
    close();
    check_fst(path);
  }
};

}  // namespace stoic::rtl
