// Checkpoints of trainings, checksum mended.
#include "stoic/host/learning/checkpoint.hpp"

#include <unistd.h>

#include <cstring>
#include <fstream>
#include <iterator>

#include "fuzz.hpp"
#include "mend.hpp"

namespace stoic::fuzz {
namespace {

std::string written(const Checkpoint& checkpoint) {
  const auto path = std::filesystem::temp_directory_path() / ("stoic-fuzz-" + std::to_string(getpid()));
  write_checkpoint(path, checkpoint);
  std::ifstream file(path, std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(file), {});
  std::filesystem::remove(path);
  return bytes;
}

}  // namespace

void run(std::string_view input) {
  const auto checkpoint = parse_checkpoint(mended_checkpoint(std::string(input)), "training.ckpt");
  std::int64_t elements = 0;
  for (const auto& matrix : checkpoint.matrices) elements += matrix.size();
  require(elements * static_cast<std::int64_t>(sizeof(float)) <= std::ssize(input),
          "matrices are no larger than their file");
}

std::vector<std::string> seeds() {
  Checkpoint checkpoint;
  checkpoint.recipe = R"({"dynamics": "linear"})";
  checkpoint.batch = 7;
  const auto empty = written(checkpoint);
  checkpoint.history.resize(2);
  checkpoint.matrices = {Eigen::MatrixXf::Ones(2, 3), Eigen::MatrixXf(), Eigen::MatrixXf::Zero(0, 5)};
  return {empty, written(checkpoint)};
}

std::vector<std::string> words() {
  return {"STOICCKP", std::string(8, '\xff'), std::string("\0\0\0\x10\0\0\0\0", 8)};
}

}  // namespace stoic::fuzz
