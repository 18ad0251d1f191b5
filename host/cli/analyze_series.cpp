#include <fmt/format.h>

#include "analysis.hpp"
#include "analyze.hpp"
#include "interrupt.hpp"
#include "options.hpp"
#include "stoic/host/analysis/series.hpp"
#include "stoic/host/data/column.hpp"
#include "stoic/host/report/series_report.hpp"

namespace stoic::cli {
namespace {

struct SeriesCommand {
  AnalysisOptions common;
  SeriesOptions options;
};

int run_series(const SeriesCommand& command) {
  const auto& common = command.common;
  if (!common.output.empty()) require_analysis_folder(common.output, common.name);
  const auto column = read_column(common.subject);
  SeriesExponent result;
  const bool finished = run_stoppable(common, false, [&](const ShowProgress&) {
    Team team(common.threads, &stop_requested());
    result =
        series_exponent(Eigen::Map<const Eigen::VectorXd>(column.values.data(), std::ssize(column.values)),
                        column.where, command.options, team);
  });
  if (!finished) return interrupted;
  const double step = command.options.step;
  common.console.print(fmt::format(
      "{}: {} values; states of {} numbers {} apart, neighbours more than {} apart in time, {} pairs",
      column.where, result.samples, result.dimension, result.delay, result.theiler, result.pairs));
  if (result.exponent)
    common.console.print(fmt::format(
        "  largest exponent {:.4g} ± {:.2g} {} (95 %), {}; fitted from {:g} to {:g}", result.exponent->value,
        result.exponent->half_width, step == 1 ? "per sample" : "per unit of time", result.verdict,
        static_cast<double>(result.window->first) * step, static_cast<double>(result.window->second) * step));
  else
    common.console.print("  " + result.verdict);
  return finish_analysis(common, series_report(result, step, common.subject));
}

}  // namespace

void add_series(CLI::App& analyze, Body& body) {
  auto options = std::make_shared<SeriesCommand>();
  auto* command = analyze.add_subcommand(
      "series",
      "largest Lyapunov exponent of a time series, from how nearest neighbours part: above 0 is chaos; per "
      "sample, "
      "or per unit of time with --step; \"no scaling region\" where they do not part exponentially");
  auto& [common, series] = *options;
  command
      ->add_option("FILE[:COLUMN]", common.subject,
                   "a CSV or a .npy file; the column by name or by number from 1")
      ->required();
  const auto count = [&](const char* name, std::int64_t& value, const char* what) {
    command->add_option(name, value, what)
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{100000}))
        ->type_name("N");
  };
  count("--delay", series.delay,
        "samples between the numbers of a state; default: where the autocorrelation falls below 1 - 1/e");
  count("--dimension", series.dimension,
        "numbers of a state; default: the fewest with at most 1 % of false nearest neighbours, up to 10");
  count(
      "--theiler", series.theiler,
      "neighbours lie further apart in time than so many samples; default: a state's length or the mean time "
      "between two crossings of the mean, whichever is longer");
  count("--horizon", series.horizon,
        "samples that neighbours are followed for; default: ten such times, 20 to 500");
  command->add_option("--step", series.step, "time between two samples")
      ->check(in_range(1e-12, 1e12))
      ->capture_default_str();
  add_analysis(*command, common);
  command->footer("Example: stoic analyze series laser.csv:intensity --step 0.08 -o report");
  command->callback([options, command, &body] {
    take_analysis(*command, options->common);
    body = [options] { return run_series(*options); };
  });
}

}  // namespace stoic::cli
