// Finite-time exponents against singular values of dense derivatives, for every system of the house.
#include "stoic/host/analysis/ftmle.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "largest_singular_value.hpp"
#include "stoic/host/analysis/singular_value.hpp"
#include "stoic/host/data/dataset.hpp"
#include "stoic/host/dynamics/systems.hpp"
#include "stoic/host/learning/read_in.hpp"
#include "stoic/host/learning/weights.hpp"
#include "stoic/host/random/random.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace ftmle_test {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr std::int64_t samples = 26;  // more than are in flight, and some

/// Keys of small systems beside those that are required; systems that are not here have none.
const std::map<std::string, std::string> keys{
    {"ffesn", R"("neurons": 37, "steps": 3, "spectral_radius": 1.8)"},
    {"csto", R"("oscillators": 12, "coupling_Oe": 200, "duration_ps": 60, "step_ps": 5)"},
    {"deep-csto", R"("oscillators": 12, "couplings_Oe": [200, 0.1, 50], "duration_ps": 30, "step_ps": 5)"},
    {"sa-node", R"("duration": 1)"},
    {"linear", ""},
    {"mlp", R"("neurons": 37)"},
    {"leaky", R"("neurons": 37, "steps": 4)"},
    {"pendulums", R"("pendulums": 12, "duration": 1, "step": 0.1)"},
    {"lorenz96", R"("neurons": 37, "forcing": 8, "duration": 0.5, "step": 0.05)"}};

Model small(const std::string& name) {
  const auto found = keys.find(name);
  const auto own = found == keys.end() || found->second.empty() ? "" : found->second + ", ";
  return untrained_model(parse_recipe(
      fmt::format(
          R"({{"dynamics": "{}", {}"inputs": 20, "classes": 4, "seed": 3, "data": {{"set": "random"}}}})",
          name, own),
      name));
}

Samples pixels() { return make_random_pixels(7, Split::test, samples, 20, 4).samples; }

/// The derivative of one sample as a matrix, column by column, by the tangents of the run.
struct Dense {
  explicit Dense(const Model& model, Index sample)
      : system(make_system<double>(model.recipe.system, model.matrices)), run(system->run(1)) {
    const MatrixXd inputs = network_inputs(model.recipe, pixels().part(sample, 1));
    run->first().assign(read_in_state(model, inputs));
    run->forward(team);
  }
  template <class Push>
  MatrixXd columns(Index from, const Push& push) {
    MatrixXd result;
    for (Index i = 0; i < from; ++i) {
      const MatrixXd column = push(MatrixXd(VectorXd::Unit(from, i)));
      if (i == 0) result.resize(column.rows(), from);
      result.col(i) = column;
    }
    return result;
  }
  Team team{1};
  std::unique_ptr<System<double>> system;
  std::unique_ptr<Run<double>> run;
};

class FtmleOf : public testing::TestWithParam<std::string> {};

TEST_P(FtmleOf, TheSystemIsTheLargestSingularValueOfItsJacobian) {
  const auto model = small(GetParam());
  const auto result = ftmle(model, pixels(), {});
  ASSERT_EQ(result.parts.size(), 1U);
  EXPECT_TRUE(result.parts[0].uncertified.empty());
  for (const Index s : {0, 5, 17}) {
    Dense dense(model, s);
    const MatrixXd start = dense.run->start(), end = dense.run->last().dense().topRows(start.rows());
    const MatrixXd jacobian = dense.columns(start.rows(), [&](const MatrixXd& d) {
      return dense.system->tangential(
          end, dense.run->push(dense.system->tangential(start, d, dense.team), Part::flow, dense.team),
          dense.team);
    });
    const double sigma = largest_singular_value(jacobian);
    EXPECT_NEAR(result.parts[0].sigma[static_cast<std::size_t>(s)] / sigma, 1, 1e-6) << s;
    EXPECT_NEAR(result.parts[0].per_sample[static_cast<std::size_t>(s)],
                std::log(sigma) / result.parts[0].time, 1e-6);
  }
}

TEST_P(FtmleOf, TheNetworkIsThatOfReadInFlowAndReadOutAndAtMostTheProductOfItsLayers) {
  const auto model = small(GetParam());
  const auto network = ftmle(model, pixels(), {.scope = FtmleScope::network});
  const auto layers = ftmle(model, pixels(), {.scope = FtmleScope::layers});
  EXPECT_TRUE(network.parts[0].uncertified.empty());
  for (std::size_t s = 0; s < samples; ++s) {
    double product = 1;
    for (const auto& layer : layers.parts) product *= layer.sigma[s];
    EXPECT_LE(network.parts[0].sigma[s], product * (1 + 1e-6)) << s;
  }
  Dense dense(model, 2);
  const MatrixXd jacobian = dense.columns(model.recipe.inputs, [&](const MatrixXd& d) -> MatrixXd {
    const MatrixXd v = model.recipe.has_read_in() ? MatrixXd(model.W_in * d) : d;
    return model.W_out.leftCols(model.W_out.cols() - 1) * dense.run->push(v, Part::network, dense.team);
  });
  EXPECT_NEAR(network.parts[0].sigma[2] / largest_singular_value(jacobian), 1, 1e-6);
}

TEST_P(FtmleOf, ThreadsChangeNoBitAndTheSeedNoExponent) {
  const auto model = small(GetParam());
  const auto one = ftmle(model, pixels(), {.threads = 1}), three = ftmle(model, pixels(), {.threads = 3});
  EXPECT_EQ(one.json(false).dump(), three.json(false).dump());
  const auto other = ftmle(model, pixels(), {.seed = 2});
  for (std::size_t s = 0; s < samples; ++s)
    EXPECT_NEAR(one.parts[0].per_sample[s], other.parts[0].per_sample[s], 1e-6);
}

INSTANTIATE_TEST_SUITE_P(Systems, FtmleOf, testing::ValuesIn(system_names()), [](const auto& instance) {
  auto name = instance.param;
  std::erase(name, '-');
  return name;
});

TEST(Ftmle, OfSamplesThatBeginAtWhatTheFirstFoundIsThatOfEachAlone) {
  constexpr std::int64_t many = 130;
  const auto model = small("ffesn");
  const auto all = make_random_pixels(7, Split::test, many, 20, 4).samples;
  const auto one = ftmle(model, all, {.threads = 1}), three = ftmle(model, all, {.threads = 3});
  EXPECT_EQ(one.json(false).dump(), three.json(false).dump());
  for (const std::int64_t s : {0, 95, 96, 129}) {
    const auto alone = ftmle(model, all.part(s, 1), {.threads = 1});
    EXPECT_NEAR(one.parts[0].sigma[static_cast<std::size_t>(s)] / alone.parts[0].sigma[0], 1, 1e-6) << s;
    EXPECT_LE(one.parts[0].residual[static_cast<std::size_t>(s)], 1e-6) << s;
  }
}

/// A batch of dense matrices.
DerivativeBatch batch_of(const std::vector<MatrixXd>& matrices) {
  const auto each = [&matrices](const MatrixXd& d, bool transposed) {
    MatrixXd result(transposed ? matrices[0].cols() : matrices[0].rows(), d.cols());
    for (Index s = 0; s < d.cols(); ++s)
      result.col(s) = transposed ? VectorXd(matrices[static_cast<std::size_t>(s)].transpose() * d.col(s))
                                 : VectorXd(matrices[static_cast<std::size_t>(s)] * d.col(s));
    return result;
  };
  return {.samples = std::ssize(matrices),
          .from = matrices[0].cols(),
          .push = [each](const MatrixXd& d) { return each(d, false); },
          .pull = [each](const MatrixXd& w) { return each(w, true); },
          .admit = {}};
}

TEST(LargestSingularValue, IsFoundAmongNearOnesEqualOnesAndZeros) {
  VectorXd near = VectorXd::LinSpaced(300, 0.5, 1);  // neighbours differ by 0.2 %
  const VectorXd equal = VectorXd::Ones(300);
  const VectorXd none = VectorXd::Zero(300);
  VectorXd one = none;
  one(7) = 3;
  std::vector<MatrixXd> matrices;
  for (const auto& values : {near, equal, none, one}) matrices.emplace_back(values.asDiagonal());
  const auto found = largest_singular_values(batch_of(matrices));
  EXPECT_NEAR(found.value(0), 1, 1e-6);
  EXPECT_NEAR(found.value(1), 1, 1e-12);
  EXPECT_EQ(found.value(2), 0);
  EXPECT_NEAR(found.value(3), 3, 1e-9);
  EXPECT_LE(found.residual.maxCoeff(), 1e-6);
}

TEST(LargestSingularValue, IsNotCertifiedWhereProductsRunOutOrNumbersDo) {
  const VectorXd near = VectorXd::LinSpaced(300, 0.99, 1);
  auto found = largest_singular_values(batch_of({near.asDiagonal()}), {.most_products = 5});
  EXPECT_GT(found.residual(0), 1e-6);
  EXPECT_LE(found.value(0), 1 + 1e-12);
  found = largest_singular_values(batch_of({1e-170 * near.asDiagonal().toDenseMatrix()}));
  EXPECT_EQ(found.residual(0), INFINITY) << "its square is no number";
  MatrixXd bad = MatrixXd::Identity(3, 3);
  bad(1, 2) = NAN;
  EXPECT_EQ(largest_singular_values(batch_of({bad})).residual(0), INFINITY);
}

TEST(CommonDirection, IsWhatMostAreAlongWhateverTheirSigns) {
  MatrixXd directions = MatrixXd::Zero(5, 4);
  directions.row(1) << 1, -1, 1, 0;
  directions(3, 3) = 1;
  const VectorXd common = common_direction(directions);
  EXPECT_NEAR(std::abs(common(1)), 1, 1e-12);
  EXPECT_NEAR(common.norm(), 1, 1e-12);
  EXPECT_EQ(common_direction(MatrixXd::Zero(5, 2)).size(), 0) << "nothing is along nothing";
}

TEST(LargestSingularValue, TakesFewerProductsFromADirectionNearbyAndFewMoreFromAFalseOne) {
  // 0.2 % apart, so that from anywhere it takes many.
  const std::vector<MatrixXd> matrices{VectorXd::LinSpaced(300, 0.4, 1).asDiagonal()};
  const auto batch = batch_of(matrices);
  const auto anywhere = largest_singular_values(batch);
  const VectorXd beside = VectorXd::Unit(300, 299) + 0.5 * VectorXd::Unit(300, 298);
  const auto nearby = largest_singular_values(batch, {.common = beside.normalized()});
  const auto misled = largest_singular_values(batch, {.common = VectorXd::Unit(300, 0)});
  for (const auto* found : {&anywhere, &nearby, &misled}) {
    EXPECT_NEAR(found->value(0), 1, 1e-6);
    EXPECT_LE(found->residual(0), 1e-6);
  }
  EXPECT_LT(nearby.products, 0.95 * anywhere.products) << anywhere.products;
  EXPECT_LT(misled.products, 1.15 * anywhere.products) << anywhere.products;
}

/// The same with each number rounded to single precision, and off by a share of its size.
std::vector<MatrixXd> coarser(const std::vector<MatrixXd>& matrices, double share) {
  std::vector<MatrixXd> result;
  for (const auto& m : matrices)
    result.emplace_back(
        (m + share * m.cwiseProduct(MatrixXd::NullaryExpr(
                         m.rows(), m.cols(),
                         [](Index r, Index c) { return std::sin(static_cast<double>(7 * r + 13 * c)); })))
            .cast<float>()
            .cast<double>());
  return result;
}

std::vector<MatrixXd> random_matrices(Index size, Index count) {
  std::vector<MatrixXd> result;
  for (Index k = 0; k < count; ++k)
    result.push_back(MatrixXd::NullaryExpr(size, size, [&](Index r, Index c) {
      return random_normal({static_cast<std::uint64_t>(k + 1), Purpose::test, static_cast<std::uint64_t>(c)},
                           static_cast<std::uint64_t>(r));
    }));
  return result;
}

TEST(LargestSingularValue, IsCertifiedByJWhereACoarserOneFoundIt) {
  const auto matrices = random_matrices(120, 5);
  const auto rough = coarser(matrices, 1e-6);
  const auto alone = largest_singular_values(batch_of(matrices));
  const auto coarse = batch_of(rough);
  int products = 0;  // with J itself
  auto counted = batch_of(matrices);
  counted.push = [push = counted.push, &products](const MatrixXd& d) {
    ++products;
    return push(d);
  };
  const auto found = largest_singular_values(counted, {}, &coarse);
  EXPECT_LE(found.residual.maxCoeff(), 1e-6);
  for (std::size_t s = 0; s < matrices.size(); ++s) {
    const auto at = static_cast<Index>(s);
    EXPECT_NEAR(found.value(at) / largest_singular_value(matrices[s]), 1, 1e-9);
    const Eigen::VectorXd v = found.direction.col(at);
    const double square = found.value(at) * found.value(at);
    EXPECT_LE((matrices[s].transpose() * (matrices[s] * v) - square * v).norm(), 1.01e-6 * square)
        << "the certificate is of J, not of what was near it";
  }
  EXPECT_LE(products, 4);
  EXPECT_GE(alone.products, 20);
}

TEST(LargestSingularValue, IsCertifiedToMoreThanTheCoarseOneHolds) {
  const auto matrices = random_matrices(120, 3);
  const auto rough = coarser(matrices, 1e-6);
  const auto coarse = batch_of(rough);
  for (const double tolerance : {1e-7, 1e-9, 1e-11}) {
    const auto found =
        largest_singular_values(batch_of(matrices), {.tolerance = tolerance, .most_products = 200}, &coarse);
    EXPECT_LE(found.residual.maxCoeff(), tolerance);
    EXPECT_GT(found.value.minCoeff(), 0) << "none was left out";
    EXPECT_LT(found.products, 150) << "a coarse search ends where it can tell no more";
  }
}

TEST(LargestSingularValue, IsFoundAgainWhereTheCoarseOneMisleads) {
  const auto matrices = random_matrices(90, 3), others = random_matrices(90, 6);
  const std::vector<MatrixXd> wrong(others.begin() + 3, others.end());
  std::vector<MatrixXd> large, endless = matrices;
  for (const auto& m : matrices) large.emplace_back(1e6 * m);
  endless[1](2, 3) = INFINITY;
  for (const auto& [mine, coarse] :
       {std::pair{matrices, wrong}, std::pair{large, large}, std::pair{matrices, endless}}) {
    const auto rough = batch_of(coarse);
    const auto found = largest_singular_values(batch_of(mine), {}, &rough);
    EXPECT_LE(found.residual.maxCoeff(), 1e-6);
    EXPECT_GT(found.value.minCoeff(), 0);
    for (std::size_t s = 0; s < mine.size(); ++s)
      EXPECT_NEAR(found.value(static_cast<Index>(s)) / largest_singular_value(mine[s]), 1, 1e-9);
  }
}

TEST(LargestOfTridiagonal, IsTheLastOfAllOrSaysThatItIsNot) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const Index n = 2 + static_cast<Index>(seed) % 30;
    const auto draw = [&](std::uint64_t number, Index count) {
      return VectorXd(VectorXd::NullaryExpr(count, [&](Index i) {
        return random_normal({seed, Purpose::test, number}, static_cast<std::uint64_t>(i));
      }));
    };
    const VectorXd diagonal = draw(0, n), below = draw(1, n - 1);
    const auto all = tridiagonal_eigen(diagonal, below);
    const VectorXd last = all.vectors.col(n - 1);
    const VectorXd near = last + 0.05 * draw(2, n);
    const VectorXd found = largest_of_tridiagonal(diagonal, below, near);
    EXPECT_TRUE(found.size() == 0 || std::abs(std::abs(found.dot(last)) - 1) < 1e-9) << "seed " << seed;
    EXPECT_TRUE(found.size() > 0 || all.values(n - 1) - all.values(n - 2) < 0.3) << "seed " << seed;
    EXPECT_EQ(largest_of_tridiagonal(diagonal, below, all.vectors.col(0)).size(), 0)
        << "an eigenvector, but not of the largest; seed " << seed;
  }
  EXPECT_NEAR(std::abs(largest_of_tridiagonal(VectorXd::Constant(1, -3), {}, VectorXd::Ones(1))(0)), 1,
              1e-15);
}

TEST(Ftmle, OfStepsLastsAStepAndTheProductOfStepsBoundsTheWhole) {
  const auto model = small("csto");
  const auto steps = ftmle(model, pixels(), {.scope = FtmleScope::steps});
  const auto whole = ftmle(model, pixels(), {});
  ASSERT_EQ(steps.parts.size(), 12U);
  EXPECT_EQ(steps.parts[0].time, 5);
  EXPECT_EQ(steps.parts[0].unit, "per ps");
  for (std::size_t s = 0; s < samples; ++s) {
    double mean = 0;
    for (const auto& step : steps.parts) mean += step.per_sample[s] / 12;
    EXPECT_GE(mean, whole.parts[0].per_sample[s] - 1e-9);
  }
}

TEST(Ftmle, NamesTheSampleThatDivergesAndScopesThatANetworkLacks) {
  auto model = small("lorenz96");
  model.W_in *= 1e6;
  EXPECT_THROW(ftmle(model, pixels(), {}), Error);
  EXPECT_THROW(ftmle(small("deep-csto"), pixels(), {.scope = FtmleScope::steps}), Error);
}

}  // namespace ftmle_test
}  // namespace stoic
