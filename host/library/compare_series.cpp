#include "stoic/host/library/compare_series.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "stoic/host/compare/noise_curve.hpp"
#include "stoic/host/compare/series_replay.hpp"
#include "stoic/host/compare/word_lengths.hpp"
#include "stoic/host/compiler/driven_image.hpp"
#include "stoic/host/driven/driven_network.hpp"
#include "stoic/host/library/work.hpp"
#include "stoic/host/report/series_comparison_report.hpp"
#include "stoic/host/report/series_scores.hpp"
#include "stoic/host/report/text_table.hpp"
#include "stoic/sim/contract/image.hpp"

namespace stoic {

using nlohmann::ordered_json;

namespace {

SeriesDevice run_device(Device& device, const std::string& backend, const SeriesCompareResult& result,
                        const SeriesCompareOptions& options, Team& team) {
  const auto& image = result.comparison.made.compilation.image;
  const auto all = result.series.steps();
  const auto steps = options.device_steps == 0 ? all : std::min<std::int64_t>(options.device_steps, all);
  const auto golden = run_golden_series(image, driven_image(image, options.name), result.series, steps, team);
  Work work(options.listener, backend, steps);
  SessionOptions session{.stop = options.stop};
  session.progress = [&](std::int64_t done) { work.show(done); };
  const auto replay = replay_series(device, image, golden, session, options.name);
  return {backend,
          steps,
          replay.bits,
          replay.cycles,
          replay.saturations,
          std::llround(replay.session.cycles_of_one())};
}

std::string noise_table(const std::vector<SeriesNoise>& noise) {
  Rows rows{{"inputs' signal to noise", "float", "fixed point"}};
  for (const auto& point : noise)
    rows.push_back({fmt::format("{:g}", point.signal_to_noise),
                    fmt::format("{:.4g}", mean_nrmse(point.nrmse_float)),
                    fmt::format("{:.4g}", mean_nrmse(point.nrmse_fixed))});
  return "NRMSE with noisy inputs in the test part\n" + table(rows);
}

}  // namespace

bool SeriesCompareResult::devices_agree() const {
  return std::ranges::all_of(devices, [](const SeriesDevice& device) { return device.equal(); });
}

std::string SeriesCompareResult::print() const {
  const auto& c = comparison;
  auto text = fmt::format("{}: {} of {} sites on {}; {} ({} lanes, {}-bit states, {}-bit weights)\n", name,
                          dynamics, sites, series.where, hw.name, hw.lanes, hw.state_width, hw.weight_width);
  text += fmt::format(
      "{} cycles a time step, {} saturated elements in {} steps; ridge {:g}, read-out in {} part{}\n",
      grouped(c.run.cycles_of_step), grouped(c.run.saturations), grouped(c.run.steps), c.made.ridge,
      c.made.weight_parts, c.made.weight_parts > 1 ? "s" : "");
  text += "\nin float64: " + scores_text(c.reference, series);
  text += "\nfixed point: " + scores_text(c.golden, series);
  text += fmt::format(
      "\nNRMSE of fixed point: {:+.2f} % beside float, {:+.2f} % beside float with W and W_in as rounded "
      "here\n",
      100 * c.loss(), 100 * (c.golden.error.nrmse / c.rounded.nrmse - 1));
  const auto largest = std::ranges::max(c.drift, {}, &SeriesDrift::largest);
  text += fmt::format(
      "fixed point is from float, in standard deviations of the target: {:.2e} root mean square in the first "
      "and "
      "{:.2e} in the last of {} stretches of the test part, {:.2e} at most",
      c.drift.front().rms, c.drift.back().rms, c.drift.size(), largest.largest);
  if (c.free_reference && c.free_golden) text += "\n" + free_runs_comparison(c);
  if (!word_lengths.empty()) text += "\n\n" + word_length_table(word_lengths, hw);
  if (!noise.empty()) text += "\n\n" + noise_table(noise);
  for (const auto& d : devices)
    text += fmt::format(
        "\n{}: {} steps, {} bits, {} cycles and {} saturated elements differ from golden; {} cycles a step",
        d.backend, grouped(d.steps), grouped(d.differing_bits), grouped(d.differing_cycles),
        grouped(d.differing_saturations), grouped(d.cycles_per_step));
  return text;
}

ordered_json SeriesCompareResult::json() const {
  const auto& c = comparison;
  ordered_json json{{"model", name},  {"dynamics", dynamics},
                    {"sites", sites}, {"series", series.where},
                    {"hw", hw.name},  {"config_hash", fmt::format("{:08x}", config_hash(hw))}};
  json["float"] = scores_json(c.reference, series);
  json["rounded_float_nrmse"] = c.rounded.nrmse;
  json["golden"] = scores_json(c.golden, series);
  json["loss"] = c.loss();
  json["ridge"] = c.made.ridge;
  json["weight_parts"] = c.made.weight_parts;
  json["cycles_per_step"] = c.run.cycles_of_step;
  json["saturations"] = c.run.saturations;
  const auto tables = comparison_tables(*this);
  for (const auto& t : tables) json[t.name] = t.rows;
  json["devices_agree"] = devices_agree();
  json["seed"] = seed;
  json["recipe"] = parse_ordered_json(recipe, "recipe");
  json["learnt_from"] = learnt_from;
  json["date"] = date.empty() ? ordered_json() : ordered_json(date);
  return json;
}

AnalysisReport SeriesCompareResult::report() const {
  auto report = series_comparison_report(*this);
  const auto text = print();
  report.introduction.insert(report.introduction.begin(), text.substr(0, text.find('\n')));
  report.result = json();
  return report;
}

SeriesCompareResult compare(const DrivenModel& model, const TimeSeries& series,
                            const SeriesCompareOptions& options, const Devices& devices) {
  require_fitting(model, series, options.name);
  // A device may live in a child process, which is made while no other thread runs.
  std::vector<std::unique_ptr<Device>> bodies;
  for (const auto& backend : options.backends)
    bodies.push_back(devices.make(backend, options.hw, options.name));
  SeriesCompareResult result;
  result.name = options.name;
  result.dynamics = model.recipe.dynamics();
  result.recipe = driven_recipe_text(model.recipe);
  result.learnt_from = model.learnt_from;
  result.seed = model.recipe.seed;
  result.date = options.date;
  result.sites = model.recipe.sites();
  result.hw = options.hw;
  result.series = series;
  Team alone(1, options.stop), team(options.threads, options.stop);
  result.comparison = compare_series(model, series, options.hw, alone);
  for (std::size_t b = 0; b < bodies.size(); ++b)
    result.devices.push_back(run_device(*bodies[b], options.backends[b], result, options, alone));
  if (options.word_lengths) {
    Work work(options.listener, "word lengths",
              std::ssize(swept_state_widths) * std::ssize(swept_weight_widths));
    result.word_lengths =
        series_word_lengths(model, series, options.hw, team, [&](std::int64_t done) { work.show(done); });
  }
  if (options.noise_trials > 0) {
    Work work(options.listener, "noise", std::ssize(noise_ratios) * options.noise_trials);
    result.noise = series_noise(model, series, result.comparison, options.noise_trials, team,
                                [&](std::int64_t done) { work.show(done); });
  }
  return result;
}

}  // namespace stoic
