#include "stoic/host/library/compare.hpp"

#include <fmt/format.h>

#include "commands.hpp"
#include "devices.hpp"
#include "driven.hpp"
#include "listener.hpp"
#include "options.hpp"
#include "outputs.hpp"
#include "stoic/host/driven/driven_model.hpp"
#include "stoic/host/report/report_folder.hpp"
#include "stoic/sim/io/file.hpp"
#include "stoic/sim/io/writable.hpp"

namespace stoic::cli {
namespace {

struct CompareArguments {
  Console console;
  std::string model;
  std::string folder;
  std::string hw = "default";
  std::string data_dir;
  bool word_lengths = false;
  std::int64_t word_length_samples = 2000;
  std::vector<std::string> noise_models;
  std::vector<std::string> of_samples;  ///< options that were given and mean nothing for a driven reservoir
  CompareOptions options;
};

/// Now, so that a wrong folder is refused before anything takes time.
void require_place(const CompareArguments& options) {
  require_report_folder(options.folder);
  Inputs inputs{options.model, options.hw};
  inputs.insert(inputs.end(), options.noise_models.begin(), options.noise_models.end());
  require_apart("-o", options.folder, report_files(), inputs, options.data_dir);
  require_writable_folder(options.folder);
}

CompareResult compare_files(const CompareArguments& arguments, std::string model) {
  auto options = arguments.options;
  options.hw = load_hardware_config(arguments.hw);
  for (const auto& backend : options.backends) devices().require(backend, *options.hw, arguments.model);
  const auto network = Network::parse(std::move(model), arguments.model);
  // Now, so that a wrong file is refused before anything takes time.
  for (const auto& file : arguments.noise_models) options.noise_networks.push_back(Network::read(file));
  options.noise_names = arguments.noise_models;
  options.data.folder = arguments.data_dir;
  options.word_length_samples = arguments.word_lengths ? arguments.word_length_samples : 0;
  options.name = arguments.model;
  ConsoleListener listener(arguments.console);
  options.listener = listener.listener();
  return compare(network, options, devices());
}

int run_compare(const CompareArguments& arguments) {
  const auto& console = arguments.console;
  auto bytes = read_file(arguments.model);
  if (is_driven_model(bytes, arguments.model))
    return compare_driven({console, arguments.model, std::move(bytes), arguments.folder, arguments.hw,
                           arguments.data_dir, arguments.options.command, arguments.options.date,
                           arguments.word_lengths, arguments.options.noise_trials, arguments.options.backends,
                           arguments.options.device_samples, arguments.options.threads,
                           arguments.of_samples});
  if (!arguments.folder.empty()) require_place(arguments);
  const auto result = compare_files(arguments, std::move(bytes));
  console.print(result.print());
  if (!arguments.folder.empty()) {
    const auto files = result.write(arguments.folder);
    console.print(fmt::format("\n{}: {}", arguments.folder, fmt::join(files, ", ")));
  }
  console.result(result.json());
  if (!result.within_bounds)
    console.print("a local error exceeds its bound: the golden model or the twin is wrong");
  if (!result.devices_agree) console.print("a device differs from golden: one of them is wrong");
  return result.within_bounds && result.devices_agree ? success : comparison_failed;
}

void add_word_lengths(CLI::App& command, CompareArguments& arguments) {
  command.add_flag("--word-lengths,!--no-word-lengths", arguments.word_lengths,
                   "accuracy for other bits of states and weights; by default with -o only");
  command
      .add_option("--word-length-samples", arguments.word_length_samples,
                  "the first test samples, on which they run; 0 for no word lengths")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 40))
      ->capture_default_str()
      ->type_name("N");
}

void add_noise_curves(CLI::App& command, CompareArguments& arguments) {
  const auto add = [&](const char* name, std::int64_t& value, std::int64_t most, const char* what) {
    command.add_option(name, value, what)
        ->check(CLI::Range(std::int64_t{0}, most))
        ->capture_default_str()
        ->type_name("N");
  };
  add("--noise-trials", arguments.options.noise_trials, 1000,
      "accuracy under observational and dynamical noise of eight strengths, with so many draws of each; 0 "
      "for "
      "none");
  add("--noise-samples", arguments.options.noise_samples, std::int64_t{1} << 40,
      "the first test samples, on which they run; 0 for all");
  command
      .add_option("--noise-model", arguments.noise_models,
                  "a further model under the same noise in the same plots, such as one of another coupling; "
                  "may be repeated")
      ->allow_extra_args(false)
      ->type_name("MODEL");
}

void add_devices(CLI::App& command, CompareOptions& options) {
  command
      .add_option("--backend", options.backends,
                  "also run on systemc or rtl, and compare bits and cycles with golden; may be repeated")
      ->check(CLI::IsMember(devices().names()))
      ->allow_extra_args(false);
  command
      .add_option("--device-samples", options.device_samples,
                  "the first test samples, which these backends run; 0 for all")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 40))
      ->capture_default_str()
      ->type_name("N");
}

}  // namespace

void add_compare(CLI::App& app, Body& body) {
  auto arguments = std::make_shared<CompareArguments>();
  auto* options = &arguments->options;
  auto* command = app.add_subcommand(
      "compare",
      "float against fixed point: accuracy, errors by vector and instruction, word lengths, cycles");
  command->add_option("MODEL", arguments->model, "a model (.npz)")->required();
  command
      ->add_option(
          "-o,--output", arguments->folder,
          "folder for the report: report.html to look at, report.json and .csv files with its numbers; one "
          "with an earlier report of this kind of model is replaced as a whole, one with anything else in it "
          "is refused")
      ->type_name("DIR");
  add_hw(*command, arguments->hw);
  add_limit(*command, options->limit);
  command
      ->add_option("--local-samples", options->local_samples,
                   "samples whose every instruction is recomputed in real numbers")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 40))
      ->capture_default_str()
      ->type_name("N");
  command
      ->add_option("--date", options->date,
                   "a date for the report, or now; default: that of $SOURCE_DATE_EPOCH, else none, so that "
                   "the same command gives the same bytes")
      ->type_name("DATE");
  add_word_lengths(*command, *arguments);
  add_noise_curves(*command, *arguments);
  add_error_budget(*command, options->budget);
  add_devices(*command, *options);
  add_data_dir(*command, arguments->data_dir);
  add_threads(*command, options->threads);
  add_json(*command, arguments->console);
  command->footer(
      "A driven reservoir is compared on its series: errors of the test part and of free runs, drift over "
      "time, word\n"
      "lengths, noisy inputs (--noise-trials), devices (--device-samples are time steps).\n"
      "Exit code 1 when a local error exceeds its bound (1/2 unit, 1 for functions, 2 for NORMALISE), or a "
      "backend differs "
      "from "
      "golden.\n"
      "Example: stoic compare digits.npz --hw small -o report --backend systemc --noise-trials 5");
  command->callback([arguments, command, &body] {
    take_output_folder(arguments->folder);
    if (command->count("--word-lengths") == 0) arguments->word_lengths = !arguments->folder.empty();
    if (!arguments->noise_models.empty() && arguments->options.noise_trials == 0)
      throw CLI::ValidationError("--noise-model", "needs --noise-trials, such as --noise-trials 5");
    for (const auto* name : {"--limit", "--local-samples", "--word-length-samples", "--noise-samples",
                             "--noise-model", "--error-budget", "--choose-step"})
      if (command->count(name) > 0) arguments->of_samples.emplace_back(name);
    arguments->options.command = command_text(*command);
    arguments->options.date = date_text(arguments->options.date);
    body = [arguments] { return run_compare(*arguments); };
  });
}

}  // namespace stoic::cli
