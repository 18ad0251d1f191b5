#include "stoic/host/compiler/export_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <system_error>

#include "stoic/host/compiler/export.hpp"
#include "stoic/host/compiler/export_c.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"
#include "stoic/sim/io/folder.hpp"
#include "stoic/sim/io/json.hpp"

namespace stoic {
namespace {

constexpr const char* manifest_name = "manifest.json";

/// The manifest of the export in `folder`, of this version or an earlier one; null when there is none.
nlohmann::json manifest_in(const std::filesystem::path& folder) {
  std::error_code code;
  const auto path = folder / manifest_name;
  if (!std::filesystem::is_regular_file(path, code)) return nullptr;
  auto json = try_parse_json(read_file(path));
  const bool ours = json && json->is_object() && json->contains("hw") && json->contains("config_hash") &&
                    json->contains("stream_schedule") && json->contains("slots");
  return ours ? *json : nlohmann::json();
}

/// Whether a manifest can mean it: "NAME" or "driver/NAME".
bool is_name_of_export(const std::string& name) {
  const std::filesystem::path path(name);
  const auto file = path.filename();
  return !file.empty() && file != "." && file != ".." && (path == file || path == "driver" / file);
}

/// Makes these the content of the folder; what an earlier export left there goes.
void write_known(const std::filesystem::path& folder, const std::vector<NamedFile>& files,
                 const std::vector<std::string>& names) {
  auto known = export_files(folder);
  for (const auto& file : names)
    if (std::find(known.begin(), known.end(), file) == known.end()) known.push_back(file);
  write_folder(folder, files, known);
}

}  // namespace

std::vector<std::string> export_files(const std::filesystem::path& folder) {
  std::vector<std::string> names{"program.hex", "weights.hex",        "tables.hex",  "stream_weights.hex",
                                 "state.hex",   "arrays.npz",         manifest_name, "model.h",
                                 "model.c",     "model.bin",          "samples.bin", "inputs.hex",
                                 "outputs.hex", "stream_schedule.hex"};
  for (const auto& [name, text] : driver_files()) names.push_back("driver/" + name);
  const auto manifest = manifest_in(folder);
  if (manifest.is_null() || !manifest.contains("files") || !manifest["files"].is_array()) return names;
  for (const auto& name : manifest["files"])
    if (name.is_string() && is_name_of_export(name) &&
        std::find(names.begin(), names.end(), name.get<std::string>()) == names.end())
      names.push_back(name);
  return names;
}

void require_export_folder(const std::filesystem::path& folder) {
  std::error_code code;
  const auto status = std::filesystem::status(folder, code);
  if (!std::filesystem::exists(status)) return;
  if (!std::filesystem::is_directory(status))
    throw Error(
        fmt::format("{}: the folder cannot be made: a file of that name exists; choose another place for "
                    "the export",
                    folder.string()));
  const auto foreign = foreign_entry(folder, export_files(folder), !manifest_in(folder).is_null());
  if (!foreign.empty())
    throw Error(
        fmt::format("{}: holds other things than an export, such as {}; choose an empty or a new folder",
                    folder.string(), foreign));
}

std::vector<std::string> write_export(const std::filesystem::path& folder, const Image& image,
                                      const ExportedSamples& samples, const ExportedAs& as) {
  require_export_folder(folder);
  auto files = exported_memories(image, as.placement);
  if (as.placement == Placement{})
    for (auto& file : exported_bench(image, samples.codes)) files.push_back(std::move(file));
  for (auto& file : exported_firmware(image, samples, as)) files.push_back(std::move(file));
  std::vector<std::string> names;
  for (const auto& file : files) names.push_back(file.name);
  names.emplace_back(manifest_name);
  files.push_back({manifest_name, export_manifest(image, names, as)});
  write_known(folder, files, names);
  return names;
}

std::vector<std::string> write_c_export(const std::filesystem::path& folder, const Image& image,
                                        const ExportedAs& as) {
  require_export_folder(folder);
  auto files = exported_c(image, as.name);
  std::vector<std::string> names;
  for (const auto& file : files) names.push_back(file.name);
  names.emplace_back(manifest_name);
  auto manifest = nlohmann::ordered_json::parse(export_manifest(image, names, as));
  const auto figures = c_figures(image);
  manifest["target"] = "c";
  manifest["code"] = {{"constant_bytes", figures.constant_bytes},
                      {"state_bytes", figures.state_bytes},
                      {"input_elements", figures.input_elements},
                      {"output_elements", figures.output_elements},
                      {"multiply_accumulates", figures.multiply_accumulates},
                      {"bundle_products", figures.bundle_products},
                      {"function_elements", figures.function_elements},
                      {"normalised_vectors", figures.normalised_vectors},
                      {"moved_elements", figures.moved_elements},
                      {"rv32imc_cycles", figures.rv32imc_cycles()}};
  files.push_back({manifest_name, manifest.dump(2) + "\n"});
  write_known(folder, files, names);
  return names;
}

}  // namespace stoic
