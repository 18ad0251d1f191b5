#pragma once
#include <string>

#include "stoic/host/driven/processing_capacity.hpp"
#include "stoic/host/report/analysis_report.hpp"

namespace stoic {

/// "u(t-3)", "P2(u(t-3)) u1(t)": inputs are numbered from 1 where there are several.
std::string term_text(const CapacityTerm& term, std::int64_t inputs);

/// Keys total, rank, features, samples, threshold, degrees (degree, capacity, terms, held, by_delay, cut).
AnalysisReport capacity_report(const ProcessingCapacity& capacity, const std::string& subject,
                               std::int64_t inputs);

}  // namespace stoic
