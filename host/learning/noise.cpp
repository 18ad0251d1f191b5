#include "stoic/host/learning/noise.hpp"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "stoic/host/random/random.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

double standard_deviation(const char* name, double variance, const std::optional<double>& ratio) {
  if (!ratio) return 0;
  if (!std::isfinite(*ratio) || *ratio <= 0)
    throw Error(
        fmt::format("{} noise: the signal-to-noise ratio {} is not positive and finite; give one such as 10",
                    name, *ratio));
  return std::sqrt(variance / *ratio);
}

}  // namespace

void fill_noise_codes(std::span<std::int16_t> codes, const Noise& noise, NoiseKind kind,
                      std::int64_t sample) {
  const auto purpose = kind == NoiseKind::observational ? Purpose::observation_noise : Purpose::dynamic_noise;
  fill_normal_codes(codes, {noise.seed, purpose, (noise.trial << 32) + static_cast<std::uint64_t>(sample)});
}

Eigen::MatrixXd noise_matrix(const Noise& noise, NoiseKind kind, Eigen::Index neurons,
                             std::int64_t first_sample, Eigen::Index samples) {
  Eigen::MatrixXd result = Eigen::MatrixXd::Zero(neurons, samples);
  const double unit = std::ldexp(noise.sigma(kind), -noise_fraction_bits);
  if (unit == 0) return result;
  std::vector<std::int16_t> codes(static_cast<std::size_t>(neurons));
  for (Eigen::Index s = 0; s < samples; ++s) {
    fill_noise_codes(codes, noise, kind, first_sample + s);
    for (Eigen::Index i = 0; i < neurons; ++i) result(i, s) = unit * codes[static_cast<std::size_t>(i)];
  }
  return result;
}

Noise for_calibration(Noise noise) {
  noise.trial = calibration_trial;
  return noise;
}

Noise make_noise(const Recipe& recipe, const SignalVariances& signal, const SignalToNoise& ratios,
                 std::uint64_t trial) {
  if (trial >= calibration_trial)
    throw Error(fmt::format("noise trial {}: there are trials 0 to {}; choose one of them", trial,
                            calibration_trial - 1));
  return {.observation = standard_deviation("observational", signal.observation, ratios.observation),
          .dynamic = standard_deviation("dynamical", signal.dynamic, ratios.dynamic),
          .seed = recipe.seed,
          .trial = trial};
}

}  // namespace stoic
