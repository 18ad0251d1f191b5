// The application "stream": a series that goes to the accelerator value by value, on the cycle model and the RTL.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "end_to_end/process.hpp"
#include "temporary_folder.hpp"

namespace stoic {
namespace stream_test {

using testing::HasSubstr;

class StreamFirmware : public testing::Test {
 protected:
  void SetUp() override {
    const auto trained =
        run_stoic({"train", "narma10-esn", "-o", path("m.npz"), "--set", "neurons=30", "--set", "density=0.3",
                   "--set", "data.train=400", "--set", "data.validation=100", "--set", "data.test=100"});
    ASSERT_EQ(trained.exit_code, 0) << trained.err;
    const auto compiled =
        run_stoic({"compile", path("m.npz"), "-o", path("m.img"), "--hw", STOIC_HW, "--json"});
    ASSERT_EQ(compiled.exit_code, 0) << compiled.err;
    cycles_ = nlohmann::json::parse(compiled.out)["cycles_per_step"].get<std::int64_t>();
  }
  std::string path(const std::string& name) { return (folder_.path() / name).string(); }
  nlohmann::json streamed(const std::string& backend, const std::string& firmware) {
    const auto run = run_stoic(
        {"cosim", path("m.img"), "--backend", backend, "--firmware", firmware, "--limit", "210", "--json"});
    EXPECT_EQ(run.exit_code, 0) << run.out << run.err;
    return nlohmann::json::parse(run.out, nullptr, false);
  }
  TemporaryFolder folder_;
  std::int64_t cycles_ = 0;
};

TEST_F(StreamFirmware, PredictionsAreGoldensAndEveryStepTakesTheSameTime) {
  for (const auto* backend : {"systemc", "rtl"}) {
    const auto run = streamed(backend, "stream");
    EXPECT_EQ(run["samples"], 210) << backend;
    EXPECT_EQ(run["differing_bits"], 0) << backend;
    EXPECT_EQ(run["differing_cycles"], 0) << backend;
    const auto uart = run["uart"].get<std::string>();
    const auto each = std::to_string(cycles_);
    EXPECT_THAT(uart, HasSubstr("stream: 210 steps, " + each + " to " + each + " cycles each"));
    EXPECT_THAT(uart, HasSubstr("jitter 0\n"));
    EXPECT_THAT(uart, HasSubstr("late values 0, missed deadlines 0\n"));
  }
}

TEST_F(StreamFirmware, ALateValueIsCountedAndTheSeriesGoesOn) {
  const auto run = streamed("systemc", "stream-late");
  EXPECT_EQ(run["samples"], 210);
  EXPECT_EQ(run["differing_bits"], 0);
  EXPECT_THAT(run["uart"].get<std::string>(), HasSubstr("late values 2, missed deadlines 2\n"));
}

}  // namespace stream_test
}  // namespace stoic
