#include "long_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "commands.hpp"
#include "options.hpp"
#include "stoic/host/analysis/orbit_evolution.hpp"
#include "stoic/host/learning/read_in.hpp"
#include "stoic/host/library/recipes.hpp"
#include "stoic/host/random/random.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/json.hpp"
#include "stoic/sim/io/printable.hpp"

namespace stoic::cli {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Steps of systems of the house, of which the catalogue says nothing.
constexpr double transient_steps = 4000, measured_steps = 20000, fewest_steps = 2000;

/// x(0) of v: f_norm, where the system has it.
VectorXd started(const System<double>& system, const MatrixXd& v, Team& team) {
  const auto run = system.run(1);
  run->first().assign(v);
  run->forward(team);
  return run->start().col(0);
}

VectorXd random_start(const System<double>& system, Eigen::Index width, std::uint64_t seed, Team& team) {
  const MatrixXd v = MatrixXd::NullaryExpr(width, 1, [&](Eigen::Index i, Eigen::Index) {
    return random_normal({seed, Purpose::orbit_start}, static_cast<std::uint64_t>(i));
  });
  return started(system, v, team);
}

VectorXd sample_start(const LongRunOptions& options, const AnalysisSubject& subject,
                      const System<double>& system, std::uint64_t number, Team& team) {
  auto common = options.common;
  common.limit = static_cast<std::int64_t>(number) + 1;
  const auto data = test_samples(subject, common);
  const auto last = std::min<Eigen::Index>(data.size() - 1, static_cast<Eigen::Index>(number));
  const MatrixXd inputs = network_inputs(subject.model.recipe, data.samples).col(last);
  return started(system, read_in_state(subject.model, inputs), team);
}

/// From where a system of the house goes when nobody says it.
std::string suiting_start(const AnalysisSubject& subject, const Traits& traits) {
  if (subject.trained) return "sample";
  return traits.attractors.size() > 0 ? "attractor" : "random";
}

/// Of a plain name: whether anything has it.
void require_known(const std::string& name) {
  if (name.find_first_of("./") != name.npos || std::filesystem::exists(name)) return;
  auto names = recipe_list();
  if (std::find(names.begin(), names.end(), name) != names.end()) return;
  for (const auto& system : catalogue()) names.push_back(system.name);
  const auto near = nearest_word(name, names);
  throw Error(fmt::format("{}: neither a built-in recipe nor a system of the literature; {}", one_line(name),
                          near.empty() ? "--list names the latter, stoic info the former"
                                       : fmt::format("did you mean {}?", near)));
}

LongRun of_catalogue(const CatalogueSystem& known, const LongRunOptions& options,
                     const std::vector<std::string>& settings, std::uint64_t number, Team& team) {
  if (!options.start.empty() && options.start != "random")
    throw Error(fmt::format("{}: starts at random alone; --start {} is of recipes and models", known.name,
                            options.start));
  LongRun run;
  const auto values = catalogue_values(known, settings);
  run.known = &known;
  run.evolution = known.make(values, team);
  run.evolution->set_state(known.start(values, options.common.seed + number));
  run.rate_unit = known.unit();
  run.time_unit = known.is_map ? "steps" : "units of time";
  run.method = known.is_map ? "map" : fmt::format("a method of order 8, step {:g}", run.evolution->step());
  run.start = "random";
  run.transient = known.transient;
  run.longest = known.duration;
  return run;
}

LongRun of_subject(const LongRunOptions& options, const std::vector<std::string>& more, std::uint64_t number,
                   Team& team) {
  auto subject = load_subject(options.common, more);
  if (number > 0 && !subject.trained) {
    auto settings = more;
    settings.push_back(fmt::format("seed={}", subject.model.recipe.seed + number));
    subject = load_subject(options.common, settings);
  }
  LongRun run;
  const auto& parameters = subject.model.recipe.system;
  run.matrices = subject.model.matrices;
  run.system = make_system<double>(parameters, run.matrices);
  const auto own = traits(parameters);
  const auto& time = run.system->time();
  run.start = options.start.empty() ? suiting_start(subject, own) : options.start;
  if (run.start == "attractor" && own.attractors.size() == 0)
    throw Error(fmt::format("{}: the system plants no attractors to start at", options.common.subject));
  const auto seed = options.common.seed + number;
  const Eigen::Index width = subject.model.recipe.neurons();
  const VectorXd x =
      run.start == "sample" ? sample_start(options, subject, *run.system, number, team)
      : run.start == "attractor"
          ? VectorXd(own.attractors.col(static_cast<Eigen::Index>(number) % own.attractors.cols()))
          : random_start(*run.system, width, seed, team);
  std::int64_t refinement = 0;
  try {
    if (!options.as_it_runs) refinement = fine_enough(*run.system, x, team);
    run.evolution = std::make_unique<OrbitEvolution>(*run.system, own, run.matrices,
                                                     OrbitOptions{.refinement = refinement}, team);
  } catch (const Error& error) {  // a system that has no long run
    throw Error(fmt::format("{}: {}", options.common.subject, error.what()));
  }
  run.evolution->set_state(x);
  run.rate_unit = time.rate_unit();
  run.time_unit = time.unit.empty() ? "units of time" : time.unit;
  run.method = !time.integrated() ? "map"
               : refinement == 0  ? fmt::format("as it runs, step {:g}", time.step)
                                  : fmt::format("RK4, step {:g}", run.evolution->step());
  run.transient = transient_steps * time.step;
  // Of small systems more, which cost little: a mean over few numbers scatters.
  constexpr double moderate = 300, most = 4;
  run.longest = measured_steps * time.step * std::clamp(moderate / static_cast<double>(width), 1.0, most);
  return run;
}

}  // namespace

void add_long_run(CLI::App& command, LongRunOptions& options) {
  auto& common = options.common;
  command.add_option(
      "SYSTEM", common.subject,
      "a recipe (a .json file or a built-in name), a trained model (.npz), whose fixed system alone "
      "is followed, or the name of a system of the literature: see --list");
  command.add_flag("--list", options.list,
                   "name the systems of the literature, with equations and parameters");
  command.add_option("--set", common.settings, "KEY=VALUE of the system; may be given several times")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command.add_option("--transient", options.transient, "time before anything is measured")
      ->check(in_range(0.0, 1e12));
  command.add_option("--duration", options.duration, "time that is measured")->check(in_range(0.0, 1e12));
  command
      .add_option("--start", options.start,
                  "random: numbers drawn by --seed; sample: the first test sample through the read-in; "
                  "attractor: a planted one. Default: sample of a model, else attractor or random")
      ->check(CLI::IsMember({"random", "sample", "attractor"}));
  command.add_option("--seed", common.seed, "of the start and of disturbances")->capture_default_str();
  command.add_flag("--as-it-runs", options.as_it_runs,
                   "follow a recipe by its own method and step, as it runs in a network; else a differential "
                   "equation is followed by RK4 in steps so short that halving them changes nothing");
  add_data_dir(command, common.data_dir);
}

int list_catalogue(const Console& console) {
  Rows rows{{"name", "equation", "known exponents", "parameters"}};
  auto json = nlohmann::ordered_json::array();
  for (const auto& system : catalogue()) {
    std::string parameters;
    auto values = nlohmann::ordered_json::object();
    for (const auto& p : system.parameters) {
      parameters += fmt::format("{}{}={:.6g}", parameters.empty() ? "" : " ", p.name, p.value);
      values[p.name] = {{"value", p.value}, {"low", p.low}, {"high", p.high}, {"meaning", p.meaning}};
    }
    rows.push_back({system.name, system.equation, system.known, parameters});
    json.push_back({{"name", system.name},
                    {"equation", system.equation},
                    {"known", system.known},
                    {"unit", system.unit()},
                    {"parameters", values}});
  }
  console.print(table(rows));
  console.result({{"systems", json}});
  return success;
}

double LongRun::duration_of(Eigen::Index tangents) const {
  if (duration > 0) return duration;
  if (tangents == 0) tangents = evolution->dimension();
  if (known != nullptr) return known->duration_of(*evolution, tangents);
  const double share = std::max(8.0 / (7.0 + static_cast<double>(tangents)), fewest_steps / measured_steps);
  return longest * share;
}

LongRun long_run(const LongRunOptions& options, const std::vector<std::string>& more, std::uint64_t number,
                 Team& team) {
  const auto& subject = options.common.subject;
  if (subject.empty()) throw CLI::RequiredError("SYSTEM");
  if (options.duration && *options.duration == 0)
    throw Error(
        fmt::format("{}: in a duration of 0 nothing can be measured; take a longer --duration", subject));
  LongRun run;
  if (const auto* known = in_catalogue(subject)) {
    auto settings = options.common.settings;
    settings.insert(settings.end(), more.begin(), more.end());
    run = of_catalogue(*known, options, settings, number, team);
  } else {
    require_known(subject);
    run = of_subject(options, more, number, team);
  }
  run.transient = options.transient.value_or(run.transient);
  run.duration = options.duration.value_or(0);
  return run;
}

std::vector<SweepAxis> long_run_axes(const LongRunOptions& options) {
  if (in_catalogue(options.common.subject) != nullptr) return axes_of(options.common, nullptr);
  const auto subject = load_subject(options.common);
  return axes_of(options.common, &subject.model.recipe);
}

std::string long_run_identity(const LongRunOptions& options) {
  if (in_catalogue(options.common.subject) != nullptr) return options.common.command;
  return identity_of(load_subject(options.common), options.common);
}

}  // namespace stoic::cli
