#include <fmt/format.h>

#include "analysis.hpp"
#include "analyze.hpp"
#include "interrupt.hpp"
#include "options.hpp"
#include "stoic/host/analysis/trajectories.hpp"
#include "stoic/host/report/trajectory_report.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic::cli {
namespace {

struct TrajectoryCommand {
  AnalysisOptions common;
  std::int64_t sample = 0;
};

int run_trajectories(const TrajectoryCommand& command) {
  const auto& common = command.common;
  if (!common.output.empty()) require_analysis_folder(common.output, "trajectories");
  const auto subject = load_subject(common);
  const auto data = test_samples(subject, common);
  TrajectoryResult result;
  const bool finished = run_stoppable(common, false, [&](const ShowProgress&) {
    result = trajectories(subject.model, data.samples,
                          {.shown = command.sample, .threads = common.threads, .stop = &stop_requested()});
  });
  if (!finished) return interrupted;
  const auto share = [](const PrincipalComponents& found) {
    double sum = 0;
    for (const double part : found.explained) sum += part;
    return percent(sum);
  };
  common.console.print(
      fmt::format("{} samples over {} times; three principal components hold {} of the variance of x(0), {} "
                  "of that of x(T)",
                  data.size(), result.times.size(), share(result.first), share(result.last)));
  return finish_analysis(common, trajectory_report(result, data.labels, data.class_names, common.subject));
}

}  // namespace

void add_trajectories(CLI::App& analyze, Body& body) {
  auto options = std::make_shared<TrajectoryCommand>();
  options->common.limit = 500;
  auto* command = analyze.add_subcommand(
      "trajectories",
      "where states go: one sample over time, and all samples at the start and the end along their principal "
      "components; time in the unit of the system");
  add_subject(*command, options->common);
  add_limit(*command, options->common.limit);
  command->add_option("--sample", options->sample, "number of the sample that is shown over time")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 40))
      ->capture_default_str()
      ->type_name("N");
  add_analysis(*command, options->common);
  command->footer("Example: stoic analyze trajectories letters.npz --sample 3 -o report");
  command->callback([options, command, &body] {
    take_analysis(*command, options->common);
    body = [options] { return run_trajectories(*options); };
  });
}

}  // namespace stoic::cli
