#pragma once
#include <atomic>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "stoic/host/sweep/grid.hpp"

namespace stoic {

/// "--over KEY RANGE" of an analysis: RANGE is FROM:TO:COUNT, with ":log" for equal ratios instead of equal
/// steps, or a list of values, "1,2,5,10". With `recipe`, its text parsed, a key that takes whole numbers
/// gets such. Throws Error that names the key and the reason; for a key that the recipe lacks, with the
/// nearest one.
SweepAxis parse_over(const std::string& key, const std::string& range,
                     const nlohmann::json& recipe = nlohmann::json());

/// Points over one key, or over a map of two: the first axis runs fastest.
struct Curve {
  std::string analysis;          ///< "ftmle"
  std::vector<SweepAxis> axes;   ///< one or two
  std::filesystem::path folder;  ///< keeps the points that are done, in points_file; empty: nothing is kept
  std::string identity;          ///< of everything that a point depends on: command, recipe, model, data
  std::size_t shard = 0, shards = 1;  ///< measures but this part of so many equal ones
  /// Measures nothing, and takes the points that these folders hold.
  std::vector<std::filesystem::path> merge = {};
  const std::atomic<bool>* stop = nullptr;
  std::function<void(std::size_t done, std::size_t all, const std::string& next)> progress;
  /// The object of a point at these settings, "key=value". May throw Stopped.
  std::function<nlohmann::ordered_json(const std::vector<std::string>& settings)> measure;
};

struct CurvePoint {
  std::vector<nlohmann::json> at;  ///< values of the axes
  nlohmann::ordered_json result;   ///< null: not measured yet
};

/// Measures every point of the shard that the folder does not hold, one after the other, and writes the file
/// anew after each: whoever is stopped or killed goes on with the same call. A point whose measure throws
/// DivergedError gets {"diverged": MESSAGE}. Throws Error for a folder that holds the points of something
/// else, or that are not as they were written.
struct CurveResult {
  std::vector<CurvePoint> points;
  bool finished = true;     ///< all of the shard are done
  std::size_t missing = 0;  ///< points that are not measured: those of other shards
};
CurveResult run_curve(const Curve& curve);

/// What run_curve() would do, without doing or writing anything: the settings of the points of the shard.
struct CurvePlan {
  std::vector<std::vector<std::string>> there, missing;
};
CurvePlan plan_curve(const Curve& curve);

}  // namespace stoic
