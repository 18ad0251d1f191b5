#pragma once
#include <string>
#include <vector>

#include "console.hpp"
#include "cosim_firmware.hpp"
#include "stoic/sim/contract/image.hpp"
#include "stoic/sim/device/session.hpp"

namespace stoic::cli {

/// What subcommands do when they are given a driven reservoir (a time series) instead of a network that decides on
/// samples.
struct DrivenTrainOptions {
  Console console;
  std::string recipe;       ///< a file or the name of a built-in one
  std::string text, where;  ///< of the recipe
  std::string output;
  std::string data_dir;
  std::vector<std::string> settings;
  std::vector<std::string> refused;  ///< options that were given and mean nothing here: "--epochs"
};
int train_driven(const DrivenTrainOptions& options);

struct DrivenEvalOptions {
  Console console;
  std::string model;
  std::string bytes;  ///< of the model
  std::string backend;
  std::string hw;
  std::string output;
  std::string data_dir;
  std::vector<std::string> settings;  ///< "data.KEY=VALUE"
  std::vector<std::string> refused;
  std::vector<std::string> states;  ///< "x", "features" or "all": then `output` is a folder
};
int eval_driven(DrivenEvalOptions options);
/// Of an image; `options.bytes` is not looked at.
int eval_driven(const DrivenEvalOptions& options, const Image& image);

struct DrivenCompileOptions {
  Console console;
  std::string model;
  std::string bytes;  ///< of the model
  std::string output;
  std::string hw;
  std::string data_dir;
  bool listing = false;
  std::vector<std::string> refused;
};
int compile_driven(const DrivenCompileOptions& options);

struct DrivenCosimOptions {
  Console console;
  std::string image;
  std::string backend;
  std::string data_dir;
  std::int64_t limit = 0;
  SessionOptions session;
  std::vector<std::string> refused;
};
int cosim_driven(const DrivenCosimOptions& options, const Image& image);

struct DrivenCompareOptions {
  Console console;
  std::string model;
  std::string bytes;   ///< of the model
  std::string folder;  ///< for the report, or nothing
  std::string hw;
  std::string data_dir;
  std::string command;
  std::string date;  ///< or nothing
  bool word_lengths = false;
  std::int64_t noise_trials = 0;
  std::vector<std::string> backends;
  std::int64_t device_steps = 0;
  int threads = 0;
  std::vector<std::string> refused;
};
int compare_driven(const DrivenCompareOptions& options);

/// Throws Error when options were given that mean nothing for a driven reservoir.
void refuse_driven(const std::vector<std::string>& options, const std::string& where);

/// The first `limit` time steps (0: all) of the series of an image, as firmware takes them.
FirmwareInput driven_firmware_input(const Image& image, const std::string& name, std::int64_t limit,
                                    const std::string& data_dir);

}  // namespace stoic::cli
