#pragma once
#include <Eigen/Core>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/compiler/program_builder.hpp"

namespace stoic {

/// Least and greatest value seen; begins with 0.
struct Range {
  double least = 0;
  double most = 0;
  void include(const Eigen::Ref<const Eigen::MatrixXd>& values);
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

  /// Quantises a matrix for products with vectors of these second moments.
  QuantisedMatrix weights(const std::string& name, const Eigen::MatrixXd& matrix,
                          const Eigen::MatrixXd& moments);

  /// Sets shifts and bias (empty for none) of a MATVEC, and proves that no accumulator overflows.
  void bind(Matvec& matvec, const Product& product, const Eigen::VectorXd& bias);

  /// Notes which vector of the float reference an instruction computes, for the comparison.
  void record(std::int64_t slot, const std::string& name, std::int64_t fraction_bits);
  /// Notes what a FUNCTION stands for.
  void record_function(std::int64_t slot, const std::string& name, std::int64_t input_fraction_bits,
                       std::int64_t output_fraction_bits, const std::vector<double>& parameters = {});

  Compilation finish(const Recipe& recipe);

  ProgramBuilder program;
  Compilation result;

 private:
  /// A bias vector as states, which MATVEC shifts left to the binary point of the products.
  struct Bias {
    std::vector<std::int32_t> codes;
    std::int64_t fraction_bits;
    std::int64_t shift;
  };
  Bias quantise_bias(const Product& product, const Eigen::VectorXd& values) const;
  void prove_accumulator(const Product& product, const std::vector<double>& start) const;

  std::vector<nlohmann::ordered_json> functions_;
  std::vector<nlohmann::ordered_json> results_;
};

}  // namespace stoic
