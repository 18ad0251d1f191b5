#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <span>

#include "stoic/host/model/recipe.hpp"

namespace stoic {

/// Where Gaussian noise enters.
enum class NoiseKind {
  observational,  ///< added to what the network reads in, before its dynamics: x(0) = f_norm(W_in u + p)
  dynamical,      ///< added to the state, before the read-out: y = W_out [x(T) + p; 1]
};

/// Noise by its standard deviations, 0 for none, and what its draws are keyed by.
struct Noise {
  double observation = 0;
  double dynamic = 0;
  std::uint64_t seed = 1;
  std::uint64_t trial = 0;  ///< each trial draws other noise

  bool any() const { return observation > 0 || dynamic > 0; }
  double sigma(NoiseKind kind) const { return kind == NoiseKind::observational ? observation : dynamic; }
};

/// Trials of evaluations are below this; the draws of this one are for calibration alone, so that no program
/// depends on the noise that it is judged with.
inline constexpr std::uint64_t calibration_trial = (std::uint64_t{1} << 31) - 1;

/// Standard normals of one sample, an element for each neuron: the noise is sigma * code * 2^-12. Every
/// backend gets these codes.
void fill_noise_codes(std::span<std::int16_t> codes, const Noise& noise, NoiseKind kind, std::int64_t sample);

/// The noise of `samples` samples from number `first_sample` on, a column each.
Eigen::MatrixXd noise_matrix(const Noise& noise, NoiseKind kind, Eigen::Index neurons,
                             std::int64_t first_sample, Eigen::Index samples);

/// The same strengths, drawn for calibration.
Noise for_calibration(Noise noise);

/// Variances of what the noise is added to, over all components and samples, in the float reference.
struct SignalVariances {
  double observation = 0;  ///< of W_in u
  double dynamic = 0;      ///< of x(T)
};

/// Strengths as ratios of variances, signal over noise; nothing: no such noise.
struct SignalToNoise {
  std::optional<double> observation;
  std::optional<double> dynamic;
};

/// Standard deviations from ratios: sigma = sqrt(variance of the signal / ratio), with the seed of the
/// recipe. Throws Error for a ratio that is not positive and finite, and for a trial out of range.
Noise make_noise(const Recipe& recipe, const SignalVariances& signal, const SignalToNoise& ratios,
                 std::uint64_t trial);

}  // namespace stoic
