#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "stoic/host/analysis/ftmle.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

using nlohmann::ordered_json;

ordered_json finite(double value) { return std::isfinite(value) ? ordered_json(value) : ordered_json(); }

ordered_json json_of(const Ftmle& part) {
  auto json = json_of(distribution(part.per_sample));
  json["samples"] = part.per_sample.size();
  json["unit"] = part.unit;
  json["time"] = part.time;
  json["largest_residual"] = finite(part.largest_residual());
  json["uncertified"] = part.uncertified;
  json["per_sample"] = ordered_json::array();
  for (const double value : part.per_sample) json["per_sample"].push_back(finite(value));
  return json;
}

}  // namespace

const std::vector<std::string>& ftmle_scopes() {
  static const std::vector<std::string> names{"system", "network", "layers", "steps"};
  return names;
}

FtmleScope ftmle_scope(const std::string& name) {
  const auto& names = ftmle_scopes();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end())
    throw Error(fmt::format("\"{}\" is no scope; give system, network, layers or steps", name));
  return static_cast<FtmleScope>(found - names.begin());
}

bool take_known_samples(const FtmleOptions& options, std::int64_t count, std::vector<Ftmle>& parts) {
  const auto fits = [count](const Ftmle& known, const Ftmle& part) {
    return known.part == part.part && std::ssize(known.sigma) >= count &&
           std::ssize(known.residual) >= count && std::ssize(part.sigma) >= count;
  };
  if (count <= 0 || !std::equal(options.known.begin(), options.known.end(), parts.begin(), parts.end(), fits))
    return false;
  for (std::size_t k = 0; k < parts.size(); ++k) {
    std::copy_n(options.known[k].sigma.begin(), count, parts[k].sigma.begin());
    std::copy_n(options.known[k].residual.begin(), count, parts[k].residual.begin());
    for (std::size_t s = 0; s < static_cast<std::size_t>(count); ++s)
      parts[k].per_sample[s] = std::log(parts[k].sigma[s]) / parts[k].time;
  }
  return true;
}

void name_uncertified(const FtmleOptions& options, std::vector<Ftmle>& parts) {
  for (Ftmle& part : parts)
    for (std::size_t s = 0; s < part.residual.size(); ++s)
      if (!(part.residual[s] <= options.tolerance)) part.uncertified.push_back(static_cast<std::int64_t>(s));
}

double Ftmle::largest_residual() const {
  return residual.empty() ? 0 : *std::max_element(residual.begin(), residual.end());
}

ordered_json FtmleResult::json(bool timed) const {
  const auto samples = parts.empty() ? 0 : parts.front().per_sample.size();
  ordered_json json{{"scope", ftmle_scopes()[static_cast<std::size_t>(scope)]}};
  if (parts.size() == 1) {
    json.update(json_of(parts.front()));
  } else {
    double residual = 0;
    for (const auto& part : parts) residual = std::max(residual, part.largest_residual());
    json["samples"] = samples;
    json["largest_residual"] = finite(residual);
    json["parts"] = ordered_json::array();
    for (const auto& part : parts) {
      ordered_json entry{{"part", part.part}};
      entry.update(json_of(part));
      json["parts"].push_back(std::move(entry));
    }
  }
  json["tolerance"] = tolerance;
  json["seed"] = seed;
  if (timed) json["inputs_per_s"] = seconds > 0 ? static_cast<double>(samples) / seconds : 0;
  return json;
}

std::string FtmleResult::print() const {
  std::string text;
  for (const auto& part : parts) {
    const auto d = distribution(part.per_sample);
    text += fmt::format(
        "{}: {} {} over T = {}: mean {:.6g}, deviation {:.4g}, from {:.6g} to {:.6g}, above 0 in {:.1f} %\n",
        part.part, d.samples, d.samples == 1 ? "exponent" : "exponents", part.time, d.mean, d.deviation,
        d.least, d.largest, 100 * d.positive);
    text += fmt::format("  {}; largest residual {:.1e}", part.unit, part.largest_residual());
    if (d.infinite > 0) text += fmt::format("; {} without any derivative, left out of the mean", d.infinite);
    text += part.uncertified.empty() ? std::string(", all certified\n")
                                     : fmt::format("; NOT certified: {} samples, the first is number {}\n",
                                                   part.uncertified.size(), part.uncertified.front());
  }
  return text;
}

}  // namespace stoic
