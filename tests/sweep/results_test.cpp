#include <gmock/gmock.h>

#include <fstream>

#include "model_recipes.hpp"
#include "report/markup_check.hpp"
#include "stoic/host/sweep/plots.hpp"
#include "stoic/host/sweep/run.hpp"
#include "stoic/sim/io/file.hpp"
#include "temporary_folder.hpp"

namespace stoic {
namespace results_test {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// Writes the cells that `accuracy` gives a number for, each as if trained for two epochs.
void write_cells(const Sweep& sweep, const std::filesystem::path& folder,
                 const std::function<std::optional<double>(const SweepCell&)>& accuracy) {
  for (const auto& cell : sweep_cells(sweep))
    if (const auto value = accuracy(cell))
      std::ofstream(folder / cell.file_name) << cell_text(
          cell, sweep, {.accuracy = {0.2, *value}, .loss = {1, 1}, .chance = 0.2, .judged = 1000});
}

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(Results, OfMissingCellsAreGapsThatSaySo) {
  const TemporaryFolder folder;
  const auto sweep = sweep_of(R"({"recipe": "letters-ffesn", "seeds": [1, 2],
                                  "grid": {"spectral_radius": [1, 1.5], "steps": [1, 2]}})");
  write_cells(sweep, folder.path(), [](const SweepCell& cell) {
    return cell.index == 1 || cell.index == 2 || cell.index == 3 ? std::nullopt : std::optional(0.9);
  });
  write_sweep_results(sweep, folder.path());
  EXPECT_EQ(content(folder / "table.csv"),
            "spectral_radius,steps,seeds,accuracy,accuracy_spread,error_log10,epoch_of_convergence,diverged,"
            "converged,missing\n"
            "1,1,1,0.9,,1.0,2.0,0,1,1\n"
            "1.5,1,0,,,,,0,0,2\n"
            "1,2,2,0.9,0.0,1.0,2.0,0,2,0\n"
            "1.5,2,2,0.9,0.0,1.0,2.0,0,2,0\n");
  const auto picture = content(folder / "accuracy.svg");
  EXPECT_EQ(markup_fault(picture), "");
  EXPECT_THAT(picture, AllOf(HasSubstr(">?</text>"), HasSubstr("3 of 8 cells missing"),
                             HasSubstr("1 seed missing"), HasSubstr("2 seeds missing")));
}

TEST(Results, OfCellsAtChanceLevelHaveNoEpochOfConvergence) {
  const TemporaryFolder folder;
  const auto sweep = sweep_of(R"({"recipe": "letters-ffesn", "grid": {"steps": [1, 2]}})");
  write_cells(sweep, folder.path(), [](const SweepCell&) { return 0.21; });
  write_sweep_results(sweep, folder.path());
  EXPECT_THAT(content(folder / "table.csv"), HasSubstr("1,1,0.21,,0.1024,,0,0,0\n"));
}

TEST(Plots, OfOneAxisAreLinesWithTheSpreadOfTheSeeds) {
  const TemporaryFolder folder;
  const auto sweep = sweep_of(R"({"name": "coupling", "recipe": "letters-csto", "seeds": [1, 2, 3],
    "grid": {"coupling_Oe": {"from": 0.1, "to": 100, "count": 4, "scale": "logarithmic"}}})");
  write_cells(sweep, folder.path(),
              [](const SweepCell& cell) { return 0.8 + 0.01 * static_cast<double>(cell.index % 4); });
  const auto plots = sweep_plots(sweep, grid_points(sweep, folder.path()));
  ASSERT_EQ(plots.size(), 2u);
  EXPECT_EQ(plots[0].file_name, "accuracy.svg");
  EXPECT_EQ(plots[1].file_name, "convergence.svg");
  for (const auto& plot : plots) EXPECT_EQ(markup_fault(plot.svg), "");
  EXPECT_THAT(plots[0].svg,
              AllOf(HasSubstr(">coupling<"), HasSubstr("accuracy after the last epoch, mean of 3 seeds"),
                    HasSubstr("coupling_Oe (Oe)"), HasSubstr("accuracy (%)"),
                    HasSubstr("standard deviation over the seeds"), HasSubstr("class=\"bar0\"")));
  // Ticks of a logarithmic axis.
  EXPECT_THAT(plots[0].svg,
              AllOf(HasSubstr(">0.1</text>"), HasSubstr(">10</text>"), HasSubstr(">100</text>")));
  EXPECT_THAT(plots[1].svg, HasSubstr("first epoch within 0.05 points of the best"));
}

TEST(Plots, OfTextsNameEachValue) {
  const TemporaryFolder folder;
  const auto sweep =
      sweep_of(R"({"recipe": "letters-ffesn", "grid": {"training.optimizer": ["sgd", "adam"]}})");
  write_cells(sweep, folder.path(), [](const SweepCell&) { return 0.9; });
  const auto plots = sweep_plots(sweep, grid_points(sweep, folder.path()));
  EXPECT_THAT(plots.at(0).svg, AllOf(HasSubstr(">sgd</text>"), HasSubstr(">adam</text>"),
                                     HasSubstr("one seed"), Not(HasSubstr("mean of"))));
}

TEST(Plots, OfTwoAxesSayKeysUnitsAndTheEpoch) {
  const TemporaryFolder folder;
  const auto sweep = sweep_of(R"({"recipe": "letters-csto", "set": {"step_ps": 10},
    "grid": {"coupling_Oe": [1, 2], "duration_ps": [100, 200]}})");
  write_cells(sweep, folder.path(), [](const SweepCell&) { return 0.9; });
  const auto plots = sweep_plots(sweep, grid_points(sweep, folder.path()));
  EXPECT_THAT(plots.at(0).svg, AllOf(HasSubstr("coupling_Oe (Oe)"), HasSubstr("duration_ps (ps)"),
                                     HasSubstr("accuracy after the last epoch")));
}

TEST(Plots, OfThreeAxesAreAPairForEachValueOfTheThird) {
  const TemporaryFolder folder;
  const auto sweep = sweep_of(R"({"recipe": "letters-csto", "set": {"step_ps": 10},
    "grid": {"coupling_Oe": [1, 2], "current_mA": [2, 3], "duration_ps": [100, 200, 300]}})");
  EXPECT_EQ(sweep_cells(sweep).size(), 12u);
  write_cells(sweep, folder.path(), [](const SweepCell&) { return 0.9; });
  const auto plots = sweep_plots(sweep, grid_points(sweep, folder.path()));
  ASSERT_EQ(plots.size(), 6u);
  EXPECT_EQ(plots[2].file_name, "accuracy-002.svg");
  EXPECT_THAT(plots[2].svg, HasSubstr("duration_ps = 200 ps"));
  for (const auto& plot : plots) EXPECT_EQ(markup_fault(plot.svg), "");
}

TEST(Plan, SaysWhatIsThereAndWritesNothing) {
  const TemporaryFolder folder;
  const auto sweep = sweep_of(R"({"recipe": "letters-ffesn", "set": {"training.epochs": 2, "neurons": 10,
    "data.train_samples": 100, "data.test_samples": 50}, "grid": {"steps": [1, 2, 3]}})");
  SweepRun run{.folder = folder / "out", .threads = 1, .load_recipe = load_model_recipe};
  const auto before = plan_sweep(sweep, run);
  EXPECT_EQ(before.missing.size(), 3u);
  ASSERT_TRUE(before.seconds.has_value()) << before.unknown;
  EXPECT_GT(*before.seconds, 0);
  EXPECT_FALSE(std::filesystem::exists(run.folder));
  ASSERT_TRUE(run_sweep(sweep, run));
  EXPECT_TRUE(std::filesystem::remove(run.folder / "cell-00001.json"));
  const auto after = plan_sweep(sweep, run);
  EXPECT_EQ(after.there.size(), 2u);
  ASSERT_EQ(after.missing.size(), 1u);
  EXPECT_EQ(after.missing[0].file_name, "cell-00001.json");
}

TEST(Plan, OfDataThatIsNotThereHasNoTime) {
  const TemporaryFolder folder;
  const auto sweep = sweep_of(R"({"recipe": "mnist-ffesn", "grid": {"steps": [1, 2]}})");
  const auto plan = plan_sweep(
      sweep, {.folder = folder / "out", .data_dir = folder / "nowhere", .load_recipe = load_model_recipe});
  EXPECT_EQ(plan.missing.size(), 2u);
  EXPECT_FALSE(plan.seconds.has_value());
  EXPECT_THAT(plan.unknown, HasSubstr("nowhere"));
}

}  // namespace results_test
}  // namespace stoic
