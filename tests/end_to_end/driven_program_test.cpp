// Programs of driven reservoirs on the command line: oscillators, and other series than that of the training.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "driven_command.hpp"
#include "stoic/sim/io/file.hpp"

namespace stoic {
namespace driven_program_test {

using testing::HasSubstr;

class DrivenProgram : public DrivenCommands {};

TEST_F(DrivenProgram, OscillatorsRunOnTheAccelerator) {
  ASSERT_EQ(run_stoic({"train", "narma2-csto", "-o", path("m.npz"), "--set", "oscillators=4", "--set",
                       "drive.nodes=2", "--set", "duration_ps=60", "--set", "data.train=150", "--set",
                       "data.validation=50", "--set", "data.test=50"})
                .exit_code,
            0);
  result_of({"compile", path("m.npz"), "-o", path("m.img"), "--json"});
  for (const auto* backend : {"systemc", "rtl"}) {
    const auto outcome = result_of({"cosim", path("m.img"), "--backend", backend, "--limit", "40",
                                    "--samples-per-start", "3", "--stall-input", "0.3", "--json"});
    EXPECT_EQ(outcome["differing_bits"], 0) << backend;
    EXPECT_EQ(outcome["differing_cycles"], 0) << backend;
  }
}

/// What runs on another series is what was made for the first.
TEST_F(DrivenProgram, AProgramIsOfTheSeriesOfItsTraining) {
  std::string text = "a\n";
  for (int t = 0; t < 400; ++t) text += std::to_string(std::sin(0.3 * t) + std::cos(0.71 * t)) + "\n";
  write_file_atomically(path("s.csv"), text);
  ASSERT_EQ(run_stoic({"train", "narma10-esn",    "-o",    path("m.npz"),
                       "--set", "neurons=20",     "--set", "density=0.5",
                       "--set", "data.set=files", "--set", "data.path=" + path("s.csv"),
                       "--set", "data.train=0",   "--set", "data.validation=0",
                       "--set", "data.test=0",    "--set", "data.washout=20"})
                .exit_code,
            0);
  ASSERT_EQ(run_stoic({"compile", path("m.npz"), "-o", path("m.img")}).exit_code, 0);
  for (const auto& where : {path("m.npz"), path("m.img")})
    EXPECT_EQ(run_stoic({"eval", where, "--backend", "golden"}).err, "");
  EXPECT_EQ(result_of({"eval", path("m.npz"), "--json"})["data_matches"], true);
  std::string other = "a\n";
  for (int t = 0; t < 400; ++t) other += std::to_string(1.3 * std::sin(0.37 * t) + std::cos(0.6 * t)) + "\n";
  write_file_atomically(path("other.csv"), other);
  const auto nrmse = [&](const std::string& what) {
    return result_of(
        {"eval", what, "--backend", "golden", "--set", "data.path=" + path("other.csv"), "--json"})["nrmse"];
  };
  EXPECT_EQ(nrmse(path("m.npz")), nrmse(path("m.img")));
  write_file_atomically(path("s.csv"), other);  // under the old name
  EXPECT_EQ(result_of({"eval", path("m.npz"), "--json"})["data_matches"], false);
  EXPECT_EQ(result_of({"eval", path("m.img"), "--backend", "golden", "--json"})["data_matches"], false);
  for (const auto& where : {path("m.npz"), path("m.img")})
    EXPECT_THAT(run_stoic({"eval", where, "--backend", "golden"}).err,
                HasSubstr("was learnt from another series"));
}

}  // namespace driven_program_test
}  // namespace stoic
