#pragma once
#include <string>
#include <vector>

#include "stoic/host/model/recipe.hpp"

namespace stoic {

/// What tells the curves of several models apart, each name another: the keys in which their recipes differ,
/// all of them, "coupling_Oe = 500, seed = 2"; the names of their files where these are long or some recipes
/// are equal. One model needs no name.
std::vector<std::string> curve_names(const std::vector<Recipe>& recipes,
                                     const std::vector<std::string>& files);

}  // namespace stoic
