#include "stoic/host/dynamics/mlp.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "stoic/host/kernels/spectral_radius.hpp"
#include "stoic/host/random/random.hpp"

namespace stoic {
namespace {

const std::vector<std::string>& activation_names() {
  static const std::vector<std::string> names{"relu", "tanh", "sigmoid"};
  return names;
}

constexpr std::int64_t most_layers = 16, most_neurons = 4096;

Activation read_activation(JsonReader& json) {
  const auto& names = activation_names();
  const auto word = json.choice_or("activation", names.front(), names);
  return static_cast<Activation>(std::find(names.begin(), names.end(), word) - names.begin());
}

std::vector<std::int64_t> read_layers(JsonReader& json) {
  std::vector<std::int64_t> layers;
  for (const auto& width : json.array("layers")) {
    const bool whole =
        width.is_number_integer() && width.get<double>() >= 1 && width.get<double>() <= most_neurons;
    if (!whole) json.fail("layers", fmt::format("must hold whole numbers from 1 to {}", most_neurons));
    layers.push_back(width.get<std::int64_t>());
  }
  if (layers.empty() || std::ssize(layers) > most_layers)
    json.fail("layers",
              fmt::format("must be a list of 1 to {} widths, such as [256, 256, 256]", most_layers));
  return layers;
}

}  // namespace

MlpParameters MlpParameters::read(JsonReader& json, const NetworkShape& shape) {
  MlpParameters p;
  p.inputs = shape.inputs;
  p.listed = json.has("layers");
  if (p.listed && json.has("neurons"))
    json.fail("neurons", "is of one hidden layer, \"layers\" of several; keep one of the two");
  p.layers = p.listed ? read_layers(json) : std::vector{json.integer("neurons", 1, most_neurons)};
  p.activation = read_activation(json);
  p.initialisation = WeightDraw::read(json);
  if (!json.has("spectral_radius")) return p;
  p.spectral_radius = json.number("spectral_radius", 0, 100);
  const bool square = p.layers.size() > 1 &&
                      std::all_of(p.layers.begin(), p.layers.end(), [&](auto n) { return n == p.width(); });
  if (!square)
    json.fail("spectral_radius",
              "is of the square matrices between hidden layers: give \"layers\" of one width, at least two");
  return p;
}

void MlpParameters::write(nlohmann::ordered_json& json) const {
  if (listed)
    json["layers"] = layers;
  else
    json["neurons"] = width();
  // The text names a training: that of a recipe without these keys stays what it was.
  if (listed || activation != Activation::relu)
    json["activation"] = activation_names()[static_cast<std::size_t>(activation)];
  initialisation.write(json, listed);
  if (spectral_radius) json["spectral_radius"] = *spectral_radius;
}

std::string MlpParameters::bias_name(std::size_t k) const {
  return listed ? "b_" + std::to_string(k) : "b_hidden";
}

std::vector<MatrixShape> MlpParameters::matrices() const {
  std::vector<MatrixShape> result;
  for (std::size_t k = 1; k <= layers.size(); ++k) {
    result.push_back(
        {.name = bias_name(k), .rows = layers[k - 1], .columns = 1, .trained = true, .decays = false});
    if (k < layers.size())
      result.push_back(
          {.name = "W_" + std::to_string(k), .rows = layers[k], .columns = layers[k - 1], .trained = true});
  }
  return result;
}

Matrices MlpParameters::draw(std::uint64_t seed) const {
  Matrices result;
  for (const auto& shape : matrices()) result[shape.name] = Eigen::MatrixXd::Zero(shape.rows, shape.columns);
  for (std::size_t k = 1; k < layers.size(); ++k) {
    auto& weights = result["W_" + std::to_string(k)];
    weights = initial_weights(initialisation, {seed, Purpose::read_in_weights, k}, layers[k], layers[k - 1]);
    if (!spectral_radius) continue;
    const double radius = stoic::spectral_radius(weights);
    weights *= radius > 0 ? *spectral_radius / radius : 0;
  }
  if (!listed || initialisation.how != Initialisation::pytorch) return result;
  for (std::size_t k = 1; k <= layers.size(); ++k)
    for (std::int64_t i = 0; i < layers[k - 1]; ++i)
      result[bias_name(k)](i) =
          initial_weight(initialisation, {seed, Purpose::read_in_bias, k}, static_cast<std::uint64_t>(i),
                         k == 1 ? inputs : layers[k - 2], layers[k - 1]);
  return result;
}

template <class Real>
void ActivationRule<Real>::gather(Gather& gather, const PulledStage<Real, 1>& stage, Eigen::Index p) const {
  constexpr Eigen::Index rows = Panels<Real>::panel_rows;
  const Real* z_bar = stage.by_coupled.panel(p);
  Real* gradient = gather.gradients[0].panel(p);
  for (Eigen::Index s = 0; s < stage.x[0].columns(); ++s)
    for (Eigen::Index r = 0; r < rows; ++r) gradient[r] += z_bar[s * rows + r];
}

template <class Real>
void ActivationRule<Real>::flatten() {
  constexpr Eigen::Index rows = Panels<Real>::panel_rows;
  flat_.resize(static_cast<std::size_t>(bias_.panels() * rows));
  for (Eigen::Index p = 0; p < bias_.panels(); ++p)
    std::copy_n(bias_.panel(p), rows, flat_.begin() + p * rows);
}

template <class Scalar>
VectorSequence MlpLayer<Scalar>::vectors(Trajectory& trajectory) const {
  auto rule = this->rule();
  const Eigen::MatrixXd z = this->values(trajectory, 0, 0, 0).colwise() +
                            rule.trained().front()->dense().col(0).template cast<double>();
  const auto equation = rule.equation();
  return {{"z", z}, {"x", z.unaryExpr([&](double value) {
                       return static_cast<double>(equation.value(static_cast<Scalar>(value)));
                     })}};
}

template class ActivationRule<float>;
template class ActivationRule<double>;
template class Integrated<ActivationRule<float>, Map>;
template class Integrated<ActivationRule<double>, Map>;
template class MlpLayer<float>;
template class MlpLayer<double>;
template class Chain<MlpLayer<float>>;
template class Chain<MlpLayer<double>>;

}  // namespace stoic
