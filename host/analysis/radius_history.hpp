#pragma once
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "stoic/host/data/dataset.hpp"
#include "stoic/host/model/recipe.hpp"

namespace stoic {

/// Spectral radii along a training (paper 001, figure 10).
struct RadiusHistory {
  std::vector<std::string> names;          ///< of the square trained matrices: "W_1", ...
  std::vector<std::vector<double>> radii;  ///< of each, before training and after every epoch
  std::vector<double> test_loss;           ///< cross-entropy, at the same places
};

/// Throws Error, naming `where`, unless the system has square trained matrices.
void require_hidden_squares(const Recipe& recipe, const std::string& where);

/// Trains the recipe. Nothing when stopped. Throws DivergedError as the trainer does.
std::optional<RadiusHistory> radius_history(const Recipe& recipe, const Dataset& train, const Dataset& test,
                                            int threads, const std::atomic<bool>* stop);

}  // namespace stoic
