#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "stoic/host/compare/comparison.hpp"

namespace stoic {

/// Throws Error unless `folder` can take a report: it does not exist yet, is empty, or holds a report
/// already. A folder with anything else in it is never written to.
void require_report_folder(const std::filesystem::path& folder);

/// Writes report.json, report.html and the .csv files, each at once or not at all, and removes .csv files of
/// an earlier report that this one does not have. Returns the names of the files. Throws Error as
/// require_report_folder() and write_file_atomically() do.
std::vector<std::string> write_report(const std::filesystem::path& folder, const Comparison& c);

}  // namespace stoic
