#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "stoic/host/learning/history.hpp"

namespace stoic {

/// The state of a training between two batches; all else follows from the recipe and these counters.
struct Checkpoint {
  std::string recipe;                     ///< recipe_text
  std::uint32_t data_crc = 0;             ///< CRC-32 of the training data
  std::int64_t batch = 0;                 ///< batches done, over the whole training
  double epoch_loss = 0;                  ///< sum of the losses of this epoch's batches so far
  std::int64_t epoch_right = 0;           ///< samples of them that were decided right
  double epoch_seconds = 0;               ///< that they took
  std::uint32_t start_crc = 0;            ///< CRC-32 of the model that the training started from; 0: none
  std::vector<EpochRecord> history;       ///< the epochs done
  std::vector<Eigen::MatrixXf> matrices;  ///< W_in, W_out and their moments
};

/// Writes atomically. The file: "STOICCKP", a version, the fields above (little-endian, lengths first), a
/// CRC-32.
void write_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint);

/// Throws Error when the file is no checkpoint, of another version, cut short or damaged.
Checkpoint read_checkpoint(const std::filesystem::path& path);
/// The same of a file's content, for who has read it; `path` is its name.
Checkpoint parse_checkpoint(std::string_view file, const std::filesystem::path& path);

}  // namespace stoic
