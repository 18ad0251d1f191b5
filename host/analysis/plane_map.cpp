#include "stoic/host/analysis/plane_map.hpp"

#include <fmt/format.h>

#include <cmath>

#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

nlohmann::ordered_json without_samples(const FtmleResult& result) {
  auto json = result.json(false);
  json.erase("per_sample");
  if (json.contains("parts"))
    for (auto& part : json["parts"]) part.erase("per_sample");
  return json;
}

void require_plane(const Model& model, const PlaneOptions& options) {
  if (model.recipe.inputs != 2)
    throw Error(
        fmt::format("a map over the plane needs a network with 2 inputs, and this one has {}; train one "
                    "on \"blobs\", \"moons\", \"circles\" or \"spirals\", such as spirals-mlp",
                    model.recipe.inputs));
  if (!std::isfinite(options.least) || !std::isfinite(options.most) || !(options.least < options.most))
    throw Error(fmt::format("the range {} to {} spans no plane; give the lower end first", options.least,
                            options.most));
  if (options.resolution < 2 || options.resolution > 1000)
    throw Error(fmt::format("the resolution {} must be 2 to 1000", options.resolution));
}

}  // namespace

PlaneMap plane_map(const Model& model, const PlaneOptions& options) {
  require_plane(model, options);
  PlaneMap map{options.least, options.most, options.resolution, {}, {}};
  std::vector<double> values;
  for (std::int64_t row = 0; row < map.resolution; ++row)
    for (std::int64_t column = 0; column < map.resolution; ++column)
      values.insert(values.end(), {map.at(column), map.at(row)});
  const Samples points(std::move(values), 2);
  auto ftmle_options = options.ftmle;
  // Two passes over all points: their progress is one.
  std::int64_t before = 0;
  if (options.ftmle.progress)
    ftmle_options.progress = [&](std::int64_t done, std::int64_t all) {
      options.ftmle.progress(before + done, 2 * all);
    };
  const auto joined = [&] { return options.join ? options.join(ftmle_options) : ftmle_options; };
  ftmle_options.scope = FtmleScope::network;
  map.network = ftmle(model, points, joined());
  before = points.size();
  ftmle_options.scope = FtmleScope::layers;
  map.layers = ftmle(model, points, joined());
  return map;
}

nlohmann::ordered_json PlaneMap::json() const {
  return {{"least", least},
          {"most", most},
          {"resolution", resolution},
          {"network", without_samples(network)},
          {"layers", without_samples(layers)}};
}

std::string PlaneMap::print() const {
  return fmt::format("{} x {} points from {} to {}\n", resolution, resolution, least, most) +
         network.print() + layers.print();
}

}  // namespace stoic
