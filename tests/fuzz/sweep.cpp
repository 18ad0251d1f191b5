// Sweeps, of few cells: their grid, the recipes of their cells, and what the folder of a sweep keeps of it.
#include "stoic/host/sweep/sweep.hpp"

#include "fuzz.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic::fuzz {
namespace {

/// A built-in recipe by its name; there are no others here.
Recipe load(const std::string& name, const std::vector<std::string>& settings) {
  static const auto text = files("models", "letters-ffesn.json").at(0);
  if (name.find('/') != name.npos || name.empty()) throw Error(name + ": there is no such recipe");
  return parse_recipe(text, name, settings);
}

}  // namespace

void run(std::string_view input) {
  const auto sweep = parse_sweep(input, "sweep.json", load);
  require_same_sweep(sweep, sweep_text(sweep), "folder");
  std::size_t count = std::max<std::size_t>(sweep.seeds.size(), 1);
  for (const auto& axis : sweep.axes) count *= axis.values.size();
  if (count > 30) return;  // thousands are legal
  const auto cells = sweep_cells(sweep);
  require(cells.size() == count, "a sweep has a cell for each point of its grid and each seed");
  check_cells(sweep, cells, load);
}

std::vector<std::string> seeds() {
  auto all = files("models/sweeps", ".json");
  all.push_back(R"({"recipe": "letters-ffesn", "seeds": [1, 2], "set": {"training.epochs": 1}, "holdout": 5,
    "convergence_margin": 0.01, "grid": {"steps": {"from": 1, "to": 4, "count": 3}, "training.momentum": [0, 0.5]}})");
  return all;
}

std::vector<std::string> words() {
  auto all = quoted_words(seeds());
  for (auto& word : quoted_words(files("models", "letters-ffesn.json"))) all.push_back(std::move(word));
  for (const auto* word : {"\"scale\"", "\"log\"", "\"step\"", "\"seed\"", "1e308", "-1", "1000000", "null"})
    all.push_back(word);
  return all;
}

}  // namespace stoic::fuzz
