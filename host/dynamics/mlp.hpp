#pragma once
#include <Eigen/Core>
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "stoic/host/dynamics/chain.hpp"
#include "stoic/host/dynamics/system.hpp"
#include "stoic/host/integration/coupling.hpp"
#include "stoic/host/integration/integrated.hpp"
#include "stoic/host/kernels/elementary.hpp"

namespace stoic {

template <class Real>
class Mlp;

/// What a neuron of a hidden layer makes of its sum z.
enum class Activation {
  relu,  ///< max(z, 0)
  tanh,
  sigmoid  ///< 1 / (1 + exp(-z))
};

/// Multilayer perceptron: one hidden layer of rectified linear units, the second baseline of paper 001, table
/// I, or several of any widths (paper 001, figures 2A, 6 and 10). A recipe has either
///
///   "neurons": N                one hidden layer, its bias "b_hidden", which begins at 0; or
///   "layers": [N_1, N_2, ...]   x_k = f(z_k), z_1 = W_in u + b_1, z_k = W_{k-1} x_{k-1} + b_k
///
/// and "activation", "initialisation", "initial_deviation" and "spectral_radius" with either.
struct MlpParameters {
  static constexpr const char* name = "mlp";
  std::vector<std::int64_t> layers{500};  ///< widths of the hidden layers, 1 to 16 of 1 to 4096 each
  std::int64_t inputs = 1;                ///< of W_in
  bool listed = false;                    ///< the recipe has "layers", not "neurons"
  Activation activation = Activation::relu;
  /// Of all weights. With PyTorch's default the biases of listed layers are uniform in ±1/√inputs too; in all
  /// other cases biases begin at 0.
  WeightDraw initialisation = {};
  /// What the square matrices between the hidden layers are scaled to before training (paper 001, appendix
  /// C3), 0 to 100; nothing: they stay as they are drawn.
  std::optional<double> spectral_radius = {};

  static MlpParameters read(JsonReader& json, const NetworkShape& shape);
  void write(nlohmann::ordered_json& json) const;
  std::int64_t width() const { return layers.front(); }
  TimeAxis time() const { return {.unit = "steps", .duration = 1}; }
  MlpParameters over(double, std::int64_t) const { return *this; }
  Traits traits() const { return {.last_width = layers.back(), .ends = initialisation}; }
  /// "b_hidden"; or "b_1", "W_1" [N_2 x N_1], "b_2", "W_2", ...
  std::vector<MatrixShape> matrices() const;
  Matrices draw(std::uint64_t seed) const;
  /// Of layer k, from 1.
  std::string bias_name(std::size_t k) const;
  template <class Real>
  Mlp<Real> make(const Matrices& matrices) const;
};
Compilation lower(const MlpParameters& parameters, const LoweringTask& task);

/// y = f(x + b), with s = f'(x + b): J v = s ∘ v, Jᵀ w = s ∘ w. A sigmoid is (1 + tanh(z/2)) / 2.
template <class Real>
struct ActivationEquation {
  using Scalar = Real;
  static constexpr int components = 1;
  static constexpr bool keeps_coupling = false, adds_coupling = false;
  using Site = stoic::Site<Scalar, 1>;
  const Scalar* bias;
  bool rectifies;
  Scalar centre, scale, steepness;  ///< of the others: y = centre + scale * tanh(steepness * z)

  Scalar value(Scalar z) const {
    return rectifies ? std::max(z, Scalar(0)) : centre + scale * hyperbolic_tangent(steepness * z);
  }
  /// f' where the value is y.
  Scalar slope_at(Scalar y) const {
    const Scalar t = (y - centre) / scale;
    return rectifies ? (y > 0 ? Scalar(1) : Scalar(0)) : scale * steepness * (1 - t * t);
  }
  Site slope(Eigen::Index i, const Site& x, Scalar) const { return {value(x[0] + bias[i])}; }
  Site push(Eigen::Index, const Site&, Scalar next, const Site& d, Scalar) const {
    return {slope_at(next) * d[0]};
  }
  /// Nothing couples, but what is returned, dL/dz, is the gradient of the bias too.
  Scalar pull(Eigen::Index, const Site&, Scalar next, const Site& w, Site& x_bar) const {
    x_bar = {slope_at(next) * w[0]};
    return x_bar[0];
  }
};

/// Its bias is trained: dL/db = Σ over samples of s ∘ w.
template <class Real>
class ActivationRule {
 public:
  using Equation = ActivationEquation<Real>;
  static constexpr Sharing sharing = Sharing::rows;
  ActivationRule(Panels<Real> bias, Activation activation) : bias_(std::move(bias)), activation_(activation) {
    flatten();
  }
  Eigen::Index sites() const { return bias_.rows(); }
  Equation equation() const {
    const Real half = activation_ == Activation::sigmoid ? Real(0.5) : Real(1);
    return {flat_.data(), activation_ == Activation::relu, 1 - half, half, half};
  }
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
  Activation activation_;
  std::vector<Real> flat_;  // up to the end of the last panel
  NoCoupling<Real> coupling_;
};

/// A hidden layer without its matrix: one step from W x.
template <class Real>
class MlpLayer : public Integrated<ActivationRule<Real>, Map> {
 public:
  using Base = Integrated<ActivationRule<Real>, Map>;
  using typename Base::Matrix;
  using typename Base::Trajectory;
  /// b [neurons x 1]
  MlpLayer(const Matrix& bias, Activation activation)
      : Base(ActivationRule<Real>(Panels<Real>(bias), activation), 1) {}
  /// "z" = x(0) + b, then "x".
  VectorSequence vectors(Trajectory& trajectory) const;
};

/// Layers one behind the other; the first starts from W_in u.
template <class Real>
class Mlp : public Chain<MlpLayer<Real>> {
 public:
  using Base = Chain<MlpLayer<Real>>;
  using Base::Base;
  using typename Base::Trajectory;
  /// "z" and "x" of a single layer; "1 z", "1 x", "2 z", ... of several.
  VectorSequence vectors(Trajectory& trajectory) const {
    if (trajectory.links.size() > 1) return Base::vectors(trajectory);
    return this->link(0).vectors(trajectory.links.front());
  }
  std::vector<Link> links() const {
    auto result = Base::links();
    for (std::size_t k = 0; k < result.size(); ++k) result[k].name = "layer " + std::to_string(k + 1);
    return result;
  }
  /// A single layer, which is a map with one step; several have no step of their own.
  MlpLayer<Real> over(Eigen::Index) const {
    if (this->links().size() > 1) this->refuse_step();
    return this->link(0);
  }
};

template <class Real>
Mlp<Real> MlpParameters::make(const Matrices& matrices) const {
  using Matrix = typename Panels<Real>::Matrix;
  std::vector<MlpLayer<Real>> links;
  std::vector<Panels<Real>> between;
  for (std::size_t k = 1; k <= layers.size(); ++k) {
    links.emplace_back(Matrix(matrices.at(bias_name(k)).cast<Real>()), activation);
    if (k > 1) between.emplace_back(Matrix(matrices.at("W_" + std::to_string(k - 1)).template cast<Real>()));
  }
  return {std::move(links), std::move(between)};
}

extern template class ActivationRule<float>;
extern template class ActivationRule<double>;
extern template class Integrated<ActivationRule<float>, Map>;
extern template class Integrated<ActivationRule<double>, Map>;
extern template class MlpLayer<float>;
extern template class MlpLayer<double>;
extern template class Chain<MlpLayer<float>>;
extern template class Chain<MlpLayer<double>>;

}  // namespace stoic
