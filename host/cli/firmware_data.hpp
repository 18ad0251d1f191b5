#pragma once
#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "stoic/host/compiler/export_firmware.hpp"
#include "stoic/sim/contract/image.hpp"

namespace stoic::platform {
struct RunOptions;
}

namespace stoic::cli {

/// Data that firmware gets beside IMAGE.
struct FirmwareData {
  std::string uart_input;         ///< a file, "-" for the standard input
  std::string blob;               ///< a file
  std::int64_t push_samples = 0;  ///< cycles from one to the next; 0: none come
};

/// Behind --firmware and IMAGE.
void add_firmware_data(CLI::App& command, FirmwareData& data);

/// Reads the files. Throws Error for those that cannot be read or are too large.
void give_data(const FirmwareData& data, const Image& image, const ExportedSamples& samples,
               platform::RunOptions& run);

}  // namespace stoic::cli
