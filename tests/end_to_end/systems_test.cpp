// Every dynamical system through the command: trained for a moment, compiled, and on the accelerator bit for
// bit.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "process.hpp"
#include "stoic/sim/io/file.hpp"
#include "temporary_folder.hpp"

namespace stoic {
namespace systems_test {

using nlohmann::json;

/// A system that no recipe among the models is of.
std::string keys_of(const std::string& name) {
  return name == "leaky"       ? R"("dynamics": "leaky", "neurons": 30, "steps": 3)"
         : name == "pendulums" ? R"("dynamics": "pendulums", "pendulums": 10, "duration": 0.3)"
                               : R"("dynamics": "csto", "oscillators": 10, "duration_ps": 40,
                                    "pinned_layer": [0.48, -0.6, 0.64])";
}

class SystemOnDevices : public testing::TestWithParam<const char*> {};

TEST_P(SystemOnDevices, HasTheBitsAndCyclesOfGolden) {
  const TemporaryFolder folder;
  const std::string model = (folder / "m.npz").string(), image = (folder / "m.img").string();
  std::string recipe = GetParam();
  if (!recipe.starts_with("letters-")) {
    recipe = (folder / "r.json").string();
    write_file_atomically(
        recipe, R"({"data": {"set": "letters"}, "inputs": 49, "classes": 5, )" + keys_of(GetParam()) + "}");
  }
  const auto trained = run_stoic({"train", recipe, "-o", model, "--epochs", "1", "--set",
                                  "data.train_samples=300", "--set", "data.test_samples=60"});
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  const auto compiled = run_stoic({"compile", model, "--hw", STOIC_HW, "-o", image});
  if (const auto lack = lack_of_room(compiled, STOIC_HW); !lack.empty()) GTEST_SKIP() << lack;
  ASSERT_EQ(compiled.exit_code, 0) << compiled.err;
  for (const char* backend : {"systemc", "rtl"}) {
    SCOPED_TRACE(backend);
    const auto finished = run_stoic({"cosim", image, "--backend", backend, "--limit", "20", "--json"});
    ASSERT_EQ(finished.exit_code, 0) << finished.err;
    const auto result = json::parse(finished.out);
    EXPECT_EQ(result["samples"], 20);
    EXPECT_EQ(result["differing_bits"], 0);
    EXPECT_EQ(result["differing_cycles"], 0);
  }
}

INSTANTIATE_TEST_SUITE_P(, SystemOnDevices,
                         testing::Values("letters-deep-csto", "letters-lorenz96", "letters-sa-node",
                                         "letters-linear", "letters-mlp", "letters-deep-mlp", "letters-cnn",
                                         "letters-cnn-csto", "leaky", "pendulums", "pinned"),
                         [](const auto& recipe) {
                           std::string name = recipe.param;
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace systems_test
}  // namespace stoic
