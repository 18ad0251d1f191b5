#include "stoic/host/data/dataset.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <system_error>

#include "stoic/host/data/cifar.hpp"
#include "stoic/host/data/files.hpp"
#include "stoic/host/data/fingerprint.hpp"
#include "stoic/host/data/idx.hpp"
#include "stoic/host/model/recipe.hpp"
#include "stoic/host/random/random.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {

namespace {

std::filesystem::path find_file(const Recipe& recipe, const std::filesystem::path& data_dir,
                                const char* name) {
  std::error_code unreadable;  // counts as missing
  for (const auto& folder : {data_dir / recipe.data.set, data_dir})
    for (const char* ending : {"", ".gz"}) {
      auto path = folder / (std::string(name) + ending);
      if (std::filesystem::exists(path, unreadable)) return path;
    }
  throw Error(
      fmt::format("{}: there is no {}[.gz], neither here nor in {}/; name the right folder with --data-dir "
                  "(DataSource::folder) "
                  "or run ./dev fetch-data",
                  data_dir.string(), name, recipe.data.set));
}

Dataset read_files(const Recipe& recipe, Split split, std::filesystem::path data_dir) {
  data_dir = data_folder(std::move(data_dir));
  if (data_dir.empty())
    throw Error(fmt::format(
        "data set \"{}\" is read from files: name their folder with --data-dir (DataSource::folder) or "
        "STOIC_DATA_DIR, or run ./dev fetch-data",
        recipe.data.set));
  if (recipe.data.set == "cifar-10") return read_cifar(split, data_dir);
  const bool train = split == Split::train;
  const auto images =
      find_file(recipe, data_dir, train ? "train-images-idx3-ubyte" : "t10k-images-idx3-ubyte");
  const auto labels =
      find_file(recipe, data_dir, train ? "train-labels-idx1-ubyte" : "t10k-labels-idx1-ubyte");
  Dataset data = read_idx_dataset(images, labels, recipe.classes);
  data.origin = images.parent_path().string();
  if (data.inputs != recipe.inputs)
    throw Error(
        fmt::format("{}: images have {} pixels, but the recipe's \"inputs\" is {}; set \"inputs\" to {}",
                    images.string(), data.inputs, recipe.inputs, data.inputs));
  return data;
}

Dataset generate(const Recipe& recipe, Split split, std::int64_t samples) {
  const bool train = split == Split::train;
  const std::string& set = recipe.data.set;
  if (set == "letters")
    return make_letters(recipe.seed, split,
                        samples ? samples
                        : train ? 5000
                                : 10000,
                        recipe.data.pixel_noise);
  if (is_planar(set))
    return make_planar(set, recipe.seed, split,
                       samples ? samples
                       : train ? 2000
                               : 1000,
                       recipe.classes, recipe.data.noise);
  if (set == "digits") return make_digits(recipe.seed, split, samples ? samples : train ? 20000 : 10000);
  return make_random_pixels(recipe.seed, split, samples ? samples : 1000, recipe.inputs, recipe.classes);
}

}  // namespace

Dataset Dataset::part(std::int64_t first, std::int64_t count) const {
  Dataset result{inputs,      classes, samples.part(first, count), {}, height, width, channels,
                 class_names, origin};
  const auto begin = labels.begin() + std::min(first, size());
  result.labels.assign(begin, begin + result.samples.size());
  return result;
}

std::filesystem::path data_folder(std::filesystem::path data_dir) {
  if (data_dir.empty())
    if (const char* variable = std::getenv("STOIC_DATA_DIR")) data_dir = variable;
  return data_dir;
}

std::vector<std::filesystem::path> data_files(std::filesystem::path data_dir) {
  std::vector<std::filesystem::path> files;
  data_dir = data_folder(std::move(data_dir));
  std::error_code unreadable;
  for (const auto& folder : {data_dir, data_dir / "mnist", data_dir / "fashion-mnist"})
    for (const char* name : {"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
                             "t10k-labels-idx1-ubyte"})
      for (const char* ending : {"", ".gz"}) {
        auto path = folder / (std::string(name) + ending);
        if (!data_dir.empty() && std::filesystem::exists(path, unreadable)) files.push_back(std::move(path));
      }
  return files;
}

Dataset load_data(const Recipe& recipe, Split split, const std::filesystem::path& data_dir,
                  const TrainingData* known) {
  const bool train = split == Split::train;
  const std::int64_t wanted = train ? recipe.data.train_samples : recipe.data.test_samples;
  if (is_generated(recipe)) return generate(recipe, split, wanted);
  const std::string& set = recipe.data.set;
  Dataset data = set == "files" ? load_files(recipe, split, data_folder(data_dir), known)
                                : read_files(recipe, split, data_dir);
  if (wanted > data.size())
    throw Error(fmt::format(
        "data set \"{}\" has {} samples for {}, but the recipe's \"{}\" asks for {}; lower "
        "it (0: all)",
        set, data.size(), train ? "training" : "test", train ? "train_samples" : "test_samples", wanted));
  return wanted > 0 ? data.part(0, wanted) : data;
}

Dataset make_random_pixels(std::uint64_t seed, Split split, std::int64_t samples, std::int64_t inputs,
                           std::int64_t classes) {
  Dataset data{inputs, classes, {}, {}};
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(samples * inputs));
  data.labels.resize(samples);
  std::vector<std::uint32_t> words((inputs + 3) / 4 + 1);
  for (std::int64_t sample = 0; sample < samples; ++sample) {
    fill_words(words, {seed, Purpose::random_pixels,
                       2 * static_cast<std::uint64_t>(sample) + (split == Split::test)});
    for (std::int64_t i = 0; i < inputs; ++i)
      pixels[sample * inputs + i] = static_cast<std::uint8_t>(words[i / 4] >> (i % 4 * 8));
    data.labels[sample] =
        static_cast<std::uint8_t>(std::uint64_t{words.back()} * static_cast<std::uint64_t>(classes) >> 32);
  }
  data.samples = {std::move(pixels), inputs};
  return data;
}

}  // namespace stoic
