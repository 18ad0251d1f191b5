#pragma once
#include "stoic/sim/io/error.hpp"

namespace stoic {

/// A training whose loss or weights, or a reservoir whose state, are no longer finite.
class DivergedError : public Error {
 public:
  using Error::Error;
};

}  // namespace stoic
