#include "stoic/host/learning/learner.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

#include "stoic/host/data/pixel_noise.hpp"
#include "stoic/host/learning/input.hpp"
#include "stoic/host/learning/loss.hpp"
#include "stoic/host/model/model.hpp"
#include "stoic/host/random/random.hpp"

namespace stoic {
namespace {

/// Samples that one thread takes at a time, whatever the number of threads.
constexpr Eigen::Index gradient_group = 16;

/// How many numbers one result depends on, and on how many results one number has a say.
struct Fan {
  Eigen::Index in, out;
};

template <class Scalar>
TrainableWeights<Scalar> draw_weights(const RandomKey& key, Eigen::Index rows, Eigen::Index columns,
                                      const Fan& fan, bool adam, const WeightDraw& how = {}) {
  TrainableWeights<Scalar> result{Panels<Scalar>(rows, columns), Panels<Scalar>(rows, columns), {}};
  if (adam) result.second_moment = Panels<Scalar>(rows, columns);
  for (Eigen::Index row = 0; row < rows; ++row)
    for (Eigen::Index column = 0; column < columns; ++column) {
      const auto index = static_cast<std::uint64_t>(row * columns + column);
      result.weights(row, column) = static_cast<Scalar>(initial_weight(how, key, index, fan.in, fan.out));
    }
  return result;
}

template <class Scalar>
void add_noise(std::span<const float> normal, Scalar scale, Panels<Scalar>& inputs, Eigen::Index column) {
  constexpr std::size_t rows = Panels<Scalar>::panel_rows;
  for (std::size_t first = 0; first < normal.size(); first += rows) {
    Scalar* to =
        inputs.panel(static_cast<Eigen::Index>(first / rows)) + column * static_cast<Eigen::Index>(rows);
    const std::size_t count = std::min(rows, normal.size() - first);
    for (std::size_t r = 0; r < count; ++r) to[r] += scale * static_cast<Scalar>(normal[first + r]);
  }
}

}  // namespace

template <class Scalar>
void copy_rows(const Panels<Scalar>& from, Panels<Scalar>& to) {
  for (Eigen::Index p = 0; p < from.panels(); ++p) std::copy_n(from.panel(p), from.panel_size(), to.panel(p));
}

template <class Scalar>
void fill_bias_row(Panels<Scalar>& states, Eigen::Index row) {
  for (Eigen::Index s = 0; s < states.columns(); ++s) states(row, s) = 1;
}

template <class Scalar>
void add_bias(const Panels<Scalar>& bias, Panels<Scalar>& states, Team& team) {
  constexpr Eigen::Index rows = Panels<Scalar>::panel_rows;
  team.split(bias.panels(), [&](Eigen::Index begin, Eigen::Index end) {
    for (Eigen::Index p = begin; p < end; ++p) {
      const Scalar* from = bias.panel(p);
      const Eigen::Index count = std::min(rows, bias.rows() - p * rows);
      for (Eigen::Index s = 0; s < states.columns(); ++s)
        for (Eigen::Index r = 0; r < count; ++r) states.panel(p)[s * rows + r] += from[r];
    }
  });
}

template <class Scalar>
Learner<Scalar>::Learner(const Recipe& recipe, std::unique_ptr<System<Scalar>> system, Team& team)
    : recipe_(recipe),
      system_(std::move(system)),
      team_(team),
      last_neurons_(recipe.last_neurons()),
      convolutions_(recipe.convolutions) {
  const bool adam = recipe.training.optimizer == "adam";
  const WeightDraw draw = traits(recipe.system).ends;
  for (const auto& shape : recipe.convolutions)
    convolutions.push_back(draw_weights<Scalar>(
        {recipe.seed, Purpose::convolution_weights, convolutions.size()}, shape.filters, shape.patch() + 1,
        {shape.patch(), shape.filters * shape.kernel * shape.kernel}, adam, draw));
  if (!convolutions.empty() && recipe.has_read_in())
    read_in_transposed_ = Panels<Scalar>(recipe.read_in_columns(), recipe.neurons());
  if (recipe.has_read_in())
    read_in = draw_weights<Scalar>({recipe.seed, Purpose::read_in_weights}, recipe.neurons(),
                                   recipe.read_in_columns(), {recipe.read_in_columns(), recipe.neurons()},
                                   adam, draw);
  if (recipe.read_in_bias)
    read_in_bias = draw_weights<Scalar>({recipe.seed, Purpose::read_in_bias}, recipe.neurons(), 1,
                                        {recipe.read_in_columns(), recipe.neurons()}, adam);
  attractors_ = recipe.attractors().template cast<Scalar>();
  std::vector<MatrixShape> shapes;
  for (const auto& shape : recipe.matrices())
    if (shape.trained) shapes.push_back(shape);
  for (Panels<Scalar>* weights : system_->trained()) {
    const Panels<Scalar> zero(weights->rows(), weights->columns());
    const MatrixShape& shape = shapes[own.size()];
    own.push_back({weights, zero, adam ? zero : Panels<Scalar>(), shape.decays, shape.rate});
  }
  read_out = draw_weights<Scalar>({recipe.seed, Purpose::read_out_weights}, recipe.classes, last_neurons_ + 1,
                                  {last_neurons_, recipe.classes}, adam, draw);
  if (draw.how != Initialisation::pytorch) {
    for (auto& layer : convolutions)
      for (Eigen::Index f = 0; f < layer.weights.rows(); ++f)
        layer.weights(f, layer.weights.columns() - 1) = 0;
    if (recipe.read_in_bias) read_in_bias.weights = Panels<Scalar>(recipe.neurons(), 1);
    for (Eigen::Index c = 0; c < recipe.classes; ++c) read_out.weights(c, last_neurons_) = 0;
  }
  if (attractors_.size() > 0)
    read_out.weights = Panels<Scalar>(Matrix(overlap_read_out(recipe).template cast<Scalar>()));
  weights_changed();
}

template <class Scalar>
void Learner<Scalar>::weights_changed() {
  system_->weights_changed(team_);
  read_out_transposed_ = Panels<Scalar>(
      typename Panels<Scalar>::Matrix(read_out.weights.dense().leftCols(last_neurons_).transpose()));
}

template <class Scalar>
auto Learner<Scalar>::batch_of(Eigen::Index samples) -> Batch& {
  if (!batch_ || batch_->logits.columns() != samples) {
    batch_.emplace(Batch{recipe_.has_read_in() || !convolutions.empty()
                             ? Panels<Scalar>(recipe_.inputs, samples)
                             : Panels<Scalar>(),
                         convolutions_.make_batch(samples),
                         system_->run(samples),
                         Panels<Scalar>(recipe_.classes, samples),
                         std::vector<double>(samples),
                         std::vector<std::uint8_t>(samples),
                         {}});
  }
  return *batch_;
}

template <class Scalar>
double Learner<Scalar>::step(const Dataset& data, std::span<const std::uint32_t> samples, std::uint64_t epoch,
                             const UpdateRule& rule) {
  const auto count = static_cast<Eigen::Index>(samples.size());
  Batch& batch = batch_of(count);
  // Calls work(first, end) for every group of samples.
  const auto for_groups = [&](const auto& work) {
    team_.split((count + gradient_group - 1) / gradient_group, [&](Eigen::Index begin, Eigen::Index end) {
      for (Eigen::Index group = begin; group < end; ++group)
        work(group * gradient_group, std::min((group + 1) * gradient_group, count));
    });
  };
  for_groups(
      [&](Eigen::Index first, Eigen::Index end) { fill_inputs(batch, data, samples, epoch, first, end); });
  convolutions_.forward(filters(), inputs(batch), batch.convolutions, team_);
  if (recipe_.training.dropout > 0)
    for_groups([&](Eigen::Index first, Eigen::Index end) { drop(batch, data, samples, epoch, first, end); });
  if (recipe_.has_read_in())
    multiply(read_in.weights, source(batch), batch.source_values, batch.run->first(), team_);
  else if (!convolutions.empty())
    copy_rows(source(batch), batch.run->first());
  if (recipe_.read_in_bias) add_bias(read_in_bias.weights, batch.run->first(), team_);
  batch.run->forward(team_);
  fill_bias_row(batch.run->last(), last_neurons_);
  for_groups(
      [&](Eigen::Index first, Eigen::Index end) { read_out_and_loss(batch, data, samples, first, end); });
  if (trains_before_read_out()) batch.run->vjp(team_);
  const Team::Whole whole(team_);  // from here on weights change
  if (attractors_.size() == 0) update_read_out(batch, rule);
  if (!convolutions.empty()) update_convolutions(batch, rule);
  if (recipe_.has_read_in()) update_read_in(batch, rule);
  if (recipe_.read_in_bias) update_read_in_bias(batch, rule);
  if (!own.empty()) update_own(batch, rule);
  double total = 0;
  for (const double loss : batch.losses) total += loss;
  return total / static_cast<double>(samples.size());
}

template <class Scalar>
std::int64_t Learner<Scalar>::right() const {
  return batch_ ? std::accumulate(batch_->right.begin(), batch_->right.end(), std::int64_t{0}) : 0;
}

template <class Scalar>
void Learner<Scalar>::fill_inputs(Batch& batch, const Dataset& data, std::span<const std::uint32_t> samples,
                                  std::uint64_t epoch, Eigen::Index first, Eigen::Index end) const {
  const auto noise = static_cast<Scalar>(recipe_.training.input_noise);
  std::vector<float> normal(static_cast<std::size_t>(recipe_.inputs));
  const double replaced = recipe_.training.pixel_noise;
  std::vector<std::uint8_t> dirty(static_cast<std::size_t>(recipe_.inputs));
  for (Eigen::Index s = first; s < end; ++s) {
    constexpr Eigen::Index ahead = 2;
    if (s + ahead < std::ssize(samples)) expect_input(data.samples, samples[s + ahead]);
    const std::uint64_t draw = epoch * static_cast<std::uint64_t>(data.size()) + samples[s];
    if (replaced > 0) {
      std::copy_n(data.samples.bytes(samples[s]), dirty.size(), dirty.data());
      replace_pixels(dirty, {recipe_.seed, Purpose::pixel_noise, draw}, replaced);
      fill_input(recipe_, dirty.data(), inputs(batch), s);
    } else {
      fill_input(recipe_, data.samples, samples[s], inputs(batch), s);
    }
    if (noise == 0) continue;
    fill_normal(normal, {recipe_.seed, Purpose::input_noise, draw});
    add_noise(normal, noise, inputs(batch), s);
  }
}

template <class Scalar>
void Learner<Scalar>::read_out_and_loss(Batch& batch, const Dataset& data,
                                        std::span<const std::uint32_t> samples, Eigen::Index first,
                                        Eigen::Index end) const {
  if (attractors_.size() > 0) return distances(batch, data, samples, first, end);
  for (Eigen::Index p = 0; p < batch.logits.panels(); ++p)
    multiply_panel(read_out.weights, batch.run->last(), batch.logits, p, first, end);
  const auto mean = static_cast<Scalar>(1.0 / static_cast<double>(samples.size()));
  std::vector<Scalar> logits(static_cast<std::size_t>(recipe_.classes));
  for (Eigen::Index s = first; s < end; ++s) {
    for (Eigen::Index c = 0; c < recipe_.classes; ++c) logits[c] = batch.logits(c, s);
    batch.right[s] =
        std::max_element(logits.begin(), logits.end()) - logits.begin() == data.labels[samples[s]];
    const double weight = weight_of(data.labels[samples[s]]);
    batch.losses[s] = weight * softmax_cross_entropy<Scalar>(logits, data.labels[samples[s]]);
    const auto share = mean * static_cast<Scalar>(weight);
    for (Eigen::Index c = 0; c < recipe_.classes; ++c) batch.logits(c, s) = share * logits[c];
  }
  if (!trains_before_read_out()) return;
  Panels<Scalar>& covector = batch.run->covector();
  for (Eigen::Index p = 0; p < read_out_transposed_.panels(); ++p)
    multiply_panel(read_out_transposed_, batch.logits, covector, p, first, end);
}

/// The loss of x(T) by its distance to the attractor, and its derivative.
template <class Scalar>
void Learner<Scalar>::distances(Batch& batch, const Dataset& data, std::span<const std::uint32_t> samples,
                                Eigen::Index first, Eigen::Index end) const {
  const auto mean = static_cast<Scalar>(1.0 / static_cast<double>(samples.size()));
  const Panels<Scalar>& last = batch.run->last();
  Panels<Scalar>& covector = batch.run->covector();
  for (Eigen::Index p = 0; p < batch.logits.panels(); ++p)
    multiply_panel(read_out.weights, last, batch.logits, p, first, end);
  for (Eigen::Index s = first; s < end; ++s) {
    Eigen::Index decided = 0;
    for (Eigen::Index c = 1; c < recipe_.classes; ++c)
      if (batch.logits(c, s) > batch.logits(decided, s)) decided = c;
    batch.right[s] = decided == data.labels[samples[s]];
    const auto attractor = attractors_.col(data.labels[samples[s]]);
    double squared = 0;
    for (Eigen::Index i = 0; i < attractors_.rows(); ++i) {
      const Scalar distance = last(i, s) - attractor(i);
      covector(i, s) = 2 * mean * distance;
      squared += double{distance} * double{distance};
    }
    const DistanceLoss loss =
        distance_loss(squared, double{attractor.squaredNorm()}, recipe_.training.distance_power);
    const double weight = weight_of(data.labels[samples[s]]), slope = weight * loss.slope;
    batch.losses[s] = weight * loss.value;
    if (slope == 1) continue;
    for (Eigen::Index i = 0; i < attractors_.rows(); ++i) covector(i, s) *= static_cast<Scalar>(slope);
  }
}

template <class Scalar>
auto Learner<Scalar>::filters() const -> typename Convolutions<Scalar>::Weights {
  typename Convolutions<Scalar>::Weights all;
  for (const auto& layer : convolutions) all.push_back(&layer.weights);
  return all;
}

template <class Scalar>
Panels<Scalar>& Learner<Scalar>::inputs(Batch& batch) const {
  return batch.inputs.rows() > 0 ? batch.inputs : batch.run->first();
}

template <class Scalar>
Panels<Scalar>& Learner<Scalar>::source(Batch& batch) const {
  return convolutions.empty() ? batch.inputs : batch.convolutions.back().features;
}

template <class Scalar>
void Learner<Scalar>::drop(Batch& batch, const Dataset& data, std::span<const std::uint32_t> samples,
                           std::uint64_t epoch, Eigen::Index first, Eigen::Index end) const {
  Panels<Scalar>& values = source(batch);
  const double share = recipe_.training.dropout;
  const auto below = static_cast<std::uint32_t>(std::ldexp(share, 32));
  const auto kept = static_cast<Scalar>(1 / (1 - share));
  std::vector<std::uint32_t> words(static_cast<std::size_t>(values.rows()));
  for (Eigen::Index s = first; s < end; ++s) {
    fill_words(words,
               {recipe_.seed, Purpose::dropout,
                epoch * static_cast<std::uint64_t>(data.size()) + samples[static_cast<std::size_t>(s)]});
    for (Eigen::Index i = 0; i < values.rows(); ++i)
      values(i, s) *= words[static_cast<std::size_t>(i)] < below ? Scalar(0) : kept;
  }
}

template void copy_rows(const Panels<float>&, Panels<float>&);
template void copy_rows(const Panels<double>&, Panels<double>&);
template void fill_bias_row(Panels<float>&, Eigen::Index);
template void fill_bias_row(Panels<double>&, Eigen::Index);
template void add_bias(const Panels<float>&, Panels<float>&, Team&);
template void add_bias(const Panels<double>&, Panels<double>&, Team&);
template class Learner<float>;
template class Learner<double>;

}  // namespace stoic
