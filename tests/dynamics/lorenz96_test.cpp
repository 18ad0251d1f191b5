// Lorenz 96 against what is known of it, in double precision.
#include "stoic/host/dynamics/lorenz96.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <random>
#include <vector>

#include "benettin.hpp"
#include "stoic/host/model/recipe.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace lorenz96_test {

using Eigen::VectorXd;
using testing::HasSubstr;

constexpr std::uint64_t seed = 2;

Lorenz96Parameters small(double forcing, double duration, double step) {
  return {.neurons = 36, .forcing = forcing, .duration = duration, .step = step};
}

VectorXd start() {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal(2, 3);
  return VectorXd::NullaryExpr(36, [&] { return normal(random); });
}

VectorXd integrate(const Lorenz96Parameters& parameters, const VectorXd& from) {
  const Lorenz96<double> system(parameters);
  Team alone(1);
  auto passage = system.make_passage(1);
  passage.first().assign(from);
  system.forward(passage, alone);
  return passage.last().dense().topRows(from.size());
}

/// dx/dt, by a step of Euler's method.
VectorXd slope(const Lorenz96Parameters& parameters, const VectorXd& x) {
  const Integrated<Lorenz96Rule<double>, Euler> euler(Lorenz96<double>(parameters).rule(), 1, 1);
  auto passage = euler.make_passage(1);
  passage.first().assign(x);
  Team alone(1);
  euler.forward(passage, alone);
  return passage.last().dense().topRows(x.size()) - x;
}

/// Begins at F with a small disturbance.
double exponent(const Lorenz96Parameters& p, double transient) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  const VectorXd start = VectorXd::NullaryExpr(p.neurons, [&] { return p.forcing + 0.01 * normal(random); }),
                 tangent = VectorXd::NullaryExpr(p.neurons, [&] { return normal(random); });
  const std::int64_t steps = p.time().steps(), before = std::llround(transient * static_cast<double>(steps));
  return largest_exponent(*make_system<double>(p, {}), start, tangent, before, steps - before);
}

TEST(Lorenz96, FlowIsItsEquationSiteBySite) {
  const auto x = start();
  const VectorXd flow = slope(small(4.75, 1, 0.1), x);
  const auto at = [&](Eigen::Index i) { return x((i + 36) % 36); };
  for (Eigen::Index i = 0; i < 36; ++i)
    EXPECT_NEAR(flow(i), (at(i + 1) - at(i - 2)) * at(i - 1) - at(i) + 4.75, 1e-13) << "site " << i;
}

/// Rings that end with a panel, one or two sites before or behind its end, and within one.
template <class Real>
void expect_neighbours_of_every_ring() {
  using Matrix = Eigen::MatrixX<Real>;
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  std::normal_distribution<Real> normal;
  for (const Eigen::Index n : {4, 5, 8, 15, 16, 17, 18, 31, 32, 33, 34, 48, 63, 64, 65, 66, 97}) {
    const auto draw = [&](Eigen::Index columns) {
      return Matrix(Matrix::NullaryExpr(n, columns, [&] { return normal(random); }));
    };
    const Matrix x = draw(3), v = draw(5);
    const std::vector<Eigen::Index> at{0, 0, 1, 2, 2};  // of which column of x each of v's is
    const Neighbours<Real> ring(n);
    const Panels<Real> states(x), vectors(v);
    Panels<Real> c(n, 3), pushed(n, 5), pulled(n, 5);
    for (Eigen::Index p = 0; p < states.panels(); ++p) {
      ring.couple(states, c, p, 3);
      ring.push(states, at, vectors, pushed, p);
      ring.pull(states, at, vectors, pulled, p);
    }
    const Real most = 20 * std::numeric_limits<Real>::epsilon();
    for (Eigen::Index i = 0; i < n; ++i) {
      const auto of = [&](const Matrix& m, Eigen::Index s) {
        return [&m, s, i, n](Eigen::Index offset) { return m((i + offset + n) % n, s); };
      };
      for (Eigen::Index s = 0; s < 3; ++s) {
        const auto a = of(x, s);
        EXPECT_NEAR(c(i, s), (a(1) - a(-2)) * a(-1), 20 * most) << n << " sites, site " << i;
      }
      for (Eigen::Index s = 0; s < 5; ++s) {
        const auto a = of(x, at[static_cast<std::size_t>(s)]), w = of(v, s);
        EXPECT_NEAR(pushed(i, s), (w(1) - w(-2)) * a(-1) + (a(1) - a(-2)) * w(-1), 20 * most)
            << n << " sites, site " << i;
        EXPECT_NEAR(pulled(i, s), a(-2) * w(-1) + (a(2) - a(-1)) * w(1) - a(1) * w(2), 20 * most)
            << n << " sites, site " << i;
      }
    }
  }
}

TEST(Lorenz96, NeighboursAreThoseOnTheRingWhereverItEnds) {
  expect_neighbours_of_every_ring<float>();
  expect_neighbours_of_every_ring<double>();
}

TEST(Lorenz96, UniformStatesRelaxToTheForcingByTheClosedForm) {
  // The products cancel: dx/dt = F - x.
  const auto end = integrate(small(3, 2, 0.01), VectorXd::Constant(36, -1));
  EXPECT_LT((end.array() - (3 - 4 * std::exp(-2.0))).abs().maxCoeff(), 1e-9);
}

TEST(Lorenz96, ErrorAtAFixedTimeFallsBySixteenWhenTheStepHalves) {
  const auto exact = integrate(small(8, 0.4, 0.4 / 1024), start());
  double before = 0;
  for (const double step : {0.02, 0.01, 0.005}) {
    const double error = (integrate(small(8, 0.4, step), start()) - exact).norm();
    if (before > 0) {
      EXPECT_NEAR(std::log2(before / error), 4, 0.2) << "step " << step;
    }
    before = error;
  }
}

TEST(Lorenz96, ProductsConserveTheEnergy) {
  // d/dt |x|²/2 = -|x|² + F sum(x): the quadratic terms do no work.
  const auto x = start();
  const VectorXd flow = slope(small(5, 1, 0.1), x);
  EXPECT_NEAR(x.dot(flow), -x.squaredNorm() + 5 * x.sum(), 1e-10 * x.squaredNorm());
}

TEST(Lorenz96, LargestLyapunovExponentOfFortySitesAtForcingEightIsTheKnownOne) {
  // 1.67: Lorenz and Emanuel, J. Atmos. Sci. 55 (1998), a doubling time of 2.1 days of 0.2 units of time.
  // Averages over 600 units lie between 1.65 and 1.75, over 6000 between 1.67 and 1.70, for six seeds.
  EXPECT_NEAR(exponent({.neurons = 40, .forcing = 8, .duration = 2000, .step = 0.05}, 0.05), 1.67, 0.05)
      << "seed " << seed;
}

TEST(Lorenz96, UnderWeakForcingTheExponentIsThatOfTheUniformState) {
  // A wave of number k on x_i = F grows by F (cos k - cos 2k) - 1; of 36 sites, k = 2 pi 8/36 does most.
  const double k = 2 * std::numbers::pi * 8 / 36;
  EXPECT_NEAR(exponent(small(0.5, 60, 0.05), 0.5), 0.5 * (std::cos(k) - std::cos(2 * k)) - 1, 0.01);
}

TEST(Lorenz96, RefusesTimesThatCannotBeIntegrated) {
  const auto refuses = [](const std::string& keys, const std::string& what) {
    const auto text =
        R"({"dynamics": "lorenz96", "neurons": 8, "inputs": 4, "classes": 2, "data": {"set": "random"}, )" +
        keys + "}";
    EXPECT_THAT([&] { parse_recipe(text, "my.json"); }, testing::ThrowsMessage<Error>(HasSubstr(what)));
  };
  refuses(R"("step": 0.15)", "\"step\" is 0.15, which does not divide");
  refuses(R"("duration": 0)", "\"duration\" must be above 0");
  refuses(R"("step": 0)", "\"step\" must be above 0");
  refuses(R"("forcng": 8)", "did you mean \"forcing\"?");
}

}  // namespace lorenz96_test
}  // namespace stoic
