#include <fmt/format.h>

#include "analysis.hpp"
#include "analyze.hpp"
#include "analyze_torchscript.hpp"
#include "interrupt.hpp"
#include "options.hpp"
#include "stoic/host/analysis/ftmle.hpp"
#include "stoic/host/data/fingerprint.hpp"
#include "stoic/host/sweep/ftmle_report.hpp"
#include "stoic/host/sweep/kept_ftmle.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic::cli {
namespace {

struct FtmleCommand {
  AnalysisOptions common;
  std::string scope = "system", convention = "plain";
  double tolerance = 1e-6;
  TorchScriptOptions torchscript;
};

FtmleOptions options_of(const FtmleCommand& command, const std::atomic<bool>* stop) {
  return {.scope = ftmle_scope(command.scope),
          .seed = command.common.seed,
          .tolerance = command.tolerance,
          .threads = command.common.threads,
          .stop = stop,
          .progress = {}};
}

/// Takes the inputs as the paper's authors do, without the shift that training has.
void apply_convention(const FtmleCommand& command, Model& model) {
  if (command.convention == "authors") model.recipe.input_offset = 0;
}

FtmleResult measure(const FtmleCommand& command, AnalysisSubject subject, const FtmleOptions& options) {
  apply_convention(command, subject.model);
  return ftmle(subject.model, test_samples(subject, command.common).samples, options);
}

void warn_uncertified(const FtmleResult& result, const Console& console) {
  for (const auto& part : result.parts)
    if (!part.uncertified.empty())
      console.warn(
          fmt::format("{}: {} samples are not certified to {:.0e}, the first is number {}; their "
                      "exponents are lower bounds",
                      part.part, part.uncertified.size(), result.tolerance, part.uncertified.front()));
}

int run_once(const FtmleCommand& command) {
  const auto& common = command.common;
  auto subject = load_subject(common);
  apply_convention(command, subject.model);
  const auto data = test_samples(subject, common);
  KeptFtmle kept(common.output, common.name,
                 fmt::format("{}\n{}", identity_of(subject, common), fingerprint(data)));
  FtmleResult result;
  const bool finished = run_stoppable(common, true, [&](const ShowProgress& show) {
    auto options = options_of(command, &stop_requested());
    options.progress = show;
    const auto joined = kept.join(options);
    kept.during([&] { result = ftmle(subject.model, data.samples, joined); });
  });
  if (!finished) return interrupted;
  common.console.print(result.print());
  warn_uncertified(result, common.console);
  auto report = ftmle_report(result, common.subject);
  report.result["convention"] = command.convention;
  const auto timed = result.json(true);
  const int code = finish_analysis(common, std::move(report), {{"inputs_per_s", timed.at("inputs_per_s")}});
  kept.finish();
  return code;
}

int run_over(const FtmleCommand& command) {
  const auto& common = command.common;
  const auto subject = load_subject(common);
  const auto axes = axes_of(common, &subject.model.recipe);
  const auto points =
      run_points(common, axes, identity_of(subject, common),
                 [&](const std::vector<std::string>& settings, const PointWork& work) {
                   auto options = options_of(command, work.stop);
                   options.progress = work.show;
                   return ftmle_point(measure(command, load_subject(common, settings), options));
                 });
  if (!points) return interrupted;
  Rows rows{{"", "mean", "deviation", "largest residual"}};
  for (const auto& axis : axes) rows[0][0] += (rows[0][0].empty() ? "" : ", ") + axis.key;
  for (const auto& point : *points) {
    std::string at;
    for (const auto& value : point.at) at += (at.empty() ? "" : ", ") + value.dump();
    const auto& r = point.result;
    if (r.contains("diverged"))
      rows.push_back({at, "diverged", "", ""});
    else
      rows.push_back({at, fmt::format("{:.6g}", r.at("mean").is_null() ? NAN : r.at("mean").get<double>()),
                      r.at("deviation").dump(), r.at("largest_residual").dump()});
  }
  common.console.print(table(rows));
  auto report = ftmle_curve_report(axes, *points, command.scope, common.subject);
  report.result["convention"] = command.convention;
  return finish_analysis(common, std::move(report));
}

int run_ftmle(const FtmleCommand& command) {
  const auto& common = command.common;
  if (!common.output.empty()) require_analysis_folder(common.output, "ftmle");
  if (!command.torchscript.stages.empty())
    return run_torchscript(command.torchscript, common, command.tolerance);
  if (common.over.empty()) return run_once(command);
  if (command.scope == "layers" || command.scope == "steps")
    throw Error(
        fmt::format("--over: a curve is of one number a sample; take --scope system or network instead "
                    "of {}",
                    command.scope));
  return run_over(command);
}

}  // namespace

void add_ftmle(CLI::App& analyze, Body& body) {
  auto options = std::make_shared<FtmleCommand>();
  auto* command = analyze.add_subcommand(
      "ftmle",
      "finite-time Lyapunov exponents: how strongly the network pulls apart what is near each test sample, "
      "(1/T) ln of the largest singular value of its derivative, per unit of time");
  add_subject(*command, options->common);
  command
      ->add_option("--scope", options->scope,
                   "system: x(0) to x(T); network: inputs to outputs; layers: each link and the read-out; "
                   "steps: each step")
      ->check(CLI::IsMember(ftmle_scopes()))
      ->capture_default_str();
  add_limit(*command, options->common.limit);
  command->add_option("--seed", options->common.seed, "of the vectors that the iteration starts from")
      ->capture_default_str()
      ->type_name("S");
  command->add_option("--tolerance", options->tolerance, "of the residual that certifies a sample")
      ->check(in_range(1e-12, 0.1))
      ->capture_default_str();
  command
      ->add_option("--convention", options->convention,
                   "plain: inputs as the network is trained on them; authors: without the recipe's "
                   "input_offset, as the released code of paper 001")
      ->check(CLI::IsMember({"plain", "authors"}))
      ->capture_default_str();
  add_over(*command, options->common);
  add_torchscript(*command, options->torchscript);
  command->get_option("MODEL|RECIPE")->required(false);
  add_analysis(*command, options->common);
  command->footer(
      "Example: stoic analyze ftmle letters.npz -o report\n"
      "         stoic analyze ftmle letters-csto --over coupling_Oe 0.1:1000:9:log --limit 100 -o ridges\n"
      "         stoic analyze ftmle --torchscript encoder.pt decoder.pt --inputs x.npz");
  command->callback([options, command, &body] {
    check_torchscript(options->torchscript, options->common);
    take_analysis(*command, options->common);
    body = [options] { return run_ftmle(*options); };
  });
}

}  // namespace stoic::cli
