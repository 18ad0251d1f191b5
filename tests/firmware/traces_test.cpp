// Traces of firmware's runs that find no room, and those of runs that are interrupted.
#include <gmock/gmock.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "end_to_end/process.hpp"
#include "rtl_of_exports.hpp"
#include "stoic/sim/device/trace_file.hpp"
#include "temporary_folder.hpp"

namespace stoic {
namespace traces_test {

using testing::AllOf;
using testing::HasSubstr;

const std::string image = STOIC_BINARY_DIR "/firmware/exports/letters-ffesn.img";

class FirmwareTraces : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto lack = lack_of_rtl(); !lack.empty()) GTEST_SKIP() << lack;
  }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  /// Runs where no file may have more than `blocks` blocks of 512 bytes.
  Finished limited(int blocks, const std::string& options) const {
    const auto line = "ulimit -f " + std::to_string(blocks) + "; exec " STOIC_COMMAND " cosim " + image +
                      " --limit 5 --firmware replay " + options + " > /dev/null 2> " + path("err");
    const int status = std::system(line.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), "", read_bytes(path("err"))};
  }
  /// Runs long and is asked to stop when the first of its traces is there.
  static Finished interrupted(const std::vector<std::string>& traces, int signal) {
    std::vector<std::string> arguments{"cosim",   image, "--backend",  "rtl",
                                       "--limit", "500", "--firmware", "replay"};
    arguments.insert(arguments.end(), traces.begin(), traces.end());
    return run_stoic_and_signal_once(arguments, traces.at(1), signal);
  }
  TemporaryFolder folder_;
};

TEST_F(FirmwareTraces, AWaveformWithoutRoomEndsTheRunInOneLineAndLeavesNoFile) {
  for (const std::string name : {"rtl.fst", "rtl.vcd", "systemc.vcd"}) {
    const auto backend = name.substr(0, name.find('.'));
    const auto finished =
        limited(backend == "systemc" ? 2 : 8, "--backend " + backend + " --trace " + path(name));
    EXPECT_EQ(finished.exit_code, 3) << name << finished.err;
    EXPECT_THAT(finished.err, HasSubstr(name + ": the trace cannot be written")) << name;
    EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 1) << finished.err;
    for (const auto* ending : {"", ".hier"})
      EXPECT_FALSE(std::filesystem::exists(path(name) + ending)) << name;
    const auto around = std::filesystem::path(path(name)).replace_extension("platform.vcd");
    EXPECT_FALSE(std::filesystem::exists(around)) << around;
  }
}

TEST_F(FirmwareTraces, ThatAreInterruptedAreClosedAndWhole) {
  const auto waves = interrupted({"--trace", path("w.fst")}, SIGTERM);
  EXPECT_EQ(waves.exit_code, 130) << waves.err;
  EXPECT_THAT(waves.err,
              AllOf(HasSubstr("w.fst and "), HasSubstr("w.platform.vcd hold what ran up to there")));
  EXPECT_NO_THROW(check_fst(path("w.fst")));
  EXPECT_FALSE(std::filesystem::exists(path("w.fst.hier")));

  const auto lines = interrupted({"--trace", path("w.vcd"), "--bus-trace", path("bus")}, SIGINT);
  EXPECT_EQ(lines.exit_code, 130) << lines.err;
  EXPECT_THAT(lines.err, AllOf(HasSubstr("w.vcd and "), HasSubstr("bus hold what ran up to there")));
  for (const auto* name : {"w.vcd", "bus"}) EXPECT_EQ(read_bytes(path(name)).back(), '\n') << name;
}

TEST_F(FirmwareTraces, HaveTimesThatNeverGoBack) {
  const auto run = run_stoic({"cosim", image, "--backend", "systemc", "--limit", "2", "--firmware", "replay",
                              "--trace", path("w.vcd")});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  std::istringstream lines(read_bytes(path("w.vcd")));
  long long last = 0, time = 0;
  for (std::string line; std::getline(lines, line);)
    if (std::sscanf(line.c_str(), "#%lld", &time) == 1) {
      ASSERT_GE(time, last);
      last = time;
    }
  EXPECT_GT(last, 0);
}

TEST(FirmwareProfile, AddsUpToTheCyclesOfTheRunAndNamesWhoCalled) {
  const TemporaryFolder folder;
  const auto file = [&](const char* name) { return (folder / name).string(); };
  const auto profiled = [&](const char* name, const char* firmware, std::vector<std::string> more) {
    std::vector<std::string> arguments{"cosim",        image,       "--backend",  "systemc",
                                       "--limit",      "1",         "--firmware", firmware,
                                       "--no-compare", "--profile", file(name),   "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto run = run_stoic(arguments);
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return nlohmann::json::parse(run.out);
  };
  const auto result = profiled("folded", "selftest", {});
  std::istringstream lines(read_bytes(folder / "folded"));
  std::int64_t sum = 0;
  std::string stacks;
  for (std::string line; std::getline(lines, line); stacks += line.substr(0, line.rfind(' ')) + "\n")
    sum += std::stoll(line.substr(line.rfind(' ')));
  EXPECT_EQ(sum, result["cycles"]);
  EXPECT_THAT(stacks, HasSubstr("_start;main;stoic_run;bus_write\n"));
  EXPECT_THAT(stacks, HasSubstr(";trap_entry;board_trap;external;stoic_interrupt"))
      << "traps stand on what they interrupt";
  EXPECT_EQ(stacks.find("trap_entry;_start"), stacks.npos) << "and end";
  std::int64_t by_function = 0;
  for (const auto& line : result["profile"]) {
    by_function += line["cycles"].get<std::int64_t>();
    if (line["function"] == "main") {
      EXPECT_EQ(line["calls"], 1);
    }
    if (line["function"] == "_start") {
      EXPECT_EQ(line["total_cycles"], result["cycles"]);
    }
  }
  EXPECT_EQ(by_function, sum);
  // A window has its cycles alone, here and in the trace of instructions.
  const auto part =
      profiled("part", "replay", {"--trace-cycles", "1000:1999", "--instruction-trace", file("trace")});
  by_function = 0;
  for (const auto& line : part["profile"]) by_function += line["cycles"].get<std::int64_t>();
  EXPECT_EQ(by_function, 1000);
  const std::string trace = read_bytes(folder / "trace");
  const auto second = trace.find('\n') + 1;
  EXPECT_EQ(trace.substr(0, second), "# number cycle address instruction place written\n");
  EXPECT_TRUE(std::regex_search(trace.substr(second), std::regex("^[0-9]+ 1000 [0-9a-f]{8} ")));
  // A loop that clears memory: each turn adds 4 to what the line before it says was written.
  const std::regex turn("add a0,a0,4 .* a0=0x([0-9a-f]{8})\n");
  std::vector<unsigned long> written;
  for (auto at = std::sregex_iterator(trace.begin(), trace.end(), turn); at != std::sregex_iterator(); ++at)
    written.push_back(std::stoul((*at)[1], nullptr, 16));
  ASSERT_GT(written.size(), 100u);
  for (std::size_t i = 1; i < written.size(); ++i) EXPECT_EQ(written[i], written[i - 1] + 4);
  EXPECT_EQ(run_stoic({"cosim", image, "--backend", "systemc", "--trace-cycles", "0:9"}).exit_code, 3);
}

}  // namespace traces_test
}  // namespace stoic
