#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "stoic/host/kernels/image_shape.hpp"
#include "stoic/sim/io/json.hpp"

namespace stoic {

/// Which files the set "files" is; see models/README.md.
struct DataFiles {
  std::string train;         ///< IDX of samples, .npz or .csv; a path from the data folder or the current one
  std::string train_labels;  ///< IDX
  std::string test;          ///< empty: a share of `train`, or the test arrays of its .npz
  std::string test_labels;   ///< IDX
  /// Names in a .npz: samples and labels for training, then for testing.
  std::array<std::string, 4> arrays{"x_train", "y_train", "x_test", "y_test"};
  std::string label;              ///< name of the column with the labels; empty: `label_column`
  std::int64_t label_column = 0;  ///< the same by number, from 1; 0: the last one
  std::optional<bool> header;     ///< whether the first line names the columns; nothing: told by its content
  double test_share = 0.2;        ///< without `test`: share of each class that is kept for testing
  std::optional<bool> standardise;  ///< nothing: of real values yes, of bytes no
  /// Folder of the model or image that the recipe came with, where files are looked for last; no key of it.
  std::optional<std::filesystem::path> beside = {};
};

/// Where samples come from. Noise of the data is part of the data.
struct DataRecipe {
  /// "letters", "digits", "random", "blobs", "moons", "circles", "spirals" (built in), "mnist",
  /// "fashion-mnist" (IDX files, of any size), "cifar-10" (binary batches), "files" (your own). Default: what
  /// such a network is usually trained on, by inputs and classes: letters (49, 5), mnist (784, 10), else
  /// random.
  std::string set;
  /// The first so many; 0 (default): all (files) or 20000 digits, 5000 letters, 2000 points of a plane, 1000.
  std::int64_t train_samples;
  std::int64_t
      test_samples;    ///< the first so many; 0 (default): all (files) or 10000 digits, 10000 letters, 1000
  double pixel_noise;  ///< letters only: share of pixels replaced by random greys, 0 to 1; default 0.3
  ImageShape shape = {};  ///< "files" and "random": what a sample is a picture of
  DataFiles files = {};   ///< of the set "files"
  double noise = 0;  ///< sets in the plane: standard deviation of both coordinates, 0 to 10; default 0.1,
                     ///< of spirals 0.03
};

/// Whether the samples of a built-in set are points of a plane.
bool is_planar(const std::string& set);

/// The key "shape" of "data", [height, width] or [height, width, channels]; unknown without it. Of the sets
/// that have one shape, that. Throws Error.
ImageShape read_shape(JsonReader& data);

/// Reads and checks "data"; a network without the key has the set that such a one is usually trained on.
/// Throws Error.
DataRecipe read_data(JsonReader json, std::int64_t inputs, std::int64_t classes);
nlohmann::ordered_json data_json(const DataRecipe& data);

}  // namespace stoic
