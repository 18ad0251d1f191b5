#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "stoic/host/dynamics/coupling.hpp"
#include "stoic/host/dynamics/integrated.hpp"
#include "stoic/host/dynamics/system.hpp"

namespace stoic {

template <class Real>
class Mlp;

/// A layer of rectified linear units, the hidden layer of the second baseline of paper 001, table I.
struct MlpParameters {
  static constexpr const char* name = "mlp";
  std::int64_t neurons = 500;  ///< N, 1 to 4096; required

  static MlpParameters read(JsonReader& json, const NetworkShape& shape);
  void write(nlohmann::ordered_json& json) const;
  std::int64_t width() const { return neurons; }
  TimeAxis time() const { return {.unit = "steps", .duration = 1}; }
  MlpParameters over(double, std::int64_t) const { return *this; }
  Traits traits() const { return {}; }
  std::vector<MatrixShape> matrices() const {
    return {{.name = "b_hidden", .rows = neurons, .columns = 1, .trained = true, .decays = false}};
  }
  Matrices draw(std::uint64_t seed) const;
  template <class Real>
  Mlp<Real> make(const Matrices& matrices) const;
};
Compilation lower(const MlpParameters& parameters, const LoweringTask& task);

/// y = max(x + b, 0), with s = [y > 0]: J v = s ∘ v, Jᵀ w = s ∘ w
template <class Real>
struct RectifierEquation {
  using Scalar = Real;
  static constexpr int components = 1;
  static constexpr bool keeps_coupling = false, adds_coupling = false;
  using Site = stoic::Site<Scalar, 1>;
  const Scalar* bias;
  Site slope(Eigen::Index i, const Site& x, Scalar) const { return {std::max(x[0] + bias[i], Scalar(0))}; }
  Site push(Eigen::Index, const Site&, Scalar next, const Site& d, Scalar) const {
    return {next > 0 ? d[0] : 0};
  }
  Scalar pull(Eigen::Index, const Site&, Scalar next, const Site& w, Site& x_bar) const {
    x_bar = {next > 0 ? w[0] : 0};
    return 0;
  }
};

/// Its bias is trained: dL/db = Σ over samples of s ∘ w.
template <class Real>
class RectifierRule {
 public:
  using Equation = RectifierEquation<Real>;
  static constexpr Sharing sharing = Sharing::rows;
  explicit RectifierRule(Panels<Real> bias) : bias_(std::move(bias)) { flatten(); }
  Eigen::Index sites() const { return bias_.rows(); }
  Equation equation() const { return {flat_.data()}; }
  const NoCoupling<Real>& coupling() const { return coupling_; }

  std::vector<Panels<Real>*> trained() { return {&bias_}; }
  void weights_changed(Team&) { flatten(); }
  struct Gather {
    std::vector<Panels<Real>> gradients;
  };
  Gather make_gather() const { return {{Panels<Real>(bias_.rows(), 1)}}; }
  void begin(Gather& gather) const {
    for (Eigen::Index p = 0; p < bias_.panels(); ++p) elements(gather.gradients[0], p).setZero();
  }
  void gather(Gather& gather, const PulledStage<Real, 1>& stage, Eigen::Index p) const;
  void end(Gather&, Team&) const {}

 private:
  void flatten();
  Panels<Real> bias_;
  std::vector<Real> flat_;  // up to the end of the last panel
  NoCoupling<Real> coupling_;
};

/// Multilayer perceptron with one hidden layer: one step from x(0) = W_in u.
template <class Real>
class Mlp : public Integrated<RectifierRule<Real>, Map> {
 public:
  using Base = Integrated<RectifierRule<Real>, Map>;
  using typename Base::Matrix;
  using typename Base::Trajectory;
  /// b [neurons x 1]
  explicit Mlp(const Matrix& bias) : Base(RectifierRule<Real>(Panels<Real>(bias)), 1) {}
  /// "z" = x(0) + b, then "x".
  VectorSequence vectors(Trajectory& trajectory) const;
};

template <class Real>
Mlp<Real> MlpParameters::make(const Matrices& matrices) const {
  return Mlp<Real>(matrices.at("b_hidden").cast<Real>());
}

extern template class RectifierRule<float>;
extern template class RectifierRule<double>;
extern template class Integrated<RectifierRule<float>, Map>;
extern template class Integrated<RectifierRule<double>, Map>;
extern template class Mlp<float>;
extern template class Mlp<double>;

}  // namespace stoic
