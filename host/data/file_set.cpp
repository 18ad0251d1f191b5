#include "stoic/host/data/file_set.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>
#include <utility>

#include "stoic/host/data/csv.hpp"
#include "stoic/host/data/files.hpp"
#include "stoic/host/data/idx.hpp"
#include "stoic/host/data/plain_bytes.hpp"
#include "stoic/host/model/npz.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/json.hpp"

namespace stoic {
namespace {

enum class Format { idx, npz, csv };

Format format_of(const std::filesystem::path& path) {
  PlainBytes plain(path);
  std::string start(6, '\0');
  start.resize(plain.read({reinterpret_cast<std::uint8_t*>(start.data()), start.size()}));
  if (start.empty()) throw Error(fmt::format("{}: is empty; give a file with samples", path.string()));
  if (start.starts_with("PK")) return Format::npz;
  if (start == "\x93NUMPY")
    throw Error(fmt::format("{}: is a single array; save samples and labels in one .npz by numpy.savez",
                            path.string()));
  return start[0] == '\0' ? Format::idx : Format::csv;
}

/// One whole number a sample, from a vector or a matrix of one column.
void take_labels(const NumberArray& array, FileHalf& half) {
  const auto fail = [&](const std::string& what) { throw Error(fmt::format("{}: {}", array.where, what)); };
  const bool vector = array.shape.size() == 1 || (array.shape.size() == 2 && array.shape[1] == 1);
  if (!vector)
    fail(
        fmt::format("has the shape ({}), but labels are one number a sample (numpy.argmax(labels, axis=1) "
                    "of rows with a 1)",
                    fmt::join(array.shape, ", ")));
  half.labels_where = array.where;
  half.labels.reserve(array.size());
  for (std::size_t i = 0; i < array.size(); ++i) {
    const double label = array[i];
    if (label != std::floor(label) || std::abs(label) > 1e15)
      fail(fmt::format("label {} of row {} is no whole number; labels count the classes from 0", label, i));
    if (label < 0) fail(fmt::format("label {} of row {} is below 0; number the labels from 0", label, i));
    half.labels.push_back(static_cast<std::int64_t>(label));
  }
}

std::filesystem::path labels_file(const DataFiles& files, const std::filesystem::path& samples,
                                  const std::filesystem::path& data_dir, bool train) {
  const auto& name = train ? files.train_labels : files.test_labels;
  const char* key = train ? "data.train_labels" : "data.test_labels";
  if (name.empty())
    throw Error(
        fmt::format("{}: is an IDX file of samples, whose labels are a file of their own; name it by {}",
                    samples.string(), key));
  return find_data_file(name, data_dir, key, files.beside);
}

FileHalf read_idx_half(const DataFiles& files, const std::filesystem::path& path,
                       const std::filesystem::path& data_dir, bool train) {
  FileHalf half;
  half.samples = read_idx_numbers(path);
  take_labels(read_idx_numbers(labels_file(files, path, data_dir, train)), half);
  return half;
}

FileHalf read_npz_half(const DataFiles& files, const NpzReader& file, const std::string& path, bool train) {
  const std::size_t first = train ? 0 : 2;
  const char* keys[] = {"data.arrays.train", "data.arrays.train_labels", "data.arrays.test",
                        "data.arrays.test_labels"};
  FileHalf half;
  half.samples = read_numbers(file, path, files.arrays[first], keys[first]);
  take_labels(read_numbers(file, path, files.arrays[first + 1], keys[first + 1]), half);
  return half;
}

FileSet read_npz_set(const DataFiles& files, const std::filesystem::path& path,
                     const std::filesystem::path& data_dir, WantedHalves wanted) {
  const NpzReader file(path);
  FileSet set;
  set.has_test = !files.test.empty() || file.has(files.arrays[2]) || file.has(files.arrays[3]);
  if (wanted.train || !set.has_test) set.train = read_npz_half(files, file, path.string(), true);
  if (!wanted.test || !set.has_test) return set;
  if (files.test.empty()) {
    set.test = read_npz_half(files, file, path.string(), false);
    return set;
  }
  const auto other = find_data_file(files.test, data_dir, "data.test", files.beside);
  set.test = read_npz_half(files, NpzReader(other), other.string(), false);
  return set;
}

/// A whole number from 0 on, as labels that count classes are; nothing for names.
std::optional<std::int64_t> counted(std::string_view label) {
  if (label.empty() || label.size() > 15 || label.find_first_not_of("0123456789") != label.npos) return {};
  return std::stoll(std::string(label));
}

void check_name(const std::string& name, const std::string& where) {
  constexpr std::size_t longest = 100;
  const bool plain = std::none_of(
      name.begin(), name.end(), [](char c) { return (static_cast<unsigned char>(c) < ' ') || c == '\x7f'; });
  bool utf8 = true;
  try {
    (void)nlohmann::json(name).dump();
  } catch (const nlohmann::json::exception&) {
    utf8 = false;
  }
  if (!plain || !utf8 || name.size() > longest)
    throw Error(fmt::format("{}: a label is no name of up to {} characters (UTF-8); is it the label column?",
                            where, longest));
}

/// Numbers the labels of a table: as they count, or by the order of their names.
FileHalf half_of_table(CsvTable table, const std::vector<std::string>& names) {
  FileHalf half;
  half.samples = {
      table.where, {table.size(), static_cast<std::int64_t>(table.names.size())}, std::move(table.values)};
  half.labels_where = table.where;
  half.place = [lines = table.lines](std::int64_t row) {
    return fmt::format("line {}", lines[static_cast<std::size_t>(row)]);
  };
  for (std::size_t i = 0; i < table.labels.size(); ++i) {
    const auto& label = table.labels[i];
    if (names.empty()) {
      half.labels.push_back(counted(label).value_or(-1));
      if (half.labels.back() < 0)
        throw Error(
            fmt::format("{}: line {}: label \"{}\" is no number, and those of the training are; use "
                        "files of one set",
                        table.where, table.lines[i], label));
      continue;
    }
    const auto found = std::find(names.begin(), names.end(), label);
    if (found == names.end())
      throw Error(fmt::format("{}: line {}: label \"{}\" is none of the training's: {}", table.where,
                              table.lines[i], label, fmt::join(names, ", ")));
    half.labels.push_back(found - names.begin());
  }
  return half;
}

/// The names of the classes of the training, sorted; none when all labels count.
std::vector<std::string> names_in(const CsvTable& table) {
  if (std::all_of(table.labels.begin(), table.labels.end(), [](const auto& l) { return counted(l); }))
    return {};
  std::set<std::string> names;
  for (const auto& label : table.labels) {
    check_name(label, table.where);
    names.insert(label);
    if (std::ssize(names) > most_classes)
      throw Error(
          fmt::format("{}: has more than {} different labels; is it the label column? name another by "
                      "data.label or data.label_column",
                      table.where, most_classes));
  }
  return {names.begin(), names.end()};
}

FileSet read_csv_set(const DataFiles& files, const std::filesystem::path& path,
                     const std::filesystem::path& data_dir, WantedHalves wanted,
                     const std::vector<std::string>& class_names) {
  const CsvOptions options{files.label, files.label_column, files.header};
  FileSet set;
  auto table = read_csv(path, options);
  set.column_names = table.names;
  set.class_names = class_names.empty() ? names_in(table) : class_names;
  set.has_test = !files.test.empty();
  if (wanted.test && set.has_test) {
    const auto other_path = find_data_file(files.test, data_dir, "data.test", files.beside);
    auto other = read_csv(other_path, options);
    if (other.names.size() != table.names.size())
      throw Error(fmt::format("{}: has {} features, but {} has {}; use files of one set", other.where,
                              other.names.size(), table.where, table.names.size()));
    if (other.named && table.named && other.names != table.names)
      throw Error(
          fmt::format("{}: its columns have other names, or another order, than those of {}; use "
                      "files of one set",
                      other.where, table.where));
    set.test = half_of_table(std::move(other), set.class_names);
  }
  set.train = half_of_table(std::move(table), set.class_names);
  return set;
}

/// Keys of other kinds of files would be believed to do something.
void refuse_other_keys(const DataFiles& files, Format format, const std::filesystem::path& path) {
  const auto refuse = [&](bool given, const char* key, const char* kind) {
    if (given)
      throw Error(
          fmt::format("{}: is no {}; remove data.{}, which is for such files", path.string(), kind, key));
  };
  if (format == Format::idx && files.test.empty() && !files.test_labels.empty())
    throw Error(
        fmt::format("{}: labels for testing without samples; name those by data.test, or remove "
                    "data.test_labels",
                    files.test_labels));
  if (format != Format::idx && !files.train_labels.empty())
    throw Error(fmt::format(
        "{}: is no IDX file, of which data.train_labels holds the labels; name the right file, or "
        "remove data.train_labels",
        path.string()));
  refuse(format != Format::idx && !files.test_labels.empty(), "test_labels", "IDX file");
  if (format != Format::csv) {
    refuse(!files.label.empty(), "label", ".csv");
    refuse(files.label_column > 0, "label_column", ".csv");
    refuse(files.header.has_value(), "header", ".csv");
  }
  refuse(format != Format::npz && files.arrays != DataFiles().arrays, "arrays", ".npz");
}

}  // namespace

FileSet read_file_set(const DataFiles& files, const std::filesystem::path& data_dir, WantedHalves wanted,
                      const std::vector<std::string>& class_names) {
  const auto path = find_data_file(files.train, data_dir, "data.train", files.beside);
  const auto format = format_of(path);
  refuse_other_keys(files, format, path);
  switch (format) {
    case Format::npz:
      return read_npz_set(files, path, data_dir, wanted);
    case Format::csv:
      return read_csv_set(files, path, data_dir, wanted, class_names);
    case Format::idx:
      break;
  }
  FileSet set;
  set.has_test = !files.test.empty();
  if (wanted.train || !set.has_test) set.train = read_idx_half(files, path, data_dir, true);
  if (wanted.test && set.has_test)
    set.test = read_idx_half(files, find_data_file(files.test, data_dir, "data.test", files.beside), data_dir,
                             false);
  return set;
}

}  // namespace stoic
