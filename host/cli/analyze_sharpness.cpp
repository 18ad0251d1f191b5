#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "analyze.hpp"
#include "interrupt.hpp"
#include "options.hpp"
#include "stoic/host/analysis/hessian.hpp"
#include "stoic/host/analysis/training_run.hpp"
#include "stoic/host/random/random.hpp"
#include "stoic/host/sweep/sharpness_report.hpp"
#include "stoic/sim/io/error.hpp"
#include "training_subject.hpp"

namespace stoic::cli {
namespace {

using nlohmann::ordered_json;

struct SharpnessCommand {
  AnalysisOptions common;
  LargestEigenTask eigen;
  std::string rates;
  std::int64_t epochs = 100, every = 1;
  bool plain = false, cold = false;
};

std::vector<std::uint32_t> all_samples(const TrainingSubject& subject) {
  std::vector<std::uint32_t> all(static_cast<std::size_t>(subject.train.size()));
  std::iota(all.begin(), all.end(), 0u);
  return all;
}

/// So many samples say roughly what the Hessian makes of a vector.
std::int64_t rough_samples(std::int64_t all) {
  constexpr std::int64_t fewest = 16, part = 16;
  return std::min(all, std::max(fewest, all / part));
}

/// Other ones for each number, drawn at random.
std::vector<std::uint32_t> some_samples(const TrainingSubject& subject, std::uint64_t number) {
  constexpr std::uint64_t apart_from_epochs = std::uint64_t{1} << 41;
  auto order = random_permutation({subject.model.recipe.seed, Purpose::shuffle, apart_from_epochs + number},
                                  static_cast<std::size_t>(subject.train.size()));
  order.resize(static_cast<std::size_t>(rough_samples(subject.train.size())));
  return order;
}

/// The largest eigenvalues at a point. Weight decay is part of the loss here: λ/2 |W|².
LargestEigen sharpness_at(TrainingSubject& subject, const Eigen::VectorXd& point,
                          const std::vector<std::uint32_t>& all, LargestEigenTask task, bool cold) {
  const bool decays =
      subject.model.recipe.training.optimizer == "sgd" && subject.model.recipe.training.weight_decay > 0;
  Eigen::VectorXd decay = Eigen::VectorXd::Zero(point.size());
  for (const auto& part : subject.surface.surface->parts())
    if (decays && part.decays)
      decay.segment(part.first, part.size()).setConstant(subject.model.recipe.training.weight_decay);
  Slopes slopes;
  const auto times = [&](const Eigen::MatrixXd& vectors, std::span<const std::uint32_t> samples) {
    subject.surface.surface->slopes(point.replicate(1, vectors.cols()), &vectors, {.samples = samples},
                                    slopes);
    return Eigen::MatrixXd(slopes.products + (vectors.array().colwise() * decay.array()).matrix());
  };
  if (!cold && rough_samples(subject.train.size()) < subject.train.size())
    task.rough = [&](const Eigen::VectorXd& vector, std::uint64_t number) {
      return Eigen::VectorXd(times(vector, some_samples(subject, number)));
    };
  return largest_eigenvalues([&](const Eigen::MatrixXd& vectors) { return times(vectors, all); },
                             point.size(), task);
}

/// Of the Hessian with vectors; a rough one counts by its share of the samples.
double products_of(const LargestEigen& found, const TrainingSubject& subject) {
  const auto all = subject.train.size();
  return found.products +
         found.rough_products * static_cast<double>(rough_samples(all)) / static_cast<double>(all);
}

void note_eigen(ordered_json& point, std::int64_t epoch, const LargestEigen& found, double products,
                double loss) {
  const auto number = [](double value) {
    return std::isfinite(value) ? ordered_json(value) : ordered_json();
  };
  point["epoch"].push_back(epoch);
  point["sharpness"].push_back(number(found.values(0)));
  point["residual"].push_back(number(found.residuals.maxCoeff()));
  point["products"].push_back(products);
  point["loss"].push_back(number(loss));
  auto all = ordered_json::array();
  for (Eigen::Index j = 0; j < found.values.size(); ++j) all.push_back(number(found.values(j)));
  point["eigenvalues"].push_back(all);
}

ordered_json empty_sharpness(double rate) {
  ordered_json point;
  for (const char* key : {"epoch", "sharpness", "residual", "products", "loss", "eigenvalues"})
    point[key] = ordered_json::array();
  point["two_over_rate"] = 2 / rate;
  return point;
}

/// Follows one training from the recipe's start.
ordered_json measure_sharpness(const SharpnessCommand& command, TrainingSubject& subject, Team& team,
                               double rate, const ShowProgress& show) {
  const auto all = all_samples(subject);
  auto training = subject.model.recipe.training;
  training.learning_rate = rate;
  training.schedule = "constant";
  training.warmup_batches = 0;
  TrainingBatches batches(*subject.surface.surface, training.batch, subject.model.recipe.seed);
  const Eigen::VectorXd start = subject.surface.weights_of(subject.model);
  OptimisedPoints weights(start, training.optimizer == "adam");
  auto point = empty_sharpness(rate);
  auto eigen = command.eigen;
  Slopes slopes;
  for (std::int64_t epoch = 0; epoch <= command.epochs; ++epoch) {
    team.stop_if_asked();
    show(epoch, command.epochs);
    if (!weights.points().allFinite()) {
      point["diverged_at"] = epoch;
      break;
    }
    if (epoch % command.every == 0 || epoch == command.epochs) {
      subject.surface.surface->slopes(weights.points(), nullptr, {.samples = all}, slopes);
      const double loss = slopes.losses(0);
      const auto found = sharpness_at(subject, weights.points().col(0), all, eigen, command.cold);
      note_eigen(point, epoch, found, products_of(found, subject), loss);
      if (!command.cold && found.converged) eigen.known = found.known;
    }
    for (std::int64_t b = 0; b < batches.per_epoch() && epoch < command.epochs; ++b) {
      const auto update = epoch * batches.per_epoch() + b;
      subject.surface.surface->slopes(weights.points(), nullptr, batches.at(update), slopes);
      weights.advance(*subject.surface.surface, update_rule(training, update, batches.per_epoch()),
                      slopes.gradients);
    }
  }
  return point;
}

/// Of eigenvalues that are none but for their residual.
void warn_of_residuals(const SharpnessCommand& command, const SharpnessAnalysis& analysis) {
  std::size_t all = 0, open = 0;
  for (const auto& point : analysis.points)
    for (const auto& residual : point.result.at("residual")) {
      ++all;
      open += !residual.is_number() || residual.get<double>() > command.eigen.tolerance;
    }
  if (open > 0)
    command.common.console.warn(
        fmt::format("{} of {} searches ended with a residual above --tolerance {:g}: these values are no "
                    "eigenvalues yet; raise "
                    "--most-products, which is {}",
                    open, all, command.eigen.tolerance, command.eigen.most_products));
}

int run_sharpness(const SharpnessCommand& command) {
  const auto& common = command.common;
  if (!common.output.empty()) require_analysis_folder(common.output, common.name);
  stop_on_signals(common.output.empty() ? "stopped" : "stopped; the same command goes on where it was");
  Team team(common.threads, &stop_requested());
  auto subject = load_training_subject(common, command.plain, team, true);
  if (command.eigen.count > subject.surface.surface->size())
    throw Error(fmt::format("--k {}: there are only {} weights; ask for that many eigenvalues at most",
                            command.eigen.count, subject.surface.surface->size()));
  const auto& training = subject.model.recipe.training;
  SharpnessAnalysis analysis{
      .subject = common.subject, .protocol = {}, .rates = {.key = "rate", .values = {}}, .points = {}};
  const bool at_once = subject.trained;
  if (at_once && !command.rates.empty())
    throw Error(
        fmt::format("{}: is a trained model, whose sharpness is that of its weights; --rates are of a recipe",
                    common.subject));
  const auto rates = command.rates.empty() ? std::vector{training.learning_rate}
                                           : training_rates(command.rates, subject.model.recipe);
  for (const double rate : rates) analysis.rates.values.emplace_back(rate);
  analysis.protocol = fmt::format("{}, {} weights, {} training samples{}", optimiser_text(subject),
                                  subject.surface.surface->size(), subject.train.size(),
                                  at_once ? "; at the weights of the model" : "");
  auto points = run_points(common, {analysis.rates}, subject.identity,
                           [&](const std::vector<std::string>& settings, const PointWork& work) {
                             const auto& text = settings.at(0);
                             SharpnessCommand own = command;
                             if (at_once) own.epochs = 0;
                             return measure_sharpness(own, subject, team,
                                                      std::stod(text.substr(text.find('=') + 1)), work.show);
                           });
  if (!points) return interrupted;
  analysis.points = std::move(*points);
  std::erase_if(analysis.points, [](const CurvePoint& point) { return point.result.is_null(); });
  analysis.rates.values.clear();
  for (const auto& point : analysis.points) analysis.rates.values.push_back(point.at[0]);
  warn_of_residuals(command, analysis);
  common.console.print(sharpness_text(analysis));
  return finish_analysis(common, sharpness_report(analysis));
}

}  // namespace

void add_sharpness(CLI::App& analyze, Body& body) {
  auto options = std::make_shared<SharpnessCommand>();
  auto* command = analyze.add_subcommand("sharpness",
                                         "the largest eigenvalue of the Hessian of the training loss, with "
                                         "its residual, along a training or of a "
                                         "trained model; gradient descent is stable below 2/η");
  add_subject(*command, options->common);
  add_plain_descent(*command, options->plain);
  command
      ->add_option("--rates", options->rates,
                   "learning rates: 7.5,10 or FROM:TO:COUNT[:log]; default: the recipe's")
      ->type_name("RANGE");
  command->add_option("--epochs", options->epochs, "of each training")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1'000'000}))
      ->capture_default_str();
  command->add_option("--every", options->every, "epochs from one eigenvalue to the next")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000}))
      ->capture_default_str();
  command->add_option("--k", options->eigen.count, "how many of the largest eigenvalues")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{100}))
      ->capture_default_str();
  command->add_option("--tolerance", options->eigen.tolerance, "of the residual, as a share of the largest")
      ->check(in_range(1e-12, 0.1))
      ->capture_default_str();
  command
      ->add_option("--most-products", options->eigen.most_products,
                   "of the Hessian with a vector, for one search")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command->add_flag("--cold", options->cold, "start each search from random vectors");
  add_shards(*command, options->common);
  add_analysis(*command, options->common);
  command->footer(
      "Example: stoic analyze sharpness iris-mlp --rates 1,2.5 --epochs 100 -o sharpness\n"
      "         stoic analyze sharpness mnist-mlp-tanh --rates 7.5,10 --epochs 200 --every 10 -o figure14");
  command->callback([options, command, &body] {
    take_analysis(*command, options->common);
    body = [options] { return run_sharpness(*options); };
  });
}

}  // namespace stoic::cli
