#include "stoic/host/driven/series_recipe.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace stoic {
namespace {

constexpr std::int64_t most_steps = 10'000'000;

/// Of a file's values and of attractors: nothing is known of their size.
bool is_recorded(const std::string& set) {
  return set == "mackey-glass" || set == "lorenz63" || set == "henon" || set == "laser" || set == "files";
}

std::vector<std::string> read_names(JsonReader& json, const std::string& key) {
  std::vector<std::string> names;
  if (!json.has(key)) return names;
  for (const auto& name : json.array(key)) {
    if (!name.is_string() && !name.is_number_unsigned())
      json.fail(key, "must hold names of columns, or their numbers from 1");
    names.push_back(name.is_string() ? name.get<std::string>()
                                     : fmt::format("{}", name.get<std::uint64_t>()));
  }
  return names;
}

double usual_lyapunov_time(const SeriesRecipe& series) {
  if (series.set == "lorenz63")
    return 1 / (0.9056 * series.step);  // J. C. Sprott, Chaos and Time-Series Analysis
  if (series.set == "henon") return 1 / 0.41922;
  if (series.set == "mackey-glass" && series.tau == 17) return 197 / series.step;  // NeuroBench's
  return 0;
}

void read_attractor(JsonReader& json, SeriesRecipe& series) {
  if (series.set == "mackey-glass") {
    series.tau = json.number_or("tau", 17, 1, 1000);
    series.step = json.number_or("step", 1, 1e-3, 100);
  }
  if (series.set == "lorenz63") series.step = json.number_or("step", 0.02, 1e-4, 1);
  if (is_recorded(series.set)) series.horizon = json.integer_or("horizon", 1, 1, 10000);
}

void read_path(JsonReader& json, SeriesRecipe& series) {
  series.path = json.text("path");
  if (series.path.empty()) json.fail("path", "must name a .csv, .npy or .npz file");
  series.inputs = read_names(json, "inputs");
  series.targets = read_names(json, "targets");
  const auto refuse_input = [&](const std::string& key, const std::string& name) {
    if (std::find(series.inputs.begin(), series.inputs.end(), name) != series.inputs.end())
      json.fail(
          key,
          fmt::format("names \"{}\", which is an input of the same step: there is nothing to learn", name));
  };
  for (const auto& name : series.targets) refuse_input("targets", name);
  const auto column = [&](const std::string& key) {
    if (!json.has(key)) return std::string();
    auto name = json.text(key);
    if (name.empty()) json.fail(key, "must name a column");
    return name;
  };
  series.classes = column("classes");
  series.sequences = column("sequences");
  refuse_input("classes", series.classes);
  if (series.classes.empty() && !series.sequences.empty())
    json.fail("sequences", "needs \"classes\", the column that says what each sequence is");
  if (series.horizon != 1 && !(series.targets.empty() && series.classes.empty()))
    json.fail("horizon",
              "is of a series that predicts itself; with \"targets\" or \"classes\", shift those in the "
              "file");
  if (!series.classes.empty() && !series.targets.empty())
    json.fail("targets", "cannot be beside \"classes\"; give one of them");
}

}  // namespace

bool SeriesRecipe::predicts_itself() const {
  return is_recorded(set) && targets.empty() && classes.empty() && horizon == 1;
}

SeriesRecipe read_series(JsonReader json) {
  SeriesRecipe series;
  series.set = json.choice("set", {"narma2", "narma10", "narma20", "memory", "mackey-glass", "lorenz63",
                                   "henon", "laser", "waves", "files"});
  const bool files = series.set == "files" || series.set == "laser";
  series.washout = json.integer_or("washout", series.washout, 0, most_steps);
  series.train = json.integer_or("train", files ? 0 : 4000, files ? 0 : 1, most_steps);
  series.validation = json.integer_or("validation", files ? 0 : 1000, 0, most_steps);
  series.test = json.integer_or("test", files ? 0 : 2000, files ? 0 : 2, most_steps);
  if (series.validation == 1) json.fail("validation", "must be 0 or at least 2: one step has no variance");
  read_attractor(json, series);
  if (series.set == "memory") series.delays = json.integer_or("delays", series.delays, 1, 4096);
  if (series.set == "waves") series.period = json.integer_or("period", series.period, 4, 4096);
  series.standardise = json.boolean_or("standardise", is_recorded(series.set));
  if (series.set == "files") read_path(json, series);
  if (series.predicts_itself()) {
    series.free_run = json.integer_or("free_run", 0, 0, most_steps);
    series.free_runs = json.integer_or("free_runs", 1, 1, 10000);
    series.lyapunov_time = json.number_or("lyapunov_time", usual_lyapunov_time(series), 0, 1e9);
  } else {
    for (const auto* key : {"free_run", "free_runs", "lyapunov_time"})
      if (json.has(key))
        json.fail(
            key, fmt::format("is of a series that predicts itself one step ahead, without targets and with a "
                             "horizon of 1; leave it out (--set data.{}=none)",
                             key));
  }
  series.seed = static_cast<std::uint64_t>(json.integer_or("seed", 0, 0, std::int64_t{1} << 62));
  json.finish();
  if (series.free_run > 0 && !files && series.free_run + series.free_runs - 1 > series.test)
    json.fail("free_run", fmt::format("{} runs of {} steps do not fit into \"test\": {}; make that longer",
                                      series.free_runs, series.free_run, series.test));
  return series;
}

nlohmann::ordered_json series_json(const SeriesRecipe& series) {
  nlohmann::ordered_json json{{"set", series.set},
                              {"washout", series.washout},
                              {"train", series.train},
                              {"validation", series.validation},
                              {"test", series.test}};
  if (series.set == "mackey-glass") json["tau"] = series.tau;
  if (series.set == "mackey-glass" || series.set == "lorenz63") json["step"] = series.step;
  if (is_recorded(series.set)) json["horizon"] = series.horizon;
  if (series.set == "memory") json["delays"] = series.delays;
  if (series.set == "waves") json["period"] = series.period;
  json["standardise"] = series.standardise;
  if (series.set == "files") {
    json["path"] = series.path;
    if (!series.inputs.empty()) json["inputs"] = series.inputs;
    if (!series.targets.empty()) json["targets"] = series.targets;
    if (!series.classes.empty()) json["classes"] = series.classes;
    if (!series.sequences.empty()) json["sequences"] = series.sequences;
  }
  if (series.predicts_itself()) {
    json["free_run"] = series.free_run;
    json["free_runs"] = series.free_runs;
    // What follows from set and step is not written down: another step has another one.
    if (series.lyapunov_time != usual_lyapunov_time(series)) json["lyapunov_time"] = series.lyapunov_time;
  }
  json["seed"] = series.seed;
  return json;
}

}  // namespace stoic
