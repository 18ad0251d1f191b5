#include "stoic/host/learning/learner_surface.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "stoic/host/dynamics/systems.hpp"
#include "stoic/host/learning/inference.hpp"
#include "stoic/host/learning/trainer.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

/// Samples that go through a system together.
constexpr std::size_t together = 512;

/// The matrix of a model that a part of a learner stands for.
template <class SomeModel>
auto& matrix_of(SomeModel& model, const std::string& name) {
  for (std::size_t k = 0; k < model.convolutions.size(); ++k)
    if (name == convolution_name(k)) return model.convolutions[k];
  if (name == "W_in") return model.W_in;
  if (name == "W_out") return model.W_out;
  return model.matrices.at(name);
}

}  // namespace

LearnerSurface::LearnerSurface(const Model& model, NetworkData data, Team& team)
    : model_(model),
      data_(std::move(data)),
      team_(team),
      bounded_(model_.recipe.attractors().size() > 0),
      learner_(model_.recipe, make_system<double>(in_training(model_.recipe.system), model_.matrices), team) {
  learner_.class_weights = data_.class_weights;
  Index first = 0;
  const auto part = [&](const std::string& name, Index rows, Index columns, bool bias, bool decays,
                        double rate) {
    parts_.push_back({name, first, rows, columns, bias, decays, rate});
    first += rows * columns;
  };
  const auto with_bias = [&](TrainableWeights<double>& t, const std::string& name) {
    places_.push_back({&t.weights, &t.first_moment, name});
    part(name, t.weights.rows(), t.weights.columns() - 1, false, true, 1);
    part(name + " bias", t.weights.rows(), 1, true, false, 1);
  };
  for (std::size_t k = 0; k < learner_.convolutions.size(); ++k)
    with_bias(learner_.convolutions[k], convolution_name(k));
  if (learner_.read_in.weights.rows() > 0) {
    places_.push_back({&learner_.read_in.weights, &learner_.read_in.first_moment, "W_in"});
    part("W_in", learner_.read_in.weights.rows(), learner_.read_in.weights.columns(), false, true, 1);
  }
  if (learner_.read_in_bias.weights.rows() > 0) {
    places_.push_back({&learner_.read_in_bias.weights, &learner_.read_in_bias.first_moment, "b_in"});
    part("b_in", learner_.read_in_bias.weights.rows(), 1, true, false, 1);
  }
  std::size_t k = 0;
  for (const auto& shape : model_.recipe.matrices()) {
    if (!shape.trained) continue;
    auto& own = learner_.own[k++];
    places_.push_back({own.weights, &own.first_moment, shape.name});
    part(shape.name, shape.rows, shape.columns, shape.columns == 1 && !shape.decays, shape.decays,
         shape.rate);
  }
  if (model_.recipe.attractors().size() == 0) with_bias(learner_.read_out, "W_out");
}

VectorXd LearnerSurface::weights(const Model& model) const {
  VectorXd point(size());
  Index first = 0;
  for (const auto& place : places_) {
    if (place.name == "b_in")
      point.segment(first, place.size()) = model.b_in;
    else
      point.segment(first, place.size()) = matrix_of(model, place.name).reshaped();
    first += place.size();
  }
  return point;
}

void LearnerSurface::set_weights(const VectorXd& point, Model& model) const {
  Index first = 0;
  for (const auto& place : places_) {
    const auto part = point.segment(first, place.size());
    if (place.name == "b_in")
      model.b_in = part;
    else
      matrix_of(model, place.name) = part.reshaped(place.weights->rows(), place.weights->columns());
    first += place.size();
  }
}

/// Into the learner, which may move them to where its system is defined.
void LearnerSurface::put_weights(const VectorXd& point) {
  Index first = 0;
  for (const auto& place : places_) {
    *place.weights = Panels<double>(Eigen::MatrixXd(
        point.segment(first, place.size()).reshaped(place.weights->rows(), place.weights->columns())));
    first += place.size();
  }
  learner_.weights_changed();
}

/// Those of the learner.
VectorXd LearnerSurface::moved_weights() const {
  VectorXd point(size());
  Index first = 0;
  for (const auto& place : places_) {
    point.segment(first, place.size()) = place.weights->dense().reshaped();
    first += place.size();
  }
  return point;
}

void LearnerSurface::move_within_bounds(Eigen::MatrixXd& points) {
  if (!bounded_) return;
  for (Index c = 0; c < points.cols(); ++c) {
    if (!points.col(c).allFinite()) continue;
    put_weights(points.col(c));
    points.col(c) = moved_weights();
  }
}

/// Returns the loss. The gradient is what a step of rate 0 leaves in the moments, which begin at 0: what is not finite from
/// a point before would stay.
double LearnerSurface::gradient(const VectorXd& point, const LossBatch& batch, VectorXd& gradient) {
  put_weights(point);
  gradient.setZero(size());
  double loss = 0;
  for (std::size_t begin = 0; begin < batch.samples.size(); begin += together) {
    const auto samples = batch.samples.subspan(begin, std::min(together, batch.samples.size() - begin));
    const double share = static_cast<double>(samples.size()) / static_cast<double>(batch.samples.size());
    for (const auto& place : places_)
      std::fill_n(place.gradient->panel(0), place.gradient->panels() * place.gradient->panel_size(), 0.0);
    loss += share * learner_.step(data_.train, samples, batch.epoch, UpdateRule{});
    Index first = 0;
    for (const auto& place : places_) {
      gradient.segment(first, place.size()) += share * place.gradient->dense().reshaped();
      first += place.size();
    }
  }
  return loss;
}

void LearnerSurface::slopes(const Eigen::MatrixXd& points, const Eigen::MatrixXd* tangents,
                            const LossBatch& batch, Slopes& result) {
  constexpr double step = 1e-6;  // of the point's length: what is lost to rounding and to bends is alike
  result.losses.resize(points.cols());
  result.gradients.resize(size(), points.cols());
  result.products.resize(size(), tangents != nullptr ? points.cols() : 0);
  VectorXd slope(size()), ahead(size()), behind(size());
  for (Index c = 0; c < points.cols(); ++c) {
    result.losses(c) = gradient(points.col(c), batch, slope);
    result.gradients.col(c) = slope;
    if (tangents == nullptr) continue;
    const double length = tangents->col(c).norm();
    if (!(length > 0)) {
      result.products.col(c).setZero();
      continue;
    }
    const double h = step * std::max(1.0, points.col(c).norm()) / length;
    gradient(points.col(c) + h * tangents->col(c), batch, ahead);
    gradient(points.col(c) - h * tangents->col(c), batch, behind);
    result.products.col(c) = (ahead - behind) / (2 * h);
  }
}

Judgement LearnerSurface::judge(const Eigen::MatrixXd& points) {
  Judgement result{VectorXd::Zero(points.cols()), VectorXd::Constant(points.cols(), INFINITY)};
  const auto all = static_cast<double>(std::max<std::int64_t>(data_.test.size(), 1));
  Model model = model_;
  for (Index c = 0; c < points.cols(); ++c) {
    if (!points.col(c).allFinite()) continue;
    put_weights(points.col(c));
    set_weights(moved_weights(), model);
    Eigen::MatrixXd outputs;
    try {
      outputs = logits(model, data_.test.samples, {.threads = 1, .single_precision = false});
    } catch (const Error&) {  // weights of which there is no network
      continue;
    }
    JudgedSamples judged;
    for (Index s = 0; s < outputs.cols(); ++s)
      judged.add(outputs.col(s), data_.test.labels[static_cast<std::size_t>(s)]);
    result.accuracies(c) = judged.right / all;
    result.cross_entropies(c) = judged.cross_entropy / all;
  }
  return result;
}

VectorXd RecipeSurface::weights_of(const Model& model) const {
  return layered ? layer_weights(model) : static_cast<const LearnerSurface&>(*surface).weights(model);
}

void RecipeSurface::set_weights(const VectorXd& point, Model& model) const {
  if (layered)
    set_layer_weights(point, model);
  else
    static_cast<const LearnerSurface&>(*surface).set_weights(point, model);
}

RecipeSurface recipe_surface(const Model& model, const Dataset& train, const Dataset& test, Team& team) {
  const Recipe& recipe = model.recipe;
  NetworkData data{.train = train,
                   .test = test,
                   .scale = recipe.scale_of(train.samples.are_real()),
                   .offset = recipe.input_offset,
                   .class_weights = loss_weights(recipe, train)};
  if (auto layers = network_layers(recipe))
    return {std::make_unique<NetworkCopies>(std::move(*layers), std::move(data), team), true};
  return {std::make_unique<LearnerSurface>(model, std::move(data), team), false};
}

}  // namespace stoic
