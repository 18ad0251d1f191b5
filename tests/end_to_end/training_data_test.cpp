// A model knows what it was trained on, and every command that finds other data says so.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "idx_files.hpp"
#include "process.hpp"
#include "stoic/host/model/model.hpp"
#include "stoic/sim/io/file.hpp"
#include "temporary_folder.hpp"

namespace stoic {
namespace training_data_test {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

/// A model of data set "mnist", and two folders that both hold files under mnist/.
class TrainingDataOfAModel : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TemporaryFolder>();
    write_idx_set(*folder_ / "own", 0);
    write_idx_set(*folder_ / "other", 3);
    for (const auto& [name, keys] :
         {std::pair("m", R"("dynamics": "ffesn", "neurons": 8, "steps": 1)"),
          std::pair("s", R"("dynamics": "sa-node", "duration": 0.5, "eigenvalue_deviation": 0)")}) {
      write_bytes(path(name) + ".json", std::string("{") + keys +
                                            R"(, "inputs": 16, "classes": 3, "data": {"set": "mnist"},
                                                "training": {"epochs": 1, "optimizer": "adam"}})");
      const auto trained =
          run_stoic({"train", path(name) + ".json", "-o", path(name) + ".npz", "--data-dir", path("own")});
      ASSERT_EQ(trained.exit_code, 0) << trained.err;
    }
    const auto compiled =
        run_stoic({"compile", path("m.npz"), "-o", path("m.img"), "--data-dir", path("own")});
    ASSERT_EQ(compiled.exit_code, 0) << compiled.err;
  }
  static void TearDownTestSuite() { folder_.reset(); }
  static std::string path(const std::string& name) { return (folder_->path() / name).string(); }

  static std::unique_ptr<TemporaryFolder> folder_;
};
std::unique_ptr<TemporaryFolder> TrainingDataOfAModel::folder_;

TEST_F(TrainingDataOfAModel, IsComparedByEveryCommandThatLoadsData) {
  const std::vector<std::vector<std::string>> commands{
      {"eval", path("m.npz"), "--limit", "5"},
      {"eval", path("m.img"), "--backend", "golden", "--limit", "5"},
      {"eval", path("m.npz"), "--pixel-noise", "0.5"},
      {"compile", path("m.npz")},
      {"compare", path("m.npz"), "--limit", "5"},
      {"cosim", path("m.img"), "--backend", "systemc", "--limit", "2"},
      {"export", path("m.img"), "-o", path("exported"), "--samples", "2"},
      {"analyze", "attractors", path("s.npz"), "--samples", "5"}};
  for (const auto& command : commands)
    for (const bool own : {true, false}) {
      auto arguments = command;
      for (const auto& more : {std::string("--data-dir"), path(own ? "own" : "other"), std::string("--json")})
        arguments.push_back(more);
      const auto finished = run_stoic(arguments);
      SCOPED_TRACE(testing::PrintToString(arguments));
      EXPECT_EQ(finished.exit_code, 0) << finished.err;
      const auto result = json::parse(finished.out);
      EXPECT_EQ(result["data_matches"], own);
      EXPECT_EQ(result["warnings"].empty(), own) << result["warnings"];
      EXPECT_EQ(finished.err.find("stoic: warning: ") == std::string::npos, own) << finished.err;
      if (!own) {
        EXPECT_THAT(result["warnings"][0].get<std::string>(), HasSubstr("is not that of the training"));
        EXPECT_THAT(result["warnings"][0].get<std::string>(), HasSubstr(path("other")));
      }
    }
}

TEST_F(TrainingDataOfAModel, IsUnknownOfAModelWithoutTheEntry) {
  auto model = read_model(path("m.npz"));
  model.training_data.reset();
  write_model(path("old.npz"), model);
  const auto finished = run_stoic({"eval", path("old.npz"), "--data-dir", path("other"), "--json"});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.err, Not(HasSubstr("warning")));
  EXPECT_TRUE(json::parse(finished.out)["data_matches"].is_null());
  EXPECT_THAT(run_stoic({"info", path("old.npz")}).out, HasSubstr("trained on unknown data"));
}

TEST_F(TrainingDataOfAModel, IsToldByInfoOfModelsAndImagesAndByWhatIsExported) {
  const auto known = training_data_json(*read_model(path("m.npz")).training_data);
  EXPECT_EQ(known["height"], 4);
  EXPECT_EQ(known["training"]["samples"], 100);
  EXPECT_EQ(known["test"]["samples"], 50);
  for (const auto* file : {"m.npz", "m.img"})
    EXPECT_EQ(json::parse(run_stoic({"info", path(file), "--json"}).out)["training_data"], json(known))
        << file;
  ASSERT_EQ(run_stoic({"export", path("m.img"), "-o", path("known")}).exit_code, 0);
  EXPECT_EQ(json::parse(read_file(path("known/manifest.json")))["training_data"], json(known));
  EXPECT_THAT(read_file(path("known/model.h")), HasSubstr("Trained on mnist, 4 x 4 pixels, 3 classes"));
}

TEST_F(TrainingDataOfAModel, HoldsWhatIsHeldOutTooAndIsComparedByAStartFromAModel) {
  const auto own = run_stoic({"train", path("m.json"), "-o", path("held.npz"), "--data-dir", path("own"),
                              "--holdout", "20", "--snapshot-every", "1", "--init", path("m.npz"), "--json"});
  ASSERT_EQ(own.exit_code, 0) << own.err;
  EXPECT_EQ(json::parse(own.out)["data_matches"], true);
  const auto known = read_model(path("m.npz")).training_data;
  EXPECT_EQ(read_model(path("held.npz")).training_data, known);
  EXPECT_EQ(read_model(path("held.npz.snapshots/epoch-0001.npz")).training_data, known);
  const auto other = run_stoic({"train", path("m.json"), "-o", path("moved.npz"), "--data-dir", path("other"),
                                "--init", path("m.npz"), "--json"});
  ASSERT_EQ(other.exit_code, 0) << other.err;
  EXPECT_EQ(json::parse(other.out)["data_matches"], false);
  EXPECT_THAT(other.err, HasSubstr("stoic: warning: " + path("m.npz")));
}

TEST_F(TrainingDataOfAModel, IsInTheOriginOfAReportWithCommandVersionAndADateOnlyIfAskedFor) {
  const auto report = [](const std::string& folder, const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"compare",    path("m.npz"), "--data-dir", path("own"),         "-o",
                                       path(folder), "--limit",     "5",          "--no-word-lengths", "--hw",
                                       "small"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto finished = run_stoic(arguments);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    return json::parse(read_file(path(folder) + "/report.json"));
  };
  const auto dated = report("dated", {"--date", "2026-03-01"})["provenance"];
  EXPECT_EQ(dated["command"],
            "stoic compare " + path("m.npz") + " -o FOLDER --hw small --limit 5 --no-word-lengths");
  EXPECT_EQ(dated["date"], "2026-03-01");
  EXPECT_TRUE(dated["version"].is_string());
  EXPECT_EQ(dated["test_data"]["samples"], 50) << "the whole test set, not the five of --limit";
  EXPECT_EQ(dated["training_data"]["test"], dated["test_data"]);
  EXPECT_TRUE(report("plain", {"--threads", "1"})["provenance"]["date"].is_null());
  report("again", {"--threads", "2"});
  EXPECT_EQ(read_file(path("plain/report.json")), read_file(path("again/report.json")));
  EXPECT_EQ(read_file(path("plain/report.html")), read_file(path("again/report.html")));
  EXPECT_EQ(run_stoic({"compare", path("m.npz"), "--date", "a\nb"}).exit_code, 3);
}

}  // namespace training_data_test
}  // namespace stoic
