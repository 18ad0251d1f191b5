// What analyses leave in folders: pages and pictures that any reader takes, sweeps with exponents.
#include <gmock/gmock.h>

#include "report/markup_check.hpp"
#include "stoic/host/analysis/ftmle.hpp"
#include "stoic/host/data/dataset.hpp"
#include "stoic/host/learning/weights.hpp"
#include "stoic/host/report/trajectory_report.hpp"
#include "stoic/host/sweep/ftmle_report.hpp"
#include "stoic/host/sweep/run.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"
#include "temporary_folder.hpp"

namespace stoic {
namespace report_test {

using testing::HasSubstr;

Recipe recipe_of(const std::string& keys) {
  return parse_recipe(
      R"({"inputs": 49, "classes": 5, "data": {"set": "letters", "test_samples": 40}, )" + keys + "}",
      "recipe");
}

Dataset letters() { return make_letters(1, Split::test, 40, 0.3); }

void expect_good(const AnalysisReport& report, const std::vector<std::string>& files) {
  const TemporaryFolder folder;
  write_analysis(folder / "r", report);
  EXPECT_EQ(markup_fault(analysis_page(report)), "");
  for (const auto& figure : report.figures)
    EXPECT_EQ(markup_fault(standalone_svg(figure.svg)), "") << figure.name;
  for (const auto& file : files) EXPECT_TRUE(std::filesystem::exists(folder / "r" / file)) << file;
}

TEST(Distributions, SharesOfAllAreAllOfThem) {
  for (const int count : {3, 49, 100, 4999}) {
    const auto d = distribution(std::vector<double>(static_cast<std::size_t>(count), 0.5));
    EXPECT_EQ(d.positive, 1) << count;
    EXPECT_EQ(d.mean, 0.5);
    EXPECT_EQ(d.quantiles.front().second, 0.5);
  }
}

TEST(AnalysisReports, OfExponentsShowTheirDistributionAndParts) {
  const auto model = untrained_model(recipe_of(R"("dynamics": "csto", "oscillators": 6, "duration_ps": 40)"));
  for (const auto scope : {FtmleScope::system, FtmleScope::layers, FtmleScope::steps}) {
    const auto result = ftmle(model, letters().samples, {.scope = scope, .progress = {}});
    EXPECT_THAT(result.print(), HasSubstr("all certified"));
    const auto json = result.json(true);
    EXPECT_EQ(json["samples"], 40);
    EXPECT_LE(json["largest_residual"], 1e-6);
    EXPECT_GT(json["inputs_per_s"], 0);
    expect_good(ftmle_report(result, "a & b"), {"distribution.svg", "samples.csv", "parts.csv"});
  }
}

TEST(AnalysisReports, OfTrajectoriesShowStatesAndComponentsOfEverySystem) {
  for (const char* keys :
       {R"("dynamics": "lorenz96", "neurons": 30, "duration": 0.3, "step": 0.05)",
        R"("dynamics": "deep-csto", "oscillators": 5, "couplings_Oe": [9, 1], "duration_ps": 40)",
        R"("dynamics": "mlp", "neurons": 20)"}) {
    const auto result = trajectories(untrained_model(recipe_of(keys)), letters().samples, {.shown = 3});
    EXPECT_GT(result.states.cols(), 1) << keys;
    EXPECT_EQ(result.times.size(), static_cast<std::size_t>(result.states.cols()));
    expect_good(trajectory_report(result, letters().labels, letters().class_names, "letters"),
                {"states.svg", "components.svg", "first.svg", "last.svg", "states.csv"});
  }
}

TEST(PrincipalComponents, AreTheDirectionsOfLargestVarianceWhateverTheShape) {
  Eigen::MatrixXd states(4, 3);
  states << 1, -1, 0, 2, -2, 0, 0, 0, 0, 5, 5, 5;
  for (const bool wide : {false, true}) {
    const Eigen::MatrixXd x = wide ? Eigen::MatrixXd(states.replicate(1, 4)) : states;
    const auto found = principal_components(x);
    EXPECT_NEAR(found.explained[0], 1, 1e-12);
    EXPECT_NEAR(found.coordinates(0, 0), std::sqrt(5.0), 1e-12);
    EXPECT_NEAR(found.coordinates(0, 1), -std::sqrt(5.0), 1e-12);
    EXPECT_NEAR(found.coordinates(1, 0), 0, 1e-12);
  }
  EXPECT_EQ(principal_components(Eigen::MatrixXd::Ones(4, 3)).explained[0], 0);
}

Sweep sweep_of(const std::string& text) {
  return parse_sweep(text, "sweep.json", [](const std::string&, const std::vector<std::string>& settings) {
    return parse_recipe(R"({"dynamics": "ffesn", "neurons": 20, "steps": 2, "inputs": 49, "classes": 5,
      "data": {"set": "letters", "train_samples": 200, "test_samples": 50}, "training": {"epochs": 2}})",
                        "recipe", settings);
  });
}

TEST(SweepMeasure, OfExponentsIsThatOfTheTrainedNetworkAndInTable) {
  const auto sweep = sweep_of(R"({"recipe": "r", "seeds": [1, 2], "measure": "ftmle", "ftmle_samples": 20,
                                  "grid": {"spectral_radius": [0.5, 1.8]}})");
  const TemporaryFolder folder;
  SweepRun run{.folder = folder / "s", .load_recipe = [](const std::string&, const auto& settings) {
                 return parse_recipe(
                     R"({"dynamics": "ffesn", "neurons": 20, "steps": 2, "inputs": 49, "classes": 5,
      "data": {"set": "letters", "train_samples": 200, "test_samples": 50}, "training": {"epochs": 2}})",
                     "recipe", settings);
               }};
  ASSERT_TRUE(run_sweep(sweep, run));
  write_sweep_results(sweep, run.folder);
  const auto low = read_cell(run.folder / "cell-00000.json", sweep_cells(sweep)[0], sweep);
  const auto high = read_cell(run.folder / "cell-00002.json", sweep_cells(sweep)[2], sweep);
  ASSERT_TRUE(low.ftmle && high.ftmle);
  EXPECT_EQ(low.ftmle->samples, 20);
  EXPECT_LE(low.ftmle->largest_residual, 1e-6);
  EXPECT_LT(low.ftmle->mean, high.ftmle->mean);
  EXPECT_THAT(read_file(run.folder / "table.csv"), HasSubstr("ftmle,ftmle_spread,ftmle_unit"));
  EXPECT_EQ(markup_fault(read_file(run.folder / "ftmle.svg")), "");
}

TEST(SweepConvention, OfTheAuthorsIsTheBestEpochAndTheLastNearIt) {
  const CellResult cell{
      .accuracy = {0.5, 0.9, 0.8995, 0.7}, .loss = {1, 1, 1, 1}, .chance = 0.2, .judged = 1000};
  EXPECT_EQ(cell.accuracy_by(false), 0.7);
  EXPECT_EQ(cell.accuracy_by(true), 0.9);
  EXPECT_EQ(cell.epoch_of_convergence(1e-3), 2);
  EXPECT_EQ(cell.epoch_of_convergence(1e-3, true), 3);
  const auto plain = sweep_of(R"({"recipe": "r", "grid": {"steps": [1, 2]}})"),
             authors = sweep_of(R"({"recipe": "r", "convention": "authors", "grid": {"steps": [1, 2]}})");
  EXPECT_EQ(plain.convergence_margin, 5e-4);
  EXPECT_EQ(authors.convergence_margin, 1e-3);
  EXPECT_EQ(sweep_text(plain).find("convention"), std::string::npos) << "folders of earlier versions go on";
  EXPECT_NE(sweep_text(authors), sweep_text(plain));
}

}  // namespace report_test
}  // namespace stoic
