#include "stoic/host/report/svg_plot.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <regex>

#include "markup_check.hpp"
#include "stoic/host/report/comparison_plots.hpp"
#include "stoic/host/report/text.hpp"

namespace stoic {
namespace svg_plot_test {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr double infinite = std::numeric_limits<double>::infinity();

/// The numbers of one attribute of all elements of a class.
std::vector<double> attributes(const std::string& svg, const std::string& css_class,
                               const std::string& name) {
  const std::regex element("class=\"" + css_class + "\"[^>]* " + name + "=\"([-0-9.]+)\"");
  std::vector<double> values;
  for (std::sregex_iterator it(svg.begin(), svg.end(), element), end; it != end; ++it)
    values.push_back(std::stod((*it)[1]));
  return values;
}

TEST(Scale, PutsItsEndsWhereTheyBelongAndRatiosAtEqualDistances) {
  const auto linear = scale_for({}, {3, 97}, 100, 500);
  EXPECT_DOUBLE_EQ(linear(linear.least), 100);
  EXPECT_DOUBLE_EQ(linear(linear.most), 500);
  EXPECT_LE(linear.least, 3);
  EXPECT_GE(linear.most, 97);
  const auto logarithmic = scale_for({.logarithmic = true}, {0.5, 2000}, 0, 100);
  EXPECT_NEAR(logarithmic(10) - logarithmic(1), logarithmic(1000) - logarithmic(100), 1e-9);
}

TEST(Scale, LeavesOutWhatItCannotShow) {
  const auto scale = scale_for({.logarithmic = true}, {0, -1, infinite, 10, 100}, 0, 1);
  EXPECT_DOUBLE_EQ(scale.least, 10);
  EXPECT_DOUBLE_EQ(scale.most, 100);
  EXPECT_FALSE(scale.holds(0));
  EXPECT_FALSE(scale.holds(std::nan("")));
  EXPECT_TRUE(std::isfinite(scale_for({}, {}, 0, 1)(1)));
  EXPECT_TRUE(std::isfinite(scale_for({.least = 0.0}, {0, 0}, 0, 1)(0)));
}

TEST(Ticks, AreRound) {
  EXPECT_THAT(ticks({.least = 0, .most = 10}, 5), ElementsAre(0, 2, 4, 6, 8, 10));
  EXPECT_THAT(ticks({.least = 97.9, .most = 98.12}, 5),
              ElementsAre(testing::DoubleNear(97.9, 1e-9), testing::DoubleNear(97.95, 1e-9),
                          testing::DoubleNear(98, 1e-9), testing::DoubleNear(98.05, 1e-9),
                          testing::DoubleNear(98.1, 1e-9)));
  EXPECT_THAT(ticks({.least = 1, .most = 1e4, .logarithmic = true}, 6), ElementsAre(1, 10, 100, 1000, 1e4));
  EXPECT_THAT(ticks({.least = 1, .most = 10, .logarithmic = true}, 6), ElementsAre(1, 2, 5, 10));
}

TEST(Ticks, ReadWell) {
  EXPECT_EQ(tick_text(25000), "25,000");
  EXPECT_EQ(tick_text(0.25), "0.25");
  EXPECT_EQ(tick_text(-1e-17), "0");
}

LinePlot two_lines() {
  LinePlot plot{.title = "a & b", .x = {.label = "time (s)"}, .y = {.label = "height <m>"}};
  plot.series.push_back({"first", {{0, 1, 1, 1}, {1, 2, 1.5, 2.5}, {2, 3, 3, 3}}});
  plot.series.push_back({"\"second\"", {{0, 3, 3, 3}, {1, 2, 2, 2}, {2, 1, 0, 2}}});
  return plot;
}

TEST(LinePlot, IsWellFormedAndNamesItsAxesAndLines) {
  const auto drawing = svg(two_lines());
  EXPECT_EQ(markup_fault(drawing), "") << drawing;
  EXPECT_EQ(outside_reference(drawing), "");
  for (const auto* text : {"time (s)", "height &lt;m&gt;", "first", "&quot;second&quot;", "a &amp; b"})
    EXPECT_THAT(drawing, HasSubstr(text));
}

TEST(LinePlot, DrawsALineAndAMarkForEachPointAndABarForEachInterval) {
  const auto drawing = svg(two_lines());
  EXPECT_EQ(occurrences(drawing, "class=\"line0\""), 1);
  EXPECT_EQ(occurrences(drawing, "class=\"line1\""), 1);
  EXPECT_EQ(occurrences(drawing, "class=\"fill0\""), 3 + 1);  // and the legend
  EXPECT_EQ(occurrences(drawing, "class=\"bar0\""), 3);       // one interval: a bar with two ends
  const auto y = attributes(drawing, "fill0", "y");
  EXPECT_GT(y[1], y[2]) << "larger values are higher up";
  EXPECT_NEAR(y[1] - y[2], y[2] - y[3], 0.11);
}

TEST(LinePlot, AnInfiniteValueLeavesAGap) {
  LinePlot plot;
  plot.series.push_back(
      {"s", {{0, 1, 1, 1}, {1, 2, 2, 2}, {2, infinite, infinite, infinite}, {3, 1, 1, 1}, {4, 2, 2, 2}}});
  const auto drawing = svg(plot);
  EXPECT_EQ(occurrences(drawing, "class=\"line0\""), 2);
  EXPECT_EQ(drawing.find("inf"), std::string::npos);
  EXPECT_EQ(drawing.find("nan"), std::string::npos);
}

TEST(LinePlot, ManyNamesDoNotRunIntoEachOther) {
  LinePlot plot;
  plot.series.push_back({"s", {}});
  for (int i = 0; i < 62; ++i) {
    plot.x_names.push_back("x(" + std::to_string(i) + ")");
    plot.series[0].points.push_back({static_cast<double>(i), 1.0 * i, 1.0 * i, 1.0 * i});
  }
  const auto drawing = svg(plot);
  EXPECT_THAT(drawing, HasSubstr(">x(0)</text>"));
  EXPECT_LT(occurrences(drawing, ")</text>"), 16);
}

TEST(LinePlot, TellsSeriesOfTheSameColourApart) {
  LinePlot plot;
  for (int n = 0; n < 8; ++n)
    plot.series.push_back(
        {"s" + std::to_string(n), {{0, 1.0 * n, 1.0 * n, 1.0 * n}, {1, 2.0 * n, 2.0 * n, 2.0 * n}}});
  const auto drawing = svg(plot);
  EXPECT_EQ(occurrences(drawing, "class=\"line0\""), 1);
  EXPECT_EQ(occurrences(drawing, "class=\"line0 again\""), 1);
  EXPECT_EQ(occurrences(drawing, "class=\"fill1 again\""), 3) << "the legend and two marks";
}

TEST(BarChart, LengthsAreInProportionAndPartsStandSideBySide) {
  const BarChart chart{.title = "t",
                       .value = {.label = "cycles"},
                       .names = {"one", "two"},
                       .parts = {{"a", {100, 0}}, {"unused", {0, 0}}, {"b", {50, 200}}}};
  const auto drawing = svg(chart);
  EXPECT_EQ(markup_fault(drawing), "") << drawing;
  const auto a = attributes(drawing, "fill0", "width");
  const auto b = attributes(drawing, "fill2", "width");
  ASSERT_EQ(a.size(), 1u + 1);  // the legend first
  ASSERT_EQ(b.size(), 1u + 2);
  EXPECT_NEAR(b[2], 2 * a[1], 0.2);
  EXPECT_NEAR(b[1], a[1] / 2, 0.2);
  EXPECT_NEAR(attributes(drawing, "fill2", "x")[1], attributes(drawing, "fill0", "x")[1] + a[1], 0.2);
  EXPECT_THAT(drawing, HasSubstr(">150</text>"));  // the sum of the first bar
  EXPECT_EQ(drawing.find("unused"), std::string::npos);
}

TEST(HeatMap, ShadesValuesHatchesGapsAndFramesTheMarked) {
  const HeatMap map{.title = "t",
                    .x_label = "columns",
                    .y_label = "rows",
                    .value_label = "value",
                    .x_names = {"1", "2"},
                    .y_names = {"<A>", "B"},
                    .cells = {{.value = 1, .text = "one"},
                              {.text = "-", .explanation = "too \"small\""},
                              {.value = 3, .text = "three", .marked = true},
                              {.value = 2, .text = "two"}}};
  const auto drawing = svg(map);
  EXPECT_EQ(markup_fault(drawing), "") << drawing;
  EXPECT_EQ(occurrences(drawing, "class=\"none\""), 1);
  EXPECT_EQ(occurrences(drawing, "class=\"frame\""), 1);
  const auto shades = attributes(drawing, "heat", "fill-opacity");
  ASSERT_GE(shades.size(), 3u);
  EXPECT_LT(shades[0], shades[2]);
  EXPECT_LT(shades[2], shades[1]);
  EXPECT_THAT(drawing, HasSubstr("too &quot;small&quot;"));
  EXPECT_THAT(drawing, HasSubstr("&lt;A&gt;"));
}

TEST(HeatMap, SaysUnderThePointerWhatDoesNotFitIntoACell) {
  HeatMap map{.x_names = std::vector<std::string>(20, "8"), .y_names = {"8"}};
  for (int c = 0; c < 20; ++c) map.cells.push_back({.value = c, .text = fmt::format("98.{}", c)});
  const auto drawing = svg(map);
  EXPECT_EQ(drawing.find(">98.7</text>"), std::string::npos);
  EXPECT_THAT(drawing, HasSubstr("<title>98.7</title>"));
  map.x_names.resize(1);
  map.cells.resize(1);
  EXPECT_THAT(svg(map), HasSubstr(">98.0</text>"));
}

TEST(Heading, IsCutBetweenWordsWhereItWouldLeaveTheDrawing) {
  LinePlot plot{
      .heading = {"test accuracy of coupled spin-torque oscillators over the coupling and the duration"}};
  const auto drawing = svg(plot);
  EXPECT_EQ(occurrences(drawing, "class=\"heading\""), 2);
  EXPECT_THAT(drawing, HasSubstr(">test accuracy of coupled"));
  plot.heading = {"test accuracy"};
  EXPECT_THAT(svg(plot), HasSubstr(">test accuracy</text>"));
}

TEST(NoisePlot, ShowsTheMeanAndTheRangeOfTheTrialsOfItsKind) {
  const std::vector<NoiseCurve> curves{
      {.kind = NoiseKind::observational,
       .name = "weak coupling",
       .points = {{1, {0.50, 0.60, 0.70}, {0.5, 0.5, 0.5}}, {100, {0.9, 0.9, 0.9}, {0.88, 0.90, 0.92}}}},
      {.kind = NoiseKind::dynamical, .points = {{10, {0.8}, {0.7}}}}};
  const auto plot = noise_plot(curves, NoiseKind::observational);
  ASSERT_EQ(plot.series.size(), 2u);
  EXPECT_TRUE(plot.x.logarithmic);
  EXPECT_EQ(plot.series[0].name, "float, weak coupling");
  const auto& first = plot.series[0].points[0];
  EXPECT_NEAR(first.y, 60, 1e-9);
  EXPECT_NEAR(first.low, 50, 1e-9);
  EXPECT_NEAR(first.high, 70, 1e-9);
  EXPECT_NEAR(plot.series[1].points[1].y, 90, 1e-9);
  const auto drawing = svg(plot);
  EXPECT_EQ(markup_fault(drawing), "") << drawing;
  EXPECT_THAT(drawing, HasSubstr("variance of the signal / variance of the noise"));
  EXPECT_EQ(occurrences(drawing, "class=\"bar0\""), 3);
  EXPECT_EQ(occurrences(drawing, "class=\"bar1\""), 3);

  const auto dynamical = noise_plot(curves, NoiseKind::dynamical);
  ASSERT_EQ(dynamical.series.size(), 2u);
  EXPECT_EQ(dynamical.series[1].name, "fixed point");
  EXPECT_NEAR(dynamical.series[1].points[0].y, 70, 1e-9);
}

TEST(NoisePlot, ShowsTheDifferenceOfAllTrialsWithItsInterval) {
  // Of 100 samples two are right in fixed point alone and three in float alone, in the second of two trials.
  std::vector<std::int32_t> by_sample(100, 0);
  std::fill_n(by_sample.begin(), 2, 1);
  std::fill_n(by_sample.begin() + 2, 3, -1);
  const std::vector<NoiseCurve> curves{
      {.kind = NoiseKind::observational,
       .name = "weak",
       .points = {{1, {0.5, 0.5}, {0.5, 0.49}, {{.samples = 100}, {100, 3, 2, -0.01}}, by_sample}}}};
  const auto plot = noise_difference_plot(curves, NoiseKind::observational);
  ASSERT_EQ(plot.series.size(), 1u);
  EXPECT_EQ(plot.series[0].name, "weak");
  const auto both = pooled(curves[0].points[0]);
  EXPECT_NEAR(plot.series[0].points[0].y, -0.5, 1e-9);
  EXPECT_NEAR(plot.series[0].points[0].low, 100 * both.interval().low, 1e-9);
  EXPECT_NEAR(plot.series[0].points[0].high, 100 * both.interval().high, 1e-9);
  EXPECT_EQ(noise_difference_plot(curves, NoiseKind::dynamical).series.size(), 0u);
}

TEST(Text, IsEscapedWhateverItHolds) {
  EXPECT_EQ(escaped("<a href='x'>&\"\x01\x7f\n"), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;\\x01\\x7f\n");
  EXPECT_EQ(escaped("f\xe9 \xe2\x80\xae"), "f\\xe9 \\u202e") << "no valid page holds such bytes";
  EXPECT_EQ(escaped("\xc3\xa4"), "\xc3\xa4");
}

}  // namespace svg_plot_test
}  // namespace stoic
