#pragma once
#include <Eigen/Core>

#include "stoic/host/compiler/calibrate_csto.hpp"
#include "stoic/host/compiler/driven_calibration.hpp"

namespace stoic {

/// What driven oscillators of the float reference do between washout and test part. Drives are in the unit in which they
/// join the equation: an angle, or a share of the current.
struct DrivenCstoCalibration {
  CstoCalibration stages;  ///< ranges over all stages, and the moments of m_x
  TrackRange taken;        ///< inputs and outputs that are fed back
  Eigen::MatrixXd taken_covariance;
  Range drive, output;  ///< output: targets and outputs
};
DrivenCstoCalibration calibrate_driven_csto(const DrivenModel& model, const TimeSeries& series, Team& team);

/// What the drive of a recipe joins, and how much of it one unit of W_in is.
CstoDrive csto_drive(const DrivenRecipe& recipe);
double csto_drive_unit(const DrivenRecipe& recipe);

}  // namespace stoic
