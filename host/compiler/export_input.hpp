#pragma once
#include <string>

#include "stoic/sim/contract/image.hpp"

namespace stoic {

/// What model.h and model.c say of an image that takes real values: how a value becomes a code. Empty for
/// pixels, which are their own codes.
struct ExportedInput {
  std::string declarations;  ///< of model.h: sizes, arrays, model_input_code()
  std::string definitions;   ///< of model.c: the arrays
};
ExportedInput exported_input(const Image& image);

}  // namespace stoic
