#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace stoic {

/// A drawing of an analysis, as svg() of svg_plot.hpp makes it.
struct AnalysisFigure {
  std::string name;     ///< of its file, without ".svg": letters, digits and hyphens
  std::string svg;      ///< to stand within a page
  std::string caption;  ///< sentences below it
};

/// Numbers of an analysis: objects with the same keys.
struct AnalysisTable {
  std::string name;             ///< of its file, without ".csv"
  nlohmann::ordered_json rows;  ///< an array
  std::string caption;
};

/// What one run of `stoic analyze` leaves behind.
struct AnalysisReport {
  std::string analysis;                   ///< "ftmle"
  std::string title;                      ///< of the page
  std::vector<std::string> introduction;  ///< paragraphs: what the numbers mean, and how they were found
  std::vector<AnalysisFigure> figures;
  std::vector<AnalysisTable> tables;
  std::vector<std::string> warnings;
  std::string version, command;  ///< of stoic, without what changes no number
  std::vector<std::pair<std::string, std::string>> provenance = {};  ///< what else the numbers come from
  nlohmann::ordered_json result;  ///< of --json, without what no two runs have in common
};

/// A picture that stands alone: an SVG file. The page's colours are written into it.
std::string standalone_svg(std::string drawing);

/// The page alone. It opens from the file and refers to nothing outside it.
std::string analysis_page(const AnalysisReport& report);

/// Throws Error unless `folder` can take an analysis: it does not exist yet, is empty, or holds one of that
/// name and nothing else. To be called before the work.
void require_analysis_folder(const std::filesystem::path& folder, const std::string& analysis);

/// Makes report.html, report.json, a .svg for each figure and a .csv for each table the content of the
/// folder, as one: files of an earlier report go. The points of a curve (sweep/curve.hpp) stay. Throws Error
/// as require_analysis_folder() and write_folder() do.
void write_analysis(const std::filesystem::path& folder, const AnalysisReport& report);

/// Where the points of a curve are kept that are done.
inline constexpr const char* points_file = "points.json";

}  // namespace stoic
