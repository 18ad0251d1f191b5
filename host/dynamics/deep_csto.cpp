#include "stoic/host/dynamics/deep_csto.hpp"

#include <algorithm>
#include <cmath>

#include "stoic/host/random/random.hpp"

namespace stoic {
namespace {

/// "W_coupling_1" is the coupling of the first array and "W_1" what leads from it to the second.
std::string numbered(const char* name, std::size_t k) { return name + std::to_string(k); }

}  // namespace

DeepCstoParameters DeepCstoParameters::read(JsonReader& json, const NetworkShape& shape) {
  const auto& couplings = json.array("couplings_Oe");
  const bool numbers =
      couplings.size() >= 2 && couplings.size() <= 16 &&
      std::all_of(couplings.begin(), couplings.end(), [](const auto& c) { return c.is_number(); });
  if (!numbers) json.fail("couplings_Oe", "must be a list of 2 to 16 numbers, such as [10, 0.1, 10]");
  DeepCstoParameters result;
  const CstoParameters common = CstoParameters::read(json, shape);
  if (json.has("coupling_Oe"))
    json.fail("coupling_Oe", "is for \"csto\"; give \"couplings_Oe\", one for each array");
  for (const auto& coupling : couplings) {
    result.arrays.push_back(common);
    result.arrays.back().coupling_Oe = coupling.get<double>();
    check_parameters(result.arrays.back(), json.where().c_str());
  }
  return result;
}

void DeepCstoParameters::write(nlohmann::ordered_json& json) const {
  arrays.front().write(json);
  json.erase("coupling_Oe");
  json["couplings_Oe"] = nlohmann::ordered_json::array();
  for (const auto& array : arrays) json["couplings_Oe"].push_back(array.coupling_Oe);
}

std::vector<MatrixShape> DeepCstoParameters::matrices() const {
  std::vector<MatrixShape> result;
  const std::int64_t n = arrays.front().oscillators;
  for (std::size_t k = 1; k <= arrays.size(); ++k)
    result.push_back({.name = numbered("W_coupling_", k), .rows = n, .columns = n});
  for (std::size_t k = 1; k < arrays.size(); ++k)
    result.push_back({.name = numbered("W_", k), .rows = width(), .columns = width(), .trained = true});
  return result;
}

Matrices DeepCstoParameters::draw(std::uint64_t seed) const {
  Matrices result;
  for (std::size_t k = 1; k <= arrays.size(); ++k)
    // Arrays are different pieces of hardware: each has a coupling of its own.
    result[numbered("W_coupling_", k)] =
        make_coupling(arrays.front().oscillators, seed + (k - 1) * 0x9E3779B97F4A7C15u);
  const double bound = 1 / std::sqrt(static_cast<double>(width()));
  for (std::size_t k = 1; k < arrays.size(); ++k) {
    Eigen::MatrixXd weights(width(), width());
    for (Eigen::Index i = 0; i < weights.size(); ++i)
      weights(i) =
          bound *
          (2 * random_uniform({seed, Purpose::read_in_weights, k}, static_cast<std::uint64_t>(i)) - 1);
    result[numbered("W_", k)] = weights;
  }
  return result;
}

template <class Scalar>
DeepCsto<Scalar>::DeepCsto(std::vector<Csto<Scalar>> arrays, const std::vector<Matrix>& between)
    : arrays_(std::move(arrays)) {
  for (const Matrix& weights : between) between_.emplace_back(weights);
  Team alone(1);
  weights_changed(alone);
}

template <class Scalar>
std::vector<Panels<Scalar>*> DeepCsto<Scalar>::trained() {
  std::vector<Panels<Scalar>*> result;
  for (auto& weights : between_) result.push_back(&weights);
  return result;
}

template <class Scalar>
void DeepCsto<Scalar>::weights_changed(Team&) {
  between_transposed_.clear();
  for (const auto& weights : between_) between_transposed_.emplace_back(Matrix(weights.dense().transpose()));
}

template <class Scalar>
auto DeepCsto<Scalar>::make_trajectory(Eigen::Index samples, bool remember) const -> Trajectory {
  Trajectory trajectory;
  for (const auto& array : arrays_) trajectory.arrays.push_back(array.make_trajectory(samples, remember));
  trajectory.covector = Panels<Scalar>(arrays_.front().neurons(), samples);
  for (const auto& weights : between_) trajectory.gradients.emplace_back(weights.rows(), weights.columns());
  return trajectory;
}

template <class Scalar>
void DeepCsto<Scalar>::forward(Trajectory& trajectory, Team& team) const {
  for (std::size_t k = 0; k < arrays_.size(); ++k) {
    if (k > 0) multiply(between_[k - 1], trajectory.arrays[k - 1].last(), trajectory.arrays[k].first(), team);
    arrays_[k].forward(trajectory.arrays[k], team);
  }
}

template <class Scalar>
void DeepCsto<Scalar>::vjp(Trajectory& trajectory, Team& team) const {
  using P = Panels<Scalar>;
  std::swap(trajectory.arrays.back().covector, trajectory.covector);
  for (std::size_t k = arrays_.size(); k-- > 0;) {
    auto& array = trajectory.arrays[k];
    arrays_[k].vjp(array, team);
    if (k == 0) break;
    // dL/dW = (dL/dv) x(T)ᵀ, square by square
    P& gradient = trajectory.gradients[k - 1];
    const P& before = trajectory.arrays[k - 1].last();
    team.split(gradient.panels(), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t p = begin; p < end; ++p)
        for (Eigen::Index q = 0; q * P::panel_rows < gradient.columns(); ++q) {
          alignas(64) Scalar square[P::panel_rows * P::panel_rows];
          multiply_transposed(array.covector, before, p, q, square);
          const Eigen::Index first = q * P::panel_rows,
                             columns = std::min(P::panel_rows, gradient.columns() - first);
          std::copy_n(square, columns * P::panel_rows, gradient.panel(p) + first * P::panel_rows);
        }
    });
    multiply(between_transposed_[k - 1], array.covector, trajectory.arrays[k - 1].covector, team);
  }
  std::swap(trajectory.arrays.front().covector, trajectory.covector);
}

template <class Scalar>
auto DeepCsto<Scalar>::jvp(const Trajectory& trajectory, const Matrix& tangent, Team& team) const -> Matrix {
  Matrix d = tangent;
  for (std::size_t k = 0; k < arrays_.size(); ++k) {
    if (k > 0) {
      const Panels<Scalar> from(d);
      Panels<Scalar> to(d.rows(), d.cols());
      multiply(between_[k - 1], from, to, team);
      d = to.dense();
    }
    d = arrays_[k].jvp(trajectory.arrays[k], d, team);
  }
  return d;
}

template <class Scalar>
VectorSequence DeepCsto<Scalar>::vectors(const Trajectory& trajectory) const {
  VectorSequence result;
  for (std::size_t k = 0; k < arrays_.size(); ++k)
    for (auto& [name, values] : arrays_[k].vectors(trajectory.arrays[k]))
      result.emplace_back(std::to_string(k + 1) + " " + name, std::move(values));
  return result;
}

template class DeepCsto<float>;
template class DeepCsto<double>;

}  // namespace stoic
