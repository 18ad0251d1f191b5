#include "stoic/host/report/comparison_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "stoic/host/report/system_words.hpp"

namespace stoic {
namespace {

/// "FUNCTION 133, MATVEC 8": cycles without products, most first.
std::string other_cycles(const PhaseCost& phase) {
  auto costs = phase.instructions;
  std::stable_sort(costs.begin(), costs.end(), [](const InstructionCost& a, const InstructionCost& b) {
    return a.other_cycles() > b.other_cycles();
  });
  std::string text;
  for (const auto& cost : costs)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", cost.mnemonic, grouped(cost.other_cycles()));
  return text.empty() ? "-" : text;
}

std::string decibels(double value) {
  return std::isfinite(value) ? fmt::format("{:.1f}", value) : "- (no error)";
}

}  // namespace

std::string percent_range(const Interval& interval) {
  return fmt::format("{:.2f} to {:.2f} %", 100 * interval.low, 100 * interval.high);
}

Rows accuracy_rows(const Comparison& c) {
  Rows rows{
      {"", "accuracy", "95 % interval", "samples", "differing bits", "differing cycles", "cycles/inference"},
      {"float", percent(c.reference.accuracy), percent_range(accuracy_interval(c.reference)),
       grouped(c.reference.samples), "-", "-", "-"},
      {"golden", percent(c.golden.accuracy), percent_range(accuracy_interval(c.golden)),
       grouped(c.golden.samples), "-", "-", grouped(c.golden.counters.cycles)}};
  for (const auto& device : c.devices) {
    const auto right = std::llround(device.accuracy * static_cast<double>(device.samples));
    rows.push_back({device.backend, percent(device.accuracy),
                    percent_range(wilson_interval(right, device.samples)), grouped(device.samples),
                    grouped(device.differing_bits), grouped(device.differing_cycles),
                    grouped(device.cycles_per_inference)});
  }
  return rows;
}

Rows vector_rows(const Comparison& c) {
  Rows rows{
      {"vector", "program word", "fraction bits", "least", "most", "largest error", "(units)", "SQNR dB"}};
  for (const auto& d : c.deviations)
    rows.push_back({d.name, fmt::format("{}", d.slot), fmt::format("{}", d.fraction_bits),
                    fmt::format("{:.4g}", d.least), fmt::format("{:.4g}", d.most),
                    fmt::format("{:.3g}", d.largest_error), fmt::format("{:.1f}", d.largest_error_units()),
                    decibels(d.signal_to_noise_dB())});
  return rows;
}

Rows phase_rows(const Comparison& c) {
  Rows rows{{"phase", "cycles", "share", "multiplying", "utilisation", "other cycles", "of these"}};
  auto phases = c.phases;
  phases.push_back(total_cost(c.phases));
  const auto all = static_cast<double>(phases.back().cycles);
  for (const auto& phase : phases)
    rows.push_back({phase.name, grouped(phase.cycles), percent(static_cast<double>(phase.cycles) / all),
                    grouped(phase.ideal_mac_cycles), percent(phase.mac_utilisation()),
                    grouped(phase.cycles - phase.ideal_mac_cycles), other_cycles(phase)});
  return rows;
}

Rows instruction_rows(const Comparison& c) {
  Rows rows{{"word", "instruction", "computes", "largest local error", "bound", "saturations"}};
  for (const auto& e : c.local)
    rows.push_back({fmt::format("{}", e.slot), e.mnemonic, c.text_of_slot(e.slot),
                    fmt::format("{:.4f}", e.largest), fmt::format("{}", e.bound),
                    grouped(c.saturations_at(e.slot))});
  return rows;
}

Rows word_length_rows(const WordLengthSweep& sweep) {
  Rows rows{{"state bits", "weight bits", "accuracy", "95 % interval", "minus float", "95 % interval",
             "agreement", "saturations", "remark"}};
  for (const auto& cell : sweep.cells) {
    rows.push_back({fmt::format("{}", cell.state_width), fmt::format("{}", cell.weight_width)});
    auto& row = rows.back();
    const auto difference = cell.difference.interval();
    if (cell.obstacle.empty())
      row.insert(row.end(),
                 {percent(cell.accuracy), percent_range(wilson_interval(cell.right, sweep.samples)),
                  fmt::format("{:+.2f}", 100 * cell.difference.difference),
                  fmt::format("{:+.2f} to {:+.2f}", 100 * difference.low, 100 * difference.high),
                  percent(cell.agreement_with_float), grouped(cell.saturations), ""});
    else
      row.insert(row.end(), {"-", "-", "-", "-", "-", "-", "cannot be compiled: " + cell.obstacle});
  }
  return rows;
}

Rows noise_rows(const std::vector<NoiseCurve>& curves) {
  Rows rows{{"noise", "signal / noise", "trial", "float", "fixed point", "minus float", "95 % interval"}};
  for (const auto& curve : curves)
    for (const auto& point : curve.points)
      for (std::size_t trial = 0; trial < point.accuracy_float.size(); ++trial) {
        const auto& difference = point.difference.at(trial);
        const auto interval = difference.interval();
        rows.push_back({curve.name.empty() ? kind_name(curve.kind)
                                           : fmt::format("{}, {}", kind_name(curve.kind), curve.name),
                        fmt::format("{}", point.signal_to_noise), fmt::format("{}", trial),
                        percent(point.accuracy_float[trial]), percent(point.accuracy_fixed.at(trial)),
                        fmt::format("{:+.2f}", 100 * difference.difference),
                        fmt::format("{:+.2f} to {:+.2f}", 100 * interval.low, 100 * interval.high)});
      }
  return rows;
}

Rows word_length_grid(const WordLengthSweep& sweep) {
  Rows rows{{"state bits \\ weight bits"}};
  for (const auto width : swept_weight_widths) rows[0].push_back(fmt::format("{}", width));
  for (std::size_t i = 0; i < sweep.cells.size(); ++i) {
    const auto& cell = sweep.cells[i];
    if (i % swept_weight_widths.size() == 0) rows.push_back({fmt::format("{}", cell.state_width)});
    rows.back().push_back(cell.obstacle.empty() ? percent(cell.accuracy) : "-");
  }
  return rows;
}

Rows confusion_rows(const Comparison& c) {
  const auto& fixed = c.golden.confusion;
  Rows rows{{"true \\ decided"}};
  for (Eigen::Index decided = 0; decided < fixed.cols(); ++decided)
    rows[0].push_back(fmt::format("{}", decided));
  for (Eigen::Index label = 0; label < fixed.rows(); ++label) {
    rows.push_back({fmt::format("{}", label)});
    for (Eigen::Index decided = 0; decided < fixed.cols(); ++decided) {
      const int change = fixed(label, decided) - c.reference.confusion(label, decided);
      rows.back().push_back(change == 0 ? fmt::format("{}", fixed(label, decided))
                                        : fmt::format("{} ({:+})", fixed(label, decided), change));
    }
  }
  return rows;
}

Rows disagreement_rows(const Comparison& c, std::size_t most) {
  Rows rows{{"test sample", "true class", "float decides", "fixed point decides"}};
  for (std::size_t i = 0; i < std::min(most, c.disagreements.size()); ++i) {
    const auto& d = c.disagreements[i];
    rows.push_back({grouped(d.sample), fmt::format("{}", d.label), fmt::format("{}", d.reference),
                    fmt::format("{}", d.fixed)});
  }
  return rows;
}

Rows network_rows(const Comparison& c) {
  const auto& r = c.recipe;
  return {{"part", "value"},
          {"model", c.model},
          {"network", fmt::format("{} inputs; {}; {} classes", r.inputs, system_words(r).network, r.classes)},
          {"test data", fmt::format("{}, {} samples", r.data.set, grouped(c.reference.samples))},
          {"accelerator",
           fmt::format("{}: {} lanes, {}-bit states, {}-bit weights, {}-bit accumulators", c.hw.name,
                       c.hw.lanes, c.hw.state_width, c.hw.weight_width, c.hw.accumulator_width)},
          {"one inference",
           fmt::format("{} cycles from START to DONE, {} of them multiplying",
                       grouped(c.golden.counters.cycles), percent(total_cost(c.phases).mac_utilisation()))},
          {"saturated elements", grouped(c.golden.counters.saturations)}};
}

Rows state_error_rows(const StateError& error, const Recipe& recipe) {
  const auto row = [](const char* part, double mean, const ErrorSize* size) {
    return std::vector<std::string>{part, fmt::format("{:.2e}", mean),
                                    size == nullptr ? "-" : fmt::format("{:.2e}", size->largest)};
  };
  return {{"error of " + system_words(recipe).state, "root mean square", "largest"},
          row("step of the integrator", error.step.root_mean_square, &error.step),
          row("rounded states", error.rounding.root_mean_square, &error.rounding),
          {"rounded weights", error.weights() ? fmt::format("{:.2e}", *error.weights()) : "-", "-"},
          row("states and weights", error.words.root_mean_square, &error.words),
          row("all", error.total(), nullptr)};
}

std::string noise_difference_text(const std::vector<NoiseCurve>& curves) {
  const auto all = summary(curves);
  const auto interval = all.difference.interval();
  auto text = fmt::format(
      "Of {} trials, {} have a 95 % interval of fixed point minus float that does not hold 0; chance alone "
      "would give {:.2g}. The largest "
      "difference of a trial is {:.2f} percentage points; all trials "
      "together give {:+.4f} ({:+.4f} to {:+.4f}, clustered by sample: the trials of a sample count "
      "together, "
      "since they are alike).",
      grouped(all.trials), grouped(all.outside), all.outside_by_chance, 100 * all.largest_difference,
      100 * all.difference.difference(), 100 * interval.low, 100 * interval.high);
  for (const auto& curve : curves)
    for (const auto& gap : curve.gaps)
      text += fmt::format(" With {} noise at a ratio of {}{} the network has no program: {}.",
                          kind_name(curve.kind), gap.signal_to_noise,
                          curve.name.empty() ? "" : " (" + curve.name + ")", gap.obstacle);
  return text;
}

std::string difference_text(const PairedDifference& difference) {
  const auto interval = difference.interval();
  const bool none = interval.low <= 0 && interval.high >= 0;
  return fmt::format(
      "fixed point minus float {:+.3f} percentage points, 95 % interval {:+.3f} to {:+.3f}: {}; right in "
      "float only {}, in fixed point only {}",
      100 * difference.difference, 100 * interval.low, 100 * interval.high,
      none ? "no difference is shown"
           : (difference.difference < 0 ? "fixed point is worse" : "fixed point is better"),
      difference.only_first_right, difference.only_second_right);
}

}  // namespace stoic
