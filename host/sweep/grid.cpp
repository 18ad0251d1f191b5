#include "stoic/host/sweep/grid.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/json.hpp"

namespace stoic {
namespace {

using nlohmann::json;

constexpr std::size_t most_axes = 8;
/// A list of positive numbers that spans such a factor is meant logarithmically.
constexpr double wide_span = 100;

/// Equal for values that a recipe reads as equal: 2 and 2.0.
std::string canonical(const json& value) {
  const bool whole = value.is_number_float() && value == std::round(value.get<double>()) &&
                     std::abs(value.get<double>()) < 1e15;
  return whole ? fmt::format("{:.0f}", value.get<double>()) : value.dump();
}

bool spans_widely(const std::vector<json>& values) {
  double least = INFINITY, most = 0;
  for (const auto& value : values) {
    if (!value.is_number() || !(value.get<double>() > 0)) return false;
    least = std::min(least, value.get<double>());
    most = std::max(most, value.get<double>());
  }
  return values.size() > 2 && most >= wide_span * least;
}

/// {"from", "to", "count", "scale"}: equal steps, or equal ratios. Values are rounded to 12 digits, so that
/// 0.1 + 0.2 reads 0.3.
void read_range(JsonReader range, SweepAxis& axis) {
  const double from = range.number("from", -1e12, 1e12), to = range.number("to", -1e12, 1e12);
  const auto count = range.integer("count", 2, 10'000);
  axis.logarithmic = range.choice_or("scale", "linear", {"linear", "logarithmic"}) == "logarithmic";
  if (axis.logarithmic && !(from > 0 && to > 0))
    range.fail("scale", "is logarithmic, so \"from\" and \"to\" must be positive");
  range.finish();
  for (std::int64_t i = 0; i < count; ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(count - 1);
    const double value = axis.logarithmic ? from * std::pow(to / from, share) : from + share * (to - from);
    axis.values.emplace_back(std::stod(fmt::format("{:.12g}", value)));
  }
}

/// The value of a dotted key; nothing where there is none.
const json* find(const json& object, const std::string& key) {
  const json* place = &object;
  for (std::size_t start = 0; start <= key.size();) {
    const auto dot = std::min(key.find('.', start), key.size());
    const auto name = key.substr(start, dot - start);
    if (!place->is_object() || !place->contains(name)) return nullptr;
    place = &place->at(name);
    start = dot + 1;
  }
  return place;
}

}  // namespace

std::vector<std::string> settings_at(const SweepAxis& axis, std::size_t position) {
  std::vector<std::string> texts;
  for (const auto& setting : axis.settings(position)) texts.push_back(setting_text(setting));
  return texts;
}

SweepAxis read_axis(const std::string& key, const json& values, const std::string& place) {
  SweepAxis axis{key, {}};
  if (values.is_object()) {
    axis.ranged = true;
    read_range(JsonReader(values, place), axis);
  } else if (values.is_array()) {
    axis.values.assign(values.begin(), values.end());
    axis.logarithmic = spans_widely(axis.values);
  }
  if (axis.values.empty())
    throw Error(
        fmt::format("{} must be a list of values, or {{\"from\": 0.2, \"to\": 2, \"count\": 10}}", place));
  std::set<std::string> seen;
  for (const auto& value : axis.values)
    if (!seen.insert(canonical(value)).second)
      throw Error(fmt::format("{} has the value {} twice; remove one", place, value.dump()));
  return axis;
}

std::vector<SweepAxis> read_grid(const json& grid, const std::string& where) {
  if (!grid.is_object() || grid.empty() || grid.size() > most_axes)
    throw Error(fmt::format("{}: \"grid\" must have 1 to {} keys of the recipe, each with its values", where,
                            most_axes));
  std::vector<SweepAxis> axes;
  for (const auto& [key, values] : grid.items())
    axes.push_back(read_axis(key, values, fmt::format("{}: \"grid\": \"{}\"", where, key)));
  return axes;
}

std::string round_whole_numbers(SweepAxis& axis, const json& recipe) {
  const json* usual = find(recipe, axis.key);
  if (!axis.ranged || usual == nullptr || !usual->is_number_integer()) return "";
  bool rounded = false;
  std::vector<json> values;
  std::set<std::int64_t> seen;
  for (const auto& value : axis.values) {
    const auto number = std::llround(value.get<double>());
    rounded = rounded || static_cast<double>(number) != value.get<double>();
    if (seen.insert(number).second) values.emplace_back(number);
  }
  const auto before = axis.values.size();
  axis.values = std::move(values);
  if (!rounded) return "";
  return fmt::format(
      "\"{}\" takes whole numbers: its {} values are rounded to {}: {}", axis.key, before,
      axis.values.size() < before ? fmt::format("{} different ones", axis.values.size()) : "the nearest",
      json(axis.values).dump());
}

std::string unit_of(const std::string& key) {
  constexpr std::pair<std::string_view, std::string_view> units[] = {{"_rad_per_Oe_s", "rad/(Oe·s)"},
                                                                     {"_emu_per_cm3", "emu/cm³"},
                                                                     {"_nm3", "nm³"},
                                                                     {"_nm", "nm"},
                                                                     {"_Oe", "Oe"},
                                                                     {"_ps", "ps"},
                                                                     {"_mA", "mA"},
                                                                     {"_K", "K"}};
  for (const auto& [suffix, unit] : units)
    if (key.ends_with(suffix)) return std::string(unit);
  return "";
}

}  // namespace stoic
