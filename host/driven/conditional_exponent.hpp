#pragma once
#include <cstdint>

#include "stoic/host/analysis/exponents.hpp"
#include "stoic/host/driven/driven_model.hpp"
#include "stoic/host/kernels/team.hpp"

namespace stoic {

/// Steps that are enough to tell the exponent's sign, in a fraction of the training's time.
constexpr std::int64_t exponent_steps = 1000;

/// The largest Lyapunov exponent of a reservoir while a series drives it, in 1/step, teacher-forced: below 0
/// two states that get the same inputs become one, and the state is a function of the inputs alone (the
/// echo-state property, as far as these inputs show it). Over so many steps behind the washout; a shorter
/// series begins again at its washout.
LyapunovSpectrum conditional_exponent(const DrivenModel& model, const TimeSeries& series, std::int64_t steps,
                                      Team& team);

}  // namespace stoic
