// Cells of one sweep are trained on one data set, whenever and wherever they are trained.
#include <gmock/gmock.h>

#include <fstream>
#include <regex>

#include "idx_files.hpp"
#include "stoic/host/sweep/run.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"

namespace stoic {
namespace data_test {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

Recipe tiny_recipe(const std::string&, const std::vector<std::string>& settings) {
  return parse_recipe(R"({"dynamics": "linear", "inputs": 16, "classes": 3, "data": {"set": "mnist"},
                          "training": {"epochs": 1}})",
                      "tiny.json", settings);
}

class DataOfASweep : public testing::Test {
 protected:
  DataOfASweep() {
    write_idx_set(folder_ / "own", 0);
    write_idx_set(folder_ / "other", 3);
  }
  SweepRun on(const char* data, const char* to = "out", std::size_t shard = 0, std::size_t shards = 1) const {
    return {.folder = folder_ / to,
            .shard = shard,
            .shards = shards,
            .data_dir = folder_ / data,
            .threads = 1,
            .load_recipe = tiny_recipe};
  }

  TemporaryFolder folder_;
  Sweep sweep_ =
      parse_sweep(R"({"recipe": "tiny", "grid": {"training.batch": [10, 20, 50]}})", "my.json", tiny_recipe);
};

TEST_F(DataOfASweep, IsRememberedByEachCellAndOtherDataIsRefused) {
  ASSERT_TRUE(run_sweep(sweep_, on("own")));
  const auto first = read_file(folder_ / "out/cell-00000.json");
  EXPECT_THAT(first, AllOf(HasSubstr("\"fingerprint\""), HasSubstr("\"samples\": 100"),
                           HasSubstr("\"samples\": 50")));
  const auto refused =
      ThrowsMessage<Error>(AllOf(HasSubstr("cell-0000"), HasSubstr("its training data (100 samples"),
                                 HasSubstr("is not that in "), HasSubstr("--data-dir")));
  EXPECT_THAT([&] { run_sweep(sweep_, on("other")); }, refused) << "nothing is left to train";
  std::filesystem::remove(folder_ / "out/cell-00001.json");
  EXPECT_THAT([&] { run_sweep(sweep_, on("other")); }, refused);
  EXPECT_THAT([&] { plan_sweep(sweep_, on("other")); }, refused);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out/cell-00001.json"));
  ASSERT_TRUE(run_sweep(sweep_, on("own")));
  EXPECT_TRUE(run_sweep(sweep_, on("nowhere"))) << "whoever has all cells needs no data";
}

TEST_F(DataOfASweep, IsTheSameInAllFoldersThatAreMerged) {
  ASSERT_TRUE(run_sweep(sweep_, on("own", "a", 0, 2)));
  ASSERT_TRUE(run_sweep(sweep_, on("other", "b", 1, 2)));
  EXPECT_THAT(
      [&] {
        merge_sweep(sweep_, folder_ / "out", {folder_ / "a", folder_ / "b"});
      },
      ThrowsMessage<Error>(AllOf(HasSubstr("b/cell-00001.json"), HasSubstr("a/cell-00000.json"),
                                 HasSubstr("fingerprint"), HasSubstr("remove the cells"))));
}

TEST_F(DataOfASweep, MayBeUnknownToCellsOfEarlierVersions) {
  ASSERT_TRUE(run_sweep(sweep_, on("own")));
  const auto file = folder_ / "out/cell-00000.json";
  const auto text =
      std::regex_replace(read_file(file), std::regex(R"(,\s*"data": \{[^}]*\}[^}]*\}\s*\})"), "");
  ASSERT_THAT(text, testing::Not(HasSubstr("fingerprint")));
  write_bytes(file, text);
  EXPECT_TRUE(run_sweep(sweep_, on("own")));
  const auto cell = sweep_cells(sweep_)[0];
  EXPECT_EQ(read_cell(file, cell, sweep_).data, std::nullopt);
  merge_sweep(sweep_, folder_ / "out", {folder_ / "out"});
  EXPECT_EQ(missing_cells(sweep_, folder_ / "out"), 0u);
}

}  // namespace data_test
}  // namespace stoic
