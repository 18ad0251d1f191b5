#pragma once
#include <Eigen/Core>
#include <span>

#include "stoic/host/compiler/network_builder.hpp"
#include "stoic/host/learning/noise.hpp"
#include "stoic/host/model/model.hpp"

namespace stoic {

/// What the float reference makes of calibration samples. Fields are angles γΔt/(1+α²)·H.
struct CstoCalibration {
  Eigen::VectorXd read_in_magnitude;  ///< of each oscillator: largest |component| of W_in u
  Range m, g_x, g_y, g_z, p, y;       ///< over all stages of all steps; p = m·g
  Eigen::MatrixXd pixel_moments;      ///< mean of u uᵀ
  Eigen::MatrixXd m_x_moments;        ///< over all stages [N x N]
  Eigen::MatrixXd last_moments;       ///< of m(T) [3 N x 3 N]
};

CstoCalibration calibrate_csto(const Model& model, std::span<const std::uint8_t> pixels,
                               const Noise& noise = {});

/// Widens the ranges by those of another calibration; the read-in and all moments stay.
void include_ranges(CstoCalibration& calibration, const CstoCalibration& other);

}  // namespace stoic
