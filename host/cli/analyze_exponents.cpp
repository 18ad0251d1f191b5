#include <fmt/format.h>

#include <cmath>

#include "analyze.hpp"
#include "interrupt.hpp"
#include "long_run.hpp"
#include "options.hpp"
#include "stoic/host/learning/trainer.hpp"
#include "stoic/host/sweep/exponents_report.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/stopwatch.hpp"

namespace stoic::cli {
namespace {

using nlohmann::ordered_json;

struct ExponentsCommand {
  LongRunOptions run;
  std::string count;  ///< a number, "all", or nothing
  double interval = 0;
  std::int64_t seeds = 1;
};

/// How many exponents are asked for, of this system; 0: all.
Eigen::Index count_of(const ExponentsCommand& command, const LongRun& run) {
  constexpr Eigen::Index few = 40;
  if (command.count.empty())
    return run.evolution->dimension() <= few && run.known != nullptr
               ? 0
               : std::min<Eigen::Index>(3, run.evolution->dimension());
  return command.count == "all" ? 0 : std::stol(command.count);
}

/// All seeds, one after the other.
ExponentsResult measure(const ExponentsCommand& command, const std::vector<std::string>& settings, Team& team,
                        const ShowProgress& progress) {
  const auto& common = command.run.common;
  ExponentsResult result;
  for (std::int64_t s = 0; s < command.seeds; ++s) {
    auto run = long_run(command.run, settings, static_cast<std::uint64_t>(s), team);
    const auto count = count_of(command, run);
    try {
      result.seeds.push_back(
          lyapunov_spectrum(*run.evolution, {.count = count,
                                             .transient = run.transient,
                                             .duration = run.duration_of(count),
                                             .interval = command.interval,
                                             .seed = common.seed + static_cast<std::uint64_t>(s),
                                             .progress = [&](std::int64_t done, std::int64_t all) {
                                               team.stop_if_asked();
                                               if (progress) progress(s * all + done, command.seeds * all);
                                             }}));
    } catch (const DivergedOrbit& error) {
      throw DivergedError(fmt::format("{}: {}", common.subject, error.what()));
    } catch (const Error& error) {
      throw Error(fmt::format("{}: {}", common.subject, error.what()));
    }
    result.subject = common.subject;
    result.unit = run.rate_unit;
    result.time_unit = run.time_unit;
    result.method = run.method;
    result.start = run.start;
    result.seed = common.seed;
  }
  return result;
}

int run_once(const ExponentsCommand& command) {
  const auto& common = command.run.common;
  ExponentsResult result;
  const Stopwatch watch;
  const bool finished = run_stoppable(common, false, [&](const ShowProgress& show) {
    Team team(common.threads, &stop_requested());
    result = measure(command, {}, team, show);
  });
  if (!finished) return interrupted;
  const double seconds = watch.seconds();
  common.console.print(exponents_text(result));
  return finish_analysis(common, exponents_report(result), {{"seconds", seconds}});
}

/// The point of a curve: what --json prints, with the largest three under names of their own.
ordered_json point_of(const ExponentsResult& result) {
  auto point = exponents_json(result);
  const auto& values = point.at("exponents");
  for (std::size_t j = 0; j < std::min<std::size_t>(values.size(), 3); ++j) {
    const auto name = fmt::format("lambda_{}", j + 1);
    point[name] = values[j];
    point[name + "_low"] = point.at("intervals")[j][0];
    point[name + "_high"] = point.at("intervals")[j][1];
  }
  return point;
}

int run_over(const ExponentsCommand& command) {
  const auto& common = command.run.common;
  const auto axes = long_run_axes(command.run);
  const auto points = run_points(common, axes, long_run_identity(command.run),
                                 [&](const std::vector<std::string>& settings, const PointWork& work) {
                                   Team team(common.threads, work.stop);
                                   return point_of(measure(command, settings, team, work.show));
                                 });
  if (!points) return interrupted;
  Rows rows{{"", "largest", "low", "high", "Kaplan-Yorke", ""}};
  for (const auto& axis : axes) rows[0][0] += (rows[0][0].empty() ? "" : ", ") + axis.key;
  for (const auto& point : *points) {
    std::string at;
    for (const auto& value : point.at) at += (at.empty() ? "" : ", ") + value.dump();
    const auto& r = point.result;
    const auto text = [&](const char* key) {
      return r.at(key).is_number() ? fmt::format("{:.6g}", r.at(key).get<double>()) : std::string("-");
    };
    if (r.contains("diverged"))
      rows.push_back({at, "diverged", "", "", "", ""});
    else
      rows.push_back({at, text("lambda_1"), text("lambda_1_low"), text("lambda_1_high"), text("kaplan_yorke"),
                      r.at("verdict").get<std::string>()});
  }
  common.console.print(table(rows));
  return finish_analysis(common, exponents_curve_report(axes, *points, common.subject));
}

int run_exponents(const ExponentsCommand& command) {
  const auto& common = command.run.common;
  if (command.run.list) return list_catalogue(common.console);
  if (!common.output.empty()) require_analysis_folder(common.output, common.name);
  return common.over.empty() ? run_once(command) : run_over(command);
}

std::string check_count(const std::string& text) {
  std::int64_t count = 0;
  if (text == "all" || (CLI::detail::lexical_cast(text, count) && count >= 1 && count <= 1000000)) return "";
  return "\"" + text + "\" is no number of exponents; write 1, 2, ... or all";
}

}  // namespace

void add_exponents(CLI::App& analyze, Body& body) {
  auto options = std::make_shared<ExponentsCommand>();
  auto* command = analyze.add_subcommand(
      "exponents",
      "Lyapunov exponents: mean rates at which small disturbances grow in the long run, each with a 95 % "
      "interval "
      "and a verdict; a positive largest one is chaos; per unit of time, or per step of a map");
  add_long_run(*command, options->run);
  command
      ->add_option(
          "--k", options->count,
          "how many of the largest, or all; default: all of a system of the literature with up to 40, "
          "else 3")
      ->check(CLI::Validator(check_count, "N|all"));
  command
      ->add_option(
          "--interval", options->interval,
          "time between orthonormalisations; default: until tangents have parted by a factor of 100,000, "
          "at most 64 steps")
      ->check(in_range(1e-12, 1e12));
  command
      ->add_option(
          "--seeds", options->seeds,
          "repeat with so many starts, and drawn weights of a recipe; the mean and its interval are over "
          "them")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  add_over(*command, options->run.common);
  add_analysis(*command, options->run.common);
  command->footer(
      "Example: stoic analyze exponents lorenz63 --set rho=20\n"
      "         stoic analyze exponents mnist-csto --over coupling_Oe 0.1:1000:17:log --k 1 -o exponents");
  command->callback([options, command, &body] {
    take_analysis(*command, options->run.common);
    if (!options->run.list && options->run.common.subject.empty()) throw CLI::RequiredError("SYSTEM");
    body = [options] { return run_exponents(*options); };
  });
}

}  // namespace stoic::cli
