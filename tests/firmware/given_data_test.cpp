// Firmware that gets data from outside, and shares memories with the DMA, as a user runs it.
#include <gmock/gmock.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <regex>

#include "elf_of.hpp"
#include "end_to_end/process.hpp"
#include "rtl_of_exports.hpp"
#include "stoic/generated/stoic_platform.h"
#include "temporary_folder.hpp"

namespace stoic {
namespace given_data_test {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string image = STOIC_BINARY_DIR "/firmware/exports/letters-ffesn.img";

/// What a run says as JSON.
json cosim(const std::string& backend, const std::vector<std::string>& more) {
  std::vector<std::string> arguments{"cosim", image, "--backend", backend, "--json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const auto run = run_stoic(arguments);
  EXPECT_NE(run.out, "") << run.err;
  return run.out.empty() ? json::object() : json::parse(run.out);
}

void expect_golden(const json& run, int samples) {
  EXPECT_EQ(run["samples"], samples);
  for (const auto* key :
       {"differing_bits", "differing_cycles", "differing_classes", "differing_counters", "exit_code"})
    EXPECT_EQ(run[key], 0) << key;
}

void expect_equal(const json& a, const json& b) {
  for (const auto* key : {"uart", "cycles", "instructions", "interrupts"}) EXPECT_EQ(a[key], b[key]) << key;
}

/// Ends with the word of a register as its exit code.
std::string elf_that_reads(std::uint32_t lui, std::uint32_t load) {
  return elf_of({lui, load, 0x10005337, 0x00a32023});  // lui t0, DEVICE; lw a0, REGISTER(t0); exit with a0
}

TEST(Firmware, ReceivesFilesThroughTheUartAndInMemory) {
  const TemporaryFolder folder;
  const auto file = [&](const char* name) { return (folder / name).string(); };
  write_bytes(file("uart.elf"), elf_that_reads(0x100022b7, 0x0002a503));
  write_bytes(file("blob.elf"), elf_that_reads(0x100062b7, 0x0042a503));
  write_bytes(file("data"), "Abc");
  const auto code = [&](const char* elf, const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"cosim", "--backend", "systemc", "--json", "--firmware", file(elf)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto run = run_stoic(arguments);
    EXPECT_NE(run.out, "") << run.err;
    return run.out.empty() ? -1 : json::parse(run.out)["exit_code"].get<int>();
  };
  EXPECT_EQ(code("uart.elf", {"--uart-input", file("data")}), 'A');
  EXPECT_EQ(code("uart.elf", {}), 0);
  EXPECT_EQ(code("blob.elf", {"--blob", file("data")}), 3);
  EXPECT_EQ(code("blob.elf", {}), 0);
  const auto piped = "printf Xyz | '" STOIC_COMMAND
                     "' cosim --backend systemc --json --uart-input - --firmware '" +
                     file("uart.elf") + "' > '" + file("out") + "'";
  EXPECT_NE(std::system(piped.c_str()), 0);
  EXPECT_EQ(json::parse(read_bytes(folder / "out"))["exit_code"], 'X');
}

TEST(Firmware, ReceivesNothingFromAStandardInputThatIsNone) {
  const TemporaryFolder folder;
  const auto elf = (folder / "uart.elf").string(), out = (folder / "out").string();
  write_bytes(elf, elf_that_reads(0x100022b7, 0x0002a503));
  const auto line = "'" STOIC_COMMAND "' cosim --backend systemc --json --uart-input - --firmware '" + elf +
                    "' < /dev/null > '" + out + "'";
  EXPECT_EQ(std::system(line.c_str()), 0);
  EXPECT_EQ(json::parse(read_bytes(out))["exit_code"], 0);
}

class PushedSamples : public testing::TestWithParam<const char*> {};

TEST_P(PushedSamples, AreClassifiedInTheCyclesInWhichTheyCome) {
  if (const auto lack = lack_of_rtl(); GetParam() == std::string("rtl") && !lack.empty())
    GTEST_SKIP() << lack;
  const auto run = [&](const char* period, const char* quantum) {
    return cosim(GetParam(),
                 {"--firmware", "pushed", "--limit", "5", "--push-samples", period, "--quantum", quantum});
  };
  const auto seldom = run("20000", "1000"), other = run("20000", "1"), more_seldom = run("30000", "1000");
  expect_golden(seldom, 5);
  expect_equal(seldom, other);
  EXPECT_EQ(seldom["interrupts"], 5);
  EXPECT_THAT(std::string(seldom["uart"]), HasSubstr("every 20000 cycles, 0 lost"));
  EXPECT_EQ(more_seldom["cycles"].get<int>() - seldom["cycles"].get<int>(), 5 * 10000);
}

/// The ring holds four. Each that is classified is the one that its number says.
TEST_P(PushedSamples, AreLostAndCountedWhereNobodyTakesThem) {
  if (const auto lack = lack_of_rtl(); GetParam() == std::string("rtl") && !lack.empty())
    GTEST_SKIP() << lack;
  const auto run = cosim(GetParam(), {"--firmware", "pushed", "--limit", "20", "--push-samples", "500"});
  EXPECT_EQ(run["exit_code"], 0);
  EXPECT_EQ(run["differing_bits"], 0) << "each is compared with the sample that it is of";
  EXPECT_EQ(run["differing_classes"], 0);
  const std::string uart = run["uart"];
  std::smatch found;
  ASSERT_TRUE(std::regex_search(uart, found,
                                std::regex("pushed: (\\d+) of (\\d+) right, every 500 cycles, (\\d+) lost")));
  EXPECT_GT(std::stoi(found[3]), 0);
  EXPECT_EQ(std::stoi(found[2]) + std::stoi(found[3]), 20);
  EXPECT_THAT(uart, HasSubstr("sample 3: "));
  EXPECT_THAT(uart, Not(HasSubstr("sample 6: "))) << "lost while the first was classified and printed";
}

INSTANTIATE_TEST_SUITE_P(Backends, PushedSamples, testing::Values("systemc", "rtl"),
                         [](const auto& instance) { return instance.param; });

TEST(Firmware, GetsNoSamplesPushedWithoutAnImageAndWithoutAsking) {
  EXPECT_EQ(
      run_stoic({"cosim", "--backend", "systemc", "--firmware", "pushed", "--push-samples", "500"}).exit_code,
      3);
  const auto none = cosim("systemc", {"--firmware", "pushed", "--limit", "1"});
  EXPECT_EQ(none["exit_code"], 13);
  EXPECT_THAT(std::string(none["uart"]), HasSubstr("give --push-samples"));
}

TEST(Firmware, SharesMemoriesWithTheDmaInTheSameCyclesEverywhere) {
  if (const auto lack = lack_of_rtl(); !lack.empty()) GTEST_SKIP() << lack;
  const auto run = [](const char* backend, const char* timing, const char* quantum) {
    return cosim(backend,
                 {"--firmware", "letters-ffesn", "--limit", "5", "--timing", timing, "--quantum", quantum});
  };
  const auto alone = run("systemc", "ideal", "1000"), shared = run("systemc", "shared=1", "1000");
  expect_golden(shared, 10);
  EXPECT_GT(shared["cycles"], alone["cycles"]);
  EXPECT_LT(shared["instructions"], alone["instructions"]) << "polls wait";
  expect_equal(shared, run("systemc", "shared=1", "1"));
  expect_equal(shared, run("systemc", "shared=1", "100000"));
  expect_equal(shared, run("rtl", "shared=1", "1000"));
}

TEST(Firmware, IsRefusedInputThatIsMissingOrTooLarge) {
  const TemporaryFolder folder;
  const auto large = (folder / "large").string();
  write_bytes(large, std::string(STOIC_BLOB_SIZE + 1, 'x'));
  const auto refused = [&](const std::string& option, const std::string& path, const char* why) {
    const auto run = run_stoic({"cosim", "--backend", "systemc", "--firmware", "letters-csto", option, path});
    EXPECT_EQ(run.exit_code, 3) << option;
    EXPECT_THAT(run.err, AllOf(HasSubstr(path), HasSubstr(why)));
  };
  refused("--blob", "no-such-file", "");
  refused("--uart-input", "no-such-file", "");
  refused("--blob", large, "16,777,217 bytes, and the memory BLOB has 16,777,216");
  const auto over = run_stoic(
      {"cosim", "--backend", "systemc", "--firmware", "letters-csto", "--blob", large, "--bus-trace", large});
  EXPECT_EQ(over.exit_code, 3);
  EXPECT_EQ(read_bytes(large).size(), STOIC_BLOB_SIZE + std::size_t{1})
      << "what is read was not written over";
}

}  // namespace given_data_test
}  // namespace stoic
