#pragma once
#include <string>

#include "stoic/host/model/recipe.hpp"

namespace stoic {

/// How reports speak of the network of a recipe: everything that is true of one system and not of another.
struct SystemWords {
  std::string network;  ///< its fixed part with its equation and constants, for the line of the network
  std::string vectors;  ///< what the names of the vectors in the program mean, in sentences
  std::string state;    ///< the state that is read out: "m(T)", "x(T)"; empty without a state of its own
  std::string disturbed = "what the network reads in";  ///< what observational noise is added to
};

SystemWords system_words(const Recipe& recipe);

}  // namespace stoic
