#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <set>

#include "process.hpp"
#include "report/markup_check.hpp"
#include "stoic/host/model/npz.hpp"
#include "stoic/sim/io/file.hpp"
#include "temporary_folder.hpp"

namespace stoic {
namespace command_test {

using nlohmann::json;
using testing::HasSubstr;

/// A letters model, trained once for all tests of this file.
class Command : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TemporaryFolder>();
    trained_ = run_stoic({"train", "letters-ffesn", "-o", path("m.npz"), "--epochs", "2", "--set",
                          "data.train_samples=500", "--set", "data.test_samples=300", "--json"});
    ASSERT_EQ(trained_.exit_code, 0) << trained_.err;
    const auto compiled = run_stoic({"compile", path("m.npz"), "--hw", "compact", "-o", path("m.img")});
    ASSERT_EQ(compiled.exit_code, 0) << compiled.err;
  }
  static void TearDownTestSuite() { folder_.reset(); }
  static std::string path(const std::string& name) { return (folder_->path() / name).string(); }

  static json result_of(const std::vector<std::string>& arguments) {
    const auto finished = run_stoic(arguments);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    return json::parse(finished.out);
  }

  static std::unique_ptr<TemporaryFolder> folder_;
  static Finished trained_;
};
std::unique_ptr<TemporaryFolder> Command::folder_;
Finished Command::trained_;

TEST_F(Command, TrainReportsItsKeysAndLeavesNoCheckpoint) {
  const auto result = json::parse(trained_.out);
  for (const auto* key : {"test_accuracy", "epochs", "samples_per_s", "seed"})
    EXPECT_TRUE(result.contains(key)) << key;
  EXPECT_EQ(result["epochs"], 2);
  EXPECT_GT(result["test_accuracy"], 0.5);
  EXPECT_FALSE(std::filesystem::exists(path("m.npz.checkpoint")));
}

TEST_F(Command, EvalGivesTheSameDecisionsForAModelAndItsImage) {
  const auto model = result_of({"eval", path("m.npz"), "--backend", "golden", "--hw", "compact", "--json"});
  const auto image = result_of({"eval", path("m.img"), "--backend", "golden", "--json"});
  for (const auto* key :
       {"backend", "samples", "accuracy", "agreement_with_float", "samples_per_s", "saturations"})
    EXPECT_TRUE(model.contains(key)) << key;
  EXPECT_EQ(model["samples"], 300);
  EXPECT_EQ(model["confusion"], image["confusion"]);
  EXPECT_EQ(model["cycles_per_inference"], image["cycles_per_inference"]);
  EXPECT_GE(model["agreement_with_float"], 0.98);
}

TEST_F(Command, EvalInFloatEqualsWhatTrainingReported) {
  const auto result = result_of({"eval", path("m.npz"), "--json"});
  EXPECT_EQ(result["accuracy"], json::parse(trained_.out)["test_accuracy"]);
}

TEST_F(Command, EvalWritesDecisionsAndOutputsForScripts) {
  result_of({"eval", path("m.npz"), "--backend", "golden", "--hw", "compact", "-o", path("decisions.npz"),
             "--json"});
  const NpzReader reader(path("decisions.npz"));
  EXPECT_EQ(reader.header("decisions").shape, std::vector<std::int64_t>{300});
  EXPECT_EQ(reader.header("labels").shape, std::vector<std::int64_t>{300});
  EXPECT_EQ(reader.header("outputs").shape, (std::vector<std::int64_t>{300, 5}));
}

TEST_F(Command, LimitTakesTheFirstSamples) {
  EXPECT_EQ(result_of({"eval", path("m.npz"), "--limit", "7", "--json"})["samples"], 7);
}

TEST_F(Command, CompileReportsItsKeysAndAListing) {
  const auto result = result_of({"compile", path("m.npz"), "--hw", "small", "--listing", "--json"});
  for (const auto* key :
       {"cycles", "ideal_mac_cycles", "program_words", "weight_bytes", "state_words_per_lane", "formats"})
    EXPECT_TRUE(result.contains(key)) << key;
  EXPECT_THAT(result["listing"].get<std::string>(), HasSubstr("MATVEC"));
  EXPECT_GT(result["cycles"], result["ideal_mac_cycles"]);
}

TEST_F(Command, CompileIsTheSameToTheByteTwice) {
  run_stoic({"compile", path("m.npz"), "--hw", "compact", "-o", path("again.img")});
  EXPECT_EQ(read_file(path("again.img")), read_file(path("m.img")));
}

TEST_F(Command, ExportWritesEveryMemory) {
  const auto result = result_of({"export", path("m.img"), "-o", path("export"), "--json"});
  const std::vector<std::string> files = result["files"];
  EXPECT_EQ(files.size(), 21u);
  EXPECT_THAT(files,
              testing::IsSupersetOf({"weights.hex", "arrays.npz", "model.c", "model.bin", "driver/stoic.c"}));
  for (const auto& file : result["files"])
    EXPECT_TRUE(std::filesystem::exists(path("export/" + file.get<std::string>()))) << file;
  const auto program = read_file(path("export/program.hex"));
  EXPECT_EQ(program.find('\n'), 16u);  // 64 bits
  const auto weights = read_file(path("export/weights.hex"));
  EXPECT_EQ(weights.find('\n'), 8u);  // 4 lanes of 8 bits
}

TEST_F(Command, CompareFindsEveryInstructionWithinItsBound) {
  const auto result = result_of(
      {"compare", path("m.npz"), "--hw", "small", "-o", path("report"), "--local-samples", "3", "--json"});
  EXPECT_EQ(result["local_errors_within_bounds"], true);
  EXPECT_GE(result["instructions"].size(), 5u);
  std::vector<std::string> names;
  for (const auto& vector : result["vectors"]) names.push_back(vector["name"]);
  EXPECT_THAT(names, testing::IsSupersetOf({"x(0)", "z(0)", "x(1)", "y"}));
  for (const auto* file : {"report.html", "report.json", "vectors.csv", "instructions.csv", "phases.csv"})
    EXPECT_TRUE(std::filesystem::exists(path(std::string("report/") + file))) << file;
  EXPECT_EQ(json::parse(read_file(path("report/report.json"))), result);
}

TEST_F(Command, CompareWritesAPageThatStandsAlone) {
  result_of({"compare", path("m.npz"), "--hw", "small", "-o", path("page"), "--no-word-lengths", "--json"});
  const auto page = read_file(path("page/report.html"));
  EXPECT_EQ(markup_fault(page), "");
  EXPECT_EQ(outside_reference(page), "");
  EXPECT_EQ(occurrences(page, "<svg"), 3);
  EXPECT_FALSE(std::filesystem::exists(path("page/word_lengths.csv")));
  EXPECT_THAT(page, HasSubstr("m.npz on small: float against fixed point"));
}

TEST_F(Command, ComparePhasesAddUpToTheCyclesOfAnInference) {
  const auto result = result_of({"compare", path("m.npz"), "--hw", "compact", "--json"});
  std::int64_t cycles = 0;
  std::int64_t ideal = 0;
  std::vector<std::string> names;
  for (const auto& phase : result["phases"]) {
    cycles += phase["cycles"].get<std::int64_t>();
    ideal += phase["ideal_mac_cycles"].get<std::int64_t>();
    names.push_back(phase["name"]);
  }
  EXPECT_EQ(cycles, result["cycles_per_inference"]);
  EXPECT_EQ(ideal, result["ideal_mac_cycles"]);
  EXPECT_THAT(names, testing::IsSupersetOf({"input", "read-in", "step 1", "read-out", "output"}));
  EXPECT_FALSE(result.contains("word_lengths")) << "without -o they have to be asked for";
}

TEST_F(Command, CompareFindsTheAccuracyOfTheInstanceAmongTheWordLengths) {
  const auto result = result_of({"compare", path("m.npz"), "--hw", "small", "--word-lengths", "--json"});
  const auto& sweep = result["word_lengths"];
  EXPECT_EQ(sweep["samples"], 300);
  EXPECT_EQ(sweep["accuracy_float"], result["accuracy_float"]);
  ASSERT_EQ(sweep["cells"].size(), 36u);
  for (const auto& cell : sweep["cells"]) {
    EXPECT_TRUE(cell["accuracy"].is_number()) << cell;
    EXPECT_TRUE(cell["obstacle"].is_null()) << cell;
    if (cell["state_width"] == 12 && cell["weight_width"] == 8) {
      EXPECT_EQ(cell["accuracy"], result["accuracy_golden"]);
      EXPECT_EQ(cell["agreement_with_float"], result["agreement_with_float"]);
    }
  }
}

TEST_F(Command, CompareUnderNoiseTakesSeveralModels) {
  for (const char* coupling : {"1", "500"})
    ASSERT_EQ(run_stoic({"train", "letters-csto", "-o", path(std::string(coupling) + ".npz"), "--epochs", "0",
                         "--set", std::string("coupling_Oe=") + coupling, "--set", "data.train_samples=40",
                         "--set", "data.test_samples=40"})
                  .exit_code,
              0);
  const auto result = result_of({"compare", path("1.npz"), "--noise-trials", "1", "--noise-samples", "10",
                                 "--noise-model", path("500.npz"), "--json"});
  std::set<std::string> names;
  for (const auto& row : result["noise_curves"]) names.insert(row["name"]);
  EXPECT_THAT(names, testing::ElementsAre("coupling_Oe = 1.0", "coupling_Oe = 500.0"));
  EXPECT_EQ(result["noise_summary"]["trials"], 2 * 2 * 8);
  EXPECT_EQ(run_stoic({"compare", path("1.npz"), "--noise-model", path("500.npz")}).exit_code, 3)
      << "without --noise-trials";
}

TEST_F(Command, ErrorBudgetChoosesTheStepOrRefusesWithTheReason) {
  const std::string model = STOIC_SOURCE_DIR "/models/letters-csto.npz";
  const auto chosen = result_of({"compile", model, "--error-budget", "0.02", "--choose-step", "--json"});
  EXPECT_LT(chosen["state_error"]["total"]["root_mean_square"], 0.02);
  EXPECT_LT(chosen["steps"], 10) << "those of the recipe, whose error is far smaller";
  const auto given = result_of({"compile", model, "--json"});
  EXPECT_EQ(given["steps"], 10);
  EXPECT_LT(chosen["cycles"], given["cycles"]);
  const auto refused = run_stoic({"compile", model, "--error-budget", "1e-6", "-o", path("refused.img")});
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_THAT(refused.err, HasSubstr("the integrator with step_ps 30 alone is off by"));
  EXPECT_FALSE(std::filesystem::exists(path("refused.img")));
  EXPECT_EQ(run_stoic({"compile", model, "--choose-step"}).exit_code, 3) << "without a budget";
  const auto no_steps = run_stoic({"compile", path("m.npz"), "--error-budget", "0.1"});
  EXPECT_EQ(no_steps.exit_code, 3);
  EXPECT_THAT(no_steps.err, HasSubstr("is no differential equation"));
}

TEST_F(Command, CompareUnderNoiseFillsCurvesAndTable) {
  const auto result =
      result_of({"compare", path("m.npz"), "--hw", "small", "-o", path("noise"), "--no-word-lengths",
                 "--noise-trials", "2", "--noise-samples", "100", "--json"});
  const auto& rows = result["noise_curves"];
  ASSERT_EQ(rows.size(), 2u * 8u * 2u);
  for (const auto& row : rows) {
    EXPECT_LE(row["difference_low"], row["difference_from_float"]);
    EXPECT_GE(row["difference_high"], row["difference_from_float"]);
    EXPECT_NEAR(row["accuracy_fixed"].get<double>() - row["accuracy_float"].get<double>(),
                row["difference_from_float"].get<double>(), 1e-12);
  }
  // Within a kind the strongest noise comes first.
  EXPECT_LT(rows[0]["accuracy_float"], rows[15]["accuracy_float"]);
  EXPECT_LT(rows[16]["accuracy_fixed"], rows[31]["accuracy_fixed"]);
  EXPECT_TRUE(std::filesystem::exists(path("noise/noise_curves.csv")));
  const auto page = read_file(path("noise/report.html"));
  EXPECT_EQ(markup_fault(page), "");
  EXPECT_THAT(page, HasSubstr("id=\"noise\""));
  EXPECT_FALSE(result_of({"compare", path("m.npz"), "--hw", "small", "--json"}).contains("noise_curves"));
}

TEST_F(Command, EvalUnderNoiseMeetsTheSameNoiseOnFloatAndGolden) {
  const std::vector<std::string> noise{"--noise-obs", "2", "--noise-trial", "3", "--json"};
  const auto eval = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), noise.begin(), noise.end());
    return result_of(arguments);
  };
  const auto reference = eval({"eval", path("m.npz")});
  EXPECT_EQ(reference["noise"]["observation"], 2);
  EXPECT_TRUE(reference["noise"]["dynamic"].is_null());
  EXPECT_LT(reference["accuracy"], result_of({"eval", path("m.npz"), "--json"})["accuracy"]);
  const auto golden = eval({"eval", path("m.npz"), "--backend", "golden"});
  EXPECT_GT(golden["agreement_with_float"], 0.97);
  // The signal is that of all samples, whatever the limit.
  eval({"compile", path("m.npz"), "-o", path("noisy.img")});
  const auto image = result_of({"eval", path("noisy.img"), "--backend", "golden", "--json"});
  EXPECT_EQ(image["confusion"], golden["confusion"]);
  const auto few = eval({"eval", path("m.npz"), "--backend", "golden", "--limit", "50"});
  EXPECT_EQ(few["confusion"], result_of({"eval", path("noisy.img"), "--backend", "golden", "--limit", "50",
                                         "--json"})["confusion"]);
}

TEST_F(Command, BadNoiseIsRefusedWithTheRemedy) {
  const std::pair<const char*, const char*> ratios[] = {{"0", "positive"},
                                                        {"-3", "positive"},
                                                        {"nan", "no number"},
                                                        {"inf", "no number"},
                                                        {"much", "no number"}};
  for (const auto& [ratio, why] : ratios) {
    const auto finished = run_stoic({"eval", path("m.npz"), "--noise-dyn", ratio});
    EXPECT_EQ(finished.exit_code, 3) << ratio;
    EXPECT_THAT(finished.err, HasSubstr("--noise-dyn"));
    EXPECT_THAT(finished.err, HasSubstr(why)) << ratio;
  }
  EXPECT_EQ(run_stoic({"compile", path("m.npz"), "--noise-obs", "-1"}).exit_code, 3);
  EXPECT_EQ(run_stoic({"eval", path("m.npz"), "--noise-trial", "-1"}).exit_code, 3);
  const auto image = run_stoic({"eval", path("m.img"), "--backend", "golden", "--noise-obs", "2"});
  EXPECT_EQ(image.exit_code, 3);
  EXPECT_THAT(image.err, HasSubstr("compile it with --noise-obs"));
}

TEST_F(Command, CompareLeavesAFolderAloneThatIsNoReport) {
  std::filesystem::create_directory(path("notes"));
  write_file_atomically(path("notes/report.json"), "[1]");
  const auto finished = run_stoic({"compare", path("m.npz"), "--hw", "small", "-o", path("notes")});
  EXPECT_EQ(finished.exit_code, 3);
  EXPECT_THAT(finished.err, HasSubstr("other things than a report"));
  EXPECT_EQ(read_file(path("notes/report.json")), "[1]");
}

TEST_F(Command, RunShowsTheStateAfterEveryInstruction) {
  write_file_atomically(path("p.s"),
                        ".vector x 4\n.constant two 2\nLOAD destination=x length=4\n"
                        "BUNDLE destination=x length=4 : + x*[two]\nSTORE source=x length=3\nHALT\n");
  const std::vector<std::string> arguments{"run", path("p.s"), "--hw", "compact", "--input", "1,-2,3,20000"};
  auto as_json = arguments;
  as_json.push_back("--json");
  const auto result = result_of(as_json);
  EXPECT_EQ(result["outputs"], json::parse("[[2,-4,6]]"));
  EXPECT_EQ(result["saturations"], 1);
  auto in_steps = arguments;
  in_steps.push_back("--step");
  const auto steps = run_stoic(in_steps);
  EXPECT_THAT(steps.out, HasSubstr("BUNDLE destination=x length=4 : + x*[two]"));
  EXPECT_THAT(steps.out, HasSubstr("word    0: 2 -4 6 32767"));
}

TEST_F(Command, RunNamesTheFaultOfAProgram) {
  write_file_atomically(path("fault.s"), "LOAD destination=0 length=4\nHALT\n");
  const auto finished = run_stoic({"run", path("fault.s"), "--hw", "compact"});
  EXPECT_EQ(finished.exit_code, 3);
  EXPECT_THAT(finished.err, HasSubstr("program word 0 with STREAM_TIMEOUT"));
}

TEST_F(Command, InfoKnowsEveryKindOfFile) {
  EXPECT_EQ(result_of({"info", path("m.npz"), "--json"})["kind"], "model");
  EXPECT_EQ(result_of({"info", path("m.img"), "--json"})["kind"], "image");
  EXPECT_EQ(result_of({"info", STOIC_SOURCE_DIR "/models/letters-ffesn.json", "--json"})["kind"], "recipe");
  EXPECT_EQ(result_of({"info", STOIC_SOURCE_DIR "/hw-configs/wide.json", "--json"})["kind"],
            "hardware configuration");
}

TEST_F(Command, ModelsAreTheSameToTheByteWithOneAndTwoThreads) {
  for (const auto* threads : {"1", "2"})
    run_stoic({"train", "letters-ffesn", "-o", path(std::string("threads") + threads), "--epochs", "1",
               "--set", "data.train_samples=300", "--threads", threads});
  EXPECT_EQ(read_file(path("threads1")), read_file(path("threads2")));
}

TEST(Usage, MistakesExitWith2AndHelpWith0) {
  EXPECT_EQ(run_stoic({}).exit_code, 2);
  EXPECT_EQ(run_stoic({"trian"}).exit_code, 2);
  EXPECT_EQ(run_stoic({"train"}).exit_code, 2);
  EXPECT_EQ(run_stoic({"eval", "x", "--backend", "hardware"}).exit_code, 3);
  EXPECT_EQ(run_stoic({"--version"}).exit_code, 0);
  for (const auto* subcommand :
       {"demo", "train", "eval", "compile", "export", "compare", "cosim", "run", "info"}) {
    const auto help = run_stoic({subcommand, "--help"});
    EXPECT_EQ(help.exit_code, 0);
    EXPECT_THAT(help.out, HasSubstr("Example: stoic " + std::string(subcommand)));
  }
}

TEST_F(Command, EvalJudgesClassesAndAttractorsAndTakesPixelNoise) {
  const std::string model = STOIC_SOURCE_DIR "/models/letters-sa-node.npz";
  const auto clean = result_of({"eval", model, "--pixel-noise", "0", "--limit", "200", "--json"});
  EXPECT_EQ(clean["accuracy"], 1);
  EXPECT_EQ(clean["strict_accuracy"], 1);
  EXPECT_NEAR(clean["mean_overlap"].get<double>(), 1, 0.01);
  for (const auto& one : clean["classes"])
    for (const auto* key : {"precision", "recall", "f1"}) EXPECT_EQ(one[key], 1);
  const auto noise = result_of({"eval", model, "--pixel-noise", "1", "--limit", "200", "--json"});
  EXPECT_LT(noise["accuracy"], 0.5);
  const auto fixed =
      result_of({"eval", model, "--pixel-noise", "0", "--limit", "200", "--backend", "golden", "--json"});
  EXPECT_NEAR(fixed["mean_overlap"].get<double>(), 1, 0.01);
  EXPECT_FALSE(fixed.contains("strict_accuracy"));  // x(T) does not leave the accelerator
  const auto other = result_of({"eval", path("m.npz"), "--json"});
  EXPECT_FALSE(other.contains("mean_overlap"));
  EXPECT_EQ(other["classes"].size(), 5);
  EXPECT_EQ(run_stoic({"eval", model, "--pixel-noise", "1.5"}).exit_code, 3);
}

TEST_F(Command, AnalyzeShowsAttractorsAndRefusesOtherSystems) {
  const auto result = result_of({"analyze", "attractors", STOIC_SOURCE_DIR "/models/letters-sa-node.npz",
                                 "--samples", "50", "--horizon", "4", "--json"});
  EXPECT_LT(result["attractors"]["residual"], 1e-12);
  EXPECT_LT(result["attractors"]["rate"], 0);
  EXPECT_LT(result["reversed_mean_square"], 1e-4);
  EXPECT_EQ(result["over_time"].back()["strict_accuracy"], 1);
  EXPECT_EQ(result["disturbed"]["mean_square"].size(), 49);
  const auto& steps = result["runge_kutta"];
  EXPECT_LT(steps[4]["error"].get<double>(), steps[3]["error"].get<double>() / 8);
  const auto refused = run_stoic({"analyze", "attractors", path("m.npz")});
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_THAT(refused.err, HasSubstr("sa-node"));
}

}  // namespace command_test
}  // namespace stoic
