#include "stoic/host/dynamics/sa_node.hpp"

#include <fmt/format.h>

#include <Eigen/LU>
#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <utility>

#include "stoic/host/random/random.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

/// Eigenvalues stay below their bound by this share of it.
constexpr double stability_margin = 1e-3;
/// The wells of the potential must not vanish.
constexpr double least_stiffness = 1e-3;
/// Reciprocal condition number of Φ below which its inverse is nothing but rounding.
constexpr double least_independence = 1e-14;

/// Φ
Eigen::MatrixXd basis(const Eigen::MatrixXd& attractors, const Eigen::MatrixXd& eigenvectors) {
  Eigen::MatrixXd vectors(attractors.rows(), attractors.rows());
  vectors << attractors, eigenvectors;
  return vectors;
}

/// Φ Λ Φ⁻¹, of which the attractors' part is 0.
Eigen::MatrixXd coupling_of(const Eigen::MatrixXd& eigenvectors, const Eigen::MatrixXd& eigenvalues,
                            const Eigen::MatrixXd& inverse) {
  return eigenvectors * eigenvalues.col(0).asDiagonal() * inverse.bottomRows(eigenvectors.cols());
}

}  // namespace

SaNodeParameters SaNodeParameters::read(JsonReader& json, const NetworkShape& shape) {
  SaNodeParameters p;
  p.neurons = shape.inputs;
  p.classes = shape.classes;
  if (p.classes >= p.neurons)
    json.fail("classes",
              fmt::format("is {}, which must be below \"inputs\": {}: each class is an attractor of its own",
                          p.classes, p.neurons));
  p.well = json.number_or("well", p.well, 1e-3, 10);
  p.stiffness = json.number_or("stiffness", p.stiffness, least_stiffness, 100);
  p.eigenvalue_mean = json.number_or("eigenvalue_mean", p.eigenvalue_mean, -1e6, 1e6);
  p.eigenvalue_deviation = json.number_or("eigenvalue_deviation", p.eigenvalue_deviation, 0, 1e6);
  p.eigenvalue_rate = json.number_or("eigenvalue_rate", p.eigenvalue_rate, 0, 1e6);
  p.stiffness_rate = json.number_or("stiffness_rate", p.stiffness_rate, 0, 1e6);
  p.duration = json.number_or("duration", p.duration, 0, 1000);
  if (!(p.duration > 0)) json.fail("duration", "must be above 0");
  const double trained = json.number_or("training_duration", p.duration, 0, p.duration);
  if (!(trained > 0)) json.fail("training_duration", "must be above 0");
  if (trained < p.duration) p.training_duration = trained;
  p.step = json.number_or("step", p.step, 0, 10);
  if (!(p.step > 0)) json.fail("step", "must be above 0, up to 10");
  for (const auto& [key, time] : {std::pair("duration", p.duration), {"training_duration", trained}}) {
    const double steps = time / p.step;
    if (std::abs(steps - std::round(steps)) > 1e-6 * steps || steps > 1e5)
      json.fail("step", fmt::format("is {}, which does not divide \"{}\": {} into whole steps (1 to 100,000)",
                                    p.step, key, time));
  }
  return p;
}

void SaNodeParameters::write(nlohmann::ordered_json& json) const {
  json["well"] = well;
  json["stiffness"] = stiffness;
  json["duration"] = duration;
  if (training_duration) json["training_duration"] = *training_duration;
  json["step"] = step;
  // A recipe's text names its training: that of a recipe with the defaults stays what it was.
  const SaNodeParameters usual;
  if (eigenvalue_mean != usual.eigenvalue_mean) json["eigenvalue_mean"] = eigenvalue_mean;
  if (eigenvalue_deviation != usual.eigenvalue_deviation) json["eigenvalue_deviation"] = eigenvalue_deviation;
  if (eigenvalue_rate != usual.eigenvalue_rate) json["eigenvalue_rate"] = eigenvalue_rate;
  if (stiffness_rate != usual.stiffness_rate) json["stiffness_rate"] = stiffness_rate;
}

std::int64_t SaNodeParameters::step_count() const { return std::llround(duration / step); }

SaNodeParameters SaNodeParameters::in_training() const {
  SaNodeParameters result = *this;
  result.duration = training_duration.value_or(duration);
  result.training_duration.reset();
  return result;
}

double SaNodeParameters::coupling() const { return 1 / std::sqrt(static_cast<double>(neurons)); }

double SaNodeParameters::eigenvalue_bound(double gamma) const { return 8 * well * well * gamma / coupling(); }

double SaNodeParameters::largest_state(double gamma) const {
  return std::sqrt(well * well + 1 / (4 * step * gamma));
}

std::vector<MatrixShape> SaNodeParameters::matrices() const {
  const auto free = neurons - classes;
  return {{.name = "eigenvectors", .rows = neurons, .columns = free, .trained = true, .decays = false},
          {.name = "eigenvalues",
           .rows = free,
           .columns = 1,
           .trained = true,
           .decays = false,
           .rate = eigenvalue_rate},
          {.name = "stiffness",
           .rows = 1,
           .columns = 1,
           .trained = true,
           .decays = false,
           .rate = stiffness_rate}};
}

Eigen::MatrixXd SaNodeParameters::attractors() const {
  Eigen::MatrixXd result = Eigen::MatrixXd::Constant(neurons, classes, well);
  // Two blocks that fill the image would make two patterns of which one is the other's negative.
  const auto blocks = std::max<std::int64_t>(classes, 3), block = neurons / blocks;
  for (std::int64_t k = 0; k < classes; ++k) {
    const auto end = k + 1 == blocks ? neurons : (k + 1) * block;
    result.col(k).segment(k * block, end - k * block).setConstant(-well);
  }
  return result;
}

void SaNodeParameters::check(const Matrices& matrices) const {
  const double gamma = matrices.at("stiffness")(0, 0);
  if (!(gamma > 0))
    throw Error(fmt::format(
        "array \"stiffness\" is {}; make it greater than 0, or the attractors have no wells", gamma));
  const double independence = eigenbasis(*this, matrices).partialPivLu().rcond();
  if (!(independence > least_independence))
    throw Error(fmt::format(
        "array \"eigenvectors\": its columns and the attractors are linearly dependent (reciprocal condition "
        "number {:.2g}), so that there is no A with these eigenvectors; give {} columns that are independent "
        "of each other and of the attractors",
        independence, neurons - classes));
}

Matrices SaNodeParameters::draw(std::uint64_t seed) const {
  const auto free = neurons - classes;
  Eigen::MatrixXd vectors(neurons, neurons), values(free, 1);
  vectors.leftCols(classes) = attractors();
  for (std::int64_t column = classes; column < neurons; ++column)
    for (std::int64_t row = 0; row < neurons; ++row)
      vectors(row, column) =
          random_normal({seed, Purpose::reservoir_weights, static_cast<std::uint64_t>(column)},
                        static_cast<std::uint64_t>(row));
  for (std::int64_t i = 0; i < free; ++i)
    values(i) = eigenvalue_mean + eigenvalue_deviation * random_normal({seed, Purpose::reservoir_weights},
                                                                       static_cast<std::uint64_t>(i));
  const Eigen::MatrixXd orthonormal = Eigen::HouseholderQR<Eigen::MatrixXd>(vectors).householderQ();
  return {{"eigenvectors", orthonormal.rightCols(free)},
          {"eigenvalues", values},
          {"stiffness", Eigen::MatrixXd::Constant(1, 1, stiffness)}};
}

Eigen::MatrixXd eigenbasis(const SaNodeParameters& parameters, const Matrices& matrices) {
  return basis(parameters.attractors(), matrices.at("eigenvectors"));
}

Eigen::MatrixXd coupling_matrix(const SaNodeParameters& parameters, const Matrices& matrices) {
  const auto& eigenvectors = matrices.at("eigenvectors");
  return coupling_of(eigenvectors, matrices.at("eigenvalues"),
                     basis(parameters.attractors(), eigenvectors).partialPivLu().inverse());
}

template <class Scalar>
SaNode<Scalar>::SaNode(const SaNodeParameters& parameters, const Matrices& matrices)
    : parameters_(parameters),
      attractors_(parameters.attractors().cast<Scalar>()),
      eigenvectors_(Matrix(matrices.at("eigenvectors").cast<Scalar>())),
      eigenvalues_(Matrix(matrices.at("eigenvalues").cast<Scalar>())),
      stiffness_(Matrix(matrices.at("stiffness").cast<Scalar>())),
      steps_(parameters.step_count()) {
  parameters.check(matrices);
  Team alone(1);
  couple(alone);
}

template <class Scalar>
void SaNode<Scalar>::weights_changed(Team& team) {
  keep_attractors_stable();
  couple(team);
}

template <class Scalar>
void SaNode<Scalar>::keep_attractors_stable() {
  stiffness_(0, 0) = std::max(stiffness_(0, 0), static_cast<Scalar>(least_stiffness));
  const auto most = static_cast<Scalar>((1 - stability_margin) *
                                        parameters_.eigenvalue_bound(static_cast<double>(stiffness_(0, 0))));
  for (Eigen::Index i = 0; i < eigenvalues_.rows(); ++i)
    eigenvalues_(i, 0) = std::min(eigenvalues_(i, 0), most);
}

template <class Scalar>
void SaNode<Scalar>::couple(Team& team) {
  const Eigen::Index n = parameters_.neurons, free = eigenvectors_.columns();
  const Matrix vectors = eigenvectors_.dense();
  const Eigen::MatrixXd transposed_basis =
      basis(attractors_.template cast<double>(), vectors.template cast<double>()).transpose();
  const Eigen::PartialPivLU<Eigen::MatrixXd> factors(transposed_basis);
  // Φᵀ X = the columns of 1 that belong to trained eigenvectors, a few at a time.
  Matrix inverse_transposed(n, free);
  constexpr Eigen::Index block = 64;
  team.split((free + block - 1) / block, [&](Eigen::Index begin, Eigen::Index end) {
    for (Eigen::Index b = begin; b < end; ++b) {
      const Eigen::Index first = b * block, columns = std::min(block, free - first);
      Eigen::MatrixXd unit = Eigen::MatrixXd::Zero(n, columns);
      for (Eigen::Index c = 0; c < columns; ++c) unit(n - free + first + c, c) = 1;
      inverse_transposed.middleCols(first, columns) = factors.solve(unit).template cast<Scalar>();
    }
  });
  inverse_transposed_ = Panels<Scalar>(inverse_transposed);
  const auto scale = static_cast<Scalar>(parameters_.step * parameters_.coupling());
  const Matrix scaled = vectors * (scale * eigenvalues_.dense().col(0)).asDiagonal();
  coupling_ = Panels<Scalar>(n, n);
  multiply(Panels<Scalar>(scaled), Panels<Scalar>(Matrix(inverse_transposed.transpose())), coupling_, team);
  transposed_ = Panels<Scalar>(Matrix(coupling_.dense().transpose()));
}

template <class Scalar>
auto SaNode<Scalar>::make_trajectory(Eigen::Index samples, bool remember) const -> Trajectory {
  Trajectory trajectory;
  const Eigen::Index n = parameters_.neurons,
                     states = remember ? steps_ + 1 : std::min<Eigen::Index>(steps_ + 1, 3);
  for (Eigen::Index i = 0; i < states; ++i) trajectory.states.emplace_back(n + 1, samples);
  // x(0) is the caller's and stays; the others take turns when nothing is to be remembered.
  trajectory.end =
      remember ? static_cast<std::size_t>(steps_) : 1 + static_cast<std::size_t>((steps_ - 1) % 2);
  trajectory.covector = trajectory.scratch = Panels<Scalar>(n, samples);
  if (!remember) return trajectory;
  trajectory.by_coupling = Panels<Scalar>(n, n);
  trajectory.by_inverse = trajectory.pulled = Panels<Scalar>(n, eigenvectors_.columns());
  trajectory.gradients = {Panels<Scalar>(n, eigenvectors_.columns()), Panels<Scalar>(eigenvalues_.rows(), 1),
                          Panels<Scalar>(1, 1)};
  return trajectory;
}

template <class Scalar>
Scalar SaNode<Scalar>::largest_state() const {
  return static_cast<Scalar>(parameters_.largest_state(static_cast<double>(stiffness_(0, 0))));
}

template <class Scalar>
void SaNode<Scalar>::forward(Trajectory& trajectory, Team& team) const {
  const Scalar square = static_cast<Scalar>(parameters_.well * parameters_.well);
  const Scalar pull = static_cast<Scalar>(4 * parameters_.step) * stiffness_(0, 0), most = largest_state();
  const bool all = trajectory.states.size() == static_cast<std::size_t>(steps_) + 1;
  const auto at = [&](Eigen::Index i) -> Panels<Scalar>& {
    return trajectory.states[static_cast<std::size_t>(all || i == 0 ? i : 1 + (i - 1) % 2)];
  };
  const Eigen::Index samples = trajectory.first().columns();
  for (Eigen::Index i = 0; i < steps_; ++i) {
    const Panels<Scalar>& x = at(i);
    Panels<Scalar>& next = at(i + 1);
    team.split(coupling_.panels(), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t p = begin; p < end; ++p) {
        multiply_panel(coupling_, x, next, p, 0, samples);
        const auto here = elements(x, p);
        elements(next, p) =
            (elements(next, p) + here + pull * here * (square - here.square())).max(-most).min(most);
      }
    });
  }
}

template <class Scalar>
void SaNode<Scalar>::vjp(Trajectory& trajectory, Team& team) const {
  using P = Panels<Scalar>;
  const Scalar square = static_cast<Scalar>(parameters_.well * parameters_.well);
  const Scalar pull = static_cast<Scalar>(4 * parameters_.step) * stiffness_(0, 0), most = largest_state();
  const Eigen::Index n = parameters_.neurons, samples = trajectory.first().columns();
  P &w = trajectory.covector, &by_coupling = trajectory.by_coupling;
  // What was held back at the bound passes nothing on.
  const auto hold = [&](Eigen::Index i, Eigen::Index p) {
    elements(w, p) *=
        (elements(trajectory.states[static_cast<std::size_t>(i)], p).abs() < most).template cast<Scalar>();
  };
  for (Eigen::Index p = 0; p < by_coupling.panels(); ++p) elements(by_coupling, p).setZero();
  std::vector<double> by_stiffness(static_cast<std::size_t>(w.panels()), 0);
  for (Eigen::Index p = 0; p < w.panels(); ++p) hold(steps_, p);
  for (Eigen::Index i = steps_ - 1; i >= 0; --i) {
    const P& x = trajectory.states[static_cast<std::size_t>(i)];
    team.split(w.panels(), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t p = begin; p < end; ++p) {
        for (Eigen::Index q = 0; q * P::panel_rows < n; ++q) {
          alignas(64) Scalar product[P::panel_rows * P::panel_rows];
          multiply_transposed(w, x, p, q, product);
          const Eigen::Index first = q * P::panel_rows, columns = std::min(P::panel_rows, n - first);
          Scalar* sum = by_coupling.panel(p) + first * P::panel_rows;
          for (Eigen::Index e = 0; e < columns * P::panel_rows; ++e) sum[e] += product[e];
        }
        double& total = by_stiffness[static_cast<std::size_t>(p)];
        const Eigen::Index rows = std::min(P::panel_rows, n - p * P::panel_rows);
        for (Eigen::Index s = 0; s < samples; ++s)
          for (Eigen::Index r = 0; r < rows; ++r) {
            const Scalar v = x.panel(p)[s * P::panel_rows + r];
            total += double{w.panel(p)[s * P::panel_rows + r] * v * (square - v * v)};
          }
        multiply_panel(transposed_, w, trajectory.scratch, p, 0, samples);
      }
    });
    team.split(w.panels(), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t p = begin; p < end; ++p) {
        elements(w, p) +=
            elements(trajectory.scratch, p) + pull * (square - 3 * elements(x, p).square()) * elements(w, p);
        if (i > 0) hold(i, p);
      }
    });
  }
  double total = 0;
  for (const double part : by_stiffness) total += part;
  trajectory.gradients[2](0, 0) = static_cast<Scalar>(4 * parameters_.step * total);
  pull_to_spectrum(trajectory, team);
}

template <class Scalar>
void SaNode<Scalar>::pull_to_spectrum(Trajectory& trajectory, Team& team) const {
  using P = Panels<Scalar>;
  const auto scale = static_cast<Scalar>(parameters_.step * parameters_.coupling());
  P &by_inverse = trajectory.by_inverse, &by_vectors = trajectory.gradients[0],
    &by_values = trajectory.gradients[1];
  multiply(trajectory.by_coupling, inverse_transposed_, by_inverse, team);
  multiply(transposed_, by_inverse, trajectory.pulled, team);
  for (Eigen::Index i = 0; i < by_inverse.columns(); ++i) {
    const Scalar value = scale * eigenvalues_(i, 0);
    double along = 0;
    for (Eigen::Index p = 0; p < by_inverse.panels(); ++p) {
      const Scalar *h = by_inverse.panel(p) + i * P::panel_rows,
                   *pulled = trajectory.pulled.panel(p) + i * P::panel_rows,
                   *vector = eigenvectors_.panel(p) + i * P::panel_rows;
      Scalar* result = by_vectors.panel(p) + i * P::panel_rows;
      for (Eigen::Index r = 0; r < P::panel_rows; ++r) result[r] = value * h[r] - pulled[r];
      const Eigen::Index rows = std::min(P::panel_rows, by_inverse.rows() - p * P::panel_rows);
      for (Eigen::Index r = 0; r < rows; ++r) along += double{h[r] * vector[r]};
    }
    by_values(i, 0) = static_cast<Scalar>(scale * along);
  }
}

template <class Scalar>
auto SaNode<Scalar>::jvp(const Trajectory& trajectory, const Matrix& tangent, Team& team) const -> Matrix {
  const Scalar square = static_cast<Scalar>(parameters_.well * parameters_.well);
  const Scalar pull = static_cast<Scalar>(4 * parameters_.step) * stiffness_(0, 0), most = largest_state();
  Panels<Scalar> v(tangent), next(tangent.rows(), tangent.cols());
  for (Eigen::Index i = 0; i < steps_; ++i) {
    const Panels<Scalar>& x = trajectory.states[static_cast<std::size_t>(i)];
    multiply(coupling_, v, next, team);
    for (Eigen::Index p = 0; p < v.panels(); ++p) {
      elements(v, p) += elements(next, p) + pull * (square - 3 * elements(x, p).square()) * elements(v, p);
      elements(v, p) *= (elements(trajectory.states[static_cast<std::size_t>(i) + 1], p).abs() < most)
                            .template cast<Scalar>();
    }
  }
  return v.dense();
}

template <class Scalar>
VectorSequence SaNode<Scalar>::vectors(const Trajectory& trajectory) const {
  VectorSequence result;
  Team alone(1);
  Panels<Scalar> g(parameters_.neurons, trajectory.states.front().columns());
  const double square = parameters_.well * parameters_.well,
               pull = 4 * parameters_.step * static_cast<double>(stiffness_(0, 0));
  Eigen::ArrayXd diagonal(parameters_.neurons);
  for (Eigen::Index i = 0; i < diagonal.size(); ++i) diagonal[i] = static_cast<double>(coupling_(i, i));
  for (Eigen::Index i = 1; i <= steps_; ++i) {
    const Panels<Scalar>& before = trajectory.states[static_cast<std::size_t>(i - 1)];
    multiply(coupling_, before, g, alone);
    const Eigen::ArrayXXd x = before.dense().topRows(parameters_.neurons).template cast<double>(),
                          own = x.colwise() * diagonal;
    result.emplace_back("g", (g.dense().template cast<double>().array() - own).matrix());
    result.emplace_back("x before its bound",
                        (result.back().second.array() + own + x + pull * x * (square - x.square())).matrix());
    result.emplace_back("x", trajectory.states[static_cast<std::size_t>(i)]
                                 .dense()
                                 .topRows(parameters_.neurons)
                                 .template cast<double>());
  }
  return result;
}

template class SaNode<float>;
template class SaNode<double>;

}  // namespace stoic
