// Trainings as maps of the weights, as a user asks for them.
#include <gmock/gmock.h>
#include <signal.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "process.hpp"
#include "temporary_folder.hpp"

namespace stoic {
namespace training_command_test {

using testing::HasSubstr;

class TrainingCommand : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  static std::vector<std::string> with(std::vector<std::string> arguments,
                                       const std::vector<std::string>& more) {
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  const std::vector<std::string> small_{"--set", "layers=[8]",          "--set", "data.train_samples=60",
                                        "--set", "data.test_samples=60"};
  const std::vector<std::string> training_ =
      with({"analyze", "training", "spirals-mlp", "--gradient-descent", "--starts", "2", "--copies", "2",
            "--epochs", "30", "--target", "0.5", "--rates", "0.1,1,10", "--tangent"},
           small_);
  TemporaryFolder folder_;
};

TEST_F(TrainingCommand, GoesOnWhereItWasKilledWithTheSameBytes) {
  const auto whole = run_stoic(with(training_, {"-o", path("whole"), "--threads", "2"}));
  ASSERT_EQ(whole.exit_code, 0) << whole.err;
  run_stoic_and_signal_once(with(training_, {"-o", path("stopped"), "--threads", "1"}),
                            path("stopped/points.json"), SIGKILL);
  const auto rest = run_stoic(with(training_, {"-o", path("stopped"), "--threads", "1"}));
  ASSERT_EQ(rest.exit_code, 0) << rest.err;
  for (const char* name :
       {"report.html", "report.json", "points.json", "rates.csv", "starts.csv", "exponents.svg"})
    EXPECT_TRUE(read_bytes(path("whole") + "/" + name) == read_bytes(path("stopped") + "/" + name)) << name;
  const auto report = nlohmann::json::parse(read_bytes(path("whole/report.json")));
  EXPECT_EQ(report.at("rates").size(), 3u);
}

TEST_F(TrainingCommand, PartsOfItMakeTheSameWhole) {
  const auto make = [&](const std::string& folder, const std::vector<std::string>& more) {
    const auto run = run_stoic(with(with(training_, {"-o", path(folder)}), more));
    EXPECT_EQ(run.exit_code, 0) << run.err;
    return run;
  };
  make("whole", {});
  EXPECT_THAT(make("first", {"--shard", "1/2"}).err, HasSubstr("1 of 3 points are missing"));
  make("second", {"--shard", "2/2"});
  EXPECT_THAT(make("some", {"--merge", path("second")}).err, HasSubstr("2 of 3 points are missing"));
  make("merged", {"--merge", path("first"), path("second")});
  const auto unkept = run_stoic(with(training_, {"--merge", path("first"), path("second"), "--json"}));
  ASSERT_EQ(unkept.exit_code, 0) << unkept.err;
  EXPECT_EQ(nlohmann::json::parse(unkept.out).at("rates").size(), 3u);
  for (const char* name : {"report.html", "report.json", "points.json", "rates.csv", "starts.csv"})
    EXPECT_TRUE(read_bytes(path("whole") + "/" + name) == read_bytes(path("merged") + "/" + name)) << name;
  const auto refuses = [&](const std::vector<std::string>& more, int code, const std::string& why) {
    const auto run = run_stoic(with(training_, more));
    EXPECT_EQ(run.exit_code, code) << run.err;
    EXPECT_THAT(run.err, HasSubstr(why));
  };
  refuses({"-o", path("other"), "--shard", "4/4"}, 3, "only 3 points");
  refuses({"-o", path("other"), "--shard", "3/2"}, 3, "--shard 3/2");
  refuses({"--shard", "1/2"}, 3, "-o DIR");
  refuses({"-o", path("other"), "--merge", path("nowhere")}, 3, "nowhere");
}

TEST_F(TrainingCommand, AFolderOfOtherOptionsIsRefused) {
  const auto refuses = [&](const std::vector<std::string>& command, const std::vector<std::string>& option) {
    const auto run = run_stoic(with(command, option));
    EXPECT_EQ(run.exit_code, 3) << option[0] << run.err;
    EXPECT_THAT(run.err, HasSubstr("holds the points of another")) << option[0];
  };
  const auto training = with({"analyze", "training", "spirals-mlp", "-o", path("training")}, small_);
  const std::vector<std::string> short_training{"--starts", "1", "--copies", "1",
                                                "--epochs", "4", "--rates",  "1"};
  ASSERT_EQ(run_stoic(with(training, short_training)).exit_code, 0);
  using Options = std::vector<std::vector<std::string>>;
  for (const auto& option :
       Options{{"--starts", "2"}, {"--copies", "2"}, {"--epochs", "5"}, {"--rates", "2"}}) {
    auto other = short_training;
    *std::next(std::find(other.begin(), other.end(), option[0])) = option[1];
    refuses(with(training, other), {"--threads", "1"});
  }
  for (const auto& option : Options{{"--cap", "9"},
                                    {"--disturbance", "1e-7"},
                                    {"--disturb-biases"},
                                    {"--tangent"},
                                    {"--target", "0.5"},
                                    {"--gradient-descent"},
                                    {"--set", "seed=2"}})
    refuses(with(training, short_training), option);
  const auto sharpness =
      with({"analyze", "sharpness", "spirals-mlp", "-o", path("sharpness"), "--epochs", "2"}, small_);
  ASSERT_EQ(run_stoic(sharpness).exit_code, 0);
  for (const auto& option : Options{{"--every", "2"},
                                    {"--k", "2"},
                                    {"--rates", "0.5"},
                                    {"--tolerance", "1e-3"},
                                    {"--most-products", "9"},
                                    {"--cold"},
                                    {"--gradient-descent"},
                                    {"--set", "training.weight_decay=0.5"}})
    refuses(sharpness, option);
}

TEST_F(TrainingCommand, RefusesInOneLineWhatCannotBe) {
  const auto refuses = [&](const std::vector<std::string>& arguments, int code, const std::string& why) {
    const auto finished = run_stoic(arguments);
    EXPECT_EQ(finished.exit_code, code) << finished.err;
    EXPECT_THAT(finished.err, HasSubstr(why));
  };
  refuses(with(training_, {"--copies", "0", "--rates", "1,x"}), 2, "");
  for (const auto* epochs : {"-1", "0", "1.5", "many", "nan", "10000000000000000000"})
    refuses({"analyze", "training", "spirals-mlp", "--epochs", epochs}, 3, "--epochs");
  refuses({"analyze", "training", "spirals-mlp", "--starts", "0"}, 3, "--starts");
  refuses({"analyze", "training", "spirals-mlp", "--disturbance", "0"}, 3, "--disturbance");
  refuses({"analyze", "training", "spirals-mlp", "--target", "1.1"}, 3, "--target");
  refuses({"analyze", "sharpness", "spirals-mlp", "--tolerance", "-1"}, 3, "--tolerance");
  refuses({"analyze", "training", "spirals-mlp", "--merge", "a", "--shard", "0/2"}, 3, "--shard");
  refuses({"analyze", "training", "spirals-mlp", "--rates", "1,x"}, 3, "--rates");
  for (const auto* rates : {"0:1:0:log", "1:2:1", "1,1", "1,,2", "nan"})
    refuses({"analyze", "training", "spirals-mlp", "--rates", rates}, 3, "stoic: --rates ");
  refuses({"analyze", "training", "spirals-mlp", "-o", "/proc/x"}, 3, "/proc/x");
  refuses({"analyze", "sharpness", "spirals-mlp", "--k", "100", "--set", "layers=[2]"}, 3,
          "there are only 15 weights");
  refuses({"analyze", "spectral-radius", "spirals-mlp", "--set", "layers=[4,4]", "--over", "spectral_radius",
           "1,500"},
          3, "spectral_radius");
  refuses({"analyze", "training", "spirals-mlp", "--rates", "-1:1:3"}, 3, "no learning rate");
  refuses({"analyze", "training", "spirals-mlp", "--copies", "0"}, 3, "add --tangent");
  refuses({"analyze", "gradient-map", "--over", "rate", "0:1:3"}, 3, "--over eta");
  refuses({"analyze", "sharpness", STOIC_SOURCE_DIR "/models/letters-csto.npz", "--rates", "1"}, 3,
          "is a trained model");
  refuses({"analyze", "training", STOIC_SOURCE_DIR "/models/letters-csto.npz"}, 3, "give a recipe");
}

TEST_F(TrainingCommand, CurvesTakeKeysThatTheRecipeLeavesOutAndWinOverSettings) {
  const auto run = run_stoic({"analyze", "spectral-radius", "spirals-mlp", "--set", "layers=[4,4]", "--set",
                              "training.epochs=2", "--set", "spectral_radius=1", "--over", "spectral_radius",
                              "0.5,2", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto points = nlohmann::json::parse(run.out).at("points");
  ASSERT_EQ(points.size(), 2u);
  EXPECT_NE(points[0].dump(), points[1].dump());
}

TEST_F(TrainingCommand, RatesThatDivergeAreResults) {
  const auto run = run_stoic({"analyze", "training", "letters-lorenz96", "--set", "data.train_samples=64",
                              "--set", "data.test_samples=32", "--starts", "2", "--copies", "1", "--epochs",
                              "6", "--rates", "0.05,1000", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto rates = nlohmann::json::parse(run.out).at("rates");
  EXPECT_EQ(rates[0].at("diverged"), 0);
  EXPECT_EQ(rates[1].at("diverged"), 2);
  EXPECT_TRUE(rates[1].at("exponent").is_null()) << "nothing was measured, which is not 0";
  const auto wells = run_stoic({"analyze", "training", "letters-sa-node", "--set", "data.train_samples=40",
                                "--set", "data.test_samples=20", "--starts", "1", "--copies", "1", "--epochs",
                                "4", "--rates", "0.3,1"});
  EXPECT_EQ(wells.exit_code, 0) << wells.err;
}

TEST_F(TrainingCommand, TheChosenRateIsInTheModelsRecipe) {
  const auto trained = run_stoic(with(
      {"train", "spirals-mlp", "--find-learning-rate", "--epochs", "1000", "--json", "-o", path("m.npz")},
      small_));
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  const auto result = nlohmann::json::parse(trained.out).at("learning_rate_search");
  EXPECT_LE(result.at("probes").size(), 8u);
  EXPECT_LT(result.at("cost_share"), 0.3);
  const auto info = nlohmann::json::parse(run_stoic({"info", path("m.npz"), "--json"}).out);
  EXPECT_EQ(info.at("recipe").at("training").at("learning_rate"), result.at("learning_rate"));
}

TEST_F(TrainingCommand, SharpnessIsThatOfTheGradientMapsEdge) {
  const auto run = run_stoic(with({"analyze", "sharpness", "spirals-mlp", "--gradient-descent", "--epochs",
                                   "4", "--every", "2", "--rates", "0.5,1", "--json"},
                                  small_));
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto points = nlohmann::json::parse(run.out).at("points");
  ASSERT_EQ(points.size(), 2u);
  EXPECT_EQ(points[0].at("epoch"), nlohmann::json({0, 2, 4}));
  EXPECT_EQ(points[1].at("two_over_rate"), 2);
  for (const auto& residual : points[0].at("residual")) EXPECT_LE(residual, 1e-6);
  const auto map =
      nlohmann::json::parse(run_stoic({"analyze", "gradient-map", "--over", "eta", "0.25,2", "--json"}).out);
  EXPECT_NEAR(map.at("points")[0].at("exponent").get<double>(), std::log(0.5), 1e-10);
}

}  // namespace training_command_test
}  // namespace stoic
