#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "stoic/host/data/dataset.hpp"
#include "stoic/host/model/recipe.hpp"
#include "stoic/host/model/training_data.hpp"

namespace stoic {

/// The half of the set "files" that `recipe` names: an IDX pair, a `.npz`, or a `.csv`, told by content.
///
/// Without test data of its own, a share of each class is kept for testing, drawn by the recipe's seed; both
/// halves are then in a random order. Standardisation and the names of classes are those of `known`, of a
/// model that was trained before, or else learnt on the training half alone.
///
/// Throws Error that names file and place (row, column, array, label) and remedy: missing files and arrays,
/// shapes and types that do not fit, counts that differ, labels outside the classes, NaN and infinity, and
/// values that never vary where they are to be standardised.
Dataset load_files(const Recipe& recipe, Split split, const std::filesystem::path& data_dir,
                   const TrainingData* known = nullptr);

/// What the training half of the files says of a network.
struct FileShape {
  std::int64_t inputs = 0, least_label = 0, classes = 0;  ///< classes: one more than the largest label
  ImageShape image;
};
FileShape shape_of_files(const DataRecipe& data, const std::filesystem::path& data_dir);

/// Where a file of the recipe is: in the data folder, seen from the current one, or from `beside`, there also
/// without the folders of its name; each also with ".gz". Throws Error, naming `key`, when it is in none.
std::filesystem::path find_data_file(const std::string& name, const std::filesystem::path& data_dir,
                                     const std::string& key,
                                     const std::optional<std::filesystem::path>& beside = {});

}  // namespace stoic
