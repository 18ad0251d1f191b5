// Settings as people write them behind --set, one a line.
#include "fuzz.hpp"
#include "stoic/host/model/recipe.hpp"
#include "stoic/host/model/settings.hpp"
#include "stoic/sim/io/printable.hpp"

namespace stoic::fuzz {
namespace {

constexpr auto base =
    R"({"dynamics": "ffesn", "neurons": 5, "steps": 2, "inputs": 4, "classes": 2, "data": {"set": "random"}})";

}  // namespace

void run(std::string_view input) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin <= input.size() && lines.size() < 20;) {
    const auto end = std::min(input.find('\n', begin), input.size());
    lines.emplace_back(input.substr(begin, end - begin));
    begin = end + 1;
  }
  for (const auto& line : lines)
    for (const auto& setting : read_setting(line)) {
      const auto text = setting_text(setting);
      if (printable(line) == line)  // a text that is no UTF-8 cannot be written as JSON
        require(read_setting(text) == std::vector{setting}, "a setting that is written out reads as it was");
    }
  const auto recipe = parse_recipe(base, "recipe.json", lines);
  const auto text = recipe_text(recipe);
  require(recipe_text(parse_recipe(text, "again.json")) == text,
          "a recipe that is written out reads as it was");
}

std::vector<std::string> seeds() {
  return {"training.epochs=3\nseed=007",
          "training={\"epochs\": 3}",
          "data.set='letters'\ninputs=49\nclasses=5",
          "dynamics=\"csto\"",
          "spectral_radius=.9\ntraining.momentum=None",
          "training.learning_rate=1e-3"};
}

std::vector<std::string> words() {
  auto all = quoted_words(files("models", ".json"));
  for (auto& word : all) word = word.substr(1, word.size() - 2) + "=";
  for (const auto* word :
       {"training.", "data.", "None", "yes", "off", ".01", "1.", "+1", "1e400", "[1, 2]", "='"})
    all.push_back(word);
  return all;
}

}  // namespace stoic::fuzz
