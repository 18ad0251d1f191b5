#include "stoic/host/sweep/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/json.hpp"

namespace stoic {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::size_t most_cells = 100'000;

std::vector<std::uint64_t> read_seeds(JsonReader& reader) {
  std::vector<std::uint64_t> seeds;
  std::set<std::uint64_t> seen;
  for (const auto& seed : reader.array("seeds")) {
    if (!seed.is_number_unsigned())
      reader.fail("seeds", "must be a list of whole numbers from 0, such as [1, 2, 3]");
    seeds.push_back(seed.get<std::uint64_t>());
    if (!seen.insert(seeds.back()).second)
      reader.fail("seeds", fmt::format("has {} twice, which would be one training counted as two; remove one",
                                       seeds.back()));
  }
  if (seeds.empty()) reader.fail("seeds", "must not be empty");
  return seeds;
}

/// "set" without the seed, which becomes the one of `sweep.seeds`.
std::vector<Setting> read_set(JsonReader& reader, const json& object, SweepGrid& sweep) {
  std::vector<Setting> settings;
  if (!reader.has("set")) return settings;
  auto set = reader.object("set");
  for (const auto& [key, value] : object.at("set").items()) {
    if (key != "seed") {
      for (auto& setting : read_setting(key, value)) settings.push_back(std::move(setting));
      continue;
    }
    if (!sweep.seeds.empty())
      set.fail("seed", "is given beside \"seeds\", which decide every cell's; remove one of the two");
    if (!value.is_number_unsigned())
      set.fail("seed", fmt::format("must be a whole number from 0, not {}", value.dump()));
    sweep.seeds = {value.get<std::uint64_t>()};
  }
  return settings;
}

/// No key in both "set" and "grid", none twice; a seed in one place.
void require_one_place(const SweepGrid& sweep, std::vector<Setting> settings, const std::string& where) {
  for (const auto& axis : sweep.axes) {
    if (axis.key == "seed" && !sweep.seeds.empty())
      throw Error(
          fmt::format("{}: \"grid\": \"seed\" is given beside another choice of seeds (\"seeds\", or "
                      "\"seed\" in \"set\"); remove one of the two",
                      where));
    for (auto& setting : axis.settings(0)) settings.push_back(std::move(setting));
  }
  try {
    require_distinct(settings);
  } catch (const Error& error) {
    throw Error(fmt::format("{}: in \"set\" and \"grid\", {}", where, error.what()));
  }
}

std::vector<std::string> texts_of(const std::vector<Setting>& settings) {
  std::vector<std::string> texts;
  for (const auto& setting : settings) texts.push_back(setting_text(setting));
  return texts;
}

/// The recipe after "set"; where that lacks what the grid names, after the grid's first values too.
template <class Load>
auto base_recipe(const SweepGrid& sweep, const Load& load) {
  try {
    return load(sweep.recipe, sweep.settings);
  } catch (const Error&) {
    auto settings = sweep.settings;
    for (const auto& axis : sweep.axes)
      for (auto& text : texts_of(axis.settings(0))) settings.push_back(std::move(text));
    return load(sweep.recipe, settings);
  }
}

void require_few_cells(const SweepGrid& sweep, const std::string& where) {
  std::size_t cells = std::max<std::size_t>(sweep.seeds.size(), 1);
  for (const auto& axis : sweep.axes) {
    cells *= axis.values.size();
    if (cells > most_cells)
      throw Error(fmt::format("{}: \"grid\" makes more than {} trainings; take fewer values or seeds", where,
                              most_cells));
  }
}

/// Whatever a sweep says of recipe and grid; nothing else may be left in it.
void read_sweep_grid(JsonReader& reader, const json& object, const std::string& where, SweepGrid& sweep) {
  sweep.recipe = reader.text("recipe");
  sweep.name = reader.text_or("name", sweep.recipe);
  if (reader.has("seeds")) sweep.seeds = read_seeds(reader);
  const auto settings = read_set(reader, object, sweep);
  sweep.settings = texts_of(settings);
  if (!reader.has("grid"))
    reader.fail("grid", "is missing: the keys of the recipe that vary, each with its values");
  sweep.axes = read_grid(object.at("grid"), where);
  reader.finish();
  require_one_place(sweep, settings, where);
  require_few_cells(sweep, where);
}

/// What the text of the recipe, and its seed, decide.
void finish_sweep_grid(SweepGrid& sweep, std::string base, std::uint64_t seed) {
  sweep.base = std::move(base);
  const auto keys = json::parse(sweep.base);
  bool seed_axis = false;
  for (auto& axis : sweep.axes) {
    seed_axis = seed_axis || axis.key == "seed";
    if (auto notice = round_whole_numbers(axis, keys); !notice.empty())
      sweep.notices.push_back(std::move(notice));
  }
  if (sweep.seeds.empty() && !seed_axis) sweep.seeds = {seed};
}

}  // namespace

std::string swept_recipe(std::string_view json_text, const std::string& where) {
  const auto object = parse_json(json_text, where);
  return JsonReader(object, where).text("recipe");
}

Sweep parse_sweep(std::string_view json_text, const std::string& where, const RecipeLoader& load) {
  const auto object = parse_json(json_text, where);
  JsonReader reader(object, where);
  Sweep sweep;
  sweep.holdout = reader.integer_or("holdout", 0, 0, 1'000'000);
  sweep.authors = reader.choice_or("convention", "plain", {"plain", "authors"}) == "authors";
  if (sweep.authors) sweep.convergence_margin = 1e-3;
  sweep.convergence_margin = reader.number_or("convergence_margin", sweep.convergence_margin, 0, 1);
  sweep.ftmle = reader.choice_or("measure", "accuracy", {"accuracy", "ftmle"}) == "ftmle";
  sweep.ftmle_samples = reader.integer_or("ftmle_samples", sweep.ftmle_samples, 0, 1'000'000);
  read_sweep_grid(reader, object, where, sweep);
  const Recipe base = base_recipe(sweep, load);
  sweep.classes = base.classes;
  finish_sweep_grid(sweep, recipe_text(base), base.seed);
  return sweep;
}

SeriesSweep parse_series_sweep(std::string_view json_text, const std::string& where,
                               const RecipeTextLoader& load) {
  const auto object = parse_json(json_text, where);
  JsonReader reader(object, where);
  for (const char* key : {"holdout", "convention", "convergence_margin", "measure", "ftmle_samples"})
    if (reader.has(key))
      reader.fail(key,
                  "is of networks that classify; remove it: a driven reservoir is judged on the test part of "
                  "its series");
  SeriesSweep sweep;
  sweep.hw = reader.text_or("hw", "");
  read_sweep_grid(reader, object, where, sweep);
  auto base = base_recipe(sweep, load);
  const auto seed = json::parse(base).at("seed").get<std::uint64_t>();
  finish_sweep_grid(sweep, std::move(base), seed);
  for (const auto& cell : sweep_cells(sweep)) load(sweep.recipe, cell.settings);
  return sweep;
}

namespace {

ordered_json sweep_json(const Sweep& sweep) {
  ordered_json grid = ordered_json::array();
  for (const auto& axis : sweep.axes) grid.push_back({{"key", axis.key}, {"values", axis.values}});
  ordered_json text{{"name", sweep.name},
                    {"recipe", sweep.recipe},
                    {"settings", sweep.settings},
                    {"axes", grid},
                    {"seeds", sweep.seeds},
                    {"holdout", sweep.holdout},
                    {"convergence_margin", sweep.convergence_margin}};
  // Sweeps of earlier versions stay what they were.
  if (sweep.authors) text["convention"] = "authors";
  if (sweep.ftmle) {
    text["measure"] = "ftmle";
    text["ftmle_samples"] = sweep.ftmle_samples;
  }
  return text;
}

}  // namespace

std::string sweep_text(const Sweep& sweep) {
  auto text = sweep_json(sweep);
  text["base"] = ordered_json::parse(sweep.base);
  return text.dump(2) + "\n";
}

void require_same_sweep(const Sweep& sweep, const std::string& text, const std::string& where) {
  if (text == sweep_text(sweep) || text == sweep_json(sweep).dump(2) + "\n") return;
  auto stored = try_parse_json(text);
  if (stored && stored->is_object() && stored->contains("base")) {
    stored->erase("base");
    if (*stored == json(sweep_json(sweep)))
      throw Error(
          fmt::format("{}: its cells are of another form of the recipe {}, which has changed since; name "
                      "another folder",
                      where, sweep.recipe));
  }
  throw Error(fmt::format(
      "{}: belongs to another sweep, or to an earlier form of this one; name another folder", where));
}

std::vector<SweepCell> sweep_cells(const SweepGrid& sweep) {
  std::vector<SweepCell> cells;
  std::vector<std::size_t> position(sweep.axes.size(), 0);
  for (bool more = true; more;) {
    for (std::size_t s = 0; s < std::max<std::size_t>(sweep.seeds.size(), 1); ++s) {
      SweepCell cell{cells.size(), position, sweep.settings, fmt::format("cell-{:05}.json", cells.size())};
      for (std::size_t a = 0; a < position.size(); ++a)
        for (auto& text : texts_of(sweep.axes[a].settings(position[a])))
          cell.settings.push_back(std::move(text));
      if (!sweep.seeds.empty()) cell.settings.push_back(fmt::format("seed={}", sweep.seeds[s]));
      cells.push_back(std::move(cell));
    }
    std::size_t axis = 0;
    while (axis < position.size() && ++position[axis] == sweep.axes[axis].values.size()) position[axis++] = 0;
    more = axis < position.size();
  }
  return cells;
}

void check_cells(const Sweep& sweep, const std::vector<SweepCell>& cells, const RecipeLoader& load) {
  for (const auto& cell : cells) {
    const auto refuse = [&](const std::string& why) {
      throw Error(fmt::format("cell \"{}\": {}", fmt::join(cell.settings, " "), why));
    };
    if (load(sweep.recipe, cell.settings).training.epochs == 0)
      refuse("\"training.epochs\" is 0, which shows nothing; train for 1 or more");
    for (const auto& setting : cell.settings)
      if (sweep.holdout > 0 && setting.starts_with("data.test_samples="))
        refuse(
            "\"data.test_samples\" changes nothing: with \"holdout\" training samples judge; remove one of "
            "the two");
  }
}

}  // namespace stoic
