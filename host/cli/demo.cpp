#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "commands.hpp"
#include "cosim_firmware.hpp"
#include "devices.hpp"
#include "options.hpp"
#include "stoic/host/compare/device_evaluation.hpp"
#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/learning/trainer.hpp"
#include "stoic/host/library/recipes.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/stopwatch.hpp"

namespace stoic::cli {
namespace {

struct DemoOptions {
  Console console;
  std::string hw = "default";
  std::int64_t seed = -1;
  int threads = 0;
};

/// The first test samples on a device, and what differs from golden.
struct DeviceRun {
  DeviceEvaluation device;
  double agreement_with_float = 0;
  std::int64_t bits = 0;
  std::int64_t cycles = 0;
};

/// One built-in system, all the way from data to fixed point.
struct DemoNetwork {
  std::string recipe;
  std::int64_t seed = 0;
  double training_s = 0;
  double compile_s = 0;
  Evaluation reference;
  Evaluation golden;
  std::vector<DeviceRun> devices;
  Image image;
  Dataset shown;  ///< the first test samples, for the firmware
};

/// Cycles that a device may spend on a system: the cycle model runs whole test sets, the RTL would take
/// minutes.
std::int64_t cycle_budget(const Device& device) { return device.name() == "rtl" ? 4000000 : 400000000; }

/// Float decisions of the first samples only, to compare with.
Evaluation head(const Evaluation& evaluation, std::int64_t samples) {
  auto result = evaluation;
  result.decisions.resize(static_cast<std::size_t>(samples));
  return result;
}

DeviceRun run_device(Device& device, const Image& image, const Dataset& test, const DemoNetwork& system) {
  const auto samples =
      std::clamp<std::int64_t>(cycle_budget(device) / system.golden.counters.cycles, 1, test.size());
  ProgressBar bar(fmt::format("{} on {}", system.recipe, device.name()), samples);
  DeviceRun run;
  run.device = evaluate_device(device, image, first_samples(test, samples), system.recipe,
                               {.progress = [&bar](std::int64_t done) { bar.show(done); }});
  run.bits = differing_bits(run.device.evaluation, system.golden, image.config.state_width);
  run.cycles = run.device.session.unexplained_cycles();
  run.agreement_with_float = agreement(run.device.evaluation, head(system.reference, samples));
  return run;
}

DemoNetwork run_system(const std::string& name, const HardwareConfig& hw,
                       const std::vector<std::unique_ptr<Device>>& bodies, const DemoOptions& options) {
  std::vector<std::string> settings;
  if (options.seed >= 0) settings.push_back(fmt::format("seed={}", options.seed));
  const auto recipe = load_recipe(name, settings);
  const auto data = load_data(recipe, Split::train);
  const auto test = load_data(recipe, Split::test);
  DemoNetwork system{.recipe = name, .seed = static_cast<std::int64_t>(recipe.seed)};
  Stopwatch watch;
  std::optional<ProgressBar> bar;
  TrainingOptions training{.threads = options.threads};
  training.progress = [&](const TrainingProgress& p) {
    if (!bar) bar.emplace("training " + name, p.batches_per_epoch * p.epochs);
    bar->show(p.batch, fmt::format("loss {:.4f}", p.epoch_loss));
  };
  const auto model = train(recipe, data, training).value();
  bar.reset();
  system.training_s = watch.seconds();
  watch = {};
  const auto& image = system.image = compile(model, data, hw).image;
  system.shown = first_samples(test, 5);
  system.compile_s = watch.seconds();
  system.reference = evaluate_float(model, test, {.threads = options.threads});
  system.golden = evaluate_golden(image, test, {.threads = options.threads});
  for (const auto& device : bodies) system.devices.push_back(run_device(*device, image, test, system));
  return system;
}

std::vector<std::string> row(const DemoNetwork& s, const Evaluation& e) {
  const bool fixed = e.backend != "float";
  return {s.recipe,
          e.backend,
          grouped(e.samples),
          percent(e.accuracy),
          fixed ? percent(agreement(e, s.reference)) : "-",
          "-",
          "-",
          fixed ? grouped(e.counters.saturations) : "-",
          fixed ? grouped(e.counters.cycles) : "-",
          grouped(static_cast<std::int64_t>(e.samples_per_s()))};
}

std::vector<std::string> row(const DemoNetwork& s, const DeviceRun& run) {
  const auto& e = run.device.evaluation;
  return {s.recipe,
          e.backend,
          grouped(e.samples),
          percent(e.accuracy),
          percent(run.agreement_with_float),
          grouped(run.bits),
          grouped(run.cycles),
          grouped(e.counters.saturations),
          grouped(e.counters.cycles),
          grouped(static_cast<std::int64_t>(e.samples_per_s()))};
}

nlohmann::ordered_json backend_json(const DemoNetwork& s, const Evaluation& e) {
  nlohmann::ordered_json json{{"backend", e.backend},
                              {"samples", e.samples},
                              {"accuracy", e.accuracy},
                              {"agreement_with_float", agreement(e, s.reference)},
                              {"samples_per_s", e.samples_per_s()},
                              {"saturations", e.counters.saturations}};
  if (e.backend != "float") json["cycles_per_inference"] = e.counters.cycles;
  return json;
}

nlohmann::ordered_json backend_json(const DeviceRun& run) {
  const auto& e = run.device.evaluation;
  return {{"backend", e.backend},
          {"samples", e.samples},
          {"accuracy", e.accuracy},
          {"agreement_with_float", run.agreement_with_float},
          {"samples_per_s", e.samples_per_s()},
          {"saturations", e.counters.saturations},
          {"differing_bits", run.bits},
          {"differing_cycles", run.cycles},
          {"cycles_per_inference", run.device.cycles_per_inference()},
          {"run_cycles_per_sample", run.device.run_cycles_per_sample()},
          {"cycles_per_s", run.device.cycles_per_s()}};
}

nlohmann::ordered_json system_json(const DemoNetwork& s) {
  nlohmann::ordered_json json{
      {"system", s.recipe}, {"seed", s.seed}, {"training_s", s.training_s}, {"compile_s", s.compile_s}};
  json["float"] = backend_json(s, s.reference);
  json["golden"] = backend_json(s, s.golden);
  for (const auto& run : s.devices) json[run.device.evaluation.backend] = backend_json(run);
  return json;
}

/// The devices that this build has of the instance; what is missing is said.
std::vector<std::unique_ptr<Device>> make_devices(const HardwareConfig& hw, const Console& console) {
  std::vector<std::unique_ptr<Device>> made;
  for (const auto& name : devices().names()) {
    const auto obstacle = devices().obstacle(name, hw);
    if (obstacle.empty())
      made.push_back(devices().make(name, hw, "stoic demo"));
    else
      console.print(fmt::format("without {}: {} {}", name, hw.name, obstacle));
  }
  return made;
}

/// The console of the firmware, and that it agrees with golden; or why there is none.
bool run_demo_firmware(const DemoNetwork& system, const std::vector<std::unique_ptr<Device>>& bodies,
                       const Console& console, nlohmann::ordered_json& json) {
  auto obstacle = firmware_obstacle();
  if (obstacle.empty() && bodies.empty()) obstacle = "there is no body of the accelerator for it";
  FirmwareOptions options{.firmware = "replay"};
  try {
    if (obstacle.empty()) firmware_path(options.firmware);
  } catch (const Error& error) {
    obstacle = error.what();
  }
  if (!obstacle.empty()) {
    console.print("without firmware: " + obstacle);
    return true;
  }
  const auto backend = bodies.back()->name();
  console.print(fmt::format(
      "\nThe same network, now driven by firmware: a RISC-V boots, loads {} into the accelerator ({}) over "
      "the bus,\nand prints on its UART:\n",
      system.recipe, backend));
  const auto report = run_image_firmware(options, backend, system.image, system.recipe,
                                         firmware_input(system.image, system.shown), {}, console);
  json["firmware"] = report.json;
  return report.good;
}

int run_demo(const DemoOptions& options) {
  const auto hw = load_hardware_config(options.hw);
  const auto bodies = make_devices(hw, options.console);
  std::vector<std::vector<std::string>> rows{{"system", "backend", "samples", "accuracy", "agreement",
                                              "differing bits", "differing cycles", "saturations",
                                              "cycles/inference", "inferences/s"}};
  nlohmann::ordered_json json{{"hw", hw.name}, {"systems", nlohmann::ordered_json::array()}};
  bool equal = true;
  DemoNetwork last;
  for (const auto* name : {"letters-ffesn", "digits-ffesn", "letters-csto"}) {
    auto s = run_system(name, hw, bodies, options);
    options.console.print(fmt::format("{}: trained in {:.1f} s, compiled for {} in {:.1f} s, {} test samples",
                                      name, s.training_s, hw.name, s.compile_s,
                                      grouped(s.reference.samples)));
    rows.push_back(row(s, s.reference));
    rows.push_back(row(s, s.golden));
    for (const auto& run : s.devices) {
      rows.push_back(row(s, run));
      equal = equal && run.bits == 0 && run.cycles == 0;
    }
    json["systems"].push_back(system_json(s));
    last = std::move(s);
  }
  options.console.print("\n" + table(rows));
  options.console.print(
      "\nfloat is the reference; golden is the accelerator in fixed point, bit for bit; systemc is its cycle "
      "model\n"
      "and rtl its SystemVerilog, on as many of the first test samples as the table says. Agreement counts\n"
      "decisions equal to float's. Differing bits and cycles are against golden: output bits, and cycles "
      "that\n"
      "neither its closed forms nor the stall counters explain. Cycles/inference are those of the "
      "accelerator,\n"
      "inferences/s those of this machine.");
  equal = run_demo_firmware(last, bodies, options.console, json) && equal;
  options.console.result(json);
  if (equal) return success;
  options.console.print("a device differs from golden: one of them is wrong");
  return comparison_failed;
}

}  // namespace

void add_demo(CLI::App& app, Body& body) {
  auto options = std::make_shared<DemoOptions>();
  auto* command =
      app.add_subcommand("demo", "the whole way on built-in data: train, compile, run on all backends");
  add_hw(*command, options->hw);
  command->add_option("--seed", options->seed, "instead of the recipes' own")
      ->check(CLI::Range(std::int64_t{0}, INT64_MAX))
      ->type_name("N");
  add_threads(*command, options->threads);
  add_json(*command, options->console);
  command->footer("Example: stoic demo --hw small");
  command->callback([options, &body] { body = [options] { return run_demo(*options); }; });
}

}  // namespace stoic::cli
