#include "stoic/host/driven/processing_capacity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "stoic/host/driven/driven_network.hpp"
#include "stoic/host/kernels/decompositions.hpp"
#include "stoic/host/learning/diverged_error.hpp"
#include "stoic/host/random/random.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr Index block_terms = 32;         ///< that are looked at together: one product of matrices
constexpr std::int64_t idle_delays = 10;  ///< that end a degree
constexpr std::int64_t samples_of_a_feature = 10;
constexpr std::int64_t most_numbers = 250000000;  ///< of states, which are there four times: 8 GB

/// An orthonormal basis of the space that the centred states span in time [samples x rank]. A direction whose size is
/// below a rounding error is none.
MatrixXd basis_of(const MatrixXd& states) {
  constexpr double smallest = 1e-10;
  MatrixXd x = (states.colwise() - states.rowwise().mean()).transpose();
  std::vector<Index> vary;
  for (Index i = 0; i < x.cols(); ++i)
    if (x.col(i).norm() > smallest * states.row(i).norm()) vary.push_back(i);
  MatrixXd scaled(x.rows(), std::ssize(vary));
  for (Index i = 0; i < scaled.cols(); ++i)
    scaled.col(i) = x.col(vary[static_cast<std::size_t>(i)]).normalized();
  if (scaled.cols() == 0) return scaled;
  const auto parts = singular_decomposition(triangular_factor(scaled));
  Index rank = 0;
  while (rank < parts.values.size() && parts.values(rank) > smallest * parts.values(0)) ++rank;
  const MatrixXd onto = parts.right.leftCols(rank) * parts.values.head(rank).cwiseInverse().asDiagonal();
  return scaled * onto;
}

/// Legendre polynomials of the inputs, of mean square 1: element [n - 1] is [inputs x steps] of degree n, by
/// (n + 1) P(n+1) = (2n + 1) u P(n) - n P(n-1).
std::vector<MatrixXd> polynomials_of(const MatrixXd& inputs, std::int64_t degree) {
  std::vector<MatrixXd> plain{MatrixXd::Ones(inputs.rows(), inputs.cols()), inputs}, result;
  for (std::int64_t n = 1; n < degree; ++n) {
    const auto m = static_cast<double>(n);
    plain.emplace_back(
        ((2 * m + 1) * inputs.cwiseProduct(plain[plain.size() - 1]) - m * plain[plain.size() - 2]) / (m + 1));
  }
  for (std::int64_t n = 1; n <= degree; ++n)
    result.emplace_back(std::sqrt(2 * static_cast<double>(n) + 1) * plain[static_cast<std::size_t>(n)]);
  return result;
}

/// Terms of one degree with one longest delay: multisets of `degree` inputs, counted from the latest on. Ends early, with
/// more than `most` of them.
class Layer {
 public:
  Layer(std::int64_t inputs, std::int64_t degree, std::int64_t delay, std::size_t most)
      : inputs_(inputs), degree_(static_cast<std::size_t>(degree)), most_(most) {
    for (std::int64_t v = delay * inputs; v < (delay + 1) * inputs; ++v) {
      chosen_.assign(1, v);
      extend();
    }
  }
  std::vector<CapacityTerm> terms;

 private:
  void extend() {
    if (terms.size() > most_) return;
    if (chosen_.size() == degree_) {
      note();
      return;
    }
    for (std::int64_t v = chosen_.back(); v >= 0; --v) {
      chosen_.push_back(v);
      extend();
      chosen_.pop_back();
    }
  }
  void note() {
    CapacityTerm term;
    for (const auto v : chosen_) {
      const CapacityTerm::Factor factor{v % inputs_, v / inputs_, 1};
      auto* last = term.factors.empty() ? nullptr : &term.factors.back();
      if (last != nullptr && last->input == factor.input && last->delay == factor.delay)
        ++last->degree;
      else
        term.factors.push_back(factor);
    }
    terms.push_back(std::move(term));
  }

  std::int64_t inputs_;
  std::size_t degree_, most_;
  std::vector<std::int64_t> chosen_;
};

/// What χ² of n degrees of freedom exceeds once in 10⁴, to a per cent from ten on and up to 7 % more below (E. B. Wilson,
/// M. M. Hilferty, 1931).
double rare_chi_squared(double n) {
  constexpr double normal = 3.719016485;  // which a standard normal exceeds once in 10⁴
  const double s = 2 / (9 * n);
  return n * std::pow(1 - s + normal * std::sqrt(s), 3);
}

class Measurement {
 public:
  Measurement(const MatrixXd& states, const MatrixXd& inputs, std::int64_t degree)
      : basis_(basis_of(states)),
        polynomials_(polynomials_of(inputs, degree)),
        lead_(inputs.cols() - states.cols()) {}
  Index rank() const { return basis_.cols(); }
  Index samples() const { return basis_.rows(); }
  double threshold() const {
    return rank() == 0 ? 1
                       : 2 * rare_chi_squared(static_cast<double>(rank())) / static_cast<double>(samples());
  }
  /// Fills in the capacities of some terms.
  void measure(std::span<CapacityTerm> terms) const {
    MatrixXd z(samples(), std::ssize(terms));
    VectorXd squares(z.cols());
    for (Index i = 0; i < z.cols(); ++i) {
      z.col(i) = values(terms[static_cast<std::size_t>(i)]);
      squares(i) = (z.col(i).array() - z.col(i).mean()).square().sum();
    }
    const VectorXd explained = (basis_.transpose() * z).colwise().squaredNorm().transpose();
    for (Index i = 0; i < z.cols(); ++i)
      terms[static_cast<std::size_t>(i)].capacity = corrected(explained(i) / squares(i));
  }

 private:
  VectorXd values(const CapacityTerm& term) const {
    VectorXd z = VectorXd::Ones(samples());
    for (const auto& f : term.factors)
      z.array() *= polynomials_[static_cast<std::size_t>(f.degree - 1)]
                       .row(f.input)
                       .segment(lead_ - f.delay, samples())
                       .transpose()
                       .array();
    return z;
  }
  double corrected(double share) const {
    if (!(share > threshold())) return 0;
    const auto n = static_cast<double>(samples()), r = static_cast<double>(rank());
    return std::max(1 - (1 - share) * (n - 1) / (n - r - 1), 0.0);
  }

  MatrixXd basis_;
  std::vector<MatrixXd> polynomials_;
  Index lead_;
};

void measure_all(const Measurement& measurement, std::vector<CapacityTerm>& terms, Team& team) {
  const auto blocks = (std::ssize(terms) + block_terms - 1) / block_terms;
  team.split(blocks, [&](std::int64_t begin, std::int64_t end) {
    for (auto b = begin; b < end; ++b) {
      const auto rest = std::span(terms).subspan(static_cast<std::size_t>(b * block_terms));
      measurement.measure(rest.first(std::min(rest.size(), static_cast<std::size_t>(block_terms))));
    }
  });
}

CapacityOfDegree measure_degree(const Measurement& measurement, std::int64_t inputs, std::int64_t degree,
                                const CapacityOptions& options, std::vector<CapacityTerm>& held, Team& team) {
  CapacityOfDegree result{.degree = degree};
  std::int64_t idle = 0;
  for (std::int64_t delay = 0; idle < idle_delays; ++delay) {
    if (delay > options.delays) {
      result.cut = idle == 0;  // where the last one held nothing, those that were asked for say enough
      break;
    }
    const auto room = options.terms - result.terms;
    Layer layer(inputs, degree, delay, static_cast<std::size_t>(room));
    if (std::ssize(layer.terms) > room) {
      result.cut = true;
      break;
    }
    ++result.delays;
    measure_all(measurement, layer.terms, team);
    double sum = 0;
    for (auto& term : layer.terms) {
      if (term.capacity == 0) continue;
      sum += term.capacity;
      ++result.held;
      held.push_back(std::move(term));
    }
    result.terms += std::ssize(layer.terms);
    result.by_delay.push_back(sum);
    result.capacity += sum;
    idle = sum == 0 ? idle + 1 : 0;
  }
  while (!result.by_delay.empty() && result.by_delay.back() == 0) result.by_delay.pop_back();
  return result;
}

void check_sizes(const MatrixXd& states, const MatrixXd& inputs, const CapacityOptions& options) {
  if (states.cols() < samples_of_a_feature * states.rows())
    throw Error(
        fmt::format("{} samples for {} features: too few to tell capacity from chance; take at least {}",
                    states.cols(), states.rows(), samples_of_a_feature * states.rows()));
  if (inputs.cols() - states.cols() < options.delays)
    throw Error(fmt::format("{} inputs before the samples for delays up to {}; give more",
                            inputs.cols() - states.cols(), options.delays));
  if (!std::isfinite(states.squaredNorm()))
    throw DivergedError(
        "the reservoir diverges: its states grow without end; take a smaller spectral_radius or "
        "drive.input_scale");
}

}  // namespace

ProcessingCapacity processing_capacity(const MatrixXd& states, const MatrixXd& inputs,
                                       const CapacityOptions& options, Team& team) {
  check_sizes(states, inputs, options);
  const Measurement measurement(states, inputs, options.degree);
  ProcessingCapacity result{.features = states.rows(),
                            .rank = measurement.rank(),
                            .samples = states.cols(),
                            .threshold = measurement.threshold()};
  for (std::int64_t degree = 1; degree <= options.degree && result.rank > 0; ++degree) {
    result.degrees.push_back(measure_degree(measurement, inputs.rows(), degree, options, result.terms, team));
    result.total += result.degrees.back().capacity;
    if (options.progress) options.progress(degree, options.degree);
  }
  std::ranges::stable_sort(result.terms, std::greater<>(), &CapacityTerm::capacity);
  return result;
}

ProcessingCapacity processing_capacity(const DrivenModel& model, const TimeSeries& series,
                                       const CapacityOptions& options, Team& team) {
  if (model.recipe.drive.feedback != 0)
    throw Error(
        "drive.feedback feeds outputs back, and random inputs have none that are right; set "
        "drive.feedback=0");
  const auto features = model.recipe.features(model.inputs());
  if (options.samples < samples_of_a_feature * features)
    throw Error(
        fmt::format("--samples {}: too few to tell capacity from chance; take at least {}, {} for each of {} "
                    "features",
                    options.samples, samples_of_a_feature * features, samples_of_a_feature, features));
  if (features * options.samples > most_numbers)
    throw Error(fmt::format("--samples {}: the states of {} features would take {} GB; take at most {}",
                            options.samples, features, features * options.samples / 125000000 * 4,
                            most_numbers / features));
  const Index lead = std::max(series.parts.washout, options.delays), steps = lead + options.samples;
  MatrixXd uniform(model.inputs(), steps);
  for (Index i = 0; i < uniform.rows(); ++i)
    for (Index t = 0; t < steps; ++t)
      uniform(i, t) =
          2 * random_uniform({options.seed, Purpose::capacity_inputs, static_cast<std::uint64_t>(i)},
                             static_cast<std::uint64_t>(t)) -
          1;
  const MatrixXd known = series.inputs.leftCols(series.steps() - series.parts.test);
  const VectorXd mean = known.rowwise().mean();
  const VectorXd reach = (3 * (known.colwise() - mean).array().square().rowwise().mean())
                             .sqrt();  // a uniform one's over its deviation
  TimeSeries drive{(reach.asDiagonal() * uniform).colwise() + mean, MatrixXd::Zero(model.outputs(), steps)};
  drive.where = series.where;
  DrivenNetwork network(model, team);
  MatrixXd states(features, options.samples);
  follow_series(network, ScaledSeries(model, drive), steps, team, [&](Index t) {
    if (t >= lead) states.col(t - lead) = network.features();
  });
  return processing_capacity(states, uniform, options, team);
}

}  // namespace stoic
