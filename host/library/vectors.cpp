#include "stoic/host/library/vectors.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <set>

#include "stoic/host/compare/vector_pairs.hpp"
#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/data/first_samples.hpp"
#include "stoic/host/library/work.hpp"
#include "stoic/host/model/npz.hpp"
#include "stoic/host/report/text_table.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"
#include "stoic/sim/io/folder.hpp"
#include "stoic/sim/io/json.hpp"

namespace stoic {
namespace {

/// "x" of "x(1)"
std::string kind_of(const std::string& name) { return name.substr(0, name.find('(')); }

/// Collects the vectors that are wanted, chunk by chunk.
class VectorCollector {
 public:
  VectorCollector(const VectorsOptions& options, std::int64_t samples)
      : options_(options), samples_(samples) {}

  void take(const VectorPair& pair) {
    if (pair.index == at_.size()) begin(pair);
    if (!at_[pair.index]) return;
    auto& vector = vectors_[*at_[pair.index]];
    const auto elements = vector.reference.rows();
    for (std::int64_t s = 0; s < pair.samples; ++s)
      for (std::int64_t i = 0; i < elements; ++i) {
        const auto sample = pair.first_sample + s;
        vector.reference(i, sample) = (*pair.reference)(i, pair.first_column + s);
        vector.codes[static_cast<std::size_t>(sample * elements + i)] = pair.code(s, i);
      }
  }

  /// Throws Error for a name that no vector had.
  std::vector<NetworkVector> all() && {
    for (const auto& name : options_.names)
      if (!known_.contains(name)) {
        const std::vector<std::string> known(known_.begin(), known_.end());
        const auto near = nearest_word(name, known);
        throw Error(fmt::format("{}: no vector is called {}; {}", options_.name, name,
                                near.empty() ? fmt::format("there are {}", fmt::join(known, ", "))
                                             : "did you mean " + near + "?"));
      }
    return std::move(vectors_);
  }

 private:
  void begin(const VectorPair& pair) {
    const auto& names = options_.names;
    const auto kind = kind_of(pair.name);
    known_.insert({pair.name, kind});
    at_.emplace_back();
    if (!names.empty() && std::find(names.begin(), names.end(), pair.name) == names.end() &&
        std::find(names.begin(), names.end(), kind) == names.end())
      return;
    const auto elements = pair.reference->rows();
    constexpr std::int64_t most_bytes = std::int64_t{1} << 31;
    bytes_ += elements * samples_ * static_cast<std::int64_t>(sizeof(double) + sizeof(std::int32_t));
    if (bytes_ > most_bytes)
      throw Error(fmt::format(
          "{}: the vectors of {} samples take more than 2 GiB; name fewer vectors, or take fewer samples",
          options_.name, samples_));
    at_.back() = vectors_.size();
    vectors_.push_back({.name = pair.name,
                        .kind = kind,
                        .program_word = pair.slot,
                        .fraction_bits = pair.fraction_bits,
                        .reference = Matrix(elements, samples_),
                        .codes = std::vector<std::int32_t>(static_cast<std::size_t>(elements * samples_))});
  }

  const VectorsOptions& options_;
  std::int64_t samples_;
  std::int64_t bytes_ = 0;
  std::vector<std::optional<std::size_t>> at_;  // by index of a pair: its place in vectors_
  std::vector<NetworkVector> vectors_;
  std::set<std::string> known_;
};

/// "x(1)" as "x-1.npz"; every vector another.
std::vector<std::string> vector_files(const std::vector<NetworkVector>& vectors) {
  std::vector<std::string> files;
  std::set<std::string> taken;
  for (const auto& vector : vectors) {
    std::string stem;
    for (const char c : vector.name)
      if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_')
        stem += c;
      else if (!stem.empty() && stem.back() != '-')
        stem += '-';
    while (!stem.empty() && stem.back() == '-') stem.pop_back();
    const auto plain = stem;
    for (int copy = 2; !taken.insert(stem).second; ++copy) stem = fmt::format("{}-{}", plain, copy);
    files.push_back(stem + ".npz");
  }
  return files;
}

std::string vector_bytes(const NetworkVector& vector, const std::vector<std::uint8_t>& labels,
                         const std::string& file) {
  const auto elements = vector.reference.rows(), samples = vector.reference.cols();
  const auto numbers = [](const Matrix& matrix) {
    return std::span<const double>(matrix.data(), static_cast<std::size_t>(matrix.size()));
  };
  const Matrix fixed = vector.fixed();
  const std::int64_t fraction_bits[] = {vector.fraction_bits};
  const NpzArray arrays[] = {npz_array("float", {samples, elements}, numbers(vector.reference)),
                             npz_array("golden", {samples, elements}, numbers(fixed)),
                             npz_array("codes", {samples, elements}, vector.codes),
                             npz_array("fraction_bits", {}, fraction_bits),
                             npz_array("labels", {samples}, labels)};
  return npz_bytes(arrays, file);
}

}  // namespace

std::vector<std::string> listed_vectors(const std::filesystem::path& folder) {
  std::vector<std::string> files;
  std::error_code missing;
  const auto list = folder / vectors_list;
  if (!std::filesystem::is_regular_file(list, missing)) return files;
  const auto json = try_parse_json(read_file(list));
  if (!json || !json->is_object() || !json->contains("vectors") || !json->at("vectors").is_array())
    return files;
  for (const auto& vector : json->at("vectors"))
    if (vector.is_object() && vector.contains("file") && vector.at("file").is_string())
      files.push_back(vector.at("file"));
  if (!files.empty()) files.emplace_back(vectors_list);
  return files;
}

Matrix NetworkVector::fixed() const {
  Matrix result(reference.rows(), reference.cols());
  for (std::size_t i = 0; i < codes.size(); ++i)
    result.data()[i] = std::ldexp(codes[i], -static_cast<int>(fraction_bits));
  return result;
}

double NetworkVector::largest_error() const {
  const Matrix real = fixed();
  double largest = 0;
  for (std::int64_t i = 0; i < real.size(); ++i)
    largest = std::max(largest, std::abs(real.data()[i] - reference.data()[i]));
  return largest;
}

VectorsResult vectors(const Network& network, const VectorsOptions& options) {
  const auto hw = options.hw ? *options.hw : load_hardware_config("default");
  const auto& model = network.model();
  Warnings warnings(options.listener);
  auto check = data_check(warnings, options.name, model.training_data);
  const auto data = first_samples(load(check, options.data, model.recipe, Split::test), options.limit);
  const auto image =
      compile_image(model, calibrate(model, load(check, options.data, model.recipe, Split::train)), hw);
  VectorCollector collector(options, data.size());
  Work work(options.listener, "vectors", data.size());
  for_each_vector_pair(model, image, data, data.size(), [&](const VectorPair& pair) {
    collector.take(pair);
    work.show(pair.first_sample, pair.name);
  });
  return {.vectors = std::move(collector).all(),
          .labels = data.labels,
          .hw = hw.name,
          .data_matches = check.matches(),
          .warnings = warnings.all()};
}

std::string VectorsResult::print() const {
  Rows rows{{"vector", "program word", "elements", "fraction bits", "largest error"}};
  for (const auto& v : vectors)
    rows.push_back({v.name, fmt::format("{}", v.program_word), fmt::format("{}", v.reference.rows()),
                    fmt::format("{}", v.fraction_bits), fmt::format("{:.3g}", v.largest_error())});
  return fmt::format("vectors of {} samples in float and on {}\n",
                     grouped(static_cast<std::int64_t>(labels.size())), hw) +
         table(rows);
}

nlohmann::ordered_json VectorsResult::json() const {
  auto rows = nlohmann::ordered_json::array();
  for (const auto& v : vectors)
    rows.push_back({{"name", v.name},
                    {"program_word", v.program_word},
                    {"elements", v.reference.rows()},
                    {"fraction_bits", v.fraction_bits},
                    {"largest_error", v.largest_error()}});
  return {{"hw", hw},
          {"samples", labels.size()},
          {"vectors", rows},
          {"data_matches", matches_json(data_matches)}};
}

void require_vectors_folder(const std::filesystem::path& folder) {
  std::error_code missing;
  if (std::filesystem::exists(folder, missing) && !std::filesystem::is_directory(folder, missing))
    throw Error(fmt::format("{}: is no folder; name another", folder.string()));
  const auto ours = listed_vectors(folder);
  if (const auto foreign = foreign_entry(folder, ours, !ours.empty()); !foreign.empty())
    throw Error(fmt::format(
        "{}: holds other things than vectors of this command, such as {}; choose an empty or a new folder",
        folder.string(), foreign));
}

std::vector<std::string> VectorsResult::write(const std::filesystem::path& folder) const {
  require_vectors_folder(folder);
  auto list = json();
  auto names = vector_files(vectors);
  std::vector<NamedFile> files;
  for (std::size_t i = 0; i < vectors.size(); ++i) {
    list["vectors"][i]["file"] = names[i];
    files.push_back({names[i], vector_bytes(vectors[i], labels, names[i])});
  }
  files.insert(files.begin(), {vectors_list, json_text(list, 2) + "\n"});
  names.insert(names.begin(), vectors_list);
  write_folder(folder, files, listed_vectors(folder));
  return names;
}

}  // namespace stoic
