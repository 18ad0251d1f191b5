#pragma once
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "stoic/host/library/options.hpp"

namespace stoic {

struct RowsFile;

/// One training of a row, in float and in fixed point.
struct ReproducedTraining {
  double accuracy = 0, fixed_accuracy = 0, agreement = 0;
  std::int64_t cycles = 0, products = 0, saturations = 0;

  nlohmann::ordered_json json() const;
};

/// A row of a table of results, with what there is of its seeds.
struct ReproducedRow {
  std::string name;
  std::string paper;  ///< as the paper prints it
  std::vector<ReproducedTraining> seeds;

  /// A line of a Markdown table. At least one seed must be there.
  std::string markdown() const;
};

/// What `stoic reproduce` takes.
struct ReproduceOptions {
  std::filesystem::path folder;         ///< of models, results and table.md; made when it is not there
  std::filesystem::path data_dir = {};  ///< of data files; empty: $STOIC_DATA_DIR
  std::vector<std::string> only = {};   ///< rows that are trained; of others the table gets what is there
  int threads = 0;                      ///< 0: all cores; changes no bit
  /// When it becomes true, the training stops within the current batch; the same call goes on there.
  const std::atomic<bool>* stop = nullptr;
  std::function<void(const std::string&)> next = {};   ///< called before each training with its name
  std::function<void(const ReproducedRow&)> row = {};  ///< called behind each row of the table
  WorkListener listener = {};
};

struct ReproduceResult {
  std::string hw;
  std::vector<ReproducedRow> rows;
  bool stopped = false;  ///< then rows are missing, and no table was written

  /// The table in Markdown, as table.md has it.
  std::string print() const;
  /// As `stoic reproduce --json` has it.
  nlohmann::ordered_json json() const;
};

/// Trains the rows of a table of results (a .json file: seeds, instance, rows), or takes what an earlier run
/// left in the folder, and judges each in float and in fixed point. Throws Error for results there of other
/// data, and as its parts do.
ReproduceResult reproduce(const std::string& file, const ReproduceOptions& options);
/// The same of rows that were read, for who has; `file` is their name, from which paths are seen.
ReproduceResult reproduce(const RowsFile& rows, const std::string& file, const ReproduceOptions& options);

}  // namespace stoic
