#include <fmt/format.h>

#include <cmath>

#include "analysis.hpp"
#include "analyze.hpp"
#include "options.hpp"
#include "stoic/host/analysis/gradient_map.hpp"
#include "stoic/host/sweep/gradient_map_report.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic::cli {
namespace {

using nlohmann::ordered_json;

struct GradientMapCommand {
  AnalysisOptions common;
  GradientMapTask task;
  std::int64_t quadratic = 0;
};

/// The learning rates: of --over, or all for which the map is bounded.
SweepAxis gradient_map_axis(const GradientMapCommand& command) {
  const auto& over = command.common.over;
  if (over.empty()) return parse_over("eta", "0:2:401");
  if (over[0].first != "eta")
    throw Error(fmt::format("--over {}: the map has one key; give --over eta FROM:TO:COUNT", over[0].first));
  auto axis = parse_over("eta", over[0].second);
  for (const auto& value : axis.values)
    if (!value.is_number() || !(value.get<double>() >= 0 && value.get<double>() <= 1e6))
      throw Error(fmt::format("--over eta: {} must be a number from 0 to 1e6", value.dump()));
  return axis;
}

CurvePoint gradient_point(const GradientMapCommand& command, const nlohmann::json& eta) {
  auto task = command.task;
  task.rate = eta.get<double>();
  task.seed = command.common.seed;
  CurvePoint point{{eta}, {}};
  if (command.quadratic > 0) {
    const auto found = gradient_quadratic(command.quadratic, task.rate, task.seed);
    point.result = {
        {"exponent", found.exponent}, {"closed_form", found.expected}, {"sharpness", found.sharpness}};
    point.result["two_over_eta"] = task.rate > 0 ? ordered_json(2 / task.rate) : ordered_json();
    return point;
  }
  const auto found = gradient_map(task);
  if (found.diverged) {
    point.result = {{"diverged", "the weight grows without bounds"}};
    return point;
  }
  const auto known = gradient_map_exponent(task.rate);
  const auto finite = [](double value) {
    return std::isfinite(value) ? ordered_json(value) : ordered_json();
  };
  point.result = {{"exponent", finite(found.exponent.value)},
                  {"exponent_low", finite(found.exponent.low())},
                  {"exponent_high", finite(found.exponent.high())}};
  point.result["closed_form"] = known ? finite(*known) : ordered_json();
  point.result["period"] = found.period;
  point.result["values"] = found.visited;
  return point;
}

int run_gradient_map(const GradientMapCommand& command) {
  const auto& common = command.common;
  if (!common.output.empty()) require_analysis_folder(common.output, common.name);
  const auto axis = gradient_map_axis(command);
  std::vector<CurvePoint> points;
  for (const auto& eta : axis.values) points.push_back(gradient_point(command, eta));
  common.console.print(gradient_map_text(points));
  return finish_analysis(common, gradient_map_report(axis, points, command.quadratic));
}

}  // namespace

void add_gradient_map(CLI::App& analyze, Body& body) {
  auto options = std::make_shared<GradientMapCommand>();
  auto* command = analyze.add_subcommand(
      "gradient-map",
      "gradient descent on one weight in a double well, over the learning rate: what the weight goes on to "
      "visit, and the Lyapunov exponent, per step; with --quadratic on a random parabola");
  command
      ->add_option(
          "--over", options->common.over,
          "learning rates: eta FROM:TO:COUNT, with :log behind it for equal ratios, or eta 0.5,1,1.2; "
          "default: eta 0:2:401")
      ->type_name("eta RANGE")
      ->allow_extra_args(false);
  command->add_option("--starts", options->task.starts, "starts at each rate, normal with deviation 0.1")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1000}))
      ->capture_default_str();
  command->add_option("--points", options->task.points, "iterates that are noted at each rate, at most")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{10000}))
      ->capture_default_str();
  command
      ->add_option("--steps", options->task.steps, "of each start, for the exponent, behind as many at least")
      ->check(CLI::Range(std::int64_t{100}, std::int64_t{10'000'000}))
      ->capture_default_str();
  command
      ->add_option(
          "--quadratic", options->quadratic,
          "instead: wᵀHw/2 of so many weights, H random and positive; the exponent is above 0 exactly "
          "where the sharpness, H's largest eigenvalue, is above 2/eta")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{500}));
  command->add_option("--seed", options->common.seed, "of starts and of H")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{INT64_MAX}))
      ->capture_default_str();
  add_analysis(*command, options->common, false);
  command->footer(
      "Example: stoic analyze gradient-map -o map\n"
      "         stoic analyze gradient-map --quadratic 20 --over eta 0.1:1:10");
  command->callback([options, command, &body] {
    take_analysis(*command, options->common);
    if (options->common.over.size() > 1)
      throw CLI::ValidationError("--over", "the map has one key; give --over eta FROM:TO:COUNT");
    body = [options] { return run_gradient_map(*options); };
  });
}

}  // namespace stoic::cli
