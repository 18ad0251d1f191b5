// The built-in networks that fit the instance which is to be tested, as a user runs them: trained for a
// moment, compiled, on cycle model and RTL bit for bit and cycle by cycle, and through firmware.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "../temporary_folder.hpp"
#include "end_to_end/process.hpp"

namespace stoic {
namespace networks_on_instance_test {

using nlohmann::json;

class NetworkOnInstance : public testing::TestWithParam<const char*> {
 protected:
  /// Trains and compiles; skips, with what the compiler says, what the instance has no room for.
  void SetUp() override {
    const auto trained = run_stoic({"train", GetParam(), "-o", model(), "--epochs", "1", "--set",
                                    "data.train_samples=300", "--set", "data.test_samples=60"});
    ASSERT_EQ(trained.exit_code, 0) << trained.err;
    const auto compiled = run_stoic({"compile", model(), "--hw", STOIC_HW, "-o", image()});
    if (compiled.exit_code == 0) return;
    ASSERT_EQ(compiled.exit_code, 3) << compiled.err;
    ASSERT_EQ(std::count(compiled.err.begin(), compiled.err.end(), '\n'), 1) << compiled.err;
    const auto from = compiled.err.find(": ");
    GTEST_SKIP() << "does not compile: " << compiled.err.substr(from == std::string::npos ? 0 : from + 2);
  }

  json cosim(const std::string& backend, std::vector<std::string> more) {
    std::vector<std::string> arguments{"cosim", image(), "--backend", backend, "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto finished = run_stoic(arguments);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    if (finished.exit_code != 0) return {};
    auto result = json::parse(finished.out);
    EXPECT_EQ(result["differing_bits"], 0);
    EXPECT_EQ(result["differing_cycles"], 0);
    return result;
  }

  std::string model() const { return (folder_ / "m.npz").string(); }
  std::string image() const { return (folder_ / "m.img").string(); }

 private:
  TemporaryFolder folder_;
};

TEST_P(NetworkOnInstance, HasTheBitsAndCyclesOfGolden) {
  for (const char* backend : {"systemc", "rtl"}) {
    SCOPED_TRACE(backend);
    cosim(backend, {"--limit", "4"});
    cosim(backend, {"--limit", "2", "--stall-seed", "5", "--stall-input", "0.4", "--stall-weights", "0.4",
                    "--stall-output", "0.4"});
  }
}

TEST_P(NetworkOnInstance, RunsThroughFirmware) {
  const std::string firmware = STOIC_BINARY_DIR "/firmware/replay.elf";
  if (!std::filesystem::exists(firmware)) GTEST_SKIP() << "needs the RISC-V compiler; run ./dev setup";
  const auto systemc = cosim("systemc", {"--firmware", firmware, "--limit", "1"});
  const auto rtl = cosim("rtl", {"--firmware", firmware, "--limit", "1"});
  for (const auto* key : {"uart", "cycles", "instructions", "bus_accesses", "exceptions"})
    EXPECT_EQ(systemc[key], rtl[key]) << key;
  EXPECT_EQ(rtl["exit_code"], 0);
}

INSTANTIATE_TEST_SUITE_P(, NetworkOnInstance,
                         testing::Values("letters-linear", "letters-ffesn", "letters-mlp", "letters-cnn",
                                         "letters-csto", "letters-deep-csto", "letters-lorenz96",
                                         "letters-sa-node", "letters-cnn-csto"),
                         [](const auto& recipe) {
                           std::string name = recipe.param;
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace networks_on_instance_test
}  // namespace stoic
