#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <optional>

#include "stoic/host/analysis/evolution.hpp"

namespace stoic {

/// A stable fixed point.
struct Rest {
  Eigen::VectorXd state;
  Eigen::VectorXd rates;  ///< all exponents there, largest first: they are exact, since nothing is averaged
};

/// The stable fixed point that the evolution comes to, found by Newton's method from its state, after it has
/// been seen to come ever nearer to it for as long as needed, at most twelve times `steps`. Nothing where
/// there is none, or where there are more than `most` exponents (it takes a dense matrix of so many rows and
/// its eigenvalues). The evolution has gone on.
std::optional<Rest> come_to_rest(Evolution& evolution, std::int64_t steps, Eigen::Index most = 1024);

}  // namespace stoic
