#include <fmt/format.h>

#include <chrono>

#include "commands.hpp"
#include "options.hpp"
#include "recipes.hpp"
#include "stoic/host/compare/evaluate.hpp"
#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/learning/trainer.hpp"

namespace stoic::cli {
namespace {

struct DemoOptions {
  Console console;
  std::string hw = "default";
  std::int64_t seed = -1;
  int threads = 0;
};

/// One built-in system, all the way from data to fixed point.
struct System {
  std::string recipe;
  std::int64_t seed = 0;
  double training_s = 0;
  double compile_s = 0;
  Evaluation reference;
  Evaluation golden;
};

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

System run_system(const std::string& name, const HardwareConfig& hw, const DemoOptions& options) {
  std::vector<std::string> settings;
  if (options.seed >= 0) settings.push_back(fmt::format("seed={}", options.seed));
  const auto recipe = load_recipe(name, settings);
  const auto data = load_data(recipe, Split::train);
  const auto test = load_data(recipe, Split::test);
  System system{.recipe = name, .seed = static_cast<std::int64_t>(recipe.seed)};
  auto start = std::chrono::steady_clock::now();
  std::optional<ProgressBar> bar;
  TrainingOptions training{.threads = options.threads};
  training.progress = [&](const TrainingProgress& p) {
    if (!bar) bar.emplace("training " + name, p.batches_per_epoch * p.epochs);
    bar->show(p.batch, fmt::format("loss {:.4f}", p.epoch_loss));
  };
  const auto model = train(recipe, data, training).value();
  bar.reset();
  system.training_s = seconds_since(start);
  start = std::chrono::steady_clock::now();
  const auto image = compile(model, data, hw).image;
  system.compile_s = seconds_since(start);
  system.reference = evaluate_float(model, test, {.threads = options.threads});
  system.golden = evaluate_golden(image, test, {.threads = options.threads});
  return system;
}

std::vector<std::string> row(const System& s, const Evaluation& e) {
  const bool fixed = e.backend != "float";
  return {s.recipe,
          e.backend,
          percent(e.accuracy),
          fixed ? percent(agreement(e, s.reference)) : "-",
          fixed ? grouped(e.counters.saturations) : "-",
          fixed ? grouped(e.counters.cycles) : "-",
          grouped(static_cast<std::int64_t>(e.samples_per_s()))};
}

nlohmann::ordered_json backend_json(const System& s, const Evaluation& e) {
  nlohmann::ordered_json json{{"backend", e.backend},
                              {"samples", e.samples},
                              {"accuracy", e.accuracy},
                              {"agreement_with_float", agreement(e, s.reference)},
                              {"samples_per_s", e.samples_per_s()},
                              {"saturations", e.counters.saturations}};
  if (e.backend != "float") json["cycles_per_inference"] = e.counters.cycles;
  return json;
}

int run_demo(const DemoOptions& options) {
  const auto hw = load_hardware_config(options.hw);
  std::vector<std::vector<std::string>> rows{
      {"system", "backend", "accuracy", "agreement", "saturations", "cycles/inference", "inferences/s"}};
  nlohmann::ordered_json json{{"hw", hw.name}, {"systems", nlohmann::ordered_json::array()}};
  for (const auto* name : {"letters-ffesn", "digits-ffesn"}) {
    const auto s = run_system(name, hw, options);
    options.console.print(fmt::format("{}: trained in {:.1f} s, compiled for {} in {:.1f} s, {} test samples",
                                      name, s.training_s, hw.name, s.compile_s,
                                      grouped(s.reference.samples)));
    rows.push_back(row(s, s.reference));
    rows.push_back(row(s, s.golden));
    nlohmann::ordered_json system{
        {"system", name}, {"seed", s.seed}, {"training_s", s.training_s}, {"compile_s", s.compile_s}};
    system["float"] = backend_json(s, s.reference);
    system["golden"] = backend_json(s, s.golden);
    json["systems"].push_back(system);
  }
  options.console.print("\n" + table(rows));
  options.console.print(
      "\nfloat is the reference; golden is the accelerator in fixed point, bit for bit. Agreement counts "
      "equal decisions.\n"
      "Cycles are those of the accelerator, inferences/s those of this machine.");
  options.console.result(json);
  return success;
}

}  // namespace

void add_demo(CLI::App& app, Body& body) {
  auto options = std::make_shared<DemoOptions>();
  auto* command =
      app.add_subcommand("demo", "the whole way on built-in data: train, compile, run in exact fixed point");
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
