#include <cmath>
#include <optional>

#include "stoic/host/report/comparison_json.hpp"
#include "stoic/host/sweep/plots.hpp"
#include "stoic/host/sweep/run.hpp"
#include "stoic/sim/io/file.hpp"

namespace stoic {
namespace {

using Json = nlohmann::ordered_json;

/// A number with so many digits, as a table shows it; null for none.
Json rounded(const std::optional<double>& value, double digits) {
  if (!value) return {};
  return std::round(*value * digits) / digits;
}

std::string csv(const Sweep& sweep, const std::vector<GridPoint>& points) {
  auto rows = Json::array();
  for (const auto& point : points) {
    Json row;
    for (std::size_t a = 0; a < sweep.axes.size(); ++a) {
      const auto& value = sweep.axes[a].values[point.position[a]];
      row[sweep.axes[a].key] = value.is_structured() ? Json(value.dump()) : Json(value);
    }
    const auto accuracy = point.mean_accuracy();
    row["seeds"] = point.accuracy.size();
    row["accuracy"] = rounded(accuracy, 1e6);
    row["accuracy_spread"] = rounded(point.spread(), 1e6);
    row["error_log10"] = accuracy ? rounded(error_log10(*accuracy), 1e4) : Json();
    row["epoch_of_convergence"] = rounded(point.mean_convergence(), 1e2);
    if (sweep.ftmle) {
      row["ftmle"] = rounded(point.mean_ftmle(), 1e6);
      row["ftmle_spread"] = rounded(point.ftmle_spread(), 1e6);
      row["ftmle_unit"] = point.ftmle_unit;
    }
    row["diverged"] = point.diverged;
    row["converged"] = point.convergence.size();
    row["missing"] = point.missing;
    rows.push_back(std::move(row));
  }
  return csv_text(rows);
}

}  // namespace

const std::vector<std::string>& sweep_result_files() {
  static const std::vector<std::string> names{"table.csv", "accuracy.svg", "convergence.svg", "ftmle.svg"};
  return names;
}

bool is_sweep_result(const std::string& name) {
  return name == "table.csv" ||
         (name.ends_with(".svg") &&
          (name.starts_with("accuracy") || name.starts_with("convergence") || name.starts_with("ftmle")));
}

void write_sweep_results(const Sweep& sweep, const std::filesystem::path& folder) {
  const auto points = grid_points(sweep, folder);
  write_file_atomically(folder / "table.csv", csv(sweep, points));
  for (const auto& plot : sweep_plots(sweep, points))
    write_file_atomically(folder / plot.file_name, plot.svg);
}

}  // namespace stoic
