#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "commands.hpp"
#include "options.hpp"
#include "stoic/sim/contract/assembler.hpp"
#include "stoic/sim/golden/machine.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"

namespace stoic::cli {
namespace {

struct RunOptions {
  Console console;
  std::string file;
  std::string hw = "default";
  std::vector<std::string> inputs;
  std::int64_t samples = 1;
  bool step = false;
};

/// An image as it is, or one that holds nothing but an assembled program.
Image load_program(const RunOptions& options) {
  const auto bytes = read_file(options.file);
  if (bytes.starts_with("stoicimg")) return parse_image(bytes, options.file);
  Image image;
  image.config = load_hardware_config(options.hw);
  auto assembly = assemble(bytes, image.config, options.file);
  image.program = std::move(assembly.program);
  image.initial_state = std::move(assembly.initial_state);
  image.vectors = std::move(assembly.vectors);
  return image;
}

/// "1,-2,3" as codes.
std::vector<std::int32_t> parse_codes(const std::string& text, const HardwareConfig& config) {
  std::vector<std::int32_t> codes;
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find(',', at), text.size());
    std::int32_t code = 0;
    const auto [stop, error] = std::from_chars(text.data() + at, text.data() + end, code);
    if (error != std::errc() || stop != text.data() + end || code < config.state_min() ||
        code > config.state_max())
      throw Error(
          fmt::format("--input: \"{}\" is no state of {} bits; give whole numbers with commas between",
                      text.substr(at, end - at), config.state_width));
    codes.push_back(code);
    at = end + 1;
  }
  return codes;
}

/// All architectural state that an instruction can change, but the memory: what --step prints.
std::string state_text(const golden::Machine& machine) {
  std::vector<std::string> loops;
  for (const auto& loop : machine.loops())
    loops.push_back(fmt::format("{}x from {}", loop.remaining, loop.body));
  return fmt::format("  pc {}, loops [{}], cycles {}, saturations {}, samples done {}",
                     machine.program_counter(), fmt::join(loops, ", "), machine.counters().cycles,
                     machine.counters().saturations, machine.samples_done());
}

/// The state words that changed, each lane by lane.
std::string changes_text(golden::Machine& machine, std::vector<std::int32_t>& before) {
  std::string text;
  const auto state = machine.state();
  const auto lanes = static_cast<std::size_t>(machine.config().lanes);
  for (std::size_t at = 0; at < state.size(); at += lanes) {
    const auto word = state.subspan(at, lanes);
    if (!std::equal(word.begin(), word.end(), before.begin() + static_cast<std::ptrdiff_t>(at)))
      text += fmt::format("\n    word {:>4}: {}", at / lanes, fmt::join(word, " "));
  }
  before.assign(state.begin(), state.end());
  return text;
}

/// Gives the machine what it is to get, a sample's weights at a time: those of all samples would take memory
/// without bound.
class Feeder {
 public:
  Feeder(golden::Machine& machine, const Image& image, std::int64_t samples)
      : machine_(machine), image_(image), left_(image.stream_schedule.empty() ? 0 : samples) {}
  /// Before every instruction. Throws Error when what the program has sent takes too much memory.
  void feed() {
    constexpr std::size_t most_words = std::size_t{1} << 27;
    if (left_ > 0 && machine_.weight_stream().empty()) {
      golden::queue_weight_stream(image_, machine_.weight_stream());
      --left_;
    }
    constexpr std::size_t vector_words = sizeof(std::vector<std::int32_t>) / sizeof(std::int32_t);
    for (; counted_ < machine_.output().size(); ++counted_)
      sent_words_ += machine_.output()[counted_].size() + vector_words;
    if (sent_words_ > most_words)
      throw Error(fmt::format("after {} samples the outputs take {} MiB; give fewer --samples",
                              grouped(machine_.samples_done()), most_words * sizeof(std::int32_t) >> 20));
  }

 private:
  golden::Machine& machine_;
  const Image& image_;
  std::int64_t left_;  ///< samples whose weights are still to come
  std::size_t counted_ = 0, sent_words_ = 0;
};

/// Steps until the program ends or a fault, within the limits of Machine::run().
void run_to_the_end(golden::Machine& machine, Feeder& feeder) {
  constexpr std::int64_t most_instructions = std::int64_t{1} << 32;
  std::int64_t done = 0;
  do feeder.feed();
  while (done++ < most_instructions && machine.counters().cycles <= golden::cycle_limit && machine.step());
  machine.run(0);  // says CYCLE_LIMIT where it still runs
}

void run_in_steps(golden::Machine& machine, const Image& image, Feeder& feeder, const Console& console) {
  std::vector<std::int32_t> before(machine.state().begin(), machine.state().end());
  while (machine.running()) {
    feeder.feed();
    const auto step = golden::decode_step(machine.program(), machine.program_counter(), machine.config());
    const auto text = step.status == STOIC_STATUS_CODE_OK
                          ? disassemble(step.instruction, image.vectors, image.config)
                          : "(no instruction)";
    machine.step();
    console.print(
        fmt::format("{:>5}: {}\n{}{}", step.slot, text, state_text(machine), changes_text(machine, before)));
  }
}

int run_program(const RunOptions& options) {
  const auto image = load_program(options);
  golden::Machine machine(image.config);
  machine.load(image);
  Feeder feeder(machine, image, options.samples);
  for (const auto& input : options.inputs) machine.input().push_back(parse_codes(input, image.config));
  machine.start(0, options.samples);
  const auto& console = options.console;
  if (options.step)
    run_in_steps(machine, image, feeder, console);
  else
    run_to_the_end(machine, feeder);
  const auto& status = status_codes[machine.status()];
  if (machine.status() != STOIC_STATUS_CODE_OK)
    throw Error(fmt::format("{}: the engine stopped at program word {} with {}: {}", options.file,
                            machine.program_counter(), status.name, status.meaning));
  const auto& counters = machine.counters();
  console.print(fmt::format("{} cycles, {} of them products; {} saturated elements, {} accumulator overflows",
                            grouped(counters.cycles), grouped(counters.mac_cycles),
                            grouped(counters.saturations), grouped(counters.overflows)));
  for (const auto& vector : machine.output())
    console.print(fmt::format("output: {}", fmt::join(vector, ",")));
  console.result({{"hw", image.config.name},
                  {"status", status.name},
                  {"cycles", counters.cycles},
                  {"ideal_mac_cycles", counters.mac_cycles},
                  {"saturations", counters.saturations},
                  {"first_saturated", counters.first_saturated},
                  {"accumulator_overflows", counters.overflows},
                  {"outputs", machine.output()}});
  return success;
}

}  // namespace

void add_run(CLI::App& app, Body& body) {
  auto options = std::make_shared<RunOptions>();
  auto* command =
      app.add_subcommand("run", "run a program written as text, or an image, on the golden model");
  command->add_option("FILE", options->file, "a program for the assembler, or an image")->required();
  command
      ->add_option("--input", options->inputs,
                   "codes of one vector for the next LOAD, commas between; may be repeated")
      ->type_name("CODES")
      ->allow_extra_args(false);
  command->add_option("--samples", options->samples, "how often the program runs")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 32))
      ->capture_default_str()
      ->type_name("N");
  command->add_flag("--step", options->step, "show the architectural state after every instruction");
  add_hw(*command, options->hw);
  add_json(*command, options->console);
  command->footer("Example: stoic run program.s --hw compact --input 1,2,3,4 --step");
  command->callback([options, &body] { body = [options] { return run_program(*options); }; });
}

}  // namespace stoic::cli
