#pragma once

namespace stoic {

/// "0.1.0"
const char* version();

}  // namespace stoic
