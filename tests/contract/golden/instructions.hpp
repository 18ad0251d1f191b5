// Generated from hw-configs/interface.json. Do not edit.
// clang-format off
#pragma once
#include <array>
#include <cstdint>
#include <variant>

#include "stoic/generated/stoic_interface.h"

namespace stoic {

/// What the value of a field addresses or means; decides its range and how text shows it.
enum class FieldKind { state, element, weight, table, count, number, shift, signed_, flag };

/// Where a field lies: bits [lsb, lsb+width) of the instruction, or of the term.
struct Field {
  const char* name;
  int lsb;
  int width;
  FieldKind kind;
};

/// ends the sample; the program starts again at PROGRAM_START until SAMPLES are done
struct Halt {
  static constexpr const char* mnemonic = "HALT";
  static constexpr int opcode = 1;
  static constexpr int words = 1;

  template <class Self, class Visit>
  static void fields([[maybe_unused]] Self& self, [[maybe_unused]] Visit&& visit) {
  }
  bool operator==(const Halt&) const = default;
};

/// runs what follows, up to the matching END, count times
struct Loop {
  static constexpr const char* mnemonic = "LOOP";
  static constexpr int opcode = 2;
  static constexpr int words = 1;
  std::int64_t count = 0;  ///< repetitions, at least 1

  template <class Self, class Visit>
  static void fields([[maybe_unused]] Self& self, [[maybe_unused]] Visit&& visit) {
    visit(Field{"count", 8, 24, FieldKind::count}, self.count);
  }
  bool operator==(const Loop&) const = default;
};

/// closes the innermost LOOP
struct End {
  static constexpr const char* mnemonic = "END";
  static constexpr int opcode = 3;
  static constexpr int words = 1;

  template <class Self, class Visit>
  static void fields([[maybe_unused]] Self& self, [[maybe_unused]] Visit&& visit) {
  }
  bool operator==(const End&) const = default;
};

/// d[i] = next vector of the input stream
struct Load {
  static constexpr const char* mnemonic = "LOAD";
  static constexpr int opcode = 4;
  static constexpr int words = 1;
  std::int64_t destination = 0;  ///< first state word of d
  std::int64_t length = 0;  ///< elements

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit(Field{"destination", 8, 12, FieldKind::state}, self.destination);
    visit(Field{"length", 20, 16, FieldKind::count}, self.length);
  }
  bool operator==(const Load&) const = default;
};

/// sends s as one vector on the output stream; lanes beyond its end send 0
struct Store {
  static constexpr const char* mnemonic = "STORE";
  static constexpr int opcode = 5;
  static constexpr int words = 1;
  std::int64_t source = 0;  ///< first state word of s
  std::int64_t length = 0;  ///< elements

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit(Field{"source", 8, 12, FieldKind::state}, self.source);
    visit(Field{"length", 20, 16, FieldKind::count}, self.length);
  }
  bool operator==(const Store&) const = default;
};

/// d[r] = round((sum over c of W[r][c]*s[c] + bias[r]*2^bias_shift) >> result_shift)
struct Matvec {
  static constexpr const char* mnemonic = "MATVEC";
  static constexpr int opcode = 6;
  static constexpr int words = 2;
  std::int64_t stream = 0;  ///< weights come from the weight stream, not from memory
  std::int64_t biased = 0;  ///< the bias vector preloads the accumulators, else 0
  std::int64_t destination = 0;  ///< first state word of d
  std::int64_t source = 0;  ///< first state word of s
  std::int64_t bias = 0;  ///< first state word of the bias
  std::int64_t bias_shift = 0;  ///< exact left shift of the bias
  std::int64_t result_shift = 0;  ///< right with rounding when positive, exactly left when negative
  std::int64_t rows = 0;  ///< elements of d
  std::int64_t columns = 0;  ///< elements of s
  std::int64_t weights = 0;  ///< first weight beat: beat block*columns + c holds rows block*lanes ... of column c

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit(Field{"stream", 5, 1, FieldKind::flag}, self.stream);
    visit(Field{"biased", 6, 1, FieldKind::flag}, self.biased);
    visit(Field{"destination", 8, 12, FieldKind::state}, self.destination);
    visit(Field{"source", 20, 12, FieldKind::state}, self.source);
    visit(Field{"bias", 32, 12, FieldKind::state}, self.bias);
    visit(Field{"bias_shift", 44, 6, FieldKind::number}, self.bias_shift);
    visit(Field{"result_shift", 50, 7, FieldKind::shift}, self.result_shift);
    visit(Field{"rows", 64, 16, FieldKind::count}, self.rows);
    visit(Field{"columns", 80, 16, FieldKind::count}, self.columns);
    visit(Field{"weights", 96, 24, FieldKind::weight}, self.weights);
  }
  bool operator==(const Matvec&) const = default;
};

/// One product term of BUNDLE.
struct BundleTerm {
  std::int64_t left = 0;  ///< first state word of the left operand
  std::int64_t right = 0;  ///< first state word of the right operand
  std::int64_t left_fixed = 0;  ///< left is one word, used for every beat
  std::int64_t right_fixed = 0;  ///< right is one word, used for every beat
  std::int64_t subtract = 0;  ///< the product is subtracted
  std::int64_t align = 0;  ///< exact left shift of the product

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit(Field{"left", 0, 12, FieldKind::state}, self.left);
    visit(Field{"right", 12, 12, FieldKind::state}, self.right);
    visit(Field{"left_fixed", 24, 1, FieldKind::flag}, self.left_fixed);
    visit(Field{"right_fixed", 25, 1, FieldKind::flag}, self.right_fixed);
    visit(Field{"subtract", 26, 1, FieldKind::flag}, self.subtract);
    visit(Field{"align", 27, 5, FieldKind::number}, self.align);
  }
  bool operator==(const BundleTerm&) const = default;
};

/// d[i] = round((sum over terms of +-left[i]*right[i]*2^align) >> result_shift); a fixed operand is one state word used for every beat
struct Bundle {
  static constexpr const char* mnemonic = "BUNDLE";
  static constexpr int opcode = 7;
  static constexpr int words = 1;
  std::int64_t destination = 0;  ///< first state word of d
  std::int64_t length = 0;  ///< elements
  std::int64_t terms = 0;  ///< product terms, 1 to BUNDLE_TERMS_MAX; two to a further program word
  std::int64_t result_shift = 0;  ///< right with rounding when positive, exactly left when negative
  static constexpr int term_first_bit = 64;
  static constexpr int term_stride = 32;
  std::array<BundleTerm, STOIC_BUNDLE_TERMS_MAX> term{};

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit(Field{"destination", 8, 12, FieldKind::state}, self.destination);
    visit(Field{"length", 20, 16, FieldKind::count}, self.length);
    visit(Field{"terms", 36, 4, FieldKind::count}, self.terms);
    visit(Field{"result_shift", 40, 7, FieldKind::shift}, self.result_shift);
  }
  bool operator==(const Bundle&) const = default;
};

/// d[i] = f(s[i]) by linear interpolation between the knots of a table
struct Function {
  static constexpr const char* mnemonic = "FUNCTION";
  static constexpr int opcode = 8;
  static constexpr int words = 2;
  std::int64_t destination = 0;  ///< first state word of d
  std::int64_t source = 0;  ///< first state word of s
  std::int64_t length = 0;  ///< elements
  std::int64_t symmetry = 0;  ///< 0 none, 1 odd, 2 even: |s| is looked up, odd negates the result for s < 0
  std::int64_t count_outside = 0;  ///< arguments outside the table count as saturations
  std::int64_t table = 0;  ///< first knot
  std::int64_t segments = 0;  ///< segments; the table has one knot more
  std::int64_t segment_shift = 0;  ///< a segment spans 2^segment_shift codes; below state_width
  std::int64_t origin = 0;  ///< argument code of the first knot

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit(Field{"destination", 8, 12, FieldKind::state}, self.destination);
    visit(Field{"source", 20, 12, FieldKind::state}, self.source);
    visit(Field{"length", 32, 16, FieldKind::count}, self.length);
    visit(Field{"symmetry", 48, 2, FieldKind::number}, self.symmetry);
    visit(Field{"count_outside", 50, 1, FieldKind::flag}, self.count_outside);
    visit(Field{"table", 64, 16, FieldKind::table}, self.table);
    visit(Field{"segments", 80, 16, FieldKind::count}, self.segments);
    visit(Field{"segment_shift", 96, 5, FieldKind::number}, self.segment_shift);
    visit(Field{"origin", 101, 24, FieldKind::signed_}, self.origin);
  }
  bool operator==(const Function&) const = default;
};

/// (dx,dy,dz)[i] = (sx,sy,sz)[i] / |(sx,sy,sz)[i]| * 2^(state_width-1-result_shift); a zero vector becomes e_z; the three vectors follow one another, each in whole words
struct Normalise {
  static constexpr const char* mnemonic = "NORMALISE";
  static constexpr int opcode = 9;
  static constexpr int words = 2;
  std::int64_t destination = 0;  ///< first state word of dx; dy and dz follow
  std::int64_t source = 0;  ///< first state word of sx; sy and sz follow
  std::int64_t length = 0;  ///< vectors
  std::int64_t result_shift = 0;  ///< unit length is 2^(state_width-1-result_shift); below state_width
  std::int64_t table = 0;  ///< first knot of 2^(state_width-1)/sqrt(t), t in [1,4)
  std::int64_t segments = 0;  ///< segments; the table has one knot more
  std::int64_t segment_shift = 0;  ///< a segment spans 2^segment_shift codes of t, which has state_width-2 fraction bits; below state_width

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit(Field{"destination", 8, 12, FieldKind::state}, self.destination);
    visit(Field{"source", 20, 12, FieldKind::state}, self.source);
    visit(Field{"length", 32, 16, FieldKind::count}, self.length);
    visit(Field{"result_shift", 48, 5, FieldKind::number}, self.result_shift);
    visit(Field{"table", 64, 16, FieldKind::table}, self.table);
    visit(Field{"segments", 80, 16, FieldKind::count}, self.segments);
    visit(Field{"segment_shift", 96, 5, FieldKind::number}, self.segment_shift);
  }
  bool operator==(const Normalise&) const = default;
};

/// d[i] = s[i], from any element to any element
struct Copy {
  static constexpr const char* mnemonic = "COPY";
  static constexpr int opcode = 10;
  static constexpr int words = 1;
  std::int64_t destination = 0;  ///< element address of d: word*lanes + lane
  std::int64_t source = 0;  ///< element address of s
  std::int64_t length = 0;  ///< elements

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit(Field{"destination", 8, 18, FieldKind::element}, self.destination);
    visit(Field{"source", 26, 18, FieldKind::element}, self.source);
    visit(Field{"length", 44, 16, FieldKind::count}, self.length);
  }
  bool operator==(const Copy&) const = default;
};

/// d[i] = s[(i + amount) mod length]
struct Rotate {
  static constexpr const char* mnemonic = "ROTATE";
  static constexpr int opcode = 11;
  static constexpr int words = 1;
  std::int64_t destination = 0;  ///< first state word of d
  std::int64_t source = 0;  ///< first state word of s
  std::int64_t length = 0;  ///< elements
  std::int64_t amount = 0;  ///< 0 to length-1

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit(Field{"destination", 8, 12, FieldKind::state}, self.destination);
    visit(Field{"source", 20, 12, FieldKind::state}, self.source);
    visit(Field{"length", 32, 16, FieldKind::count}, self.length);
    visit(Field{"amount", 48, 16, FieldKind::number}, self.amount);
  }
  bool operator==(const Rotate&) const = default;
};

/// Any instruction.
using Instruction = std::variant<Halt, Loop, End, Load, Store, Matvec, Bundle, Function, Normalise, Copy, Rotate>;

/// Why an engine stopped.
struct StatusCode {
  int value;
  const char* name;
  const char* meaning;
};

/// All status codes; entry i has the value i.
inline constexpr StatusCode status_codes[] = {
    {STOIC_STATUS_CODE_OK, "OK", "no fault"},
    {STOIC_STATUS_CODE_PROGRAM_ADDRESS, "PROGRAM_ADDRESS", "an instruction lies outside the program memory"},
    {STOIC_STATUS_CODE_ILLEGAL_OPCODE, "ILLEGAL_OPCODE", "no such instruction"},
    {STOIC_STATUS_CODE_ILLEGAL_OPERAND, "ILLEGAL_OPERAND", "a count of 0, too many terms, a segment or result shift not below state_width, a rotation by the length or more, symmetry 3, an origin outside the states"},
    {STOIC_STATUS_CODE_STATE_ADDRESS, "STATE_ADDRESS", "an operand reaches beyond the state memory"},
    {STOIC_STATUS_CODE_WEIGHT_ADDRESS, "WEIGHT_ADDRESS", "a matrix reaches beyond the weight memory"},
    {STOIC_STATUS_CODE_TABLE_ADDRESS, "TABLE_ADDRESS", "a table reaches beyond the table memory"},
    {STOIC_STATUS_CODE_OPERAND_OVERLAP, "OPERAND_OVERLAP", "the destination overlaps an operand in a way that the order of reads would decide"},
    {STOIC_STATUS_CODE_LOOP_TOO_DEEP, "LOOP_TOO_DEEP", "LOOP with loop_depth loops open"},
    {STOIC_STATUS_CODE_LOOP_UNDERFLOW, "LOOP_UNDERFLOW", "END without LOOP"},
    {STOIC_STATUS_CODE_STREAM_TOO_SHORT, "STREAM_TOO_SHORT", "TLAST before the last beat of a vector or matrix"},
    {STOIC_STATUS_CODE_STREAM_TOO_LONG, "STREAM_TOO_LONG", "no TLAST on the last beat of a vector or matrix"},
    {STOIC_STATUS_CODE_STREAM_TIMEOUT, "STREAM_TIMEOUT", "no beat moved for STREAM_TIMEOUT cycles"},
    {STOIC_STATUS_CODE_CYCLE_LIMIT, "CYCLE_LIMIT", "CYCLE_LIMIT cycles have passed since START"},
    {STOIC_STATUS_CODE_ABORTED, "ABORTED", "ABORT was written"},
};

}  // namespace stoic
