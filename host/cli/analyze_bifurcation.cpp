#include <fmt/format.h>

#include <algorithm>

#include "analyze.hpp"
#include "interrupt.hpp"
#include "long_run.hpp"
#include "options.hpp"
#include "stoic/host/analysis/bifurcation.hpp"
#include "stoic/host/learning/trainer.hpp"
#include "stoic/host/sweep/bifurcation_report.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic::cli {
namespace {

using nlohmann::ordered_json;

struct BifurcationCommand {
  LongRunOptions run;
  std::int64_t component = 0, points = 100;
};

ordered_json measure(const BifurcationCommand& command, const std::vector<std::string>& settings,
                     Team& team) {
  auto run = long_run(command.run, settings, 0, team);
  try {
    const auto values = visited(*run.evolution, {.component = command.component,
                                                 .transient = run.transient,
                                                 .duration = run.duration_of(1),
                                                 .most = command.points});
    const auto [least, largest] = std::minmax_element(values.begin(), values.end());
    const double tolerance = 1e-3 * (1 + std::max(std::abs(*least), std::abs(*largest)));
    return {{"values", values},
            {"distinct", distinct_values(values, tolerance)},
            {"map", run.evolution->is_map()}};
  } catch (const DivergedOrbit& error) {
    throw DivergedError(fmt::format("{}: {}", command.run.common.subject, error.what()));
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", command.run.common.subject, error.what()));
  }
}

int run_bifurcation(const BifurcationCommand& command) {
  const auto& common = command.run.common;
  if (command.run.list) return list_catalogue(common.console);
  if (!common.output.empty()) require_analysis_folder(common.output, common.name);
  const auto axes = long_run_axes(command.run);
  const auto points = run_points(common, axes, long_run_identity(command.run),
                                 [&](const std::vector<std::string>& settings, const PointWork& work) {
                                   Team team(common.threads, work.stop);
                                   return measure(command, settings, team);
                                 });
  if (!points) return interrupted;
  Rows rows{{axes[0].key, "values", "distinct", "least", "largest"}};
  bool map = false;
  for (const auto& point : *points) {
    const auto& r = point.result;
    if (r.contains("diverged")) {
      rows.push_back({point.at[0].dump(), "diverged", "", "", ""});
      continue;
    }
    map = r.at("map").get<bool>();
    const auto values = r.at("values").get<std::vector<double>>();
    const auto [least, largest] = std::minmax_element(values.begin(), values.end());
    rows.push_back({point.at[0].dump(), std::to_string(values.size()), r.at("distinct").dump(),
                    fmt::format("{:.5g}", *least), fmt::format("{:.5g}", *largest)});
  }
  common.console.print(table(rows));
  const auto what = fmt::format("{} of component {}", map ? "iterates" : "maxima", command.component);
  return finish_analysis(common, bifurcation_report(axes[0], *points, what, common.subject));
}

}  // namespace

void add_bifurcation(CLI::App& analyze, Body& body) {
  auto options = std::make_shared<BifurcationCommand>();
  auto* command =
      analyze.add_subcommand("bifurcation",
                             "what a component visits in the long run over a key: iterates of a map, local "
                             "maxima of a flow; one point is "
                             "rest, a few are a cycle, a band is chaos; in the unit of the state");
  add_long_run(*command, options->run);
  command->add_option("--component", options->component, "number of the component of the state, from 0")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 30))
      ->capture_default_str();
  command->add_option("--points", options->points, "values that are noted at each value of the key, at most")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{10000}))
      ->capture_default_str();
  add_over(*command, options->run.common);
  add_analysis(*command, options->run.common);
  command->footer("Example: stoic analyze bifurcation logistic --over r 2.8:4:200 -o diagram");
  command->callback([options, command, &body] {
    take_analysis(*command, options->run.common);
    if (!options->run.list) {
      if (options->run.common.subject.empty()) throw CLI::RequiredError("SYSTEM");
      if (options->run.common.over.size() != 1)
        throw CLI::ValidationError("--over", "a diagram is over one key; give --over KEY FROM:TO:COUNT");
    }
    body = [options] { return run_bifurcation(*options); };
  });
}

}  // namespace stoic::cli
