#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "stoic/host/data/samples.hpp"
#include "stoic/host/learning/noise.hpp"
#include "stoic/host/model/model.hpp"

namespace stoic {

/// Every intermediate vector of an FFESN in double precision, columns are samples; the compiler calibrates
/// on it.
struct Activations {
  std::vector<Eigen::MatrixXd> states;          ///< x(0) ... x(T) [neurons x samples]
  std::vector<Eigen::MatrixXd> preactivations;  ///< z(i) = W' x(i), x(i+1) = tanh(z(i)), i = 0 ... T-1
  Eigen::MatrixXd logits;                       ///< y [classes x samples]
};
/// With noise, x(0) carries the observational noise, and y comes from x(T) with
/// the dynamical noise. Throws Error for the model of another system.
Activations activations(const Model& model, const Samples& data, const Noise& noise = {});

}  // namespace stoic
