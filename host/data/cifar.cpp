#include "stoic/host/data/cifar.hpp"

#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "stoic/host/data/plain_bytes.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

/// The batches of a half in `folder`, plain or with ".gz", in the order of their numbers.
std::vector<std::filesystem::path> cifar_batches(const std::filesystem::path& folder, Split split) {
  std::vector<std::filesystem::path> found;
  std::error_code unreadable;  // counts as missing
  const auto add = [&](const std::string& name) {
    for (const char* ending : {".bin", ".bin.gz"}) {
      auto path = folder / (name + ending);
      if (!std::filesystem::exists(path, unreadable)) continue;
      found.push_back(std::move(path));
      return true;
    }
    return false;
  };
  if (split == Split::train)
    for (int batch = 1; batch <= 5; ++batch) add(fmt::format("data_batch_{}", batch));
  else if (!add("test_batch"))
    add("test_batch_first1000");
  return found;
}

std::filesystem::path cifar_folder(const std::filesystem::path& data_dir) {
  for (const char* name : {"cifar10", "cifar-10", "cifar-10-batches-bin", ""})
    if (auto folder = data_dir / name;
        !cifar_batches(folder, Split::train).empty() && !cifar_batches(folder, Split::test).empty())
      return folder;
  throw Error(fmt::format(
      "{}: there is no data_batch_1.bin[.gz] with a test_batch.bin[.gz] beside it, neither here "
      "nor in cifar10/ or cifar-10-batches-bin/; name the right folder with --data-dir (DataSource::folder)",
      data_dir.string()));
}

}  // namespace

Dataset read_cifar(Split split, const std::filesystem::path& data_dir) {
  constexpr std::int64_t pixels = std::int64_t{32} * 32, record = 1 + 3 * pixels;
  const auto folder = cifar_folder(data_dir);
  Dataset data{.inputs = 3 * pixels, .classes = 10, .height = 32, .width = 32, .channels = 3};
  std::vector<std::uint8_t> all;
  for (const auto& path : cifar_batches(folder, split)) {
    const auto bytes = read_plain(path, std::size_t{1} << 28);
    if (bytes.empty() || bytes.size() % record != 0)
      throw Error(
          fmt::format("{}: has {} bytes, which are no records of {} (a label and 3 x 32 x 32 bytes); fetch "
                      "the binary version of the file again",
                      path.string(), bytes.size(), record));
    for (std::size_t at = 0; at < bytes.size(); at += record) {
      const auto* from = reinterpret_cast<const std::uint8_t*>(bytes.data()) + at;
      if (*from >= data.classes)
        throw Error(fmt::format("{}: label {} of record {} is outside the 10 classes; fetch the file again",
                                path.string(), *from, at / record));
      data.labels.push_back(*from++);
      for (std::int64_t p = 0; p < pixels; ++p)
        for (std::int64_t c = 0; c < 3; ++c) all.push_back(from[c * pixels + p]);
    }
  }
  data.samples = {std::move(all), data.inputs};
  data.origin = folder.string();
  return data;
}

}  // namespace stoic
