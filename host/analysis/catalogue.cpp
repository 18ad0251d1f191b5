#include "stoic/host/analysis/catalogue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/json.hpp"
#include "stoic/sim/io/printable.hpp"

namespace stoic {

double CatalogueSystem::duration_of(const Evolution& evolution, Eigen::Index count) const {
  constexpr double moderate = 1600;  // numbers of all tangents: those of 40 sites
  const auto numbers = static_cast<double>(evolution.width() * std::max<Eigen::Index>(count, 1));
  return std::max(duration * std::min(1.0, moderate / numbers), std::min(shortest_duration, duration));
}

const CatalogueSystem* in_catalogue(const std::string& name) {
  const auto& all = catalogue();
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& s) { return s.name == name; });
  return found == all.end() ? nullptr : &*found;
}

CatalogueValues catalogue_values(const CatalogueSystem& system, const std::vector<std::string>& settings) {
  CatalogueValues values;
  std::vector<std::string> names;
  for (const auto& p : system.parameters) {
    values[p.name] = p.value;
    names.push_back(p.name);
  }
  for (const auto& setting : settings) {
    const auto equals = setting.find('=');
    const std::string name = setting.substr(0, equals);
    if (equals == std::string::npos)
      throw Error(fmt::format("{}: \"{}\" is no setting; write key=value", system.name, one_line(setting)));
    const auto p = std::find_if(system.parameters.begin(), system.parameters.end(),
                                [&](const auto& parameter) { return parameter.name == name; });
    if (p == system.parameters.end()) {
      const auto near = nearest_word(name, names);
      throw Error(fmt::format("{}: there is no parameter \"{}\"; {}", system.name, one_line(name),
                              near.empty() ? fmt::format("it has {}", fmt::join(names, ", "))
                                           : fmt::format("did you mean {}?", near)));
    }
    const std::string text = setting.substr(equals + 1);
    double value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc() || end != text.data() + text.size() ||
        !(value >= p->low && value <= p->high) || (p->whole && value != std::round(value)))
      throw Error(fmt::format("{}: {}={} must be a {}number from {:g} to {:g}", system.name, name,
                              one_line(text), p->whole ? "whole " : "", p->low, p->high));
    values[name] = value;
  }
  return values;
}

}  // namespace stoic
