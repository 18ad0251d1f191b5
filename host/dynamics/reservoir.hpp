#pragma once
#include <Eigen/Core>
#include <cstdint>

namespace stoic {

/// The fixed W' [neurons x neurons] of an echo-state network: each entry is non-zero with probability
/// `density`, then uniform in [-1, 1]; the whole is scaled to `radius`, its spectral radius.
///
/// A draw without a usable eigenvalue (all zero or nilpotent, which small sparse matrices often are) is
/// redrawn; throws Error when hundred draws in a row are unusable, or when an argument is out of range.
Eigen::MatrixXd make_reservoir(std::int64_t neurons, double density, double radius, std::uint64_t seed);

}  // namespace stoic
