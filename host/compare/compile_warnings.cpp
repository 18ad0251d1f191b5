#include "stoic/host/compare/compile_warnings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <variant>

#include "stoic/host/compare/deviation.hpp"
#include "stoic/host/compiler/binary_point.hpp"
#include "stoic/host/dynamics/sa_node.hpp"

namespace stoic {
namespace {

/// Rounding then is a tenth of the values.
constexpr double least_dB = 20;
constexpr std::int64_t samples = 50;

/// A line when the largest entry of a matrix leaves others no bits: rows of which nine tenths of the entries
/// that are not 0 round to 0. Empty when all is well.
std::string lost_rows(const std::string& name, const Eigen::MatrixXd& matrix, std::int64_t width,
                      const std::string& remedy = "clip it or train with training.weight_decay") {
  if (matrix.size() == 0 || matrix.isZero(0)) return {};
  Eigen::Index row = 0, column = 0;
  const double largest = matrix.cwiseAbs().maxCoeff(&row, &column);
  const double half = std::ldexp(0.5, static_cast<int>(-fraction_bits_for(largest, width)));
  Eigen::Index lost = 0, first = -1;
  for (Eigen::Index r = 0; r < matrix.rows(); ++r) {
    Eigen::Index entries = 0, rounded = 0;
    for (const double w : matrix.row(r)) {
      entries += w != 0 ? 1 : 0;
      rounded += w != 0 && std::abs(w) < half ? 1 : 0;
    }
    if (rounded == 0 || 10 * rounded < 9 * entries) continue;
    if (first < 0) first = r;
    ++lost;
  }
  if (lost == 0) return {};
  return fmt::format(
      "{}: the weight {:.4g} in row {}, column {} sets the binary point, and in {} of {} rows (the first is "
      "row {}) nine tenths of the weights round to 0 in {} bits; {}",
      name, matrix(row, column), row, column, lost, matrix.rows(), first, width, remedy);
}

/// The same of a vector, whose other values have one binary point with the largest: nine tenths of the
/// others.
std::string lost_values(const std::string& name, const Eigen::VectorXd& values, std::int64_t width) {
  if (values.size() < 2 || values.isZero(0)) return {};
  Eigen::Index place = 0;
  const double largest = values.cwiseAbs().maxCoeff(&place);
  const double half = std::ldexp(0.5, static_cast<int>(-fraction_bits_for(largest, width)));
  const auto others = (values.array() != 0).count() - 1;
  const auto rounded = (values.array() != 0 && values.array().abs() < half).count();
  if (rounded == 0 || 10 * rounded < 9 * others) return {};
  return fmt::format(
      "{}: the value {:.4g} of element {} sets the binary point, and {} of the {} others that are not 0 "
      "round to 0 in "
      "{} bits; clip it, or train with a lower training.learning_rate",
      name, values(place), place, rounded, others, width);
}

/// The rows of each oscillator get a scale of their own before they are rounded.
Eigen::MatrixXd by_oscillator(Eigen::MatrixXd rows) {
  const Eigen::Index n = rows.rows() / 3;
  for (Eigen::Index k = 0; k < n; ++k) {
    double largest = 0;
    for (Eigen::Index c = 0; c < 3; ++c)
      largest = std::max(largest, rows.row(k + c * n).cwiseAbs().maxCoeff());
    if (largest == 0) continue;
    for (Eigen::Index c = 0; c < 3; ++c) rows.row(k + c * n) /= largest;
  }
  return rows;
}

/// What is added to the products of matrices, with the bits of a state. Oscillators have a scale of their own
/// for what is read in, which a bias is a part of.
std::vector<std::string> bias_warnings(const Model& model, bool oscillators, std::int64_t width) {
  const Recipe& recipe = model.recipe;
  std::vector<std::string> warnings;
  const auto judge = [&](const std::string& name, const Eigen::VectorXd& values) {
    if (auto warning = lost_values(name, values, width); !warning.empty())
      warnings.push_back(std::move(warning));
  };
  for (std::size_t k = 0; k < model.convolutions.size(); ++k)
    judge(convolution_name(k) + ", its last column (the biases)", model.convolutions[k].rightCols(1));
  const auto hidden = model.matrices.find("b_hidden");
  const Eigen::VectorXd own = model.b_in.size() > 0            ? model.b_in
                              : hidden != model.matrices.end() ? Eigen::VectorXd(hidden->second)
                                                               : Eigen::VectorXd();
  if (own.size() > 0 && !oscillators) {
    const double offset = recipe.convolutions.empty() ? recipe.input_offset : 0;
    judge(model.b_in.size() > 0 ? "b_in" : "b_hidden", own + offset * model.W_in.rowwise().sum());
  }
  judge("W_out, its last column (the biases)", model.W_out.rightCols(1));
  return warnings;
}

/// SA-nODE's A: its diagonal is a vector, the rest a matrix.
std::vector<std::string> coupling_warnings(const Model& model, const HardwareConfig& config) {
  const auto* parameters = std::get_if<SaNodeParameters>(&model.recipe.system);
  if (parameters == nullptr) return {};
  Eigen::MatrixXd A = coupling_matrix(*parameters, model.matrices);
  const Eigen::VectorXd diagonal = A.diagonal();
  A.diagonal().setZero();
  const Eigen::VectorXd eigenvalues = model.matrices.at("eigenvalues").col(0);
  Eigen::Index largest = 0;
  eigenvalues.cwiseAbs().maxCoeff(&largest);
  std::vector<std::string> warnings{
      lost_rows("A", A, config.weight_width,
                fmt::format(
                    "bring its largest eigenvalue (element {}, {:.4g}) nearer to the others, or train with a "
                    "lower training.learning_rate",
                    largest, eigenvalues(largest))),
      lost_values("the diagonal of A", diagonal, config.state_width)};
  std::erase(warnings, "");
  return warnings;
}

/// What is multiplied as a matrix of the model, as it is rounded but for a factor.
std::vector<std::string> matrix_warnings(const Model& model, std::int64_t width) {
  const Recipe& recipe = model.recipe;
  const bool oscillators = recipe.dynamics() == "csto" || recipe.dynamics() == "deep-csto";
  std::vector<std::string> warnings;
  const auto judge = [&](const std::string& name, const Eigen::MatrixXd& matrix) {
    if (auto warning = lost_rows(name, matrix, width); !warning.empty())
      warnings.push_back(std::move(warning));
  };
  judge("W_in", oscillators ? by_oscillator(model.W_in) : model.W_in);
  for (std::size_t k = 0; k < model.convolutions.size(); ++k)
    judge(convolution_name(k), model.convolutions[k].leftCols(recipe.convolutions[k].patch()));
  for (const auto& shape : recipe.matrices()) {
    if (!shape.name.starts_with("W_")) continue;
    const auto& matrix = model.matrices.at(shape.name);
    judge(shape.name, oscillators && shape.trained ? by_oscillator(matrix) : matrix);
  }
  judge("W_out", model.W_out.leftCols(recipe.last_neurons()));
  return warnings;
}

}  // namespace

std::vector<std::string> compile_warnings(const Model& model, const Image& image, const Dataset& calibration,
                                          bool noisy) {
  auto warnings = matrix_warnings(model, image.config.weight_width);
  const bool oscillators = model.recipe.dynamics() == "csto" || model.recipe.dynamics() == "deep-csto";
  for (auto& more :
       {bias_warnings(model, oscillators, image.config.state_width), coupling_warnings(model, image.config)})
    warnings.insert(warnings.end(), more.begin(), more.end());
  if (noisy) return warnings;
  const auto vectors = deviations(model, image, calibration, std::min(samples, calibration.size()));
  const Deviation* worst = nullptr;
  for (const auto& vector : vectors) {
    if (vector.mean_square == 0) continue;
    if (worst == nullptr || vector.signal_to_noise_dB() < worst->signal_to_noise_dB()) worst = &vector;
  }
  if (worst != nullptr && worst->signal_to_noise_dB() < least_dB)
    warnings.push_back(fmt::format(
        "vector {}: its signal-to-noise ratio is {:.1f} dB on calibration samples, below {} dB: "
        "rounding is a large part of it; choose an instance with more bits by --hw (CompileOptions::hw)",
        worst->name, worst->signal_to_noise_dB(), least_dB));
  for (const auto& vector : vectors)
    if (vector.least == vector.most)
      warnings.push_back(
          fmt::format("vector {}: is {:.4g} in every element of every calibration sample, so that its binary "
                      "point holds nothing else; check the weights before it and input_scale",
                      vector.name, vector.least));
  return warnings;
}

}  // namespace stoic
