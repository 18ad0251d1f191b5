// Program words as they come, on the golden model: any words end in a status, never outside the memories.
#include <algorithm>
#include <cstring>

#include "fuzz.hpp"
#include "golden_run.hpp"
#include "stoic/sim/contract/assembler.hpp"
#include "stoic/sim/contract/instruction.hpp"

namespace stoic::fuzz {
namespace {

const HardwareConfig& instance() {
  static const auto config = [] {
    auto small = load_hardware_config("tiny");
    small.lanes = 4;
    small.state_words_per_lane = 32;
    small.weight_words = 64;
    small.program_words = 64;
    small.table_words = 64;
    return small;
  }();
  return config;
}

std::string bytes_of(const std::vector<std::uint64_t>& program) {
  return {reinterpret_cast<const char*>(program.data()), program.size() * sizeof(std::uint64_t)};
}

}  // namespace

void run(std::string_view input) {
  std::vector<std::uint64_t> program(static_cast<std::size_t>(instance().program_words));
  std::memcpy(program.data(), input.data(), std::min(input.size(), program.size() * sizeof program[0]));
  golden::Machine machine(instance());
  machine.program() = program;
  // What is behind the program in the input is what the memories hold.
  for (std::size_t i = 0; i < machine.state().size(); ++i)
    machine.state()[i] = input.empty() ? 0 : static_cast<signed char>(input[i % input.size()]);
  for (std::size_t i = 0; i < machine.weights().size(); ++i)
    machine.weights()[i] = input.empty() ? 0 : static_cast<signed char>(input[i * 7 % input.size()]);
  for (std::size_t length : {1, 3, 4, 8, 17}) machine.input().emplace_back(length, 5);
  for (std::size_t beats : {1, 4, 16}) machine.weight_stream().emplace_back(4 * beats, 1);
  run_bounded(machine);
  for (const auto value : machine.state())
    require(instance().state_min() <= value && value <= instance().state_max(),
            "states stay within their bits");
}

std::vector<std::string> seeds() {
  const auto words_of = [](std::string_view text) {
    return bytes_of(assemble(text, instance(), "seed").program);
  };
  return {
      words_of("HALT\n"),
      words_of(".vector x 12\n.vector y 12\nLOOP count=3\nROTATE destination=y source=x length=8 amount=3\n"
               "COPY destination=x source=y length=5\nEND\nSTORE source=y length=8\nHALT\n"),
      words_of(".vector x 8\n.vector y 8\nLOAD destination=x length=1\n"
               "MATVEC destination=y source=x rows=4 columns=4\n"
               "MATVEC destination=y source=x rows=1 columns=1 stream=1\n"
               "BUNDLE destination=x length=8 result_shift=3 : + x*x<<2 - x*x\nHALT\n"),
      words_of(".vector x 6\n.vector y 6\nFUNCTION destination=y source=x length=6 symmetry=1 segments=8 "
               "segment_shift=4\nHALT\n")};
}

std::vector<std::string> words() {
  std::vector<std::string> all;
  [&]<class... T>(const std::variant<T...>*) {
    ((all.push_back(std::string(1, static_cast<char>(T::opcode)))), ...);
  }(static_cast<const Instruction*>(nullptr));
  return all;
}

}  // namespace stoic::fuzz
