// The accelerator's bodies behind the command: bits and cycles of golden, whatever the streams do.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "process.hpp"
#include "stoic/sim/contract/config.hpp"
#include "stoic/sim/io/file.hpp"
#include "temporary_folder.hpp"

namespace stoic {
namespace device_test {

using nlohmann::json;
using testing::HasSubstr;

/// A letters model, trained once, and its images for the instance of the RTL and for another one.
class Devices : public testing::TestWithParam<std::string> {
 protected:
  static void SetUpTestSuite() {
    if (folder_) return;
    folder_ = std::make_unique<TemporaryFolder>();
    const auto trained = run_stoic({"train", "letters-ffesn", "-o", path("m.npz"), "--epochs", "1", "--set",
                                    "data.train_samples=300", "--set", "data.test_samples=60"});
    ASSERT_EQ(trained.exit_code, 0) << trained.err;
    const auto oscillators = run_stoic({"train", "letters-csto", "-o", path("csto.npz"), "--epochs", "1",
                                        "--set", "data.train_samples=300", "--set", "data.test_samples=60"});
    ASSERT_EQ(oscillators.exit_code, 0) << oscillators.err;
    for (const auto& [image, hw] :
         {std::pair("m.img", std::string(STOIC_HW)), std::pair("other.img", other())}) {
      const auto compiled = run_stoic({"compile", path("m.npz"), "--hw", hw, "-o", path(image)});
      if (lack_.empty()) lack_ = lack_of_room(compiled, STOIC_HW);
      if (!lack_.empty()) return;
      ASSERT_EQ(compiled.exit_code, 0) << compiled.err;
    }
  }
  void SetUp() override {
    if (!lack_.empty()) GTEST_SKIP() << lack_;
  }
  static std::string path(const std::string& name) { return (folder_->path() / name).string(); }
  /// An instance that the RTL of this build is not.
  static std::string other() {
    return config_hash(load_hardware_config(STOIC_HW)) == config_hash(load_hardware_config("compact"))
               ? "small"
               : "compact";
  }
  static json result_of(std::vector<std::string> arguments) {
    arguments.emplace_back("--json");
    const auto finished = run_stoic(arguments);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    return json::parse(finished.out);
  }

  static std::unique_ptr<TemporaryFolder> folder_;
  static std::string lack_;  ///< why the model does not fit the instance of the RTL
};
std::unique_ptr<TemporaryFolder> Devices::folder_;
std::string Devices::lack_;

TEST_P(Devices, CosimFindsTheBitsAndCyclesOfGolden) {
  const auto result = result_of({"cosim", path("m.img"), "--backend", GetParam(), "--limit", "20"});
  EXPECT_EQ(result["backend"], GetParam());
  EXPECT_EQ(result["samples"], 20);
  EXPECT_EQ(result["differing_bits"], 0);
  EXPECT_EQ(result["differing_cycles"], 0);
  EXPECT_EQ(result["differing_saturations"], 0);
  EXPECT_GT(result["cycles_per_inference"], 0);
  EXPECT_GT(result["cycles_per_s"], 0);
}

TEST_P(Devices, CosimExplainsEveryCycleWhenStreamsStall) {
  const auto result = result_of({"cosim", path("m.img"), "--backend", GetParam(), "--limit", "12",
                                 "--samples-per-start", "5", "--stall-seed", "7", "--stall-input", "0.9",
                                 "--stall-weights", "0.5", "--stall-output", "0.8"});
  EXPECT_EQ(result["starts"], 3);
  EXPECT_EQ(result["differing_bits"], 0);
  EXPECT_EQ(result["differing_cycles"], 0);
  EXPECT_GT(result["stalls"]["output"], 0);
}

TEST_P(Devices, CosimPrintsTheSameTwiceButForTimes) {
  const auto without_times = [](json result) {
    for (auto it = result.begin(); it != result.end();)
      it = it.key().ends_with("_s") ? result.erase(it) : std::next(it);
    return result.dump();
  };
  const std::vector<std::string> arguments{"cosim", path("m.img"), "--backend", GetParam(), "--limit", "9"};
  EXPECT_EQ(without_times(result_of(arguments)), without_times(result_of(arguments)));
}

TEST_P(Devices, EvalDecidesAsGoldenDoes) {
  const auto golden = result_of({"eval", path("m.img"), "--backend", "golden"});
  const auto image = result_of({"eval", path("m.img"), "--backend", GetParam()});
  const auto model = result_of({"eval", path("m.npz"), "--backend", GetParam(), "--hw", STOIC_HW});
  for (const auto* key : {"samples", "accuracy", "confusion", "saturations"}) {
    EXPECT_EQ(image[key], golden[key]) << key;
    EXPECT_EQ(model[key], golden[key]) << key;
  }
  EXPECT_EQ(image["cycles_per_inference"], model["cycles_per_inference"]);
}

TEST_P(Devices, NoiseReachesThemBitForBit) {
  for (const char* model : {"m.npz", "csto.npz"}) {
    SCOPED_TRACE(model);
    const std::vector<std::string> noise{"--noise-obs", "3", "--noise-dyn", "5", "--noise-trial", "2"};
    std::vector<std::string> compile{"compile", path(model), "--hw", STOIC_HW, "-o", path("noisy.img")};
    compile.insert(compile.end(), noise.begin(), noise.end());
    const auto compiled = run_stoic(compile);
    if (const auto lack = lack_of_room(compiled, STOIC_HW); !lack.empty()) GTEST_SKIP() << lack;
    ASSERT_EQ(compiled.exit_code, 0) << compiled.err;
    const auto cosim = result_of({"cosim", path("noisy.img"), "--backend", GetParam(), "--limit", "15",
                                  "--stall-seed", "3", "--stall-input", "0.3"});
    EXPECT_EQ(cosim["differing_bits"], 0);
    EXPECT_EQ(cosim["differing_cycles"], 0);
    std::vector<std::string> eval{"eval", path(model), "--hw", STOIC_HW, "--backend", GetParam()};
    eval.insert(eval.end(), noise.begin(), noise.end());
    const auto device = result_of(eval);
    const auto golden = result_of({"eval", path("noisy.img"), "--backend", "golden"});
    EXPECT_EQ(device["confusion"], golden["confusion"]);
    EXPECT_EQ(device["noise"]["trial"], 2);
  }
}

TEST_P(Devices, RenormalisedOscillatorsAgreeBitForBit) {
  const auto trained = run_stoic({"train", "letters-csto", "-o", path("unit.npz"), "--epochs", "0", "--set",
                                  "renormalise=true", "--set", "coupling_Oe=745", "--set", "step_ps=20",
                                  "--set", "data.test_samples=20", "--set", "data.train_samples=100"});
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  const auto compiled =
      run_stoic({"compile", path("unit.npz"), "--hw", STOIC_HW, "-o", path("unit.img"), "--listing"});
  if (const auto lack = lack_of_room(compiled, STOIC_HW); !lack.empty()) GTEST_SKIP() << lack;
  ASSERT_EQ(compiled.exit_code, 0) << compiled.err;
  EXPECT_THAT(compiled.out, HasSubstr("m = m / |m|"));
  const auto cosim = result_of({"cosim", path("unit.img"), "--backend", GetParam()});
  EXPECT_EQ(cosim["samples"], 20);
  EXPECT_EQ(cosim["differing_bits"], 0);
  EXPECT_EQ(cosim["differing_cycles"], 0);
}

/// MNIST's files with tiny images: those to train on hold random greys, those to test on are black.
void write_black_mnist(const std::filesystem::path& folder) {
  constexpr int images = 30;
  std::filesystem::create_directories(folder / "mnist");
  for (const std::string set : {"train", "t10k"}) {
    std::string pixels{0, 0, 8, 3, 0, 0, 0, images, 0, 0, 0, 7, 0, 0, 0, 7},
        labels{0, 0, 8, 1, 0, 0, 0, images};
    for (int i = 0; i < images; ++i) labels.push_back(static_cast<char>(i % 5));
    for (int i = 0; i < images * 49; ++i)
      pixels.push_back(set == "train" ? static_cast<char>(i * 37 % 251) : '\0');
    write_file_atomically(folder / "mnist" / (set + "-images-idx3-ubyte"), pixels);
    write_file_atomically(folder / "mnist" / (set + "-labels-idx1-ubyte"), labels);
  }
}

TEST_P(Devices, OscillatorsTakeBlackImagesAsGoldenAndFloatDo) {
  write_black_mnist(path("data"));
  const std::vector<std::string> data{"--data-dir", path("data")};
  const auto with_data = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), data.begin(), data.end());
    return arguments;
  };
  const auto trained = run_stoic(with_data({"train", "letters-csto", "-o", path("black.npz"), "--epochs", "1",
                                            "--set", "data.set=mnist", "--set", "data.pixel_noise=none"}));
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  const auto compiled =
      run_stoic(with_data({"compile", path("black.npz"), "--hw", STOIC_HW, "-o", path("black.img")}));
  if (const auto lack = lack_of_room(compiled, STOIC_HW); !lack.empty()) GTEST_SKIP() << lack;
  ASSERT_EQ(compiled.exit_code, 0) << compiled.err;
  const auto cosim = result_of(with_data({"cosim", path("black.img"), "--backend", GetParam()}));
  EXPECT_EQ(cosim["samples"], 30);
  EXPECT_EQ(cosim["differing_bits"], 0);
  EXPECT_EQ(cosim["differing_cycles"], 0);
  const auto device =
      result_of(with_data({"eval", path("black.npz"), "--hw", STOIC_HW, "--backend", GetParam()}));
  const auto reference = result_of(with_data({"eval", path("black.npz")}));
  EXPECT_EQ(device["confusion"], reference["confusion"]);
}

TEST_P(Devices, AnInferenceHasOneNumberOfCyclesWhoeverIsAsked) {
  const auto compiled = result_of({"compile", path("m.npz"), "--hw", STOIC_HW, "-o", path("again.img")});
  const auto cycles = compiled["cycles"];
  EXPECT_EQ(compiled["cycles_per_inference"], cycles);
  const std::vector<std::vector<std::string>> commands{
      {"eval", path("again.img"), "--backend", "golden", "--limit", "20"},
      {"eval", path("again.img"), "--backend", GetParam(), "--limit", "20"},
      {"cosim", path("again.img"), "--backend", GetParam(), "--limit", "20"},
      {"cosim", path("again.img"), "--backend", GetParam(), "--limit", "20", "--samples-per-start", "7"},
      {"info", path("again.img")},
      {"compare", path("m.npz"), "--hw", STOIC_HW, "--no-word-lengths"}};
  for (const auto& command : commands)
    EXPECT_EQ(result_of(command)["cycles_per_inference"], cycles) << command[0] << " " << command.back();
}

TEST_P(Devices, CompareHasARowForThem) {
  const auto result = result_of({"compare", path("m.npz"), "--hw", STOIC_HW, "--local-samples", "2",
                                 "--backend", GetParam(), "--device-samples", "10"});
  ASSERT_EQ(result["devices"].size(), 1u);
  EXPECT_EQ(result["devices"][0]["backend"], GetParam());
  EXPECT_EQ(result["devices"][0]["differing_bits"], 0);
  EXPECT_EQ(result["devices"][0]["differing_cycles"], 0);
}

TEST_P(Devices, TracesHoldTheWindowAskedFor) {
  const auto trace = [&](const std::string& name, const std::vector<std::string>& window) {
    std::vector<std::string> arguments{
        "cosim",   path("m.img"), "--backend",           GetParam(), "--limit", "6",
        "--trace", path(name),    "--samples-per-start", "1"};
    arguments.insert(arguments.end(), window.begin(), window.end());
    const auto result = result_of(arguments);
    EXPECT_EQ(result["differing_bits"], 0);
    return std::filesystem::file_size(path(name));
  };
  const auto name = GetParam() + ".vcd";
  const auto two = trace(name, {"--trace-samples", "2:3"});
  const auto four = trace(name, {"--trace-samples", "1:4"});
  EXPECT_GT(two, 100u);
  EXPECT_GT(four, two);
}

TEST_P(Devices, TheResultIsTheSameToTheByteWithTraces) {
  const auto result = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"cosim", path("m.img"), "--backend", GetParam(), "--limit", "6"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    auto all = result_of(arguments);
    for (const auto* time : {"run_s", "cycles_per_s", "samples_per_s"}) all.erase(time);
    return all.dump();
  };
  const auto plain = result({});
  EXPECT_EQ(plain, result({}));
  EXPECT_EQ(plain, result({"--trace", path("same.vcd")}));
  if (GetParam() == "rtl") {
    EXPECT_EQ(plain, result({"--trace", path("same.fst")}));
  }
}

INSTANTIATE_TEST_SUITE_P(Bodies, Devices, testing::Values("systemc", "rtl"),
                         [](const auto& body) { return body.param; });

TEST_F(Devices, RtlOfAnotherInstanceIsRefusedWithTheRemedy) {
  for (const auto& arguments : {std::vector<std::string>{"cosim", path("other.img"), "--backend", "rtl"},
                                {"eval", path("other.img"), "--backend", "rtl"},
                                {"eval", path("m.npz"), "--backend", "rtl", "--hw", other()},
                                {"compare", path("m.npz"), "--backend", "rtl", "--hw", other()}}) {
    const auto finished = run_stoic(arguments);
    EXPECT_EQ(finished.exit_code, 3) << finished.out;
    EXPECT_THAT(finished.err, HasSubstr("./dev build --hw FILE.json"));
    EXPECT_THAT(finished.err, HasSubstr("is for the instance " + other()));
    EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 1) << finished.err;
  }
}

TEST_F(Devices, TheCycleModelTakesAnyInstance) {
  const auto result = result_of({"cosim", path("other.img"), "--backend", "systemc", "--limit", "10"});
  EXPECT_EQ(result["hw"], other());
  EXPECT_EQ(result["differing_bits"], 0);
  EXPECT_EQ(result["differing_cycles"], 0);
}

TEST_F(Devices, AMissingOptionOfCosimExitsWith2AndABadOneWith3) {
  const auto exit_code = [](const std::vector<std::string>& arguments) {
    return run_stoic(arguments).exit_code;
  };
  EXPECT_EQ(exit_code({"cosim", path("m.img")}), 2);
  EXPECT_EQ(exit_code({"cosim", path("m.img"), "--backend", "golden"}), 3);
  EXPECT_EQ(exit_code({"cosim", path("m.img"), "--backend", "rtl", "--stall-input", "1"}), 3);
  EXPECT_EQ(exit_code({"cosim", path("m.img"), "--backend", "rtl", "--trace", path("x.txt")}), 3);
  EXPECT_EQ(exit_code({"cosim", path("m.img"), "--backend", "rtl", "--trace-samples", "0:1"}), 3);
  EXPECT_EQ(exit_code({"cosim", path("m.img"), "--backend", "rtl", "--trace", path("x.vcd"), "--trace-cycles",
                       "5:4"}),
            3);
  EXPECT_EQ(exit_code({"cosim", path("m.npz"), "--backend", "systemc"}), 3);
  EXPECT_EQ(exit_code({"cosim", path("none.img"), "--backend", "systemc"}), 3);
  const auto missing_folder = path("none/x.vcd");
  EXPECT_EQ(exit_code({"cosim", path("m.img"), "--backend", "rtl", "--trace", missing_folder}), 3);
  EXPECT_EQ(exit_code({"cosim", path("m.img"), "--backend", "systemc", "--trace", missing_folder}), 3);
  EXPECT_EQ(exit_code({"cosim", path("m.img"), "--backend", "systemc", "--limit", "3", "--trace",
                       path("y.vcd"), "--trace-samples", "5:6"}),
            3);
}

}  // namespace device_test
}  // namespace stoic
