#pragma once
#include <Eigen/Core>
#include <map>
#include <set>
#include <string>

#include "stoic/host/compiler/network_builder.hpp"
#include "stoic/host/data/samples.hpp"
#include "stoic/host/learning/noise.hpp"
#include "stoic/host/model/model.hpp"

namespace stoic {

/// What the float reference makes of calibration samples, whatever the system.
struct VectorStatistics {
  /// Of each of the system's vectors(), over all samples and occurrences, and of "u", "v" (what the
  /// read-in gives, before any f_norm), "x(T)" and "y".
  std::map<std::string, Range> ranges;
  /// Mean of v vᵀ: of "x(T)", and of the vectors asked for.
  std::map<std::string, SecondMoments> moments;

  /// Over several vectors together.
  Range range(std::initializer_list<const char*> names) const;
};

/// Ranges also cover the same samples with noise, where there is noise.
VectorStatistics vector_statistics(const Model& model, const Samples& data, const Noise& noise,
                                   const std::set<std::string>& moments_of = {});

}  // namespace stoic
