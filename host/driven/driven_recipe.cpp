#include "stoic/host/driven/driven_recipe.hpp"

#include <fmt/format.h>

#include <limits>

#include "stoic/host/model/settings.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/json.hpp"

namespace stoic {
namespace {

DriveRecipe read_drive(JsonReader json, const DrivenParameters& system) {
  DriveRecipe drive;
  drive.input_scale = json.number_or("input_scale", drive.input_scale, 0, 1e6);
  drive.density = json.number_or("density", drive.density, 0, 1);
  drive.distribution = json.choice_or("distribution", drive.distribution, {"uniform", "signs"});
  drive.bias = json.number_or("bias", drive.bias, 0, 1e6);
  drive.feedback = json.number_or("feedback", drive.feedback, 0, 1e6);
  drive.nodes = json.integer_or("nodes", drive.nodes, 1, 1000);
  if (std::holds_alternative<CstoParameters>(system)) {
    drive.joins = json.choice_or("joins", "field", {"field", "current"});
    drive.observe = json.choice_or("observe", "all", {"all", "x", "y", "z"});
  }
  json.finish();
  return drive;
}

ReadOutRecipe read_read_out(JsonReader json) {
  ReadOutRecipe read_out;
  const std::vector<double> usual{1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1};
  if (!json.has("ridge"))
    read_out.ridge = usual;
  else
    for (const auto& value : json.array("ridge")) {
      const double number = value.is_number() ? value.get<double>() : -1;
      if (!(number >= 0 && number <= 1e12)) json.fail("ridge", "must hold numbers from 0 to 1e12");
      read_out.ridge.push_back(number);
    }
  if (read_out.ridge.empty() || read_out.ridge.size() > 1000)
    json.fail("ridge", "must hold 1 to 1000 numbers, such as [1e-8, 1e-6, 1e-4]");
  read_out.features = json.choice_or("features", read_out.features, {"linear", "quadratic"});
  read_out.input = json.boolean_or("input", read_out.input);
  json.finish();
  return read_out;
}

DrivenParameters read_driven_system(const std::string& name, JsonReader& json) {
  if (name == "csto") return CstoParameters::read(json, {1, 2});
  if (name == "lorenz96") return Lorenz96Parameters::read(json, {1, 2});
  return EsnParameters::read(json);
}

DrivenRecipe read_driven(const nlohmann::json& object, const std::string& where) {
  static const nlohmann::json nothing = nlohmann::json::object();
  JsonReader json(object, where);
  const auto part = [&](const char* key) {
    return json.has(key) ? json.object(key) : JsonReader(nothing, fmt::format("{}: \"{}\"", where, key));
  };
  DrivenRecipe recipe;
  const auto dynamics = json.choice("dynamics", {"esn", "csto", "lorenz96"});
  JsonReader drive = json.object("drive"), read_out = part("read_out"), data = part("data");
  recipe.system = read_driven_system(dynamics, json);
  recipe.seed =
      static_cast<std::uint64_t>(json.integer_or("seed", 1, 0, std::numeric_limits<std::int64_t>::max()));
  json.finish();
  recipe.drive = read_drive(std::move(drive), recipe.system);
  recipe.data = read_series(std::move(data));
  recipe.read_out = read_read_out(std::move(read_out));
  if (recipe.drive.feedback > 0 && recipe.data.horizon > 1)
    throw Error(fmt::format(
        "{}: \"drive\".\"feedback\" is of the output of the step before, which with a \"data\".\"horizon\" "
        "of {} "
        "is a value not known yet: learning would see the future; take a horizon of 1, or feedback 0",
        where, recipe.data.horizon));
  constexpr std::int64_t most_features = 20000;
  if (recipe.observed() > most_features)
    throw Error(
        fmt::format("{}: {} sites in {} virtual nodes show {} numbers a time step, at most {} are "
                    "allowed; take fewer of either",
                    where, recipe.sites(), recipe.drive.nodes, recipe.observed(), most_features));
  if (recipe.read_out.ridge.size() > 1 && recipe.data.validation == 0 && recipe.data.train > 0)
    throw Error(
        fmt::format("{}: \"read_out\".\"ridge\" has {} numbers to choose from, and \"data\" has no "
                    "\"validation\" to choose by; give one number, or some steps of validation",
                    where, recipe.read_out.ridge.size()));
  return recipe;
}

}  // namespace

std::string DrivenRecipe::dynamics() const {
  return std::visit([](const auto& p) { return std::string(p.name); }, system);
}
std::int64_t DrivenRecipe::sites() const {
  if (const auto* csto = std::get_if<CstoParameters>(&system)) return csto->oscillators;
  if (const auto* esn = std::get_if<EsnParameters>(&system)) return esn->neurons;
  return std::get<Lorenz96Parameters>(system).neurons;
}
std::int64_t DrivenRecipe::width() const {
  return std::holds_alternative<CstoParameters>(system) ? 3 * sites() : sites();
}
std::int64_t DrivenRecipe::observed() const {
  return (drive.observe == "all" ? width() : sites()) * drive.nodes;
}
std::int64_t DrivenRecipe::features(std::int64_t inputs) const {
  return observed() * (read_out.features == "quadratic" ? 2 : 1) + (read_out.input ? inputs : 0);
}
std::string DrivenRecipe::matrix_name() const {
  if (std::holds_alternative<EsnParameters>(system)) return "W_reservoir";
  return std::holds_alternative<CstoParameters>(system) ? "W_coupling" : "";
}
Eigen::MatrixXd DrivenRecipe::draw_matrix() const {
  if (const auto* esn = std::get_if<EsnParameters>(&system)) return esn->draw(seed);
  if (const auto* csto = std::get_if<CstoParameters>(&system)) {
    // a single one that couples to itself would be another oscillator
    if (csto->oscillators == 1) return Eigen::MatrixXd::Zero(1, 1);
    return csto->draw(seed).at("W_coupling");
  }
  return {};
}

bool is_driven_recipe(std::string_view json_text) {
  const auto object = try_parse_json(json_text);
  return object && object->is_object() && object->contains("drive") && (*object)["drive"].is_object();
}

DrivenRecipe parse_driven_recipe(std::string_view json_text, const std::string& where,
                                 const std::vector<std::string>& settings) {
  auto object = parse_json(json_text, where);
  std::vector<Setting> all;
  for (const auto& assignment : settings)
    for (auto& setting : read_setting(assignment)) all.push_back(std::move(setting));
  apply_settings(all, object);
  return read_driven(object, where);
}

std::string driven_recipe_text(const DrivenRecipe& recipe) {
  nlohmann::ordered_json json{{"dynamics", recipe.dynamics()}};
  std::visit([&](const auto& system) { system.write(json); }, recipe.system);
  const auto& drive = recipe.drive;
  json["drive"] = {{"input_scale", drive.input_scale},   {"density", drive.density},
                   {"distribution", drive.distribution}, {"bias", drive.bias},
                   {"feedback", drive.feedback},         {"nodes", drive.nodes}};
  if (!drive.joins.empty()) json["drive"]["joins"] = drive.joins;
  if (!drive.observe.empty()) json["drive"]["observe"] = drive.observe;
  json["data"] = series_json(recipe.data);
  json["read_out"] = {{"ridge", recipe.read_out.ridge},
                      {"features", recipe.read_out.features},
                      {"input", recipe.read_out.input}};
  json["seed"] = recipe.seed;
  return json.dump(2) + "\n";
}

}  // namespace stoic
