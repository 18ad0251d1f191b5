#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "stoic/host/compare/comparison.hpp"

namespace stoic {

/// Every file that a report can have.
const std::vector<std::string>& report_files();

/// Throws Error unless `folder` can take a report: it does not exist yet, is empty, or holds a report and
/// nothing else (unfinished files of a killed run count for nothing). A folder with anything else in it is
/// never written to.
void require_report_folder(const std::filesystem::path& folder);

/// Makes report.json, report.html and the .csv files the content of the folder, as one (write_folder()):
/// files of an earlier report go. Returns the names of the files. Throws Error as require_report_folder() and
/// write_folder() do.
std::vector<std::string> write_report(const std::filesystem::path& folder, const Comparison& c);

}  // namespace stoic
