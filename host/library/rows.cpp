#include "stoic/host/library/rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "stoic/host/library/recipes.hpp"
#include "stoic/host/model/settings.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"
#include "stoic/sim/io/json.hpp"

namespace stoic {
namespace {

std::vector<std::uint64_t> read_seed_list(JsonReader& reader) {
  std::vector<std::uint64_t> seeds;
  for (const auto& seed : reader.array("seeds")) {
    if (!seed.is_number_unsigned())
      reader.fail("seeds", "must be a list of whole numbers, such as [1, 2, 3]");
    if (std::find(seeds.begin(), seeds.end(), seed.get<std::uint64_t>()) != seeds.end())
      reader.fail("seeds", fmt::format("has {} twice, which would be one training counted as two; remove one",
                                       seed.dump()));
    seeds.push_back(seed.get<std::uint64_t>());
  }
  if (seeds.empty()) reader.fail("seeds", "must not be empty");
  return seeds;
}

TableRow read_row(const nlohmann::json& object, const std::string& where) {
  JsonReader reader(object, where);
  TableRow row{reader.text("name"), reader.text("recipe"), {}, reader.text("paper")};
  if (reader.has("set")) {
    auto set = reader.object("set");
    for (const auto& [key, value] : object.at("set").items()) {
      if (key == "seed") set.fail("seed", "is what the file's \"seeds\" decide; remove it");
      for (const auto& setting : read_setting(key, value)) row.settings.push_back(setting_text(setting));
    }
  }
  reader.finish();
  return row;
}

}  // namespace

std::string file_name(const TableRow& row, std::uint64_t seed) {
  std::string name;
  for (const char c : row.name) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (plain || (!name.empty() && name.back() != '-'))
      name += plain ? static_cast<char>(std::tolower(static_cast<unsigned char>(c))) : '-';
  }
  if (!name.empty() && name.back() == '-') name.pop_back();
  return fmt::format("{}-seed-{}", name, seed);
}

RowsFile read_rows(const std::string& path) {
  const auto object = parse_json(read_file(path), path);
  JsonReader reader(object, path);
  RowsFile file{{}, reader.text("hw"), {}};
  file.seeds = read_seed_list(reader);
  const auto& rows = reader.array("rows");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto where = fmt::format("{}: rows[{}]", path, i);
    auto row = read_row(rows[i], where);
    for (const auto& earlier : file.rows)
      if (file_name(earlier, 1) == file_name(row, 1))
        throw Error(fmt::format("{}: \"name\" \"{}\" and \"{}\" would write to the same files; rename one",
                                where, row.name, earlier.name));
    file.rows.push_back(std::move(row));
  }
  reader.finish();
  return file;
}

void require_rows(const RowsFile& file, const std::string& path, const std::vector<std::string>& names) {
  std::vector<std::string> known;
  for (const auto& row : file.rows) known.push_back(row.name);
  for (const auto& name : names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    // A part of a name is nearer than any other name.
    const auto part = std::find_if(known.begin(), known.end(), [&](const auto& row) {
      return !name.empty() && row.find(name) != std::string::npos;
    });
    const auto near = part != known.end() ? *part : nearest_word(name, known);
    throw Error(fmt::format("--row {} (ReproduceOptions::only): {} has no such row; {}", name, path,
                            near.empty() ? fmt::format("its rows are \"{}\"", fmt::join(known, "\", \""))
                                         : fmt::format("did you mean \"{}\"?", near)));
  }
}

std::vector<std::vector<Recipe>> recipes_of(const RowsFile& file, const std::string& path) {
  const auto load = recipe_loader(path);
  std::vector<std::vector<Recipe>> recipes;
  for (const auto& row : file.rows) {
    recipes.emplace_back();
    for (const auto seed : file.seeds) {
      auto settings = row.settings;
      settings.push_back(fmt::format("seed={}", seed));
      try {
        recipes.back().push_back(load(row.recipe, settings));
      } catch (const Error& error) {
        throw Error(fmt::format("{}: row \"{}\": {}", path, row.name, error.what()));
      }
    }
  }
  return recipes;
}

}  // namespace stoic
