// Which lines of firmware's sources ran how often.
#include <gmock/gmock.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "end_to_end/process.hpp"
#include "stoic/sim/platform/line_coverage.hpp"
#include "temporary_folder.hpp"

namespace stoic {
namespace coverage_test {

using platform::Elf;
using platform::LineCoverage;
using testing::HasSubstr;

const std::string image = STOIC_BINARY_DIR "/firmware/exports/letters-ffesn.img";

TEST(LineCoverage, CountsALineAsItsBusiestInstructionInEveryFunctionThatHasIt) {
  const auto lines = platform::parse_source_lines(
      "0x20000000\n/a/main.c:7\n0x20000002\n/a/b/../main.c:8 (discriminator 3)\n0x20000004\n/a/main.c:7\n"
      "0x20000006\n??:0\n0x20000008\n??:?\n0x20000010\n/a/inline.h:2\n0x20000012\n/a/main.c:7\n"
      "0x20000ffe\n/a/main.c:9\n0x20001000\n/a/main.c:10\n");
  ASSERT_EQ(lines.size(), 7u) << "instructions without a line are left out";
  Elf elf;
  elf.functions = {{0x20000000, 16, "main"}, {0x20000010, 4, "other"}, {0x20000ffe, 4, "last"}};
  LineCoverage coverage(lines, elf, 100, 199);
  const auto run = [&](std::uint32_t pc, std::int64_t cycle) { EXPECT_TRUE(coverage.before(pc, {}, cycle)); };
  for (int i = 0; i < 3; ++i) run(0x20000000, 100 + i);
  for (int i = 0; i < 5; ++i) run(0x20000004, 110 + i);
  for (int i = 0; i < 2; ++i) run(0x20000012, 198 + i);
  run(0x20000ffe, 150);
  run(0x20000010, 99);   // before the window
  run(0x20001000, 200);  // and behind it
  EXPECT_EQ(coverage.lcov(),
            "TN:\nSF:/a/inline.h\nDA:2,0\nLF:1\nLH:0\nend_of_record\n"
            "TN:\nSF:/a/main.c\nDA:7,7\nDA:8,0\nDA:9,1\nDA:10,0\nLF:4\nLH:2\nend_of_record\n");
  EXPECT_EQ(coverage.lines(), 5);
  EXPECT_EQ(coverage.lines_run(), 2);
}

/// Counts by file and line, read as strictly as the format is.
using Records = std::map<std::string, std::map<int, std::int64_t>>;
Records parse_lcov(const std::string& text) {
  Records records;
  std::istringstream lines(text);
  std::string line, file;
  long long run = 0;
  while (std::getline(lines, line)) {
    int number = 0;
    long long count = 0;
    if (line == "TN:") {
      EXPECT_TRUE(file.empty());
      run = 0;
    } else if (line.starts_with("SF:")) {
      file = line.substr(3);
    } else if (std::sscanf(line.c_str(), "DA:%d,%lld", &number, &count) == 2) {
      EXPECT_TRUE(records[file].emplace(number, count).second) << line;
      run += count > 0 ? 1 : 0;
    } else if (line.starts_with("LF:")) {
      EXPECT_EQ(line, "LF:" + std::to_string(records[file].size()));
    } else if (line.starts_with("LH:")) {
      EXPECT_EQ(line, "LH:" + std::to_string(run));
    } else {
      EXPECT_EQ(line, "end_of_record");
      file.clear();
    }
  }
  EXPECT_TRUE(file.empty()) << "cut";
  return records;
}

/// The number of the line of `file` that begins with `text`.
int line_of(const std::string& file, const std::string& text) {
  std::istringstream lines(read_bytes(file));
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.starts_with(text)) return number;
  }
  ADD_FAILURE() << text;
  return 0;
}

class FirmwareCoverage : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::vector<std::string> arguments(const std::string& firmware, std::vector<std::string> more) const {
    std::vector<std::string> result{"cosim",      image,    "--backend",    "systemc",    "--limit",     "1",
                                    "--firmware", firmware, "--no-compare", "--coverage", path("c.info")};
    result.insert(result.end(), more.begin(), more.end());
    return result;
  }
  TemporaryFolder folder_;
};

TEST_F(FirmwareCoverage, NamesEveryLineAndHowOftenItRan) {
  const auto run = run_stoic(arguments("selftest", {"--json"}));
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto result = nlohmann::json::parse(run.out);
  const auto records = parse_lcov(read_bytes(path("c.info")));
  const std::string board = STOIC_SOURCE_DIR "/firmware/board/board.c";
  ASSERT_TRUE(records.contains(board));
  const auto& lines = records.at(board);
  const auto traps = result["interrupts"].get<std::int64_t>() + result["exceptions"].get<std::int64_t>();
  EXPECT_EQ(lines.at(line_of(board, "uint32_t board_trap(")), traps);
  std::int64_t all = 0, ran = 0;
  for (const auto& [file, counts] : records) {
    EXPECT_TRUE(std::filesystem::is_regular_file(file)) << file << ": genhtml could not show it";
    for (const auto& [line, count] : counts) {
      ++all;
      ran += count > 0 ? 1 : 0;
    }
  }
  EXPECT_LT(ran, all) << "lines that never ran are named";
  EXPECT_GT(ran, all / 2);
  EXPECT_EQ(result["coverage"], nlohmann::json({{"lines", all}, {"lines_run", ran}}));

  ASSERT_EQ(run_stoic(arguments("selftest", {"--trace-cycles", "60000:60099"})).exit_code, 0);
  std::int64_t within = 0;
  for (const auto& [file, counts] : parse_lcov(read_bytes(path("c.info"))))
    for (const auto& [line, count] : counts) within += count;
  EXPECT_GT(within, 0);
  EXPECT_LE(within, 100) << "a window of a hundred cycles";
}

TEST_F(FirmwareCoverage, IsThereWhenTheRunFailsOrIsInterrupted) {
  const auto late = run_stoic(arguments("replay", {"--timeout", "0.0002"}));
  EXPECT_EQ(late.exit_code, 1) << late.err;
  EXPECT_FALSE(parse_lcov(read_bytes(path("c.info"))).empty());
  std::filesystem::remove(path("c.info"));

  const auto stopped =
      run_stoic_and_signal_once({"cosim", image, "--backend", "rtl", "--limit", "500", "--firmware", "replay",
                                 "--coverage", path("c.info"), "--bus-trace", path("bus")},
                                path("bus"), SIGINT);
  EXPECT_EQ(stopped.exit_code, 130) << stopped.err;
  EXPECT_THAT(stopped.err, HasSubstr("c.info hold what ran up to there"));
  EXPECT_FALSE(parse_lcov(read_bytes(path("c.info"))).empty());
}

TEST_F(FirmwareCoverage, SaysInOneLineWhatIsMissing) {
  const std::string elf = STOIC_BINARY_DIR "/firmware/replay.elf";
  ASSERT_EQ(std::system(("riscv64-unknown-elf-strip -g " + elf + " -o " + path("bare.elf")).c_str()), 0);
  const auto bare = run_stoic(arguments(path("bare.elf"), {}));
  EXPECT_EQ(bare.exit_code, 3);
  EXPECT_THAT(bare.err, HasSubstr("bare.elf: has no information on source lines"));
  EXPECT_THAT(bare.err, HasSubstr("compile it with -g"));
  EXPECT_FALSE(std::filesystem::exists(path("c.info")));

  const int status = std::system(("PATH=/nowhere " STOIC_COMMAND " cosim --backend systemc --firmware " +
                                  elf + " --coverage " + path("c.info") + " > /dev/null 2> " + path("err"))
                                     .c_str());
  const auto err = read_bytes(path("err"));
  EXPECT_EQ(WEXITSTATUS(status), 3);
  EXPECT_THAT(err, HasSubstr("install binutils-riscv64-unknown-elf"));
  EXPECT_EQ(std::count(err.begin(), err.end(), '\n'), 1) << err;
  // None of the traces may be another.
  EXPECT_EQ(run_stoic(arguments("replay", {"--profile", path("c.info")})).exit_code, 3);
}

}  // namespace coverage_test
}  // namespace stoic
