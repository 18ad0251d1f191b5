#pragma once
#include <Eigen/Core>
#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace stoic {

/// The most fraction bits with which every |value| <= magnitude is a code of `width` bits: the largest f with
/// round(magnitude * 2^f) <= 2^(width-1) - 1. 0 for magnitude 0.
std::int64_t fraction_bits_for(double magnitude, std::int64_t width);

/// round(value * 2^fraction_bits), ties upwards, saturated to `width` bits.
std::int32_t quantise(double value, std::int64_t fraction_bits, std::int64_t width);
/// The same of many values, into as many codes.
void quantise(std::span<const double> values, std::int64_t fraction_bits, std::int64_t width,
              std::int32_t* codes);

/// A matrix as integers: W = codes * 2^-fraction_bits, each entry within half a unit.
struct QuantisedMatrix {
  Eigen::MatrixXi codes;
  std::int64_t fraction_bits = 0;
  Eigen::MatrixXd values() const {
    return codes.cast<double>() * std::ldexp(1.0, -static_cast<int>(fraction_bits));
  }
};

/// The fraction bits that the largest entry of a matrix needs, or `most_bits` when these are fewer or all
/// entries are 0.
std::int64_t fraction_bits_for(const Eigen::MatrixXd& matrix, std::int64_t width,
                               std::optional<std::int64_t> most_bits);

/// Quantises with the binary point of fraction_bits_for().
QuantisedMatrix quantise_matrix(const Eigen::MatrixXd& matrix, std::int64_t width,
                                std::optional<std::int64_t> most_bits = {});

}  // namespace stoic
