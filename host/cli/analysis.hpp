#pragma once
#include <CLI/CLI.hpp>
#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "console.hpp"
#include "stoic/host/data/dataset.hpp"
#include "stoic/host/model/model.hpp"
#include "stoic/host/report/analysis_report.hpp"
#include "stoic/host/sweep/curve.hpp"

// What the subcommands of `stoic analyze` share.
namespace stoic::cli {

struct AnalysisOptions {
  Console console;
  std::string name;     ///< of the analysis
  std::string subject;  ///< MODEL|RECIPE
  std::vector<std::string> settings;
  std::string output;  ///< a folder, or nothing
  std::string data_dir;
  std::int64_t limit = 0;
  std::uint64_t seed = 1;
  int threads = 0;
  std::vector<std::pair<std::string, std::string>> over;  ///< key, range
  std::string shard;                                      ///< "I/N", or nothing
  std::vector<std::string> merge;                         ///< folders
  std::string command;                                    ///< as it was given: filled in when it is chosen
  std::string identity;                                   ///< the same, as if a folder had been given
};

/// -o FOLDER, --threads, --json. `goes_on`: points are kept in the folder.
void add_analysis(CLI::App& command, AnalysisOptions& options, bool goes_on = true);
/// --over KEY FROM:TO:COUNT[:log], once or twice.
void add_over(CLI::App& command, AnalysisOptions& options);
/// --shard I/N, --merge DIR...; run_points() takes them.
void add_shards(CLI::App& command, AnalysisOptions& options);
/// MODEL|RECIPE, or RECIPE alone, --set, --data-dir.
void add_subject(CLI::App& command, AnalysisOptions& options, bool models = true);
/// To be called in the callback of the subcommand: refuses what -o cannot be, and notes the command.
void take_analysis(const CLI::App& command, AnalysisOptions& options);

/// Whether a subject is the file of a model, and not a recipe.
bool is_model(const std::string& name);

/// A trained model, or a recipe with its weights as they are drawn.
struct AnalysisSubject {
  Model model;
  bool trained = false;
};
/// The subject after its settings and these further ones, which win where a key is in both. Throws Error for settings that a trained model
/// cannot take: those that change a matrix that it holds, or its size.
AnalysisSubject load_subject(const AnalysisOptions& options, const std::vector<std::string>& more = {});
/// The settings of the command, with these further ones, which win.
std::vector<std::string> settings_with(const AnalysisOptions& options, const std::vector<std::string>& more);
/// The first test samples of the subject (all for --limit 0). Throws Error when there are none.
Dataset test_samples(const AnalysisSubject& subject, const AnalysisOptions& options);
/// Text of everything that a point depends on: for Curve::identity.
std::string identity_of(const AnalysisSubject& subject, const AnalysisOptions& options);

/// Done and all of what a piece of work counts; shows a bar under the name of the analysis.
using ShowProgress = std::function<void(std::int64_t done, std::int64_t all)>;
/// Does work that signals may stop. Whether it was finished: when not, that is said. `kept`: the same command
/// would go on where it was, with a folder to keep it in.
bool run_stoppable(const AnalysisOptions& options, bool kept,
                   const std::function<void(const ShowProgress& show)>& work);

/// What the measurement of a point is handed.
struct PointWork {
  const std::atomic<bool>* stop;  ///< asks a measurement to throw Stopped
  ShowProgress show;              ///< of what it counts, such as epochs
};
using Measure =
    std::function<nlohmann::ordered_json(const std::vector<std::string>& settings, const PointWork& work)>;
/// run_curve() over options.over with progress, signals and the folder of the options. Nothing when it was
/// stopped: what is done is kept where there is a folder, and the same command goes on. Of shards that are not
/// all there, points are null, and a warning says how many.
std::optional<std::vector<CurvePoint>> run_points(const AnalysisOptions& options,
                                                  const std::vector<SweepAxis>& axes,
                                                  const std::string& identity, const Measure& measure);
/// The axes of --over for this recipe (none: for systems without a recipe). A key that the recipe does not name but takes, such
/// as one of another initialisation, is one of it.
std::vector<SweepAxis> axes_of(const AnalysisOptions& options, const Recipe* recipe);

/// Writes the folder, when there is one, and prints the result. `timed`: what else --json prints.
int finish_analysis(const AnalysisOptions& options, AnalysisReport report,
                    const nlohmann::ordered_json& timed = nlohmann::ordered_json::object());

}  // namespace stoic::cli
