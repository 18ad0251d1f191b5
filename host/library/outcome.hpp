#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "stoic/host/data/dataset.hpp"
#include "stoic/host/library/reproduce.hpp"
#include "stoic/host/model/recipe.hpp"
#include "stoic/host/model/training_data.hpp"
#include "stoic/sim/contract/config.hpp"

namespace stoic {

/// The data of recipes here, as far as it is read from files; the latest is kept, since rows share it.
class FilesHere {
 public:
  explicit FilesHere(std::string data_dir) : data_dir_(std::move(data_dir)) {}
  struct Halves {
    Dataset training, test;
  };
  /// Nothing of data that the recipe makes, and where there are no files: then nothing can be mixed up, and
  /// whoever must train says why it cannot.
  const std::optional<Halves>& of(const Recipe& recipe);

 private:
  std::string data_dir_, key_;
  std::optional<Halves> halves_;
};

/// Throws Error, naming `file`, when `known`, what it says of its data, is not what is here: the rows of a
/// table must not differ in that.
void require_data(const std::filesystem::path& file, const TrainingData& known, const Recipe& recipe,
                  const Dataset& training, const Dataset& test);

/// The outcome that an earlier run left as `stem`.json, if it is of this recipe and this instance. Files of
/// earlier versions, which know neither instance nor data, are taken. Throws Error for a file that holds no
/// outcome, and for an outcome on other data than the files here.
std::optional<ReproducedTraining> stored_outcome(const Recipe& recipe, const std::filesystem::path& stem,
                                                 const HardwareConfig& hw, FilesHere& files);
void store_outcome(const Recipe& recipe, const std::filesystem::path& stem, const HardwareConfig& hw,
                   const TrainingData& data, const ReproducedTraining& outcome);

}  // namespace stoic
