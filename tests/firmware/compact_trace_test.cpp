// The compact trace of instructions: it says the same as the trace of lines.
#include "stoic/sim/device/compact_trace.hpp"

#include <gmock/gmock.h>

#include <random>

#include "end_to_end/process.hpp"
#include "stoic/sim/io/error.hpp"
#include "temporary_folder.hpp"

namespace stoic {
namespace compact_trace_test {

using testing::HasSubstr;
using testing::ThrowsMessage;

const std::string image = STOIC_BINARY_DIR "/firmware/exports/letters-ffesn.img";

std::string text_at(std::uint32_t address) { return "text of " + std::to_string(address); }

std::string written(const std::vector<TracedInstruction>& instructions) {
  CompactTraceWriter writer;
  for (const auto& instruction : instructions) writer.add(instruction, text_at);
  writer.finish();
  return writer.take();
}

std::vector<TracedInstruction> read(const std::string& bytes) {
  CompactTraceReader reader(bytes, "trace.bin");
  std::vector<TracedInstruction> result;
  for (TracedInstruction instruction; reader.next(instruction); result.push_back(instruction))
    EXPECT_EQ(reader.text(), text_at(instruction.address));
  return result;
}

/// A program that jumps about in few addresses, changes its own code, waits, and writes any values.
std::vector<TracedInstruction> wild_trace(unsigned seed, std::size_t count) {
  std::mt19937 engine(seed);
  const auto random = [&engine] { return static_cast<std::uint32_t>(engine()); };
  std::vector<TracedInstruction> result;
  TracedInstruction now{.number = 1000, .cycle = 5, .address = 0xfffffff0};
  for (std::size_t i = 0; i < count; ++i) {
    now.length = random() % 2 == 0 ? 2 : 4;
    now.written = static_cast<std::uint8_t>(random() % 33);
    now.value = now.written == TracedInstruction::writes_nothing ? 0 : random() % 3 == 0 ? random() : 7;
    result.push_back(now);
    ++now.number;
    now.cycle += random() % 10 == 0 ? static_cast<std::int64_t>(random()) << 20 : random() % 3;
    now.address += random() % 4 == 0 ? 4 * (random() % 16) - 32 : random() % 50 == 0 ? random() : now.length;
  }
  return result;
}

TEST(CompactTrace, GivesBackWhatWentIn) {
  EXPECT_TRUE(read(written({})).empty());
  for (unsigned seed = 0; seed < 20; ++seed) {
    const auto instructions = wild_trace(seed, 500);
    EXPECT_EQ(read(written(instructions)), instructions) << seed;
  }
}

/// A loop of three instructions that counts: after two turns all is foretold.
TEST(CompactTrace, OfALoopTakesAByteForOneHundredAndTwentyEightInstructions) {
  std::vector<TracedInstruction> loop;
  constexpr std::uint32_t turns = 12800;
  for (std::uint32_t turn = 0; turn < turns; ++turn)
    for (std::uint32_t i = 0; i < 3; ++i) {
      const auto number = std::int64_t{3} * turn + i;
      const auto rd = i == 1 ? std::uint8_t{32} : static_cast<std::uint8_t>(10 + i);
      loop.push_back({number, 2 * number, 0x20000000 + 4 * i, 4, rd, i == 1 ? 0 : 100 + turn * (i + 1)});
    }
  const auto bytes = written(loop);
  EXPECT_EQ(read(bytes), loop);
  EXPECT_LT(bytes.size(), 3 * turns / 128 + 150);
}

TEST(CompactTrace, IsRefusedWhereverItIsCutOrDamaged) {
  const auto bytes = written(wild_trace(1, 60));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_THROW(read(bytes.substr(0, size)), Error) << size;
  EXPECT_THROW(read(bytes + "\x01"), Error);
  EXPECT_THAT([&] { read(bytes.substr(0, bytes.size() - 1)); },
              ThrowsMessage<Error>(HasSubstr("trace.bin: the trace is cut short")));
  std::mt19937 random(2);
  for (int i = 0; i < 20000; ++i) {
    auto damaged = bytes;
    for (unsigned n = 0; n <= random() % 3; ++n)
      damaged[8 + random() % (damaged.size() - 8)] = static_cast<char>(random());
    CompactTraceReader reader(damaged, "trace.bin");
    try {
      for (TracedInstruction instruction; reader.next(instruction);) trace_line(instruction, reader.text());
    } catch (const Error&) {
    }
  }
}

TEST(CompactTrace, OfARunReadsAsItsTraceOfLines) {
  const TemporaryFolder folder;
  const auto path = [&](const char* name) { return (folder / name).string(); };
  const std::vector<std::string> windows[] = {{}, {"--trace-cycles", "5000:9000"}};
  for (const auto& window : windows) {
    for (const auto* name : {"lines", "compact.bin"}) {
      std::vector<std::string> arguments{
          "cosim",  image,          "--backend",           "systemc", "--limit", "1", "--firmware",
          "replay", "--no-compare", "--instruction-trace", path(name)};
      arguments.insert(arguments.end(), window.begin(), window.end());
      ASSERT_EQ(run_stoic(arguments).exit_code, 0);
    }
    const auto lines = read_bytes(path("lines"));
    const auto compact = read_bytes(path("compact.bin"));
    const auto read_back = run_stoic({"info", path("compact.bin"), "--lines"});
    EXPECT_EQ(read_back.exit_code, 0) << read_back.err;
    EXPECT_TRUE(read_back.out == lines);
    EXPECT_GT(lines.size(), 10 * compact.size());
  }
  EXPECT_THAT(run_stoic({"info", path("compact.bin")}).out, HasSubstr("a compact trace of "));
  write_bytes(path("cut.bin"), read_bytes(path("compact.bin")).substr(0, 300));
  const auto cut = run_stoic({"info", path("cut.bin")});
  EXPECT_EQ(cut.exit_code, 3);
  EXPECT_THAT(cut.err, HasSubstr("cut.bin: the trace is cut short"));
  EXPECT_EQ(run_stoic({"info", path("lines"), "--lines"}).exit_code, 3);
}

}  // namespace compact_trace_test
}  // namespace stoic
