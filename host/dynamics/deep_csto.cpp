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

DeepCstoParameters DeepCstoParameters::over(double duration_ps, std::int64_t steps) const {
  auto result = *this;
  for (auto& array : result.arrays) array = array.over(duration_ps, steps);
  return result;
}

Traits DeepCstoParameters::traits() const {
  Traits result;
  for (const char* part : {" m_x", " m_y", " m_z"})
    result.state_vectors.push_back({.name = std::to_string(arrays.size()) + part});
  return result;
}

template class Chain<Csto<float>>;
template class Chain<Csto<double>>;

}  // namespace stoic
