#include <fmt/format.h>
#include <fmt/ranges.h>

#include "commands.hpp"
#include "options.hpp"
#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/compiler/input_codes.hpp"
#include "stoic/host/learning/checkpoint.hpp"
#include "stoic/host/model/npz.hpp"
#include "stoic/sim/contract/error.hpp"
#include "stoic/sim/contract/file.hpp"
#include "stoic/sim/contract/json.hpp"
#include "stoic/sim/golden/schedule.hpp"

namespace stoic::cli {
namespace {

struct InfoOptions {
  Console console;
  std::string file;
};

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return shape.empty() ? "one value" : fmt::format("{}", fmt::join(shape, " x "));
}

void npz_info(const InfoOptions& options) {
  const NpzReader reader(options.file);
  std::vector<std::vector<std::string>> rows{{"array", "type", "shape"}};
  nlohmann::ordered_json json{{"file", options.file}, {"kind", "npz"}};
  json["arrays"] = nlohmann::ordered_json::array();
  for (const auto& name : reader.names()) {
    const auto header = reader.header(name);
    rows.push_back({name, header.type, shape_text(header.shape)});
    json["arrays"].push_back({{"name", name}, {"type", header.type}, {"shape", header.shape}});
  }
  options.console.print(table(rows));
  if (reader.has("recipe")) {
    const auto model = read_model(options.file);  // checks shapes and values as well
    options.console.print("\na model; recipe\n" + recipe_text(model.recipe));
    json["kind"] = "model";
    json["recipe"] = nlohmann::ordered_json::parse(recipe_text(model.recipe));
  }
  options.console.result(json);
}

void image_info(const InfoOptions& options, const std::string& bytes) {
  const auto image = parse_image(bytes, options.file);
  const auto schedule = golden::schedule(image.program, image.config);
  const auto& c = image.config;
  std::int64_t streamed = 0;
  for (const auto& matrix : image.stream_schedule) streamed += matrix.beats;
  options.console.print(fmt::format("an image for {} ({} lanes, {}-bit states, {}-bit weights, hash {:08x})",
                                    c.name, c.lanes, c.state_width, c.weight_width, config_hash(c)));
  options.console.print(
      fmt::format("program {} words, weights {} beats, tables {} words, {} streamed beats an inference",
                  image.program.size(), static_cast<std::int64_t>(image.weights.size()) / c.lanes,
                  image.tables.size(), streamed));
  options.console.print(fmt::format("inputs {}, outputs {}; {} cycles an inference, {} of them products",
                                    fmt::join(image.input_lengths, ", "),
                                    fmt::join(image.output_lengths, ", "), grouped(schedule.cycles),
                                    grouped(schedule.mac_cycles)));
  const auto noise = input_plan(image, options.file).noise;
  if (noise.any())
    options.console.print(fmt::format(
        "behind the pixels comes noise: standard deviations {:.4g} of what is read in and {:.4g} of "
        "the state, trial {}",
        noise.observation, noise.dynamic, noise.trial));
  nlohmann::ordered_json json{{"file", options.file},
                              {"kind", "image"},
                              {"hw", c.name},
                              {"config_hash", fmt::format("{:08x}", config_hash(c))},
                              {"program_words", image.program.size()},
                              {"weight_beats", static_cast<std::int64_t>(image.weights.size()) / c.lanes},
                              {"table_words", image.tables.size()},
                              {"streamed_beats", streamed},
                              {"inputs", image.input_lengths},
                              {"outputs", image.output_lengths},
                              {"cycles", schedule.cycles},
                              {"ideal_mac_cycles", schedule.mac_cycles}};
  if (noise.any()) json["noise"] = noise_json(noise);
  options.console.result(json);
}

/// A recipe or a hardware configuration: told apart by a key that only one of them has.
void json_info(const InfoOptions& options, const std::string& text) {
  const auto json = parse_json(text, options.file);
  const bool hardware = json.is_object() && json.contains("lanes");
  const auto full = hardware ? hardware_config_text(parse_hardware_config(text, options.file))
                             : recipe_text(parse_recipe(text, options.file));
  options.console.print(
      fmt::format("a {}, all keys written out\n{}", hardware ? "hardware configuration" : "recipe", full));
  auto content = nlohmann::ordered_json::parse(full);
  nlohmann::ordered_json result{{"file", options.file},
                                {"kind", hardware ? "hardware configuration" : "recipe"}};
  if (hardware)
    result["config_hash"] = fmt::format("{:08x}", config_hash(parse_hardware_config(text, options.file)));
  result["content"] = content;
  options.console.result(result);
}

void checkpoint_info(const InfoOptions& options) {
  const auto checkpoint = read_checkpoint(options.file);
  options.console.print(
      fmt::format("a checkpoint after {} batches; recipe\n{}", grouped(checkpoint.batch), checkpoint.recipe));
  options.console.result({{"file", options.file},
                          {"kind", "checkpoint"},
                          {"batches", checkpoint.batch},
                          {"recipe", parse_ordered_json(checkpoint.recipe, options.file + ": recipe")}});
}

int run_info(const InfoOptions& options) {
  const auto bytes = read_file(options.file);
  if (bytes.starts_with("PK")) {
    npz_info(options);
  } else if (bytes.starts_with("stoicimg")) {
    image_info(options, bytes);
  } else if (bytes.starts_with("STOICCKP")) {
    checkpoint_info(options);
  } else if (bytes.find_first_not_of(" \t\r\n") != std::string::npos &&
             bytes[bytes.find_first_not_of(" \t\r\n")] == '{') {
    json_info(options, bytes);
  } else {
    throw Error(fmt::format(
        "{}: is neither a model (.npz), an image, a checkpoint, a recipe nor a hardware configuration",
        options.file));
  }
  return success;
}

}  // namespace

void add_info(CLI::App& app, Body& body) {
  auto options = std::make_shared<InfoOptions>();
  auto* command = app.add_subcommand(
      "info", "say what a file is and what is in it: model, image, checkpoint, recipe, configuration");
  command->add_option("FILE", options->file, "the file")->required();
  add_json(*command, options->console);
  command->footer("Example: stoic info digits.img");
  command->callback([options, &body] { body = [options] { return run_info(*options); }; });
}

}  // namespace stoic::cli
