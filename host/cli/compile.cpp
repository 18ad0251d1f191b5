#include "stoic/host/compiler/compile.hpp"

#include <fmt/format.h>

#include "commands.hpp"
#include "data_check.hpp"
#include "options.hpp"
#include "outputs.hpp"
#include "stoic/host/compare/compile_warnings.hpp"
#include "stoic/host/compare/state_error.hpp"
#include "stoic/host/compiler/input_codes.hpp"
#include "stoic/host/compiler/listing.hpp"
#include "stoic/host/report/comparison_json.hpp"
#include "stoic/host/report/comparison_tables.hpp"
#include "stoic/sim/io/file.hpp"
#include "stoic/sim/io/writable.hpp"

namespace stoic::cli {
namespace {

struct CompileOptions {
  Console console;
  std::string model;
  std::string output;
  std::string hw = "default";
  std::string data_dir;
  NoiseOptions noise;
  BudgetOptions budget;
  bool listing = false;
};

nlohmann::ordered_json formats_json(const std::vector<VectorFormat>& formats) {
  auto rows = nlohmann::ordered_json::array();
  for (const auto& f : formats)
    rows.push_back(
        {{"name", f.name}, {"least", f.least}, {"most", f.most}, {"fraction_bits", f.fraction_bits}});
  return rows;
}

std::string formats_table(const Compilation& result) {
  std::vector<std::vector<std::string>> rows{{"", "least", "most", "fraction bits"}};
  for (const auto* formats : {&result.matrices, &result.formats})
    for (const auto& f : *formats)
      rows.push_back({f.name, fmt::format("{:.4g}", f.least), fmt::format("{:.4g}", f.most),
                      fmt::format("{}", f.fraction_bits)});
  return table(rows);
}

std::string saturation_text(const Compilation& result) {
  std::string text =
      fmt::format("expected saturations: {} elements in {} calibration samples",
                  grouped(result.calibration_saturations), grouped(result.calibration_samples));
  for (std::size_t slot = 0; slot < result.saturations_by_slot.size(); ++slot)
    if (result.saturations_by_slot[slot] > 0)
      text += fmt::format("\n  program word {}: {}", slot, grouped(result.saturations_by_slot[slot]));
  return text;
}

/// Of systems that are integrated in steps, without noise. Throws Error when a budget is exceeded.
std::optional<StateError> measured_error(const Model& model, const Image& image, const Dataset& calibration,
                                         const Noise& noise, const CompileOptions& options) {
  const double budget = options.budget.budget;
  if (!has_steps(model.recipe)) return {};
  const auto error = noise.any() ? state_error(model, compile(model, calibration, image.config).image,
                                               calibration, calibration)
                                 : state_error(model, image, calibration, calibration);
  if (budget > 0) require_within(budget, error, model, image.config, calibration);
  return error;
}

int run_compile(const CompileOptions& options) {
  const auto& console = options.console;
  require_apart("-o", options.output, {options.model, options.hw}, options.data_dir);
  if (!options.output.empty()) require_writable(options.output);
  const auto hw = load_hardware_config(options.hw);
  auto model = read_model(options.model);
  DataCheck check(console, options.model, model.training_data);
  const auto calibration = check.load(model.recipe, Split::train, options.data_dir);
  apply_budget(model, calibration, options.budget);
  const auto noise = options.noise.any() ? noise_for(model, options.noise,
                                                     check.load(model.recipe, Split::test, options.data_dir))
                                         : Noise{};
  const auto result = compile(model, calibration, hw, noise);
  for (const auto& warning : compile_warnings(model, result.image, calibration, noise.any()))
    console.warn(warning);
  const auto& image = result.image;
  const auto error = measured_error(model, result.image, calibration, noise, options);
  const auto program_words = static_cast<std::int64_t>(image.program.size());
  if (!options.output.empty()) write_file_atomically(options.output, write_image(image));
  console.print(fmt::format("{} for {} ({} lanes, {}-bit states, {}-bit weights)", options.model, hw.name,
                            hw.lanes, hw.state_width, hw.weight_width));
  if (noise.any())
    console.print(fmt::format("noise, by the ratio of variances: {}; trial {}", noise_text(options.noise),
                              options.noise.trial));
  console.print(
      fmt::format("{} cycles an inference, {} of them products ({:.2f} %)", grouped(result.cycles),
                  grouped(result.ideal_mac_cycles),
                  100 * static_cast<double>(result.ideal_mac_cycles) / static_cast<double>(result.cycles)));
  console.print(fmt::format("program {} of {} words, state {} of {} words a lane, tables {} of {} words",
                            program_words, hw.program_words, result.state_words_per_lane,
                            hw.state_words_per_lane, image.tables.size(), hw.table_words));
  console.print(fmt::format("weights {} bytes in memory, {} bytes streamed for each inference",
                            grouped(result.weight_bytes), grouped(result.streamed_weight_bytes)));
  console.print(
      fmt::format("function tables within {:.3f} units in the last place\n", result.function_error));
  console.print(formats_table(result) + "\n");
  if (error) {
    if (options.budget.choose_step)
      console.print(fmt::format("{} steps, chosen by the error budget", model.recipe.step_count()));
    console.print(table(state_error_rows(*error, model.recipe)) + "\n");
    const auto warning = step_warning(*error, model.recipe);
    if (!warning.empty()) console.warn(fmt::format("{}: {}", options.model, warning));
  }
  console.print(saturation_text(result));
  if (options.listing) console.print("\n" + listing(image));
  nlohmann::ordered_json json{{"model", options.model},
                              {"hw", hw.name},
                              {"config_hash", fmt::format("{:08x}", config_hash(hw))},
                              {"cycles", result.cycles},
                              {"cycles_per_inference", result.cycles},
                              {"ideal_mac_cycles", result.ideal_mac_cycles},
                              {"program_words", program_words},
                              {"weight_bytes", result.weight_bytes},
                              {"streamed_weight_bytes", result.streamed_weight_bytes},
                              {"state_words_per_lane", result.state_words_per_lane},
                              {"table_words", image.tables.size()}};
  if (noise.any()) json["noise"] = noise_json(noise);
  json["formats"] = formats_json(result.formats);
  json["matrices"] = formats_json(result.matrices);
  json["function_error_units"] = result.function_error;
  if (error) {
    json["steps"] = model.recipe.step_count();
    json["state_error"] = state_error_json(*error);
  }
  json["calibration_samples"] = result.calibration_samples;
  json["expected_saturations"] = result.calibration_saturations;
  json["data_matches"] = matches_json(check.matches());
  if (options.listing) json["listing"] = listing(image);
  console.result(json);
  return success;
}

}  // namespace

void add_compile(CLI::App& app, Body& body) {
  auto options = std::make_shared<CompileOptions>();
  auto* command =
      app.add_subcommand("compile", "quantise a model and lower it to a program of an accelerator instance");
  command->add_option("MODEL", options->model, "a model (.npz)")->required();
  command
      ->add_option("-o,--output", options->output,
                   "the image to write, \"-\" for standard output; without it only the report is made")
      ->type_name("IMAGE");
  command->add_flag("--listing", options->listing,
                    "print memory map and program, with the cycles of each instruction");
  add_hw(*command, options->hw);
  add_noise(*command, options->noise);
  add_error_budget(*command, options->budget);
  add_data_dir(*command, options->data_dir);
  add_json(*command, options->console);
  command->footer(
      "Calibration takes the training data that the recipe in the model names.\n"
      "With noise the image takes its draws from the input stream, behind the pixels; eval and cosim send "
      "them.\n"
      "Example: stoic compile digits.npz --hw default -o digits.img --listing\n"
      "With -o - the report goes to standard error, so that --json does not go with it.\n"
      "Example: stoic compile digits.npz -o noisy.img --noise-obs 10 --noise-trial 2\n"
      "Example: stoic compile mnist-csto.npz -o csto.img --error-budget 0.01 --choose-step");
  command->callback([options, &body] {
    take_output(options->output, options->console);
    body = [options] { return run_compile(*options); };
  });
}

}  // namespace stoic::cli
