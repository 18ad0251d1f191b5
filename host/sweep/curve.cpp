#include "stoic/host/sweep/curve.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>

#include "stoic/host/kernels/team.hpp"
#include "stoic/host/learning/trainer.hpp"
#include "stoic/host/model/setting.hpp"
#include "stoic/host/report/analysis_report.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"
#include "stoic/sim/io/json.hpp"
#include "stoic/sim/io/printable.hpp"

namespace stoic {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr const char* how = "give FROM:TO:COUNT, FROM:TO:COUNT:log, or values such as 1,2,5";

std::vector<std::string> parts_of(const std::string& text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t from = 0; from <= text.size();) {
    const auto to = std::min(text.find(separator, from), text.size());
    parts.push_back(text.substr(from, to - from));
    from = to + 1;
  }
  return parts;
}

/// Keys of a recipe, dotted.
void add_keys(const json& object, const std::string& before, std::vector<std::string>& keys) {
  for (const auto& [key, value] : object.items()) {
    keys.push_back(before + key);
    if (value.is_object()) add_keys(value, before + key + ".", keys);
  }
}

void require_key(const std::string& key, const json& recipe) {
  if (!recipe.is_object()) return;
  std::vector<std::string> keys;
  add_keys(recipe, "", keys);
  if (std::find(keys.begin(), keys.end(), key) != keys.end()) return;
  const auto near = nearest_word(key, keys);
  throw Error(
      fmt::format("--over {}: the recipe has no such key; {}", one_line(key),
                  near.empty() ? "stoic info shows its keys" : fmt::format("did you mean {}?", near)));
}

json range_number(const std::string& text, const std::string& where) {
  auto value = setting_value(text, where);
  if (!value.is_number()) throw Error(fmt::format("{}: \"{}\" is no number; {}", where, one_line(text), how));
  return value;
}

/// The text that a file of points begins with.
ordered_json frame(const Curve& curve) {
  ordered_json text{{"analysis", curve.analysis}, {"identity", curve.identity}};
  text["axes"] = ordered_json::object();
  for (const auto& axis : curve.axes) text["axes"][axis.key] = axis.values;
  return text;
}

/// Of points as they are written.
std::string check_of(const ordered_json& points) {
  const auto text = json_text(points);
  return fmt::format("{:08x}",
                     ::crc32_z(0, reinterpret_cast<const unsigned char*>(text.data()), text.size()));
}

void read_points(const Curve& curve, const std::filesystem::path& folder, std::vector<CurvePoint>& points) {
  const auto file = folder / points_file;
  const auto text = read_file(file);
  const auto stored = try_parse_json(text);
  const json mine = frame(curve);
  for (const char* key : {"analysis", "identity", "axes"})
    if (!stored || !stored->is_object() || !stored->contains(key) || stored->at(key) != mine.at(key))
      throw Error(fmt::format(
          "{}: holds the points of another curve, model or recipe; name another folder, or remove it",
          file.string()));
  if (!stored->contains("points") || !stored->at("points").is_array() ||
      stored->at("points").size() != points.size())
    throw Error(fmt::format("{}: is damaged; remove it", file.string()));
  // In the order of their keys, so that who goes on ends with the same bytes.
  const auto ordered = ordered_json::parse(text).at("points");
  if (stored->contains("crc32") && stored->at("crc32") != check_of(ordered))
    throw Error(fmt::format("{}: was changed by hand, or is damaged; remove it", file.string()));
  for (std::size_t i = 0; i < points.size(); ++i)
    if (!ordered[i].is_null()) points[i].result = ordered[i];
}

void keep_points(const Curve& curve, const std::vector<CurvePoint>& points) {
  if (curve.folder.empty()) return;
  std::filesystem::create_directories(curve.folder);
  auto text = frame(curve);
  text["points"] = ordered_json::array();
  for (const auto& point : points) text["points"].push_back(point.result);
  text["crc32"] = check_of(text["points"]);
  write_file_atomically(curve.folder / points_file, json_text(text, 1) + "\n");
}

std::vector<std::string> settings_of(const Curve& curve, std::size_t index) {
  std::vector<std::string> settings;
  for (const auto& axis : curve.axes) {
    for (auto& setting : settings_at(axis, index % axis.values.size()))
      settings.push_back(std::move(setting));
    index /= axis.values.size();
  }
  return settings;
}

std::vector<CurvePoint> empty_points(const Curve& curve) {
  std::size_t count = 1;
  for (const auto& axis : curve.axes) count *= axis.values.size();
  std::vector<CurvePoint> points(count);
  for (std::size_t i = 0; i < count; ++i) {
    auto rest = i;
    for (const auto& axis : curve.axes) {
      points[i].at.push_back(axis.values[rest % axis.values.size()]);
      rest /= axis.values.size();
    }
  }
  return points;
}

std::size_t missing_of(const std::vector<CurvePoint>& points) {
  return static_cast<std::size_t>(
      std::count_if(points.begin(), points.end(), [](const auto& point) { return point.result.is_null(); }));
}

/// What all the folders hold, kept in the folder of the curve.
CurveResult merged(const Curve& curve, CurveResult result) {
  for (const auto& folder : curve.merge) {
    if (!std::filesystem::exists(folder / points_file))
      throw Error(fmt::format("{}: there is no {}; name folders of --shard", folder.string(), points_file));
    read_points(curve, folder, result.points);
  }
  result.missing = missing_of(result.points);
  if (result.missing == result.points.size())
    throw Error(fmt::format("{}: holds no point yet", curve.merge.front().string()));
  keep_points(curve, result.points);
  return result;
}

}  // namespace

SweepAxis parse_over(const std::string& key, const std::string& range, const json& recipe) {
  const auto where = fmt::format("--over {} {}", one_line(key), one_line(range));
  require_key(key, recipe);
  auto parts = parts_of(range, ':');
  json values;
  if (parts.size() == 1) {
    values = json::array();
    for (const auto& text : parts_of(range, ',')) {
      if (text.find_first_not_of(" \t") == text.npos)
        throw Error(fmt::format("{}: a value is missing; {}", where, how));
      values.push_back(setting_value(text, where));
    }
  } else {
    const bool scaled = parts.size() == 4 && (parts[3] == "log" || parts[3] == "lin");
    if (parts.size() != 3 && !scaled) throw Error(fmt::format("{}: {}", where, how));
    values = json{{"from", range_number(parts[0], where)},
                  {"to", range_number(parts[1], where)},
                  {"count", range_number(parts[2], where)},
                  {"scale", scaled && parts[3] == "log" ? "logarithmic" : "linear"}};
  }
  auto axis = read_axis(key, values, where);
  round_whole_numbers(axis, recipe);
  return axis;
}

namespace {

std::vector<CurvePoint> kept_points(const Curve& curve) {
  auto points = empty_points(curve);
  if (!curve.folder.empty() && std::filesystem::exists(curve.folder / points_file))
    read_points(curve, curve.folder, points);
  return points;
}

void require_points_in_shard(const Curve& curve, std::size_t points) {
  if (curve.shard >= points)
    throw Error(fmt::format("--shard {}/{}: there are only {} points, so this part has none", curve.shard + 1,
                            curve.shards, points));
}

}  // namespace

CurvePlan plan_curve(const Curve& curve) {
  const auto points = kept_points(curve);
  require_points_in_shard(curve, points.size());
  CurvePlan plan;
  for (std::size_t i = curve.shard; i < points.size(); i += curve.shards)
    (points[i].result.is_null() ? plan.missing : plan.there).push_back(settings_of(curve, i));
  return plan;
}

CurveResult run_curve(const Curve& curve) {
  CurveResult result{kept_points(curve)};
  if (!curve.merge.empty()) return merged(curve, std::move(result));
  require_points_in_shard(curve, result.points.size());
  const auto own = [&](std::size_t i) { return i % curve.shards == curve.shard; };
  std::size_t done = 0, all = 0;
  for (std::size_t i = 0; i < result.points.size(); ++i) {
    all += own(i) ? 1 : 0;
    done += own(i) && !result.points[i].result.is_null() ? 1 : 0;
  }
  const auto stopped = [&] { return curve.stop != nullptr && curve.stop->load(); };
  for (std::size_t i = 0; i < result.points.size(); ++i) {
    if (!own(i) || !result.points[i].result.is_null()) continue;
    const auto settings = settings_of(curve, i);
    if (curve.progress) curve.progress(done, all, fmt::format("{}", fmt::join(settings, " ")));
    try {
      if (stopped()) throw Stopped();
      result.points[i].result = curve.measure(settings);
    } catch (const Stopped&) {
      result.finished = false;
      return result;
    } catch (const DivergedError& error) {
      result.points[i].result = {{"diverged", error.what()}};
    }
    ++done;
    keep_points(curve, result.points);
  }
  result.missing = missing_of(result.points);
  return result;
}

}  // namespace stoic
