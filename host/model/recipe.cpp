#include "stoic/host/model/recipe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "stoic/host/model/settings.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/json.hpp"

namespace stoic {

namespace {

/// Features of a convolution, at most: what the length of an instruction's vector can hold.
constexpr std::int64_t most_features = 65535;

/// "balanced", or a factor of each class.
void read_class_weights(JsonReader& json, const nlohmann::json& value, std::int64_t classes,
                        TrainingRecipe& training) {
  if (value.is_string()) {
    training.balanced_classes = json.choice("class_weights", {"balanced"}) == "balanced";
    return;
  }
  for (const auto& weight : json.array("class_weights")) {
    const double number = weight.is_number() ? weight.get<double>() : -1;
    if (!(number >= 0 && number <= 1e6)) json.fail("class_weights", "must hold numbers from 0 to 1e6");
    training.class_weights.push_back(number);
  }
  if (static_cast<std::int64_t>(training.class_weights.size()) != classes)
    json.fail("class_weights", fmt::format("has {} numbers, but there are {} classes; give one for each",
                                           training.class_weights.size(), classes));
}

TrainingRecipe read_training(JsonReader json, const nlohmann::json& recipe, std::int64_t classes) {
  constexpr std::int64_t many = 1'000'000;
  TrainingRecipe training;
  training.optimizer = json.choice_or("optimizer", "sgd", {"sgd", "adam"});
  const bool sgd = training.optimizer == "sgd";
  training.learning_rate = json.number_or("learning_rate", sgd ? 2e-2 : 1e-3, 0, 100);
  training.momentum = json.number_or("momentum", 0.9, 0, 0.9999);
  training.weight_decay = json.number_or("weight_decay", 0, 0, 10);
  training.schedule = json.choice_or("schedule", "cosine", {"constant", "cosine", "step"});
  training.step_epochs = json.integer_or("step_epochs", 10, 1, many);
  training.step_factor = json.number_or("step_factor", 0.1, 0, 1);
  training.warmup_batches = json.integer_or("warmup_batches", 0, 0, many);
  training.batch = json.integer_or("batch", 64, 1, 65536);
  training.epochs = json.integer_or("epochs", 20, 0, many);
  training.input_noise = json.number_or("input_noise", 0, 0, 100);
  training.dropout = json.number_or("dropout", 0, 0, 0.99);
  training.pixel_noise = json.number_or("pixel_noise", 0, 0, 1);
  training.distance_power = json.number_or("distance_power", 2, 0.01, 2);
  if (json.has("class_weights"))
    read_class_weights(json, recipe.at("training").at("class_weights"), classes, training);
  json.finish();
  return training;
}

Recipe read_recipe(const nlohmann::json& object, const std::string& where) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  static const nlohmann::json empty = nlohmann::json::object();
  // Of the pendulums it is a number.
  if (object.is_object() && object.contains("drive") && object["drive"].is_object())
    throw Error(
        fmt::format("{}: has the key \"drive\", so it is a driven reservoir (of a time series); stoic train, "
                    "eval, compile, compare and info take such ones, stoic analyze forecast a grid of them",
                    where));
  JsonReader json(object, where);
  Recipe recipe;
  const auto part = [&](const char* key) {
    return json.has(key) ? json.object(key) : JsonReader(empty, fmt::format("{}: \"{}\"", where, key));
  };
  JsonReader data = part("data"), training = part("training");
  const ImageShape image = read_shape(data);
  const auto dynamics = json.choice("dynamics", system_names());
  recipe.inputs = json.integer("inputs", 1, 4096);
  recipe.classes = json.integer("classes", 2, most_classes);
  if (json.has("convolution"))
    recipe.convolutions = read_convolutions(json, object.at("convolution"), recipe.inputs, image);
  recipe.system = read_system(dynamics, json, {recipe.read_in_columns(), recipe.classes});
  if (json.has("input_scale")) recipe.input_scale = json.number("input_scale", -1e6, 1e6);
  recipe.input_offset = json.number_or("input_offset", 0, -1e6, 1e6);
  recipe.read_in_bias = json.boolean_or("read_in_bias", false);
  if (recipe.read_in_bias && !recipe.has_read_in())
    json.fail("read_in_bias", fmt::format("is of a read-in, which \"{}\" has not; remove it", dynamics));
  if (!recipe.convolutions.empty() && recipe.attractors().size() > 0)
    json.fail("convolution", fmt::format("stands before a read-in or a trained read-out, and \"{}\" has "
                                         "neither; remove it",
                                         dynamics));
  for (const auto& convolution : recipe.convolutions)
    if (convolution.features() > most_features)
      json.fail("convolution",
                fmt::format("makes {} features, at most {} are allowed; take fewer filters or a "
                            "larger stride",
                            convolution.features(), most_features));
  recipe.seed = static_cast<std::uint64_t>(json.integer_or("seed", 1, 0, most));
  json.finish();
  recipe.data = read_data(std::move(data), recipe.inputs, recipe.classes);
  // Of built-in sets it is known whether they are pixels.
  if (recipe.data.set != "files") recipe.input_scale = recipe.scale_of(is_planar(recipe.data.set));
  recipe.training = read_training(std::move(training), object, recipe.classes);
  if (recipe.training.dropout > 0 && !recipe.has_read_in())
    throw Error(
        fmt::format("{}: \"training\".\"dropout\" is of what W_in multiplies, and \"{}\" has no W_in; "
                    "remove it",
                    where, dynamics));
  if (recipe.training.distance_power != 2 && recipe.attractors().size() == 0)
    throw Error(
        fmt::format("{}: \"training\".\"distance_power\" is of the distance to an attractor, and \"{}\" has "
                    "none; remove it",
                    where, dynamics));
  return recipe;
}

}  // namespace

std::string Recipe::dynamics() const {
  return std::visit([](const auto& p) { return std::string(p.name); }, system);
}
std::int64_t Recipe::neurons() const {
  return std::visit([](const auto& p) { return p.width(); }, system);
}
std::int64_t Recipe::last_neurons() const { return traits(system).last_width.value_or(neurons()); }
std::int64_t Recipe::step_count() const { return time_axis(system).steps(); }
std::int64_t Recipe::read_in_columns() const {
  return convolutions.empty() ? inputs : convolutions.back().features();
}
bool Recipe::has_read_in() const { return traits(system).reads_in; }
Eigen::MatrixXd Recipe::attractors() const { return traits(system).attractors; }
std::vector<MatrixShape> Recipe::matrices() const {
  return std::visit([](const auto& p) { return p.matrices(); }, system);
}
Matrices Recipe::draw_matrices() const {
  return std::visit([&](const auto& p) { return p.draw(seed); }, system);
}
void Recipe::check(const Matrices& values) const {
  if (const auto check = traits(system).check) check(values);
}

Recipe parse_recipe(std::string_view json_text, const std::string& where) {
  return read_recipe(parse_json(json_text, where), where);
}

Recipe parse_recipe(std::string_view json_text, const std::string& where,
                    const std::vector<std::string>& overrides) {
  auto object = parse_json(json_text, where);
  std::vector<Setting> settings;
  for (const auto& assignment : overrides)
    for (auto& setting : read_setting(assignment)) settings.push_back(std::move(setting));
  apply_settings(settings, object);
  auto recipe = read_recipe(object, where);
  for (const auto& [key, value] : settings)
    if (const auto why = without_effect(recipe, key); !why.empty())
      throw Error(fmt::format("{}: \"{}\" {}, so setting it changes nothing; leave it out", where, key, why));
  return recipe;
}

std::string recipe_text(const Recipe& recipe) {
  const TrainingRecipe& training = recipe.training;
  nlohmann::ordered_json json{
      {"dynamics", recipe.dynamics()}, {"inputs", recipe.inputs}, {"classes", recipe.classes}};
  std::visit([&](const auto& system) { system.write(json); }, recipe.system);
  if (recipe.input_scale) json["input_scale"] = *recipe.input_scale;
  json["input_offset"] = recipe.input_offset;
  // The text names a training: that of a recipe without the bias stays what it was.
  if (recipe.read_in_bias) json["read_in_bias"] = true;
  if (!recipe.convolutions.empty()) json["convolution"] = convolutions_json(recipe.convolutions);
  json["data"] = data_json(recipe.data);
  json["training"] = {{"optimizer", training.optimizer},
                      {"learning_rate", training.learning_rate},
                      {"momentum", training.momentum},
                      {"weight_decay", training.weight_decay},
                      {"schedule", training.schedule},
                      {"step_epochs", training.step_epochs},
                      {"step_factor", training.step_factor},
                      {"warmup_batches", training.warmup_batches},
                      {"batch", training.batch},
                      {"epochs", training.epochs},
                      {"input_noise", training.input_noise}};
  if (training.dropout > 0) json["training"]["dropout"] = training.dropout;
  // The text names a training: that of a recipe without noise stays what it was.
  if (training.pixel_noise != 0) json["training"]["pixel_noise"] = training.pixel_noise;
  if (training.distance_power != 2) json["training"]["distance_power"] = training.distance_power;
  if (training.balanced_classes) json["training"]["class_weights"] = "balanced";
  if (!training.class_weights.empty()) json["training"]["class_weights"] = training.class_weights;
  json["seed"] = recipe.seed;
  return json.dump(2) + "\n";
}

}  // namespace stoic
