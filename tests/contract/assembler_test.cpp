#include "stoic/sim/contract/assembler.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "stoic/sim/contract/instruction.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace assembler_test {

using testing::HasSubstr;

const HardwareConfig& compact() {
  static const auto config = load_hardware_config("compact");
  return config;
}

constexpr const char* program = R"(# every instruction once
.vector u 9
.vector x 6
.vector y 6
.vector m 24
.vector n 24
.constant half 16384
LOAD destination=u length=9
LOOP count=3
MATVEC destination=x source=u rows=6 columns=9 stream=1 biased=1 bias=y bias_shift=4 result_shift=-3
BUNDLE destination=y length=6 result_shift=15 : + x*y<<3 - x*[half]
FUNCTION destination=y source=y length=6 symmetry=1 segments=8 segment_shift=4 origin=-5
END
NORMALISE destination=n source=m length=6 segments=4 segment_shift=13 result_shift=1
COPY destination=x+1 source=u length=5
ROTATE destination=y source=x length=6 amount=5
STORE source=y length=6
HALT
)";

std::string message_of(const std::string& text) {
  try {
    assemble(text, compact(), "p.s");
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Assembler, ItsTextSurvivesDisassembly) {
  const auto first = assemble(program, compact(), "p.s");
  std::string again =
      ".vector u 9\n.vector x 6\n.vector y 6\n.vector m 24\n.vector n 24\n.constant half 16384\n";
  int count = 0;
  for (std::int64_t slot = 0; slot < static_cast<std::int64_t>(first.program.size()); ++count) {
    const auto decoded = decode(first.program, slot);
    again += disassemble(decoded.instruction, first.vectors, compact()) + "\n";
    slot += decoded.words;
  }
  EXPECT_EQ(count, 11);
  const auto second = assemble(again, compact(), "again");
  EXPECT_EQ(second.program, first.program) << again;
  EXPECT_EQ(second.initial_state, first.initial_state);
}

TEST(Assembler, PlacesVectorsInWholeWordsAndFillsConstants) {
  const auto assembly = assemble(program, compact(), "p.s");
  ASSERT_EQ(assembly.vectors.size(), 6u);
  EXPECT_EQ(assembly.vectors[1].word, 3);  // 9 elements in 4 lanes take 3 words
  ASSERT_EQ(assembly.initial_state.size(), 1u);
  EXPECT_EQ(assembly.initial_state[0].values, std::vector<std::int32_t>(4, 16384));
}

TEST(Assembler, NamesLineAndRemedy) {
  EXPECT_THAT(message_of("HALT\nLAOD length=3"),
              HasSubstr("p.s: line 2: no instruction LAOD; did you mean LOAD?"));
  EXPECT_THAT(message_of("LOAD lenght=3"), HasSubstr("LOAD has no field lenght; did you mean length?"));
  EXPECT_THAT(message_of("LOAD length"), HasSubstr("is no field=value"));
  EXPECT_THAT(message_of("LOAD length=1 length=2"), HasSubstr("given twice"));
  EXPECT_THAT(message_of(".vector x 3\nLOAD destination=y length=3"),
              HasSubstr("neither a number nor a name"));
  EXPECT_THAT(message_of("LOAD destination=0 length=0"), HasSubstr("would stop the engine: a count of 0"));
  EXPECT_THAT(message_of(".vector x 3\n.vector x 4"), HasSubstr("x is named twice"));
  for (const std::string name : {"7", "-1"}) {
    EXPECT_THAT(message_of(".vector " + name + " 4"), HasSubstr("be no number")) << name;
    EXPECT_THAT(message_of(".constant " + name + " 4"), HasSubstr("be no number")) << name;
  }
  EXPECT_THAT(message_of(".constant c 32768"), HasSubstr("is no state of 16 bits"));
  EXPECT_THAT(
      message_of(".vector x 4096"),
      HasSubstr("x does not fit: 0 of 512 state words are taken; it needs state_words_per_lane >= 1024"));
  EXPECT_THAT(message_of("BUNDLE destination=0 length=1"), HasSubstr("the terms of a BUNDLE follow a colon"));
  EXPECT_THAT(message_of("BUNDLE destination=0 length=1 : 1*2"), HasSubstr("begins with + or -"));
  EXPECT_THAT(message_of("HALT : + 1*2"), HasSubstr("only a BUNDLE has terms"));
}

TEST(Assembler, ShowsAnInstructionThatClaimsMoreTermsThanThereCanBe) {
  const auto text = disassemble(Bundle{.length = 1, .terms = 15}, {}, HardwareConfig{.lanes = 4});
  EXPECT_EQ(std::count(text.begin(), text.end(), '*'), STOIC_BUNDLE_TERMS_MAX) << text;
}

}  // namespace assembler_test
}  // namespace stoic
