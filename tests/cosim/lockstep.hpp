#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "case.hpp"
#include "stoic/sim/device/device.hpp"

namespace stoic::cosim {

class Reference;

/// Runs a Case on a Device and on golden, and compares after every instruction: program counter, loops,
/// CYCLES, MAC_CYCLES and the whole state memory. At the end, through the bus: status code, output beats with
/// TLAST, all counters, saturations by slot. Stops at the first difference and returns it as text with the
/// instruction, the place, what was expected and what came; empty when there is none.
///
/// Without stalls cycles are the closed forms of the contract. With stalls the run takes as many cycles more
/// as the stall counters say. Cases that are stopped or time out need `stalls` to be closed never, and an
/// input buffer that keeps up with LOAD (see `keeps_up`); others are not compared.
///
/// The device is reset first; state words that the Case does not write keep what they hold, on both sides.
/// `kept`: golden for the instance of the Case, which many cases on one device share, since its memories may
/// be large; without it each has its own.
std::optional<std::string> compare_in_lockstep(Device& device, const Case& c,
                                               const StallSchedule& stalls = {}, Reference* kept = nullptr);

/// Whether a source that never pauses feeds LOAD one beat a cycle. A beat can be taken two cycles after it
/// was accepted, and its place is free the cycle after: with fewer than three places LOAD waits.
bool keeps_up(const HardwareConfig& config);

/// What a test does with one Case; the text of the failure, or empty.
using CaseCheck = std::function<std::optional<std::string>(const Case&)>;

/// The smallest Case found that still fails: instructions removed, loops opened, lengths shortened. At most
/// `attempts` runs of `check`.
Case shrink(Case c, const CaseCheck& check, int attempts = 400);

/// Runs `check`. When it fails: the first failure, the shortest program that fails as text, its failure and
/// `command`, which repeats it. Empty when it does not.
std::string failure_report(const Case& c, const CaseCheck& check, const std::string& command);

}  // namespace stoic::cosim
