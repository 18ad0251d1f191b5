#include "stoic/host/data/files.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "stoic/host/data/file_set.hpp"
#include "stoic/host/random/random.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

/// Elements of a sample, and of what image.
struct SampleShape {
  std::int64_t length = 1;
  ImageShape image;
  bool channels_first = false;
};

[[noreturn]] void fail_shape(const NumberArray& array, const std::string& what) {
  throw Error(fmt::format("{}: has the shape ({}), {}", array.where, fmt::join(array.shape, ", "), what));
}

/// What [count, ...] is: features; an image of height and width; or, where the recipe names its channels, of
/// either order.
SampleShape sample_shape(const NumberArray& array, const ImageShape& wanted) {
  if (array.shape.size() < 2 || array.shape.size() > 4)
    fail_shape(array,
               "but samples are [samples, features], [samples, height, width] or, with channels, "
               "[samples, height, width, channels]");
  if (array.shape[0] == 0) fail_shape(array, "so it holds no samples; give at least one");
  std::vector<std::int64_t> sides(array.shape.begin() + 1, array.shape.end());
  SampleShape result{
      .length = std::accumulate(sides.begin(), sides.end(), std::int64_t{1},
                                [](auto a, auto b) { return std::min(a * b, std::int64_t{1} << 40); })};
  if (result.length == 0) fail_shape(array, "so its samples are empty");
  std::erase(sides, 1);  // one channel says nothing
  if (!wanted.known()) {
    if (sides.size() == 3)
      fail_shape(array, "of which one is of channels; say so by data.shape: [height, width, channels]");
    if (sides.size() == 2) result.image = {sides[0], sides[1]};
    return result;
  }
  result.image = wanted;
  std::vector<std::int64_t> last{wanted.height, wanted.width, wanted.channels};
  std::vector<std::int64_t> first{wanted.channels, wanted.height, wanted.width};
  std::erase(last, 1);
  std::erase(first, 1);
  result.channels_first = sides == first && first != last;
  if (result.length != wanted.size() || (sides.size() > 1 && sides != last && sides != first))
    fail_shape(array, fmt::format("but data.shape asks for samples of {} x {} x {}; make them agree",
                                  wanted.height, wanted.width, wanted.channels));
  return result;
}

/// From channel after channel to pixel after pixel.
template <class T>
std::vector<T> channels_last(const std::vector<T>& from, const ImageShape& image) {
  const auto pixels = static_cast<std::size_t>(image.height * image.width),
             channels = static_cast<std::size_t>(image.channels);
  std::vector<T> to(from.size());
  for (std::size_t sample = 0; sample < from.size(); sample += pixels * channels)
    for (std::size_t c = 0; c < channels; ++c)
      for (std::size_t p = 0; p < pixels; ++p) to[sample + p * channels + c] = from[sample + c * pixels + p];
  return to;
}

/// A column by its name, as a .csv has it, or its index.
std::string column_text(const std::vector<std::string>& names, std::int64_t column) {
  return names.empty() ? fmt::format("column {}", column)
                       : fmt::format("column \"{}\"", names[static_cast<std::size_t>(column)]);
}

/// Where an element of a sample stands, in the order of the file.
std::string element_text(const SampleShape& shape, const std::vector<std::string>& columns,
                         std::int64_t element) {
  const auto& image = shape.image;
  if (!image.known()) return column_text(columns, element);
  const auto pixels = image.height * image.width;
  const auto pixel = shape.channels_first ? element % pixels : element / image.channels;
  const auto channel = shape.channels_first ? element / pixels : element % image.channels;
  const auto place = fmt::format("pixel [{}, {}]", pixel / image.width, pixel % image.width);
  return image.channels > 1 ? fmt::format("{} of channel {}", place, channel) : place;
}

void require_finite(const FileHalf& half, const std::vector<std::string>& columns, const SampleShape& shape) {
  const auto* values = std::get_if<std::vector<double>>(&half.samples.elements);
  if (values == nullptr) return;
  const auto bad = std::find_if(values->begin(), values->end(), [](double value) {
    return !(std::abs(value) <= std::numeric_limits<float>::max());
  });
  if (bad == values->end()) return;
  const auto at = bad - values->begin();
  throw Error(fmt::format(
      "{}: {}, {} is {}; only finite numbers below 3.4e38 can be trained on, mend or remove the sample",
      half.samples.where, half.place(at / shape.length), element_text(shape, columns, at % shape.length),
      *bad));
}

std::vector<std::uint8_t> checked_labels(const FileHalf& half, std::int64_t classes) {
  if (half.samples.shape.empty() || half.samples.shape[0] != half.size())
    throw Error(fmt::format("{}: holds {} labels, but {} holds {} samples; use files of one set",
                            half.labels_where, half.size(), half.samples.where,
                            half.samples.shape.empty() ? 0 : half.samples.shape[0]));
  std::vector<std::uint8_t> labels;
  labels.reserve(half.labels.size());
  for (std::size_t i = 0; i < half.labels.size(); ++i) {
    if (half.labels[i] < 0 || half.labels[i] >= classes)
      throw Error(fmt::format(
          "{}: label {} of {} is outside the {} classes (0 to {}); set \"classes\" (2 to "
          "64) to one more than the largest label, or number the labels from 0",
          half.labels_where, half.labels[i], half.place(static_cast<std::int64_t>(i)), classes, classes - 1));
    labels.push_back(static_cast<std::uint8_t>(half.labels[i]));
  }
  return labels;
}

Dataset dataset_of(FileHalf half, const FileSet& set, const Recipe& recipe, Split split) {
  const auto shape = sample_shape(half.samples, recipe.data.shape);
  if (shape.length != recipe.inputs)
    throw Error(fmt::format("{}: samples have {} elements, but the recipe's \"inputs\" is {}; {}",
                            half.samples.where, shape.length, recipe.inputs,
                            split == Split::test
                                ? "give test samples of the shape of those for training"
                                : fmt::format("set \"inputs\" to {}, or leave it out", shape.length)));
  const auto names = static_cast<std::int64_t>(set.class_names.size());
  if (names > recipe.classes)
    throw Error(
        fmt::format("{}: has {} classes ({}), but the recipe's \"classes\" is {}; set it to {}, or leave "
                    "it out",
                    half.labels_where, names, fmt::join(set.class_names, ", "), recipe.classes, names));
  require_finite(half, set.column_names, shape);
  Dataset data{.inputs = shape.length, .classes = recipe.classes};
  data.labels = checked_labels(half, recipe.classes);
  data.samples = std::visit(
      [&](auto& elements) {
        return Samples(shape.channels_first ? channels_last(elements, shape.image) : std::move(elements),
                       shape.length);
      },
      half.samples.elements);
  data.height = shape.image.height;
  data.width = shape.image.width;
  data.channels = shape.image.channels;
  data.class_names = set.class_names;
  return data;
}

/// A share of each class goes to the test; both halves in a random order.
std::pair<Dataset, Dataset> split_by_share(const Dataset& all, const Recipe& recipe,
                                           const std::string& where) {
  std::vector<std::int64_t> kept(static_cast<std::size_t>(all.classes), 0);
  for (const auto label : all.labels) ++kept[label];
  for (auto& count : kept) count = std::llround(recipe.data.files.test_share * static_cast<double>(count));
  std::vector<std::uint32_t> train, test;
  for (const auto sample : random_permutation({recipe.seed, Purpose::data_split}, all.labels.size()))
    (kept[all.labels[sample]]-- > 0 ? test : train).push_back(sample);
  if (test.empty() || train.empty())
    throw Error(
        fmt::format("{}: a share of {} of {} samples leaves one half without any; give a file of test "
                    "samples by data.test, or another data.test_share",
                    where, recipe.data.files.test_share, all.size()));
  const auto selected = [&](const std::vector<std::uint32_t>& samples) {
    Dataset half = all;
    half.samples = all.samples.selected(samples);
    half.labels.clear();
    for (const auto sample : samples) half.labels.push_back(all.labels[sample]);
    return half;
  };
  return {selected(train), selected(test)};
}

Standardisation learnt(const Dataset& train, const FileSet& set, const std::string& where) {
  const bool image = train.height > 0;
  auto result = standardisation_of(train.samples, image ? train.channels : train.inputs);
  const auto constant = std::find(result.deviation.begin(), result.deviation.end(), 0.0);
  if (constant == result.deviation.end()) return result;
  const auto entry = static_cast<std::size_t>(constant - result.deviation.begin());
  const auto name = image ? fmt::format("channel {}", entry)
                          : column_text(set.column_names, static_cast<std::int64_t>(entry));
  throw Error(fmt::format(
      "{}: {} is {} in all {} training samples, so it has no deviation to scale by; remove it, set "
      "data.standardise to false{}",
      where, name, result.mean[entry], train.size(),
      image ? "" : ", or name the image that a sample is by data.shape: all its pixels then scale alike"));
}

Samples as_values(const Samples& bytes) {
  const auto all = bytes.bytes();
  return {std::vector<double>(all.begin(), all.end()), bytes.length()};
}

/// The samples as the network gets them.
void standardise(Dataset& data, const Standardisation& with) {
  if (!data.samples.are_real()) data.samples = as_values(data.samples);
  data.samples = data.samples.standardised(std::make_shared<const Standardisation>(with));
}

}  // namespace

std::filesystem::path find_data_file(const std::string& name, const std::filesystem::path& data_dir,
                                     const std::string& key,
                                     const std::optional<std::filesystem::path>& beside) {
  std::error_code unreadable;  // counts as missing
  std::vector<std::filesystem::path> places{name};
  if (beside) {
    places.push_back(*beside / name);
    places.push_back(*beside / std::filesystem::path(name).filename());
  }
  if (!data_dir.empty()) places.insert(places.begin(), data_dir / name);
  for (const auto& place : places)
    for (const char* ending : {"", ".gz"}) {
      auto path = place;
      path += ending;
      if (std::filesystem::exists(path, unreadable)) return path;
    }
  throw Error(
      fmt::format("{}: there is no such file, neither {}nor in the current folder{}; mend {}, or name the "
                  "folder of the data with --data-dir (DataSource::folder) or STOIC_DATA_DIR",
                  name, data_dir.empty() ? "beside the recipe " : "in " + data_dir.string() + " ",
                  beside ? " nor beside the model" : "", key));
}

Dataset load_files(const Recipe& recipe, Split split, const std::filesystem::path& data_dir,
                   const TrainingData* known) {
  const bool train = split == Split::train;
  // Without a model that knows them, class names and standardisation are learnt on the training half.
  auto set = read_file_set(recipe.data.files, data_dir, {train || known == nullptr, !train},
                           known ? known->class_names : std::vector<std::string>());
  const auto where = set.train.samples.where;
  Dataset training, test;
  if (!where.empty()) training = dataset_of(std::move(set.train), set, recipe, Split::train);
  if (!set.has_test)
    std::tie(training, test) = split_by_share(training, recipe, where);
  else if (!train)
    test = dataset_of(std::move(set.test), set, recipe, Split::test);
  if (training.size() > 0 && test.size() > 0 && training.samples.are_real() != test.samples.are_real())
    throw Error(fmt::format("{}: holds {}, and the test samples are {}; save both with one type", where,
                            training.samples.are_real() ? "real values" : "bytes",
                            test.samples.are_real() ? "real values" : "bytes"));
  Dataset& data = train ? training : test;
  std::optional<Standardisation> scaling;
  if (known != nullptr)
    scaling = known->standardisation;
  else if (recipe.data.files.standardise.value_or(data.samples.are_real()))
    scaling = learnt(training, set, where);
  if (scaling) standardise(data, *scaling);
  data.origin = find_data_file(recipe.data.files.train, data_dir, "data.train", recipe.data.files.beside)
                    .parent_path()
                    .string();
  if (data.origin.empty()) data.origin = ".";
  return std::move(data);
}

FileShape shape_of_files(const DataRecipe& data, const std::filesystem::path& data_dir) {
  const auto set = read_file_set(data.files, data_dir, {true, false}, {});
  const auto shape = sample_shape(set.train.samples, data.shape);
  if (set.train.labels.empty()) throw Error(fmt::format("{}: holds no labels", set.train.labels_where));
  const auto [least, largest] = std::minmax_element(set.train.labels.begin(), set.train.labels.end());
  return {shape.length, *least, *largest + 1, shape.image};
}

}  // namespace stoic
