#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "stoic/host/analysis/evolution.hpp"
#include "stoic/host/kernels/team.hpp"

namespace stoic {

/// A number that a system of the catalogue is given.
struct CatalogueParameter {
  std::string name;
  double value = 0;  ///< unless another is set
  double low = 0, high = 0;
  std::string meaning;
  bool whole = false;
};

/// Parameters by their names.
using CatalogueValues = std::map<std::string, double>;

/// A system of the literature whose exponents are known, to hold the analyses against: an equation, where it
/// is started, and for how long it is followed unless somebody asks for another time.
struct CatalogueSystem {
  std::string name;
  std::string equation;  ///< in a line
  std::string known;     ///< what is known of its exponents
  bool is_map = true;
  std::vector<CatalogueParameter> parameters;  ///< "step", the integrator's, is one of a flow's
  double transient = 1000, duration = 1e6;     ///< steps of a map, else its own time
  double shortest_duration = 0;                ///< of many tangents of many numbers, which take long
  std::function<std::unique_ptr<Evolution>(const CatalogueValues&, Team&)> make;
  /// A state to begin at, on the attractor's side of everything, of a seed.
  std::function<Eigen::VectorXd(const CatalogueValues&, std::uint64_t seed)> start;

  std::string unit() const { return is_map ? "per step" : "per unit of time"; }
  /// How long `count` tangents are followed unless somebody asks for another time.
  double duration_of(const Evolution& evolution, Eigen::Index count) const;
};

/// All of them.
const std::vector<CatalogueSystem>& catalogue();

/// The one of that name, or null.
const CatalogueSystem* in_catalogue(const std::string& name);

/// Its parameters after settings "name=value". Throws Error that names the system, the parameter and what it
/// takes.
CatalogueValues catalogue_values(const CatalogueSystem& system, const std::vector<std::string>& settings);

}  // namespace stoic
