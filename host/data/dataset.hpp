#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "stoic/host/data/samples.hpp"

namespace stoic {

struct Recipe;
struct TrainingData;

/// Labelled samples.
struct Dataset {
  std::int64_t inputs = 0;                    ///< elements of a sample
  std::int64_t classes = 0;                   ///< labels are below this
  Samples samples = {};                       ///< size() of them, `inputs` elements each
  std::vector<std::uint8_t> labels;           ///< [size()]
  std::int64_t height = 0, width = 0;         ///< of the picture that a sample is; 0: unknown
  std::int64_t channels = 1;                  ///< of its pixels, side by side
  std::vector<std::string> class_names = {};  ///< of those that are no numbers
  std::string origin = {};                    ///< folder of the files; empty: generated
  std::int64_t size() const { return static_cast<std::int64_t>(labels.size()); }

  /// The samples first ... first + count - 1; what they hold is not copied.
  Dataset part(std::int64_t first, std::int64_t count) const;
};

/// The two halves of every data set; nothing is ever chosen by looking at `test`.
enum class Split { train, test };

/// The data that `recipe` names: the first `train_samples` or `test_samples` of its set (0: all of them).
///
/// File sets ("mnist", "fashion-mnist") are the IDX files train-images-idx3-ubyte, train-labels-idx1-ubyte,
/// t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, each plain or with ".gz", in `data_dir`/SET or in
/// `data_dir`; an empty `data_dir` stands for $STOIC_DATA_DIR. Built-in sets are generated from the seed.
/// "files" are those that the recipe names (see load_files() in files.hpp); `known` is what a model that was
/// trained on them keeps of them.
/// Throws Error for missing or bad files, and for data that does not fit the recipe's inputs and classes.
Dataset load_data(const Recipe& recipe, Split split, const std::filesystem::path& data_dir = {},
                  const TrainingData* known = nullptr);

/// `data_dir`, or $STOIC_DATA_DIR when it is empty.
std::filesystem::path data_folder(std::filesystem::path data_dir);

/// The files of all file sets that there are in `data_dir`: what no command may write to.
std::vector<std::filesystem::path> data_files(std::filesystem::path data_dir = {});

/// Letters A-E of 7x7 pixels (paper 002, section 4): five classes in turn, 49 inputs. `pixel_noise` of the
/// pixels, chosen at random in each sample, are replaced by uniformly random greys.
Dataset make_letters(std::uint64_t seed, Split split, std::int64_t samples, double pixel_noise);

/// Digits 0-9 of 28x28 pixels: strokes with jittered control points under a random affine map, with random
/// thickness, ink and sensor noise. Ten classes in turn, 784 inputs. The number of threads (0: one for each
/// processor) changes no bit.
Dataset make_digits(std::uint64_t seed, Split split, std::int64_t samples, int threads = 0);

/// Points of a plane with real coordinates, mostly within ±1, their classes in turn (paper 001, figure 6):
///   "blobs"    around centres that are spread evenly over the circle of radius 3/4
///   "moons"    two half circles that reach into each other; two classes
///   "circles"  around the origin, class k at radius (k+1) / classes
///   "spirals"  arms of one and a half turns from the origin to radius 1
/// Both coordinates get normal noise of the standard deviation `noise`.
Dataset make_planar(const std::string& set, std::uint64_t seed, Split split, std::int64_t samples,
                    std::int64_t classes, double noise);

/// Uniformly random pixels and labels of any shape: exercises models for which there is no data.
Dataset make_random_pixels(std::uint64_t seed, Split split, std::int64_t samples, std::int64_t inputs,
                           std::int64_t classes);

}  // namespace stoic
