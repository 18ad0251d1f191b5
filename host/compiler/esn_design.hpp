#pragma once
#include <Eigen/Core>
#include <cstdint>

#include "stoic/host/compiler/driven_calibration.hpp"
#include "stoic/host/compiler/network_builder.hpp"

namespace stoic {

/// How an echo-state network x' = (1 - a) x + a f(z), z = W x + W_in u + b becomes whole numbers.
///
/// What a read-out lives on is how states differ from one at rest, x̄, which of a weak drive is a small part of
/// them. The program's vectors are therefore u - ū, d = x - x̄ and, where that is precise enough, ζ = z - z̄:
///
///     by polynomials:  ζ = W d + W_in (u - ū),       d' = (1 - a) d + a (f(z̄ + ζ) - x̄)
///     by a table:      z = W d + W_in (u - ū) + z̄,   d' = (1 - a) d + a (tanh z - x̄)
///
/// ū and x̄ are the means of calibration, ū but for less than its last place (centre_of_codes()), and
/// z̄ = W x̄ + W_in ū + b. One product makes ζ or z, so that nothing is rounded between W and W_in: its columns for
/// u have the binary point of the others, and where W_in is too large for a weight u stands there several times.
/// Every neuron's d is scaled so that it fills its word. In the first f(z̄ + ζ) is a polynomial in ζ, another for
/// each neuron, and ζ is scaled too; in the second a strong drive has filled z already.
///
/// Finely: the word of z or ζ, ⌊z⌋, is coarser than what it has to tell the next state, so a second product makes
/// what it leaves of z, and d' gets f'(⌊z⌋) (z - ⌊z⌋) more. This takes up to twice the time.
///
/// In two words, by a table: what the word of d leaves of it, e, is kept too. It goes into a third product, and into
/// the read-out. The activation is then that at a knot near z, which is known in two words, and three terms of the
/// Taylor series from there: with ⌊z⌋ the knot, r = z - ⌊z⌋, t = tanh ⌊z⌋ and s = 1 - t²,
///
///     tanh z = t + s r - s t r² + ...
///
/// u and y have one word, but stand several times, each counted from another part of a last place: with R of
/// them the places are R times as fine.
///
/// Free runs of a chaotic system are as long as their states are precise: 1 / λ longer for each factor e.
///
/// W and W_in are rounded to weights, which makes another reservoir of the same kind; b changes with them, so
/// that its states have the same mean.
struct EsnDesign {
  bool by_polynomials = false, finely = false;
  bool two_words = false;            ///< by a table, and finely
  Eigen::VectorXd z_scale, x_scale;  ///< the program's ζ and d over the network's; of z by a table 1
  QuantisedMatrix w, w_in;           ///< of the scaled vectors; w_in is the sum of `repeats` weights
  Eigen::Index repeats = 1;          ///< how often u stands behind the state
  Eigen::Index output_repeats = 1;   ///< and y in its vector; in two words each is rounded from elsewhere
  Eigen::VectorXd centre;            ///< ū, of all that is taken: inputs and outputs that are fed back
  Eigen::VectorXd rest, sum;         ///< x̄, z̄
  Eigen::MatrixXd coefficients;      ///< [neurons x (degree + 1)] of d' without its leak, in the program's ζ
  std::int64_t u_bits = 0, z_bits = 0, d_bits = 0, y_bits = 0;
  /// What calibration saw of them.
  Range u, z, d, y;

  Eigen::Index neurons() const { return rest.size(); }
  /// For states of two words: u and y as often as there are lanes for y, 8 times at most.
  void take_two_words(const HardwareConfig& config, Eigen::Index outputs);
  /// Of `count` that stand for one number, what the one at `place` is counted from, in last places.
  static double part_of_place(Eigen::Index place, Eigen::Index count) {
    return (static_cast<double>(place) + 0.5) / static_cast<double>(count) - 0.5;
  }
  /// The network that the program runs, in double precision.
  DrivenModel rounded(const DrivenModel& model) const;
};

/// The design for what the float reference does along the parts of the series before the test part.
EsnDesign design_esn(const DrivenModel& model, const TimeSeries& series, const HardwareConfig& config,
                     Team& team);

}  // namespace stoic
