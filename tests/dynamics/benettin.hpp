#pragma once
#include <cmath>

#include "stoic/host/dynamics/system.hpp"

namespace stoic {

/// The largest Lyapunov exponent of a system in 1 / (its unit of time), by Benettin's method: a tangent of
/// every state is carried along and brought back to length 1 after every step; mean of the states, over the
/// steps behind the transient.
inline double largest_exponent(const System<double>& system, const Eigen::MatrixXd& states,
                               Eigen::MatrixXd tangents, std::int64_t transient, std::int64_t steps) {
  const auto orbit = system.orbit(states.cols());
  orbit->set_state(states);
  Team alone(1);
  double growth = 0;
  follow(*orbit, transient + steps, alone, [&](std::int64_t done, const Eigen::MatrixXd&) {
    tangents = orbit->push(tangents, alone);
    for (Eigen::Index s = 0; s < tangents.cols(); ++s) {
      const double length = tangents.col(s).norm();
      if (done > transient) growth += std::log(length);
      tangents.col(s) /= length;
    }
    return true;
  });
  return growth / (static_cast<double>(steps * states.cols()) * system.time().step);
}

}  // namespace stoic
