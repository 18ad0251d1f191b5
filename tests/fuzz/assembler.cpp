// Programs written as text. What is assembled is disassembled to text that assembles to the same words.
#include "stoic/sim/contract/assembler.hpp"

#include <algorithm>

#include "fuzz.hpp"
#include "stoic/sim/contract/instruction.hpp"

namespace stoic::fuzz {
namespace {

const HardwareConfig& instance() {
  static const auto config = load_hardware_config("small");
  return config;
}

/// Names in the order of their places, so that text made from them can be read again.
std::string again(const Assembly& assembly) {
  std::string text;
  for (std::size_t slot = 0; slot < assembly.program.size();) {
    const auto decoded = decode(assembly.program, static_cast<std::int64_t>(slot));
    require(decoded.status == STOIC_STATUS_CODE_OK, "every assembled instruction can be decoded");
    text += disassemble(decoded.instruction, {}, instance()) + "\n";
    slot += static_cast<std::size_t>(decoded.words);
  }
  return text;
}

}  // namespace

void run(std::string_view input) {
  const auto assembly = assemble(input, instance(), "program.s");
  for (std::size_t slot = 0; slot < assembly.program.size();) {
    const auto decoded = decode(assembly.program, static_cast<std::int64_t>(slot));
    disassemble(decoded.instruction, assembly.vectors, instance());
    slot += static_cast<std::size_t>(decoded.words);
  }
  const auto text = again(assembly);
  require(assemble(text, instance(), "again.s").program == assembly.program,
          "what is disassembled assembles to the same words");
}

std::vector<std::string> seeds() {
  return {
      "HALT\n",
      ".vector u 49\n.vector x 60 # states\n.constant half 1024\nLOOP count=3\nLOAD destination=u length=49\n"
      "MATVEC destination=x source=u rows=60 columns=49 weight=0 result_shift=6\nEND\n"
      "BUNDLE destination=x length=60 result_shift=15 : + x*x<<2 - x*[half]\nHALT\n",
      ".vector x 8\n.vector y 8\nMATVEC destination=x source=y rows=8 columns=8 stream=1 biased=1 bias=x\n"
      "FUNCTION destination=y source=x length=6 symmetry=1 segments=8 segment_shift=4 origin=-5\n"
      "NORMALISE destination=y source=x length=6 segments=4 segment_shift=10 result_shift=1\n"
      "COPY destination=y source=x+3 length=3\nROTATE destination=y source=x length=8 amount=3\n"
      "STORE source=y length=8\nHALT\n"};
}

std::vector<std::string> words() {
  std::vector<std::string> all{".vector ",
                               ".constant ",
                               " : ",
                               "+ ",
                               "- ",
                               "*[",
                               "<<31",
                               "x+",
                               "0x7fffffff",
                               "-9223372036854775808",
                               "9223372036854775807"};
  const auto add = [&]<class T>(const T& fields) {
    all.push_back(T::mnemonic);
    T::fields(fields,
              [&](const Field& field, std::int64_t) { all.push_back(std::string(field.name) + "="); });
  };
  [&]<class... T>(const std::variant<T...>*) { (add(T{}), ...); }(static_cast<const Instruction*>(nullptr));
  std::ranges::sort(all);
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

}  // namespace stoic::fuzz
