#pragma once
#include <Eigen/Core>
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "stoic/host/data/samples.hpp"
#include "stoic/host/model/model.hpp"

namespace stoic {

/// Many states along the directions in which they vary most.
struct PrincipalComponents {
  Eigen::MatrixXd coordinates;    ///< [up to 3 x samples], around the mean
  std::vector<double> explained;  ///< share of the variance along each
};

/// The first three principal components of states [width x samples]; signs are such that the largest entry of
/// each direction is positive. Of states that are all equal the coordinates and shares are 0.
PrincipalComponents principal_components(const Eigen::MatrixXd& states);

struct TrajectoryOptions {
  std::int64_t shown = 0;  ///< the sample whose states are kept for all times
  int threads = 0;
  const std::atomic<bool>* stop = nullptr;  ///< when true, throws Stopped
};

struct TrajectoryResult {
  PrincipalComponents first, last;  ///< of x(0) and x(T)
  Eigen::MatrixXd states;           ///< of the shown sample [width x times]
  std::vector<double> times;        ///< of its columns, in `unit`
  std::string unit;                 ///< "ps", "steps", "" for a system's own
};

/// Where the network takes these samples. Of a chain, `states` are the vectors that each link tells of
/// itself, and times go on from link to link. Throws DivergedError for a state that is not finite, and Error
/// for a sample that is not there.
TrajectoryResult trajectories(const Model& model, const Samples& samples,
                              const TrajectoryOptions& options = {});

}  // namespace stoic
