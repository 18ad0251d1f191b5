#include <fmt/format.h>

#include <optional>

#include "analysis.hpp"
#include "analyze.hpp"
#include "driven_subject.hpp"
#include "interrupt.hpp"
#include "stoic/host/driven/processing_capacity.hpp"
#include "stoic/host/report/capacity_report.hpp"
#include "stoic/host/report/text_table.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic::cli {
namespace {

struct CapacityCommand {
  AnalysisOptions common;
  CapacityOptions options;
};

void print_capacity(const CapacityCommand& command, const ProcessingCapacity& capacity,
                    const DrivenModel& model) {
  const auto& console = command.common.console;
  console.print(fmt::format("{}: {} of {} sites; {} features of rank {}, {} steps", command.common.subject,
                            model.recipe.dynamics(), model.recipe.sites(), capacity.features, capacity.rank,
                            grouped(capacity.samples)));
  Rows rows{{"degree", "capacity", "functions held", "of", "longest delay"}};
  for (const auto& d : capacity.degrees)
    rows.push_back({fmt::format("{}", d.degree), fmt::format("{:.3f}", d.capacity), grouped(d.held),
                    grouped(d.terms), d.by_delay.empty() ? "-" : fmt::format("{}", d.by_delay.size() - 1)});
  console.print(table(rows));
  console.print(fmt::format("capacity {:.2f} of {} in all; a share below {:.3g} counts as chance",
                            capacity.total, capacity.rank, capacity.threshold));
  for (const auto& d : capacity.degrees)
    if (d.cut)
      console.warn(fmt::format(
          "degree {} ends after {} delays though longer ones may hold something; raise --terms or "
          "--delays to go on",
          d.degree, d.delays));
}

int run_capacity(CapacityCommand command) {
  const auto& common = command.common;
  if (!common.output.empty()) require_analysis_folder(common.output, common.name);
  std::optional<DrivenModel> model;
  ProcessingCapacity capacity;
  const bool finished = run_stoppable(common, false, [&](const ShowProgress& show) {
    Team team(common.threads, &stop_requested());
    auto subject = load_driven_subject(common);
    command.options.progress = show;
    try {
      capacity = processing_capacity(subject.model, subject.series, command.options, team);
    } catch (const Error& error) {
      throw Error(fmt::format("{}: {}", common.subject, error.what()));
    }
    model = std::move(subject.model);
  });
  if (!finished) return interrupted;
  print_capacity(command, capacity, *model);
  return finish_analysis(common, capacity_report(capacity, common.subject, model->inputs()));
}

}  // namespace

void add_capacity(CLI::App& analyze, Body& body) {
  auto options = std::make_shared<CapacityCommand>();
  auto* command = analyze.add_subcommand(
      "capacity",
      "information processing capacity of a driven reservoir: how many functions of its past inputs a linear "
      "read-out "
      "can take from its states, by degree and delay; 1 is one function without error");
  add_subject(*command, options->common);
  auto& capacity = options->options;
  command->add_option("--samples", capacity.samples, "steps that are measured over; at least 10 a feature")
      ->check(CLI::Range(std::int64_t{100}, std::int64_t{10000000}))
      ->capture_default_str()
      ->type_name("N");
  command->add_option("--degree", capacity.degree, "the largest degree of the functions")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{12}))
      ->capture_default_str()
      ->type_name("N");
  command
      ->add_option("--delays", capacity.delays,
                   "the longest delay; a degree ends earlier after ten that hold nothing")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{100000}))
      ->capture_default_str()
      ->type_name("N");
  command
      ->add_option("--terms", capacity.terms,
                   "functions of each degree at most; a degree ends with whole delays")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1000000}))
      ->capture_default_str()
      ->type_name("N");
  command->add_option("--seed", capacity.seed, "of the random inputs")->capture_default_str()->type_name("N");
  add_analysis(*command, options->common);
  command->footer(
      "Example: stoic analyze capacity memory-esn --degree 2 -o report\n"
      "The reservoir is driven by independent uniform inputs with mean and deviation of its series. Features "
      "are what\n"
      "the read-out sees: virtual nodes, squares and the input too, where the recipe has them.");
  command->callback([options, command, &body] {
    take_analysis(*command, options->common);
    body = [options] { return run_capacity(*options); };
  });
}

}  // namespace stoic::cli
