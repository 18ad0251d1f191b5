#pragma once
#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/learning/inference.hpp"

namespace stoic {

/// The FFESN (paper 001, eqs 17-19) as a program:
///
///     LOAD u;  MATVEC x = W_in u;  T times { MATVEC z = W' x;  FUNCTION x = tanh z };  MATVEC y = W_out x +
///     b;  STORE y
///
/// x(0) and the later x(i) have different binary points, so the first step stands before the loop. The scale
/// of the input is folded into W_in, its offset into a bias. Fills image, formats, matrices,
/// state_words_per_lane and function_error.
///
/// With noise, LOAD and BUNDLE add it to x(0) and to x(T); `noisy` are then the activations that meet it,
/// from which only ranges are taken.
Compilation lower_ffesn(const Model& model, const Activations& calibration, const Activations& noisy,
                        const HardwareConfig& config, const Noise& noise);

}  // namespace stoic
