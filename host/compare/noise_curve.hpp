#pragma once
#include <string>
#include <vector>

namespace stoic {

/// Where Gaussian noise enters.
enum class NoiseKind {
  observational,  ///< added to what the network reads in, before its dynamics
  dynamical,      ///< added to the state, before the read-out
};

/// Accuracy at one strength of the noise; each trial draws other noise, the same for float and fixed point.
struct NoisePoint {
  double signal_to_noise = 0;  ///< variance of the signal over variance of the noise
  std::vector<double> accuracy_float;
  std::vector<double> accuracy_fixed;
};

struct NoiseCurve {
  NoiseKind kind = NoiseKind::observational;
  std::string
      name;  ///< tells curves of one kind apart, for example by a constant of the system; may be empty
  std::vector<NoisePoint> points;  ///< by rising signal-to-noise ratio
};

}  // namespace stoic
