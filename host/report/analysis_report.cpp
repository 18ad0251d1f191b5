#include "stoic/host/report/analysis_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <system_error>

#include "stoic/host/report/comparison_json.hpp"
#include "stoic/host/report/html.hpp"
#include "stoic/host/report/svg_plot.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"
#include "stoic/sim/io/folder.hpp"
#include "stoic/sim/io/json.hpp"
#include "stoic/sim/io/part_file.hpp"
#include "stoic/sim/io/writable.hpp"

namespace stoic {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using nlohmann::ordered_json;

/// What a folder says of the report or the points in it.
struct Content {
  std::string analysis;  // empty: not ours
  std::vector<std::string> files;
};

std::string text_at(const json& object, const char* key) {
  return object.is_object() && object.contains(key) && object.at(key).is_string()
             ? object.at(key).get<std::string>()
             : "";
}

/// Unfinished files that a killed writing left, as names of ours: those of a report that has none yet are
/// named nowhere.
void add_unfinished(const fs::path& folder, Content& content) {
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(folder, code)) {
    const auto part = entry.path().filename().string();
    const auto end = part.rfind(".stoic-part-");
    if (end == part.npos || end < 2) continue;
    const auto name = part.substr(1, end - 1);
    if (is_part_of(part, name)) content.files.push_back(name);
  }
}

Content content_of(const fs::path& folder) {
  Content content;
  std::error_code code;
  for (const char* name : {points_file, "report.json"}) {
    if (!fs::is_regular_file(folder / name, code)) continue;
    const auto object = try_parse_json(read_file(folder / name));
    if (!object || text_at(*object, "analysis").empty()) continue;
    content.analysis = text_at(*object, "analysis");
    content.files.emplace_back(name);
    if (!object->contains("files") || !object->at("files").is_array()) continue;
    for (const auto& file : object->at("files"))
      if (file.is_string()) content.files.push_back(file.get<std::string>());
  }
  if (!content.analysis.empty()) add_unfinished(folder, content);
  return content;
}

std::vector<std::string> names_of(const AnalysisReport& report) {
  std::vector<std::string> names{"report.html"};
  for (const auto& figure : report.figures) names.push_back(figure.name + ".svg");
  for (const auto& table : report.tables) names.push_back(table.name + ".csv");
  return names;
}

std::string report_json(const AnalysisReport& report) {
  ordered_json text{{"analysis", report.analysis}, {"version", report.version}, {"command", report.command}};
  text.update(report.result);
  text["warnings"] = report.warnings;
  text["files"] = names_of(report);
  return json_text(text, 2) + "\n";
}

std::string value_text(const ordered_json& value) {
  if (value.is_null()) return "–";
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return fmt::format("{:.6g}", value.get<double>());
  return value.dump();
}

Rows rows_of(const ordered_json& objects) {
  Rows rows;
  for (const auto& object : objects) {
    if (rows.empty()) {
      rows.emplace_back();
      for (const auto& [key, value] : object.items()) rows.back().push_back(key);
    }
    rows.emplace_back();
    for (const auto& [key, value] : object.items()) rows.back().push_back(value_text(value));
  }
  return rows;
}

/// A long table waits to be opened; of a very long one the file has the rest.
std::string table_html(const AnalysisTable& table) {
  constexpr std::size_t most_open = 21, most_shown = 2001;
  auto rows = rows_of(table.rows);
  const bool cut = rows.size() > most_shown;
  if (cut) rows.resize(most_shown);
  auto html = html_table(rows);
  if (cut)
    html += html_paragraph(fmt::format("The first {} rows; {}.csv has all.", most_shown - 1, table.name));
  return rows.size() > most_open ? html_details(table.caption, html) : html_paragraph(table.caption) + html;
}

}  // namespace

std::string standalone_svg(std::string drawing) {
  const std::string style =
      "<style>svg { --text: #222; --faint: #555; --grid: #ccc; --heat: #0072b2; background: #fff; }\n" +
      plot_style() + "</style>\n";
  drawing.insert(drawing.find('>') + 1, "\n" + style);
  drawing.insert(drawing.find("<svg") + 4, " xmlns=\"http://www.w3.org/2000/svg\"");
  return drawing;
}

std::string analysis_page(const AnalysisReport& report) {
  std::string introduction, line;
  for (const auto& paragraph : report.introduction)
    for (std::istringstream lines(paragraph); std::getline(lines, line);)
      introduction += html_paragraph(line);
  for (const auto& warning : report.warnings) introduction += html_warning(warning);
  std::vector<HtmlSection> sections;
  if (!report.figures.empty()) {
    HtmlSection section{"figures", "Figures", ""};
    for (const auto& figure : report.figures) section.html += html_figure(figure.svg, figure.caption);
    sections.push_back(std::move(section));
  }
  if (!report.tables.empty()) {
    HtmlSection section{"tables", "Numbers", ""};
    for (const auto& table : report.tables) section.html += table_html(table);
    sections.push_back(std::move(section));
  }
  Rows provenance{{"what", "value"}, {"command", report.command}, {"stoic", report.version}};
  for (const auto& [what, value] : report.provenance) provenance.push_back({what, value});
  sections.push_back({"provenance", "Where these numbers come from", html_table(provenance)});
  return html_page(report.title, introduction, sections);
}

void require_analysis_folder(const fs::path& folder, const std::string& analysis) {
  require_writable_folder(folder);
  std::error_code code;
  const auto status = fs::status(folder, code);
  if (!fs::exists(status)) return;
  if (!fs::is_directory(status))
    throw Error(fmt::format("{}: is no folder; choose another place for the report", folder.string()));
  const auto content = content_of(folder);
  const auto foreign = foreign_entry(folder, content.files, !content.analysis.empty());
  if (!foreign.empty())
    throw Error(
        fmt::format("{}: holds other things than a report, such as {}; choose an empty or a new folder",
                    folder.string(), foreign));
  if (!content.analysis.empty() && content.analysis != analysis)
    throw Error(fmt::format("{}: holds the analysis \"{}\"; choose an empty or a new folder for \"{}\"",
                            folder.string(), content.analysis, analysis));
}

void write_analysis(const fs::path& folder, const AnalysisReport& report) {
  require_analysis_folder(folder, report.analysis);
  std::vector<NamedFile> files{{"report.json", report_json(report)}, {"report.html", analysis_page(report)}};
  for (const auto& figure : report.figures)
    files.push_back({figure.name + ".svg", standalone_svg(figure.svg)});
  for (const auto& table : report.tables) files.push_back({table.name + ".csv", csv_text(table.rows)});
  auto ours = content_of(folder).files;
  std::erase(ours, points_file);
  write_folder(folder, files, ours);
}

}  // namespace stoic
