// Curves over keys: ranges as people give them, points that are kept, folders that are refused.
#include "stoic/host/sweep/curve.hpp"

#include <gmock/gmock.h>

#include "stoic/host/kernels/team.hpp"
#include "stoic/host/learning/trainer.hpp"
#include "stoic/host/report/analysis_report.hpp"
#include "stoic/host/sweep/curve_report.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"
#include "temporary_folder.hpp"

namespace stoic {
namespace curve_test {

using nlohmann::json;
using testing::HasSubstr;

const json recipe = json::parse(R"({"steps": 2, "spectral_radius": 1.8, "training": {"epochs": 3}})");

TEST(Over, ReadsRangesRatiosAndLists) {
  EXPECT_EQ(json(parse_over("spectral_radius", "0.2:2:4", recipe).values),
            json::parse("[0.2, 0.8, 1.4, 2.0]"));
  const auto ratios = parse_over("spectral_radius", "0.1:10:3:log", recipe);
  EXPECT_TRUE(ratios.logarithmic);
  EXPECT_EQ(json(ratios.values), json::parse("[0.1, 1.0, 10.0]"));
  EXPECT_EQ(json(parse_over("steps", "1:4:7", recipe).values), json::parse("[1, 2, 3, 4]"));
  EXPECT_EQ(json(parse_over("training.epochs", "1,5", recipe).values), json::parse("[1, 5]"));
}

TEST(Over, RefusesKeysAndRangesThatAreNone) {
  const auto message = [](const std::string& key, const std::string& range) -> std::string {
    try {
      parse_over(key, range, recipe);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(message("spectral_radus", "0:1:3"), HasSubstr("did you mean spectral_radius?"));
  EXPECT_THAT(message("steps", "0:1"), HasSubstr("FROM:TO:COUNT"));
  EXPECT_THAT(message("steps", "0:1:x"), HasSubstr("no number"));
  EXPECT_THAT(message("steps", "0:1:3:big"), HasSubstr("FROM:TO:COUNT"));
  EXPECT_THAT(message("spectral_radius", "0:1:3:log"), HasSubstr("positive"));
  EXPECT_THAT(message("spectral_radius", "1:1:3"), HasSubstr("twice"));
  EXPECT_THAT(message("spectral_radius", "0:1:1"), HasSubstr("count"));
}

Curve curve_in(const std::filesystem::path& folder, int& measured) {
  Curve curve{.analysis = "test",
              .axes = {parse_over("steps", "1,2,3"), parse_over("spectral_radius", "0.5,1")},
              .folder = folder,
              .identity = "this",
              .progress = {},
              .measure = {}};
  curve.measure = [&measured](const std::vector<std::string>& settings) -> nlohmann::ordered_json {
    ++measured;
    if (settings[0] == "steps=2") throw DivergedError("too far");
    return {{"mean", measured}};
  };
  return curve;
}

TEST(Curve, GoesOnWhereItWasStoppedAndKeepsWhatDiverged) {
  const TemporaryFolder folder;
  int measured = 0;
  auto curve = curve_in(folder / "c", measured);
  std::atomic<bool> stop = false;
  curve.stop = &stop;
  curve.progress = [&](std::size_t done, std::size_t all, const std::string& next) {
    EXPECT_EQ(all, 6U);
    if (done == 0) {
      EXPECT_EQ(next, "steps=1 spectral_radius=0.5");
    }
    stop = done == 4;
  };
  EXPECT_FALSE(run_curve(curve).finished);
  EXPECT_EQ(measured, 4);
  stop = false;
  curve.progress = {};
  const auto result = run_curve(curve);
  EXPECT_TRUE(result.finished);
  EXPECT_EQ(measured, 6);
  EXPECT_EQ(result.points[1].result["diverged"], "too far");
  EXPECT_EQ(result.points[5].result["mean"], 6);
  EXPECT_EQ(run_curve(curve).points[5].result, result.points[5].result);
  EXPECT_EQ(measured, 6);
}

TEST(Curve, IsNotMixedWithAnother) {
  const TemporaryFolder folder;
  int measured = 0;
  auto curve = curve_in(folder / "c", measured);
  run_curve(curve);
  curve.identity = "that";
  EXPECT_THROW(run_curve(curve), Error);
  write_bytes(folder / "c" / "points.json", "{\"analysis\": \"test\"}");
  curve.identity = "this";
  EXPECT_THROW(run_curve(curve), Error);
}

TEST(Curve, PointsThatWereChangedByHandAreRefused) {
  const TemporaryFolder folder;
  int measured = 0;
  auto curve = curve_in(folder / "c", measured);
  run_curve(curve);
  auto text = read_file(folder / "c" / "points.json");
  const auto at = text.find("\"mean\": 3");
  ASSERT_NE(at, std::string::npos);
  write_bytes(folder / "c" / "points.json", text.replace(at, 9, "\"mean\": 4"));
  EXPECT_THROW(run_curve(curve), Error);
  EXPECT_THROW(plan_curve(curve), Error);
}

TEST(Curve, AShardWithoutPointsIsRefusedByThePlanToo) {
  int measured = 0;
  auto curve = curve_in({}, measured);
  curve.shard = 6;
  curve.shards = 7;
  EXPECT_THROW(run_curve(curve), Error);
  EXPECT_THROW(plan_curve(curve), Error);
  curve.shard = 5;
  EXPECT_EQ(plan_curve(curve).missing.size(), 1U);
}

TEST(Curve, MakesAMapWithGapsAndATableInAFolderOfItsOwn) {
  const TemporaryFolder folder;
  int measured = 0;
  const auto curve = curve_in(folder / "c", measured);
  const auto result = run_curve(curve);
  AnalysisReport report{.analysis = "test",
                        .title = "A <map>",
                        .introduction = {"What it is."},
                        .figures = {curve_figure("map", "A <map>", curve.axes, result.points,
                                                 {{"mean", "mean", "", ""}}, "Means.")},
                        .tables = {curve_table("points", curve.axes, result.points, {"mean"}, "All points.")},
                        .warnings = {},
                        .version = "1",
                        .command = "stoic analyze test",
                        .result = {{"points", curve_json(curve.axes, result.points)}}};
  write_analysis(folder / "c", report);
  for (const char* name : {"report.html", "report.json", "map.svg", "points.csv", "points.json"})
    EXPECT_TRUE(std::filesystem::exists(folder / "c" / name)) << name;
  EXPECT_THAT(read_file(folder / "c" / "points.csv"), HasSubstr("2,0.5,,\"too far\"\n3,0.5,3,\n"));
  EXPECT_THAT(read_file(folder / "c" / "report.html"), HasSubstr("A &lt;map&gt;"));
  report.figures.clear();
  write_analysis(folder / "c", report);
  EXPECT_FALSE(std::filesystem::exists(folder / "c" / "map.svg"));
  EXPECT_THROW(require_analysis_folder(folder / "c", "other"), Error);
  write_bytes(folder / "c" / "mine.txt", "mine");
  EXPECT_THROW(write_analysis(folder / "c", report), Error);
}

}  // namespace curve_test
}  // namespace stoic
