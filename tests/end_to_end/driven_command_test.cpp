// Time series on the command line: train, eval, info, what is refused.
#include "driven_command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "stoic/host/model/npz.hpp"
#include "stoic/sim/contract/config.hpp"
#include "stoic/sim/io/file.hpp"

namespace stoic {
namespace driven_command_test {

using testing::HasSubstr;

class DrivenCommand : public DrivenCommands {
 protected:
  void refuse(const std::vector<std::string>& arguments, const std::string& words) {
    const auto finished = run_stoic(arguments);
    EXPECT_EQ(finished.exit_code, 3) << finished.out << finished.err;
    EXPECT_THAT(finished.err, HasSubstr(words));
    EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 1) << finished.err;
    EXPECT_FALSE(std::filesystem::exists(path("out.npz")));
  }
};

TEST_F(DrivenCommand, TrainsEvaluatesAndTellsOfASeries) {
  const auto model = path("mg.npz");
  const auto trained = result_of({"train", "mackey-glass-esn", "-o", model, "--json", "--set",
                                  "data.train=800", "--set", "data.validation=200", "--set", "data.test=300",
                                  "--set", "data.free_run=100", "--set", "data.free_runs=3"});
  EXPECT_LT(trained["nrmse"].get<double>(), 0.05);
  EXPECT_NEAR(trained["nrmse"].get<double>() * trained["nrmse"].get<double>(), trained["nmse"].get<double>(),
              1e-15);
  EXPECT_EQ(trained["free_runs"]["smape"].size(), 3U);
  EXPECT_LT(trained["conditional_exponent"].get<double>(), 0);
  EXPECT_TRUE(trained["memory_capacity"].is_null());
  const auto same = result_of({"eval", model, "--json", "-o", path("predictions.npz")});
  EXPECT_EQ(same["nrmse"], trained["nrmse"]);
  EXPECT_EQ(same["valid_time"], trained["valid_time"]);
  EXPECT_EQ(NpzReader(path("predictions.npz")).header("predictions").shape,
            (std::vector<std::int64_t>{300, 1}));
  const auto states = result_of({"eval", model, "--json", "--states", "all", "-o", path("states")});
  EXPECT_EQ(states["nrmse"], trained["nrmse"]);
  const std::int64_t steps = 200 + 800 + 200 + 300;  // washout, training, validation, test
  for (const char* name : {"x", "features"})
    EXPECT_EQ(NpzReader(path("states") + "/" + name + ".npz").header("float").shape,
              (std::vector<std::int64_t>{steps, 100}))
        << name;
  refuse({"eval", model, "--states", "z", "-o", path("states")},
         "no vector of a driven reservoir is called z");
  refuse({"eval", model, "--states", "x", "--backend", "golden", "-o", path("states")},
         "leave out --backend");
  const auto other = result_of({"eval", model, "--json", "--set", "data.seed=9"});
  EXPECT_NE(other["nrmse"], trained["nrmse"]);
  EXPECT_LT(other["nrmse"].get<double>(), 0.05);
  EXPECT_EQ(result_of({"info", model, "--json"})["kind"], "driven model");
  EXPECT_EQ(result_of({"info", "narma2-csto", "--json"})["kind"], "recipe of a driven reservoir");
  // the same command gives the same bytes
  const auto bytes = read_file(model);
  result_of({"train", "mackey-glass-esn", "-o", model, "--json", "--set", "data.train=800", "--set",
             "data.validation=200", "--set", "data.test=300", "--set", "data.free_run=100", "--set",
             "data.free_runs=3", "--threads", "2"});
  EXPECT_EQ(read_file(model), bytes);
}

TEST_F(DrivenCommand, ColumnsOfAFileAreASeries) {
  std::string text = "pressure;flow\n";
  for (int t = 0; t < 600; ++t)
    text += std::to_string(std::sin(0.1 * t)) + ";" + std::to_string(std::cos(0.1 * t)) + "\n";
  write_file_atomically(path("pump.csv"), text);
  const std::vector<std::string> command{"train",          "laser-esn", "-o",
                                         path("out.npz"),  "--json",    "--set",
                                         "data.set=files", "--set",     "data.path=" + path("pump.csv"),
                                         "--set",          "neurons=30"};
  auto with = command;
  with.insert(with.end(), {"--set", R"(data.targets=["flow"])"});
  const auto result = result_of(with);
  EXPECT_LT(result["nrmse"].get<double>(), 0.05);
  EXPECT_EQ(result["nmse_of"].size(), 1U);
  EXPECT_TRUE(result["nmse_of"].contains("flow"));
  std::filesystem::remove(path("out.npz"));
  const auto refuse_file = [&](const std::string& content, const std::string& words) {
    write_file_atomically(path("pump.csv"), content);
    refuse(command, words);
  };
  refuse_file("a\n1\n2\n", "data.washout takes 100; take a shorter washout");
  refuse_file("a,b\n1,2\n3\n", "line 3 has 1 cells");
  refuse_file("a\n1\nnan\n2\n", "is nan");
  refuse_file("a\n5\n5\n5\n", "is 5 at every step");
}

TEST_F(DrivenCommand, WhatMeansNothingIsRefused) {
  refuse({"train", "narma10-esn", "-o", path("out.npz"), "--epochs", "3", "--holdout", "5"},
         "--epochs, --holdout");
  refuse({"train", "narma10-esn", "-o", path("out.npz"), "--set", "data.washout=-1"}, "washout");
  refuse({"train", "narma10-esm", "-o", path("out.npz")}, "did you mean narma10-esn?");
  refuse({"train", "narma10-esn", "-o", path("out.npz"), "--set", "neuron=9"}, "did you mean");
  ASSERT_EQ(
      run_stoic({"train", "narma10-esn", "-o", path("m.npz"), "--set", "neurons=20", "--set", "density=0.5"})
          .exit_code,
      0);
  refuse({"eval", path("m.npz"), "--limit", "5"}, "--limit");
  refuse({"eval", path("m.npz"), "--set", "neurons=5"}, "only the keys of \"data\"");
  refuse({"eval", path("m.npz"), "--set", "data.set=lorenz63"}, "has 1 inputs and 1 outputs");
  refuse({"compile", path("m.npz"), "-o", path("out.npz"), "--noise-obs", "5"}, "noise");
  refuse({"compare", path("m.npz"), "--limit", "5", "--noise-samples", "3"}, "is a driven reservoir");
}

TEST_F(DrivenCommand, AStreamOnTheAcceleratorIsGoldensWhateverPauses) {
  ASSERT_EQ(
      run_stoic({"train", "narma10-esn", "-o", path("m.npz"), "--set", "neurons=40", "--set", "density=0.3",
                 "--set", "data.train=600", "--set", "data.validation=200", "--set", "data.test=200"})
          .exit_code,
      0);
  const auto compiled =
      result_of({"compile", path("m.npz"), "-o", path("m.img"), "--hw", STOIC_HW, "--json"});
  const auto fixed = result_of({"eval", path("m.img"), "--backend", "golden", "--json"});
  EXPECT_EQ(fixed["cycles_per_step"], compiled["cycles"]);
  EXPECT_LT(fixed["nrmse"].get<double>(), 1);
  for (const auto* backend : {"systemc", "rtl"}) {
    const auto outcome =
        result_of({"cosim", path("m.img"), "--backend", backend, "--limit", "300", "--samples-per-start", "7",
                   "--stall-input", "0.3", "--stall-output", "0.2", "--stall-weights", "0.1", "--json"});
    EXPECT_EQ(outcome["differing_bits"], 0) << backend;
    EXPECT_EQ(outcome["differing_cycles"], 0) << backend;
    EXPECT_EQ(outcome["steps"], 300) << backend;
    EXPECT_EQ(outcome["starts"], 43) << backend;
    EXPECT_EQ(outcome["cycles_per_step"], compiled["cycles"]) << backend;
  }
  refuse({"eval", path("m.img")}, "is an image");
  refuse({"eval", path("m.img"), "--backend", "golden", "--set", "data.set=memory"}, "the image 1 and 1");
  refuse({"cosim", path("m.img"), "--backend", "systemc", "--trace", path("out.vcd")}, "--trace");
}

/// States of two words, u and y that stand several times, read-outs of three parts.
TEST_F(DrivenCommand, AReservoirThatRunsFreeIsGoldensOnEveryDevice) {
  ASSERT_EQ(run_stoic({"train", "lorenz63-esn", "-o", path("m.npz"), "--set", "neurons=40", "--set",
                       "density=0.3", "--set", "data.train=600", "--set", "data.validation=200", "--set",
                       "data.test=200", "--set", "data.free_run=50", "--set", "data.free_runs=2"})
                .exit_code,
            0);
  const auto compiled =
      result_of({"compile", path("m.npz"), "-o", path("m.img"), "--hw", STOIC_HW, "--json"});
  EXPECT_EQ(compiled["weight_parts"], 3);
  for (const auto* backend : {"systemc", "rtl"}) {
    const auto outcome =
        result_of({"cosim", path("m.img"), "--backend", backend, "--limit", "200", "--samples-per-start", "7",
                   "--stall-input", "0.3", "--stall-output", "0.2", "--json"});
    EXPECT_EQ(outcome["differing_bits"], 0) << backend;
    EXPECT_EQ(outcome["differing_cycles"], 0) << backend;
    EXPECT_EQ(outcome["cycles_per_step"], compiled["cycles"]) << backend;
  }
}

TEST_F(DrivenCommand, IsComparedInFloatAndFixedPoint) {
  result_of({"train", "mackey-glass-esn", "-o", path("m.npz"), "--json", "--set", "neurons=20", "--set",
             "data.train=400", "--set", "data.validation=100", "--set", "data.test=100", "--set",
             "data.free_run=50", "--set", "data.free_runs=2"});
  const auto eval = result_of({"eval", path("m.npz"), "--backend", "golden", "--hw", STOIC_HW, "--json"});
  const std::vector<std::string> command{
      "compare",          path("m.npz"), "--hw",      STOIC_HW,  "-o",        path("report"),
      "--noise-trials",   "2",           "--backend", "systemc", "--backend", "rtl",
      "--device-samples", "30",          "--json"};
  const auto result = result_of(command);
  EXPECT_EQ(result["float"]["nrmse"], eval["float_nrmse"]);
  EXPECT_EQ(result["golden"]["nrmse"], eval["nrmse"]);
  EXPECT_EQ(result["rounded_float_nrmse"], eval["rounded_float_nrmse"]);
  EXPECT_EQ(result["golden"]["free_runs"], eval["free_runs"]);
  EXPECT_EQ(result["saturations"], eval["saturations"]);
  std::int64_t covered = 0;
  for (const auto& stretch : result["drift"]) {
    EXPECT_EQ(stretch["first"], covered);
    EXPECT_LE(stretch["rms"], stretch["largest"]);
    covered += stretch["steps"].get<std::int64_t>();
  }
  EXPECT_EQ(covered, 100);
  ASSERT_EQ(result["word_lengths"].size(), 36u);
  const auto hw = load_hardware_config(STOIC_HW);
  for (const auto& cell : result["word_lengths"])
    if (cell["state_width"] == hw.state_width && cell["weight_width"] == hw.weight_width) {
      EXPECT_EQ(cell["nrmse"], result["golden"]["nrmse"]) << "the instance is one of its word lengths";
    }
  // With 1000 times as much signal as noise it matters less than with a tenth.
  ASSERT_EQ(result["noise"].size(), 16u);
  EXPECT_GT(result["noise"].front()["nrmse_fixed"], 2 * result["noise"].back()["nrmse_fixed"].get<double>());
  ASSERT_EQ(result["devices"].size(), 2u);
  for (const auto& device : result["devices"]) {
    EXPECT_EQ(device["steps"], 30);
    EXPECT_EQ(device["differing_bits"], 0);
    EXPECT_EQ(device["differing_cycles"], 0);
    EXPECT_EQ(device["cycles_per_step"], result["cycles_per_step"]);
  }
  for (const auto* name : {"report.html", "report.json", "outputs.svg", "drift.svg", "free-run.svg",
                           "word-lengths.svg", "noise.svg", "drift.csv", "word_lengths.csv", "noise.csv"})
    EXPECT_TRUE(std::filesystem::exists(folder_ / "report" / name)) << name;
  const auto bytes = read_file(folder_ / "report/report.json");
  result_of(command);
  EXPECT_EQ(read_file(folder_ / "report/report.json"), bytes);
}

TEST_F(DrivenCommand, AModelIsRefusedASeriesOfAnotherShapeByEveryCommand) {
  const auto table = [](int columns, bool varies) {
    std::string text = "a";
    for (int c = 1; c < columns; ++c) text += std::string(",") + static_cast<char>('a' + c);
    text += "\n";
    for (int t = 0; t < 400; ++t)
      for (int c = 0; c < columns; ++c)
        text +=
            std::to_string(varies || t < 250 ? std::sin(t * (1 + c)) : 0.3) + (c + 1 < columns ? "," : "\n");
    return text;
  };
  write_file_atomically(path("s.csv"), table(1, true));
  ASSERT_EQ(run_stoic({"train", "narma10-esn",        "-o",    path("m.npz"),
                       "--set", "data.set=files",     "--set", "data.path=" + path("s.csv"),
                       "--set", "neurons=10",         "--set", "density=0.5",
                       "--set", "data.washout=20",    "--set", "data.train=200",
                       "--set", "data.validation=50", "--set", "data.test=100"})
                .exit_code,
            0);
  write_file_atomically(path("s.csv"), table(3, true));
  for (const auto& command :
       std::vector<std::vector<std::string>>{{"eval", path("m.npz")},
                                             {"compile", path("m.npz"), "-o", path("out.npz")},
                                             {"compare", path("m.npz"), "--hw", STOIC_HW},
                                             {"analyze", "capacity", path("m.npz"), "--samples", "1000"}})
    refuse(command, "has 1 inputs and 1 outputs, the series");
  write_file_atomically(path("s.csv"), table(1, false));
  refuse({"eval", path("m.npz")}, "does not vary in the 100 steps of the test");
}

TEST_F(DrivenCommand, ItsCapacityIsAnalysed) {
  const auto capacity = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments{"analyze",        "capacity",  "narma10-esn", "--set",
                                       "neurons=20",     "--set",     "density=0.5", "--set",
                                       "data.train=300", "--samples", "4000",        "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return result_of(arguments);
  };
  const auto result = capacity({"--degree", "2", "-o", path("report")});
  EXPECT_EQ(result["rank"], 20);
  EXPECT_EQ(result["degrees"].size(), 2u);
  EXPECT_GT(result["degrees"][0]["capacity"], 5);
  EXPECT_LT(result["total"], 20.5);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "report/delays.svg"));
  EXPECT_EQ(capacity({"--degree", "2", "--threads", "2"})["total"], result["total"]);
  EXPECT_NE(capacity({"--degree", "2", "--seed", "2"})["total"], result["total"]);
  refuse({"analyze", "capacity", "letters-ffesn"}, "no recipe of a driven reservoir");
  refuse({"analyze", "capacity", "narma10-esn", "--samples", "500"}, "take at least 2000");
  refuse({"analyze", "capacity", "narma10-esn", "--set", "drive.feedback=0.5"}, "set drive.feedback=0");
}

TEST_F(DrivenCommand, ItsTaskIsMeasuredOverKeys) {
  const auto forecast = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments{"analyze",        "forecast", "narma10-esn",        "--set",
                                       "data.train=300", "--set",    "data.test=200",      "--set",
                                       "density=0.5",    "--set",    "data.validation=100"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    arguments.emplace_back("--json");
    return result_of(arguments);
  };
  const auto curve =
      forecast({"--over", "neurons", "5,40", "--seeds", "2", "--hw", STOIC_HW, "-o", path("report")});
  ASSERT_EQ(curve["points"].size(), 2u);
  EXPECT_GT(curve["points"][0]["nrmse"], curve["points"][1]["nrmse"]) << "more neurons know more";
  for (const auto& point : curve["points"]) {
    EXPECT_EQ(point["nrmse_of"].size(), 2u);
    EXPECT_NEAR(point["nrmse"].get<double>(),
                (point["nrmse_of"][0].get<double>() + point["nrmse_of"][1].get<double>()) / 2, 1e-12);
    EXPECT_LT(point["nrmse_low"], point["nrmse"]);
    EXPECT_NEAR(point["fixed_nrmse"].get<double>() / point["nrmse"].get<double>(), 1, 0.2);
  }
  EXPECT_TRUE(std::filesystem::exists(folder_ / "report/fixed_nrmse.svg"));
  // one seed by itself is what train says of it
  const auto one = forecast({"--seeds", "1", "--set", "neurons=5"});
  const auto trained = result_of({"train", "narma10-esn", "-o", path("m.npz"), "--set", "data.train=300",
                                  "--set", "data.test=200", "--set", "density=0.5", "--set",
                                  "data.validation=100", "--set", "neurons=5", "--json"});
  EXPECT_EQ(one["points"][0]["nrmse"], trained["nrmse"]);
  EXPECT_EQ(one["points"][0]["nrmse"], curve["points"][0]["nrmse_of"][0]);
  const auto wild =
      result_of({"analyze", "forecast", "memory-esn", "--set", "neurons=10", "--set", "data.delays=5",
                 "--over", "spectral_radius", "0.5,9", "--seeds", "1", "--json"});
  EXPECT_TRUE(wild["points"][1].contains("diverged")) << wild.dump();
  EXPECT_GT(wild["points"][0]["memory_capacity"], 4);
  const auto held = result_of({"analyze", "forecast", "narma10-esn", "--over", "neurons", "10,400,12",
                               "--seeds", "1", "--set", "density=0.5", "--set", "data.train=300", "--set",
                               "data.test=100", "--hw", "compact", "--json"});
  EXPECT_TRUE(held["points"][0].contains("fixed_nrmse"));
  EXPECT_FALSE(held["points"][1].contains("fixed_nrmse"));
  EXPECT_NE(held["points"][1]["obstacle"], "");
  EXPECT_EQ(held["points"][1]["fixed_missing_seeds"], 1);
  EXPECT_TRUE(held["points"][2].contains("fixed_nrmse")) << "one that has no room ends nothing";
  EXPECT_EQ(run_stoic({"analyze", "forecast", "narma10-esn", "--shard", "1/2", "-o", path("x")}).exit_code,
            3);
  refuse({"analyze", "forecast", "narma10-esn", "--hw", "tinny"}, "tinny");
  refuse({"analyze", "forecast", "letters-ffesn"}, "no recipe of a driven reservoir");
  refuse({"analyze", "forecast", "narma10-esn", "--over", "neuron", "5,9"}, "did you mean");
}

TEST_F(DrivenCommand, SweepsAreJudgedByTheTask) {
  const auto file = [&](const std::string& name, const std::string& text) {
    write_file_atomically(path(name), text);
    return path(name);
  };
  const std::string set =
      R"("set": {"data.train": 300, "data.test": 200, "data.validation": 100, "density": 0.5})";
  const auto sweep =
      file("s.json", R"({"name": "how many know enough", "recipe": "narma10-esn", "seeds": [4, 9], )" + set +
                         R"(, "hw": ")" STOIC_HW R"(", "grid": {"neurons": [5, 40], "leak": [0.5, 1]}})");
  const auto plan = result_of({"sweep", sweep, "-o", path("out"), "--plan", "--json"});
  EXPECT_EQ(plan["missing"].size(), 4u);
  EXPECT_GT(plan["estimated_s"].get<double>(), 0);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out"));
  const auto result = result_of({"sweep", sweep, "-o", path("out"), "--json"});
  ASSERT_EQ(result["points"].size(), 4u);
  EXPECT_EQ(result["points"][1]["leak"], 1);
  EXPECT_EQ(result["points"][2]["neurons"], 40);
  EXPECT_GT(result["points"][0]["nrmse"], result["points"][2]["nrmse"]) << "more neurons know more";
  EXPECT_GT(result["points"][3]["fixed_nrmse"].get<double>(), 0);
  for (const auto* name : {"out/report.html", "out/nrmse.svg", "out/points.csv"})
    EXPECT_TRUE(std::filesystem::exists(folder_ / name)) << name;
  EXPECT_THAT(read_file(folder_ / "out/report.html"), HasSubstr("how many know enough"));
  EXPECT_EQ(result_of({"sweep", sweep, "-o", path("out"), "--plan", "--json"})["there"].size(), 4u);
  // a seed by itself is what train says of it
  const auto trained =
      result_of({"train", "narma10-esn", "-o", path("m.npz"), "--set", "data.train=300", "--set",
                 "data.test=200", "--set", "density=0.5", "--set", "data.validation=100", "--set",
                 "neurons=5", "--set", "leak=0.5", "--seed", "9", "--json"});
  EXPECT_EQ(result["points"][0]["nrmse_of"][1], trained["nrmse"]);
  // parts make the whole, whatever the number of threads
  for (const auto* part : {"1/2", "2/2"})
    EXPECT_EQ(run_stoic({"sweep", sweep, "-o", path("part" + std::string(1, part[0])), "--shard", part,
                         "--threads", "1"})
                  .exit_code,
              0);
  const auto merged =
      result_of({"sweep", sweep, "-o", path("all"), "--merge", path("part1"), path("part2"), "--json"});
  EXPECT_EQ(merged["points"], result["points"]);
  EXPECT_EQ(read_file(folder_ / "all/points.csv"), read_file(folder_ / "out/points.csv"));

  const auto seeds = file("seeds.json", R"({"recipe": "narma10-esn", )" + set +
                                            R"(, "grid": {"seed": [4, 9], "leak": [0.5], "neurons": [5]}})");
  const auto of_seeds = result_of({"sweep", seeds, "-o", path("seeds"), "--json"});
  EXPECT_EQ(of_seeds["points"][1]["nrmse"], trained["nrmse"]);
  const auto refused = [&](const std::string& rest, const std::string& words) {
    refuse({"sweep", file("bad.json", R"({"recipe": "narma10-esn", )" + rest + "}"), "-o", path("no")},
           words);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "no"));
  };
  refused(R"("grid": {"neurons": [5]}, "holdout": 10)", "\"holdout\" is of networks that classify");
  refused(R"("grid": {"neurons": [5]}, "hw": "tinny")", "tinny");
  refused(R"("grid": {"neurons": [5, 5000]})", "5000");
  refused(R"("grid": {"neuron": [5]})", "neuron");
  refused(R"("grid": {"neurons": [5]}, "set": {"neurons": 6})", "neurons");
  const auto other = file("other.json", R"({"recipe": "narma10-esn", "seeds": [4], )" + set +
                                            R"(, "grid": {"neurons": [5, 40], "leak": [0.5, 1]}})");
  refuse({"sweep", other, "-o", path("out")}, "holds the points of another curve");
  const auto networks = file("networks.json", R"({"recipe": "letters-ffesn", "grid": {"steps": [1, 2]}})");
  refuse({"sweep", networks, "-o", path("out")}, "holds the points of an analysis");
  refuse({"sweep", file("bad.json", R"({"recipe": "narma10-esx", "hw": "default", "grid": {"leak": [1]}})"),
          "-o", path("no")},
         "narma10-esx");
  const auto broken = file("broken.json", R"({"dynamics": "esn", )");
  refuse({"sweep",
          file("bad.json", R"({"recipe": ")" + broken + R"(", "hw": "default", "grid": {"leak": [1]}})"),
          "-o", path("no")},
         "broken.json");
  refuse({"sweep", sweep, "-o", path("more"), "--shard", "5/5", "--plan"}, "this part has none");
  refused(R"("grid": {"leak": [1]}, "set": {"data.set": "files", "data.path": ")" +
              file("few.csv", "a\n1\n2\n3\n") + "\"}",
          "shorter washout");
}

TEST_F(DrivenCommand, AReservoirWithoutEchoStatesIsWarnedOf) {
  const auto finished =
      run_stoic({"train", "narma10-esn", "-o", path("m.npz"), "--set", "spectral_radius=4", "--set",
                 "density=0.5", "--set", "neurons=60", "--set", "drive.input_scale=0.05", "--json"});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_THAT(finished.err, HasSubstr("echo-state property is violated"));
  EXPECT_GT(nlohmann::json::parse(finished.out)["conditional_exponent"].get<double>(), 0);
}

}  // namespace driven_command_test
}  // namespace stoic
