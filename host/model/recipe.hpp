#pragma once
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace stoic {

/// Where samples come from. Pixels are bytes 0..255 everywhere; noise of the data is part of the data.
struct DataRecipe {
  std::string set;             ///< "letters", "digits" (built in), "mnist", "fashion-mnist"
  std::int64_t train_samples;  ///< how many training samples; 0: all (files) or the default (built in)
  std::int64_t test_samples;   ///< how many test samples; 0: all (files) or the default (built in)
  double pixel_noise;          ///< letters only: fraction of pixels replaced by uniform random ones, 0 to 1
};

/// How the read-in and read-out are trained.
struct TrainingRecipe {
  std::string optimizer;  ///< "sgd" (with momentum) or "adam" (decoupled weight decay)
  double learning_rate;
  double momentum;              ///< sgd only
  double weight_decay;          ///< sgd: added to the gradient; adam: decoupled. Not applied to biases
  std::string schedule;         ///< "constant", "cosine" (to 0 at the last batch) or "step"
  std::int64_t step_epochs;     ///< schedule "step": epochs between decays
  double step_factor;           ///< schedule "step": factor of each decay
  std::int64_t warmup_batches;  ///< the rate rises linearly over that many batches
  std::int64_t batch;
  std::int64_t epochs;
  double input_noise;  ///< standard deviation of Gaussian noise added to the network input u
};

/// One trained system: everything that `stoic train` needs. Read from models/*.json; travels inside the
/// model.
struct Recipe {
  std::string dynamics;    ///< "ffesn"
  std::int64_t neurons;    ///< N, 1 to 4096
  std::int64_t inputs;     ///< 1 to 4096
  std::int64_t classes;    ///< 2 to 64
  double spectral_radius;  ///< of W', paper 001 section IV.B
  double density;          ///< share of non-zero entries of W', (0, 1]
  std::int64_t steps;      ///< T: how often the fixed system is applied, 1 to 1000
  double input_scale;      ///< u = input_scale * pixel + input_offset, pixel in 0..255; default 1/255
  double input_offset;     ///< default 0
  DataRecipe data;
  TrainingRecipe training;
  std::uint64_t seed;  ///< keys every random draw
};

/// Reads and checks a recipe; `where` names it in messages. Throws Error (missing, unknown, out of range).
Recipe parse_recipe(std::string_view json_text, const std::string& where);

/// The same after "key=value" overrides, dotted for nested keys ("training.epochs=3"); values are JSON, or
/// text where that fails. Unknown keys get the nearest known one suggested.
Recipe parse_recipe(std::string_view json_text, const std::string& where,
                    const std::vector<std::string>& overrides);

/// All keys written out, in a fixed order and format: equal recipes give equal text.
std::string recipe_text(const Recipe& recipe);

}  // namespace stoic
