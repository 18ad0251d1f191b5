#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "stoic/host/report/analysis_report.hpp"
#include "stoic/host/report/svg_plot.hpp"
#include "stoic/host/sweep/curve.hpp"

namespace stoic {

/// One quantity of the points of a curve or map, for plots and tables.
struct CurveQuantity {
  std::string key;                ///< in a point's result, such as "mean"
  std::string label;              ///< of the axis, with the unit
  std::string low_key, high_key;  ///< of the ends of a bar; empty: none
};

/// Over one key a line, over two a heat map. Points that diverged or were not measured leave gaps.
AnalysisFigure curve_figure(const std::string& name, const std::string& title,
                            const std::vector<SweepAxis>& axes, const std::vector<CurvePoint>& points,
                            const std::vector<CurveQuantity>& quantities, const std::string& caption);

/// A row for each point: the axes, then these keys of its result (dotted for nested ones), and "diverged"
/// where a point did.
AnalysisTable curve_table(const std::string& name, const std::vector<SweepAxis>& axes,
                          const std::vector<CurvePoint>& points, const std::vector<std::string>& keys,
                          const std::string& caption);

/// The points for programs: {KEY: value, ..., the point's result}, in a list.
nlohmann::ordered_json curve_json(const std::vector<SweepAxis>& axes, const std::vector<CurvePoint>& points);

}  // namespace stoic
