#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <vector>

#include "stoic/host/compiler/compile_driven.hpp"
#include "stoic/host/compiler/driven_image.hpp"
#include "stoic/host/compiler/esn_design.hpp"
#include "stoic/host/compiler/split_matrix.hpp"
#include "stoic/host/driven/ridge.hpp"

namespace stoic {

/// A driven echo-state network as a program of one time step; compile_driven.hpp shows it. Model, design and
/// configuration must outlive it. One object makes one program.
class EsnLowering {
 public:
  using Index = Eigen::Index;
  using MatrixXd = Eigen::MatrixXd;
  using VectorXd = Eigen::VectorXd;
  EsnLowering(const DrivenModel& model, const EsnDesign& design, const HardwareConfig& config);

  /// With this read-out [outputs x (features + 1)], which meets features as these sums saw them.
  DrivenCompilation lower(const MatrixXd& w_out, const NormalEquations& met);
  /// Features of a step as its codes stand for them: x - x̄, their squares, u - ū.
  VectorXd features(std::span<const std::int32_t> state) const;
  DrivenImage ends() const;
  /// W_out as weights hold it, with its bias; how many parts it takes depends on the features, which these sums saw.
  MatrixXd rounded(const MatrixXd& w_out, const NormalEquations& met) const;

 private:
  Index neurons() const { return design_.neurons(); }
  Index taken() const { return design_.centre.size(); }
  bool squares() const { return model_.recipe.read_out.features == "quadratic"; }
  void note_formats();
  void place();
  /// W and, behind what fills the last word of a state, W_in.
  QuantisedMatrix state_matrix() const;
  void note_matrix(const std::string& name, const MatrixXd& values, std::int64_t fraction_bits);
  /// Column of the read-out's product that feature f is in, and what its weight is multiplied by.
  struct Column {
    Index at;
    double scale;
  };
  Column column_of(Index f) const;
  Index read_columns() const;
  /// What the read-out meets: d² and d, or d alone, and u if it is a feature.
  const Quantity& first_read() const { return squares() ? squares_ : d_; }
  MatrixXd unscaled(const MatrixXd& wide, const VectorXd& bias) const;
  /// In two parts where weights are narrow, or where rounding them to one changes y by more than y's own rounding:
  /// that error is the same for the same state, and free runs go astray by it sooner than by one of chance.
  SplitMatrix split_read_out(const MatrixXd& w_out, const NormalEquations& met) const;

  Operand constants(const std::string& name, const VectorXd& values, std::int64_t fraction_bits);
  /// d = W s + start, a vector of the state memory.
  void multiply_onto(const Quantity& destination, const NetworkMatrix& matrix, const Quantity& source,
                     const Quantity& start, const std::string& text);
  void emit_state();
  std::vector<std::int64_t> partial_sum_bits() const;
  void emit_polynomials();
  void emit_table();
  void emit_read_out(const SplitMatrix& split, const VectorXd& bias, const NormalEquations& met);

  const DrivenModel& model_;
  const EsnDesign& design_;
  NetworkBuilder builder_;
  const EsnParameters& parameters_;
  NetworkMatrix w_;
  Quantity u_, read_u_, z_, t_, x_, d_, squares_, y_;
};

}  // namespace stoic
