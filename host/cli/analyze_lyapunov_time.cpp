#include <fmt/format.h>

#include <cmath>

#include "analyze.hpp"
#include "interrupt.hpp"
#include "long_run.hpp"
#include "options.hpp"
#include "stoic/host/analysis/exponents.hpp"
#include "stoic/host/analysis/lyapunov_time.hpp"
#include "stoic/host/report/svg_plot.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic::cli {
namespace {

using nlohmann::ordered_json;

struct LyapunovTimeCommand {
  LongRunOptions run;
  std::int64_t starts = 30;
  double disturbance = 1e-8, reaches = 0.5;
};

struct Found {
  LyapunovSpectrum spectrum;
  SpanningTime spanning;
  std::string rate_unit, time_unit;
  bool grows() const { return spectrum.exponents[0].low() > 0; }
};

Found find(const LyapunovTimeCommand& command, Team& team, const ShowProgress& show) {
  const auto& common = command.run.common;
  try {
    auto run = long_run(command.run, {}, 0, team);
    const Eigen::VectorXd start = run.evolution->state();
    Found found{.rate_unit = run.rate_unit, .time_unit = run.time_unit};
    const auto progress = [&](std::int64_t from) {
      return [&team, &show, from](std::int64_t done, std::int64_t all) {
        team.stop_if_asked();
        show(from + 100 * done / all, 200);
      };
    };
    found.spectrum = lyapunov_spectrum(*run.evolution, {.count = 1,
                                                        .transient = run.transient,
                                                        .duration = run.duration_of(1),
                                                        .seed = common.seed,
                                                        .progress = progress(0)});
    // ten times as long as the exponent says, or as long as it was measured
    const double rate = found.spectrum.exponents[0].value;
    const double longest = found.grows() ? 10 * std::log(command.reaches / command.disturbance) / rate
                                         : run.duration_of(1) / static_cast<double>(command.starts);
    run.evolution->set_state(start);
    found.spanning = spanning_time(*run.evolution, {.transient = run.transient,
                                                    .longest = std::min(longest, run.duration_of(1)),
                                                    .starts = command.starts,
                                                    .disturbance = command.disturbance,
                                                    .reaches = command.reaches,
                                                    .seed = common.seed,
                                                    .progress = progress(100)});
    return found;
  } catch (const Error& error) {
    const std::string text = error.what();
    throw Error(text.starts_with(common.subject) ? text : fmt::format("{}: {}", common.subject, text));
  }
}

ordered_json json_of(const Found& found, const std::string& subject) {
  const auto& e = found.spectrum.exponents[0];
  ordered_json json{{"system", subject},
                    {"exponent", e.value},
                    {"exponent_interval", {e.low(), e.high()}},
                    {"converged", found.spectrum.converged},
                    {"unit", found.time_unit},
                    {"rate_unit", found.rate_unit}};
  json["inverse_exponent"] = found.grows() ? ordered_json(1 / e.value) : ordered_json();
  json["inverse_exponent_interval"] =
      found.grows() ? ordered_json{1 / e.high(), 1 / e.low()} : ordered_json();
  const auto& s = found.spanning;
  json["spanning_time"] = s.time ? ordered_json(s.time->value) : ordered_json();
  json["spanning_time_interval"] = s.time ? ordered_json{s.time->low(), s.time->high()} : ordered_json();
  json["spanned"] = s.spanned;
  json["starts"] = s.starts;
  json["attractor_size"] = s.size;
  json["disturbance"] = s.disturbance;
  json["reaches"] = s.reaches;
  return json;
}

std::string text_of(const Found& found, const std::string& subject) {
  const auto& e = found.spectrum.exponents[0];
  const auto& s = found.spanning;
  auto text = fmt::format("{}: largest exponent {:.5g} ± {:.1e} {}; {}\n", subject, e.value, e.half_width,
                          found.rate_unit, found.spectrum.verdict);
  text += found.grows() ? fmt::format("  1/λ = {:.4g} {} ({:.4g} to {:.4g})\n", 1 / e.value, found.time_unit,
                                      1 / e.high(), 1 / e.low())
                        : "  1/λ does not exist: the exponent is not above 0, and disturbances do not grow\n";
  const auto what = fmt::format("a disturbance of {:g} of the attractor's size {:.4g} reaches {:g} of it",
                                s.disturbance, s.size, s.reaches);
  if (s.size == 0) return text + "  the system is at rest: there is no attractor to span";
  if (s.time)
    return text + fmt::format("  {} after {:.4g} ± {:.2g} {}", what, s.time->value, s.time->half_width,
                              found.time_unit);
  return text + fmt::format("  {} from {} of {} starts in the time given", what, s.spanned, s.starts);
}

AnalysisReport report_of(const Found& found, const std::string& subject) {
  const auto title = subject + ": Lyapunov time";
  AnalysisReport report{
      .analysis = "lyapunov-time",
      .title = title,
      .introduction =
          {"How long a system can be foretold, by both definitions in use: 1/λ, the time in which an "
           "infinitely small disturbance grows by a factor of e, and the time after which a small one "
           "spans the attractor, as paper 001 has it.",
           text_of(found, subject)},
      .figures = {},
      .tables = {},
      .warnings = {},
      .version = {},
      .command = {},
      .result = json_of(found, subject)};
  if (found.spanning.growth.empty()) return report;
  LinePlot plot{.title = title,
                .heading = {title},
                .x = {.label = fmt::format("time ({})", found.time_unit)},
                .y = {.label = "share of the attractor's size", .logarithmic = true},
                .x_names = {},
                .series = {{"disturbance", {}}}};
  AnalysisTable table{"growth", ordered_json::array(),
                      "The mean time at which a disturbance first reached a share."};
  for (const auto& [share, time] : found.spanning.growth) {
    plot.series[0].points.push_back({time, share, share, share});
    table.rows.push_back({{"share", share}, {"time", time}});
  }
  report.figures.push_back({"growth", svg(plot), "How disturbances grow, mean over the starts."});
  report.tables.push_back(std::move(table));
  return report;
}

int run_lyapunov_time(const LyapunovTimeCommand& command) {
  const auto& common = command.run.common;
  if (command.run.list) return list_catalogue(common.console);
  if (!common.output.empty()) require_analysis_folder(common.output, common.name);
  Found found;
  const bool finished = run_stoppable(common, false, [&](const ShowProgress& show) {
    Team team(common.threads, &stop_requested());
    found = find(command, team, show);
  });
  if (!finished) return interrupted;
  common.console.print(text_of(found, common.subject));
  return finish_analysis(common, report_of(found, common.subject));
}

}  // namespace

void add_lyapunov_time(CLI::App& analyze, Body& body) {
  auto options = std::make_shared<LyapunovTimeCommand>();
  auto* command = analyze.add_subcommand("lyapunov-time",
                                         "how long a system can be foretold: 1/λ of its largest exponent, "
                                         "and when a small disturbance spans the "
                                         "attractor; in the system's time");
  add_long_run(*command, options->run);
  command->add_option("--starts", options->starts, "states that are disturbed")
      ->check(CLI::Range(std::int64_t{2}, std::int64_t{100000}))
      ->capture_default_str();
  command->add_option("--disturbance", options->disturbance, "its length, as a share of the attractor's size")
      ->check(in_range(1e-14, 0.1))
      ->capture_default_str();
  command
      ->add_option("--reaches", options->reaches,
                   "the attractor is spanned at this share of its size, which is "
                   "the mean distance of two of its states")
      ->check(in_range(0.1, 1.0))
      ->capture_default_str();
  add_analysis(*command, options->run.common);
  command->footer("Example: stoic analyze lyapunov-time lorenz63 --starts 50");
  command->callback([options, command, &body] {
    take_analysis(*command, options->run.common);
    if (!options->run.list && options->run.common.subject.empty()) throw CLI::RequiredError("SYSTEM");
    body = [options] { return run_lyapunov_time(*options); };
  });
}

}  // namespace stoic::cli
