#include "analyze_torchscript.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <zlib.h>

#include <algorithm>
#include <filesystem>

#include "commands.hpp"
#include "interrupt.hpp"
#include "stoic/host/analysis/scripted_ftmle.hpp"
#include "stoic/host/sweep/ftmle_report.hpp"
#include "stoic/host/sweep/kept_ftmle.hpp"
#include "stoic/sim/io/file.hpp"

#ifndef STOIC_MODULES
#error "the build defines STOIC_MODULES, the way from the folder of the program to that of its modules"
#endif

namespace stoic::cli {
namespace {

namespace fs = std::filesystem;

fs::path torchscript_component() {
  std::error_code ignored;
  const auto program = fs::read_symlink("/proc/self/exe", ignored);
  return (program.parent_path() / STOIC_MODULES / "torchscript.so").lexically_normal();
}

/// Text of all that an exponent depends on.
std::string scripted_identity(const TorchScriptOptions& options, const AnalysisOptions& common) {
  auto text = common.command;
  auto files = options.stages;
  files.push_back(options.inputs);
  for (const auto& file : files) {
    const auto content = read_file(file);
    text += fmt::format("\n{:08x}",
                        ::crc32_z(0, reinterpret_cast<const unsigned char*>(content.data()), content.size()));
  }
  return text;
}

/// The files without folder and ending, with numbers where two are alike.
std::vector<std::string> stage_names(const std::vector<std::string>& stages) {
  std::vector<std::string> names;
  for (const auto& stage : stages) {
    auto name = fs::path(stage).stem().string();
    if (std::find(names.begin(), names.end(), name) != names.end() || name == "whole")
      name = fmt::format("{} {}", names.size() + 1, name);
    names.push_back(std::move(name));
  }
  return names;
}

}  // namespace

void add_torchscript(CLI::App& command, TorchScriptOptions& options) {
  command
      .add_option("--torchscript", options.stages,
                  "instead of MODEL: stages of any PyTorch network, one behind the other, each written by "
                  "torch.jit.save; needs a build with libtorch-dev")
      ->type_name("STAGE.pt...");
  command.add_option("--inputs", options.inputs, "of --torchscript: samples, an array of a .npz")
      ->type_name("FILE.npz");
  command.add_option("--array", options.array, "its name, where the file has several")->type_name("NAME");
}

void check_torchscript(const TorchScriptOptions& options, const AnalysisOptions& common) {
  if (options.stages.empty()) {
    if (common.subject.empty()) throw CLI::RequiredError("MODEL|RECIPE");
    if (!options.inputs.empty() || !options.array.empty())
      throw CLI::ValidationError("--inputs", "is of --torchscript");
    return;
  }
  if (!common.subject.empty())
    throw CLI::ValidationError("--torchscript", "stands instead of MODEL|RECIPE; give one of the two");
  if (options.inputs.empty()) throw CLI::RequiredError("--inputs");
  if (!common.settings.empty() || !common.over.empty())
    throw CLI::ValidationError("--torchscript", "has no recipe: neither --set nor --over");
}

int run_torchscript(const TorchScriptOptions& options, const AnalysisOptions& common, double tolerance) {
  const auto stages =
      load_scripted_stages(torchscript_component(), {options.stages.begin(), options.stages.end()});
  const auto inputs = read_scripted_inputs(options.inputs, options.array, common.limit);
  const auto names = stage_names(options.stages);
  KeptFtmle kept(common.output, common.name, scripted_identity(options, common));
  FtmleResult result;
  const bool finished = run_stoppable(common, true, [&](const ShowProgress& show) {
    const auto joined = kept.join({.scope = FtmleScope::layers,
                                   .seed = common.seed,
                                   .tolerance = tolerance,
                                   .threads = common.threads,
                                   .stop = &stop_requested(),
                                   .progress = show});
    kept.during([&] { result = scripted_ftmle(*stages, names, inputs, joined); });
  });
  if (!finished) return interrupted;
  common.console.print(result.print());
  const auto timed = result.json(true);
  const int code = finish_analysis(common, ftmle_report(result, fmt::format("{}", fmt::join(names, ", "))),
                                   {{"inputs_per_s", timed.at("inputs_per_s")}});
  kept.finish();
  return code;
}

}  // namespace stoic::cli
