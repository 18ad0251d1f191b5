#include "stoic/host/library/network.hpp"

#include <fmt/format.h>

#include <utility>

#include "stoic/host/compare/evaluate.hpp"
#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/learning/trainer.hpp"
#include "stoic/host/library/work.hpp"
#include "stoic/host/model/model.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

constexpr const char* recipe_name = "the recipe";

}  // namespace

Network::Network(std::string_view recipe_text, const NamedMatrices& matrices, bool single_precision) {
  Model model{.recipe = parse_recipe(recipe_text, recipe_name), .single_precision = single_precision};
  const Recipe& recipe = model.recipe;
  std::size_t taken = 0;
  const auto take = [&](const std::string& name, std::int64_t rows, std::int64_t columns) -> Eigen::MatrixXd {
    const auto found = matrices.find(name);
    if (found == matrices.end())
      throw Error(fmt::format("the network: matrix \"{}\" is missing; the recipe asks for {} x {}", name,
                              rows, columns));
    Eigen::MatrixXd matrix = found->second;
    if (matrix.rows() != rows || matrix.cols() != columns)
      throw Error(fmt::format("the network: matrix \"{}\" is {} x {}, the recipe asks for {} x {}", name,
                              matrix.rows(), matrix.cols(), rows, columns));
    if (!matrix.allFinite())
      throw Error(fmt::format("the network: matrix \"{}\" holds NaN or infinity; train again", name));
    ++taken;
    return matrix;
  };
  if (recipe.has_read_in()) model.W_in = take("W_in", recipe.neurons(), recipe.read_in_columns());
  if (recipe.read_in_bias) model.b_in = take("b_in", recipe.neurons(), 1);
  for (const auto& shape : recipe.convolutions)
    model.convolutions.push_back(
        take(convolution_name(model.convolutions.size()), shape.filters, shape.patch() + 1));
  for (const auto& shape : recipe.matrices())
    model.matrices[shape.name] = take(shape.name, shape.rows, shape.columns);
  recipe.check(model.matrices);
  model.W_out = recipe.attractors().size() > 0 ? overlap_read_out(recipe)
                                               : take("W_out", recipe.classes, recipe.last_neurons() + 1);
  if (taken < matrices.size())
    throw Error(fmt::format(
        "the network: {} matrices that a network of dynamics \"{}\" does not have; leave them out",
        matrices.size() - taken, recipe.dynamics()));
  model_ = std::make_shared<const Model>(std::move(model));
}

Network Network::read(const std::filesystem::path& path) {
  return Network(std::make_shared<const Model>(read_model(path)));
}

Network Network::parse(std::string bytes, const std::string& where) {
  return Network(std::make_shared<const Model>(parse_model(std::move(bytes), where)));
}

void Network::write(const std::filesystem::path& path) const { write_model(path, *model_); }

std::string Network::recipe() const { return recipe_text(model_->recipe); }

NamedMatrices Network::matrices() const {
  NamedMatrices result(model_->matrices.begin(), model_->matrices.end());
  if (model_->W_in.size() > 0) result["W_in"] = model_->W_in;
  if (model_->b_in.size() > 0) result["b_in"] = Eigen::MatrixXd(model_->b_in);
  for (std::size_t k = 0; k < model_->convolutions.size(); ++k)
    result[convolution_name(k)] = model_->convolutions[k];
  if (model_->recipe.attractors().size() == 0) result["W_out"] = model_->W_out;
  return result;
}

NamedMatrices system_matrices(std::string_view recipe) {
  const Matrices drawn = parse_recipe(recipe, recipe_name).draw_matrices();
  return {drawn.begin(), drawn.end()};
}

Dataset network_data(std::string_view recipe, Split split, const std::filesystem::path& data_dir) {
  return load_data(parse_recipe(recipe, recipe_name), split, data_dir);
}

std::optional<Network> train_network(std::string_view recipe, const Dataset& data,
                                     const NetworkTraining& options) {
  TrainingOptions training{.threads = options.threads,
                           .checkpoint = options.checkpoint,
                           .resume = options.resume,
                           .stop = options.stop};
  if (options.progress)
    training.progress = [&](const TrainingProgress& p) {
      options.progress(p.batch, p.batches_per_epoch * p.epochs, p.epoch_loss);
    };
  auto model = train(parse_recipe(recipe, recipe_name), data, training);
  if (!model) return std::nullopt;
  return Network(std::make_shared<const Model>(*std::move(model)));
}

NetworkResult evaluate_network(const Network& network, const Dataset& data, int threads) {
  return plain(evaluate_float(network.model(), data, {.threads = threads}));
}

Image compile_network(const Network& network, const Dataset& calibration, const HardwareConfig& config) {
  return compile(network.model(), calibration, config).image;
}

NetworkResult evaluate_image(const Image& image, const Dataset& data, int threads) {
  return plain(evaluate_golden(image, data, {.threads = threads}));
}

}  // namespace stoic
