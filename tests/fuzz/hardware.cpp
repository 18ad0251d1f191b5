// Accelerator instances. What is read is written out, and reads as the same.
#include "fuzz.hpp"
#include "stoic/sim/contract/config.hpp"

namespace stoic::fuzz {

void run(std::string_view input) {
  const auto config = parse_hardware_config(input, "instance.json");
  const auto again = parse_hardware_config(hardware_config_text(config), "again.json");
  require(again == config && config_hash(again) == config_hash(config),
          "an instance that is written out reads as it was");
  require(config.state_min() < 0 && config.beats(1) == 1,
          "numbers of an instance are what its memories can have");
}

std::vector<std::string> seeds() {
  std::vector<std::string> all;
  for (const auto* name : {"tiny", "compact", "small", "default", "wide"})
    all.push_back(hardware_config_text(load_hardware_config(name)));
  for (auto& text : files("tests/cosim/instances", ".json")) all.push_back(std::move(text));
  return all;
}

std::vector<std::string> words() {
  auto all = quoted_words(seeds());
  for (const auto* word : {"1e308", "-1", "4294967296", "9223372036854775808", "null", "64", "65536", "0"})
    all.push_back(word);
  return all;
}

}  // namespace stoic::fuzz
