#include "stoic/host/compiler/esn_design.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "stoic/host/kernels/decompositions.hpp"

namespace stoic {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Room that a neuron's vectors get beyond what calibration saw of it. A neuron that leaves it saturates for a
/// step, which its reservoir forgets.
constexpr double neuron_margin = 1.25;
/// Quiet neurons are not scaled up further than this beyond the liveliest: W, which takes the scales in, would
/// lose its small entries.
constexpr double most_scale = 4;
/// Polynomials of more terms cost more than they bring.
constexpr Index most_degree = 8;

const EsnParameters& parameters_of(const DrivenModel& model) {
  return std::get<EsnParameters>(model.recipe.system);
}

Range both_signs(double magnitude) { return {-magnitude, magnitude}; }

/// What brings each reach, with its margin, to 1.
VectorXd filling_scale(const VectorXd& reach) {
  const double largest = std::max(reach.maxCoeff(), 1e-12);
  return (neuron_margin * reach.cwiseMax(largest / most_scale)).cwiseInverse();
}

/// Of every neuron's a (f(z̄ + ζ) - x̄) over its scaled ζ in [-1, 1], by least squares at the zeros of a
/// Chebyshev polynomial; and how far it is off.
struct Polynomials {
  MatrixXd coefficients;
  double error = 0;
};

Polynomials polynomials_of(const EsnDesign& design, const EsnParameters& p, Index degree) {
  constexpr Index points = 48;
  MatrixXd powers(points, degree + 1), values(points, design.neurons());
  for (Index k = 0; k < points; ++k) {
    const double at =
        std::cos(std::numbers::pi * (static_cast<double>(k) + 0.5) / static_cast<double>(points));
    for (Index n = 0; n <= degree; ++n) powers(k, n) = std::pow(at, static_cast<double>(n));
    for (Index i = 0; i < design.neurons(); ++i) {
      const double z = design.sum(i) + at / design.z_scale(i);
      values(k, i) =
          design.x_scale(i) * p.leak * ((p.activation == "linear" ? z : std::tanh(z)) - design.rest(i));
    }
  }
  const MatrixXd solution = least_squares(powers, values);
  return {solution.transpose(), (powers * solution - values).cwiseAbs().maxCoeff()};
}

/// Whether polynomials of a moderate degree are exact to a quarter of a unit; then they are the design's.
bool choose_polynomials(EsnDesign& design, const EsnParameters& p, const HardwareConfig& config) {
  const double bound = std::ldexp(0.25, static_cast<int>(1 - config.state_width));
  for (Index degree = 1; degree <= most_degree; ++degree) {
    auto found = polynomials_of(design, p, degree);
    if (found.error > bound) continue;
    design.coefficients = std::move(found.coefficients);
    return true;
  }
  return false;
}

/// u stands behind the state so often at most.
constexpr Index most_repeats = 16;
/// Bits that u may lose so that W_in gets them.
constexpr std::int64_t most_lent = 3;

void round_reservoir(EsnDesign& design, const DrivenModel& model, const DrivenCalibration& seen,
                     const HardwareConfig& config) {
  const auto width = config.weight_width;
  const VectorXd back = design.x_scale.cwiseInverse();
  const MatrixXd w = design.z_scale.asDiagonal() * model.matrix * back.asDiagonal();
  const MatrixXd w_in = design.z_scale.asDiagonal() * taken_matrix(model);
  const double largest = w.cwiseAbs().maxCoeff(), largest_in = w_in.cwiseAbs().maxCoeff();
  auto w_bits = design.z_bits - design.d_bits + config.accumulator_width - config.state_width;
  if (largest > 0) w_bits = std::min(w_bits, fraction_bits_for(largest, width));
  const auto wanted = largest_in > 0 ? fraction_bits_for(largest_in, width) : w_bits;
  const auto in_bits = [&] { return w_bits + design.d_bits - design.u_bits; };
  design.u_bits -= std::clamp<std::int64_t>(wanted - in_bits(), 0, most_lent);
  const double most = std::ldexp(1.0, static_cast<int>(width - 1)) - 1;
  const auto repeats = [&] {
    return static_cast<Index>(std::ceil(std::ldexp(largest_in, static_cast<int>(in_bits())) / most));
  };
  while (repeats() > most_repeats) --w_bits;
  const MatrixXd states = design.x_scale.asDiagonal() * seen.state_covariance * design.x_scale.asDiagonal();
  design.w = quantise_for_products(w, width, SecondMoments(states), w_bits);
  design.repeats = std::max<Index>(repeats(), 1);
  const double limit = most * static_cast<double>(design.repeats);
  design.w_in.fraction_bits = in_bits();
  design.w_in.codes = w_in.unaryExpr([&](double value) {
    return static_cast<int>(
        std::clamp(std::floor(std::ldexp(value, static_cast<int>(in_bits())) + 0.5), -limit, limit));
  });
}

/// By a table: z's binary point, which holds z and z - z̄; z̄ is a multiple of its last place.
void take_sums(EsnDesign& design, const DrivenCalibration& seen, std::int64_t width) {
  const double z = seen.sums.reach(VectorXd::Zero(design.neurons())).maxCoeff();
  design.z = both_signs(z);  // without a margin: where tanh is flat, its argument may saturate
  design.z_bits = fraction_bits_for(std::max(z, seen.sums.reach(design.sum).maxCoeff()), width);
  const double place = std::ldexp(1.0, -static_cast<int>(design.z_bits));
  design.sum = (design.sum / place).array().round().matrix() * place;
}

/// Ranges and binary points of what the program makes of the rounded reservoir.
void choose_esn_formats(EsnDesign& design, const DrivenCalibration& seen, const HardwareConfig& config) {
  const auto width = config.state_width;
  constexpr double enough = 1.02;  // the scales have a margin already
  const double d = (design.x_scale.cwiseProduct(seen.states.reach(design.rest))).maxCoeff();
  design.d = both_signs(d);
  design.d_bits = fraction_bits_for(enough * d, width);
  if (design.by_polynomials) {
    const double z = (design.z_scale.cwiseProduct(seen.sums.reach(design.sum))).maxCoeff();
    design.z = both_signs(z);
    design.z_bits = fraction_bits_for(enough * z, width);
  } else {
    take_sums(design, seen, width);
  }
}

}  // namespace

void EsnDesign::take_two_words(const HardwareConfig& config, Index outputs) {
  constexpr Index most = 8;
  two_words = true;
  output_repeats = std::clamp<Index>(config.lanes / outputs, 1, most);
  repeats = std::max(repeats, output_repeats);
}

DrivenModel EsnDesign::rounded(const DrivenModel& model) const {
  const VectorXd back = z_scale.cwiseInverse();
  DrivenModel result = model;
  result.matrix = back.asDiagonal() * w.values() * x_scale.asDiagonal();
  const MatrixXd taken = back.asDiagonal() * w_in.values();
  result.W_in = taken.leftCols(model.W_in.cols());
  if (model.W_feedback.size() > 0) result.W_feedback = taken.rightCols(model.W_feedback.cols());
  result.b_in = sum - result.matrix * rest - taken * centre;
  return result;
}

EsnDesign design_esn(const DrivenModel& model, const TimeSeries& series, const HardwareConfig& config,
                     Team& team) {
  const auto seen = calibrate_driven(model, series, team);
  const auto& p = parameters_of(model);
  const auto width = config.state_width;
  EsnDesign design{.centre = seen.taken.mean, .rest = seen.states.mean};
  design.sum = model.matrix * design.rest + taken_matrix(model) * design.centre + model.b_in;
  design.z_scale = filling_scale(seen.sums.reach(design.sum));
  design.x_scale = filling_scale(seen.states.reach(design.rest));
  design.by_polynomials = choose_polynomials(design, p, config);
  design.d_bits = design.z_bits = width - 1;
  if (!design.by_polynomials) {
    design.z_scale = VectorXd::Ones(design.neurons());
    take_sums(design, seen, width);
  }
  design.u = both_signs(seen.taken.reach(design.centre).maxCoeff());
  design.u_bits = fraction_bits_for(range_margin * design.u.most, width);
  design.y = seen.output;
  design.y_bits = fraction_bits_for(range_margin * design.y.magnitude(), width);
  round_reservoir(design, model, seen, config);
  design.centre = centre_of_codes(seen.taken.mean, design.u_bits, design.y_bits);
  design.sum = model.matrix * design.rest + taken_matrix(model) * design.centre + model.b_in;
  choose_esn_formats(design, calibrate_driven(design.rounded(model), series, team), config);
  return design;
}

}  // namespace stoic
