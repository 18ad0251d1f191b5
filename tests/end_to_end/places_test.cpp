// Outputs in places that only a system administrator makes.
#include <gmock/gmock.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>

#include "process.hpp"
#include "temporary_folder.hpp"

namespace stoic {
namespace places_test {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class Places : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(run_stoic({"train", "letters-linear", "-o", path("m.npz"), "--epochs", "1", "--set",
                         "data.train_samples=100", "--set", "data.test_samples=20"})
                  .exit_code,
              0);
    ASSERT_EQ(run_stoic({"compile", path("m.npz"), "--hw", "default", "-o", path("m.img")}).exit_code, 0);
  }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  TemporaryFolder folder_;
};

TEST_F(Places, AFileThatIsMountedIsWrittenInPlace) {
  write_bytes(path("real"), "old");
  write_bytes(path("mounted"), "");
  // Where mounts may not be made, even in a name space of one's own, there is nothing to try.
  const auto script = "unshare -m sh -c 'mount --bind " + path("real") + " " + path("mounted") +
                      " || exit 77; exec " STOIC_COMMAND " compile " + path("m.npz") + " --hw default -o " +
                      path("mounted") + "' > " + path("out") + " 2>&1";
  const int status = std::system(script.c_str());
  const auto said = read_bytes(path("out"));
  if (WEXITSTATUS(status) == 77 || said.starts_with("unshare: ")) return;
  EXPECT_EQ(WEXITSTATUS(status), 0) << said;
  EXPECT_THAT(read_bytes(path("real")), StartsWith("stoicimg"));
}

TEST_F(Places, ATraceThatFindsNoPlaceIsRefusedWithTheReasonBeforeTheRun) {
  const auto compiled = run_stoic({"compile", path("m.npz"), "--hw", STOIC_HW, "-o", path("m.img")});
  if (const auto lack = lack_of_room(compiled, STOIC_HW); !lack.empty()) GTEST_SKIP() << lack;
  for (const std::string name : {"/proc/none.vcd", "/proc/none.fst"}) {
    const auto refused =
        run_stoic({"cosim", path("m.img"), "--backend", "rtl", "--limit", "2", "--trace", name});
    EXPECT_EQ(refused.exit_code, 3);
    EXPECT_THAT(refused.err,
                AllOf(StartsWith("stoic: " + name + ": cannot be written: No such file or directory"),
                      HasSubstr("name another place")));
    EXPECT_EQ(std::count(refused.err.begin(), refused.err.end(), '\n'), 1);
  }
}

TEST_F(Places, AnExportThatFindsNoPlaceNamesTheRemedy) {
  const auto refused = run_stoic({"export", path("m.img"), "-o", "/proc/none"});
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("cannot be written"), HasSubstr("name another place")));
}

}  // namespace places_test
}  // namespace stoic
