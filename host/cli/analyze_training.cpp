#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analyze.hpp"
#include "interrupt.hpp"
#include "options.hpp"
#include "stoic/host/analysis/training_run.hpp"
#include "stoic/host/data/fingerprint.hpp"
#include "stoic/host/learning/learner_surface.hpp"
#include "stoic/host/learning/trainer.hpp"
#include "stoic/host/sweep/training_report.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/stopwatch.hpp"
#include "training_subject.hpp"

namespace stoic::cli {
namespace {

using nlohmann::ordered_json;

struct TrainingCommand {
  AnalysisOptions common;
  TrainingTask task;
  std::string rates;
  std::int64_t starts = 50;
  bool plain = false;
};

/// Starts that go side by side: more of small networks. It depends on sizes alone.
std::int64_t starts_together(const TrainingCommand& command, const TrainingSubject& subject) {
  constexpr double enough = 2e9;  // multiplications of an epoch
  const double one = static_cast<double>(subject.surface.surface->size()) *
                     static_cast<double>(subject.train.size() * (1 + command.task.copies));
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(enough / one), 1, command.starts);
}

std::vector<SweepAxis> training_axes(const TrainingCommand& command, const TrainingSubject& subject) {
  SweepAxis starts{.key = "start", .values = {}}, rates{.key = "rate", .values = {}};
  const auto together = starts_together(command, subject);
  for (std::int64_t s = 0; s < command.starts; s += together) starts.values.emplace_back(s);
  for (const double rate : training_rates(command.rates, subject.model.recipe))
    rates.values.emplace_back(rate);
  return {starts, rates};
}

/// The value that a setting "key=value" of an axis gives.
double setting_number(const std::string& setting) { return std::stod(setting.substr(setting.find('=') + 1)); }

ordered_json measure_training(const TrainingCommand& command, TrainingSubject& subject, Team& team,
                              const std::vector<std::string>& settings, const ShowProgress& show) {
  auto task = command.task;
  task.progress = show;
  task.training = subject.model.recipe.training;
  task.first_start = static_cast<std::int64_t>(setting_number(settings.at(0)));
  task.training.learning_rate = setting_number(settings.at(1));
  task.seed = subject.model.recipe.seed;
  const auto count = std::min(starts_together(command, subject), command.starts - task.first_start);
  const auto starts = training_starts(subject, task.first_start, count);
  return traces_json(follow_trainings(*subject.surface.surface, starts, task, team), task.first_start);
}

std::string training_protocol(const TrainingCommand& command, const TrainingSubject& subject) {
  const auto& task = command.task;
  return fmt::format(
      "{}, {} of {} weights, {} training and {} test samples; {} starts, {} copies of each, ε = {:g} on "
      "{}{}; {} epochs",
      optimiser_text(subject), subject.surface.layered ? "a layered network" : "a recipe's learner",
      subject.surface.surface->size(), subject.train.size(), subject.test.size(), command.starts, task.copies,
      task.disturbance, task.disturbs_biases ? "weights and biases" : "weights, not biases",
      task.tangent
          ? (subject.surface.surface->exact_products() ? ", a tangent beside by the R-operator"
                                                       : ", a tangent beside by differences of gradients")
          : "",
      task.epochs);
}

int run_training(TrainingCommand command) {
  const auto& common = command.common;
  if (!common.output.empty()) require_analysis_folder(common.output, common.name);
  if (command.task.copies == 0 && !command.task.tangent)
    throw Error("--copies 0: nothing would be followed; add --tangent, or give at least 1");
  stop_on_signals(common.output.empty() ? "stopped" : "stopped; the same command goes on where it was");
  Team team(common.threads, &stop_requested());
  auto subject = load_training_subject(common, command.plain, team);
  command.task.cap = std::max(command.task.cap, command.task.epochs);
  const auto axes = training_axes(command, subject);
  const Stopwatch watch;
  auto points = run_points(common, axes, subject.identity,
                           [&](const std::vector<std::string>& settings, const PointWork& work) {
                             return measure_training(command, subject, team, settings, work.show);
                           });
  if (!points) return interrupted;
  TrainingAnalysis analysis{.subject = common.subject,
                            .protocol = training_protocol(command, subject),
                            .target = command.task.target,
                            .epochs = command.task.epochs,
                            .rates = {},
                            .points = std::move(*points)};
  std::erase_if(analysis.points, [](const CurvePoint& point) { return point.result.is_null(); });
  for (const auto& rate : axes[1].values)
    if (std::any_of(analysis.points.begin(), analysis.points.end(),
                    [&](const CurvePoint& point) { return point.at[1] == rate; }))
      analysis.rates.push_back(rate.get<double>());
  const auto rates = rate_summaries(analysis);
  const double seconds = watch.seconds();
  common.console.print(training_text(analysis, rates));
  return finish_analysis(common, training_report(analysis, rates), {{"seconds", seconds}});
}

void add_training_options(CLI::App& command, TrainingCommand& options) {
  auto& task = options.task;
  add_subject(command, options.common, false);
  add_plain_descent(command, options.plain);
  command
      .add_option(
          "--rates", options.rates,
          "learning rates: values such as 0.5,1,2.5, or FROM:TO:COUNT, with :log for equal ratios; default: "
          "the 16 of the paper from 0.0005 to 20, of Adam 1e-4:1:9:log")
      ->type_name("RANGE");
  const auto whole = [&](const char* name, std::int64_t& value, const char* text, std::int64_t least,
                         std::int64_t most) {
    command.add_option(name, value, text)->check(CLI::Range(least, most))->capture_default_str();
  };
  whole("--starts", options.starts, "initial weights, drawn by the recipe's seed and those after it", 1,
        10000);
  whole("--copies", task.copies, "disturbed copies of each start; 0 with --tangent: the tangent alone", 0,
        1000);
  whole("--epochs", task.epochs, "for which copies are followed", 1, 1'000'000);
  whole("--cap", task.cap,
        "epochs for which a start goes on alone until it reaches the target; no fewer than --epochs", 0,
        10'000'000);
  command.add_option("--disturbance", task.disturbance, "ε: every weight is disturbed by a draw of (-ε, ε)")
      ->check(in_range(1e-14, 1.0))
      ->capture_default_str();
  command.add_flag("--disturb-biases", task.disturbs_biases,
                   "disturb biases too, as the paper's text says and its code does not");
  command.add_flag("--tangent", task.tangent,
                   "follow an infinitely small disturbance beside, by the derivative of the update");
  command.add_option("--target", task.target, "share of the test samples that a training is to decide right")
      ->check(in_range(0.0, 1.0))
      ->capture_default_str();
}

}  // namespace

void add_training(CLI::App& analyze, Body& body) {
  auto options = std::make_shared<TrainingCommand>();
  auto* command = analyze.add_subcommand("training",
                                         "training as a dynamical system: how copies of a network that "
                                         "differ by nearly nothing part while they are "
                                         "trained, over the learning rate; the exponent λ_nMLE (per update), "
                                         "the share ρ of starts that part, and the "
                                         "epochs to a target accuracy");
  add_training_options(*command, *options);
  add_shards(*command, options->common);
  add_analysis(*command, options->common);
  command->footer(
      "Example: stoic analyze training iris-mlp -o report\n"
      "         stoic analyze training mnist-mlp-tanh --rates 1,5,7.5,10 --starts 10 --epochs 60 -o mnist\n"
      "         stoic analyze training mnist-mlp-tanh --starts 50 --shard 1/4 -o part1, and when all four "
      "are "
      "done\n"
      "         stoic analyze training mnist-mlp-tanh --starts 50 --merge part1 part2 part3 part4 -o whole\n"
      "         stoic analyze training letters-ffesn --copies 0 --tangent --rates 0.01:1:5:log --epochs 5");
  command->callback([options, command, &body] {
    take_analysis(*command, options->common);
    body = [options] { return run_training(*options); };
  });
}

}  // namespace stoic::cli
