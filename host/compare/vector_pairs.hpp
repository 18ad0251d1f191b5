#pragma once
#include <Eigen/Core>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "stoic/host/data/dataset.hpp"
#include "stoic/host/model/model.hpp"
#include "stoic/sim/contract/image.hpp"

namespace stoic {

/// A vector that the float reference and an image both compute, of some samples.
struct VectorPair {
  std::size_t index = 0;  ///< counts the computations of a sample, in the order of the program
  std::string name;       ///< of this computation: "x(0)", "x(1)", ...
  std::int64_t slot = 0;  ///< instruction that computes it
  std::int64_t fraction_bits = 0;
  std::int64_t first_sample = 0, samples = 0;
  const Eigen::MatrixXd* reference = nullptr;  ///< of float, in double precision
  Eigen::Index first_column = 0;               ///< of these samples in `reference`
  /// Code of an element, by (sample from 0, element).
  std::function<std::int32_t(std::int64_t, std::int64_t)> code;
};

/// Runs float (double precision) and golden side by side on the first `samples` of `data`, and shows every
/// vector of every chunk of samples, in the order of the program. The image must have been compiled from
/// `model`, without noise.
void for_each_vector_pair(const Model& model, const Image& image, const Dataset& data, std::int64_t samples,
                          const std::function<void(const VectorPair&)>& look);

}  // namespace stoic
