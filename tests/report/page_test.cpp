#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "markup_check.hpp"
#include "stoic/host/report/comparison_json.hpp"
#include "stoic/host/report/comparison_page.hpp"
#include "stoic/host/report/comparison_tables.hpp"
#include "stoic/host/report/report_folder.hpp"
#include "stoic/sim/io/error.hpp"
#include "temporary_folder.hpp"

namespace stoic {
namespace page_test {

using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

Evaluation evaluation(const std::string& backend, std::vector<std::uint8_t> decisions) {
  const std::vector<std::uint8_t> labels{0, 1, 0, 1};
  Evaluation e{.backend = backend, .samples = 4, .decisions = std::move(decisions)};
  e.confusion = Eigen::MatrixXi::Zero(2, 2);
  for (std::size_t s = 0; s < labels.size(); ++s) ++e.confusion(labels[s], e.decisions[s]);
  e.accuracy = e.confusion.diagonal().sum() / 4.0;
  e.counters = {.cycles = 50, .mac_cycles = 40, .saturations = 3, .saturations_by_slot = {0, 3}};
  return e;
}

/// Made-up numbers of everything that a report always has.
Comparison comparison() {
  Comparison c{.model = "folder/<b>&\"m\".npz", .hw = load_hardware_config("small")};
  c.recipe = parse_recipe(R"({"dynamics": "ffesn", "neurons": 3, "inputs": 2, "classes": 2, "steps": 1,
                              "data": {"set": "random"}})",
                          "test");
  c.reference = evaluation("float", {0, 1, 0, 0});
  c.golden = evaluation("golden", {0, 1, 1, 1});
  const std::vector<std::uint8_t> labels{0, 1, 0, 1};
  c.difference = paired_difference(c.reference.decisions, c.golden.decisions, labels);
  c.disagreements = disagreements(c.reference.decisions, c.golden.decisions, labels);
  c.deviations = {{.name = "x(0)",
                   .fraction_bits = 4,
                   .least = -1,
                   .most = 2,
                   .largest_error = 0.25,
                   .mean_square_error = 0.01,
                   .mean_square = 1}};
  c.local = {{.slot = 1, .mnemonic = "MATVEC", .largest = 0.5, .elements = 9, .bound = 0.5}};
  c.slots = {{.slot = 1, .text = "z = \"W\" x"}};
  c.phases = {
      {.name = "START and DONE", .cycles = 4},
      {.name = "read-in", .cycles = 46, .ideal_mac_cycles = 40, .instructions = {{"MATVEC", 1, 46, 40}}}};
  return c;
}

WordLengthSweep word_lengths() {
  WordLengthSweep sweep{.samples = 4, .right_float = 3};
  for (const auto states : swept_state_widths)
    for (const auto weights : swept_weight_widths)
      sweep.cells.push_back({.state_width = states, .weight_width = weights, .right = 3, .accuracy = 0.75});
  sweep.cells[0].obstacle = "too <few> bits";
  return sweep;
}

std::vector<NoiseCurve> noise_curves() {
  const std::vector<PairedDifference> differences{{.samples = 4}, {4, 1, 0, -0.25}};
  return {{.kind = NoiseKind::dynamical,
           .points = {{1, {0.5, 0.75}, {0.5, 0.5}, differences}, {10, {1, 1}, {1, 0.75}, differences}}}};
}

TEST(Page, StandsAloneAndIsWellFormed) {
  auto c = comparison();
  c.word_lengths = word_lengths();
  c.noise_curves = noise_curves();
  c.devices = {{.backend = "systemc", .samples = 4, .accuracy = 0.75}};
  const auto page = comparison_page(c);
  EXPECT_EQ(markup_fault(page), "");
  EXPECT_EQ(outside_reference(page), "");
  EXPECT_EQ(occurrences(page, "<svg"), 6);
  EXPECT_EQ(occurrences(page, "<figcaption>"), 6);
  EXPECT_THAT(page, HasSubstr("&lt;b&gt;&amp;&quot;m&quot;.npz"));
  EXPECT_THAT(page, Not(HasSubstr("<b>")));
  EXPECT_THAT(page, HasSubstr("too &lt;few&gt; bits"));
}

TEST(Page, ShowsNoiseAndWordLengthsOnlyWhenThereAreSome) {
  auto c = comparison();
  EXPECT_THAT(comparison_page(c), Not(HasSubstr("id=\"noise\"")));
  EXPECT_THAT(comparison_page(c), Not(HasSubstr("id=\"word-lengths\"")));
  EXPECT_FALSE(comparison_json(c).contains("noise_curves"));
  c.noise_curves = noise_curves();
  EXPECT_THAT(comparison_page(c), HasSubstr("id=\"noise\""));
  const auto rows = comparison_json(c)["noise_curves"];
  ASSERT_EQ(rows.size(), 4u);  // two strengths, two trials
  EXPECT_EQ(rows[1]["difference_from_float"], -0.25);
  EXPECT_LT(rows[1]["difference_low"], -0.25);
  EXPECT_GT(rows[1]["difference_high"], -0.25);
}

TEST(Page, CountsTheTrialsWhoseIntervalDoesNotHoldZero) {
  auto c = comparison();
  const PairedDifference alike{.samples = 1000, .only_first_right = 5, .only_second_right = 5},
      worse{.samples = 1000, .only_first_right = 40, .only_second_right = 5, .difference = -0.035};
  std::vector<std::int32_t> worse_samples(1000, 0);
  std::fill_n(worse_samples.begin(), 35, -1);
  c.noise_curves = {{.kind = NoiseKind::dynamical,
                     .points = {{1, {0.9, 0.9}, {0.9, 0.865}, {alike, worse}, worse_samples},
                                {10, {0.9}, {0.9}, {alike}, std::vector<std::int32_t>(1000, 0)}}}};
  const auto json = comparison_json(c)["noise_summary"];
  EXPECT_EQ(json["trials"], 3);
  EXPECT_EQ(json["outside_interval"], 1);
  // Of 10 samples 9 to one side are enough, 22 of 1,024 outcomes; of 45, 30 are. Sums of math.comb in Python.
  EXPECT_NEAR(json["outside_by_chance"], 2 * 0.021484375 + 0.035697803555194696, 1e-9);
  EXPECT_EQ(json["largest_difference"], 0.035);
  EXPECT_NEAR(json["difference_from_float"]["value"], -35.0 / 3000, 1e-12);
  EXPECT_THAT(comparison_page(c), HasSubstr("Of 3 trials, 1 have"));
}

TEST(Page, ExpectsLittleOfChanceWhereFewSamplesAreDecidedDifferently) {
  auto c = comparison();
  const auto trial = [](std::int64_t first, std::int64_t second) {
    return PairedDifference{.samples = 400,
                            .only_first_right = first,
                            .only_second_right = second,
                            .difference = static_cast<double>(second - first) / 400};
  };
  const std::vector<PairedDifference> trials{trial(0, 5), trial(3, 3), trial(0, 0)};
  const std::vector<double> accuracies(trials.size(), 0.9);
  c.noise_curves = {{.kind = NoiseKind::dynamical,
                     .points = {{1, accuracies, accuracies, trials, std::vector<std::int32_t>(400, 0)}}}};
  EXPECT_NEAR(comparison_json(c)["noise_summary"]["outside_by_chance"], 2.0 / 64, 1e-12)
      << "six samples may all fall to one side, five are too few";
  EXPECT_THAT(comparison_page(c), HasSubstr("chance alone would give 0.031"));
}

TEST(Page, SaysWhereTheErrorOfTheStateComesFrom) {
  auto c = comparison();
  EXPECT_THAT(comparison_page(c), Not(HasSubstr("id=\"state-error\"")));
  c.state_error =
      StateError{.samples = 48, .step = {3e-4, 1e-3}, .words = {5e-4, 2e-3}, .rounding = {3e-4, 1e-3}};
  EXPECT_THAT(comparison_page(c), HasSubstr("id=\"state-error\""));
  EXPECT_NEAR(comparison_json(c)["state_error"]["weights"]["root_mean_square"], 4e-4, 1e-12);
  EXPECT_NEAR(comparison_json(c)["state_error"]["total"]["root_mean_square"], std::hypot(3e-4, 5e-4), 1e-12);
}

TEST(Page, SaysWhetherADifferenceIsShown) {
  EXPECT_THAT(difference_text({.samples = 1000, .only_first_right = 2, .only_second_right = 1}),
              HasSubstr("no difference is shown"));
  EXPECT_THAT(difference_text(
                  {.samples = 1000, .only_first_right = 40, .only_second_right = 5, .difference = -0.035}),
              HasSubstr("fixed point is worse"));
}

TEST(Tables, GiveTheWordLengthsAsAGrid) {
  const auto rows = word_length_grid(word_lengths());
  ASSERT_EQ(rows.size(), 1 + swept_state_widths.size());
  for (const auto& row : rows) EXPECT_EQ(row.size(), 1 + swept_weight_widths.size());
  EXPECT_EQ(rows[1][1], "-");
  EXPECT_EQ(rows[1][2], "75.00 %");
  EXPECT_EQ(rows[2][0], "10");
}

TEST(Json, HoldsTheIntervalsAndTheConfusionOfBoth) {
  const auto json = comparison_json(comparison());
  EXPECT_EQ(json["accuracy_difference"]["only_float_right"], 1);
  EXPECT_EQ(json["accuracy_difference"]["only_golden_right"], 1);
  EXPECT_LT(json["accuracy_float_interval"][0], json["accuracy_float"]);
  EXPECT_EQ(json["confusion_float"], nlohmann::json::parse("[[2,0],[1,1]]"));
  EXPECT_EQ(json["confusion_golden"], nlohmann::json::parse("[[1,1],[0,2]]"));
  EXPECT_EQ(json["phases"][1]["mac_utilisation"], 40.0 / 46);
}

TEST(Csv, QuotesTextsAndLeavesUnknownNumbersEmpty) {
  const auto rows =
      nlohmann::ordered_json::parse(R"([{"a": 1, "b": "x"}, {"a": null, "b": "say \"y\", z"}])");
  EXPECT_EQ(csv_text(rows), "a,b\n1,\"x\"\n,\"say \"\"y\"\", z\"\n");
  EXPECT_EQ(csv_text({{{"ratio", std::numeric_limits<double>::infinity()}, {"n", 2}}}), "ratio,n\n,2\n");
}

TEST(ReportFolder, IsMadeWrittenAndRenewedWithoutLeftovers) {
  const TemporaryFolder temporary;
  const auto folder = temporary / "new";
  auto c = comparison();
  c.word_lengths = word_lengths();
  for (const auto& name : write_report(folder, c))
    EXPECT_TRUE(std::filesystem::exists(folder / name)) << name;
  EXPECT_TRUE(std::filesystem::exists(folder / "word_lengths.csv"));
  c.word_lengths.reset();
  const auto names = write_report(folder, c);
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    ++files;
    EXPECT_THAT(names, testing::Contains(entry.path().filename().string()));
  }
  EXPECT_EQ(files, names.size());
}

TEST(ReportFolder, ForeignFoldersAndFilesAreLeftAlone) {
  const TemporaryFolder temporary;
  std::filesystem::create_directories(temporary / "notes");
  write_bytes(temporary / "notes/report.json", "{\"mine\": 1}");
  write_bytes(temporary / "file", "text");
  const auto c = comparison();
  EXPECT_THAT([&] { write_report(temporary / "notes", c); }, ThrowsMessage<Error>(HasSubstr("other things")));
  EXPECT_THAT([&] { write_report(temporary / "file", c); }, ThrowsMessage<Error>(HasSubstr("is no folder")));
  EXPECT_EQ(read_bytes(temporary / "notes/report.json"), "{\"mine\": 1}");
  EXPECT_EQ(read_bytes(temporary / "file"), "text");
}

}  // namespace page_test
}  // namespace stoic
