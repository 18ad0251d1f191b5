#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>

#include "commands.hpp"
#include "cosim_firmware.hpp"
#include "data_check.hpp"
#include "devices.hpp"
#include "interrupt.hpp"
#include "options.hpp"
#include "outputs.hpp"
#include "process.hpp"
#include "stoic/host/compiler/compile.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/unfinished.hpp"
#include "stoic/sim/io/writable.hpp"

namespace stoic::cli {
namespace {

/// FIRST:LAST, both included.
struct Window {
  std::int64_t first = 0;
  std::int64_t last = 0;
};

struct CosimOptions {
  Console console;
  std::string image;
  std::string backend;
  std::string data_dir;
  std::int64_t limit = 100;
  SessionOptions session;
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

/// The cycles since reset in which the samples of the window run: found by a run without a trace, which takes
/// the same cycles.
Window cycles_of_samples(const CosimOptions& options, const Image& image, const Dataset& data,
                         Window samples) {
  if (samples.first >= data.size())
    throw Error(fmt::format("--trace-samples: sample {} does not run; there are {} (see --limit)",
                            samples.first, data.size()));
  const auto device = make_device(options.backend, image.config, options.image);
  const auto head = first_samples(data, std::min(samples.last + 1, data.size()));
  // The STARTs must be those of the run that is traced, so no fewer samples than one START takes.
  const auto whole = options.session.samples_per_start > 1 ? data : head;
  const auto session = evaluate_device(*device, image, whole, options.image, options.session).session;
  Window cycles{-1, 0};
  std::int64_t done = 0;
  for (const auto& start : session.starts) {
    const bool inside = done + start.samples > samples.first && done <= samples.last;
    if (inside && cycles.first < 0) cycles.first = start.first_cycle;
    if (inside) cycles.last = start.last_cycle;
    done += start.samples;
  }
  return cycles;
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

TraceOptions trace_options(const CosimOptions& options, const Image& image, const Dataset& data) {
  TraceOptions trace{.path = options.trace.ends_with(".fst") ? fst_place(options.trace) : options.trace};
  std::optional<Window> window;
  if (!options.trace_cycles.empty()) window = parse_window(options.trace_cycles);
  if (!options.trace_samples.empty())
    window = cycles_of_samples(options, image, data, parse_window(options.trace_samples).value());
  if (window) {
    trace.first_cycle = window->first;
    trace.last_cycle = window->last;
  }
  return trace;
}

struct Cosimulation {
  DeviceEvaluation device;
  Evaluation golden;
  std::int64_t bits = 0;
  std::int64_t cycles = 0;
  std::int64_t saturations = 0;
  bool equal() const { return bits == 0 && cycles == 0 && saturations == 0; }
};

nlohmann::ordered_json report(const CosimOptions& options, const Image& image, const Cosimulation& o) {
  const auto& session = o.device.session;
  auto words = nlohmann::ordered_json::array();
  for (std::size_t slot = 0; slot < session.saturations_by_slot.size(); ++slot)
    if (session.saturations_by_slot[slot] > 0)
      words.push_back({{"program_word", slot}, {"saturations", session.saturations_by_slot[slot]}});
  return {{"image", options.image},
          {"hw", image.config.name},
          {"backend", options.backend},
          {"samples", o.golden.samples},
          {"starts", session.starts.size()},
          {"differing_bits", o.bits},
          {"differing_cycles", o.cycles},
          {"differing_saturations", o.saturations},
          {"run_cycles", session.cycles},
          {"cycles_per_inference", o.device.cycles_per_inference()},
          {"run_cycles_per_sample", o.device.run_cycles_per_sample()},
          {"predicted_cycles_of_one", o.golden.counters.cycles},
          {"mac_utilisation", o.device.mac_utilisation()},
          {"stalls",
           {{"input", session.stalls.input},
            {"weights", session.stalls.weights},
            {"output", session.stalls.output}}},
          {"saturations", session.saturations},
          {"saturations_by_word", words},
          {"accuracy", o.device.evaluation.accuracy},
          {"device_cycles", session.device_cycles},
          {"run_s", session.host_seconds},
          {"cycles_per_s", o.device.cycles_per_s()},
          {"samples_per_s", o.device.evaluation.samples_per_s()}};
}

void print(const CosimOptions& options, const Image& image, const Cosimulation& o) {
  const auto& session = o.device.session;
  const auto& console = options.console;
  console.print(fmt::format("{} on {} ({}): {} samples, {} STARTs", options.image, options.backend,
                            image.config.name, grouped(o.golden.samples),
                            grouped(static_cast<std::int64_t>(session.starts.size()))));
  console.print(table({{"against golden", "differ"},
                       {"output bits", grouped(o.bits)},
                       {"cycles without stalls", grouped(o.cycles)},
                       {"saturated elements", grouped(o.saturations)}}));
  console.print(
      fmt::format("{} cycles an inference; in this run {:.1f} a sample, in {} of them the lanes multiply",
                  grouped(o.device.cycles_per_inference()), o.device.run_cycles_per_sample(),
                  percent(o.device.mac_utilisation())));
  console.print(fmt::format("stalls: {} for input, {} for weights, {} for output; {} saturated elements",
                            grouped(session.stalls.input), grouped(session.stalls.weights),
                            grouped(session.stalls.output), grouped(session.saturations)));
  console.print(fmt::format("{} cycles/s, {:.1f} samples/s",
                            grouped(static_cast<std::int64_t>(o.device.cycles_per_s())),
                            o.device.evaluation.samples_per_s()));
  if (!options.trace.empty()) console.print(fmt::format("waveforms in {}", options.trace));
}

/// `cycles`: when the last sample ended, since reset.
void warn_of_empty_window(const CosimOptions& options, std::int64_t cycles) {
  const auto window = parse_window(options.trace_cycles);
  if (window && window->first > cycles)
    options.console.warn(
        fmt::format("--trace-cycles {}: the run has {} cycles, so {} shows nothing of it; begin earlier",
                    options.trace_cycles, grouped(cycles), options.trace));
}

/// The traces that a run of firmware leaves.
std::vector<std::string> written_traces(const CosimOptions& options) {
  std::vector<std::string> files{options.trace, options.firmware.bus_trace,
                                 options.firmware.instruction_trace};
  std::erase(files, "");
  return files;
}

int run_with_firmware(const CosimOptions& options, const Image& image, const Dataset& data,
                      const nlohmann::ordered_json& data_matches) {
  auto trace = trace_options(options, image, data);
  const auto written = written_traces(options);
  stop_on_signals(written.empty() ? "interrupted" : "interrupted; the traces are not whole");
  trace.stop = &stop_requested();
  auto report = run_image_firmware(options.firmware, options.backend, image, options.image, data, trace,
                                   options.console);
  if (report.stopped) {
    options.console.result(report.json);
    say_error(written.empty()
                  ? "interrupted"
                  : fmt::format("interrupted; {} {} what ran up to there", fmt::join(written, " and "),
                                written.size() == 1 ? "holds" : "hold"));
    return interrupted;
  }
  warn_of_empty_window(options, report.json.at("cycles"));
  report.json["data_matches"] = data_matches;
  options.console.result(report.json);
  return report.good ? success : comparison_failed;
}

/// None of the traces may be a file that is read, or another trace, and all must find a place.
void require_places(const CosimOptions& options) {
  Inputs inputs{options.image};
  const auto& firmware = options.firmware;
  if (!firmware.firmware.empty()) inputs.emplace_back(firmware_path(firmware.firmware));
  const std::pair<const char*, std::string> traces[] = {{"--trace", options.trace},
                                                        {"--bus-trace", firmware.bus_trace},
                                                        {"--instruction-trace", firmware.instruction_trace}};
  for (const auto& [option, file] : traces) {
    require_apart(option, file, inputs, options.data_dir);
    if (!file.empty()) require_writable(file);
    for (const auto& [other_option, other] : traces)
      if (option != other_option) require_different(option, file, other_option, other);
  }
}

int run_cosim(const CosimOptions& options) {
  require_places(options);
  const auto image = read_image(options.image);
  if (const auto obstacle = device_obstacle(options.backend, image.config); !obstacle.empty())
    throw Error(fmt::format("{}: {}", options.image, obstacle));
  DataCheck check(options.console, options.image, training_data_of(image, options.image));
  const auto data = first_samples(check.load(recipe_of(image, options.image), Split::test, options.data_dir),
                                  options.limit);
  require_data(image, data);
  const auto data_matches = matches_json(check.matches());
  if (!options.firmware.firmware.empty()) return run_with_firmware(options, image, data, data_matches);
  Cosimulation outcome;
  {
    auto trace = trace_options(options, image, data);
    if (!trace.path.empty()) {
      stop_on_signals("interrupted; the waveforms are not whole");
      trace.stop = &stop_requested();
      if (trace.path.ends_with(".fst")) end_on_lost_pages(trace.path);
    }
    const auto device = make_device(options.backend, image.config, options.image, trace);
    ProgressBar bar(options.backend, data.size());
    auto session = options.session;
    session.progress = [&](std::int64_t done) { bar.show(done); };
    session.stop = trace.stop;
    // The writer of .fst packs what it has collected now and then, which may take seconds; a signal's end
    // waits.
    std::optional<UnfinishedFile> open;
    if (!trace.path.empty()) open.emplace("");
    try {
      outcome.device = evaluate_device(*device, image, data, options.image, session);
    } catch (const StoppedError&) {
      device->finish_trace();
      say_error(fmt::format("interrupted; {} has the waveforms up to there", options.trace));
      return interrupted;
    }
    device->finish_trace();
    open.reset();
    exit_on_signals();
  }
  if (const auto& starts = outcome.device.session.starts; !starts.empty())
    warn_of_empty_window(options, starts.back().last_cycle);
  outcome.golden = evaluate_golden(image, data);
  outcome.bits = differing_bits(outcome.golden, outcome.device.evaluation, image.config.state_width);
  outcome.cycles = outcome.device.session.unexplained_cycles();
  outcome.saturations = std::abs(outcome.golden.counters.saturations - outcome.device.session.saturations);
  print(options, image, outcome);
  auto json = report(options, image, outcome);
  json["data_matches"] = data_matches;
  options.console.result(json);
  if (outcome.equal()) return success;
  options.console.print(fmt::format("{} and golden differ: one of them is wrong", options.backend));
  return comparison_failed;
}

void add_stalls(CLI::App& command, StallSchedule& stalls) {
  command.add_option("--stall-seed", stalls.seed, "random pauses of the streams: the seed")
      ->capture_default_str()
      ->type_name("S");
  const auto add = [&](const char* name, double& share, const char* what) {
    command.add_option(name, share, what)
        ->check(CLI::Range(0.0, 0.99))
        ->capture_default_str()
        ->type_name("P");
  };
  add("--stall-input", stalls.input, "share of cycles in which the input stream pauses");
  add("--stall-weights", stalls.weights, "the same for the weight stream");
  add("--stall-output", stalls.output, "share of cycles in which the output stream is not taken");
}

void add_trace(CLI::App& command, CosimOptions& options) {
  auto* trace = command.add_option("--trace", options.trace, "write waveforms")
                    ->check(CLI::Validator(check_trace, ""))
                    ->type_name("FILE.fst|.vcd");
  auto* cycles = command
                     .add_option("--trace-cycles", options.trace_cycles,
                                 "trace these cycles since reset, loading the image included")
                     ->check(CLI::Validator(check_window, ""))
                     ->needs(trace)
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
  auto options = std::make_shared<CosimOptions>();
  auto* command = app.add_subcommand(
      "cosim",
      "drive the accelerator through its bus with test samples, and compare bits and cycles with golden");
  command->add_option("IMAGE", options->image, "an image that stoic compile wrote")->required();
  command
      ->add_option(
          "--backend", options->backend,
          "systemc (cycle model) or rtl (SystemVerilog under Verilator, of the instance that was built)")
      ->check(CLI::IsMember(device_names()))
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
  add_trace(*command, *options);
  add_firmware(*command, options->firmware);
  for (const auto* name : {"--trace-samples", "--samples-per-start", "--stall-seed", "--stall-input",
                           "--stall-weights", "--stall-output"})
    command->get_option("--firmware")->excludes(command->get_option(name));  // the firmware decides
  add_data_dir(*command, options->data_dir);
  add_json(*command, options->console);
  command->footer(
      "Exit code 1 when bits or cycles differ from golden, or firmware ends with another code than 0.\n"
      "Example: stoic cosim digits.img --backend rtl --limit 20 --trace digits.fst --trace-samples 3:3\n"
      "         stoic cosim digits.img --backend rtl --limit 20 --firmware replay");
  command->callback([options, &body] { body = [options] { return run_cosim(*options); }; });
}

}  // namespace stoic::cli
