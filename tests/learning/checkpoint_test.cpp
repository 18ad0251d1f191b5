// Checkpoint files, whole and damaged.
#include "stoic/host/learning/checkpoint.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"

namespace stoic {
namespace checkpoint_test {

TEST(CheckpointFile, IsRefusedWithAnyByteChangedCutShortOrExtended) {
  const auto path = std::filesystem::path(testing::TempDir()) / ("damaged" + std::to_string(::getpid()));
  write_checkpoint(path, {.recipe = "recipe",
                          .data_crc = 1,
                          .batch = 2,
                          .epoch_loss = 3.5,
                          .history = {EpochRecord{.epoch = 1}},
                          .matrices = {Eigen::MatrixXf::Ones(3, 2), Eigen::MatrixXf()}});
  const std::string good = read_file(path);
  EXPECT_EQ(read_checkpoint(path).matrices[0], Eigen::MatrixXf::Ones(3, 2));
  const auto refuses = [&](const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
    try {
      read_checkpoint(path);
    } catch (const Error&) {
      return true;
    }
    return false;
  };
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string changed = good;
    changed[i] = static_cast<char>(changed[i] ^ 0x10);
    EXPECT_TRUE(refuses(changed)) << "byte " << i;
    EXPECT_TRUE(refuses(good.substr(0, i))) << "cut to " << i;
  }
  EXPECT_TRUE(refuses(good + '\0'));
  std::filesystem::remove(path);
}

}  // namespace checkpoint_test
}  // namespace stoic
