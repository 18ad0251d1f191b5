#include "stoic/host/report/comparison_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "stoic/host/compiler/calibration.hpp"
#include "stoic/host/report/comparison_plots.hpp"
#include "stoic/host/report/comparison_tables.hpp"
#include "stoic/host/report/html.hpp"
#include "stoic/host/report/provenance_rows.hpp"
#include "stoic/host/report/system_words.hpp"

namespace stoic {
namespace {

/// A long table waits to be opened.
std::string table_or_details(const Rows& rows, std::string_view summary) {
  constexpr std::size_t most_shown = 20;
  return rows.size() > most_shown + 1 ? html_details(summary, html_table(rows)) : html_table(rows);
}

std::string warnings(const Comparison& c) {
  std::string html;
  for (const auto& warning : c.provenance.warnings) html += html_warning(warning);
  return html;
}

HtmlSection provenance_section(const Comparison& c) {
  return {
      "provenance", "Where these numbers come from",
      html_table(provenance_rows(c)) +
          html_paragraph(fmt::format(
              "A fingerprint is the CRC-32 of all weights, or that of all samples and that of all labels "
              "that the recipe takes of a data set, also where --limit takes the first of them. Calibration "
              "data are training samples; on {} of them at most the ranges of vectors were measured.",
              grouped(most_calibration_samples))) +
          html_details("The recipe of the model, whole", html_listing(recipe_text(c.recipe)))};
}

std::string introduction(const Comparison& c) {
  return html_paragraph(
             "A network was trained in floating point and then compiled for an accelerator that "
             "computes with integers of few bits (fixed point). This page tells what that changed, where "
             "the errors arise and what one inference costs.") +
         warnings(c) + html_table(network_rows(c));
}

HtmlSection accuracy_section(const Comparison& c) {
  constexpr std::size_t most_listed = 20;
  std::string html = html_table(accuracy_rows(c));
  html += html_paragraph(fmt::format(
      "The row float is the reference in floating point, golden the bit-accurate model of the accelerator. {}"
      "The 95 % interval (Wilson) says how far the accuracy on endlessly many such samples may be from that "
      "on these.",
      c.devices.empty() ? ""
                        : "The rows below are other bodies of it, whose bits and cycles are compared with "
                          "those of golden. "));
  html += html_paragraph(fmt::format("Difference: {}.", difference_text(c.difference)));
  html += html_paragraph(fmt::format(
      "Both decide alike on {} of the samples; on {} they decide differently.{}",
      percent(agreement(c.golden, c.reference)), grouped(static_cast<std::int64_t>(c.disagreements.size())),
      c.has_tables()
          ? fmt::format(" {} decisions change if the tables of functions get as fine as tables can "
                        "be.",
                        grouped(c.flips_by_table))
          : ""));
  if (!c.disagreements.empty())
    html += html_details(
        fmt::format("Samples with different decisions{}",
                    c.disagreements.size() > most_listed ? fmt::format(" (the first {})", most_listed) : ""),
        html_table(disagreement_rows(c, most_listed)));
  html += html_details("Confusion matrix in fixed point, with the change from float in brackets",
                       html_table(confusion_rows(c)));
  return {"accuracy", "Accuracy", html};
}

std::string vectors_text(const Comparison& c) {
  const bool features = std::any_of(c.deviations.begin(), c.deviations.end(),
                                    [](const Deviation& vector) { return vector.name == "features"; });
  return (features
              ? "\"features\" is what the convolution makes of the image, and what is read in behind it. "
              : "") +
         system_words(c.recipe).vectors;
}

HtmlSection vectors_section(const Comparison& c) {
  return {
      "vectors", "Error of each vector",
      html_figure(
          svg(deviation_plot(c.deviations)),
          fmt::format(
              "How clean the vectors of the network still are when they are computed in fixed point: the "
              "power of the vector over the power of its error against float, over all test samples, "
              "in decibels. Higher is better; 6 dB are one bit. {} All rounding up to a vector "
              "counts, that of the weights included. A fall shows where precision is lost, or where the "
              "network enlarges errors made before or shrinks the vector; the table of instructions has what "
              "each one adds "
              "of its own, rounded weights aside.",
              vectors_text(c))) +
          table_or_details(vector_rows(c), "Table of all vectors") +
          html_paragraph("Least and most are the range in float. A code of the accelerator stands for code "
                         "/ 2^(fraction bits); the largest error is also given in units of the last place, "
                         "which is one code. SQNR is the ratio of the plot.")};
}

HtmlSection state_error_section(const StateError& error, const Recipe& recipe) {
  return {
      "state-error", "Error of the state that is read out",
      html_table(state_error_rows(error, recipe)) +
          html_paragraph(fmt::format(
              "How far the components of {} are from those of the continuous system, on {} training "
              "samples, and what that comes from. The step of the integrator counts "
              "with exact numbers, against steps so fine that they no longer matter; states and weights "
              "count against exact numbers with the same step; rounded states are what is left of that "
              "with {}-bit weights. Errors of different origin add up by their squares: so all "
              "is found from two, and rounded weights are what states leave of both. They have no largest "
              "error; a dash stands for weights whose share cannot be told from chance, too.",
              system_words(recipe).state, error.samples, STOIC_WEIGHT_WIDTH_MAX))};
}

HtmlSection word_lengths_section(const Comparison& c) {
  const auto& sweep = *c.word_lengths;
  return {"word-lengths", "Accuracy by word lengths",
          html_figure(
              svg(word_length_map(sweep, c.hw)),
              fmt::format("Accuracy in percent on the first {} test samples, were the accelerator built with "
                          "other word lengths; float reaches {} on the same samples (95 % interval {}). Each "
                          "cell is the same "
                          "trained network, compiled anew without further training. The shades run from the "
                          "lowest of these accuracies to the highest, however near they are. The frame marks "
                          "the accelerator of this report, if it is among them; a dash stands for word "
                          "lengths that cannot be compiled, the table says why.",
                          grouped(sweep.samples), percent(sweep.accuracy_float()),
                          percent_range(wilson_interval(sweep.right_float, sweep.samples)))) +
              html_details("Table of all cells",
                           html_table(word_length_rows(sweep)) +
                               html_paragraph("The column \"minus float\" and the interval behind it are in "
                                              "percentage points and compare the same samples: an interval "
                                              "that holds 0 shows no difference from float. Agreement is the "
                                              "share of equal decisions."))};
}

bool normalises(const Comparison& c) {
  return std::any_of(c.local.begin(), c.local.end(),
                     [](const LocalError& error) { return error.mnemonic == "NORMALISE"; });
}

HtmlSection cycles_section(const Comparison& c) {
  const auto products = product_cycles(c.phases);
  return {
      "cycles", "Cycles and utilisation",
      html_figure(
          svg(phase_chart(c.phases)),
          fmt::format(
              "Where the {} clock cycles of one inference go, when no data stream makes the "
              "accelerator wait. A product with a matrix takes its rows over the {} lanes, rounded up, "
              "times its columns, among them the rows and columns of zeros that stand where the program's "
              "vectors have gaps: {} cycles of all products. The whole inference takes {:.3f} times as many.",
              grouped(c.golden.counters.cycles), c.hw.lanes, grouped(products),
              static_cast<double>(c.golden.counters.cycles) / static_cast<double>(products))) +
          html_figure(
              svg(other_cycles_chart(c.phases)),
              fmt::format("The same without any products: cycles in which no lane makes one. {}Data is "
                          "moved by LOAD, STORE, COPY and ROTATE; control is START, DONE, loops and the "
                          "end of the program. Note the other scale.",
                          !c.has_tables() ? ""
                          : normalises(c)
                              ? "FUNCTION and NORMALISE look their tables up and interpolate them in these. "
                              : "FUNCTION looks its table up and interpolates it in these. ")) +
          table_or_details(phase_rows(c), "Table of all phases") +
          html_paragraph("Utilisation is the share of the cycles in which the multipliers work; the last "
                         "column names the instructions of the other cycles.")};
}

/// Nothing where no instruction was recomputed.
std::string local_errors_text(const Comparison& c) {
  if (c.local_samples == 0) return "";
  return fmt::format(
      "The local error compares the result of an instruction with its real value from the same operands, in "
      "units of "
      "the last place, on {} test samples: what this instruction alone adds{}. {}",
      grouped(c.local_samples),
      normalises(c) ? "; of NORMALISE it is the error of the length of the vectors that it makes" : "",
      c.within_bounds() ? "All errors are within the bounds of the contract."
                        : "An error exceeds its bound: the model of the accelerator is wrong.");
}

HtmlSection instructions_section(const Comparison& c) {
  return {"instructions", "Error and saturation of each instruction",
          table_or_details(instruction_rows(c), "Table of all instructions") +
              html_paragraph(fmt::format("{} A saturation is an element that did not fit its word and was "
                                         "cut to the largest or smallest code, "
                                         "or an argument beyond the end of its table, over all test samples.",
                                         local_errors_text(c)))};
}
std::string noise_figure(const Comparison& c, NoiseKind kind) {
  const auto plot = noise_plot(c.noise_curves, kind);
  if (plot.series.empty()) return "";
  const auto where = kind == NoiseKind::observational
                         ? system_words(c.recipe).disturbed + " (observational noise)"
                         : std::string("what the network reads out (dynamical noise)");
  return html_figure(
             svg(plot),
             fmt::format("Accuracy on {} test samples when Gaussian noise is added to {}. To the right the "
                         "noise gets "
                         "weaker: the ratio is that of the variance of what it is added to, over all test "
                         "samples, to "
                         "that of the noise. "
                         "Marks are means of trials with different noise, bars reach from the worst to the "
                         "best trial. Float and fixed point meet the same noise; where only one of the two "
                         "lines is seen they lie on each other.",
                         grouped(std::ssize(c.noise_curves.front().points.front().by_sample)), where)) +
         html_figure(
             svg(noise_difference_plot(c.noise_curves, kind)),
             "The difference between those two lines, all trials of a strength together. The bars are "
             "95 % intervals for the same samples and noise in both, clustered by sample: the trials of a "
             "sample are alike and count as one. A bar that reaches across 0 shows no difference.");
}

/// What the names of several curves mean.
std::string curves_paragraph(const Comparison& c) {
  const bool named = std::any_of(c.noise_curves.begin(), c.noise_curves.end(),
                                 [](const NoiseCurve& curve) { return !curve.name.empty(); });
  if (!named) return "";
  std::string text =
      "Each curve is a network trained by itself; its name is where its recipe differs from the others, or "
      "its file.";
  if (c.noise_curves.front().name.find("coupling_Oe = ") != std::string::npos)
    text +=
        " coupling_Oe is the strength A_cp, in oersted, of the field by which the oscillators of a network "
        "act "
        "on each other: weakly coupled ones keep to themselves, strongly coupled ones are chaotic.";
  return html_paragraph(text);
}

HtmlSection noise_section(const Comparison& c) {
  return {"noise", "Accuracy under noise",
          curves_paragraph(c) + noise_figure(c, NoiseKind::observational) +
              noise_figure(c, NoiseKind::dynamical) + html_paragraph(noise_difference_text(c.noise_curves)) +
              html_details("Each trial, with the difference of fixed point and float in percentage points",
                           html_table(noise_rows(c.noise_curves)))};
}

}  // namespace

std::string comparison_page(const Comparison& c) {
  std::vector<HtmlSection> sections{accuracy_section(c), vectors_section(c)};
  if (c.state_error) sections.push_back(state_error_section(*c.state_error, c.recipe));
  if (!c.noise_curves.empty()) sections.push_back(noise_section(c));
  if (c.word_lengths) sections.push_back(word_lengths_section(c));
  sections.push_back(cycles_section(c));
  sections.push_back(instructions_section(c));
  sections.push_back(provenance_section(c));
  return html_page(fmt::format("{} on {}: float against fixed point",
                               std::filesystem::path(c.model).filename().string(), c.hw.name),
                   introduction(c), sections);
}

}  // namespace stoic
