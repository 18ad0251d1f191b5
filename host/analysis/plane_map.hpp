#pragma once
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "stoic/host/analysis/ftmle.hpp"

namespace stoic {

struct PlaneOptions {
  double least = -1.2, most = 1.2;  ///< of both inputs
  std::int64_t resolution = 95;     ///< points along either; 2 to 1000
  FtmleOptions ftmle = {};          ///< its scope is not read
  /// What becomes of the options of either scope before it is measured: for what is known of it, and kept.
  std::function<FtmleOptions(const FtmleOptions&)> join = {};
};

/// Finite-time exponents over the plane of a network's two inputs (paper 001, figures 2A and 6): of the whole
/// network, u to y, and of each of its layers.
struct PlaneMap {
  double least = 0, most = 0;
  std::int64_t resolution = 0;
  /// Samples are the points of the plane, the first input fastest.
  FtmleResult network, layers;

  /// Input number i along either side.
  double at(std::int64_t i) const {
    return least + (most - least) * static_cast<double>(i) / static_cast<double>(resolution - 1);
  }
  /// "least", "most", "resolution", "network" and "layers" as FtmleResult::json(), without "per_sample": the
  /// values are in the table of the report.
  nlohmann::ordered_json json() const;
  /// For people: a line for each part.
  std::string print() const;
};

/// Inputs are those that the network gets before its input_scale and input_offset: standardised ones where
/// the data is. Throws Error for a network that has not two inputs, for a range or a resolution that spans no
/// plane, and as ftmle() does.
PlaneMap plane_map(const Model& model, const PlaneOptions& options = {});

}  // namespace stoic
