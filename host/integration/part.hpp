#pragma once

namespace stoic {

/// What a derivative is of.
enum class Part {
  network,  ///< from v, what the read-in gives, to x(T)
  flow      ///< from x(0) to x(T)
};

}  // namespace stoic
