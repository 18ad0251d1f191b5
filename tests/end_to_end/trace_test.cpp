// Waveforms and traces that find no room, and those of runs that are interrupted.
#include <gmock/gmock.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <memory>

#include "process.hpp"
#include "stoic/sim/device/trace_file.hpp"
#include "stoic/sim/io/error.hpp"
#include "temporary_folder.hpp"

namespace stoic {
namespace trace_test {

using testing::HasSubstr;

class Traces : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TemporaryFolder>();
    ASSERT_EQ(run_stoic({"train", "letters-linear", "-o", path("m.npz"), "--epochs", "1", "--set",
                         "data.train_samples=100", "--set", "data.test_samples=2000"})
                  .exit_code,
              0);
    compiled_ = run_stoic({"compile", path("m.npz"), "--hw", STOIC_HW, "-o", path("m.img")});
  }
  void SetUp() override {
    if (const auto lack = lack_of_room(compiled_, STOIC_HW); !lack.empty()) GTEST_SKIP() << lack;
    ASSERT_EQ(compiled_.exit_code, 0) << compiled_.err;
  }
  static void TearDownTestSuite() { folder_.reset(); }
  static std::string path(const std::string& name) { return (folder_->path() / name).string(); }

  /// Runs `stoic cosim` where no file may have more than `blocks` blocks of 512 bytes.
  static Finished limited(int blocks, const std::string& options) {
    const auto line = "ulimit -f " + std::to_string(blocks) + "; exec " STOIC_COMMAND " cosim " +
                      path("m.img") + " --limit 20 " + options + " > /dev/null 2> " + path("err");
    const int status = std::system(line.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), "", read_bytes(path("err"))};
  }
  static void expect_refusal(const Finished& finished, const std::string& file) {
    EXPECT_EQ(finished.exit_code, 3) << finished.err;
    EXPECT_THAT(finished.err, HasSubstr(file + ": the trace cannot be written"));
    EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 1) << finished.err;
    EXPECT_FALSE(std::filesystem::exists(file));
  }

  static std::unique_ptr<TemporaryFolder> folder_;
  static Finished compiled_;
};
std::unique_ptr<TemporaryFolder> Traces::folder_;
Finished Traces::compiled_;

TEST_F(Traces, AWaveformWithoutRoomEndsTheRunInOneLineAndLeavesNoFile) {
  for (const std::string name : {"rtl.vcd", "rtl.fst"})
    expect_refusal(limited(8, "--backend rtl --trace " + path(name)), path(name));
  expect_refusal(limited(2, "--backend systemc --trace " + path("model.vcd")), path("model.vcd"));
}

TEST_F(Traces, AWaveformWithRoomIsWhole) {
  for (const std::string& options :
       {"--backend rtl --trace " + path("w.vcd"), "--backend rtl --trace " + path("w.fst"),
        "--backend systemc --trace " + path("w.vcd")}) {
    const auto finished = limited(1 << 20, options);
    EXPECT_EQ(finished.exit_code, 0) << options << finished.err;
  }
  EXPECT_NO_THROW(check_fst(path("w.fst")));
}

TEST_F(Traces, AnInterruptedWaveformIsClosedAndWhole) {
  for (const int signal : {SIGINT, SIGTERM}) {
    std::filesystem::remove(path("i.fst"));
    const auto finished = run_stoic_and_signal_once(
        {"cosim", path("m.img"), "--backend", "rtl", "--limit", "2000", "--trace", path("i.fst")},
        path("i.fst"), signal);
    EXPECT_EQ(finished.exit_code, 130) << finished.err;
    EXPECT_THAT(finished.err, HasSubstr("i.fst has the waveforms up to there"));
    EXPECT_NO_THROW(check_fst(path("i.fst")));
  }
}

TEST_F(Traces, AWindowBeyondTheRunIsSaidToBeEmpty) {
  const auto traced = [](const char* window) {
    return run_stoic({"cosim", path("m.img"), "--backend", "rtl", "--limit", "2", "--trace", path("w.vcd"),
                      "--trace-cycles", window});
  };
  const auto beyond = traced("90000000:90000001");
  EXPECT_EQ(beyond.exit_code, 0);
  EXPECT_THAT(beyond.err, HasSubstr("--trace-cycles 90000000:90000001: the run has "));
  EXPECT_EQ(traced("10:20").err, "");
}

TEST_F(Traces, AFstThroughALinkGoesToTheFileAndNotOverTheLink) {
  write_bytes(path("real.fst"), "old");
  std::filesystem::create_symlink(path("real.fst"), path("link.fst"));
  EXPECT_EQ(limited(1 << 20, "--backend rtl --trace " + path("link.fst")).exit_code, 0);
  EXPECT_TRUE(std::filesystem::is_symlink(path("link.fst")));
  EXPECT_NO_THROW(check_fst(path("real.fst")));
}

TEST(TraceFile, AFailureIsRememberedAndToldAtTheEnd) {
  TraceFile file;
  ASSERT_TRUE(file.open("/dev/full"));
  file.write("text", 4);
  EXPECT_TRUE(file.failed());
  EXPECT_THROW(file.finish(), Error);
}

TEST(TraceFile, OfAWaveformThatCannotBeOpenedNothingStays) {
  const TemporaryFolder folder;
  const auto file = (folder / "w.fst").string();
  write_bytes(file, "");
  write_bytes(file + ".hier", "");
  EXPECT_THAT([&] { fail_to_open_waveform(file); },
              testing::ThrowsMessage<Error>(
                  testing::AllOf(HasSubstr("w.fst: cannot be written"), HasSubstr("/tmp"))));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(TraceFile, ACutWaveformIsFound) {
  const TemporaryFolder folder;
  write_bytes(folder / "w.vcd", "#1\n1a");
  EXPECT_THROW(finish_vcd((folder / "w.vcd").string(), 2), Error);
  write_bytes(folder / "w.fst", std::string(100, '\0'));
  EXPECT_THROW(check_fst((folder / "w.fst").string()), Error);
}

}  // namespace trace_test
}  // namespace stoic
