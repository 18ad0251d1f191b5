#include <fmt/format.h>

#include "commands.hpp"
#include "devices.hpp"
#include "driven.hpp"
#include "driven_text.hpp"
#include "interrupt.hpp"
#include "listener.hpp"
#include "stoic/host/driven/driven_network.hpp"
#include "stoic/host/library/compare_series.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/writable.hpp"

namespace stoic::cli {
namespace {

SeriesCompareResult compare_files(const DrivenCompareOptions& options) {
  const auto hw = load_hardware_config(options.hw);
  for (const auto& backend : options.backends) devices().require(backend, hw, options.model);
  const auto model = parse_driven_model(options.bytes, options.model);
  const auto data = seen_beside(model.recipe.data, options.model, options.data_dir);
  if (!options.folder.empty()) {
    require_analysis_folder(options.folder, "compare");
    auto inputs = series_files(data, options.data_dir);
    inputs.insert(inputs.end(), {options.model, options.hw});
    require_apart(
        "-o", options.folder,
        {"report.html", "report.json", "outputs.svg", "drift.svg", "free-run.svg", "word-lengths.svg",
         "noise.svg", "drift.csv", "word_lengths.csv", "noise.csv", "devices.csv"},
        inputs, options.data_dir);
    require_writable_folder(options.folder);
  }
  const auto series = load_series(data, model.recipe.seed, options.data_dir);
  require_fitting(model, series, options.model);
  is_series_of(options.console, options.model, model.learnt_from, series);
  ConsoleListener listener(options.console);
  return compare(model, series,
                 {.hw = hw,
                  .word_lengths = options.word_lengths,
                  .noise_trials = options.noise_trials,
                  .backends = options.backends,
                  .device_steps = options.device_steps,
                  .threads = options.threads,
                  .name = options.model,
                  .date = options.date,
                  .listener = listener.listener(),
                  .stop = &stop_requested()},
                 devices());
}

}  // namespace

int compare_driven(const DrivenCompareOptions& options) {
  refuse_driven(options.refused, options.model);
  stop_on_signals("stopped; nothing was kept");
  try {
    const auto result = compare_files(options);
    options.console.print(result.print());
    if (!options.folder.empty()) {
      auto report = result.report();
      report.version = STOIC_VERSION;
      report.command = options.command;
      report.warnings = options.console.warnings;
      write_analysis(options.folder, report);
      options.console.print(fmt::format("\n{}/report.html", options.folder));
    }
    options.console.result(result.json());
    if (result.devices_agree()) return success;
    options.console.print("a device differs from golden: one of them is wrong");
    return comparison_failed;
  } catch (const Stopped&) {
    options.console.print("stopped; nothing was kept");
    return interrupted;
  }
}

}  // namespace stoic::cli
