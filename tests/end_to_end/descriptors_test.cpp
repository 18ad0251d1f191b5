// The surroundings of a process: descriptors that are closed or full, names in any bytes, limits of the
// system.
#include <gmock/gmock.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>

#include "process.hpp"
#include "temporary_folder.hpp"

namespace stoic {
namespace descriptors_test {

using testing::HasSubstr;

/// Runs `stoic` in a shell; `line` follows the command. Returns its exit code, or 128 + signal.
int shell(const std::string& line) {
  const int status = std::system((std::string("exec " STOIC_COMMAND " ") + line).c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

const std::string config = STOIC_SOURCE_DIR "/hw-configs/compact.json";

TEST(Descriptors, AMessageThatCannotBeWrittenChangesNothing) {
  const TemporaryFolder folder;
  const auto out = (folder / "out").string();
  EXPECT_EQ(shell("info " + config + " --json > " + out + " 2> /dev/full"), 0);
  EXPECT_THAT(read_bytes(out), HasSubstr("\"kind\": \"hardware configuration\""));
  EXPECT_EQ(shell("info " + config + " --json > " + out + " 2>&-"), 0);
  EXPECT_EQ(shell("info /nowhere 2> /dev/full"), 3);
  EXPECT_EQ(shell("info /nowhere 2>&-"), 3);
  EXPECT_EQ(shell("inof 2>&-"), 2);
}

TEST(Descriptors, ClosedOnesAreNotTakenByFiles) {
  const TemporaryFolder folder;
  const auto model = (folder / "m.npz").string();
  const std::string train =
      "train letters-linear --epochs 1 --set data.train_samples=100 --set data.test_samples=10 -o ";
  EXPECT_EQ(shell(train + model + " <&- >&- 2>&-"), 0);
  EXPECT_TRUE(read_bytes(model).starts_with("PK"));
  EXPECT_EQ(shell("info " + model + " >/dev/null"), 0);
}

TEST(Descriptors, AFullStandardOutputIsNamed) {
  const TemporaryFolder folder;
  const auto err = (folder / "err").string();
  EXPECT_EQ(shell("info " + config + " > /dev/full 2> " + err), 3);
  EXPECT_THAT(read_bytes(err), HasSubstr("standard output: cannot be written"));
}

TEST(Descriptors, ALimitOnTheSizeOfFilesIsAnErrorThatLeavesNothingBehind) {
  const TemporaryFolder folder;
  const auto place = folder.path().string();
  const int status = std::system(("ulimit -f 1; cd " + place +
                                  " && exec " STOIC_COMMAND
                                  " train letters-ffesn --epochs 1 --set data.train_samples=100 --set "
                                  "data.test_samples=10 -o m.npz > /dev/null 2> /dev/null")
                                     .c_str());
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 3);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Descriptors, NamesInAnyBytesGiveOneLineAndValidJson) {
  const TemporaryFolder folder;
  const auto latin = (folder / "na\xefve \x1b[31m\n.json").string();
  write_bytes(latin, read_bytes(config));
  const auto good = run_stoic({"info", latin, "--json"});
  EXPECT_EQ(good.exit_code, 0) << good.err;
  EXPECT_THAT(good.out, HasSubstr("na\xef\xbf\xbdve \\u001b[31m\\n.json"));
  const auto bad = run_stoic({"info", latin + "x"});
  EXPECT_EQ(bad.exit_code, 3);
  EXPECT_EQ(std::count(bad.err.begin(), bad.err.end(), '\n'), 1) << bad.err;
  EXPECT_THAT(bad.err, HasSubstr("na\\xefve \\x1b[31m\\n.jsonx: no such file"));
  const auto usage = run_stoic({"info", "a", "b\n\x1b[2J"});
  EXPECT_EQ(usage.exit_code, 2);
  EXPECT_EQ(std::count(usage.err.begin(), usage.err.end(), '\n'), 1) << usage.err;
  EXPECT_EQ(usage.err.find('\x1b'), std::string::npos);
  const auto huge = run_stoic({"info", std::string(100000, 'x')});
  EXPECT_EQ(huge.exit_code, 3);
  EXPECT_LT(huge.err.size(), 5000u);
}

}  // namespace descriptors_test
}  // namespace stoic
