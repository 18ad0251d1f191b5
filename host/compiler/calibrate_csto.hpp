#pragma once
#include <Eigen/Core>
#include <vector>

#include "stoic/host/compiler/network_builder.hpp"
#include "stoic/host/data/samples.hpp"
#include "stoic/host/dynamics/csto.hpp"
#include "stoic/host/learning/noise.hpp"
#include "stoic/host/model/model.hpp"

namespace stoic {

/// Arrays of oscillators one behind the other, with the matrices of a model. One array is the plain network.
struct OscillatorArrays {
  std::vector<CstoParameters> parameters;         ///< they differ in their coupling alone
  std::vector<const Eigen::MatrixXd*> couplings;  ///< W_cp of each
  std::vector<const Eigen::MatrixXd*> between;    ///< what leads from one to the next, one fewer
};

/// What a drive, one number for each oscillator, joins.
enum class CstoDrive {
  none,
  field,    ///< the field along z; as an angle γΔt/(1+α²)·H
  current,  ///< the current, and with it the spin torque, which becomes 1 + d times what it is
};

/// What the float reference makes of calibration samples in one array. Fields are angles γΔt/(1+α²)·H.
struct CstoCalibration {
  Eigen::VectorXd read_in_magnitude;  ///< of each oscillator: largest |component| of v, before f_norm
  Range m, g_x, g_y, g_z, p, y;       ///< over all stages of all steps; p = m·g; y of the last array
  Eigen::MatrixXd source_moments;  ///< mean of s sᵀ of m(T) of the array before; of the first array nothing
  Eigen::MatrixXd m_x_moments;     ///< over all stages [N x N]
  Eigen::MatrixXd last_moments;    ///< of m(T) [3 N x 3 N]
};

/// One for each array. Observational noise goes to the first, dynamical noise to the last.
std::vector<CstoCalibration> calibrate_csto(const Model& model, const OscillatorArrays& arrays,
                                            const Samples& data, const Noise& noise = {});

/// Ranges and sums of moments of one stage of a group of samples; `drive`: that of all of them.
void include_stage(const Stage<double, 3>& stage, Eigen::Index samples, const CstoParameters& parameters,
                   CstoCalibration& result, CstoDrive joins = CstoDrive::none,
                   const Eigen::VectorXd& drive = {});

/// Of sums of squares, of which only the lower half was summed: their mean over so many, both halves.
void fill_upper(Eigen::MatrixXd& moments, double count);

/// Widens the ranges by those of another calibration; magnitudes and all moments stay.
void include_ranges(CstoCalibration& calibration, const CstoCalibration& other);

}  // namespace stoic
