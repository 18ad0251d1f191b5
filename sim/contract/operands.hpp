#pragma once
#include <algorithm>
#include <cstdint>
#include <variant>

#include "stoic/sim/contract/instruction.hpp"

namespace stoic {

/// A part of the state memory that an instruction reads or writes: vectors of `length` elements, each
/// beginning with a word but for those of COPY, one behind the other.
struct OperandRange {
  std::int64_t first = 0;  ///< element: word * lanes + lane
  std::int64_t length = 0;
  std::int64_t vectors = 1;
  bool written = false;
  /// May be the destination itself: each beat is read before it is written.
  bool in_place = false;
  bool whole_words = true;  ///< the words of its last elements belong to it too
};

/// Calls visit(OperandRange) for every operand of an instruction: what it reads, then what it writes.
template <class Visit>
class OperandVisitor {
 public:
  OperandVisitor(const HardwareConfig& config, const Visit& visit) : config_(config), visit_(visit) {}

  void operator()(const Halt&) const {}
  void operator()(const Loop&) const {}
  void operator()(const End&) const {}
  void operator()(const Load& load) const { write(load.destination, load.length); }
  void operator()(const Store& store) const { read(store.source, store.length, false); }
  void operator()(const Matvec& matvec) const {
    read(matvec.source, matvec.columns, false);
    if (matvec.biased != 0) read(matvec.bias, matvec.rows, true);
    write(matvec.destination, matvec.rows);
  }
  void operator()(const Bundle& bundle) const {
    const auto factor = [&](std::int64_t word, std::int64_t fixed) {
      read(word, fixed != 0 ? std::min(bundle.length, config_.lanes) : bundle.length, fixed == 0);
    };
    const auto terms = std::clamp<std::int64_t>(bundle.terms, 0, STOIC_BUNDLE_TERMS_MAX);
    for (std::int64_t t = 0; t < terms; ++t) {
      const auto& term = bundle.term[static_cast<std::size_t>(t)];
      factor(term.left, term.left_fixed);
      factor(term.right, term.right_fixed);
    }
    write(bundle.destination, bundle.length);
  }
  void operator()(const Function& function) const {
    read(function.source, function.length, true);
    write(function.destination, function.length);
  }
  void operator()(const Normalise& normalise) const {
    read(normalise.source, normalise.length, true, 3);
    write(normalise.destination, normalise.length, 3);
  }
  void operator()(const Copy& copy) const {
    visit_(OperandRange{.first = copy.source, .length = copy.length, .whole_words = false});
    visit_(OperandRange{
        .first = copy.destination, .length = copy.length, .written = true, .whole_words = false});
  }
  void operator()(const Rotate& rotate) const {
    read(rotate.source, rotate.length, false);
    write(rotate.destination, rotate.length);
  }

 private:
  void read(std::int64_t word, std::int64_t length, bool in_place, std::int64_t vectors = 1) const {
    visit_(OperandRange{
        .first = word * config_.lanes, .length = length, .vectors = vectors, .in_place = in_place});
  }
  void write(std::int64_t word, std::int64_t length, std::int64_t vectors = 1) const {
    visit_(
        OperandRange{.first = word * config_.lanes, .length = length, .vectors = vectors, .written = true});
  }

  const HardwareConfig& config_;
  const Visit& visit_;
};

template <class Visit>
void for_each_operand(const Instruction& instruction, const HardwareConfig& config, const Visit& visit) {
  std::visit(OperandVisitor<Visit>(config, visit), instruction);
}

}  // namespace stoic
