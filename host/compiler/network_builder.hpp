#pragma once
#include <Eigen/Core>
#include <string>
#include <vector>

#include "stoic/host/compiler/compensated_rounding.hpp"
#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/compiler/program_builder.hpp"
#include "stoic/host/compiler/quantity.hpp"
#include "stoic/host/compiler/range.hpp"

namespace stoic {

/// A product W x + b whose binary points are known, on the way to a MATVEC.
struct Product {
  std::string name;  ///< of the matrix
  const QuantisedMatrix& weights;
  std::int64_t source_fraction_bits;
  std::int64_t source_magnitude;  ///< largest |code| of x
  std::int64_t result_fraction_bits;
};

/// A quantised matrix and, once it is placed, where it lies.
struct NetworkMatrix {
  std::string name;
  QuantisedMatrix weights;
  MatrixPlace place;
};

/// What a MATVEC may have beside matrix and vectors.
struct MultiplyOptions {
  Eigen::VectorXd bias;   ///< or empty
  std::int64_t most = 0;  ///< largest |code| of the source; 0: that of any state
};

/// A table in its memory and the real function that it stands for, on the way to FUNCTIONs.
struct TableFunction {
  Function instruction;  ///< without its operands
  std::string name;      ///< see real_function() of compare/local_error.hpp
  std::vector<double> parameters;
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

  /// State words for a new vector, of which at least `reserve` elements are set aside.
  Quantity vector(const std::string& name, std::int64_t length, std::int64_t fraction_bits,
                  std::int64_t reserve = 0);
  /// A new vector that is `value` before the first START, and then what programs leave in it.
  Quantity begin_at(const std::string& name, std::int64_t length, double value, std::int64_t fraction_bits);
  /// A second name, length and binary point for words that another vector no longer needs.
  Quantity overlay(const std::string& name, std::int64_t word, std::int64_t length,
                   std::int64_t fraction_bits);

  /// A word of constants that meets every beat: `code`, or `value` rounded to `fraction_bits`.
  Operand constant(const std::string& name, std::int32_t code, std::int64_t fraction_bits);
  Operand rounded(const std::string& name, double value, std::int64_t fraction_bits);
  /// 1 as exactly as a state holds it.
  Operand one();
  /// `value` as a factor of vectors of `other_bits` in a sum that is rounded to `result_bits`.
  Operand factor(const std::string& name, double value, std::int64_t other_bits, std::int64_t result_bits);
  /// A constant for each element, or one that meets them all.
  Operand factors(const std::string& name, const Eigen::VectorXd& values, std::int64_t fraction_bits);

  /// Quantises a matrix for products with vectors of these second moments, rounded to the result's
  /// bits: as fine as its largest entry allows, but no finer than the result can use and the
  /// accumulator has room for.
  struct ProductBits {
    std::int64_t source;
    std::int64_t result;
  };
  QuantisedMatrix weights(const std::string& name, const Eigen::MatrixXd& matrix,
                          const SecondMoments& moments, const ProductBits& bits);
  NetworkMatrix matrix(const std::string& name, const Eigen::MatrixXd& values, const SecondMoments& moments,
                       const ProductBits& bits);
  void place(NetworkMatrix& matrix) { matrix.place = program.matrix(matrix.weights); }

  /// Emits d = W s + bias by a placed matrix, and proves that no accumulator overflows. Returns the slot.
  std::int64_t multiply(const Quantity& destination, const NetworkMatrix& matrix, const Quantity& source,
                        const std::string& text, const MultiplyOptions& options = {});
  /// Emits d = W s + a vector of the state memory, no finer than the products, and proves the same.
  void multiply_onto(const Quantity& destination, const NetworkMatrix& matrix, const Quantity& source,
                     const Quantity& start, const std::string& text);
  /// Sets shifts and bias (empty for none) of a MATVEC, and proves that no accumulator overflows.
  void bind(Matvec& matvec, const Product& product, const Eigen::VectorXd& bias);

  /// Emits a BUNDLE of summands, aligned to the finest of them, and proves that its sum fits the accumulator.
  /// The second form halves the sum as often as asked.
  std::int64_t bundle(std::int64_t destination, std::int64_t length, const std::vector<Summand>& summands,
                      std::int64_t result_bits, const std::string& text);
  std::int64_t bundle(const Quantity& destination, const Sum& sum, const std::string& text,
                      std::int64_t halvings = 0);

  /// Places a table; `function` is the instruction that goes with it.
  TableFunction function(const FunctionTable& table, const Function& function, const std::string& name,
                         const std::vector<double>& parameters = {});
  /// Emits d = f(s), and notes what it stands for. Returns the slot.
  std::int64_t apply(const TableFunction& function, const Quantity& destination, const Quantity& source,
                     const std::string& text);

  /// What `body` emits, `count` times.
  template <class Body>
  void repeat(std::int64_t count, const std::string& text, const Body& body) {
    if (count > 1) program.emit(Loop{.count = count}, text);
    body();
    if (count > 1) program.emit(End{}, "next step");
  }

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

  /// The image with all that was noted, and how the task's samples become codes.
  Compilation finish(const LoweringTask& task);

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
  [[noreturn]] void refuse_shift(const Product& product, std::int64_t shift) const;

  ImageNotes notes_;
};

}  // namespace stoic
