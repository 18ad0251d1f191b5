#pragma once
#include <cstdint>

#include "stoic/host/learning/learner.hpp"
#include "stoic/host/model/model.hpp"

namespace stoic {

/// Copies what is trained into the model. Returns whether all of it is finite.
bool take_weights(const Learner<float>& learner, Model& model);

/// Tells models apart by all that is in their matrices; 0 without a model.
std::uint32_t weights_checksum(const Model* model);

/// The network that a training of this recipe begins with: read-in and read-out as they are drawn.
Model untrained_model(const Recipe& recipe);

}  // namespace stoic
