#pragma once
#include <verilated_vcd_c.h>

#include <string>

#include "stoic/sim/device/trace_file.hpp"

namespace stoic::rtl {

/// What Verilator's .vcd writer writes through. Its own would try a write that fails for ever.
class VcdFile final : public VerilatedVcdFile {
 public:
  bool open(const std::string& path) override { return file.open(path); }
  void close() override { file.close(); }
  ssize_t write(const char* bytes, ssize_t size) override {
    file.write(bytes, static_cast<std::size_t>(size));
    return size;
  }
  TraceFile file;
};

/// Comes before Verilator's class among the bases, since that one still writes when it goes.
struct VcdFileHolder {
  VcdFile vcd;
};

class VcdWaveform final : private VcdFileHolder, public VerilatedVcdC {
 public:
  VcdWaveform() : VerilatedVcdC(&vcd) {}
  bool failed() const { return vcd.file.failed(); }
  /// Throws Error when the waveform is not all there.
  void finish(const std::string&) {
    close();
    vcd.file.finish();
  }
};

}  // namespace stoic::rtl
