#include <fmt/format.h>

#include <cmath>

#include "stoic/host/analysis/rate_search.hpp"

namespace stoic {
namespace {

nlohmann::ordered_json finite_or_null(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json();
}

}  // namespace

nlohmann::ordered_json rate_search_json(const RateSearch& s) {
  nlohmann::ordered_json json{{"found", s.found}, {"learning_rate", s.rate}};
  json["onset"] = s.found ? nlohmann::ordered_json(s.onset) : nlohmann::ordered_json();
  json["probes"] = nlohmann::ordered_json::array();
  for (const auto& p : s.probes)
    json["probes"].push_back({{"rate", p.rate},
                              {"starts", p.starts},
                              {"samples", p.samples},
                              {"updates", p.updates},
                              {"exponent", finite_or_null(p.exponent)},
                              {"rho", finite_or_null(p.rho)},
                              {"loss", finite_or_null(p.loss)},
                              {"accuracy", finite_or_null(p.accuracy)},
                              {"cross_entropy", finite_or_null(p.cross_entropy)}});
  json["cost_epochs"] = s.cost;
  json["cost_share"] = s.share;
  json["range_test_rate"] =
      s.range_test > 0 ? nlohmann::ordered_json(s.range_test) : nlohmann::ordered_json();
  json["range_test_epochs"] = s.range_test_cost;
  if (!s.why.empty()) json["why"] = s.why;
  return json;
}

std::string rate_search_text(const RateSearch& s) {
  std::string text =
      fmt::format("{:>10} {:>7} {:>8} {:>8} {:>9} {:>6} {:>9} {:>13} {:>11}\n", "rate", "starts", "samples",
                  "updates", "exponent", "rho", "accuracy", "cross-entropy", "loss");
  const auto or_dash = [](double value, const char* form) {
    return std::isnan(value) ? std::string("-") : fmt::format(fmt::runtime(form), value);
  };
  for (const auto& p : s.probes)
    text += fmt::format("{:>10.4g} {:>7} {:>8} {:>8} {:>9} {:>6} {:>9} {:>13} {:>11.5g}\n", p.rate, p.starts,
                        p.samples, p.updates, or_dash(p.exponent, "{:.4f}"), or_dash(100 * p.rho, "{:.0f} %"),
                        or_dash(100 * p.accuracy, "{:.1f} %"), or_dash(p.cross_entropy, "{:.4f}"), p.loss);
  if (!s.found)
    text += fmt::format("no transition: {}; the recipe's rate stays {:g}", s.why, s.rate);
  else if (s.rate == s.onset)
    text += fmt::format("trainings begin to part at {:.4g}, which is chosen", s.onset);
  else
    text += fmt::format("trainings begin to part at {:.4g}, but more is learnt {}; chosen: {:.4g}", s.onset,
                        s.rate < s.onset ? "below" : "above", s.rate);
  constexpr double much = 0.2;
  text += fmt::format("\ncost: {:.3g} epochs, {:.1f} % of the training{}", s.cost, 100 * s.share,
                      s.share > much ? ", which is too short or has too few samples for less" : "");
  if (s.range_test > 0)
    text +=
        fmt::format("; a range test, {:.2g} epochs of these, says {:.4g}", s.range_test_cost, s.range_test);
  return text;
}

}  // namespace stoic
