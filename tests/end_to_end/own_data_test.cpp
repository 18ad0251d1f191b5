// Data of one's own through the command: from files to the bits of the accelerator.
#include "own_data.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "process.hpp"

namespace stoic {
namespace own_data_test {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

class OwnDataOfTheCommand : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  TemporaryFolder folder_;
};

TEST_F(OwnDataOfTheCommand, GoesAllTheWayFromATable) {
  write_bytes(folder_ / "flowers.csv", flowers_csv(90));
  write_bytes(
      folder_ / "r.json",
      R"({"dynamics": "linear", "data": {"set": "files", "train": "flowers.csv"}, "training": {"epochs": 30}})");
  const auto trained = run_stoic({"train", path("r.json"), "-o", path("m.npz"), "--json"});
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  EXPECT_GT(json::parse(trained.out)["test_balanced_accuracy"], 0.9);
  const auto shown = run_stoic({"eval", path("m.npz"), "--balanced"});
  EXPECT_THAT(shown.out, AllOf(HasSubstr("versicolor"), HasSubstr("balanced accuracy")));
  const auto compiled = run_stoic({"compile", path("m.npz"), "--hw", STOIC_HW, "-o", path("m.img")});
  if (const auto lack = lack_of_room(compiled, STOIC_HW); !lack.empty()) GTEST_SKIP() << lack;
  ASSERT_EQ(compiled.exit_code, 0) << compiled.err;
  for (const char* backend : {"systemc", "rtl"}) {
    const auto finished = run_stoic({"cosim", path("m.img"), "--backend", backend, "--limit", "9", "--json"});
    ASSERT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_EQ(json::parse(finished.out)["differing_bits"], 0);
  }
}

TEST_F(OwnDataOfTheCommand, IsNotOverwrittenByWhatIsTrainedOnIt) {
  write_values_npz(folder_ / "v.npz", 4);
  write_bytes(folder_ / "r.json", R"({"dynamics": "linear", "data": {"set": "files", "train": "v.npz"}})");
  const auto before = read_bytes(folder_ / "v.npz");
  const auto trained = run_stoic({"train", path("r.json"), "-o", path("v.npz")});
  EXPECT_EQ(trained.exit_code, 3);
  EXPECT_THAT(trained.err, HasSubstr("would overwrite"));
  EXPECT_EQ(read_bytes(folder_ / "v.npz"), before);
}

TEST_F(OwnDataOfTheCommand, ThatIsWrongIsOneLineAndExitCodeThree) {
  write_bytes(folder_ / "bad.csv", "a,b,k\n1,2,x\n1,x\n");
  write_bytes(folder_ / "r.json", R"({"dynamics": "linear", "data": {"set": "files", "train": "bad.csv"}})");
  const auto trained = run_stoic({"train", path("r.json"), "-o", path("m.npz")});
  EXPECT_EQ(trained.exit_code, 3);
  EXPECT_THAT(trained.err, AllOf(HasSubstr("bad.csv: line 3"), HasSubstr("2 columns")));
  EXPECT_EQ(std::count(trained.err.begin(), trained.err.end(), '\n'), 1);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "m.npz"));
}

}  // namespace own_data_test
}  // namespace stoic
