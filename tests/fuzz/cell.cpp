// Cells of a sweep, as its folder keeps them, and tables of rows for stoic reproduce.
#include "stoic/host/sweep/cell.hpp"

#include "fuzz.hpp"
#include "memory_file.hpp"

namespace stoic::fuzz {
namespace {

const Sweep& sweep() {
  static const auto result =
      parse_sweep(R"({"recipe": "r", "seeds": [1], "grid": {"steps": [1]}})", "sweep.json",
                  [](const std::string& name, const std::vector<std::string>& settings) {
                    return parse_recipe(files("models", "letters-ffesn.json").at(0), name, settings);
                  });
  return result;
}

const SweepCell& cell() {
  static const auto result = sweep_cells(sweep()).at(0);
  return result;
}

}  // namespace

void run(std::string_view input) {
  const MemoryFile file(input);
  const auto result = read_cell(file.path(), cell(), sweep());
  const auto epoch = result.epoch_of_convergence(sweep().convergence_margin);
  require(!epoch || (*epoch >= 1 && *epoch <= std::ssize(result.accuracy)),
          "the epoch of convergence is one of them");
  const MemoryFile again(cell_text(cell(), sweep(), result));
  require(read_cell(again.path(), cell(), sweep()) == result, "a cell that is written out reads as it was");
}

std::vector<std::string> seeds() {
  CellResult result{.accuracy = {0.2, 0.9, 0.95}, .loss = {1.5, 0.7, 0.5}, .chance = 0.2, .judged = 100};
  const auto plain = cell_text(cell(), sweep(), result);
  result.diverged = "the loss is nan";
  result.data = CellData{"letters", {100, "0123456789abcdef"}, {100, "0123456789abcdef"}};
  return {plain, cell_text(cell(), sweep(), result)};
}

std::vector<std::string> words() {
  auto all = quoted_words(seeds());
  for (const auto* word : {"1e308", "-1", "1e19", "null", "[]", "{}"}) all.push_back(word);
  return all;
}

}  // namespace stoic::fuzz
