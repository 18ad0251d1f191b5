#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "stoic/host/compiler/driven_lowering.hpp"
#include "stoic/host/compiler/driven_read_out.hpp"
#include "stoic/host/compiler/esn_design.hpp"
#include "stoic/host/compiler/function_table.hpp"

namespace stoic {

/// A driven echo-state network as a program of one time step; compile_driven.hpp shows it. Model, design and
/// configuration must outlive it. One object makes one program.
class EsnLowering : public DrivenLowering {
 public:
  using Index = Eigen::Index;
  using MatrixXd = Eigen::MatrixXd;
  using VectorXd = Eigen::VectorXd;
  EsnLowering(const DrivenModel& model, const EsnDesign& design, const HardwareConfig& config,
              std::int64_t most_parts);

  DrivenCompilation lower(const MatrixXd& w_out, const NormalEquations& met) override;
  /// x - x̄, their squares, u - ū.
  VectorXd features(std::span<const std::int32_t> state) const override { return read_out_->features(state); }
  DrivenImage ends() const override;
  MatrixXd rounded(const MatrixXd& w_out, const NormalEquations& met) const override {
    return read_out_->rounded(w_out, met);
  }
  DrivenModel rounded_model() const override { return design_.rounded(model_); }

 private:
  Index neurons() const { return design_.neurons(); }
  Index taken() const { return design_.centre.size(); }
  bool squares() const { return model_.recipe.read_out.features == "quadratic"; }
  void note_formats();
  void place();
  /// W and, behind what fills the last word of a state, W_in.
  QuantisedMatrix state_matrix() const;
  void note_matrix(const std::string& name, const MatrixXd& values, std::int64_t fraction_bits);
  /// What the read-out meets: d² and d, or d alone, and u if it is a feature.
  const Quantity& first_read() const { return squares() ? squares_ : d_; }
  std::vector<Feature> read_features() const;
  /// W_out as often as y stands in its vector, each with another part of y's last place.
  MatrixXd repeated(const MatrixXd& w_out) const;

  void emit_state();
  void emit_squares();
  std::vector<std::int64_t> partial_sum_bits() const;
  void emit_polynomials();
  void emit_table();
  void emit_rest_of_z();
  /// In esn_two_words.cpp.
  void place_two_words();
  void emit_two_words();
  /// Of z - ⌊z⌋, no finer than the products; and of the activation's derivative that it is multiplied by.
  std::int64_t left_bits() const;
  std::int64_t slope_bits() const;

  const DrivenModel& model_;
  const EsnDesign& design_;
  NetworkBuilder builder_;
  const EsnParameters& parameters_;
  NetworkMatrix w_;
  Quantity read_;          ///< d and u
  Quantity minus_, left_;  ///< z̄ - ⌊z⌋, z - ⌊z⌋
  /// In two words: what d leaves, and what the read-out meets with it in the place of d, u and squares (of u and
  /// squares nothing is left); z to the nearest knot.
  Quantity rest_, read_rest_, first_rest_, knot_;
  TanhInTwoWords tanh_;
  Quantity u_, z_, t_, d_, squares_, y_;
  std::optional<DrivenReadOut> read_out_;
};

}  // namespace stoic
