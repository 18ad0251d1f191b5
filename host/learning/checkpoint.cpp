#include "stoic/host/learning/checkpoint.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <string_view>

#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"

namespace stoic {
namespace {

static_assert(std::endian::native == std::endian::little, "checkpoints are written as they lie in memory");
constexpr std::string_view magic = "STOICCKP";
constexpr std::uint32_t version = 2;
static_assert(sizeof(EpochRecord) == 6 * sizeof(double),
              "rows are written as they lie in memory, without gaps");
constexpr std::uint64_t most_elements = std::uint64_t{1} << 28;

std::uint32_t checksum(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      ::crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

template <class T>
void put(std::string& bytes, const T& value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

/// Takes values from the front of `bytes`; the checksum has been verified, so a shortage is a malformed file.
struct Parser {
  std::string_view bytes;
  const std::filesystem::path& path;

  std::string_view take(std::uint64_t count) {
    if (count > bytes.size())
      throw Error(fmt::format(
          "{}: malformed checkpoint; delete it, or train with --restart (TrainOptions::resume = false)",
          path.string()));
    const std::string_view taken = bytes.substr(0, count);
    bytes.remove_prefix(count);
    return taken;
  }
  template <class T>
  T get() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
};

}  // namespace

void write_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint) {
  std::string bytes(magic);
  put(bytes, version);
  put(bytes, std::uint64_t{checkpoint.recipe.size()});
  bytes += checkpoint.recipe;
  put(bytes, checkpoint.data_crc);
  put(bytes, checkpoint.batch);
  put(bytes, checkpoint.epoch_loss);
  put(bytes, checkpoint.epoch_right);
  put(bytes, checkpoint.epoch_seconds);
  put(bytes, checkpoint.start_crc);
  put(bytes, std::uint64_t{checkpoint.history.size()});
  for (const EpochRecord& row : checkpoint.history) put(bytes, row);
  put(bytes, std::uint64_t{checkpoint.matrices.size()});
  for (const Eigen::MatrixXf& matrix : checkpoint.matrices) {
    put(bytes, static_cast<std::uint64_t>(matrix.rows()));
    put(bytes, static_cast<std::uint64_t>(matrix.cols()));
    bytes.append(reinterpret_cast<const char*>(matrix.data()),
                 sizeof(float) * static_cast<std::size_t>(matrix.size()));
  }
  put(bytes, checksum(bytes));
  write_file_atomically(path, bytes);
}

Checkpoint read_checkpoint(const std::filesystem::path& path) {
  return parse_checkpoint(read_file(path), path);
}

Checkpoint parse_checkpoint(std::string_view file, const std::filesystem::path& path) {
  if (!file.starts_with(magic))
    throw Error(
        fmt::format("{}: no checkpoint of a training (it does not begin with {})", path.string(), magic));
  const std::string_view body = file.substr(0, file.size() - sizeof(std::uint32_t));
  Parser end{file.substr(body.size()), path};
  if (checksum(body) != end.get<std::uint32_t>())
    throw Error(
        fmt::format("{}: damaged checkpoint (its CRC-32 does not match); delete it, or train with --restart "
                    "(TrainOptions::resume = false)",
                    path.string()));
  Parser parser{body.substr(magic.size()), path};
  const auto found = parser.get<std::uint32_t>();
  if (found != version)
    throw Error(
        fmt::format("{}: checkpoint of version {}, this program reads version {}; delete it, or train with "
                    "--restart (TrainOptions::resume = false)",
                    path.string(), found, version));
  Checkpoint checkpoint;
  checkpoint.recipe = parser.take(parser.get<std::uint64_t>());
  checkpoint.data_crc = parser.get<std::uint32_t>();
  checkpoint.batch = parser.get<std::int64_t>();
  checkpoint.epoch_loss = parser.get<double>();
  checkpoint.epoch_right = parser.get<std::int64_t>();
  checkpoint.epoch_seconds = parser.get<double>();
  checkpoint.start_crc = parser.get<std::uint32_t>();
  for (auto rows = parser.get<std::uint64_t>(); rows > 0; --rows)
    checkpoint.history.push_back(parser.get<EpochRecord>());
  const auto count = parser.get<std::uint64_t>();
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto rows = parser.get<std::uint64_t>();
    const auto columns = parser.get<std::uint64_t>();
    if (rows > most_elements || columns > most_elements || rows * columns > most_elements) parser.take(~0ull);
    const std::string_view elements = parser.take(rows * columns * sizeof(float));
    Eigen::MatrixXf& matrix = checkpoint.matrices.emplace_back(rows, columns);
    std::copy_n(elements.data(), elements.size(), reinterpret_cast<char*>(matrix.data()));  // of 0 bytes, too
  }
  parser.take(parser.bytes.empty() ? 0 : ~0ull);  // nothing may follow
  return checkpoint;
}

}  // namespace stoic
