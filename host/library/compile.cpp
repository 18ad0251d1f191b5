#include "stoic/host/library/compile.hpp"

#include <fmt/format.h>

#include "stoic/host/compare/compile_warnings.hpp"
#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/compiler/input_codes.hpp"
#include "stoic/host/library/work.hpp"
#include "stoic/host/report/comparison_json.hpp"
#include "stoic/host/report/comparison_tables.hpp"
#include "stoic/host/report/text_table.hpp"

namespace stoic {
namespace {

nlohmann::ordered_json formats_json(const std::vector<CompileResult::Format>& formats) {
  auto rows = nlohmann::ordered_json::array();
  for (const auto& f : formats)
    rows.push_back(
        {{"name", f.name}, {"least", f.least}, {"most", f.most}, {"fraction_bits", f.fraction_bits}});
  return rows;
}

std::string formats_text(const CompileResult& result) {
  Rows rows{{"", "least", "most", "fraction bits"}};
  for (const auto* formats : {&result.matrices, &result.formats})
    for (const auto& f : *formats)
      rows.push_back({f.name, fmt::format("{:.4g}", f.least), fmt::format("{:.4g}", f.most),
                      fmt::format("{}", f.fraction_bits)});
  return table(rows);
}

std::string saturation_text(const CompileResult& result) {
  std::string text = fmt::format("expected saturations: {} elements in {} calibration samples",
                                 grouped(result.expected_saturations), grouped(result.calibration_samples));
  for (std::size_t slot = 0; slot < result.saturations_by_slot.size(); ++slot)
    if (result.saturations_by_slot[slot] > 0)
      text += fmt::format("\n  program word {}: {}", slot, grouped(result.saturations_by_slot[slot]));
  return text;
}

/// Of systems that are integrated in steps, without noise. Throws Error when a budget is exceeded.
std::optional<StateError> measured_error(const Model& model, const Image& image, const Dataset& data,
                                         const Calibration& calibration, double budget) {
  if (!has_steps(model.recipe)) return {};
  const bool noisy = calibration.noise().any();
  const auto plain = noisy ? calibrate(model, data) : calibration;
  const auto error =
      state_error(model, noisy ? compile_image(model, plain, image.config) : image, plain, data);
  if (budget > 0) require_within(budget, error, model, image.config, data);
  return error;
}

std::vector<CompileResult::Format> plain_formats(const std::vector<VectorFormat>& formats) {
  std::vector<CompileResult::Format> result;
  for (const auto& f : formats) result.push_back({f.name, f.least, f.most, f.fraction_bits});
  return result;
}

/// The compiler's own words in those of the result.
CompileResult compiled(Compilation&& result) {
  return {.image = std::move(result.image),
          .cycles = result.cycles,
          .ideal_mac_cycles = result.ideal_mac_cycles,
          .state_words_per_lane = result.state_words_per_lane,
          .weight_bytes = result.weight_bytes,
          .streamed_weight_bytes = result.streamed_weight_bytes,
          .function_error = result.function_error,
          .formats = plain_formats(result.formats),
          .matrices = plain_formats(result.matrices),
          .calibration_samples = result.calibration_samples,
          .expected_saturations = result.calibration_saturations,
          .saturations_by_slot = std::move(result.saturations_by_slot)};
}

}  // namespace

CompileResult compile(const Network& network, const CompileOptions& options) {
  const auto hw = options.hw ? *options.hw : load_hardware_config("default");
  auto model = network.model();
  Warnings warnings(options.listener);
  auto check = data_check(warnings, options.name, model.training_data);
  const auto train = load(check, options.data, model.recipe, Split::train);
  apply_budget(model, train, options.budget);
  const auto noise = options.noise.any() ? noise_for(model, options.noise,
                                                     load(check, options.data, model.recipe, Split::test))
                                         : Noise{};
  const auto calibration = calibrate(model, train, noise);
  auto result = compiled(compile(model, calibration, hw));
  for (const auto& warning : compile_warnings(model, result.image, train, noise.any())) warnings.add(warning);
  result.state_error = measured_error(model, result.image, train, calibration, options.budget.budget);
  if (result.state_error)
    if (const auto warning = step_warning(*result.state_error, model.recipe); !warning.empty())
      warnings.add(fmt::format("{}: {}", options.name, warning));
  result.steps = model.recipe.step_count();
  result.chosen_steps = options.budget.choose_step;
  result.noise = options.noise;
  result.data_matches = check.matches();
  result.name = options.name;
  result.warnings = warnings.all();
  return result;
}

std::string CompileResult::print() const {
  const auto& hw = image.config;
  auto text = fmt::format("{} for {} ({} lanes, {}-bit states, {}-bit weights)\n", name, hw.name, hw.lanes,
                          hw.state_width, hw.weight_width);
  if (noise.any()) text += noise_line(noise) + "\n";
  text += fmt::format("{} cycles an inference, {} of them products ({:.2f} %)\n", grouped(cycles),
                      grouped(ideal_mac_cycles),
                      100 * static_cast<double>(ideal_mac_cycles) / static_cast<double>(cycles));
  text += fmt::format("program {} of {} words, state {} of {} words a lane, tables {} of {} words\n",
                      image.program.size(), hw.program_words, state_words_per_lane, hw.state_words_per_lane,
                      image.tables.size(), hw.table_words);
  text += fmt::format("weights {} bytes in memory, {} bytes streamed for each inference\n",
                      grouped(weight_bytes), grouped(streamed_weight_bytes));
  text += fmt::format("function tables within {:.3f} units in the last place\n\n", function_error);
  text += formats_text(*this) + "\n\n";
  if (state_error) {
    if (chosen_steps) text += fmt::format("{} steps, chosen by the error budget\n", steps);
    text += table(state_error_rows(*state_error, recipe_of(image, name))) + "\n\n";
  }
  return text + saturation_text(*this);
}

nlohmann::ordered_json CompileResult::json() const {
  nlohmann::ordered_json json{{"model", name},
                              {"hw", image.config.name},
                              {"config_hash", fmt::format("{:08x}", config_hash(image.config))},
                              {"cycles", cycles},
                              {"cycles_per_inference", cycles},
                              {"ideal_mac_cycles", ideal_mac_cycles},
                              {"program_words", image.program.size()},
                              {"weight_bytes", weight_bytes},
                              {"streamed_weight_bytes", streamed_weight_bytes},
                              {"state_words_per_lane", state_words_per_lane},
                              {"table_words", image.tables.size()}};
  if (noise.any()) json["noise"] = noise_json(input_plan(image).noise);
  json["formats"] = formats_json(formats);
  json["matrices"] = formats_json(matrices);
  json["function_error_units"] = function_error;
  if (state_error) {
    json["steps"] = steps;
    json["state_error"] = state_error_json(*state_error);
  }
  json["calibration_samples"] = calibration_samples;
  json["expected_saturations"] = expected_saturations;
  json["data_matches"] = matches_json(data_matches);
  json["warnings"] = warnings;
  return json;
}

}  // namespace stoic
