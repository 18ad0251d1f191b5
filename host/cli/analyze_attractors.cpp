#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "analyze.hpp"
#include "data_check.hpp"
#include "options.hpp"
#include "stoic/host/analysis/attractors.hpp"
#include "stoic/host/learning/read_in.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic::cli {
namespace {

using nlohmann::ordered_json;

struct AttractorOptions {
  Console console;
  std::string model, data_dir;
  std::int64_t samples = 500;
  std::int64_t directions = 100;
  double sigma = 1, horizon = 10;
};

/// A trained SA-nODE with test samples to start from.
struct AttractorSubject {
  const SaNodeParameters& parameters;
  const Matrices& matrices;
  SaNodeFlow flow;
  Eigen::MatrixXd starts, attractors;
  std::vector<std::uint8_t> labels;

  Eigen::VectorXd target(Eigen::Index sample) const {
    return attractors.col(labels[static_cast<std::size_t>(sample)]);
  }
};

AttractorSubject subject_of(const Model& model, const SaNodeParameters& parameters, const Dataset& data) {
  const Eigen::MatrixXd starts = network_inputs(model.recipe, data.samples);
  return {parameters, model.matrices,          SaNodeFlow(parameters, model.matrices),
          starts,     parameters.attractors(), data.labels};
}

ordered_json stability(const AttractorSubject& s, const Console& console) {
  const auto report = attractor_stability(s.parameters, s.matrices);
  console.print(fmt::format("planted patterns: |F| up to {:.1e}, slowest disturbance {} at a rate of {:.4f}",
                            report.residual, report.rate < 0 ? "decays" : "GROWS", report.rate));
  return {{"residual", report.residual}, {"rate", report.rate}};
}

/// Figure 4, panel (a), with the paper's other measures beside the mean squared error.
ordered_json over_time(const AttractorSubject& s, double horizon, const Console& console) {
  const auto steps = s.parameters.time().steps();
  auto result = ordered_json::array();
  Rows rows{{"time", "|x - attractor|^2", "overlap", "95 % of signs", "largest overlap"}};
  Eigen::MatrixXd x = s.starts;
  std::int64_t done = 0;
  for (double times = 0.5; times <= horizon; times *= 2) {
    const auto until = std::llround(times * static_cast<double>(steps));
    x = s.flow.euler(x, until - done);
    done = until;
    const auto report = judge_attractors(x, s.attractors, s.labels);
    const double time = static_cast<double>(done) * s.parameters.step;
    rows.push_back({fmt::format("{:.4g}", time), fmt::format("{:.4g}", report.mean_square),
                    fmt::format("{:.4f}", report.overlap), percent(report.strict_accuracy),
                    percent(report.accuracy)});
    result.push_back({{"time", time},
                      {"mean_square", report.mean_square},
                      {"overlap", report.overlap},
                      {"strict_accuracy", report.strict_accuracy},
                      {"accuracy", report.accuracy}});
  }
  console.print("\n" + table(rows));
  return result;
}

/// Appendix A: the end of one trajectory by RK4 in ever shorter steps, against a far shorter one.
ordered_json convergence(const AttractorSubject& s, const Console& console) {
  const double duration = s.parameters.duration;
  const Eigen::VectorXd start = s.starts.col(0), exact = s.flow.integrate(start, duration, duration / 2000);
  auto result = ordered_json::array();
  Rows rows{{"step of RK4", "|x(T) - exact|"}};
  for (const int steps : {5, 10, 20, 40, 80}) {
    const double step = duration / steps, error = (s.flow.integrate(start, duration, step) - exact).norm();
    rows.push_back(
        {fmt::format("{:.4g}", step), std::isfinite(error) ? fmt::format("{:.2e}", error) : "unstable"});
    result.push_back({{"step", step}, {"error", error}});
  }
  console.print("\n" + table(rows));
  return result;
}

/// Appendix D: from x(T) back to the image.
double reversed(const AttractorSubject& s, const Console& console) {
  double worst = 0;
  for (Eigen::Index i = 0; i < std::min<Eigen::Index>(s.starts.cols(), 5); ++i) {
    const double duration = s.parameters.duration, step = duration / 2000;
    const auto back = s.flow.integrate(s.flow.integrate(s.starts.col(i), duration, step), -duration, step);
    const double error = (back - s.starts.col(i)).squaredNorm() / static_cast<double>(back.size());
    if (!(error <= worst)) worst = error;  // one that is not a number counts as the worst
    if (std::isnan(worst)) break;
  }
  console.print(
      std::isfinite(worst)
          ? fmt::format("reversed time recovers the samples to a mean squared error of {:.1e}", worst)
          : "reversed time does not recover the samples: it diverges");
  return worst;
}

/// Figures 5 and 6 for the first sample.
ordered_json disturbed(const AttractorSubject& s, const AttractorOptions& options) {
  const DisturbanceTask task{.start = s.starts.col(0),
                             .target = s.target(0),
                             .sigma = options.sigma,
                             .duration = options.horizon * s.parameters.duration};
  const Eigen::VectorXd all = single_disturbances(s.parameters, s.matrices, task);
  const double share = robust_share(s.parameters, s.matrices, task, all);
  const double most = 0.05 * task.target.squaredNorm();
  const auto harmless = (all.array() <= most).count();
  options.console.print(
      fmt::format("first sample, coefficients of eigenvectors disturbed with deviation {}: {} of {} harmless "
                  "alone, {} of all together",
                  options.sigma, harmless, all.size(), percent(share)));
  return {{"sigma", options.sigma},
          {"mean_square", std::vector<double>(all.begin(), all.end())},
          {"robust_share", share}};
}

int run_attractors(const AttractorOptions& options) {
  const auto model = read_model(options.model);
  const auto* parameters = std::get_if<SaNodeParameters>(&model.recipe.system);
  if (parameters == nullptr)
    throw Error(fmt::format("{}: has the dynamics \"{}\"; stoic analyze attractors knows \"sa-node\" only",
                            options.model, model.recipe.dynamics()));
  DataCheck check(options.console, options.model, model.training_data);
  const auto data = first_samples(check.load(model.recipe, Split::test, options.data_dir), options.samples);
  if (data.size() == 0)
    throw Error(
        fmt::format("{}: there is no test sample to start from; set data.test_samples", options.model));
  const AttractorSubject subject = subject_of(model, *parameters, data);
  const auto& console = options.console;
  ordered_json json{{"samples", data.size()}};
  json["attractors"] = stability(subject, console);
  json["reversed_mean_square"] = reversed(subject, console);
  json["over_time"] = over_time(subject, options.horizon, console);
  json["runge_kutta"] = convergence(subject, console);
  if (parameters->neurons <= options.directions) json["disturbed"] = disturbed(subject, options);
  json["seed"] = model.recipe.seed;
  json["data_matches"] = matches_json(check.matches());
  console.result(json);
  return success;
}

}  // namespace

void add_attractors(CLI::App& analyze, Body& body) {
  auto options = std::make_shared<AttractorOptions>();
  auto* command = analyze.add_subcommand("attractors",
                                         "stability, convergence, reversibility and robustness of a trained "
                                         "SA-nODE; rates per unit of its own time");
  command->add_option("MODEL", options->model, "a model (.npz)")->required();
  command->add_option("--samples", options->samples, "test samples to start from")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  command
      ->add_option("--horizon", options->horizon,
                   "follow them for so many times the duration T of the recipe")
      ->check(in_range(0.5, 1000.0))
      ->capture_default_str();
  command->add_option("--sigma", options->sigma, "deviation of disturbances along eigenvectors")
      ->check(in_range(0.0, 1000.0))
      ->capture_default_str();
  command
      ->add_option("--directions", options->directions,
                   "disturb eigenvectors of systems of at most so many neurons")
      ->capture_default_str();
  add_data_dir(*command, options->data_dir);
  add_json(*command, options->console);
  command->footer("Example: stoic analyze attractors letters.npz --horizon 20 --json");
  command->callback([options, &body] { body = [options] { return run_attractors(*options); }; });
}

}  // namespace stoic::cli
