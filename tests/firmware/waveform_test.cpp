// The waveform of the platform, and that it has one time axis with all other traces.
#include <gmock/gmock.h>

#include <cinttypes>
#include <csignal>
#include <map>
#include <optional>
#include <sstream>

#include "elf_of.hpp"
#include "end_to_end/process.hpp"
#include "rtl_of_exports.hpp"
#include "stoic/sim/platform/signal_file.hpp"
#include "temporary_folder.hpp"

namespace stoic {
namespace waveform_test {

using platform::SignalFile;
using testing::HasSubstr;

const std::string image = STOIC_BINARY_DIR "/firmware/exports/letters-ffesn.img";
constexpr std::int64_t cycle_ns = 10;

TEST(SignalFile, PutsChangesInOrderAndShowsAWindow) {
  const TemporaryFolder folder;
  const auto path = (folder / "w.vcd").string();
  SignalFile file(path, {{"a", "bit"}, {"a", "word", 32}, {"b", "bit"}}, cycle_ns, 5, 8);
  file.change(1, 7, 6);
  file.change(0, 3, 1);  // told late, and before the window
  file.change(1, 6, 5);
  file.change(2, 7, 1);
  file.change(2, 7, 0);  // the last word on a cycle
  file.change(1, 8, 6);  // as before
  file.change(0, 9, 0);  // behind the window
  file.finish(20);
  EXPECT_EQ(read_bytes(path),
            "$timescale 1ns $end\n$scope module platform $end\n$scope module a $end\n$var wire 1 ! bit $end\n"
            "$var wire 32 \" word [31:0] $end\n$upscope $end\n$scope module b $end\n$var wire 1 # bit $end\n"
            "$upscope $end\n$upscope $end\n$enddefinitions $end\n"
            "#50\n$dumpvars\n1!\nb0 \"\n0#\n$end\n#60\nb101 \"\n#70\nb110 \"\n#90\n");
}

TEST(SignalFile, NeverGoesBackInTimeHoweverLateItIsTold) {
  const TemporaryFolder folder;
  const auto path = (folder / "w.vcd").string();
  SignalFile file(path, {{"a", "word", 32}}, 1, 0, INT64_MAX);
  const std::int64_t end = 3 * SignalFile::patience;
  for (std::int64_t cycle = 0; cycle < end; ++cycle) {
    file.change(0, cycle, static_cast<std::uint32_t>(cycle / 1000));
    file.look(cycle);
  }
  file.change(0, 1, 2);  // far too late
  file.finish(end);
  std::istringstream lines(read_bytes(path));
  std::int64_t last = -1, time = 0;
  for (std::string line; std::getline(lines, line);)
    if (std::sscanf(line.c_str(), "#%" SCNd64, &time) == 1) {
      ASSERT_GE(time, last);
      last = time;
    }
  EXPECT_EQ(last, end + 1);
}

/// A .vcd file: the changes of every signal, by times, under its names with those of its scopes.
class Waves {
 public:
  explicit Waves(const std::string& path) {
    std::istringstream lines(read_bytes(path));
    std::map<std::string, std::vector<std::string>> names;  // by code
    std::vector<std::string> scopes;
    std::int64_t time = 0;
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      std::string first, second, width, code, name;
      words >> first >> second >> width >> code >> name;
      if (first == "$scope") {
        scopes.push_back(width);
      } else if (first == "$upscope") {
        scopes.pop_back();
      } else if (first == "$var") {
        std::string path_of_name;
        for (const auto& scope : scopes) path_of_name += scope + ".";
        names[code].push_back(path_of_name + name);
      } else if (first == "$timescale") {
        timescale = second + (width == "$end" ? "" : width);
      } else if (first.starts_with("#")) {
        time = std::stoll(first.substr(1));
        times.push_back(time);
      } else if (first.starts_with("b")) {
        if (first.size() <= 65)  // wide buses of the RTL are nobody's business here
          for (const auto& n : names[second]) note(n, time, std::stoull(first.substr(1), nullptr, 2));
      } else if (first.starts_with("0") || first.starts_with("1")) {
        for (const auto& n : names[first.substr(1)]) note(n, time, first[0] == '1');
      }
    }
  }
  /// Of the one signal whose name with its scopes ends so.
  const std::map<std::int64_t, std::uint64_t>& changes(const std::string& ending) const {
    for (const auto& [name, list] : changes_)
      if (name.ends_with(ending)) return list;
    ADD_FAILURE() << ending;
    return changes_.begin()->second;
  }
  std::uint64_t at(const std::string& ending, std::int64_t cycle) const {
    const auto after = changes(ending).upper_bound(cycle * cycle_ns);
    return after == changes(ending).begin() ? 0 : std::prev(after)->second;
  }
  std::string timescale;
  std::vector<std::int64_t> times;

 private:
  void note(const std::string& name, std::int64_t time, std::uint64_t value) {
    auto& list = changes_[name];
    if (list.empty() || list.rbegin()->second != value) list[time] = value;
  }
  std::map<std::string, std::map<std::int64_t, std::uint64_t>> changes_;
};

class FirmwareWaveform : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto lack = lack_of_rtl(); !lack.empty()) GTEST_SKIP() << lack;
  }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  void run(const std::string& backend, const std::string& trace, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments{"cosim", image,        "--backend", backend,   "--limit",
                                       "2",     "--firmware", "replay",    "--trace", path(trace)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto finished = run_stoic(arguments);
    ASSERT_EQ(finished.exit_code, 0) << finished.err;
  }
  TemporaryFolder folder_;
};

TEST_F(FirmwareWaveform, HasPcAndAccessesInTheCyclesThatTheOtherTracesSay) {
  run("systemc", "w.vcd", {"--bus-trace", path("bus"), "--instruction-trace", path("instructions")});
  const Waves waves(path("w.platform.vcd"));
  EXPECT_EQ(waves.timescale, "1ns");
  std::istringstream instructions(read_bytes(path("instructions")));
  std::int64_t number = 0, cycle = 0, compared = 0;
  std::uint32_t address = 0, value = 0;
  for (std::string line; std::getline(instructions, line);)
    if (std::sscanf(line.c_str(), "%" SCNd64 " %" SCNd64 " %x", &number, &cycle, &address) == 3) {
      ASSERT_EQ(waves.at("cpu.pc", cycle), address) << line;
      ++compared;
    }
  EXPECT_GT(compared, 10000);

  std::istringstream bus(read_bytes(path("bus")));
  int reads = 0, writes = 0, sends = 0;
  for (std::string line; std::getline(bus, line);) {
    char master[8], command[8], place[16];
    int bytes = 0;
    if (std::sscanf(line.c_str(), "%" SCNd64 " %7s %7s 0x%x %d %15s 0x%x", &cycle, master, command, &address,
                    &bytes, place, &value) != 7)
      continue;
    const std::string what = std::string(master) + " " + command;
    if (what == "cpu read" || what == "cpu write") {
      ++(what == "cpu read" ? reads : writes);
      ASSERT_EQ(waves.at(what == "cpu read" ? "bus.read" : "bus.write", cycle), 1u) << line;
      ASSERT_EQ(waves.at("bus.address", cycle), address) << line;
      ASSERT_EQ(waves.at("bus.strobes", cycle), 15u) << line;
      auto last = cycle;
      if (std::string(place) == "EXIT") continue;  // the run ends within it
      while (waves.at("bus.done", last) == 0) ASSERT_LT(++last, cycle + 20) << line;
      ASSERT_EQ(waves.at(what == "cpu read" ? "bus.read_data" : "bus.write_data", last), value) << line;
      ASSERT_EQ(waves.at("bus.response", last), line.ends_with(" ok") ? 0u : 2u) << line;
    } else if (what == "dma send") {
      ++sends;
      EXPECT_EQ(waves.at("dma_input.busy", cycle + 2), std::string(place) == "INPUT" ? 1u : 0u) << line;
      EXPECT_EQ(waves.at("dma_input.address", cycle + 10), address) << line;
    } else if (what == "dma write" && std::string(place) == "ACCELERATOR") {
      ASSERT_EQ(waves.at("dma_loader.write", cycle), 1u) << line;
      ASSERT_EQ(waves.at("dma_loader.busy", cycle), 1u) << line;
      ASSERT_EQ(waves.at("dma_loader.write_data", cycle), value) << line;
    }
  }
  EXPECT_GT(reads, 10);
  EXPECT_GT(writes, 10);
  EXPECT_EQ(sends, 2);
}

/// The interrupt is seen in the cycle in which the accelerator raises it, by both bodies, and busy with it.
TEST_F(FirmwareWaveform, HasTheTimesOfTheAcceleratorsAndIsTheSameForBothBodies) {
  run("systemc", "s.vcd");
  run("rtl", "r.vcd");
  run("rtl", "f.fst");
  const auto platform = read_bytes(path("s.platform.vcd"));
  for (const auto* name : {"r.platform.vcd", "f.platform.vcd"})
    EXPECT_TRUE(read_bytes(path(name)) == platform) << name;
  const Waves around(path("s.platform.vcd")), model(path("s.vcd")), rtl(path("r.vcd"));
  EXPECT_EQ(rtl.timescale, "1ns");
  const auto& line = around.changes("interrupts.accelerator");
  EXPECT_GE(line.size(), 4u);
  EXPECT_EQ(rtl.changes(".irq"), line);
  EXPECT_EQ(model.changes(".interrupt"), line);
  EXPECT_EQ(rtl.changes("u_sequencer.busy_o"), model.changes(".busy"));
  // Both sources are enabled while they interrupt, and nothing else is: the line to the CPU is either.
  EXPECT_GE(around.changes("interrupts.dma").size(), 4u);
  for (const auto* source : {"interrupts.accelerator", "interrupts.dma", "interrupts.external"})
    for (const auto& [time, value] : around.changes(source)) {
      const auto cycle = time / cycle_ns;
      EXPECT_EQ(around.at("interrupts.external", cycle),
                around.at("interrupts.accelerator", cycle) | around.at("interrupts.dma", cycle))
          << source << " = " << value << " in cycle " << cycle;
    }
}

TEST_F(FirmwareWaveform, HasTheLineOfSamplesThatCome) {
  const auto finished = run_stoic({"cosim", image, "--backend", "systemc", "--limit", "3", "--firmware",
                                   "pushed", "--push-samples", "20000", "--trace", path("w.vcd")});
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  const Waves waves(path("w.platform.vcd"));
  std::vector<std::int64_t> came;
  for (const auto& [time, value] : waves.changes("interrupts.samples"))
    if (value != 0) came.push_back(time / cycle_ns);
  ASSERT_EQ(came.size(), 3u);
  for (std::size_t s = 0; s < came.size(); ++s) {
    EXPECT_EQ(came[s], came[0] + static_cast<std::int64_t>(s) * 20000);
    EXPECT_EQ(waves.at("interrupts.external", came[s]), 1u) << "it waits for them";
  }
}

TEST_F(FirmwareWaveform, HasTheLineOfTheUart) {
  constexpr std::uint32_t nop = 0x00000013;
  write_bytes(path("uart.elf"), elf_of({0x100022b7, 0x00600513,     // lui t0, UART; li a0, RECEIVED | END
                                        0x00a2a423, nop, nop,       // sw a0, IRQ_ENABLE(t0)
                                        0x0002a423, 0x00000513,     // sw zero, IRQ_ENABLE(t0); li a0, 0
                                        0x10005337, 0x00a32023}));  // lui t1, EXIT; sw a0, CODE(t1)
  write_bytes(path("text"), "A");
  const auto finished =
      run_stoic({"cosim", "--backend", "systemc", "--firmware", path("uart.elf"), "--uart-input",
                 path("text"), "--trace", path("w.vcd"), "--bus-trace", path("bus")});
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  std::vector<std::int64_t> writes;
  std::istringstream bus(read_bytes(path("bus")));
  for (std::string text; std::getline(bus, text);)
    if (text.find("UART") != text.npos) writes.push_back(std::stoll(text));
  ASSERT_EQ(writes.size(), 2u);
  const Waves waves(path("w.platform.vcd"));
  for (const auto cycle : {writes[0], writes[1]}) {
    const std::uint64_t before = cycle == writes[0] ? 0 : 1;
    EXPECT_EQ(waves.at("interrupts.uart", cycle), before);
    EXPECT_EQ(waves.at("interrupts.uart", cycle + 1), 1 - before) << "a cycle after the write";
  }
  EXPECT_EQ(waves.at("interrupts.external", writes[1]), 0u) << "nobody has enabled it there";
}

TEST_F(FirmwareWaveform, KeepsToTheWindowAndBeginsItWithWhatHolds) {
  run("systemc", "all.vcd");
  run("systemc", "part.vcd", {"--trace-cycles", "2000:2999"});
  const Waves all(path("all.platform.vcd")), part(path("part.platform.vcd"));
  EXPECT_EQ(part.times.front(), 2000 * cycle_ns);
  EXPECT_EQ(part.times.back(), 3000 * cycle_ns);
  for (const auto* name : {"cpu.pc", "bus.address", "bus.read", "bus.done", "dma_loader.write_data"})
    for (std::int64_t cycle = 2000; cycle < 3000; ++cycle)
      ASSERT_EQ(part.at(name, cycle), all.at(name, cycle)) << name << " in cycle " << cycle;
}

TEST_F(FirmwareWaveform, IsWholeWhenTheRunIsInterruptedAndRefusedWhereItWouldDestroy) {
  const auto stopped = run_stoic_and_signal_once({"cosim", image, "--backend", "rtl", "--limit", "500",
                                                  "--firmware", "replay", "--trace", path("w.vcd")},
                                                 path("w.platform.vcd"), SIGTERM);
  EXPECT_EQ(stopped.exit_code, 130) << stopped.err;
  EXPECT_THAT(stopped.err, HasSubstr("w.platform.vcd hold what ran up to there"));
  const Waves waves(path("w.platform.vcd"));
  EXPECT_GT(waves.times.back(), 0);
  EXPECT_EQ(read_bytes(path("w.platform.vcd")).back(), '\n');

  const auto refused = run_stoic({"cosim", image, "--backend", "systemc", "--firmware", "replay", "--trace",
                                  path("x.vcd"), "--bus-trace", path("x.platform.vcd")});
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_THAT(refused.err, HasSubstr("x.platform.vcd"));
}

}  // namespace waveform_test
}  // namespace stoic
