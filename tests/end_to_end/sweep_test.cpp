// Sweeps as a user runs them: killed, split, merged, refused.
#include <gmock/gmock.h>

#include <csignal>
#include <fstream>
#include <map>
#include <random>

#include "process.hpp"
#include "temporary_folder.hpp"

namespace stoic {
namespace sweep_test {

using testing::HasSubstr;

constexpr std::uint64_t seed = 9;

const char* const grid = R"({"recipe": "letters-ffesn", "seeds": [1, 2],
  "set": {"training.epochs": 3, "data.train_samples": 400, "data.test_samples": 200, "neurons": 30},
  "grid": {"spectral_radius": {"from": 0.5, "to": 2, "count": 4}, "steps": [1, 2, 3]}})";

std::string write_sweep(const TemporaryFolder& folder, const std::string& text) {
  std::ofstream(folder / "sweep.json") << text;
  return (folder / "sweep.json").string();
}

std::map<std::string, std::string> files_of(const std::filesystem::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    files[entry.path().filename().string()] = read_bytes(entry.path());
  return files;
}

TEST(Sweep, KilledTwentyTimesEndsWithTheFilesOfOneLeftAlone) {
  const TemporaryFolder folder;
  const auto sweep = write_sweep(folder, grid);
  const auto whole = (folder / "whole").string(), broken = (folder / "broken").string();
  const auto alone = run_stoic({"sweep", sweep, "-o", whole, "--threads", "1"});
  ASSERT_EQ(alone.exit_code, 0) << alone.err;
  std::mt19937_64 random(seed);
  std::uniform_int_distribution<int> delay(1, 150);
  int killed = 0;
  for (int i = 0; i < 20; ++i)
    killed += run_stoic_and_signal({"sweep", sweep, "-o", broken, "--threads", "1"},
                                   std::chrono::milliseconds(delay(random)), SIGKILL)
                  .exit_code != 0;
  EXPECT_GT(killed, 0) << "seed " << seed;
  ASSERT_EQ(run_stoic({"sweep", sweep, "-o", broken, "--threads", "1"}).exit_code, 0);
  EXPECT_EQ(files_of(broken), files_of(whole)) << "seed " << seed << ", " << killed << " times killed";
  EXPECT_EQ(files_of(whole).size(), 24u + 4u);  // cells; sweep, table and two heat maps
}

TEST(Sweep, TwoShardsMergedAreOneRun) {
  const TemporaryFolder folder;
  const auto sweep = write_sweep(folder, grid);
  const auto path = [&](const char* name) { return (folder / name).string(); };
  ASSERT_EQ(run_stoic({"sweep", sweep, "-o", path("whole")}).exit_code, 0);
  for (const char* shard : {"1/2", "2/2"}) {
    const auto finished = run_stoic(
        {"sweep", sweep, "-o", path(shard[0] == '1' ? "a" : "b"), "--shard", shard, "--threads", "1"});
    ASSERT_EQ(finished.exit_code, 0) << finished.err;
    EXPECT_THAT(finished.out, HasSubstr("12 of 24 cells are missing"));
  }
  ASSERT_EQ(run_stoic({"sweep", sweep, "-o", path("merged"), "--merge", path("a"), path("b")}).exit_code, 0);
  EXPECT_EQ(files_of(path("merged")), files_of(path("whole")));
}

TEST(Sweep, ATrainingThatDivergesIsACellWithItsReason) {
  const TemporaryFolder folder;
  const auto sweep = write_sweep(folder, R"({"recipe": "letters-lorenz96", "set": {"training.epochs": 1,
      "data.train_samples": 300, "data.test_samples": 50}, "grid": {"training.learning_rate": [0.02, 100]}})");
  const auto finished = run_stoic({"sweep", sweep, "-o", (folder / "out").string()});
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(read_bytes(folder / "out/cell-00001.json"), HasSubstr("lower training.learning_rate"));
  EXPECT_THAT(read_bytes(folder / "out/table.csv"), HasSubstr("100,0,,,,,1"));
}

TEST(Sweep, HoldsOutTrainingSamplesInsteadOfTestData) {
  const TemporaryFolder folder;
  const auto sweep =
      write_sweep(folder, R"({"recipe": "letters-ffesn", "holdout": 350, "set": {"training.epochs": 1,
      "data.train_samples": 300}, "grid": {"steps": [1]}})");
  const auto finished = run_stoic({"sweep", sweep, "-o", (folder / "out").string()});
  EXPECT_EQ(finished.exit_code, 3);
  EXPECT_THAT(finished.err, HasSubstr("there are 300 training samples"));
}

TEST(Sweep, RefusesWhatIsWrongWithTheKeyAndTheReason) {
  const TemporaryFolder folder;
  const auto refuses = [&](const std::string& text, const std::string& what) {
    const auto finished = run_stoic({"sweep", write_sweep(folder, text), "-o", (folder / "out").string()});
    EXPECT_EQ(finished.exit_code, 3);
    EXPECT_THAT(finished.err, HasSubstr(what));
  };
  refuses(R"({"grid": {"steps": [1]}})", "\"recipe\" is missing");
  refuses(R"({"recipe": "letters-ffesn"})", "\"grid\" is missing");
  refuses(R"({"recipe": "letters-ffesn", "grid": {"steps": []}})", "\"steps\" must be a list of values");
  refuses(R"({"recipe": "letters-ffesn", "grid": {"steps": [2, 2]}})", "has the value 2 twice");
  refuses(R"({"recipe": "letters-ffesn", "grid": {"stesp": [2]}})", "did you mean \"steps\"?");
  refuses(R"({"recipe": "letters-ffesn", "grid": {"steps": [0]}})", "from 1 to 1000");
  refuses(R"({"recipe": "letters-ffesn", "set": {"training.epochs": 0}, "grid": {"steps": [1]}})",
          "\"training.epochs\" is 0");
  refuses(R"({"recipe": "letters-fesn", "grid": {"steps": [1]}})", "did you mean");
  refuses(R"({"recipe": "letters-ffesn", "grd": {}, "grid": {"steps": [1]}})", "did you mean \"grid\"?");
  refuses(R"({"recipe": "letters-ffesn", "seeds": [-1], "grid": {"steps": [1]}})",
          "\"seeds\" must be a list");
  EXPECT_FALSE(std::filesystem::exists(folder / "out")) << "nothing is written before all is checked";
}

TEST(Sweep, OfEveryReadyFileLacksNothingButItsData) {
  const TemporaryFolder folder;
  for (const auto& file : std::filesystem::directory_iterator(STOIC_SOURCE_DIR "/models/sweeps")) {
    SCOPED_TRACE(file.path().filename());
    const auto sweep = [&](std::vector<std::string> more) {
      more.insert(more.begin(),
                  {"sweep", file.path().string(), "-o", (folder / file.path().stem().string()).string(),
                   "--data-dir", (folder / "nowhere").string()});
      return run_stoic(more);
    };
    if (file.path().stem() == "narma10-esn") {  // whose series is generated
      EXPECT_EQ(sweep({"--plan"}).exit_code, 0);
      continue;
    }
    const auto finished = sweep({});
    EXPECT_EQ(finished.exit_code, 3);
    EXPECT_THAT(finished.err, HasSubstr("nowhere"));
  }
}

TEST(Sweep, RefusesTheFolderOfAnotherSweep) {
  const TemporaryFolder folder;
  const auto text = [](int steps) {
    return R"({"recipe": "letters-ffesn", "set": {"training.epochs": 1, "data.train_samples": 50,
               "data.test_samples": 50}, "grid": {"steps": [)" +
           std::to_string(steps) + "]}}";
  };
  const auto out = (folder / "out").string();
  ASSERT_EQ(run_stoic({"sweep", write_sweep(folder, text(1)), "-o", out}).exit_code, 0);
  const auto refused = run_stoic({"sweep", write_sweep(folder, text(2)), "-o", out});
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_THAT(refused.err, HasSubstr("belongs to another sweep"));
}

TEST(Sweep, FindsItsRecipeInItsOwnFolder) {
  const TemporaryFolder folder;
  std::filesystem::copy(STOIC_SOURCE_DIR "/models/letters-mlp.json", folder / "mine.json");
  const auto sweep = write_sweep(folder, R"({"recipe": "mine.json", "set": {"training.epochs": 1,
      "data.train_samples": 50, "data.test_samples": 50}, "grid": {"neurons": [3, 4]}})");
  const auto out = (folder / "out").string();
  const auto finished = run_stoic({"sweep", sweep, "-o", out});
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.err, HasSubstr("sweep: 1 of 2 cells done, now")) << "standard error is no terminal";
  EXPECT_TRUE(std::filesystem::exists(folder / "out/accuracy.svg"));
  std::ofstream(folder / "mine.json") << R"({"dynamics": "mlp", "neurons": 3, "inputs": 49, "classes": 5})";
  const auto changed = run_stoic({"sweep", sweep, "-o", out});
  EXPECT_EQ(changed.exit_code, 3);
  EXPECT_THAT(changed.err, HasSubstr("mine.json, which has changed since"));
}

TEST(Sweep, MergesWhatIsThereAndSaysWhatIsMissing) {
  const TemporaryFolder folder;
  const auto sweep = write_sweep(folder, R"({"recipe": "letters-mlp", "set": {"training.epochs": 1,
      "data.train_samples": 50, "data.test_samples": 50}, "grid": {"neurons": [3, 4, 5]}})");
  const auto path = [&](const char* name) { return (folder / name).string(); };
  ASSERT_EQ(run_stoic({"sweep", sweep, "-o", path("a"), "--shard", "1/2"}).exit_code, 0);
  const auto merged = run_stoic({"sweep", sweep, "-o", path("all"), "--merge", path("a"), "--json"});
  EXPECT_EQ(merged.exit_code, 0) << merged.err;
  EXPECT_THAT(merged.out, HasSubstr("\"missing\": 1"));
  EXPECT_THAT(merged.err, HasSubstr("1 of 3 cells are missing"));
  EXPECT_THAT(read_bytes(folder / "all/table.csv"), HasSubstr("4,0,,,,,0,0,1\n"));
  EXPECT_THAT(read_bytes(folder / "all/accuracy.svg"), HasSubstr("1 of 3 cells missing"));
}

TEST(Sweep, PlansWithoutTraining) {
  const TemporaryFolder folder;
  const auto sweep = write_sweep(folder, grid);
  const auto plan = run_stoic({"sweep", sweep, "-o", (folder / "out").string(), "--plan", "--shard", "1/4"});
  EXPECT_EQ(plan.exit_code, 0) << plan.err;
  EXPECT_THAT(plan.out, testing::AllOf(HasSubstr("6 trainings of letters-ffesn"),
                                       HasSubstr("cell-00004.json"), HasSubstr("from short trainings")));
  EXPECT_FALSE(std::filesystem::exists(folder / "out"));
}

}  // namespace sweep_test
}  // namespace stoic
