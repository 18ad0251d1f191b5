#pragma once
#include "case.hpp"
#include "needs.hpp"
#include "scenario.hpp"

namespace stoic::cosim {

/// Every instruction that the instance can run, in one program of a few hundred cycles, and what its run
/// takes; where the program memory is short, in several. What finds no room at all is left out.
std::vector<Case> every_instruction(const HardwareConfig& config);

/// The names of instructions that every_instruction() has left out.
std::vector<std::string> left_out_instructions(const HardwareConfig& config);

/// With which nothing is left out.
Needs needs_of_every_instruction();

/// What first_beats_that_should_be_last(), resets_between_beats(), stops_while_a_packet_is_closed() and
/// saturations_while_they_are_cleared() need.
Needs needs_of_first_beats();
Needs needs_of_resets();
Needs needs_of_closing();
Needs needs_of_saturations();

/// CYCLES of a run of a program that ends with HALT.
std::int64_t cycles_without_stalls(const Case& c);

/// One of every_instruction() again and again. In run n ABORT is written n cycles after START, from 0 to
/// beyond its end; after each the streams open and the next run must go right.
Scenario aborts_at_every_cycle(const Case& c, const StallSchedule& stalls);

/// ABORT and CYCLE_LIMIT a few cycles apart, at every cycle.
Scenario aborts_near_the_cycle_limit(const Case& c);

/// One of every_instruction() with aresetn n cycles after START, with and without an ABORT before it; then a run that is
/// aborted before its first beat, and one to the end.
Scenario aresetn_in_every_cycle(const Case& c, const StallSchedule& stalls);

/// Two ABORTs, one right after the other, in every cycle.
Scenario aborted_twice(const Case& c);

/// IRQ_STATUS written in every cycle of a run and after it.
Scenario acknowledged_in_every_cycle(const Case& c);

/// A STORE whose sink is closed is aborted, and so is the next one, at any time while the first one's last beat waits.
Scenario stops_while_a_packet_is_closed(const HardwareConfig& config);

/// A vector and a matrix of one beat whose packet goes on after it: the fault is their first beat.
Scenario first_beats_that_should_be_last(const HardwareConfig& config);

/// RESET in every cycle while packets come in.
Scenario resets_between_beats(const HardwareConfig& config);

/// Saturations by slot, read in every state of their clearing.
Scenario saturations_while_they_are_cleared(const HardwareConfig& config);

}  // namespace stoic::cosim
