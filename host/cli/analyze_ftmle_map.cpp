#include <fmt/format.h>

#include "analysis.hpp"
#include "analyze.hpp"
#include "interrupt.hpp"
#include "options.hpp"
#include "stoic/host/analysis/plane_map.hpp"
#include "stoic/host/report/plane_map_report.hpp"
#include "stoic/host/sweep/kept_ftmle.hpp"

namespace stoic::cli {
namespace {

struct FtmleMapCommand {
  AnalysisOptions common;
  PlaneOptions plane;
  std::vector<double> range{-1.2, 1.2};
};

int run_ftmle_map(const FtmleMapCommand& command) {
  const auto& common = command.common;
  if (!common.output.empty()) require_analysis_folder(common.output, common.name);
  const auto subject = load_subject(common);
  KeptFtmle kept(common.output, common.name, identity_of(subject, common));
  auto options = command.plane;
  options.least = command.range[0];
  options.most = command.range[1];
  options.ftmle.seed = common.seed;
  options.ftmle.threads = common.threads;
  options.ftmle.stop = &stop_requested();
  options.join = [&](const FtmleOptions& of_scope) { return kept.join(of_scope); };
  PlaneMap map;
  const bool finished = run_stoppable(common, true, [&](const ShowProgress& show) {
    options.ftmle.progress = show;
    kept.during([&] { map = plane_map(subject.model, options); });
  });
  if (!finished) return interrupted;
  common.console.print(map.print());
  const int code = finish_analysis(common, plane_map_report(map, common.subject));
  kept.finish();
  return code;
}

}  // namespace

void add_ftmle_map(CLI::App& analyze, Body& body) {
  auto options = std::make_shared<FtmleMapCommand>();
  auto* command = analyze.add_subcommand("ftmle-map",
                                         "finite-time Lyapunov exponents of a network with two inputs and of "
                                         "each of its layers at every point of "
                                         "the plane, per layer: where what is near is pulled apart");
  add_subject(*command, options->common);
  command->add_option("--range", options->range, "of both inputs, the lower end first")
      ->expected(2)
      ->type_name("LEAST MOST")
      ->capture_default_str();
  command->add_option("--resolution", options->plane.resolution, "points along either side of the map")
      ->check(CLI::Range(2, 1000))
      ->capture_default_str()
      ->type_name("N");
  command->add_option("--seed", options->common.seed, "of the vectors that the iteration starts from")
      ->capture_default_str()
      ->type_name("S");
  add_analysis(*command, options->common);
  command->footer(
      "Example: stoic analyze ftmle-map spirals.npz -o maps\n"
      "         stoic analyze ftmle-map spirals-mlp --set data.set=moons --set classes=2 --range -1 1");
  command->callback([options, command, &body] {
    take_analysis(*command, options->common);
    body = [options] { return run_ftmle_map(*options); };
  });
}

}  // namespace stoic::cli
