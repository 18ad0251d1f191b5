#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "stoic/host/data/number_array.hpp"
#include "stoic/host/model/data_recipe.hpp"

namespace stoic {

/// Samples and labels as files hold them, before anything is checked against a recipe.
struct FileHalf {
  NumberArray samples;  ///< [count, ...]
  std::string labels_where;
  std::vector<std::int64_t> labels;
  /// Where sample and label number `row` stand, for messages: "row 3", "line 4".
  std::function<std::string(std::int64_t row)> place = [](std::int64_t row) {
    return "row " + std::to_string(row);
  };
  std::int64_t size() const { return static_cast<std::int64_t>(labels.size()); }
};

/// What the files of a recipe hold.
struct FileSet {
  FileHalf train, test;
  bool has_test = false;                  ///< else a share of `train` is to be taken
  std::vector<std::string> class_names;   ///< of labels that are no numbers, in the order of their numbers
  std::vector<std::string> column_names;  ///< of a .csv
};

/// Which halves are wanted. Without test files the training half is read all the same.
struct WantedHalves {
  bool train = true, test = true;
};

/// Reads them. `class_names` of a model that was trained before number the labels. Throws Error.
FileSet read_file_set(const DataFiles& files, const std::filesystem::path& data_dir, WantedHalves wanted,
                      const std::vector<std::string>& class_names);

}  // namespace stoic
