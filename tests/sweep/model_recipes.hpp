#pragma once
#include <fstream>
#include <iterator>
#include <string>

#include "stoic/host/sweep/sweep.hpp"

namespace stoic {

/// The recipes of models/, by name.
inline Recipe load_model_recipe(const std::string& name, const std::vector<std::string>& settings) {
  const auto path = std::string(STOIC_SOURCE_DIR "/models/") + name + ".json";
  std::ifstream in(path);
  return parse_recipe(std::string(std::istreambuf_iterator<char>(in), {}), path, settings);
}

inline Sweep sweep_of(const std::string& text) { return parse_sweep(text, "my.json", load_model_recipe); }

}  // namespace stoic
