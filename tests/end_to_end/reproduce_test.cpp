// The tables of results as a user makes them.
#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "process.hpp"
#include "temporary_folder.hpp"

namespace stoic {
namespace reproduce_test {

using testing::HasSubstr;

const char* const rows = R"({"hw": "default", "seeds": [1, 2], "rows": [
  {"name": "regression", "recipe": "letters-linear", "paper": "90.00",
   "set": {"training.epochs": 1, "data.train_samples": 300, "data.test_samples": 100}},
  {"name": "rectifiers", "recipe": "letters-mlp", "paper": "95.00",
   "set": {"training.epochs": 2, "data.train_samples": 300, "data.test_samples": 100}}]})";

class Reproduce : public testing::Test {
 protected:
  Finished reproduce(const std::string& text, const std::vector<std::string>& more = {}) {
    std::ofstream(folder_ / "rows.json") << text;
    std::vector<std::string> arguments{
        "reproduce", (folder_ / "rows.json").string(), "-o", (folder_ / "out").string(), "--threads", "1",
        "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_stoic(arguments);
  }
  TemporaryFolder folder_;
};

TEST_F(Reproduce, TrainsEveryRowAndKeepsWhatItHas) {
  const auto first = reproduce(rows);
  ASSERT_EQ(first.exit_code, 0) << first.err;
  const auto result = nlohmann::json::parse(first.out);
  ASSERT_EQ(result["rows"].size(), 2u);
  EXPECT_EQ(result["rows"][1]["name"], "rectifiers");
  EXPECT_EQ(result["rows"][1]["seeds"].size(), 2u);
  EXPECT_GT(result["rows"][0]["seeds"][0]["agreement"], 0.9);
  EXPECT_GE(result["rows"][0]["seeds"][0]["cycles"], result["rows"][0]["seeds"][0]["products"]);
  const auto model = folder_ / "out/rectifiers-seed-2.npz";
  const auto written = std::filesystem::last_write_time(model);
  const auto again = reproduce(rows);
  EXPECT_EQ(again.out, first.out);
  EXPECT_EQ(std::filesystem::last_write_time(model), written) << "it was trained again";
}

TEST_F(Reproduce, TrainsARowAgainWhoseRecipeHasChanged) {
  ASSERT_EQ(reproduce(rows).exit_code, 0);
  std::string other = rows;
  other.replace(other.find("\"training.epochs\": 2"), 20, "\"training.epochs\": 3");
  const auto written = std::filesystem::last_write_time(folder_ / "out/rectifiers-seed-1.npz"),
             untouched = std::filesystem::last_write_time(folder_ / "out/regression-seed-1.npz");
  ASSERT_EQ(reproduce(other).exit_code, 0);
  EXPECT_NE(std::filesystem::last_write_time(folder_ / "out/rectifiers-seed-1.npz"), written);
  EXPECT_EQ(std::filesystem::last_write_time(folder_ / "out/regression-seed-1.npz"), untouched);
}

TEST_F(Reproduce, TakesAModelThatTrainHasMade) {
  std::ofstream(folder_ / "rows.json") << rows;
  std::filesystem::create_directories(folder_ / "out");
  const auto model = (folder_ / "out/regression-seed-2.npz").string();
  ASSERT_EQ(run_stoic({"train", "letters-linear", "-o", model, "--seed", "2", "--set", "training.epochs=1",
                       "--set", "data.train_samples=300", "--set", "data.test_samples=100"})
                .exit_code,
            0);
  const auto written = std::filesystem::last_write_time(model);
  ASSERT_EQ(reproduce(rows, {"--row", "regression"}).exit_code, 0);
  EXPECT_EQ(std::filesystem::last_write_time(model), written);
}

TEST_F(Reproduce, KeepsTheOtherRowsOfTheTable) {
  const auto readme = (folder_ / "README.md").string();
  std::ofstream(readme) << "<!-- begin of the table of stoic reproduce -->\n"
                           "<!-- end of the table of stoic reproduce -->\n";
  ASSERT_EQ(reproduce(rows, {"--row", "regression"}).exit_code, 0);
  ASSERT_EQ(reproduce(rows, {"--readme", readme, "--row", "rectifiers"}).exit_code, 0);
  EXPECT_THAT(read_bytes(readme), testing::AllOf(HasSubstr("| regression | "), HasSubstr("| rectifiers | ")));
}

TEST_F(Reproduce, RefusesTwoRowsOfOneName) {
  std::string twice = rows;
  twice.replace(twice.find("rectifiers"), 10, "Regression");
  const auto refused = reproduce(twice);
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_THAT(refused.err, testing::AllOf(HasSubstr("rows[1]"), HasSubstr("\"Regression\"")));
}

TEST_F(Reproduce, WritesItsTableBetweenTheMarks) {
  const auto readme = (folder_ / "README.md").string();
  std::ofstream(readme) << "before\n<!-- begin of the table of stoic reproduce -->\nold\n"
                           "<!-- end of the table of stoic reproduce -->\nafter\n";
  ASSERT_EQ(reproduce(rows, {"--readme", readme, "--row", "regression"}).exit_code, 0);
  const auto text = read_bytes(readme);
  EXPECT_THAT(text, testing::StartsWith("before\n<!-- begin"));
  EXPECT_THAT(text, testing::EndsWith("reproduce -->\nafter\n"));
  EXPECT_THAT(text, HasSubstr("| regression | 90.00 |"));
  EXPECT_THAT(text, testing::Not(HasSubstr("old")));
  EXPECT_THAT(text, testing::Not(HasSubstr("rectifiers")));
  std::ofstream(readme) << "no marks\n";
  const auto refused = reproduce(rows, {"--readme", readme, "--row", "regression"});
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_THAT(refused.err, HasSubstr("begin of the table"));
}

TEST_F(Reproduce, RefusesABadRowBeforeAnyTraining) {
  std::string bad = rows;
  bad.replace(bad.find("letters-mlp"), 11, "letters-mpl");
  const auto refused = reproduce(bad);
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_THAT(refused.err, HasSubstr("letters-mlp"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out"));
}

TEST_F(Reproduce, RefusesARowThatIsNotThereWithTheNearest) {
  const auto refused = reproduce(rows, {"--row", "rectifier"});
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_THAT(refused.err,
              testing::AllOf(HasSubstr("no such row"), HasSubstr("did you mean \"rectifiers\"")));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out"));
  EXPECT_THAT(reproduce(rows, {"--row", "regression", "--row", "zzz"}).err,
              HasSubstr("its rows are \"regression\", \"rectifiers\""));
}

TEST_F(Reproduce, PlansWithoutTraining) {
  const auto plan = reproduce(rows, {"--plan"});
  ASSERT_EQ(plan.exit_code, 0) << plan.err;
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out"));
  auto result = nlohmann::json::parse(plan.out);
  EXPECT_EQ(result["rows"][1]["name"], "rectifiers");
  EXPECT_EQ(result["rows"][1]["seeds"]["2"], "to train");
  EXPECT_GT(result["rows"][1]["estimated_s"], 0);
  ASSERT_EQ(reproduce(rows, {"--row", "regression"}).exit_code, 0);
  result = nlohmann::json::parse(reproduce(rows, {"--plan"}).out);
  EXPECT_EQ(result["rows"][0]["seeds"]["1"], "done");
  EXPECT_EQ(result["rows"][0]["estimated_s"], 0);
  EXPECT_EQ(result["rows"][1]["seeds"]["1"], "to train");
}

TEST_F(Reproduce, RefusesASeedThatTheRowsWouldNotTake) {
  std::string seeded = rows;
  seeded.replace(seeded.find("\"training.epochs\": 1"), 0, "\"seed\": 7, ");
  const auto refused = reproduce(seeded);
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_THAT(refused.err, testing::AllOf(HasSubstr("rows[0]"), HasSubstr("\"seed\" is what the file's")));
}

TEST_F(Reproduce, FindsRecipesBesideTheRows) {
  std::filesystem::create_directories(folder_ / "recipes");
  std::filesystem::copy(STOIC_SOURCE_DIR "/models/letters-linear.json", folder_ / "recipes/mine.json");
  std::string own = rows;
  own.replace(own.find("letters-linear"), 14, "recipes/mine.json");
  EXPECT_EQ(reproduce(own, {"--row", "regression"}).exit_code, 0);
  own.replace(own.find("recipes/mine.json"), 17, "recipes/none.json");
  const auto refused = reproduce(own);
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_THAT(refused.err, testing::AllOf(HasSubstr("row \"regression\""), HasSubstr("neither beside")));
}

}  // namespace reproduce_test
}  // namespace stoic
