#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "commands.hpp"
#include "devices.hpp"
#include "options.hpp"
#include "stoic/host/compare/deviation.hpp"
#include "stoic/host/compare/evaluate.hpp"
#include "stoic/host/compare/local_error.hpp"
#include "stoic/host/compiler/compile.hpp"
#include "stoic/sim/contract/error.hpp"
#include "stoic/sim/contract/file.hpp"

namespace stoic::cli {
namespace {

struct CompareOptions {
  Console console;
  std::string model;
  std::string folder;
  std::string hw = "default";
  std::string data_dir;
  std::int64_t limit = 0;
  std::int64_t local_samples = 20;
  std::vector<std::string> backends;
  std::int64_t device_samples = 100;
  int threads = 0;
};

/// What a device made of its samples, against golden.
struct DeviceRow {
  DeviceEvaluation device;
  std::int64_t bits = 0;
  std::int64_t cycles = 0;  ///< that neither the closed forms nor the stalls explain
};

struct Comparison {
  HardwareConfig hw;
  Evaluation reference;
  Evaluation golden;
  std::vector<DeviceRow> devices;
  std::int64_t flips_by_table = 0;  ///< decisions that differ from those with the finest tables there can be
  std::vector<Deviation> deviations;
  std::vector<LocalError> local;
  std::vector<SlotSymbol> slots;
};

/// Decisions with tables of as many knots as the encoding reaches: tanh at nearly every code rounded to
/// nearest.
std::int64_t flips_by_table(const Model& model, const Dataset& calibration, const HardwareConfig& hw,
                            const Dataset& data, const Evaluation& golden) {
  auto finest = hw;
  finest.name += " with the largest tables";
  finest.table_words = STOIC_TABLE_WORDS_MAX;
  const auto exact = evaluate_golden(compile(model, calibration, finest).image, data);
  std::int64_t flips = 0;
  for (std::size_t s = 0; s < exact.decisions.size(); ++s) flips += exact.decisions[s] != golden.decisions[s];
  return flips;
}

DeviceRow compare_device(Device& device, const Image& image, const Dataset& data, const Evaluation& golden,
                         const CompareOptions& options) {
  DeviceRow row{
      .device = evaluate_device(device, image, first_samples(data, options.device_samples), options.model)};
  row.bits = differing_bits(row.device.evaluation, golden, image.config.state_width);
  row.cycles = row.device.session.unexplained_cycles();
  return row;
}

Comparison compare(const CompareOptions& options) {
  Comparison result;
  result.hw = load_hardware_config(options.hw);
  std::vector<std::unique_ptr<Device>> devices;
  for (const auto& backend : options.backends)
    devices.push_back(make_device(backend, result.hw, options.model));
  const auto model = read_model(options.model);
  const auto calibration = load_data(model.recipe, Split::train, options.data_dir);
  const auto data = load_test_data(model.recipe, options.data_dir, options.limit);
  const auto compiled = compile(model, calibration, result.hw);
  ProgressBar bar("comparing", 5 + static_cast<std::int64_t>(devices.size()));
  result.reference = evaluate_float(model, data, {.threads = options.threads});
  bar.show(1, "golden");
  result.golden = evaluate_golden(compiled.image, data, {.threads = options.threads});
  bar.show(2, "tables");
  result.flips_by_table = flips_by_table(model, calibration, result.hw, data, result.golden);
  bar.show(3, "vectors");
  result.deviations = deviations(model, compiled.image, data, data.size());
  bar.show(4, "instructions");
  const auto samples = std::min(options.local_samples, data.size());
  result.local =
      local_errors(compiled.image, samples, [&](std::int64_t sample, std::span<std::int32_t> codes) {
        fill_input_codes(data.pixels.data() + sample * data.inputs, codes);
      });
  result.slots = compiled.image.slots;
  for (std::size_t d = 0; d < devices.size(); ++d) {
    bar.show(5 + static_cast<std::int64_t>(d), options.backends[d]);
    result.devices.push_back(compare_device(*devices[d], compiled.image, data, result.golden, options));
  }
  return result;
}

std::string text_of_slot(const Comparison& c, std::int64_t slot) {
  for (const auto& symbol : c.slots)
    if (symbol.slot == slot) return symbol.text;
  return "";
}

std::int64_t saturations_at(const Comparison& c, std::int64_t slot) {
  return c.golden.counters.saturations_by_slot.at(static_cast<std::size_t>(slot));
}

bool within_bounds(const Comparison& c) {
  return std::all_of(c.local.begin(), c.local.end(), [](const LocalError& e) { return e.within_bound(); });
}

bool devices_agree(const Comparison& c) {
  return std::all_of(c.devices.begin(), c.devices.end(),
                     [](const DeviceRow& row) { return row.bits == 0 && row.cycles == 0; });
}

/// Nothing here depends on time: two runs write the same report.
nlohmann::ordered_json devices_json(const Comparison& c) {
  auto rows = nlohmann::ordered_json::array();
  for (const auto& row : c.devices)
    rows.push_back({{"backend", row.device.evaluation.backend},
                    {"samples", row.device.evaluation.samples},
                    {"accuracy", row.device.evaluation.accuracy},
                    {"differing_bits", row.bits},
                    {"differing_cycles", row.cycles},
                    {"cycles_per_inference", row.device.cycles_per_inference()},
                    {"mac_utilisation", row.device.mac_utilisation()},
                    {"saturations", row.device.session.saturations}});
  return rows;
}

nlohmann::ordered_json report(const Comparison& c, const CompareOptions& options) {
  nlohmann::ordered_json json{{"model", options.model},
                              {"hw", c.hw.name},
                              {"samples", c.reference.samples},
                              {"accuracy_float", c.reference.accuracy},
                              {"accuracy_golden", c.golden.accuracy},
                              {"agreement_with_float", agreement(c.golden, c.reference)},
                              {"decisions_flipped_by_tables", c.flips_by_table},
                              {"saturations", c.golden.counters.saturations},
                              {"accumulator_overflows", c.golden.counters.overflows},
                              {"cycles_per_inference", c.golden.counters.cycles},
                              {"ideal_mac_cycles", c.golden.counters.mac_cycles}};
  json["devices"] = devices_json(c);
  json["vectors"] = nlohmann::ordered_json::array();
  for (const auto& d : c.deviations)
    json["vectors"].push_back({{"name", d.name},
                               {"program_word", d.slot},
                               {"fraction_bits", d.fraction_bits},
                               {"least", d.least},
                               {"most", d.most},
                               {"largest_error", d.largest_error},
                               {"largest_error_units", d.largest_error_units()},
                               {"root_mean_square_error", std::sqrt(d.mean_square_error)},
                               {"signal_to_quantisation_noise_dB", d.signal_to_noise_dB()}});
  json["instructions"] = nlohmann::ordered_json::array();
  for (const auto& e : c.local)
    json["instructions"].push_back({{"program_word", e.slot},
                                    {"mnemonic", e.mnemonic},
                                    {"computes", text_of_slot(c, e.slot)},
                                    {"largest_local_error_units", e.largest},
                                    {"bound", e.bound},
                                    {"elements", e.elements},
                                    {"saturations", saturations_at(c, e.slot)}});
  json["local_errors_within_bounds"] = within_bounds(c);
  return json;
}

std::vector<std::vector<std::string>> vector_rows(const Comparison& c) {
  std::vector<std::vector<std::string>> rows{
      {"vector", "word", "fraction bits", "least", "most", "largest error", "(units)", "SQNR dB"}};
  for (const auto& d : c.deviations)
    rows.push_back({d.name, fmt::format("{}", d.slot), fmt::format("{}", d.fraction_bits),
                    fmt::format("{:.4g}", d.least), fmt::format("{:.4g}", d.most),
                    fmt::format("{:.3g}", d.largest_error), fmt::format("{:.1f}", d.largest_error_units()),
                    fmt::format("{:.1f}", d.signal_to_noise_dB())});
  return rows;
}

std::vector<std::vector<std::string>> instruction_rows(const Comparison& c) {
  std::vector<std::vector<std::string>> rows{
      {"word", "instruction", "computes", "largest local error", "bound", "saturations"}};
  for (const auto& e : c.local)
    rows.push_back({fmt::format("{}", e.slot), e.mnemonic, text_of_slot(c, e.slot),
                    fmt::format("{:.4f}", e.largest), fmt::format("{}", e.bound),
                    grouped(saturations_at(c, e.slot))});
  return rows;
}

std::vector<std::vector<std::string>> accuracy_rows(const Comparison& c) {
  std::vector<std::vector<std::string>> rows{
      {"", "accuracy", "samples", "differing bits", "differing cycles", "cycles/inference"},
      {"float", percent(c.reference.accuracy), grouped(c.reference.samples), "-", "-", "-"},
      {"golden", percent(c.golden.accuracy), grouped(c.golden.samples), "-", "-",
       grouped(c.golden.counters.cycles)}};
  for (const auto& row : c.devices)
    rows.push_back({row.device.evaluation.backend, percent(row.device.evaluation.accuracy),
                    grouped(row.device.evaluation.samples), grouped(row.bits), grouped(row.cycles),
                    grouped(row.device.evaluation.counters.cycles)});
  return rows;
}

/// Comma-separated values; cells hold no quotes.
std::string csv(const std::vector<std::vector<std::string>>& rows) {
  std::string text;
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i)
      text += "\"" + row[i] + "\"" + (i + 1 < row.size() ? "," : "\n");
  return text;
}

void write_report(const Comparison& c, const CompareOptions& options) {
  const std::filesystem::path folder(options.folder);
  std::error_code code;
  std::filesystem::create_directories(folder, code);
  if (!std::filesystem::is_directory(folder))
    throw Error(fmt::format("{}: the folder cannot be made; choose another", options.folder));
  write_file_atomically(folder / "report.json", report(c, options).dump(2) + "\n");
  write_file_atomically(folder / "vectors.csv", csv(vector_rows(c)));
  write_file_atomically(folder / "instructions.csv", csv(instruction_rows(c)));
}

int run_compare(const CompareOptions& options) {
  const auto c = compare(options);
  const auto& console = options.console;
  console.print(
      fmt::format("{} on {}: {} test samples", options.model, c.hw.name, grouped(c.reference.samples)));
  console.print(table(accuracy_rows(c)));
  console.print(
      fmt::format("agreement {}; {} decisions flipped by the function tables; {} saturated elements; {} "
                  "cycles an inference\n",
                  percent(agreement(c.golden, c.reference)), c.flips_by_table,
                  grouped(c.golden.counters.saturations), grouped(c.golden.counters.cycles)));
  console.print("global deviation from float, all rounding so far included\n" + table(vector_rows(c)) + "\n");
  console.print(
      "local error of each instruction against its real value from the same operands, in units of the last "
      "place\n" +
      table(instruction_rows(c)));
  if (!options.folder.empty()) {
    write_report(c, options);
    console.print(fmt::format("\n{0}/report.json, {0}/vectors.csv, {0}/instructions.csv", options.folder));
  }
  console.result(report(c, options));
  if (!within_bounds(c))
    console.print("a local error exceeds its bound: the golden model or the twin is wrong");
  if (!devices_agree(c)) console.print("a device differs from golden: one of them is wrong");
  return within_bounds(c) && devices_agree(c) ? success : comparison_failed;
}

}  // namespace

void add_compare(CLI::App& app, Body& body) {
  auto options = std::make_shared<CompareOptions>();
  auto* command = app.add_subcommand(
      "compare", "float against fixed point: accuracy, agreement, errors by vector and instruction");
  command->add_option("MODEL", options->model, "a model (.npz)")->required();
  command
      ->add_option("-o,--output", options->folder, "folder for report.json, vectors.csv and instructions.csv")
      ->type_name("DIR");
  add_hw(*command, options->hw);
  add_limit(*command, options->limit);
  command
      ->add_option("--local-samples", options->local_samples,
                   "samples whose every instruction is recomputed in real numbers")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 40))
      ->capture_default_str()
      ->type_name("N");
  command
      ->add_option("--backend", options->backends,
                   "also run on systemc or rtl, and compare bits and cycles with golden; may be repeated")
      ->check(CLI::IsMember(device_names()))
      ->allow_extra_args(false);
  command
      ->add_option("--device-samples", options->device_samples,
                   "the first test samples, which these backends run; 0 for all")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 40))
      ->capture_default_str()
      ->type_name("N");
  add_data_dir(*command, options->data_dir);
  add_threads(*command, options->threads);
  add_json(*command, options->console);
  command->footer(
      "Exit code 1 when a local error exceeds its bound (1/2 unit, 1 for functions), or a backend differs "
      "from "
      "golden.\n"
      "Example: stoic compare digits.npz --hw small -o report --backend systemc");
  command->callback([options, &body] { body = [options] { return run_compare(*options); }; });
}

}  // namespace stoic::cli
