#include "stoic/host/report/report_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "stoic/host/report/comparison_json.hpp"
#include "stoic/host/report/comparison_page.hpp"
#include "stoic/sim/contract/error.hpp"
#include "stoic/sim/contract/file.hpp"
#include "stoic/sim/contract/json.hpp"

namespace stoic {
namespace {

/// A table that a report has only sometimes.
constexpr const char* optional_files[] = {"differing_decisions.csv", "devices.csv", "word_lengths.csv",
                                          "noise_curves.csv"};

/// Whether report.json was written by a comparison, of this version or an earlier one.
bool holds_report(const std::filesystem::path& folder) {
  std::error_code code;
  const auto path = folder / "report.json";
  if (!std::filesystem::is_regular_file(path, code)) return false;
  const auto json = try_parse_json(read_file(path));
  return json && json->is_object() && json->contains("accuracy_golden") &&
         json->contains("local_errors_within_bounds");
}

}  // namespace

void require_report_folder(const std::filesystem::path& folder) {
  std::error_code code;
  const auto status = std::filesystem::status(folder, code);
  if (!std::filesystem::exists(status)) return;
  if (!std::filesystem::is_directory(status))
    throw Error(fmt::format("{}: is no folder; choose another place for the report", folder.string()));
  if (!std::filesystem::is_empty(folder, code) && !holds_report(folder))
    throw Error(fmt::format("{}: holds other things than a report; choose an empty or a new folder",
                            folder.string()));
}

std::vector<std::string> write_report(const std::filesystem::path& folder, const Comparison& c) {
  require_report_folder(folder);
  std::error_code code;
  std::filesystem::create_directories(folder, code);
  if (!std::filesystem::is_directory(folder))
    throw Error(fmt::format("{}: the folder cannot be made; choose another", folder.string()));
  std::vector<std::string> written;
  const auto write = [&](const std::string& name, const std::string& text) {
    write_file_atomically(folder / name, text);
    written.push_back(name);
  };
  // report.json comes first: it makes the folder one of ours.
  write("report.json", json_text(comparison_json(c), 2) + "\n");
  write("report.html", comparison_page(c));
  for (const auto& file : comparison_csv(c)) write(file.name, file.text);
  for (const auto* name : optional_files)
    if (std::find(written.begin(), written.end(), name) == written.end())
      std::filesystem::remove(folder / name, code);
  return written;
}

}  // namespace stoic
