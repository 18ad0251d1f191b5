#include "driven_fixed.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "commands.hpp"
#include "devices.hpp"
#include "driven_text.hpp"
#include "interrupt.hpp"
#include "outputs.hpp"
#include "stoic/host/compare/series_replay.hpp"
#include "stoic/host/compiler/driven_fixed.hpp"
#include "stoic/host/compiler/listing.hpp"
#include "stoic/host/data/data_check.hpp"
#include "stoic/host/driven/driven_network.hpp"
#include "stoic/host/report/series_scores.hpp"
#include "stoic/host/report/text_table.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"
#include "stoic/sim/io/writable.hpp"

namespace stoic::cli {
namespace {

nlohmann::ordered_json driven_formats_json(const std::vector<VectorFormat>& formats) {
  auto rows = nlohmann::ordered_json::array();
  for (const auto& f : formats)
    rows.push_back(
        {{"name", f.name}, {"least", f.least}, {"most", f.most}, {"fraction_bits", f.fraction_bits}});
  return rows;
}

std::string driven_formats_table(const Compilation& result) {
  std::vector<std::vector<std::string>> rows{{"", "least", "most", "fraction bits"}};
  for (const auto* formats : {&result.matrices, &result.formats})
    for (const auto& f : *formats)
      rows.push_back({f.name, fmt::format("{:.4g}", f.least), fmt::format("{:.4g}", f.most),
                      fmt::format("{}", f.fraction_bits)});
  return table(rows);
}

}  // namespace

int compile_driven_model(const DrivenCompileOptions& options, Team& team) {
  const auto& console = options.console;
  const auto hw = load_hardware_config(options.hw);
  const auto model = parse_driven_model(options.bytes, options.model);
  const auto data = seen_beside(model.recipe.data, options.model, options.data_dir);
  const auto series = load_series(data, model.recipe.seed, options.data_dir);
  require_apart("-o", options.output, series_files(data, options.data_dir), options.data_dir);
  require_fitting(model, series, options.model);
  is_series_of(console, options.model, model.learnt_from, series);
  const auto made = compile_driven(model, series, hw, team);
  const auto& result = made.compilation;
  const auto& image = result.image;
  if (!options.output.empty()) write_file_atomically(options.output, write_image(image));
  console.print(fmt::format("{} for {} ({} lanes, {}-bit states, {}-bit weights)", options.model, hw.name,
                            hw.lanes, hw.state_width, hw.weight_width));
  console.print(
      fmt::format("{} cycles a time step, {} of them products ({:.2f} %)", grouped(result.cycles),
                  grouped(result.ideal_mac_cycles),
                  100 * static_cast<double>(result.ideal_mac_cycles) / static_cast<double>(result.cycles)));
  console.print(fmt::format("program {} of {} words, state {} of {} words a lane, tables {} of {} words",
                            image.program.size(), hw.program_words, result.state_words_per_lane,
                            hw.state_words_per_lane, image.tables.size(), hw.table_words));
  console.print(fmt::format("weights {} bytes in memory, {} bytes streamed for each time step",
                            grouped(result.weight_bytes), grouped(result.streamed_weight_bytes)));
  console.print(fmt::format(
      "read-out learnt anew on states in fixed point: ridge {:g}{}; its weights in {} part{}\n", made.ridge,
      made.validation_nrmse > 0 ? fmt::format(", validation NRMSE {:.4g}", made.validation_nrmse) : "",
      made.weight_parts, made.weight_parts > 1 ? "s" : ""));
  console.print(driven_formats_table(result));
  if (options.listing) console.print("\n" + listing(image));
  nlohmann::ordered_json json{{"model", options.model},
                              {"hw", hw.name},
                              {"config_hash", fmt::format("{:08x}", config_hash(hw))},
                              {"cycles", result.cycles},
                              {"cycles_per_step", result.cycles},
                              {"ideal_mac_cycles", result.ideal_mac_cycles},
                              {"program_words", image.program.size()},
                              {"weight_bytes", result.weight_bytes},
                              {"streamed_weight_bytes", result.streamed_weight_bytes},
                              {"state_words_per_lane", result.state_words_per_lane},
                              {"table_words", image.tables.size()},
                              {"ridge", made.ridge},
                              {"validation_nrmse", made.validation_nrmse},
                              {"weight_parts", made.weight_parts}};
  json["formats"] = driven_formats_json(result.formats);
  json["matrices"] = driven_formats_json(result.matrices);
  json["function_error_units"] = result.function_error;
  if (options.listing) json["listing"] = listing(image);
  console.result(json);
  return success;
}

int eval_driven_image(const DrivenEvalOptions& options, const Image& image, const TimeSeries& series,
                      const std::optional<bool>& data_matches,
                      const std::optional<DrivenReferences>& references, Team& team) {
  const auto& console = options.console;
  const auto ends = driven_image(image, options.model);
  const auto golden = run_golden_series(image, ends, series, series.steps(), team);
  auto outputs = golden.outputs;
  std::optional<SeriesReplay> replay;
  if (devices().has(options.backend)) {
    const auto device = devices().make(options.backend, image.config, options.model);
    replay = replay_series(*device, image, golden, {.stop = &stop_requested()}, options.model);
    outputs = replay->session.outputs;
  }
  const auto scores = judge_fixed(image, ends, series, outputs, team);
  if (!options.output.empty()) write_predictions(options.output, scores);
  console.print(fmt::format("{} on {} ({}): {} steps, {} cycles each, {} saturated elements", options.model,
                            options.backend, image.config.name, grouped(golden.steps),
                            grouped(golden.cycles_of_step), grouped(golden.saturations)));
  print_scores(console, scores, series);
  if (references) {
    const auto more = [&](const SeriesError& error) {
      return fmt::format("NRMSE {:.4g} ({:+.2f} % in fixed point)", error.nrmse,
                         100 * (scores.error.nrmse / error.nrmse - 1));
    };
    console.print(fmt::format("float: {}; with W and W_in as rounded here: {}", more(references->model),
                              more(references->rounded)));
    console.print(
        fmt::format("read-out learnt anew on states in fixed point, ridge {:g}", references->ridge));
  }
  nlohmann::ordered_json json{{"backend", options.backend}, {"hw", image.config.name}};
  json.update(scores_json(scores, series));
  const auto known = [&](double nrmse) {
    return references ? nlohmann::ordered_json(nrmse) : nlohmann::ordered_json();
  };
  json["float_nrmse"] = known(references ? references->model.nrmse : 0);
  json["rounded_float_nrmse"] = known(references ? references->rounded.nrmse : 0);
  json["ridge"] = known(references ? references->ridge : 0);
  json["weight_parts"] =
      references ? nlohmann::ordered_json(references->weight_parts) : nlohmann::ordered_json();
  json["data_matches"] = matches_json(data_matches);
  json["cycles_per_step"] = golden.cycles_of_step;
  json["saturations"] = golden.saturations;
  if (replay) json["run_cycles"] = replay->session.cycles;
  json["seed"] = ends.recipe.seed;
  console.result(json);
  return success;
}

int cosim_driven_image(const DrivenCosimOptions& options, const Image& image, Team& team) {
  const auto& console = options.console;
  const auto ends = driven_image(image, options.image);
  const auto series = load_series(seen_beside(ends.recipe.data, options.image, options.data_dir),
                                  ends.recipe.seed, options.data_dir);
  require_fitting(ends, series, options.image);
  is_series_of(console, options.image, ends.learnt_from, series);
  const auto device = devices().make(options.backend, image.config, options.image);
  const auto steps =
      options.limit == 0 ? series.steps() : std::min<std::int64_t>(options.limit, series.steps());
  const auto golden = run_golden_series(image, ends, series, steps, team);
  ProgressBar bar(options.backend, steps);
  auto with = options.session;
  with.stop = &stop_requested();
  with.progress = [&](std::int64_t done) { bar.show(done); };
  const auto replay = replay_series(*device, image, golden, with, options.image);
  const auto& session = replay.session;
  const double rate = static_cast<double>(session.device_cycles) / session.host_seconds;
  console.print(fmt::format("{} on {} ({}): {} time steps, {} STARTs, the state kept", options.image,
                            options.backend, image.config.name, grouped(steps),
                            grouped(std::ssize(session.starts))));
  console.print(table({{"against golden", "differ"},
                       {"output bits", grouped(replay.bits)},
                       {"cycles without stalls", grouped(replay.cycles)},
                       {"saturated elements", grouped(replay.saturations)}}));
  console.print(fmt::format(
      "{} cycles a time step by itself; in this run {:.1f} a step", grouped(golden.cycles_of_step),
      static_cast<double>(session.cycles) / static_cast<double>(std::max<std::int64_t>(steps, 1))));
  console.print(fmt::format(
      "stalls: {} for input, {} for weights, {} for output; {} cycles/s, {:.1f} steps/s",
      grouped(session.stalls.input), grouped(session.stalls.weights), grouped(session.stalls.output),
      grouped(static_cast<std::int64_t>(rate)), static_cast<double>(steps) / session.host_seconds));
  console.result({{"image", options.image},
                  {"hw", image.config.name},
                  {"backend", options.backend},
                  {"samples", steps},
                  {"steps", steps},
                  {"starts", session.starts.size()},
                  {"differing_bits", replay.bits},
                  {"differing_cycles", replay.cycles},
                  {"differing_saturations", replay.saturations},
                  {"run_cycles", session.cycles},
                  {"cycles_per_inference", std::llround(session.cycles_of_one())},
                  {"cycles_per_step", golden.cycles_of_step},
                  {"stalls",
                   {{"input", session.stalls.input},
                    {"weights", session.stalls.weights},
                    {"output", session.stalls.output}}},
                  {"saturations", session.saturations},
                  {"device_cycles", session.device_cycles},
                  {"run_s", session.host_seconds},
                  {"cycles_per_s", rate},
                  {"steps_per_s", static_cast<double>(steps) / session.host_seconds}});
  if (replay.equal()) return success;
  console.print(fmt::format("{} and golden differ: one of them is wrong", options.backend));
  return comparison_failed;
}

FirmwareInput driven_firmware_input(const Image& image, const std::string& name, std::int64_t limit,
                                    const std::string& data_dir) {
  const auto ends = driven_image(image, name);
  const auto series = load_series(seen_beside(ends.recipe.data, name, data_dir), ends.recipe.seed, data_dir);
  Team team(1);
  const auto golden = run_golden_series(image, ends, series, limit == 0 ? series.steps() : limit, team);
  FirmwareInput input;
  input.samples.codes = golden.inputs;
  input.samples.labels.assign(static_cast<std::size_t>(golden.steps), 0);
  Evaluation evaluation{.backend = "golden", .samples = golden.steps};
  evaluation.outputs.codes =
      Eigen::Map<const Eigen::MatrixXi>(golden.outputs.data(), ends.output_codes(), golden.steps);
  evaluation.outputs.fraction_bits = ends.output_bits;
  for (Eigen::Index t = 0; t < golden.steps; ++t) {
    Eigen::Index best = 0;
    evaluation.outputs.codes.col(t).maxCoeff(&best);
    evaluation.decisions.push_back(static_cast<std::uint8_t>(best));
  }
  evaluation.counters.cycles = golden.cycles_of_step;
  input.golden = [evaluation] { return evaluation; };
  return input;
}

}  // namespace stoic::cli
