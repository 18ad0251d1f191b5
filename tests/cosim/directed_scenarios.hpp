#pragma once
#include "case.hpp"
#include "scenario.hpp"

namespace stoic::cosim {

/// A program with every instruction that takes a few hundred cycles, and what its run takes.
Case every_instruction(const HardwareConfig& config);

/// CYCLES of a run of a program that ends with HALT.
std::int64_t cycles_without_stalls(const Case& c);

/// every_instruction() again and again. In run n ABORT is written n cycles after START, from 0 to beyond its
/// end; after each the streams open and the next run must go right.
Scenario aborts_at_every_cycle(const HardwareConfig& config, const StallSchedule& stalls);

/// ABORT and CYCLE_LIMIT a few cycles apart, at every cycle.
Scenario aborts_near_the_cycle_limit(const HardwareConfig& config);

/// A vector and a matrix of one beat whose packet goes on after it: the fault is their first beat.
Scenario first_beats_that_should_be_last(const HardwareConfig& config);

/// RESET in every cycle while packets come in.
Scenario resets_between_beats(const HardwareConfig& config);

/// Saturations by slot, read in every state of their clearing.
Scenario saturations_while_they_are_cleared(const HardwareConfig& config);

}  // namespace stoic::cosim
