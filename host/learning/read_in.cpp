#include "stoic/host/learning/read_in.hpp"

#include "stoic/host/learning/learner.hpp"

namespace stoic {

template <class Scalar>
ReadIn<Scalar>::ReadIn(const Model& model)
    : inputs_(model.recipe.inputs),
      convolutions_(model.recipe.convolutions),
      weights_(typename Panels<Scalar>::Matrix(model.W_in.cast<Scalar>())),
      bias_(typename Panels<Scalar>::Matrix(model.b_in.cast<Scalar>())) {
  for (const auto& matrix : model.convolutions)
    filters_.emplace_back(typename Panels<Scalar>::Matrix(matrix.cast<Scalar>()));
}

template <class Scalar>
auto ReadIn<Scalar>::make_batch(Eigen::Index samples) const -> Batch {
  Batch batch;
  batch.inputs = Panels<Scalar>(inputs_, samples);
  batch.convolutions = convolutions_.make_batch(samples, false);
  return batch;
}

template <class Scalar>
void ReadIn<Scalar>::forward(Batch& batch, Panels<Scalar>& state, Team& team) const {
  typename Convolutions<Scalar>::Weights filters;
  for (const auto& matrix : filters_) filters.push_back(&matrix);
  convolutions_.forward(filters, batch.inputs, batch.convolutions, team);
  const auto& source = convolutions_.empty() ? batch.inputs : batch.convolutions.back().features;
  if (weights_.rows() > 0)
    multiply(weights_, source, batch.source_values, state, team);
  else
    copy_rows(source, state);
  if (bias_.rows() > 0) add_bias(bias_, state, team);
}

Eigen::MatrixXd network_inputs(const Recipe& recipe, const Samples& samples) {
  const double scale = recipe.scale_of(samples.are_real());
  if (!samples.are_real()) {
    const Eigen::Map<const Eigen::Matrix<std::uint8_t, Eigen::Dynamic, Eigen::Dynamic>> bytes(
        samples.bytes().data(), samples.length(), samples.size());
    return scale * bytes.cast<double>().array() + recipe.input_offset;
  }
  Eigen::MatrixXd values(samples.length(), samples.size());
  for (std::int64_t s = 0; s < samples.size(); ++s)
    samples.read(s, {values.col(s).data(), static_cast<std::size_t>(samples.length())});
  return scale * values.array() + recipe.input_offset;
}

Eigen::MatrixXd read_in_source(const Model& model, const Eigen::MatrixXd& inputs) {
  Eigen::MatrixXd source = inputs;
  Team alone(1);
  for (std::size_t k = 0; k < model.convolutions.size(); ++k) {
    const Convolution<double> convolution(model.recipe.convolutions[k]);
    auto batch = convolution.make_batch(inputs.cols(), false);
    convolution.forward(Panels<double>(model.convolutions[k]), Panels<double>(source), batch, alone);
    source = batch.features.dense();
  }
  return source;
}

Eigen::MatrixXd read_in_state(const Model& model, const Eigen::MatrixXd& inputs) {
  if (!model.recipe.has_read_in()) return read_in_source(model, inputs);
  Eigen::MatrixXd state = model.W_in * read_in_source(model, inputs);
  if (model.b_in.size() > 0) state.colwise() += model.b_in;
  return state;
}

template class ReadIn<float>;
template class ReadIn<double>;

}  // namespace stoic
