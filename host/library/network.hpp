#pragma once
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stoic/host/data/dataset.hpp"
#include "stoic/host/library/matrix.hpp"
#include "stoic/sim/contract/config.hpp"
#include "stoic/sim/contract/image.hpp"

/// What a program outside this repository calls: networks from recipe to image, in plain values. Whatever is
/// wrong throws stoic::Error with one line that names the file or key, the place and the remedy.
namespace stoic {

struct Model;

/// Matrices under the names that they have in an `.npz` of a model: "W_in", "W_out", the system's own.
using NamedMatrices = std::map<std::string, Matrix>;

/// A trained network: a recipe and its matrices. It never changes; copies share what they hold.
class Network {
 public:
  /// The network of a recipe (JSON text) with these matrices, as `numpy.savez` would write them. Throws Error
  /// for one that is missing, has another shape or holds no finite numbers.
  Network(std::string_view recipe, const NamedMatrices& matrices, bool single_precision = true);
  /// Reads an `.npz`, ours or one that NumPy wrote.
  static Network read(const std::filesystem::path& path);
  /// The same of a file's content; `where` is its name in messages.
  static Network parse(std::string bytes, const std::string& where);
  /// At once or not at all. The same network gives the same bytes.
  void write(const std::filesystem::path& path) const;

  /// All keys of the recipe, as JSON text.
  std::string recipe() const;
  NamedMatrices matrices() const;

  /// The library's own form; its header is not installed.
  explicit Network(std::shared_ptr<const Model> model) : model_(std::move(model)) {}
  const Model& model() const { return *model_; }

 private:
  std::shared_ptr<const Model> model_;
};

/// The matrices of a recipe's dynamical system before training, such as "W_reservoir", which its seed draws.
NamedMatrices system_matrices(std::string_view recipe);

/// The data that a recipe names; see load_data() in dataset.hpp.
Dataset network_data(std::string_view recipe, Split split, const std::filesystem::path& data_dir = {});

struct NetworkTraining {
  int threads = 0;                        ///< 0: all cores; changes no bit
  std::filesystem::path checkpoint = {};  ///< empty: none
  bool resume = false;                    ///< continue from the checkpoint if there is one
  /// When it becomes true, the training stops after the current batch.
  const std::atomic<bool>* stop = nullptr;
  /// Called after every batch, with the batches done, all batches and the mean loss of this epoch so far.
  std::function<void(std::int64_t done, std::int64_t all, double loss)> progress = {};
};

/// Trains a recipe in single precision. Nothing when `stop` has stopped it.
std::optional<Network> train_network(std::string_view recipe, const Dataset& data,
                                     const NetworkTraining& options = {});

/// What became of a labelled data set.
struct NetworkResult {
  double accuracy = 0;                  ///< share of right decisions
  std::vector<std::uint8_t> decisions;  ///< class with the largest output, the first on a tie
  Matrix outputs;                       ///< [classes x samples]: real numbers in float, codes in fixed point
  std::int64_t cycles = 0;              ///< in fixed point: of one sample, without stalls
  std::int64_t saturations = 0;         ///< in fixed point: elements, of all samples
};

/// In float, in the precision of the network.
NetworkResult evaluate_network(const Network& network, const Dataset& data, int threads = 0);

/// Quantises a network and lowers it to a program of an accelerator instance; training data calibrates.
Image compile_network(const Network& network, const Dataset& calibration, const HardwareConfig& config);

/// An image on the golden model, bit for bit what the accelerator computes.
NetworkResult evaluate_image(const Image& image, const Dataset& data, int threads = 0);

}  // namespace stoic
