#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "commands.hpp"
#include "devices.hpp"
#include "driven.hpp"
#include "listener.hpp"
#include "options.hpp"
#include "outputs.hpp"
#include "stoic/host/compiler/driven_image.hpp"
#include "stoic/host/driven/driven_model.hpp"
#include "stoic/host/library/evaluate.hpp"
#include "stoic/host/library/vectors.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"
#include "stoic/sim/io/writable.hpp"

namespace stoic::cli {
namespace {

struct EvalArguments {
  Console console;
  std::string model;
  std::string output;
  std::string hw = "default";
  bool hw_given = false;
  std::string data_dir;
  std::vector<std::string> states;    ///< names of vectors, or "all"
  std::vector<std::string> settings;  ///< of driven reservoirs
  EvaluateOptions options;
};

struct Evaluated {
  EvaluateResult result;
  std::optional<VectorsResult> vectors;  ///< of --states
};

/// Throws Error where float and golden have no vectors to compare.
void require_states(const EvalArguments& arguments, bool is_image) {
  if (arguments.states.empty()) return;
  if (is_image)
    throw Error(
        fmt::format("{}: is an image, of which float knows no vectors; give the model it was compiled "
                    "from, or leave out --states",
                    arguments.model));
  if (arguments.options.noise.any())
    throw Error("--states: is of vectors without noise; leave out --noise-obs and --noise-dyn");
}

VectorsResult vectors_of(const Network& network, const EvalArguments& arguments,
                         const EvaluateOptions& options) {
  const bool all =
      std::find(arguments.states.begin(), arguments.states.end(), "all") != arguments.states.end();
  return vectors(network, {.names = all ? std::vector<std::string>{} : arguments.states,
                           .hw = options.hw,
                           .data = options.data,
                           .limit = options.limit,
                           .name = options.name,
                           .listener = options.listener});
}

/// Of the image or the model that the file holds.
Evaluated evaluate_file(const EvalArguments& arguments, std::string bytes) {
  auto options = arguments.options;
  options.data.folder = arguments.data_dir;
  options.name = arguments.model;
  ConsoleListener listener(arguments.console);
  options.listener = listener.listener();
  require_states(arguments, bytes.starts_with("stoicimg"));
  if (bytes.starts_with("stoicimg")) {
    if (arguments.hw_given) options.hw = load_hardware_config(arguments.hw);
    return {evaluate(parse_image(bytes, arguments.model), options, devices()), {}};
  }
  options.hw = load_hardware_config(arguments.hw);
  if (devices().has(options.backend)) devices().require(options.backend, *options.hw, arguments.model);
  const auto network = Network::parse(std::move(bytes), arguments.model);
  Evaluated evaluated{evaluate(network, options, devices()), {}};
  if (!arguments.states.empty()) evaluated.vectors = vectors_of(network, arguments, options);
  return evaluated;
}

/// Now, so that a wrong place is refused before anything takes time.
void require_eval_place(const EvalArguments& arguments) {
  const Inputs inputs{arguments.model, arguments.hw};
  if (arguments.states.empty()) {
    require_apart("-o", arguments.output, inputs, arguments.data_dir);
    if (!arguments.output.empty()) require_writable(arguments.output);
    return;
  }
  require_vectors_folder(arguments.output);
  require_apart("-o", arguments.output, std::vector<std::string>{"vectors.json"}, inputs, arguments.data_dir);
  require_writable_folder(arguments.output);
}

/// Options that mean nothing for a driven reservoir.
std::vector<std::string> of_samples(const EvalArguments& arguments) {
  std::vector<std::string> given;
  if (arguments.options.limit > 0) given.emplace_back("--limit");
  if (arguments.options.noise.any()) given.emplace_back("noise");
  if (arguments.options.pixel_noise) given.emplace_back("--pixel-noise");
  if (arguments.options.temperature_K) given.emplace_back("--temperature");
  if (arguments.options.balanced) given.emplace_back("--balanced");
  return given;
}

int run_eval(const EvalArguments& arguments) {
  require_eval_place(arguments);
  auto bytes = read_file(arguments.model);  // once: it may be a pipe
  DrivenEvalOptions driven{arguments.console,         arguments.model,    {},
                           arguments.options.backend, arguments.hw,       arguments.output,
                           arguments.data_dir,        arguments.settings, of_samples(arguments),
                           arguments.states};
  if (is_driven_model(bytes, arguments.model)) {
    driven.bytes = std::move(bytes);
    return eval_driven(std::move(driven));
  }
  if (bytes.starts_with("stoicimg")) {
    const auto image = parse_image(bytes, arguments.model);
    if (is_driven_image(image)) {
      if (arguments.hw_given) require_config(image, load_hardware_config(arguments.hw), arguments.model);
      return eval_driven(driven, image);
    }
  }
  if (!arguments.settings.empty())
    throw Error(
        fmt::format("{}: --set is for the series of driven reservoirs; leave it out", arguments.model));
  const auto evaluated = evaluate_file(arguments, std::move(bytes));
  const auto& result = evaluated.result;
  if (!arguments.output.empty() && !evaluated.vectors) result.write(arguments.output);
  arguments.console.print(result.print());
  auto json = result.json();
  if (evaluated.vectors) {
    const auto files = evaluated.vectors->write(arguments.output);
    arguments.console.print("\n" + evaluated.vectors->print());
    arguments.console.print(fmt::format("\n{}: {}", arguments.output, fmt::join(files, ", ")));
    json.erase("warnings");  // they stay the last key
    json["states"] = evaluated.vectors->json().at("vectors");
  }
  arguments.console.result(json);
  return success;
}

}  // namespace

void add_eval(CLI::App& app, Body& body) {
  auto arguments = std::make_shared<EvalArguments>();
  auto* options = &arguments->options;
  auto* command =
      app.add_subcommand("eval", "accuracy, confusion matrix and throughput of a model on its test data");
  command->add_option("MODEL", arguments->model, "a model (.npz), or an image that stoic compile wrote")
      ->required();
  command
      ->add_option("--backend", options->backend,
                   "float (the reference), golden (bit-accurate fixed point), systemc (cycle model) or rtl "
                   "(SystemVerilog under Verilator)")
      ->check(CLI::IsMember({"float", "golden", "systemc", "rtl"}))
      ->capture_default_str();
  command
      ->add_option(
          "-o,--output", arguments->output,
          "write decisions, labels and outputs (codes in fixed point) as a NumPy .npz; \"-\" for standard "
          "output, with the report on standard error and without --json")
      ->type_name("FILE.npz");
  command
      ->add_option(
          "--states", arguments->states,
          "write vectors of float and golden into the folder that -o names: every x for x, the second "
          "one for \"x(1)\", every vector for all; may be repeated. Of a driven reservoir in float: x, the "
          "state behind every step of the series, and features, what the read-out sees")
      ->allow_extra_args(false)
      ->type_name("NAME");
  add_hw(*command, arguments->hw);
  add_limit(*command, options->limit);
  add_noise(*command, options->noise);
  command
      ->add_option(
          "--temperature", options->temperature_K,
          "in kelvin, of coupled oscillators (csto) in float: every free layer feels the thermal "
          "field of its "
          "volume and damping; agreement is with the same at 0 K. Default: temperature_K of the recipe")
      ->check(in_range(0.0, 1e4));
  command
      ->add_option("--pixel-noise", options->pixel_noise,
                   "replace this share of the pixels of every test sample by random greys")
      ->check(in_range(0.0, 1.0))
      ->type_name("SHARE");
  command->add_flag("--balanced", options->balanced,
                    "print the balanced accuracy too: the mean over the classes of the share decided right");
  command
      ->add_option("--set", arguments->settings,
                   "of a driven reservoir: another series, such as data.seed=7 or data.path=other.csv; may "
                   "be repeated")
      ->type_name("data.KEY=VALUE")
      ->allow_extra_args(false);
  add_data_dir(*command, arguments->data_dir);
  add_threads(*command, options->threads);
  add_json(*command, arguments->console);
  command->footer(
      "A driven reservoir is judged on the test part of its series: NRMSE, NMSE, sMAPE, free runs.\n"
      "Noise has the same bits on every backend; the signal is measured in float on the whole test data.\n"
      "Example: stoic eval digits.npz --backend golden --hw small --noise-obs 10 --noise-trial 2\n"
      "With --states the folder has an .npz for each vector, \"float\" and \"golden\" as real values beside "
      "\"codes\",\nand vectors.json, which names them.\n"
      "Example: stoic eval digits.npz --states x --limit 100 -o states");
  command->callback([arguments, command, &body] {
    if (arguments->states.empty())
      take_output(arguments->output, arguments->console);
    else
      take_output_folder(arguments->output);
    if (!arguments->states.empty() && arguments->output.empty())
      throw CLI::ValidationError("--states", "needs -o FOLDER, where the vectors go");
    arguments->hw_given = command->count("--hw") > 0;
    body = [arguments] { return run_eval(*arguments); };
  });
}

}  // namespace stoic::cli
