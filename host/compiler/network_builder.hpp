#pragma once
#include <Eigen/Core>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "stoic/host/compiler/compensated_rounding.hpp"
#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/compiler/program_builder.hpp"

namespace stoic {

/// Room that a vector gets beyond what calibration saw of it.
inline constexpr double range_margin = 1.25;

/// Least and greatest value seen; begins with 0.
struct Range {
  double least = 0;
  double most = 0;
  void include(const Eigen::Ref<const Eigen::MatrixXd>& values);
  void include(const Range& other);
  double magnitude() const;
};

/// A product W x + b whose binary points are known, on the way to a MATVEC.
struct Product {
  std::string name;  ///< of the matrix
  const QuantisedMatrix& weights;
  std::int64_t source_fraction_bits;
  std::int64_t source_magnitude;  ///< largest |code| of x
  std::int64_t result_fraction_bits;
};

/// An operand of a product: a vector, or one word of constants that meets every beat.
struct Operand {
  std::int64_t word;
  bool fixed = false;
  std::int64_t most = 0;  ///< largest |code|; 0: that of any state
};

/// A term of a BUNDLE before alignment: ± left * right, at a number of fraction bits.
struct Summand {
  bool subtract;
  Operand left, right;
  std::int64_t fraction_bits;
};

/// A sum d = gain * source + sigma * n with a vector of standard normals n, on the way to a BUNDLE.
struct NoiseSum {
  std::string name;  ///< of d
  std::int64_t destination;
  std::int64_t source;
  std::int64_t noise;
  std::int64_t length;
  std::int64_t source_fraction_bits;
  std::int64_t result_fraction_bits;
};

/// Constants of a NoiseSum.
struct NoiseFactors {
  Operand gain, sigma;
  std::int64_t gain_fraction_bits;
  std::int64_t sigma_fraction_bits;
};

/// A range with room for noise: 4.5 standard deviations on both sides, beyond which seven of a million
/// normals lie; the margin of format() takes those too.
Range with_noise(const Range& range, double sigma);

/// What the lowering of every dynamical system needs: binary points from ranges, quantised matrices, products
/// with their proof, and the notes for listing and comparison.
class NetworkBuilder {
 public:
  explicit NetworkBuilder(const HardwareConfig& config) : program(config) {}
  const HardwareConfig& config() const { return program.config(); }

  /// Notes a vector's range and its binary point: the most fraction bits that hold it with a margin of 1/4,
  /// or those given.
  std::int64_t format(const std::string& name, const Range& range);
  std::int64_t format(const std::string& name, const Range& range, std::int64_t fraction_bits);

  /// Fraction bits of a factor of products in a sum that is rounded to `result_bits`: the most that hold
  /// `magnitude` as a state, but no more than the result can use when the other factors fill states of
  /// `other_bits`. A factor near 0, or 0 itself, then asks for no more bits than one that matters.
  std::int64_t factor_bits(double magnitude, std::int64_t other_bits, std::int64_t result_bits) const;

  /// The same for a vector, whose range and binary point it notes as format() does.
  std::int64_t factor_format(const std::string& name, const Range& range, std::int64_t other_bits,
                             std::int64_t result_bits);

  /// Quantises a matrix for products with vectors of these second moments, rounded to the result's
  /// bits: as fine as its largest entry allows, but no finer than the result can use and the
  /// accumulator has room for.
  struct ProductBits {
    std::int64_t source;
    std::int64_t result;
  };
  QuantisedMatrix weights(const std::string& name, const Eigen::MatrixXd& matrix,
                          const SecondMoments& moments, const ProductBits& bits);

  /// Sets shifts and bias (empty for none) of a MATVEC, and proves that no accumulator overflows.
  void bind(Matvec& matvec, const Product& product, const Eigen::VectorXd& bias);

  /// Emits a BUNDLE of summands, aligned to the finest of them, and proves that its sum fits the accumulator.
  std::int64_t bundle(std::int64_t destination, std::int64_t length, const std::vector<Summand>& summands,
                      std::int64_t result_bits, const std::string& text);

  /// A word of constants that meets every beat.
  Operand constant(const std::string& name, std::int32_t code, std::int64_t fraction_bits);
  /// The constants of noise sums: one gain and one sigma for all elements, or one for each.
  NoiseFactors noise_factors(const NoiseSum& sum, const Eigen::VectorXd& gain, const Eigen::VectorXd& sigma);
  /// Takes the next noise vector from the input stream.
  void load_noise(std::int64_t word, std::int64_t length, const std::string& name);
  /// Returns the slot.
  std::int64_t add_noise(const NoiseSum& sum, const NoiseFactors& factors);

  /// Notes which vector of the float reference an instruction computes, for the comparison: its destination,
  /// or the one at `word` of an instruction with several.
  void record(std::int64_t slot, const std::string& name, std::int64_t fraction_bits,
              std::optional<std::int64_t> word = {});
  /// The same of a vector that every step computes anew: `label` names its computations one after the other,
  /// with # for their numbers from `first` on: "x(#)".
  void record_step(std::int64_t slot, const std::string& name, std::int64_t fraction_bits,
                   const std::string& label, std::int64_t first, std::optional<std::int64_t> word = {});
  /// Notes what a FUNCTION stands for.
  void record_function(std::int64_t slot, const std::string& name, std::int64_t input_fraction_bits,
                       std::int64_t output_fraction_bits, const std::vector<double>& parameters = {});

  /// `noise` is noted for whoever makes the inputs.
  Compilation finish(const Recipe& recipe, const Noise& noise);

  ProgramBuilder program;
  Compilation result;

 private:
  /// A bias vector as states, which MATVEC shifts left to the binary point of the products.
  struct Bias {
    std::vector<std::int32_t> codes;
    std::int64_t fraction_bits = 0;
    std::int64_t shift = 0;
  };
  Bias quantise_bias(const Product& product, const Eigen::VectorXd& values) const;
  void prove_accumulator(const Product& product, const Bias& bias) const;
  Operand factor(const std::string& name, const Eigen::VectorXd& values, std::int64_t fraction_bits);

  std::vector<nlohmann::ordered_json> functions_;
  std::vector<nlohmann::ordered_json> results_;
};

}  // namespace stoic
