#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <string>
#include <vector>

#include "stoic/host/dynamics/chain.hpp"
#include "stoic/host/dynamics/csto.hpp"

namespace stoic {

/// Arrays of coupled spin-torque oscillators one behind the other, paper 001 eqs C1-C4.
struct DeepCstoParameters {
  static constexpr const char* name = "deep-csto";
  /// The arrays differ in their coupling alone; at least two.
  std::vector<CstoParameters> arrays;

  /// "couplings_Oe" is a list, one for each array; all other keys are those of "csto" without "coupling_Oe".
  static DeepCstoParameters read(JsonReader& json, const NetworkShape& shape);
  void write(nlohmann::ordered_json& json) const;
  std::int64_t width() const { return arrays.front().width(); }
  /// Of each array.
  TimeAxis time() const { return arrays.front().time(); }
  DeepCstoParameters over(double duration_ps, std::int64_t steps) const;
  Traits traits() const;
  /// "W_coupling_1", ..., fixed, each drawn for itself; "W_1", ... between the arrays, trained.
  std::vector<MatrixShape> matrices() const;
  Matrices draw(std::uint64_t seed) const;
  template <class Real>
  Chain<Csto<Real>> make(const Matrices& matrices) const;
};
Compilation lower(const DeepCstoParameters& parameters, const LoweringTask& task);

/// x_1(0) = f_norm(W_in u), x_{k+1}(0) = f_norm(W_k x_k(T)): as the paper's C3, with the lengths that LLG
/// asks for.
template <class Real>
using DeepCsto = Chain<Csto<Real>>;

template <class Real>
DeepCsto<Real> DeepCstoParameters::make(const Matrices& matrices) const {
  std::vector<Csto<Real>> systems;
  std::vector<Panels<Real>> between;
  for (std::size_t k = 0; k < arrays.size(); ++k) {
    systems.emplace_back(matrices.at("W_coupling_" + std::to_string(k + 1)), arrays[k]);
    if (k > 0)
      between.emplace_back(
          typename Panels<Real>::Matrix(matrices.at("W_" + std::to_string(k)).template cast<Real>()));
  }
  return {std::move(systems), std::move(between)};
}

extern template class Chain<Csto<float>>;
extern template class Chain<Csto<double>>;

}  // namespace stoic
