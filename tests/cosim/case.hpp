#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "stoic/generated/stoic_interface.h"
#include "stoic/sim/contract/config.hpp"
#include "stoic/sim/contract/instruction.hpp"
#include "stoic/sim/device/device.hpp"

namespace stoic::cosim {

/// One instruction of a program under test.
struct Item {
  Instruction instruction;
  /// Words in place of the encoding: what encode() refuses, such as an opcode that does not exist.
  std::vector<std::uint64_t> words;
  /// Stays the same when other items are removed; decides reserved bits and the contents of packets.
  std::uint64_t id = 0;
};

/// Entries of a memory, as MEM_ADDRESS counts them.
struct Block {
  std::int64_t first = 0;
  std::vector<std::int32_t> values;
};

/// One packet that does not fit: the one that the instruction `item` would take when it runs for the `run`-th
/// time (from 0).
struct StreamFault {
  enum class Kind { too_short, too_long, missing };
  Kind kind = Kind::missing;
  std::uint64_t item = 0;
  std::int64_t run = 0;
  std::int64_t beats = 1;  ///< missing at the end, or too many
};

/// The busy cycle in which a master that waits for nothing gets ABORT accepted after START: the response of
/// START comes in busy cycle 1.
constexpr std::int64_t least_abort_after = STOIC_ACCESS_LATENCY + 1 + STOIC_WRITE_OFFER_CYCLES;

/// One run of the accelerator with all that it needs: from a START on memories that are written before.
struct Case {
  std::uint64_t seed = 0;
  HardwareConfig config;
  std::vector<Item> items;  ///< the program, in order
  Block weights;            ///< all of the weight memory that the program reads
  Block tables;             ///< all of the table memory that the program reads
  Block state;              ///< part of the state memory; the rest keeps what it held
  bool at_end = false;      ///< the program ends with the program memory, and `origin` follows from that
  std::int64_t origin = 0;  ///< program word of the first item
  std::optional<std::int64_t> program_start;  ///< when not `origin`
  std::int64_t samples = 1;
  std::int64_t cycle_limit = 0;  ///< CYCLE_LIMIT
  std::int64_t abort_after =
      0;  ///< busy cycle in which ABORT is accepted, at least least_abort_after; 0: none
  std::int64_t stream_timeout = 0;  ///< STREAM_TIMEOUT
  std::optional<StreamFault> stream_fault;
  int status = 0;  ///< STOIC_STATUS_CODE_... that the run is meant to end with

  // What follows is made of the above by build().
  std::vector<std::uint64_t> program;  ///< words from `origin` on
  std::vector<Packet> input;
  std::vector<Packet> weight_stream;
  std::int64_t instructions = 0;  ///< that the run executes
};

/// Encodes the program and makes the packets that its run takes. Returns false when the program does not fit
/// its memory, runs for more than `instruction_limit` instructions or has no item for its stream fault.
bool build(Case& c, std::int64_t instruction_limit = 200000);

/// The slot of PROGRAM_START.
std::int64_t start_slot(const Case& c);

/// The program as text for the assembler, with what surrounds it as comments.
std::string text(const Case& c);

}  // namespace stoic::cosim
