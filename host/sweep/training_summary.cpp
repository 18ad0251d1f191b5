#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "stoic/host/analysis/batch_means.hpp"
#include "stoic/host/analysis/divergence.hpp"
#include "stoic/host/compare/confidence.hpp"
#include "stoic/host/report/text.hpp"
#include "stoic/host/sweep/training_report.hpp"

namespace stoic {
namespace {

using nlohmann::ordered_json;

/// Shares of the plateau that the sensitivity to the window is shown with.
constexpr double early_share = 0.03, late_share = 0.3;
/// How far the tangent's exponent may be from the copies' to agree.
constexpr double tangent_agreement = 0.05;

ordered_json number_json(double value) { return std::isfinite(value) ? ordered_json(value) : ordered_json(); }

/// Six digits are enough for a drawing.
ordered_json rounded_series(const std::vector<double>& series) {
  auto json = ordered_json::array();
  for (const double value : series) json.push_back(number_json(std::stod(fmt::format("{:.6g}", value))));
  return json;
}

ordered_json trace_json(const TrainingTrace& trace, std::int64_t every, bool first) {
  ordered_json json;
  const double unit = static_cast<double>(every);
  const auto end = divergence_window(trace.distance);
  const auto fit = fit_divergence(trace.distance, end);
  // Where copies were not followed, or not further than one place, nothing was measured, which is not 0.
  const auto measured = [&](double value) { return number_json(trace.distance.size() > 1 ? value : NAN); };
  json["exponent"] = measured(fit.exponent / unit);
  json["r_squared"] = measured(fit.r_squared);
  json["window"] = fit.end * every;
  json["ends"] = measured(fit.ends / unit);
  double sum = 0, squares = 0;
  for (const auto& copy : trace.copies) {
    const auto own = fit_divergence(copy, divergence_window(copy));
    sum += own.exponent / unit;
    squares += own.r_squared;
  }
  const auto copies = static_cast<double>(std::max<std::size_t>(trace.copies.size(), 1));
  json["mean_of_fits"] = measured(sum / copies);
  json["mean_of_fits_r_squared"] = measured(squares / copies);
  const auto with_share = [&](double share) {
    return measured(fit_divergence(trace.distance, divergence_window(trace.distance, share)).exponent / unit);
  };
  json["early_window"] = with_share(early_share);
  json["late_window"] = with_share(late_share);
  if (!trace.tangent.empty()) {
    // Without copies all of the tangent's way is its window.
    const auto last = trace.distance.empty() ? std::ssize(trace.tangent) - 1 : end;
    const auto tangent = fit_logarithms(trace.tangent, last);
    const bool followed = trace.tangent.size() > 1;
    json["tangent_exponent"] = number_json(followed ? tangent.exponent / unit : NAN);
    json["tangent_r_squared"] = number_json(followed ? tangent.r_squared : NAN);
    // The tangent began as the first copy's disturbance: as long as that is small, the two are to agree. At a
    // tenth of the plateau some copies are past it.
    if (!trace.copies.empty()) {
      const auto early = divergence_window(trace.distance, early_share);
      json["first_copy_early"] = number_json(fit_divergence(trace.copies[0], early).exponent / unit);
      json["tangent_early"] = number_json(fit_logarithms(trace.tangent, early).exponent / unit);
    }
  }
  json["arrival"] = trace.arrival ? ordered_json(*trace.arrival) : ordered_json();
  json["accuracy"] = number_json(trace.accuracy);
  json["diverged"] = trace.diverged;
  json["loss"] = trace.loss.empty() ? ordered_json() : number_json(trace.loss.back());
  ordered_json series{{"distance", rounded_series(trace.distance)}};
  if (first) {
    series["loss"] = rounded_series(trace.loss);
    series["copies"] = ordered_json::array();
    for (const auto& copy : trace.copies) series["copies"].push_back(rounded_series(copy));
    if (!trace.tangent.empty()) series["tangent"] = rounded_series(trace.tangent);
  }
  json["series"] = series;
  return json;
}

/// Numbers of one key, of the starts that have it.
std::vector<double> start_numbers(const std::vector<const ordered_json*>& starts, const char* key) {
  std::vector<double> values;
  for (const auto* start : starts)
    if (start->contains(key) && start->at(key).is_number()) values.push_back(start->at(key).get<double>());
  return values;
}

Estimate estimate_of(const std::vector<double>& values) {
  if (values.empty()) return {NAN, INFINITY};
  return mean_of(Eigen::Map<const Eigen::VectorXd>(values.data(), std::ssize(values)));
}

void put_mean(ordered_json& json, const std::string& name, const std::vector<double>& values) {
  const auto mean = estimate_of(values);
  json[name] = number_json(mean.value);
  json[name + "_low"] = number_json(mean.low());
  json[name + "_high"] = number_json(mean.high());
}

double deviation_of(const std::vector<double>& values) {
  if (values.size() < 2) return NAN;
  const double mean = estimate_of(values).value;
  double squares = 0;
  for (const double v : values) squares += (v - mean) * (v - mean);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

/// Whether a start's copies grow by an exponential: of the fit with these keys.
bool counts(const ordered_json& start, const char* exponent, const char* r_squared) {
  if (!start.contains(exponent) || !start.at(exponent).is_number() || !start.at(r_squared).is_number())
    return false;
  return DivergenceFit{.exponent = start.at(exponent).get<double>(),
                       .r_squared = start.at(r_squared).get<double>()}
      .valid();
}

void put_share(ordered_json& json, const std::string& name, std::size_t count, std::size_t of) {
  const auto interval = wilson_interval(static_cast<std::int64_t>(count), static_cast<std::int64_t>(of));
  json[name] = static_cast<double>(count) / static_cast<double>(std::max<std::size_t>(of, 1));
  json[name + "_low"] = interval.low;
  json[name + "_high"] = interval.high;
}

ordered_json summary_of(double rate, const std::vector<const ordered_json*>& starts) {
  ordered_json json{{"rate", rate}, {"starts", starts.size()}};
  const bool copied = std::any_of(starts.begin(), starts.end(),
                                  [](const auto* s) { return !s->at("series").at("distance").empty(); });
  const char* exponent = copied ? "exponent" : "tangent_exponent";
  const char* r_squared = copied ? "r_squared" : "tangent_r_squared";
  const auto all = start_numbers(starts, exponent);
  put_mean(json, "exponent", all);
  json["deviation"] = number_json(deviation_of(all));
  std::vector<const ordered_json*> valid;
  std::vector<double> arrivals;
  std::size_t diverged = 0, tangents = 0, agree = 0, valid_by_copies = 0;
  for (const auto* start : starts) {
    if (counts(*start, exponent, r_squared)) valid.push_back(start);
    valid_by_copies += counts(*start, "mean_of_fits", "mean_of_fits_r_squared");
    if (start->at("arrival").is_number()) arrivals.push_back(start->at("arrival").get<double>());
    diverged += start->at("diverged").get<bool>();
    if (copied && counts(*start, exponent, r_squared) && start->contains("first_copy_early")) {
      const auto &own = start->at("first_copy_early"), &tangent = start->at("tangent_early");
      ++tangents;
      if (own.is_number() && tangent.is_number())
        agree += std::abs(tangent.get<double>() - own.get<double>()) <=
                 tangent_agreement * std::abs(own.get<double>());
    }
  }
  put_mean(json, "valid_exponent", start_numbers(valid, exponent));
  put_share(json, "rho", valid.size(), starts.size());
  put_mean(json, "time", arrivals);
  put_share(json, "arrived", arrivals.size(), starts.size());
  json["diverged"] = diverged;
  const auto fits = start_numbers(starts, r_squared);
  json["r_squared"] = number_json(estimate_of(fits).value);
  json["window"] = number_json(estimate_of(start_numbers(starts, "window")).value);
  json["ends"] = number_json(estimate_of(start_numbers(starts, "ends")).value);
  json["mean_of_fits"] = number_json(estimate_of(start_numbers(starts, "mean_of_fits")).value);
  json["rho_of_fits"] =
      static_cast<double>(valid_by_copies) / static_cast<double>(std::max<std::size_t>(starts.size(), 1));
  json["early_window"] = number_json(estimate_of(start_numbers(starts, "early_window")).value);
  json["late_window"] = number_json(estimate_of(start_numbers(starts, "late_window")).value);
  put_mean(json, "tangent_exponent", start_numbers(starts, "tangent_exponent"));
  json["tangent_agrees"] = tangents > 0
                               ? ordered_json(static_cast<double>(agree) / static_cast<double>(tangents))
                               : ordered_json();
  put_mean(json, "accuracy", start_numbers(starts, "accuracy"));
  return json;
}

}  // namespace

ordered_json traces_json(const TrainingTraces& traces, std::int64_t first_start) {
  ordered_json json{{"every", traces.every}, {"updates_per_epoch", traces.updates_per_epoch}};
  json["starts"] = ordered_json::array();
  for (std::size_t s = 0; s < traces.starts.size(); ++s) {
    const auto number = first_start + static_cast<std::int64_t>(s);
    ordered_json start{{"start", number}};
    start.update(trace_json(traces.starts[s], traces.every, number == 0));
    json["starts"].push_back(start);
  }
  return json;
}

std::vector<ordered_json> rate_summaries(const TrainingAnalysis& analysis) {
  std::vector<ordered_json> summaries;
  for (const double rate : analysis.rates) {
    std::vector<const ordered_json*> starts;
    for (const auto& point : analysis.points)
      if (point.at[1].get<double>() == rate && point.result.contains("starts"))
        for (const auto& start : point.result.at("starts")) starts.push_back(&start);
    summaries.push_back(summary_of(rate, starts));
  }
  return summaries;
}

std::string training_text(const TrainingAnalysis& analysis, const std::vector<ordered_json>& rates) {
  const auto text = [](const ordered_json& r, const std::string& key, const char* form) {
    return r.at(key).is_number() ? fmt::format(fmt::runtime(form), r.at(key).get<double>())
                                 : std::string("-");
  };
  std::string lines =
      fmt::format("{}: {}\n{:>9} {:>17} {:>8} {:>6} {:>8} {:>8} {:>6} {:>9} {:>6} {:>17} {:>8}\n",
                  analysis.subject, analysis.protocol, "rate", "exponent", "valid", "rho", "epochs",
                  "arrived", "R2", "tangent", "agrees", "by window", "diverged");
  for (const auto& r : rates) {
    const double half = r.at("exponent_high").is_number()
                            ? r.at("exponent_high").get<double>() - r.at("exponent").get<double>()
                            : NAN;
    lines += fmt::format(
        "{:>9.5g} {:>17} {:>8} {:>6} {:>8} {:>8} {:>6} {:>9} {:>6} {:>17} {:>8}\n",
        r.at("rate").get<double>(),
        text(r, "exponent", "{:.4f}") + (std::isfinite(half) ? fmt::format(" ± {:.3f}", half) : ""),
        text(r, "valid_exponent", "{:.4f}"), fmt::format("{:.0f} %", 100 * r.at("rho").get<double>()),
        text(r, "time", "{:.1f}"), fmt::format("{:.0f} %", 100 * r.at("arrived").get<double>()),
        text(r, "r_squared", "{:.3f}"), text(r, "tangent_exponent", "{:.4f}"),
        r.at("tangent_agrees").is_number()
            ? fmt::format("{:.0f} %", 100 * r.at("tangent_agrees").get<double>())
            : std::string("-"),
        fmt::format("{} .. {}", text(r, "early_window", "{:.4f}"), text(r, "late_window", "{:.4f}")),
        r.at("diverged").get<std::size_t>());
  }
  const ordered_json* best = nullptr;
  for (const auto& r : rates)
    if (r.at("time").is_number() && r.at("arrived").get<double>() > 0.5 &&
        (best == nullptr || r.at("time").get<double>() < best->at("time").get<double>()))
      best = &r;
  if (best == nullptr)
    return lines + fmt::format("at no rate do more than half of the starts reach {} on the test samples",
                               percent(analysis.target));
  return lines +
         fmt::format("{} on the test samples is reached soonest at the rate {:g}, after {:.1f} epochs",
                     percent(analysis.target), best->at("rate").get<double>(),
                     best->at("time").get<double>());
}

}  // namespace stoic
