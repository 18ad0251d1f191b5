#pragma once
#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "console.hpp"
#include "firmware_data.hpp"
#include "stoic/host/compare/evaluate.hpp"
#include "stoic/host/compiler/export_firmware.hpp"
#include "stoic/host/data/dataset.hpp"
#include "stoic/sim/contract/image.hpp"
#include "stoic/sim/device/device.hpp"

namespace stoic::cli {

/// What "stoic cosim --firmware" is asked for, beside IMAGE and --backend.
struct FirmwareOptions {
  std::string firmware;  ///< an ELF file, or the name of one that was built
  double cpi = 1;
  std::string timing = "ideal";
  std::int64_t quantum = 1000;
  double timeout_s = 20;
  double silence_s = 2;
  double wall_timeout_s = 0;
  std::string gdb;
  bool no_compare = false;
  FirmwareData data;
  std::string platform_waveform;  ///< beside the accelerator's
  std::string bus_trace;
  std::string instruction_trace;
  std::string profile;
  std::string coverage;
};

/// --firmware and what needs it.
void add_firmware(CLI::App& command, FirmwareOptions& options);

/// The file that `firmware` means: itself, or the one of that name that came with the command. Throws Error
/// for neither.
std::string firmware_path(const std::string& firmware);

/// One run of firmware, compared with golden.
struct FirmwareReport {
  nlohmann::ordered_json json;
  bool good = false;
  bool stopped = false;  ///< by a signal: what was found out is in `json`, and nothing was compared
};

/// What firmware finds in its memory beside an image, and what golden makes of it.
struct FirmwareInput {
  ExportedSamples samples;
  std::function<Evaluation()> golden;
};
FirmwareInput firmware_input(const Image& image, const Dataset& data);

/// Boots the firmware with the image and the samples in its memory, prints its console and the figures, and
/// compares outputs and cycles with golden. `trace` is a waveform file or empty.
FirmwareReport run_image_firmware(const FirmwareOptions& options, const std::string& backend,
                                  const Image& image, const std::string& image_name,
                                  const FirmwareInput& input, const TraceOptions& trace,
                                  const Console& console);

/// Why this build cannot run firmware; empty when it can.
std::string firmware_obstacle();

}  // namespace stoic::cli
