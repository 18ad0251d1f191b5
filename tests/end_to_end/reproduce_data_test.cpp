// The rows of a table of results come from one data set and one instance.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "idx_files.hpp"
#include "process.hpp"

namespace stoic {
namespace reproduce_data_test {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

class ReproduceOnData : public testing::Test {
 protected:
  ReproduceOnData() {
    write_idx_set(folder_ / "own", 0);
    write_idx_set(folder_ / "other", 3);
    write_bytes(folder_ / "tiny.json",
                R"({"dynamics": "linear", "inputs": 16, "classes": 3, "data": {"set": "mnist"},
                                           "training": {"epochs": 1}})");
    write_rows("default", R"("name": "tiny")");
  }
  void write_rows(const std::string& hw, const std::string& name) {
    write_bytes(folder_ / "rows.json", R"({"hw": ")" + hw + R"(", "seeds": [1], "rows": [{)" + name +
                                           R"(, "recipe": "tiny.json", "paper": "90 | 91"}]})");
  }
  Finished reproduce(const char* data) {
    return run_stoic({"reproduce", file("rows.json"), "-o", file("out"), "--data-dir", file(data),
                      "--threads", "1", "--json"});
  }
  std::string file(const char* name) const { return (folder_ / name).string(); }
  TemporaryFolder folder_;
};

TEST_F(ReproduceOnData, AnOutcomeOnOtherDataIsRefusedAndOneOfAnotherInstanceIsMadeAgain) {
  const auto first = reproduce("own");
  ASSERT_EQ(first.exit_code, 0) << first.err;
  const auto refused = reproduce("other");
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_THAT(refused.err,
              AllOf(HasSubstr("tiny-seed-1.json: the training data here"), HasSubstr("fingerprint"),
                    HasSubstr("--data-dir"), HasSubstr("under another -o")));
  EXPECT_EQ(reproduce("own").out, first.out);
  EXPECT_EQ(reproduce("nowhere").out, first.out) << "whoever has all outcomes needs no data";
  write_rows("small", R"("name": "tiny")");
  const auto small = reproduce("own");
  ASSERT_EQ(small.exit_code, 0) << small.err;
  EXPECT_GT(json::parse(small.out)["rows"][0]["seeds"][0]["cycles"],
            json::parse(first.out)["rows"][0]["seeds"][0]["cycles"]);
}

TEST_F(ReproduceOnData, AnOutcomeOfAnEarlierVersionIsTaken) {
  const auto first = reproduce("own");
  ASSERT_EQ(first.exit_code, 0) << first.err;
  auto stored = json::parse(read_bytes(folder_ / "out/tiny-seed-1.json"));
  stored.erase("training_data");
  stored.erase("config_hash");
  write_bytes(folder_ / "out/tiny-seed-1.json", stored.dump());
  EXPECT_EQ(reproduce("other").out, first.out);
  stored["outcome"]["cycles"] = 1e300;  // no number of cycles
  for (const auto& wrong : {std::string("{}"), stored.dump()}) {
    write_bytes(folder_ / "out/tiny-seed-1.json", wrong);
    const auto refused = reproduce("own");
    EXPECT_EQ(refused.exit_code, 3);
    EXPECT_THAT(refused.err, HasSubstr("holds no outcome"));
  }
}

TEST_F(ReproduceOnData, NamesOfRowsAreCellsOfTheTableAndNoMarkup) {
  write_rows("default", R"("name": "=a | <!-- end of the table of stoic reproduce -->\n& é")");
  const auto finished = reproduce("own");
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  const auto table = read_bytes(folder_ / "out/table.md");
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 3) << table;
  EXPECT_THAT(table,
              HasSubstr(R"(| =a \| &lt;!-- end of the table of stoic reproduce -->\\n&amp; é | 90 \| 91 |)"));
}

}  // namespace reproduce_data_test
}  // namespace stoic
