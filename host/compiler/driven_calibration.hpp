#pragma once
#include <Eigen/Core>
#include <cstdint>

#include "stoic/host/compiler/compensated_rounding.hpp"
#include "stoic/host/compiler/range.hpp"
#include "stoic/host/driven/driven_model.hpp"
#include "stoic/host/kernels/team.hpp"

namespace stoic {

/// ū, which codes of what is taken are counted from: the mean, but for less than a place of u. A y that goes back
/// into the network is then a code of u itself or, where u has fewer fraction bits, is rounded up as often as
/// down. Counted from elsewhere it would be rounded alike in every step, and free runs would drift.
Eigen::VectorXd centre_of_codes(const Eigen::VectorXd& mean, std::int64_t u_bits, std::int64_t y_bits);

/// Inputs and, with feedback, the outputs that are fed back: what W_in and W_feedback meet, side by side.
Eigen::MatrixXd taken_matrix(const DrivenModel& model);

/// Of each number of a vector, over time.
struct TrackRange {
  Eigen::VectorXd least, most, mean;
  /// The largest distance from `centre` that each has.
  Eigen::VectorXd reach(const Eigen::VectorXd& centre) const {
    return (most - centre).cwiseMax(centre - least);
  }
};

/// Of so many numbers, before any was seen; and one more of each: `mean` is their sum until it is divided.
TrackRange nothing_seen(Eigen::Index count);
void include(TrackRange& range, const Eigen::VectorXd& values);

/// What an echo-state network of the float reference does between washout and test part.
struct DrivenCalibration {
  TrackRange taken, sums, states;  ///< sums: W x + W_in u + b, before the activation
  Range output;                    ///< targets and outputs
  Eigen::MatrixXd taken_covariance, state_covariance;
};
DrivenCalibration calibrate_driven(const DrivenModel& model, const TimeSeries& series, Team& team);

}  // namespace stoic
