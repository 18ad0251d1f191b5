#include "stoic/host/report/report_folder.hpp"

#include <fmt/format.h>

#include <system_error>

#include "stoic/host/report/comparison_json.hpp"
#include "stoic/host/report/comparison_page.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"
#include "stoic/sim/io/folder.hpp"
#include "stoic/sim/io/json.hpp"

namespace stoic {
namespace {

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

const std::vector<std::string>& report_files() {
  static const std::vector<std::string> names{
      "report.json", "report.html",      "accuracy.csv",     "confusion.csv",
      "vectors.csv", "phases.csv",       "instructions.csv", "differing_decisions.csv",
      "devices.csv", "word_lengths.csv", "noise_curves.csv"};
  return names;
}

void require_report_folder(const std::filesystem::path& folder) {
  std::error_code code;
  const auto status = std::filesystem::status(folder, code);
  if (!std::filesystem::exists(status)) return;
  if (!std::filesystem::is_directory(status))
    throw Error(fmt::format("{}: is no folder; choose another place for the report", folder.string()));
  const auto foreign = foreign_entry(folder, report_files(), holds_report(folder));
  if (!foreign.empty())
    throw Error(
        fmt::format("{}: holds other things than a report, such as {}; choose an empty or a new folder",
                    folder.string(), foreign));
}

std::vector<std::string> write_report(const std::filesystem::path& folder, const Comparison& c) {
  require_report_folder(folder);
  std::vector<NamedFile> files{{"report.json", json_text(comparison_json(c), 2) + "\n"},
                               {"report.html", comparison_page(c)}};
  for (auto& file : comparison_csv(c)) files.push_back({file.name, std::move(file.text)});
  write_folder(folder, files, report_files());
  std::vector<std::string> names;
  for (auto& file : files) names.push_back(std::move(file.name));
  return names;
}

}  // namespace stoic
