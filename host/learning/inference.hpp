#pragma once
#include <Eigen/Core>
#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "stoic/host/data/samples.hpp"
#include "stoic/host/learning/noise.hpp"
#include "stoic/host/model/model.hpp"

namespace stoic {

/// How a model is evaluated.
struct InferenceOptions {
  int threads = 0;                       ///< 0: all cores; never changes a bit of the result
  std::optional<bool> single_precision;  ///< instead of the model's own precision
  Noise noise;
  std::int64_t first_sample = 0;            ///< number of the first sample, which says what noise it meets
  const std::atomic<bool>* stop = nullptr;  ///< when it becomes true, logits() throws Stopped
};

/// The outputs y [classes x samples]. Throws Error when samples do not have the inputs of the recipe.
Eigen::MatrixXd logits(const Model& model, const Samples& samples, const InferenceOptions& options = {});

/// x(T) [neurons x samples], with the noise that is added to it.
Eigen::MatrixXd final_states(const Model& model, const Samples& samples,
                             const InferenceOptions& options = {});

/// What ratios of signal to noise refer to, on all of `samples`. `threads` changes no bit. Throws Error when
/// they do not have the inputs of the recipe, or there are none.
SignalVariances signal_variances(const Model& model, const Samples& samples, int threads = 0);

/// The class with the largest output, the first one on a tie, of each column of `logits`.
std::vector<std::uint8_t> decisions(const Eigen::MatrixXd& logits);
std::vector<std::uint8_t> decisions(const Eigen::MatrixXi& codes);

/// The vectors that a compiled program computes too, under the names that it notes for them, each as often
/// and in the order as it is computed, in double precision; columns are samples. They are those of the
/// system's vectors(), the "features" of a convolution and the outputs, "y".
using NamedVectors = std::map<std::string, std::vector<Eigen::MatrixXd>>;
NamedVectors reference_vectors(const Model& model, const Samples& samples);

}  // namespace stoic
