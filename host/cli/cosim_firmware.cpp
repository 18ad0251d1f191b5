#include "cosim_firmware.hpp"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <sstream>

#include "devices.hpp"
#include "firmware_samples.hpp"
#include "interrupt.hpp"
#include "options.hpp"
#include "shipped.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"
#include "stoic/sim/io/unfinished.hpp"
#ifdef STOIC_HAS_PLATFORM
#include "stoic/generated/stoic_platform.h"
#include "stoic/sim/platform/platform.hpp"
#endif

namespace stoic::cli {
namespace {

std::string silence_text() {
  std::string text =
      "simulated time that the CPU may compute (not wait) without printing or setting a device to work";
#ifdef STOIC_HAS_PLATFORM
  text += fmt::format(
      "; where nothing else works, a read of a device counts as {} cycles more, {} where time may end the "
      "loop",
      platform::poll_cycles, platform::timed_poll_cycles);
#endif
  return text + "; 0: any";
}

}  // namespace

void add_firmware(CLI::App& command, FirmwareOptions& options) {
  auto* firmware =
      command
          .add_option("--firmware", options.firmware,
                      "boot this on a RISC-V that drives the accelerator; a file, or the name of one that "
                      "was built: replay takes IMAGE and the samples from memory")
          ->type_name("ELF");
  command.add_option("--timeout", options.timeout_s, "simulated time after which the firmware is stopped")
      ->check(in_range(1e-6, 1e6))
      ->capture_default_str()
      ->needs(firmware)
      ->type_name("SECONDS");
  command.add_option("--silence", options.silence_s, silence_text())
      ->check(in_range(0.0, 1e6))
      ->capture_default_str()
      ->needs(firmware)
      ->type_name("SECONDS");
  command
      .add_option("--wall-timeout", options.wall_timeout_s,
                  "time of this machine after which the firmware is stopped; 0: any")
      ->check(in_range(0.0, 1e6))
      ->capture_default_str()
      ->needs(firmware)
      ->type_name("SECONDS");
  command
      .add_flag("--no-compare", options.no_compare,
                "an application of one's own, whose exit code alone decides: nothing is compared with golden")
      ->needs(firmware);
  add_firmware_data(command, options.data);
  command
      .add_option("--gdb", options.gdb,
                  "wait for GDB before the first instruction: a TCP port of this machine, 0 for a free one, "
                  "or the path of "
                  "a socket, with a \"/\" in it")
      ->needs(firmware)
      ->type_name("PORT|SOCKET");
  command
      .add_option("--timing", options.timing,
                  "clock cycles of instructions and memories: ideal, ibex or ibex-flash, then numbers that "
                  "are others, such as "
                  "ibex,div=20,rom=2; shared=1: CPU and DMA share the ports of memories")
      ->capture_default_str()
      ->needs(firmware)
      ->type_name("NAME,KEY=N,...");
  command.add_option("--cpi", options.cpi, "by which the cycles of instructions are multiplied")
      ->check(in_range(0.01, 1000.0))
      ->capture_default_str()
      ->needs(firmware)
      ->type_name("N");
  command
      .add_option(
          "--quantum", options.quantum,
          "instructions that the CPU runs at most before it looks at the rest: a matter of speed alone")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 30))
      ->capture_default_str()
      ->needs(firmware)
      ->type_name("N");
  command.add_option("--bus-trace", options.bus_trace, "write a line for every transaction of CPU and DMA")
      ->needs(firmware)
      ->type_name("FILE");
  command
      .add_option("--instruction-trace", options.instruction_trace,
                  "write a line for every instruction, disassembled; to FILE.bin compactly, for stoic info "
                  "--lines")
      ->needs(firmware)
      ->type_name("FILE");
  command
      .add_option(
          "--profile", options.profile,
          "print cycles by function, and write those of every chain of calls, as flame graphs are made of")
      ->needs(firmware)
      ->excludes(command.get_option("--gdb"))
      ->type_name("FILE");
  command
      .add_option("--coverage", options.coverage,
                  "write how often each line of the firmware's sources ran, as lcov has it: genhtml draws it")
      ->needs(firmware)
      ->type_name("FILE.info");
}

std::string firmware_path(const std::string& firmware) {
  if (shipped_names(shipped_firmware).empty() && !std::filesystem::exists(firmware))
    throw Error(fmt::format(
        "{}: there is no such file, and no firmware was built; ./dev setup installs the cross compiler, "
        "./dev build builds the firmware",
        firmware));
  return shipped_or_file(shipped_firmware, firmware);
}

FirmwareInput firmware_input(const Image& image, const Dataset& data) {
  return {firmware_samples(image, data), [&image, &data] { return evaluate_golden(image, data); }};
}

#ifndef STOIC_HAS_PLATFORM
std::string firmware_obstacle() {
  return "the RISC-V platform is not in this build; install libsystemc-dev and verilator (./dev setup does), "
         "then "
         "build again with STOIC_FIRMWARE_PLATFORM on";
}
FirmwareReport run_image_firmware(const FirmwareOptions&, const std::string&, const Image&,
                                  const std::string& name, const FirmwareInput&, const TraceOptions&,
                                  const Console&) {
  throw Error(fmt::format("{}: {}", name, firmware_obstacle()));
}
#else
std::string firmware_obstacle() { return ""; }

namespace {

/// Sample lines of the applications: "sample N: class C (right), X cycles, S stalls, ...".
struct SampleLine {
  std::int64_t sample, decision, cycles, stalls;
};

std::vector<SampleLine> sample_lines(const std::string& uart) {
  std::vector<SampleLine> lines;
  std::istringstream in(uart);
  for (std::string text; std::getline(in, text);) {
    long sample = 0, decision = 0, cycles = 0, stalls = 0;
    if (std::sscanf(text.c_str(), "sample %ld: class %ld (%*[a-z]), %ld cycles, %ld stalls", &sample,
                    &decision, &cycles, &stalls) == 4)
      lines.push_back({sample, decision, cycles, stalls});
  }
  return lines;
}

/// What the application "stream" says at its end: "stream: N steps, A to B cycles each".
struct StreamLine {
  std::int64_t steps, least, most;
};

std::vector<StreamLine> stream_lines(const std::string& uart) {
  std::vector<StreamLine> lines;
  std::istringstream in(uart);
  for (std::string text; std::getline(in, text);) {
    long steps = 0, least = 0, most = 0;
    if (std::sscanf(text.c_str(), "stream: %ld steps, %ld to %ld cycles each", &steps, &least, &most) == 3)
      lines.push_back({steps, least, most});
  }
  return lines;
}

/// What the firmware's run and golden disagree on.
struct Difference {
  std::int64_t samples = 0;    ///< outputs that were compared
  std::int64_t bits = 0;       ///< of output vectors
  std::int64_t cycles = 0;     ///< that neither the closed form nor stalls explain
  std::int64_t decisions = 0;  ///< classes that the firmware printed and golden did not decide
  std::int64_t counters = 0;   ///< cycles that the firmware read and the accelerator did not count
};

/// Which sample an output is of: the firmware runs those that were not lost in order, maybe several times over.
std::int64_t sample_of(const platform::RunResult& run, std::size_t output, std::size_t samples) {
  if (run.pushed.empty()) return static_cast<std::int64_t>(output % samples);
  return run.pushed[output % run.pushed.size()];
}

Difference differences(const platform::RunResult& run, const Evaluation& golden, const Image& image) {
  Difference difference;
  const auto& lengths = image.output_lengths;
  const auto mask = (std::uint32_t{1} << image.config.state_width) - 1;
  const auto samples = static_cast<std::size_t>(golden.samples);
  for (std::size_t v = lengths.size() - 1; v < run.outputs.size() && samples > 0; v += lengths.size()) {
    const Eigen::Index sample = sample_of(run, v / lengths.size(), samples);
    for (std::int64_t i = 0; i < lengths.back(); ++i) {
      const auto expected = golden.outputs.codes(i, sample);
      const auto got = run.outputs[v][static_cast<std::size_t>(i)];
      difference.bits +=
          std::popcount((static_cast<std::uint32_t>(expected) ^ static_cast<std::uint32_t>(got)) & mask);
    }
    ++difference.samples;
  }
  const auto lines = sample_lines(run.uart);
  for (std::size_t l = 0; l < lines.size(); ++l) {
    const auto& line = lines[l];
    if (line.sample < 0 || line.sample >= golden.samples) continue;
    if (golden.decisions[static_cast<std::size_t>(line.sample)] != line.decision) ++difference.decisions;
    difference.cycles += std::abs(line.cycles - line.stalls - golden.counters.cycles);
    difference.counters +=
        l < run.counted_cycles.size() ? std::abs(line.cycles - run.counted_cycles[l]) : line.cycles;
  }
  for (const auto& line : stream_lines(run.uart)) {
    difference.cycles +=
        std::abs(line.least - golden.counters.cycles) + std::abs(line.most - golden.counters.cycles);
    difference.samples = std::min(difference.samples, line.steps);
  }
  return difference;
}

double share(double part, const platform::RunResult& run) { return part / run.seconds; }

/// The functions that take most.
std::string profile_text(const platform::RunResult& run) {
  constexpr std::size_t most = 15;
  double all = 0;
  for (const auto& line : run.profile) all += static_cast<double>(line.cycles);
  Rows rows{{"function", "cycles", "", "with callees", "calls"}};
  for (const auto& line : run.profile)
    if (rows.size() <= most && line.cycles > 0)
      rows.push_back({line.function, grouped(line.cycles), percent(static_cast<double>(line.cycles) / all),
                      grouped(line.total_cycles), grouped(line.calls)});
  return table(rows);
}

nlohmann::ordered_json profile_json(const platform::RunResult& run) {
  auto rows = nlohmann::ordered_json::array();
  for (const auto& line : run.profile)
    rows.push_back({{"function", line.function},
                    {"cycles", line.cycles},
                    {"total_cycles", line.total_cycles},
                    {"calls", line.calls}});
  return rows;
}

void print_run(const platform::RunResult& run, const Difference& d, bool compared, const Console& console) {
  console.print(fmt::format(
      "firmware: {} after {} cycles, {} instructions, {} bus accesses, {} exceptions, {} interrupts{}",
      run.ending == platform::Ending::exit ? fmt::format("exit with code {}", run.exit_code)
                                           : std::string(ending_name(run.ending)),
      grouped(run.cycles), grouped(run.instructions), grouped(run.accesses), grouped(run.exceptions),
      grouped(run.interrupts),
      run.stack_bytes < 0 ? std::string() : fmt::format(", {} bytes of stack", grouped(run.stack_bytes))));
  if (compared)
    console.print(table({{"against golden, samples", grouped(d.samples)},
                         {"output bits", grouped(d.bits)},
                         {"classes", grouped(d.decisions)},
                         {"cycles without stalls", grouped(d.cycles)},
                         {"cycles read and counted", grouped(d.counters)}}));
  console.print(fmt::format("{:.1f} s of one core: {} in the CPU, {} on the bus, {} in the accelerator",
                            run.seconds, percent(share(run.cpu_seconds, run)),
                            percent(share(run.bus_seconds, run)),
                            percent(share(run.accelerator_seconds, run))));
  console.print(fmt::format(
      "{} accelerator cycles/s, those at rest included, {} instructions/s between bus accesses",
      grouped(std::llround(run.cycles_per_s())), grouped(std::llround(run.instructions_per_s()))));
  if (!run.profile.empty()) console.print(profile_text(run));
  if (run.lines > 0)
    console.print(
        fmt::format("{} of {} lines of the sources ran", grouped(run.lines_run), grouped(run.lines)));
  if (!run.diagnosis.empty()) console.print(run.diagnosis);
}

nlohmann::ordered_json run_json(const platform::RunResult& run, const Difference& d) {
  return {{"ending", ending_name(run.ending)},
          {"exit_code", run.exit_code},
          {"uart", run.uart},
          {"samples", d.samples},
          {"differing_bits", d.bits},
          {"differing_cycles", d.cycles},
          {"differing_classes", d.decisions},
          {"differing_counters", d.counters},
          {"cycles", run.cycles},
          {"instructions", run.instructions},
          {"bus_accesses", run.accesses},
          {"exceptions", run.exceptions},
          {"interrupts", run.interrupts},
          {"stack_bytes", run.stack_bytes},
          {"run_s", run.seconds},
          {"cycles_per_s", run.cycles_per_s()},
          {"instructions_per_s", run.instructions_per_s()},
          {"share_cpu", share(run.cpu_seconds, run)},
          {"share_bus", share(run.bus_seconds, run)},
          {"share_accelerator", share(run.accelerator_seconds, run)},
          {"diagnosis", run.diagnosis}};
}

}  // namespace

FirmwareReport run_image_firmware(const FirmwareOptions& options, const std::string& backend,
                                  const Image& image, const std::string& image_name,
                                  const FirmwareInput& input, const TraceOptions& trace,
                                  const Console& console) {
  platform::RunOptions run{.config = image.config, .backend = backend};
  run.elf_name = firmware_path(options.firmware);
  for (const auto& [option, file] : {std::pair("--instruction-trace", options.instruction_trace),
                                     std::pair("--coverage", options.coverage)})
    if (!file.empty() && !std::filesystem::is_regular_file(run.elf_name))
      throw Error(fmt::format("{}: {} needs a file, since binutils read it too; save the ELF first",
                              run.elf_name, option));
  run.elf = read_file(run.elf_name);
  const bool compares = !options.no_compare && !image.program.empty();
  if (!image.program.empty()) run.model = replay_image(image, input.samples);
  give_data(options.data, image, input.samples, run);
  run.cpi = options.cpi;
  run.timing = platform::parse_timing(options.timing);
  run.quantum = options.quantum;
  run.timeout_s = options.timeout_s;
  run.trace = trace;
  run.platform_waveform = options.platform_waveform;
  run.bus_trace = options.bus_trace;
  run.instruction_trace = options.instruction_trace;
  run.profile = options.profile;
  run.coverage = options.coverage;
  run.silence_s = options.silence_s;
  run.wall_timeout_s = options.wall_timeout_s;
  run.gdb = options.gdb;
  run.vectors = image.vectors;
  run.listening = [&](const std::string& address) {
    console.print(fmt::format("waiting for GDB; there: target remote {}", address));
  };
  // A progress bar where nothing was printed for a while.
  std::optional<ProgressBar> bar;
  run.uart = [&](std::string_view text) {
    bar.reset();
    console.write(text);
  };
  run.progress = [&](std::int64_t cycle, std::int64_t instructions) {
    constexpr double cycles_per_ms = STOIC_PLATFORM_CLOCK_HZ / 1e3;
    if (!bar) bar.emplace(backend, std::max<std::int64_t>(std::llround(options.timeout_s * 1e3), 1));
    bar->show(std::llround(static_cast<double>(cycle) / cycles_per_ms),
              fmt::format("{} cycles, {} instructions", grouped(cycle), grouped(instructions)));
  };
  // A signal's end waits until the traces are closed, and for the writer of .fst, which may pack for seconds.
  std::optional<UnfinishedFile> closing;
  if (trace.path.ends_with(".fst")) closing.emplace("");
  const auto result = platform::run_firmware(run, [&] {
    if (!closing) closing.emplace("");
  });
  closing.reset();
  bar.reset();
  if (!result.uart.empty() && result.uart.back() != '\n') console.write("\n");
  if (result.ending == platform::Ending::stopped) {
    console.print(result.diagnosis);
    return {run_json(result, {}), false, true};
  }
  if (trace.stop != nullptr) exit_on_signals();  // golden leaves nothing behind
  const auto difference = compares ? differences(result, input.golden(), image) : Difference();
  print_run(result, difference, compares, console);
  FirmwareReport report{run_json(result, difference), result.exit_code == 0};
  report.json["image"] = image_name;
  report.json["firmware"] = run.elf_name;
  report.json["hw"] = image.config.name;
  report.json["backend"] = backend;
  report.json["cpi"] = options.cpi;
  report.json["timing"] = options.timing;
  if (!options.profile.empty()) report.json["profile"] = profile_json(result);
  if (!options.coverage.empty())
    report.json["coverage"] = {{"lines", result.lines}, {"lines_run", result.lines_run}};
  report.good = report.good && difference.bits == 0 && difference.cycles == 0 && difference.decisions == 0 &&
                difference.counters == 0;
  return report;
}
#endif

}  // namespace stoic::cli
