#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>

#include "commands.hpp"
#include "instance_info.hpp"
#include "options.hpp"
#include "shipped.hpp"
#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/compiler/driven_image.hpp"
#include "stoic/host/compiler/input_codes.hpp"
#include "stoic/host/driven/driven_model.hpp"
#include "stoic/host/learning/checkpoint.hpp"
#include "stoic/host/library/recipes.hpp"
#include "stoic/host/model/npz.hpp"
#include "stoic/sim/device/compact_trace.hpp"
#include "stoic/sim/golden/schedule.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"
#include "stoic/sim/io/json.hpp"
#include "trace_info.hpp"

namespace stoic::cli {
namespace {

struct InfoOptions {
  Console console;
  std::string file;
  bool lines = false;  ///< of a compact trace
};

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return shape.empty() ? "one value" : fmt::format("{}", fmt::join(shape, " x "));
}

void tell_training_data(const Console& console, const std::optional<TrainingData>& known,
                        nlohmann::ordered_json& json) {
  console.print("trained on " + (known ? training_data_text(*known) : "unknown data"));
  json["training_data"] = known ? training_data_json(*known) : nlohmann::ordered_json();
}

void tell_series(const Console& console, const std::string& learnt_from, nlohmann::ordered_json& json) {
  console.print("learnt from " + (learnt_from.empty() ? "an unknown series" : learnt_from));
  json["learnt_from"] = learnt_from.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(learnt_from);
}

void npz_info(const InfoOptions& options, const std::string& bytes) {
  const NpzReader reader(bytes, options.file);
  std::vector<std::vector<std::string>> rows{{"array", "type", "shape"}};
  nlohmann::ordered_json json{{"file", options.file}, {"kind", "npz"}};
  json["arrays"] = nlohmann::ordered_json::array();
  for (const auto& name : reader.names()) {
    const auto header = reader.header(name);
    rows.push_back({name, header.type, shape_text(header.shape)});
    json["arrays"].push_back({{"name", name}, {"type", header.type}, {"shape", header.shape}});
  }
  options.console.print(table(rows));
  if (is_driven_model(bytes, options.file)) {
    const auto model = parse_driven_model(bytes, options.file);
    const auto text = driven_recipe_text(model.recipe);
    options.console.print("\na model of a driven reservoir; recipe\n" + text);
    tell_series(options.console, model.learnt_from, json);
    json["kind"] = "driven model";
    json["recipe"] = nlohmann::ordered_json::parse(text);
  } else if (reader.has("recipe")) {
    const auto model = parse_model(bytes, options.file);  // checks shapes and values as well
    options.console.print("\na model; recipe\n" + recipe_text(model.recipe));
    tell_training_data(options.console, model.training_data, json);
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
                              {"cycles_per_inference", schedule.cycles},
                              {"ideal_mac_cycles", schedule.mac_cycles}};
  if (noise.any()) json["noise"] = noise_json(noise);
  if (is_driven_image(image))
    tell_series(options.console, driven_image(image, options.file).learnt_from, json);
  else
    tell_training_data(options.console, training_data_of(image, options.file), json);
  options.console.result(json);
}

struct Described {
  std::string kind;
  std::string text;  ///< all keys written out
};

/// What a JSON object is, told by a key that only objects of its kind have.
Described described(const std::string& text, const std::string& where) {
  const auto json = parse_json(text, where);
  const auto has = [&](const char* key) { return json.is_object() && json.contains(key); };
  if (has("lanes"))
    return {"hardware configuration", hardware_config_text(parse_hardware_config(text, where))};
  // As they stand: their recipes are files of their own.
  if (has("rows")) return {"table of results", nlohmann::ordered_json::parse(text).dump(2) + "\n"};
  if (has("recipe")) return {"sweep", nlohmann::ordered_json::parse(text).dump(2) + "\n"};
  if (is_driven_recipe(text))
    return {"recipe of a driven reservoir", driven_recipe_text(parse_driven_recipe(text, where))};
  return {"recipe", recipe_text(parse_recipe(text, where))};
}

void json_info(const InfoOptions& options, const std::string& text, const std::string& where) {
  const auto what = described(text, where);
  options.console.print(fmt::format("a {}, all keys written out\n{}", what.kind, what.text));
  nlohmann::ordered_json result{{"file", where}, {"kind", what.kind}};
  if (what.kind == "hardware configuration") {
    const auto config = parse_hardware_config(text, where);
    options.console.print(instance_text(config));
    result.update(instance_json(config));
  }
  result["content"] = nlohmann::ordered_json::parse(what.text);
  options.console.result(result);
}

void firmware_info(const InfoOptions& options, const std::string& bytes, const std::string& file) {
  options.console.print(fmt::format("firmware, an ELF of {} bytes; stoic cosim IMAGE --firmware boots it",
                                    grouped(std::ssize(bytes))));
  options.console.result({{"file", file}, {"kind", "firmware"}, {"bytes", bytes.size()}});
}

void checkpoint_info(const InfoOptions& options, const std::string& bytes) {
  const auto checkpoint = parse_checkpoint(bytes, options.file);
  options.console.print(
      fmt::format("a checkpoint after {} batches, of training data with the CRC-32 {:08x}; recipe\n{}",
                  grouped(checkpoint.batch), checkpoint.data_crc, checkpoint.recipe));
  options.console.result({{"file", options.file},
                          {"kind", "checkpoint"},
                          {"batches", checkpoint.batch},
                          {"data_crc", fmt::format("{:08x}", checkpoint.data_crc)},
                          {"recipe", parse_ordered_json(checkpoint.recipe, options.file + ": recipe")}});
}

void file_info(const InfoOptions& options) {
  const auto bytes = read_file(options.file);
  const auto first = bytes.find_first_not_of(" \t\r\n");
  if (CompactTraceReader::is_one(bytes))
    return trace_info(options.console, options.file, bytes, options.lines);
  if (options.lines)
    throw Error(fmt::format(
        "{}: --lines is for compact traces of instructions, which stoic cosim --instruction-trace FILE.bin "
        "writes",
        options.file));
  if (bytes.starts_with("PK")) {
    npz_info(options, bytes);
  } else if (bytes.starts_with("stoicimg")) {
    image_info(options, bytes);
  } else if (bytes.starts_with("STOICCKP")) {
    checkpoint_info(options, bytes);
  } else if (bytes.starts_with("\x7f"
                               "ELF")) {
    firmware_info(options, bytes, options.file);
  } else if (first != bytes.npos && bytes[first] == '{') {
    json_info(options, bytes, options.file);
  } else {
    throw Error(fmt::format(
        "{}: is neither a model (.npz), an image, a checkpoint, firmware, a compact trace of instructions, "
        "a recipe, a sweep, a table nor a hardware configuration",
        options.file));
  }
}

struct BuiltIn {
  std::string kind, name, summary;
};

/// Everything that the command knows by name.
std::vector<BuiltIn> everything_built_in() {
  std::vector<BuiltIn> all;
  for (const auto& name : recipe_list()) {
    const auto recipe = load_recipe(name);
    all.push_back({"recipe", name,
                   fmt::format("{}, {} inputs, {} states, {} classes", recipe.dynamics(), recipe.inputs,
                               recipe.neurons(), recipe.classes)});
  }
  for (const auto& name : series_recipe_list()) {
    const auto [text, where] = recipe_text_of(name);
    const auto recipe = parse_driven_recipe(text, where);
    all.push_back({"recipe of a driven reservoir", name,
                   fmt::format("{}, {} sites, {}", recipe.dynamics(), recipe.sites(), recipe.data.set)});
  }
  for (const auto& name : hardware_config_names()) {
    const auto config = load_hardware_config(name);
    all.push_back({"hardware configuration", name,
                   fmt::format("{} lanes, {}-bit states, {}-bit weights", config.lanes, config.state_width,
                               config.weight_width)});
  }
  for (const auto& kind : {shipped_sweeps, shipped_tables, shipped_firmware})
    for (const auto& name : shipped_names(kind))
      all.push_back({kind.what, name, shipped_path(kind, name).string()});
  return all;
}

int list_built_in(const Console& console) {
  std::vector<std::vector<std::string>> rows{{"kind", "name", ""}};
  auto json = nlohmann::ordered_json::array();
  for (const auto& entry : everything_built_in()) {
    rows.push_back({entry.kind, entry.name, entry.summary});
    json.push_back({{"kind", entry.kind}, {"name", entry.name}, {"summary", entry.summary}});
  }
  console.print(table(rows));
  console.result({{"built_in", json}});
  return success;
}

int run_info(const InfoOptions& options) {
  std::error_code ignored;
  if (options.file.empty()) return list_built_in(options.console);
  if (std::filesystem::exists(options.file, ignored) || options.file.find('/') != std::string::npos) {
    file_info(options);
    return success;
  }
  std::vector<BuiltIn> named;
  std::vector<std::string> names;
  for (auto& entry : everything_built_in()) {
    names.push_back(entry.name);
    if (entry.name == options.file) named.push_back(std::move(entry));
  }
  if (named.empty()) {
    const auto near = nearest_word(options.file, names);
    throw Error(
        fmt::format("{}: no such file, and nothing of that name is built in; {}", options.file,
                    near.empty() ? "stoic info lists what is" : fmt::format("did you mean {}?", near)));
  }
  const auto& first = named.front();
  if (first.kind == "recipe") {
    json_info(options, recipe_text(load_recipe(first.name)), first.name);
  } else if (first.kind == "recipe of a driven reservoir") {
    json_info(options, recipe_text_of(first.name).text, first.name);
  } else if (first.kind == "hardware configuration") {
    json_info(options, hardware_config_text(load_hardware_config(first.name)), first.name);
  } else {
    file_info({options.console, first.summary});
  }
  // The recipe and the sweep around it may have one name.
  for (std::size_t other = 1; other < named.size(); ++other)
    options.console.print(
        fmt::format("also the {} {}: stoic info {}", named[other].kind, first.name, named[other].summary));
  return success;
}

}  // namespace

void add_info(CLI::App& app, Body& body) {
  auto options = std::make_shared<InfoOptions>();
  auto* command = app.add_subcommand(
      "info", "say what a file or a built-in name is and what is in it; without one, list what is built in");
  auto* file = command->add_option(
      "FILE", options->file,
      "a model, image, checkpoint, recipe, sweep, table, configuration, firmware or compact trace: "
      "its path or built-in name");
  command->add_flag("--lines", options->lines, "print a compact trace of instructions as a trace of lines")
      ->needs(file);
  add_json(*command, options->console);
  command->get_option("--lines")->excludes(command->get_option("--json"));
  command->footer(
      "Example: stoic info digits.img\n         stoic info mnist-csto\n         stoic info mine.json --json");
  command->callback([options, &body] { body = [options] { return run_info(*options); }; });
}

}  // namespace stoic::cli
