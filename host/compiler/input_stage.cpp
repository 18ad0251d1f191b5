#include "stoic/host/compiler/input_stage.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "stoic/host/compiler/compensated_rounding.hpp"
#include "stoic/host/compiler/function_table.hpp"
#include "stoic/host/compiler/input_format.hpp"
#include "stoic/host/learning/read_in.hpp"

namespace stoic {
namespace {

/// What the float reference makes of calibration samples before W_in.
struct InputCalibration {
  SecondMoments moments;        ///< of what W_in multiplies
  SecondMoments patch_moments;  ///< of the pixels, as u, under the filters
  Range convolved;              ///< before the rectifiers
};

InputCalibration calibrate_input(const Model& model, const Samples& data) {
  constexpr Eigen::Index group = 64;
  const Recipe& recipe = model.recipe;
  const Eigen::Index samples = data.size();
  const Panels<double> filters(recipe.convolutions.empty() ? Eigen::MatrixXd() : model.convolutions.front());
  Team alone(1);
  InputCalibration seen;
  Eigen::MatrixXd moments, patch_moments;
  const auto add = [](Eigen::MatrixXd& sum, const Eigen::MatrixXd& values) {
    if (sum.size() == 0) sum = Eigen::MatrixXd::Zero(values.rows(), values.rows());
    sum.selfadjointView<Eigen::Lower>().rankUpdate(values);
  };
  for (Eigen::Index first = 0; first < samples; first += group) {
    const Eigen::Index count = std::min(group, samples - first);
    const Eigen::MatrixXd u = network_inputs(recipe, data.part(first, count));
    if (recipe.convolutions.empty()) {
      add(moments, u);
      continue;
    }
    const Convolution<double> convolution(recipe.convolutions.front());
    auto batch = convolution.make_batch(count, false);
    convolution.forward(filters, Panels<double>(u), batch, alone);
    add(moments, batch.features.dense());
    add(patch_moments, batch.patches.dense().topRows(recipe.convolutions.front().patch()));
    seen.convolved.include(batch.convolved.dense());
  }
  const auto finish = [](Eigen::MatrixXd& sum, Eigen::Index count) {
    sum.triangularView<Eigen::StrictlyUpper>() = sum.transpose();
    sum /= static_cast<double>(count);
  };
  finish(moments, samples);
  if (!recipe.convolutions.empty()) finish(patch_moments, samples * recipe.convolutions.front().locations());
  seen.moments = std::move(moments);
  seen.patch_moments = std::move(patch_moments);
  return seen;
}

}  // namespace

InputStage::InputStage(NetworkBuilder& builder, const LoweringTask& task)
    : builder_(builder), model_(task.model), format_(task.input) {
  const auto& model = task.model;
  const auto& recipe = model.recipe;
  pixels_.format.fraction_bits = builder.format(format_.name, format_.range, format_.fraction_bits);
  if (!recipe.has_read_in()) return;
  const auto& seen = task.calibration.once([&] { return calibrate_input(task.model, task.samples()); });
  moments_ = seen.moments;
  if (recipe.convolutions.empty()) return;
  const auto& shape = recipe.convolutions.front();
  const auto& W_convolution = model.convolutions.front();
  tiling_ = tile(shape, builder.config());
  features_.format.fraction_bits = builder.format("features", seen.convolved);
  const Eigen::MatrixXd filters = W_convolution.leftCols(shape.patch());
  const auto quantised = builder.weights("W_convolution", format_.scale * filters, seen.patch_moments,
                                         {pixels_.bits(), features_.bits()});
  block_ = {"W_convolution", {tiling_->block_matrix(quantised.codes), quantised.fraction_bits}, {}};
  bias_ = (W_convolution.rightCols(1) + recipe.input_offset * filters.rowwise().sum())
              .replicate(tiling_->across, 1);
}

QuantisedMatrix InputStage::weights(const Eigen::MatrixXd& rows, std::int64_t result_bits) const {
  if (!tiling_)
    return builder_.weights("W_in", format_.scale * rows, moments_, {pixels_.bits(), result_bits});
  const auto dense = builder_.weights("W_in", rows, moments_, {features_.bits(), result_bits});
  QuantisedMatrix spread{Eigen::MatrixXi::Zero(rows.rows(), tiling_->length()), dense.fraction_bits};
  for (Eigen::Index feature = 0; feature < rows.cols(); ++feature)
    spread.codes.col(tiling_->position(feature)) = dense.codes.col(feature);
  return spread;
}

Eigen::VectorXd InputStage::offset() const {
  Eigen::VectorXd offset = Eigen::VectorXd::Zero(model_.W_in.rows());
  if (!tiling_) offset += model_.recipe.input_offset * model_.W_in.rowwise().sum();
  if (model_.b_in.size() > 0) offset += model_.b_in;
  return offset;
}

void InputStage::place(std::int64_t reserve) {
  auto& program = builder_.program;
  if (tiling_) {
    builder_.place(block_);
    reserve = std::max(reserve, tiling_->length());
  }
  pixels_ = builder_.vector(format_.name, model_.recipe.inputs, pixels_.bits(), reserve);
  if (!tiling_) return;
  features_ = builder_.overlay("features", pixels_.word, tiling_->length(), features_.bits());
  strips_ = builder_.vector("strips of " + format_.name,
                            tiling_->strips * tiling_->strip_words() * tiling_->lanes, pixels_.bits());
  const auto table = rectifier_table(builder_.config(), program.free_table_words());
  rectifier_ = builder_.function(table, rectifier_function(table), "rectifier");
}

void InputStage::emit() {
  builder_.program.phase("input");
  builder_.program.emit(Load{.destination = pixels_.word, .length = model_.recipe.inputs}, format_.name);
  if (!tiling_) return;
  builder_.program.phase("convolution");
  cut_strips();
  convolve();
  rectify();
}

void InputStage::cut_strips() {
  const auto& shape = tiling_->shape;
  for (std::int64_t s = 0; s < tiling_->strips; ++s) {
    const auto first = s * tiling_->across * shape.stride;
    const auto pixels = std::min(tiling_->width, shape.width - first);
    for (std::int64_t r = 0; r < shape.height; ++r)
      builder_.program.emit(
          Copy{.destination =
                   (strips_.word + s * tiling_->strip_words()) * tiling_->lanes + r * tiling_->row(),
               .source = pixels_.word * tiling_->lanes + (r * shape.width + first) * shape.channels,
               .length = pixels * shape.channels},
          fmt::format("strip {}: row {}", s + 1, r + 1));
  }
}

void InputStage::convolve() {
  Matvec matvec{.rows = tiling_->rows(), .columns = tiling_->columns()};
  builder_.bind(matvec, {block_.name, block_.weights, pixels_.bits(), format_.largest_code, features_.bits()},
                bias_);
  for (std::int64_t i = 0; i < tiling_->shape.output_rows(); ++i)
    for (std::int64_t s = 0; s < tiling_->strips; ++s) {
      matvec.rows = tiling_->across_of(s) * tiling_->shape.filters;
      matvec.source = strips_.word + tiling_->source_word(i, s);
      matvec.destination = features_.word + tiling_->feature_word(i, s);
      builder_.program.emit_matvec(matvec, block_.place,
                                   fmt::format("convolution: row {}, strip {}", i + 1, s + 1));
    }
}

void InputStage::rectify() {
  const auto slot = builder_.apply(rectifier_, features_, features_, "features = max(features, 0)");
  if (tiling_->length() == tiling_->shape.features()) builder_.record(slot, "features", features_.bits());
}

std::int64_t InputStage::largest_code() const {
  return tiling_ ? builder_.config().state_max() : format_.largest_code;
}

}  // namespace stoic
