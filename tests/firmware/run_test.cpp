// Firmware on the platform, as a user runs it: stoic cosim --firmware, with the cycle model and with the RTL.
#include <gmock/gmock.h>

#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <regex>

#include "elf_of.hpp"
#include "end_to_end/process.hpp"
#include "rtl_of_exports.hpp"
#include "stoic/generated/stoic_platform.h"
#include "stoic/sim/io/file.hpp"
#include "temporary_folder.hpp"

namespace stoic {
namespace run_test {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

const std::string exports = STOIC_BINARY_DIR "/firmware/exports/";

struct Run {
  Finished finished;
  json result;
};

Run cosim(const std::string& image, const std::string& backend, std::vector<std::string> more) {
  std::vector<std::string> arguments{"cosim", image, "--backend", backend, "--json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  Run run{run_stoic(arguments), {}};
  if (!run.finished.out.empty()) run.result = json::parse(run.finished.out);
  return run;
}

void expect_golden(const Run& run, int samples) {
  ASSERT_EQ(run.finished.exit_code, 0) << run.finished.err;
  EXPECT_EQ(run.result["ending"], "exit");
  EXPECT_EQ(run.result["samples"], samples);
  for (const auto* key :
       {"differing_bits", "differing_cycles", "differing_classes", "differing_counters", "exit_code"})
    EXPECT_EQ(run.result[key], 0) << key;
}

/// Both backends: the same console, the same time.
void expect_equal(const Run& a, const Run& b) {
  for (const auto* key : {"uart", "cycles", "instructions", "bus_accesses", "exceptions"})
    EXPECT_EQ(a.result[key], b.result[key]) << key;
}

class EmbeddedSamples : public testing::TestWithParam<const char*> {};

TEST_P(EmbeddedSamples, GiveGoldensBitsAndCyclesOnBothBackends) {
  if (const auto lack = lack_of_rtl(); !lack.empty()) GTEST_SKIP() << lack;
  const std::string name = GetParam();
  const auto systemc = cosim(exports + name + ".img", "systemc", {"--firmware", name, "--limit", "5"});
  const auto rtl = cosim(exports + name + ".img", "rtl", {"--firmware", name, "--limit", "5"});
  expect_golden(systemc, 10);  // by interrupt, and by polling
  expect_golden(rtl, 10);
  expect_equal(systemc, rtl);
  expect_equal(rtl, cosim(exports + name + ".img", "rtl", {"--firmware", name, "--limit", "5"}));
  const std::string uart = rtl.result["uart"];
  EXPECT_THAT(uart, HasSubstr("waiting by interrupt"));
  EXPECT_THAT(uart, HasSubstr("waiting by polling"));
  EXPECT_THAT(uart, HasSubstr("of 5 right"));
}

INSTANTIATE_TEST_SUITE_P(Networks, EmbeddedSamples, testing::Values("letters-ffesn", "letters-csto"),
                         [](const auto& instance) { return std::string(instance.param).substr(8); });

TEST(Firmware, ReplaysAnImageFromMemoryAndTimeIncludesTheAccelerators) {
  const auto run = cosim(exports + "letters-csto.img", "systemc", {"--firmware", "replay", "--limit", "12"});
  expect_golden(run, 12);
  const std::string uart = run.result["uart"];
  EXPECT_THAT(uart, HasSubstr("is right"));  // the CRC
  const std::regex line("sample \\d+: class \\d+ \\(\\w+\\), (\\d+) cycles, (\\d+) stalls, (\\d+) elapsed");
  int lines = 0;
  for (auto at = std::sregex_iterator(uart.begin(), uart.end(), line); at != std::sregex_iterator();
       ++at, ++lines)
    EXPECT_GT(std::stol((*at)[3]), std::stol((*at)[1])) << at->str();
  EXPECT_EQ(lines, 12);
}

/// "csto 0: 1 2 3" of the two networks' firmware, as the outputs of replay.
std::string outputs_alone(const std::string& image) {
  const auto run = cosim(image, "systemc", {"--firmware", "replay", "--limit", "5"});
  expect_golden(run, 5);
  const std::string uart = run.result["uart"];
  std::string lines;
  const std::regex line("sample (\\d): .*outputs( .*)");
  for (auto at = std::sregex_iterator(uart.begin(), uart.end(), line); at != std::sregex_iterator(); ++at)
    lines += (*at)[1].str() + ":" + (*at)[2].str() + "\n";
  return lines;
}

TEST(Firmware, TwoNetworksAlternateTenThousandTimesEachWithTheBitsThatItHasAlone) {
  const auto run = cosim(exports + "pair-ffesn.img", "systemc",
                         {"--firmware", "two-networks", "--limit", "1", "--no-compare"});
  ASSERT_EQ(run.finished.exit_code, 0) << run.finished.err;
  const std::string uart = run.result["uart"];
  EXPECT_THAT(uart, HasSubstr("10000 turns, 0 differ"));
  for (const std::string name : {"ffesn", "csto"}) {
    std::string lines;
    const std::regex line(name + " (\\d: .*)");
    for (auto at = std::sregex_iterator(uart.begin(), uart.end(), line); at != std::sregex_iterator(); ++at)
      lines += (*at)[1].str() + "\n";
    EXPECT_EQ(lines, outputs_alone(exports + "pair-" + name + ".img"));
  }
}

TEST(Firmware, ThatBringsItsNetworkNeedsNoImage) {
  const auto run = run_stoic({"cosim", "--backend", "systemc", "--firmware", "letters-csto", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto result = json::parse(run.out);
  EXPECT_THAT(std::string(result["uart"]), HasSubstr("of 5 right"));
  EXPECT_EQ(result["hw"], "default");
  EXPECT_EQ(result["samples"], 0) << "nothing was compared";
  // For another instance, and where an image is needed.
  const auto other =
      run_stoic({"cosim", "--backend", "systemc", "--hw", "wide", "--firmware", "letters-csto", "--json"});
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_THAT(std::string(json::parse(other.out)["uart"]), HasSubstr("model for another instance"));
  const auto none = run_stoic({"cosim", "--backend", "systemc", "--firmware", "replay"});
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_THAT(none.out, HasSubstr("image: corrupt model"));
  EXPECT_EQ(run_stoic({"cosim", "--backend", "systemc"}).exit_code, 2);
  EXPECT_EQ(run_stoic({"cosim", exports + "letters-csto.img", "--hw", "default", "--backend", "systemc",
                       "--firmware", "replay"})
                .exit_code,
            3);
}

TEST(Firmware, RunsInTheSameTimeForAnyQuantumThatEndsAtTheSamePlaces) {
  // Polling firmware meets the bus all the time, so a quantum beyond the longest stretch between changes
  // nothing.
  const auto image = exports + "letters-ffesn.img";
  const auto a = cosim(image, "systemc", {"--firmware", "replay", "--limit", "2", "--quantum", "100000000"});
  const auto b = cosim(image, "systemc", {"--firmware", "replay", "--limit", "2", "--quantum", "200000000"});
  expect_equal(a, b);
  const auto slow = cosim(image, "systemc", {"--firmware", "replay", "--limit", "2", "--cpi", "3"});
  expect_golden(slow, 2);
  EXPECT_GT(slow.result["cycles"], a.result["cycles"]);
  EXPECT_EQ(slow.result["cpi"], 3);
}

class Selftest : public testing::TestWithParam<const char*> {};

TEST_P(Selftest, TellsEveryFaultLosesNoInterruptAndLeaksNothing) {
  if (const auto lack = lack_of_rtl(); GetParam() == std::string("rtl") && !lack.empty())
    GTEST_SKIP() << lack;
  const auto run =
      cosim(exports + "letters-ffesn.img", GetParam(), {"--firmware", "selftest", "--limit", "1"});
  const std::string uart = run.result["uart"];
  EXPECT_EQ(run.finished.exit_code, 0) << run.finished.err;
  EXPECT_EQ(run.result["exit_code"], 0) << uart;
  EXPECT_THAT(uart, Not(HasSubstr("UNEXPECTED")));
  for (const auto* line : {"fault corrupted image: as expected: corrupt model",
                           "fault wrong hw-config: as expected: model for another instance",
                           "fault illegal instruction: as expected: engine fault, code 2 at program word 0",
                           "fault short stream: as expected: engine fault, code 10",
                           "fault no stream: as expected: engine fault, code 12",
                           "fault bus error: as expected: bus error, at 0x70000000",
                           "fault DMA outside memory: as expected: DMA fault, code 1",
                           "fault DMA into ROM: as expected: DMA fault, code 1",
                           "fault misaligned input: as expected: bad argument",
                           "fault misaligned output: as expected: bad argument",
                           "fault misaligned vector: as expected: DMA fault, code 5 in channel 0",
                           "fault misaligned descriptors: as expected",
                           "fault never finishes: as expected: timed out, aborted",
                           "trap: mcause 7, mepc 0x",
                           "mtval 0x70000000",
                           "trap: mcause 5, mepc 0x",
                           "mtval 0x70000004",
                           "trap: mcause 2,",
                           "trap: mcause 3,",
                           "trap: mcause 11,",
                           "interrupt before wfi: not lost",
                           "10000 starts and stops: 0 wrong",
                           "selftest: 0 wrong"})
    EXPECT_THAT(uart, HasSubstr(line));
}

INSTANTIATE_TEST_SUITE_P(Backends, Selftest, testing::Values("systemc", "rtl"),
                         [](const auto& instance) { return instance.param; });

TEST(Firmware, ThatDoesNotEndIsStoppedWithADiagnosis) {
  const auto run = cosim(exports + "letters-ffesn.img", "systemc",
                         {"--firmware", "replay", "--limit", "5", "--timeout", "0.0005"});
  EXPECT_EQ(run.finished.exit_code, 1);
  EXPECT_EQ(run.result["ending"], "timeout");
  const std::string diagnosis = run.result["diagnosis"];
  for (const auto* part : {"--timeout", "pc ", "mstatus", "accelerator: ", "dma INPUT: "})
    EXPECT_THAT(diagnosis, HasSubstr(part));
}

TEST(Firmware, ThatTrapsWithoutAHandlerIsALockup) {
  const TemporaryFolder folder;
  write_bytes(folder / "bad.elf", elf_of({0x700002b7, 0x0052a023}));  // lui t0, 0x70000; sw t0, 0(t0)
  const auto run = cosim(exports + "letters-ffesn.img", "systemc",
                         {"--firmware", (folder / "bad.elf").string(), "--limit", "1"});
  EXPECT_EQ(run.finished.exit_code, 1);
  EXPECT_EQ(run.result["ending"], "lockup");
  EXPECT_THAT(std::string(run.result["diagnosis"]), HasSubstr("no handler at mtvec"));
  EXPECT_THAT(std::string(run.result["diagnosis"]), HasSubstr("mcause 7"));
}

TEST(Firmware, LeavesTracesOfBusInstructionsAndSignals) {
  const TemporaryFolder folder;
  const auto file = [&](const char* name) { return (folder / name).string(); };
  const auto run = cosim(exports + "letters-ffesn.img", "systemc",
                         {"--firmware", "replay", "--limit", "1", "--bus-trace", file("bus"),
                          "--instruction-trace", file("instructions"), "--trace", file("wave.vcd")});
  expect_golden(run, 1);
  const auto bus = read_bytes(folder / "bus");
  for (const auto* part : {" cpu read 0x10000000 4 ACCELERATOR 0x53544f49 ok", " cpu write 0x10002000 4 UART",
                           " dma send ", " INPUT ", "cpu write 0x10000024 4 ACCELERATOR 0x00000001 ok"})
    EXPECT_THAT(bus, HasSubstr(part));
  const auto instructions = read_bytes(folder / "instructions");
  EXPECT_THAT(instructions, HasSubstr("_start+0x0"));
  EXPECT_THAT(instructions, HasSubstr("csrw mtvec"));
  EXPECT_EQ(std::count(instructions.begin(), instructions.end(), '\n') - 1, run.result["instructions"]);
  EXPECT_THAT(read_bytes(folder / "wave.vcd"), HasSubstr("busy"));
}

TEST(Firmware, ATraceWithoutRoomEndsTheRunInOneLine) {
  for (const auto* option : {"--bus-trace", "--instruction-trace"}) {
    const auto run = run_stoic({"cosim", exports + "letters-ffesn.img", "--backend", "systemc", "--limit",
                                "1", "--firmware", "replay", option, "/dev/full", "--json"});
    EXPECT_EQ(run.exit_code, 3);
    EXPECT_THAT(run.err, HasSubstr("/dev/full: the trace cannot be written: No space left on device"));
    EXPECT_EQ(run.out, "");
  }
}

TEST(Firmware, IsRefusedWhenItIsNone) {
  const TemporaryFolder folder;
  const auto image = exports + "letters-ffesn.img";
  const auto refused = [&](const std::string& firmware, const char* why) {
    const auto run =
        run_stoic({"cosim", image, "--backend", "systemc", "--limit", "1", "--firmware", firmware});
    EXPECT_EQ(run.exit_code, 3);
    EXPECT_THAT(run.err, HasSubstr(why));
  };
  refused("no-such-firmware", "there is no such file");
  refused(image, "is no ELF file");
  const auto elf = read_file(STOIC_BINARY_DIR "/firmware/replay.elf");
  write_bytes(folder / "short.elf", elf.substr(0, 300));
  refused((folder / "short.elf").string(), "cut short");
  refused("/bin/true", "is no executable for 32-bit RISC-V");
}

/// Twenty samples of MNIST on the RTL, weights by the recipe, though trained for a moment only.
class Mnist : public testing::TestWithParam<const char*> {};

TEST_P(Mnist, RunsThroughFirmwareAndRtl) {
  if (std::getenv("STOIC_DATA_DIR") == nullptr) GTEST_SKIP() << "STOIC_DATA_DIR names no folder with MNIST";
  const TemporaryFolder folder;
  const auto file = [&](const char* name) { return (folder / name).string(); };
  const auto trained = run_stoic({"train", GetParam(), "-o", file("m.npz"), "--epochs", "1", "--set",
                                  "data.train_samples=1000", "--set", "data.test_samples=100"});
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  const auto compiled = run_stoic({"compile", file("m.npz"), "--hw", STOIC_HW, "-o", file("m.img")});
  if (const auto lack = lack_of_room(compiled, STOIC_HW); !lack.empty()) GTEST_SKIP() << lack;
  ASSERT_EQ(compiled.exit_code, 0) << compiled.err;
  const auto rtl = cosim(file("m.img"), "rtl", {"--firmware", "replay", "--limit", "20"});
  const auto systemc = cosim(file("m.img"), "systemc", {"--firmware", "replay", "--limit", "20"});
  expect_golden(rtl, 20);
  expect_golden(systemc, 20);
  expect_equal(rtl, systemc);
}

INSTANTIATE_TEST_SUITE_P(Networks, Mnist, testing::Values("mnist-ffesn", "mnist-csto"),
                         [](const auto& instance) { return std::string(instance.param).substr(6); });

}  // namespace run_test
}  // namespace stoic
