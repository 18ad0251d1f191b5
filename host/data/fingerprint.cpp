#include "stoic/host/data/fingerprint.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <set>
#include <span>
#include <string_view>
#include <vector>

#include "stoic/host/model/recipe.hpp"
#include "stoic/sim/io/json.hpp"

namespace stoic {
namespace {

template <class Numbers>
std::uint32_t checksum(const Numbers& numbers) {
  const auto bytes = std::as_bytes(std::span(numbers));
  return static_cast<std::uint32_t>(::crc32_z(
      ::crc32_z(0, nullptr, 0), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

const DataHalf* half(const TrainingData& known, Split split) {
  if (split == Split::train) return &known.training;
  return known.test ? &*known.test : nullptr;
}

}  // namespace

bool is_generated(const Recipe& recipe) {
  const auto& set = recipe.data.set;
  return set == "letters" || set == "digits" || set == "random" || is_planar(set);
}

std::string data_key(const Recipe& recipe) {
  const auto& data = recipe.data;
  if (data.set == "files") {  // of which a share may be drawn by the seed
    const auto seed = data.files.test.empty() ? recipe.seed : 0;
    return fmt::format("{} {} {} {}", json_text(data_json(data)), recipe.inputs, recipe.classes, seed);
  }
  return fmt::format("{} {} {} {} {} {} {}", data.set, data.train_samples, data.test_samples,
                     is_planar(data.set) ? data.noise : data.pixel_noise, recipe.inputs, recipe.classes,
                     is_generated(recipe) ? recipe.seed : 0);
}

std::string fingerprint(const Dataset& data) {
  const auto samples =
      data.samples.are_real() ? checksum(data.samples.values()) : checksum(data.samples.bytes());
  return fmt::format("{:08x}{:08x}", samples, checksum(data.labels));
}

std::string fingerprint(const Model& model) {
  auto sum = ::crc32_z(0, nullptr, 0);
  const auto add = [&](const auto& matrix) {
    if (matrix.size() == 0) return;  // zlib begins anew where there is no address
    sum = ::crc32_z(sum, reinterpret_cast<const unsigned char*>(matrix.data()),
                    static_cast<std::size_t>(matrix.size()) * sizeof(double));
  };
  add(model.W_in);
  add(model.b_in);
  for (const auto& filters : model.convolutions) add(filters);
  for (const auto& [name, matrix] : model.matrices) add(matrix);
  if (model.recipe.attractors().size() == 0) add(model.W_out);
  return fmt::format("{:08x}", sum);
}

std::int64_t distinct_samples(const Samples& samples) {
  const auto* first = samples.are_real() ? reinterpret_cast<const char*>(samples.values().data())
                                         : reinterpret_cast<const char*>(samples.bytes().data());
  const auto each = static_cast<std::size_t>(samples.length()) * (samples.are_real() ? sizeof(double) : 1);
  std::set<std::string_view> seen;
  for (std::int64_t s = 0; s < samples.size(); ++s)
    seen.emplace(first + static_cast<std::size_t>(s) * each, each);
  return std::ssize(seen);
}

DataHalf half_of(const Dataset& data) { return {data.size(), fingerprint(data)}; }

TrainingData training_data(const Recipe& recipe, const Dataset& training, const Dataset* test) {
  TrainingData result{.set = recipe.data.set,
                      .inputs = training.inputs,
                      .height = training.height,
                      .width = training.width,
                      .channels = training.channels,
                      .classes = training.classes,
                      .class_names = training.class_names,
                      .training = half_of(training)};
  if (const auto* scaling = training.samples.standardisation()) result.standardisation = *scaling;
  if (is_generated(recipe)) result.seed = recipe.seed;
  if (test != nullptr) result.test = half_of(*test);
  return result;
}

std::optional<bool> is_data_of(const TrainingData& known, Split split, const Dataset& found) {
  const auto* own = half(known, split);
  if (own == nullptr) return {};
  return found.inputs == known.inputs && half_of(found) == *own;
}

std::string other_data_text(const TrainingData& known, Split split, const Recipe& recipe,
                            const Dataset& found) {
  const auto* own = half(known, split);
  const auto seed = [](const std::optional<std::uint64_t>& number) {
    return number ? fmt::format(" of seed {}", *number) : "";
  };
  return fmt::format(
      "the {} data here ({}{}, {}) is not that of the training ({}{}, {}); {}",
      split == Split::train ? "training" : "test",
      found.origin.empty() ? recipe.data.set : fmt::format("{} from {}", recipe.data.set, found.origin),
      seed(is_generated(recipe) ? std::optional(recipe.seed) : std::nullopt), half_text(half_of(found)),
      known.set, seed(known.seed), own == nullptr ? "unknown" : half_text(*own),
      found.origin.empty() ? "its recipe was changed, or another version or machine generates it: train again"
                           : "name the folder of the right files with --data-dir (DataSource::folder) or "
                             "STOIC_DATA_DIR, or train "
                             "on these");
}

}  // namespace stoic
