#include "stoic/host/library/cosim.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <filesystem>
#include <optional>

#include "commands.hpp"
#include "cosim_firmware.hpp"
#include "data_check.hpp"
#include "devices.hpp"
#include "driven.hpp"
#include "interrupt.hpp"
#include "listener.hpp"
#include "options.hpp"
#include "outputs.hpp"
#include "process.hpp"
#include "stoic/host/compare/evaluate.hpp"
#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/compiler/driven_image.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/writable.hpp"

namespace stoic::cli {
namespace {

/// FIRST:LAST, both included.
struct Window {
  std::int64_t first = 0;
  std::int64_t last = 0;
};

struct CosimArguments {
  Console console;
  std::string image;
  std::string hw = "default";  ///< of firmware without an image
  std::string data_dir;
  CosimOptions options;
  std::string trace;
  std::string trace_cycles;
  std::string trace_samples;
  FirmwareOptions firmware;
};

std::optional<Window> parse_window(const std::string& text) {
  Window window;
  const auto* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, window.first);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != ':') return std::nullopt;
  const auto last = std::from_chars(first.ptr + 1, end, window.last);
  if (last.ec != std::errc() || last.ptr != end || window.first < 0 || window.last < window.first)
    return std::nullopt;
  return window;
}

std::string check_window(const std::string& text) {
  return parse_window(text) ? "" : "\"" + text + "\" is no window FIRST:LAST, such as 0:5000";
}

std::string check_trace(const std::string& path) {
  return path.ends_with(".fst") || path.ends_with(".vcd") ? ""
                                                          : "\"" + path + "\" must end with .fst or .vcd";
}

/// The writer of .fst removes what is there and maps what it writes: it must be a file, and not the link to
/// it.
std::string fst_place(const std::string& path) {
  std::error_code code;
  if (std::filesystem::exists(path, code) && !std::filesystem::is_regular_file(path, code))
    throw Error(fmt::format("{}: is no plain file, and a .fst needs one; name another", path));
  return std::filesystem::is_symlink(path, code) ? std::filesystem::weakly_canonical(path, code).string()
                                                 : path;
}

TraceOptions trace_options(const CosimArguments& arguments, const Image& image, const CosimOptions& options) {
  TraceOptions trace{.path =
                         arguments.trace.ends_with(".fst") ? fst_place(arguments.trace) : arguments.trace};
  std::optional<Window> window;
  if (!arguments.trace_cycles.empty()) window = parse_window(arguments.trace_cycles);
  if (!arguments.trace_samples.empty()) {
    const auto samples = parse_window(arguments.trace_samples).value();
    const auto cycles = cycles_of_samples(image, samples.first, samples.last, options, devices());
    window = Window{cycles.first, cycles.last};
  }
  if (window) {
    trace.first_cycle = window->first;
    trace.last_cycle = window->last;
  }
  return trace;
}

/// The traces that a run of firmware leaves.
std::vector<std::string> written_traces(const CosimArguments& options) {
  std::vector<std::string> files{options.trace,
                                 options.firmware.platform_waveform,
                                 options.firmware.bus_trace,
                                 options.firmware.instruction_trace,
                                 options.firmware.profile,
                                 options.firmware.coverage};
  std::erase(files, "");
  return files;
}

/// `cycles`: when the last sample ended, since reset.
void warn_of_empty_window(const CosimArguments& options, std::int64_t cycles) {
  const auto window = parse_window(options.trace_cycles);
  if (window && window->first > cycles)
    options.console.warn(
        fmt::format("--trace-cycles {}: the run has {} cycles, so {} shows nothing of it; begin earlier",
                    options.trace_cycles, grouped(cycles), fmt::join(written_traces(options), " and ")));
}

int run_with_firmware(const CosimArguments& options, const Image& image) {
  const bool alone = options.image.empty();
  std::optional<DataCheck> check;
  Dataset data;
  FirmwareInput input;
  if (is_driven_image(image)) {
    input = driven_firmware_input(image, options.image, options.options.limit, options.data_dir);
  } else if (!alone) {
    check.emplace(options.console, options.image, training_data_of(image, options.image));
    data = first_samples(check->load(recipe_of(image, options.image), Split::test, options.data_dir),
                         options.options.limit);
    require_data(image, data);
    input = firmware_input(image, data);
  }
  auto trace = trace_options(options, image, options.options);
  const auto written = written_traces(options);
  stop_on_signals(written.empty() ? "interrupted" : "interrupted; the traces are not whole");
  trace.stop = &stop_requested();
  auto report = run_image_firmware(options.firmware, options.options.backend, image, options.image, input,
                                   trace, options.console);
  if (report.stopped) {
    options.console.result(report.json);
    say_error(written.empty()
                  ? "interrupted"
                  : fmt::format("interrupted; {} {} what ran up to there", fmt::join(written, " and "),
                                written.size() == 1 ? "holds" : "hold"));
    return interrupted;
  }
  warn_of_empty_window(options, report.json.at("cycles"));
  if (check) report.json["data_matches"] = matches_json(check->matches());
  options.console.result(report.json);
  return report.good ? success : comparison_failed;
}

/// None of the traces may be a file that is read, or another trace, and all must find a place.
void require_places(const CosimArguments& options) {
  Inputs inputs;
  if (!options.image.empty()) inputs.emplace_back(options.image);
  const auto& firmware = options.firmware;
  if (!firmware.firmware.empty()) inputs.emplace_back(firmware_path(firmware.firmware));
  for (const auto& input : {firmware.data.blob, firmware.data.uart_input})
    if (!input.empty() && input != "-") inputs.emplace_back(input);
  const std::pair<const char*, std::string> traces[] = {
      {"--trace", options.trace},          {"--trace, of the platform,", firmware.platform_waveform},
      {"--bus-trace", firmware.bus_trace}, {"--instruction-trace", firmware.instruction_trace},
      {"--profile", firmware.profile},     {"--coverage", firmware.coverage}};
  for (const auto& [option, file] : traces) {
    require_apart(option, file, inputs, options.data_dir);
    if (!file.empty()) require_writable(file);
    for (const auto& [other_option, other] : traces)
      if (option != other_option) require_different(option, file, other_option, other);
  }
}

DrivenCosimOptions driven_options(const CosimArguments& arguments) {
  std::vector<std::string> refused;
  if (!arguments.trace.empty()) refused.emplace_back("--trace");
  return {arguments.console,
          arguments.image,
          arguments.options.backend,
          arguments.data_dir,
          arguments.options.limit,
          arguments.options.session,
          refused};
}

int run_cosim(const CosimArguments& arguments) {
  require_places(arguments);
  const auto image = arguments.image.empty() ? Image{.config = load_hardware_config(arguments.hw)}
                                             : read_image(arguments.image);
  auto options = arguments.options;
  devices().require(options.backend, image.config, arguments.image.empty() ? arguments.hw : arguments.image);
  if (is_driven_image(image) && arguments.firmware.firmware.empty())
    return cosim_driven(driven_options(arguments), image);
  if (!arguments.firmware.firmware.empty()) return run_with_firmware(arguments, image);
  ConsoleListener listener(arguments.console);
  options.listener = listener.listener();
  options.data.folder = arguments.data_dir;
  options.name = arguments.image;
  options.trace = trace_options(arguments, image, options);
  if (!options.trace.path.empty()) {
    stop_on_signals("interrupted; the waveforms are not whole");
    options.trace.stop = &stop_requested();
    if (options.trace.path.ends_with(".fst")) end_on_lost_pages(options.trace.path);
  }
  options.ran = exit_on_signals;
  CosimResult result;
  try {
    result = cosim(image, options, devices());
  } catch (const StoppedError&) {
    say_error(fmt::format("interrupted; {} has the waveforms up to there", arguments.trace));
    return interrupted;
  }
  if (const auto& starts = result.session.starts; !starts.empty())
    warn_of_empty_window(arguments, starts.back().last_cycle);
  arguments.console.print(result.print());
  if (!arguments.trace.empty()) arguments.console.print(fmt::format("waveforms in {}", arguments.trace));
  arguments.console.result(result.json());
  if (result.equal()) return success;
  arguments.console.print(fmt::format("{} and golden differ: one of them is wrong", options.backend));
  return comparison_failed;
}

void add_stalls(CLI::App& command, StallSchedule& stalls) {
  command.add_option("--stall-seed", stalls.seed, "random pauses of the streams: the seed")
      ->capture_default_str()
      ->type_name("S");
  const auto add = [&](const char* name, double& share, const char* what) {
    command.add_option(name, share, what)->check(in_range(0.0, 0.99))->capture_default_str()->type_name("P");
  };
  add("--stall-input", stalls.input, "share of cycles in which the input stream pauses");
  add("--stall-weights", stalls.weights, "the same for the weight stream");
  add("--stall-output", stalls.output, "share of cycles in which the output stream is not taken");
}

void add_trace(CLI::App& command, CosimArguments& options) {
  auto* trace =
      command
          .add_option("--trace", options.trace,
                      "write waveforms; with --firmware those of the platform too, to FILE.platform.vcd")
          ->check(CLI::Validator(check_trace, ""))
          ->type_name("FILE.fst|.vcd");
  auto* cycles =
      command
          .add_option("--trace-cycles", options.trace_cycles,
                      "trace these cycles since reset, loading the image included: the window of --trace, "
                      "--bus-trace, --instruction-trace, --profile and --coverage")
          ->check(CLI::Validator(check_window, ""))
          ->type_name("FIRST:LAST");
  command
      .add_option("--trace-samples", options.trace_samples,
                  "trace the STARTs of these samples, counted from 0; runs twice, to find their cycles")
      ->check(CLI::Validator(check_window, ""))
      ->needs(trace)
      ->excludes(cycles)
      ->type_name("FIRST:LAST");
}

}  // namespace

void add_cosim(CLI::App& app, Body& body) {
  auto arguments = std::make_shared<CosimArguments>();
  auto* options = &arguments->options;
  auto* command = app.add_subcommand(
      "cosim",
      "drive the accelerator through its bus with test samples, and compare bits and cycles with golden");
  auto* image = command->add_option("IMAGE", arguments->image,
                                    "an image that stoic compile wrote; firmware that brings its own network "
                                    "needs none, and then nothing is compared");
  command
      ->add_option(
          "--backend", options->backend,
          "systemc (cycle model) or rtl (SystemVerilog under Verilator, of the instance that was built)")
      ->check(CLI::IsMember(devices().names()))
      ->required();
  command->add_option("--limit", options->limit, "use only the first samples of the test data, 0 for all")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 40))
      ->capture_default_str()
      ->type_name("N");
  command
      ->add_option("--samples-per-start", options->session.samples_per_start,
                   "samples of one START, 0 for as many as keep the streams' queues small")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 20))
      ->capture_default_str()
      ->type_name("N");
  add_stalls(*command, options->session.stalls);
  add_trace(*command, *arguments);
  add_firmware(*command, arguments->firmware);
  command->add_option("--hw", arguments->hw, "the instance of the accelerator for firmware without IMAGE")
      ->capture_default_str()
      ->needs(command->get_option("--firmware"))
      ->excludes(image)
      ->type_name("HW");
  for (const auto* name : {"--trace-samples", "--samples-per-start", "--stall-seed", "--stall-input",
                           "--stall-weights", "--stall-output"})
    command->get_option("--firmware")->excludes(command->get_option(name));  // the firmware decides
  add_data_dir(*command, arguments->data_dir);
  add_json(*command, arguments->console);
  command->footer(
      "Exit code 1 when bits or cycles differ from golden, or firmware ends with another code than 0.\n"
      "Example: stoic cosim digits.img --backend rtl --limit 20 --trace digits.fst --trace-samples 3:3\n"
      "         stoic cosim digits.img --backend rtl --limit 20 --firmware replay\n"
      "         stoic cosim --backend systemc --firmware hello.elf");
  command->callback([arguments, &body] {
    if (arguments->image.empty() && arguments->firmware.firmware.empty()) throw CLI::RequiredError("IMAGE");
    if (!arguments->trace_cycles.empty() && written_traces(*arguments).empty())
      throw CLI::ValidationError("--trace-cycles", "is a window of traces; give --trace or another one too");
    if (!arguments->firmware.firmware.empty() && !arguments->trace.empty())
      arguments->firmware.platform_waveform =
          std::filesystem::path(arguments->trace).replace_extension("platform.vcd").string();
    body = [arguments] { return run_cosim(*arguments); };
  });
}

}  // namespace stoic::cli
