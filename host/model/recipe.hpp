#pragma once
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stoic/host/dynamics/systems.hpp"
#include "stoic/host/kernels/convolution.hpp"
#include "stoic/host/model/data_recipe.hpp"

namespace stoic {

/// How the read-in and read-out are trained. Every key has a default.
struct TrainingRecipe {
  std::string optimizer;  ///< "sgd" (default; with momentum) or "adam" (decoupled weight decay)
  double learning_rate;   ///< default 0.02 (sgd), 0.001 (adam)
  double momentum;        ///< sgd only; default 0.9
  double weight_decay;    ///< sgd: added to the gradient; adam: decoupled. Not applied to biases; default 0
  std::string schedule;   ///< "constant", "cosine" (default; to 0 at the last batch) or "step"
  std::int64_t step_epochs;     ///< schedule "step": epochs between decays; default 10
  double step_factor;           ///< schedule "step": factor of each decay; default 0.1
  std::int64_t warmup_batches;  ///< the rate rises linearly over that many batches; default 0
  std::int64_t batch;           ///< default 64
  std::int64_t epochs;          ///< default 20
  double input_noise;  ///< standard deviation of Gaussian noise added to the network input u; default 0
  double dropout;      ///< share of what W_in multiplies that each training sample loses; default 0
  double pixel_noise;  ///< share of pixels replaced by random greys, anew in every epoch; default 0
  double distance_power = 2;  ///< p of the loss |x(T) - attractor|^p
  /// What the loss of a sample is multiplied by, for each class; empty: 1. Or by samples / (classes * samples
  /// of its class) of the training data.
  std::vector<double> class_weights = {};
  bool balanced_classes = false;
};

/// Of a network.
constexpr std::int64_t most_classes = 64;

/// One trained system: everything that `stoic train` needs. Read from models/*.json; travels inside the
/// model. Keys without a default are required.
struct Recipe {
  SystemParameters system;  ///< its alternative is what "dynamics" names
  std::int64_t inputs;      ///< 1 to 4096
  std::int64_t classes;     ///< 2 to 64
  /// u = input_scale * v + input_offset, v a pixel in 0..255 or a real value. Default: 1/255 of pixels, 1 of
  /// real values; nothing in a recipe of the set "files" that leaves it to its files. See scale_of().
  std::optional<double> input_scale;
  double input_offset;        ///< default 0
  bool read_in_bias = false;  ///< a trained bias b_in beside W_in: x(0) = W_in u + b_in; default false
  std::vector<ConvolutionShape> convolutions;  ///< one behind the other, before the read-in; default: none
  DataRecipe data;
  TrainingRecipe training;
  std::uint64_t seed;  ///< keys every random draw, below 2^63; default 1

  /// input_scale, or its default for bytes or real values.
  double scale_of(bool real_values) const { return input_scale.value_or(real_values ? 1 : 1.0 / 255); }
  /// "ffesn", "csto", ...
  std::string dynamics() const;
  /// Components of the state.
  std::int64_t neurons() const;
  /// How often a step of the system is repeated; of a chain, that of each link.
  std::int64_t step_count() const;
  /// Components of x(T): columns of W_out but for the bias. Those of the state for most systems.
  std::int64_t last_neurons() const;
  /// Columns of W_in, or elements of the state that begins as the inputs: the features of the last
  /// convolution, or the inputs.
  std::int64_t read_in_columns() const;
  /// Whether there is a W_in; else the state begins as the inputs.
  bool has_read_in() const;
  /// Where the system is to end for each class [neurons x classes]: the loss is then the mean over samples of
  /// |x(T) - attractor|^p, and W_out is fixed, each row an attractor over its squared length. Empty for
  /// systems with a trained W_out and cross-entropy as the loss.
  Eigen::MatrixXd attractors() const;
  /// The matrices of the system itself, and their values before training.
  std::vector<MatrixShape> matrices() const;
  Matrices draw_matrices() const;
  /// Throws Error when the system cannot be run with these values.
  void check(const Matrices& matrices) const;
};

/// Reads and checks a recipe; `where` names it in messages. Throws Error (missing, unknown, out of range).
Recipe parse_recipe(std::string_view json_text, const std::string& where);

/// The same after "key=value" overrides, dotted for nested keys ("training.epochs=3"); values as
/// setting_value() reads them. Unknown keys get the nearest known one suggested.
Recipe parse_recipe(std::string_view json_text, const std::string& where,
                    const std::vector<std::string>& overrides);

/// All keys written out, in a fixed order and format: equal recipes give equal text.
std::string recipe_text(const Recipe& recipe);

}  // namespace stoic
