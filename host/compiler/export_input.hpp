#pragma once
#include <string>

#include "stoic/sim/contract/image.hpp"

namespace stoic {

/// What NAME.h and NAME.c say of an image that takes real values: how a value becomes a code. Empty for
/// pixels, which are their own codes.
struct ExportedInput {
  std::string declarations;  ///< of NAME.h: sizes, arrays, NAME_input_code()
  std::string definitions;   ///< of NAME.c: the arrays
};
ExportedInput exported_input(const Image& image, const std::string& name);

}  // namespace stoic
