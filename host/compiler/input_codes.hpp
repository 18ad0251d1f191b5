#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "stoic/host/data/samples.hpp"
#include "stoic/host/learning/noise.hpp"
#include "stoic/sim/contract/image.hpp"
#include "stoic/sim/golden/batch.hpp"

namespace stoic {

/// How a real value becomes a code: round(v * 2^fraction_bits), half up, saturated, of v = (value - mean) /
/// deviation or, without a standardisation, of the value itself.
struct InputCoding {
  std::int64_t fraction_bits = 0;
  std::optional<Standardisation> standardisation;
};

/// What one sample of an image puts on the input stream: its elements, then the noise that the image was
/// compiled for, observational before dynamical, an element for each neuron.
struct InputPlan {
  std::int64_t elements = 0;  ///< of a sample
  std::int64_t neurons = 0;   ///< 0 without noise
  /// Of the state that dynamical noise meets, where they are others; 0: as many.
  std::int64_t last_neurons = 0;
  std::int64_t state_width = 0;
  std::optional<InputCoding> coding;  ///< of real values; nothing: pixels
  Noise noise;
};

/// Throws Error, naming `where`, when the metadata or the lists of the image contradict each other.
InputPlan input_plan(const Image& image, const std::string& where = "the image");

/// The codes of sample number `sample`. Pixels have the fraction bits of pixel_state_bits(), real values
/// those of the plan, noise has those of noise_state_bits().
void fill_input_codes(const InputPlan& plan, const Samples& samples, std::int64_t sample,
                      std::span<std::int32_t> codes);

/// The same for whoever asks by number.
golden::InputFiller input_filler(const Image& image, const Samples& samples);

/// Fraction bits of pixels as states of `state_width` bits: 0, and -1 of 8-bit states, which end at 127.
std::int64_t pixel_state_bits(std::int64_t state_width);
/// A pixel as a state of `state_width` bits, rounded and saturated as the accelerator does.
std::int32_t pixel_state(std::uint8_t pixel, std::int64_t state_width);

/// Fraction bits of noise as states of `state_width` bits: narrow ones get the upper bits of its codes.
std::int64_t noise_state_bits(std::int64_t state_width);
/// A noise code as a state of `state_width` bits, rounded as the accelerator rounds.
std::int32_t noise_state(std::int16_t code, std::int64_t state_width);

}  // namespace stoic
