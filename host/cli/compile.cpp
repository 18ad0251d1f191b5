#include "stoic/host/library/compile.hpp"

#include "commands.hpp"
#include "driven.hpp"
#include "listener.hpp"
#include "options.hpp"
#include "outputs.hpp"
#include "stoic/host/compiler/listing.hpp"
#include "stoic/host/compiler/placement.hpp"
#include "stoic/host/driven/driven_model.hpp"
#include "stoic/sim/io/file.hpp"
#include "stoic/sim/io/writable.hpp"

namespace stoic::cli {
namespace {

struct CompileArguments {
  Console console;
  std::string model;
  std::string output;
  std::string hw = "default";
  std::string within;
  std::string data_dir;
  CompileOptions options;
  bool listing = false;
};

/// Options that mean nothing for a driven reservoir.
std::vector<std::string> of_samples_only(const CompileArguments& arguments) {
  std::vector<std::string> given;
  if (arguments.options.noise.any()) given.emplace_back("noise");
  if (arguments.options.budget.budget > 0) given.emplace_back("--error-budget");
  if (!arguments.within.empty()) given.emplace_back("--within");
  return given;
}

int run_compile(const CompileArguments& arguments) {
  const auto& console = arguments.console;
  require_apart("-o", arguments.output, {arguments.model, arguments.hw, arguments.within},
                arguments.data_dir);
  if (!arguments.output.empty()) require_writable(arguments.output);
  auto bytes = read_file(arguments.model);  // once: it may be a pipe
  if (is_driven_model(bytes, arguments.model))
    return compile_driven({console, arguments.model, std::move(bytes), arguments.output, arguments.hw,
                           arguments.data_dir, arguments.listing, of_samples_only(arguments)});
  auto options = arguments.options;
  const auto hw = load_hardware_config(arguments.hw);
  options.hw = arguments.within.empty() ? hw : load_hardware_config(arguments.within);
  options.data.folder = arguments.data_dir;
  options.name = arguments.model;
  ConsoleListener listener(console);
  options.listener = listener.listener();
  if (!arguments.within.empty())
    (void)on_larger_instance({.config = *options.hw}, hw);  // said before the work
  auto result = compile(Network::parse(std::move(bytes), arguments.model), options);
  if (!arguments.within.empty()) result.image = on_larger_instance(std::move(result.image), hw);
  if (!arguments.output.empty()) write_file_atomically(arguments.output, write_image(result.image));
  console.print(result.print());
  auto json = result.json();
  if (arguments.listing) {
    const auto text = listing(result.image);
    console.print("\n" + text);
    json.erase("warnings");  // they stay the last key
    json["listing"] = text;
  }
  console.result(json);
  return success;
}

}  // namespace

void add_compile(CLI::App& app, Body& body) {
  auto arguments = std::make_shared<CompileArguments>();
  auto* command =
      app.add_subcommand("compile", "quantise a model and lower it to a program of an accelerator instance");
  command->add_option("MODEL", arguments->model, "a model (.npz)")->required();
  command
      ->add_option("-o,--output", arguments->output,
                   "the image to write, \"-\" for standard output; without it only the report is made")
      ->type_name("IMAGE");
  command->add_flag("--listing", arguments->listing,
                    "print memory map and program, with the cycles of each instruction");
  add_hw(*command, arguments->hw);
  command
      ->add_option(
          "--within", arguments->within,
          "take no more of the memories than this smaller instance has, so that other networks have room "
          "beside it: see stoic export --behind")
      ->type_name("NAME|FILE.json");
  add_noise(*command, arguments->options.noise);
  add_error_budget(*command, arguments->options.budget);
  add_data_dir(*command, arguments->data_dir);
  add_json(*command, arguments->console);
  command->footer(
      "Calibration takes the training data that the recipe in the model names.\n"
      "With noise the image takes its draws from the input stream, behind the pixels; eval and cosim send "
      "them.\n"
      "Example: stoic compile digits.npz --hw default -o digits.img --listing\n"
      "With -o - the report goes to standard error, so that --json does not go with it.\n"
      "Example: stoic compile digits.npz -o noisy.img --noise-obs 10 --noise-trial 2\n"
      "Example: stoic compile mnist-csto.npz -o csto.img --error-budget 0.01 --choose-step");
  command->callback([arguments, &body] {
    take_output(arguments->output, arguments->console);
    body = [arguments] { return run_compile(*arguments); };
  });
}

}  // namespace stoic::cli
