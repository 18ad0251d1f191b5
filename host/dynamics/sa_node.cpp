#include "stoic/host/dynamics/sa_node.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "stoic/host/kernels/decompositions.hpp"
#include "stoic/host/kernels/inverse.hpp"
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

/// The same below which it is not inverted in single precision. 784 orthonormal columns have 0.002 in the
/// norm of the estimate.
constexpr double least_independence_in_float = 1e-4;

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
  const double trained = json.number_or("training_duration", p.duration, 0, std::max(p.duration, 0.0));
  p.step = json.number_or("step", p.step, 0, 10);
  p.time().require_whole_steps(json, "duration", 10, 1e5);
  auto in_training = p.time();
  in_training.duration = trained;
  in_training.require_whole_steps(json, "training_duration", 10, 1e5);
  if (trained < p.duration) p.training_duration = trained;
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

SaNodeParameters SaNodeParameters::over(double time, std::int64_t steps) const {
  SaNodeParameters result = *this;
  result.duration = time;
  result.step = this->time().step_over(time, steps);
  result.training_duration.reset();
  return result;
}

Traits SaNodeParameters::traits() const {
  return {.reads_in = false,
          .attractors = attractors(),
          .training_duration = training_duration,
          .check = [*this](const Matrices& matrices) { check(matrices); },
          .state_vectors = {{.name = "x"}},
          .expansion =
              [*this](const Matrices& matrices) {
                const double strength = 4 * matrices.at("stiffness")(0, 0), square = well * well,
                             trace = coupling() * matrices.at("eigenvalues").sum();
                return [=](const Eigen::VectorXd& x) {
                  return trace + (strength * (square - 3 * x.array().square())).sum();
                };
              }};
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
  const double independence = reciprocal_condition(eigenbasis(*this, matrices));
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
  return {{"eigenvectors", orthonormal(vectors).basis.rightCols(free)},
          {"eigenvalues", values},
          {"stiffness", Eigen::MatrixXd::Constant(1, 1, stiffness)}};
}

Eigen::MatrixXd eigenbasis(const SaNodeParameters& parameters, const Matrices& matrices) {
  return basis(parameters.attractors(), matrices.at("eigenvectors"));
}

Eigen::MatrixXd coupling_matrix(const SaNodeParameters& parameters, const Matrices& matrices) {
  const auto& eigenvectors = matrices.at("eigenvectors");
  return coupling_of(eigenvectors, matrices.at("eigenvalues"),
                     inverse(basis(parameters.attractors(), eigenvectors)));
}

template <class Scalar>
DoubleWellRule<Scalar>::DoubleWellRule(const SaNodeParameters& parameters, const Matrices& matrices,
                                       double time)
    : parameters_(parameters),
      time_(time),
      attractors_(parameters.attractors().cast<Scalar>()),
      eigenvectors_(Matrix(matrices.at("eigenvectors").cast<Scalar>())),
      eigenvalues_(Matrix(matrices.at("eigenvalues").cast<Scalar>())),
      stiffness_(Matrix(matrices.at("stiffness").cast<Scalar>())) {
  parameters.check(matrices);
  Team alone(1);
  couple(alone);
}

template <class Scalar>
auto DoubleWellRule<Scalar>::equation() const -> Equation {
  return {static_cast<Scalar>(4 * time_) * stiffness(),
          static_cast<Scalar>(parameters_.well * parameters_.well)};
}

template <class Scalar>
void DoubleWellRule<Scalar>::weights_changed(Team& team) {
  keep_attractors_stable();
  couple(team);
}

template <class Scalar>
void DoubleWellRule<Scalar>::keep_attractors_stable() {
  stiffness_(0, 0) = std::max(stiffness_(0, 0), static_cast<Scalar>(least_stiffness));
  const auto most = static_cast<Scalar>((1 - stability_margin) *
                                        parameters_.eigenvalue_bound(static_cast<double>(stiffness_(0, 0))));
  for (Eigen::Index i = 0; i < eigenvalues_.rows(); ++i)
    eigenvalues_(i, 0) = std::min(eigenvalues_(i, 0), most);
}

template <class Scalar>
void DoubleWellRule<Scalar>::couple(Team& team) {
  const Eigen::Index n = parameters_.neurons, free = eigenvectors_.columns();
  const Matrix vectors = eigenvectors_.dense();
  // With attractors of length 1, since the inverse's rows that belong to the others stay what they are.
  const Eigen::MatrixXd transposed_basis =
      basis(attractors_.colwise().normalized().template cast<double>(), vectors.template cast<double>())
          .transpose();
  // In the precision of the products that follow, while its rounding is no more than theirs.
  Matrix inverse_transposed =
      last_columns_of_inverse<Scalar>(transposed_basis, free, least_independence_in_float, team);
  if (inverse_transposed.size() == 0)
    inverse_transposed =
        last_columns_of_inverse<double>(transposed_basis, free, 0, team).template cast<Scalar>();
  inverse_transposed_ = Panels<Scalar>(inverse_transposed);
  const auto scale = static_cast<Scalar>(time_ * parameters_.coupling());
  const Matrix scaled = vectors * (scale * eigenvalues_.dense().col(0)).asDiagonal();
  Panels<Scalar> coupling(n, n);
  multiply(Panels<Scalar>(scaled), Panels<Scalar>(Matrix(inverse_transposed.transpose())), coupling, team);
  coupling_ = DenseCoupling<Scalar>(std::move(coupling));
}

template <class Scalar>
auto DoubleWellRule<Scalar>::make_gather() const -> Gather {
  const Eigen::Index n = parameters_.neurons, free = eigenvectors_.columns();
  const Panels<Scalar> of_vectors(n, free);
  return {Panels<Scalar>(n, n),
          std::vector<double>(static_cast<std::size_t>(eigenvectors_.panels())),
          of_vectors,
          of_vectors,
          {of_vectors, Panels<Scalar>(free, 1), Panels<Scalar>(1, 1)}};
}

template <class Scalar>
void DoubleWellRule<Scalar>::begin(Gather& gather) const {
  for (Eigen::Index p = 0; p < gather.by_coupling.panels(); ++p) elements(gather.by_coupling, p).setZero();
  std::fill(gather.by_stiffness.begin(), gather.by_stiffness.end(), 0.0);
}

template <class Scalar>
void DoubleWellRule<Scalar>::gather(Gather& gather, const PulledStage<Scalar, 1>& stage,
                                    Eigen::Index p) const {
  using P = Panels<Scalar>;
  const P &w = stage.by_slope[0], &x = stage.x[0];
  const Eigen::Index n = parameters_.neurons;
  for (Eigen::Index q = 0; q * P::panel_rows < n; ++q) {
    alignas(64) Scalar product[P::panel_rows * P::panel_rows];
    multiply_transposed(w, x, p, q, product);
    const Eigen::Index first = q * P::panel_rows, columns = std::min(P::panel_rows, n - first);
    Scalar* sum = gather.by_coupling.panel(p) + first * P::panel_rows;
    for (Eigen::Index e = 0; e < columns * P::panel_rows; ++e) sum[e] += product[e];
  }
  const Scalar square = equation().square;
  double& total = gather.by_stiffness[static_cast<std::size_t>(p)];
  const Eigen::Index rows = std::min(P::panel_rows, n - p * P::panel_rows);
  for (Eigen::Index s = 0; s < w.columns(); ++s)
    for (Eigen::Index r = 0; r < rows; ++r) {
      const Eigen::Index e = s * P::panel_rows + r;
      total += double{well_force(w.panel(p)[e], x.panel(p)[e], square)};
    }
}

template <class Scalar>
void DoubleWellRule<Scalar>::end(Gather& gather, Team& team) const {
  using P = Panels<Scalar>;
  double total = 0;
  for (const double part : gather.by_stiffness) total += part;
  gather.gradients[2](0, 0) = static_cast<Scalar>(4 * time_ * total);
  const auto scale = static_cast<Scalar>(time_ * parameters_.coupling());
  P &by_inverse = gather.by_inverse, &by_vectors = gather.gradients[0], &by_values = gather.gradients[1];
  multiply(gather.by_coupling, inverse_transposed_, by_inverse, team);
  multiply(coupling_.transposed(), by_inverse, gather.pulled, team);
  for (Eigen::Index i = 0; i < by_inverse.columns(); ++i) {
    const Scalar value = scale * eigenvalues_(i, 0);
    double along = 0;
    for (Eigen::Index p = 0; p < by_inverse.panels(); ++p) {
      const Scalar *h = by_inverse.panel(p) + i * P::panel_rows,
                   *pulled = gather.pulled.panel(p) + i * P::panel_rows,
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
SaNode<Scalar>::SaNode(const SaNodeParameters& parameters, const Matrices& matrices)
    : Base(DoubleWellRule<Scalar>(parameters, matrices, parameters.step), parameters.time().steps(), 1, {},
           {static_cast<Scalar>(parameters.largest_state(
               static_cast<double>(static_cast<Scalar>(matrices.at("stiffness")(0, 0)))))}),
      parameters_(parameters) {}

template <class Scalar>
void SaNode<Scalar>::weights_changed(Team& team) {
  this->rule().weights_changed(team);
  this->set_after(
      {static_cast<Scalar>(parameters_.largest_state(static_cast<double>(this->rule().stiffness())))});
}

template <class Scalar>
VectorSequence SaNode<Scalar>::vectors(Trajectory& trajectory) const {
  VectorSequence result;
  Team alone(1);
  const auto& coupling = this->rule().coupling().weights();
  Panels<Scalar> g(this->width(), trajectory.samples);
  const double square = parameters_.well * parameters_.well,
               pull = 4 * parameters_.step * static_cast<double>(this->rule().stiffness());
  Eigen::ArrayXd diagonal(this->width());
  for (Eigen::Index i = 0; i < diagonal.size(); ++i) diagonal[i] = static_cast<double>(coupling(i, i));
  for (Eigen::Index i = 1; i <= this->steps(); ++i) {
    const Eigen::ArrayXXd x = this->values(trajectory, i - 1, 0, 0), own = x.colwise() * diagonal;
    multiply(coupling, Panels<Scalar>(x.matrix().template cast<Scalar>()), g, alone);
    result.emplace_back("g", (g.dense().template cast<double>().array() - own).matrix());
    result.emplace_back("x before its bound",
                        (result.back().second.array() + own + x + well_force(pull, x, square)).matrix());
    result.emplace_back("x", this->values(trajectory, i, 0, 0));
  }
  return result;
}

template class DoubleWellRule<float>;
template class DoubleWellRule<double>;
template class Integrated<DoubleWellRule<float>, Euler, AsIs, Bounded<float>>;
template class Integrated<DoubleWellRule<double>, Euler, AsIs, Bounded<double>>;
template class SaNode<float>;
template class SaNode<double>;

}  // namespace stoic
