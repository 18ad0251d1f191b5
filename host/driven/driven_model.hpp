#pragma once
#include <Eigen/Core>
#include <filesystem>
#include <string>
#include <vector>

#include "stoic/host/driven/driven_recipe.hpp"
#include "stoic/host/driven/time_series.hpp"

namespace stoic {

/// What brings values to those that a network works with: (value - mean) / deviation.
struct Scaling {
  Eigen::VectorXd mean, deviation;
  Eigen::MatrixXd apply(const Eigen::MatrixXd& values) const {
    return deviation.cwiseInverse().asDiagonal() * (values.colwise() - mean);
  }
  Eigen::MatrixXd undo(const Eigen::MatrixXd& values) const {
    return (deviation.asDiagonal() * values).colwise() + mean;
  }
};

/// A driven reservoir with its read-out, as it lies in a NumPy `.npz` of float64 arrays:
///   W_in        [sites · nodes x inputs], rows of the first virtual node first
///   b_in        [sites · nodes]
///   W_feedback  [sites · nodes x outputs], where the recipe has feedback
///   W_reservoir or W_coupling [sites x sites], the system's own; none of Lorenz 96
///   W_out       [outputs x (features + 1)], bias last; features are what a step shows, node after node (of
///               csto all x, all y, all z), then their squares, then the input, as the recipe says
///   input_mean, input_deviation [inputs], output_mean, output_deviation [outputs]: W_in and W_out are of
///               values minus the mean over the deviation
///   recipe      UTF-8 text (JSON) with the key "drive"
///   training_data  UTF-8 text, what it was learnt from (series_mark()); not in models of others
struct DrivenModel {
  DrivenRecipe recipe;
  Eigen::MatrixXd W_in;
  Eigen::VectorXd b_in;
  Eigen::MatrixXd W_feedback;  ///< empty without feedback
  Eigen::MatrixXd matrix;      ///< the system's own; empty of lorenz96
  Eigen::MatrixXd W_out;
  Scaling input, output;
  std::string learnt_from = {};  ///< series_mark() of its series; empty: unknown
  Eigen::Index inputs() const { return W_in.cols(); }
  Eigen::Index outputs() const { return W_out.rows(); }
};

/// All that is drawn, for a series; W_out is 0.
DrivenModel draw_driven_model(const DrivenRecipe& recipe, const TimeSeries& series);

/// Whether a `.npz` holds a driven model: its recipe says so.
bool is_driven_model(const std::string& bytes, const std::string& where);

/// Throws Error that names file, array and remedy.
DrivenModel parse_driven_model(std::string bytes, const std::string& where);
/// Writes atomically; the same model gives the same bytes.
void write_driven_model(const std::filesystem::path& path, const DrivenModel& model);

}  // namespace stoic
