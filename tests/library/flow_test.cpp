// Tangents and adjoints of built-in systems, and exponents of a program's own, in plain numbers.
#include "stoic/host/library/flow.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "stoic/host/library/builtin.hpp"
#include "stoic/host/library/own_system.hpp"
#include "stoic/host/random/random.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace flow_test {

using testing::HasSubstr;
using testing::ThrowsMessage;

Matrix flow_normals(std::int64_t rows, std::int64_t columns, std::uint64_t sample) {
  Matrix result(rows, columns);
  for (std::int64_t i = 0; i < result.size(); ++i)
    result.data()[i] = random_normal({1, Purpose::test, sample}, static_cast<std::uint64_t>(i));
  return result;
}
double flow_dot(const Matrix& a, const Matrix& b, std::int64_t column) {
  double sum = 0;
  for (std::int64_t i = 0; i < a.rows(); ++i) sum += a(i, column) * b(i, column);
  return sum;
}

TEST(Flow, AdjointIsTheTransposeOfTheTangent) {
  for (const auto* recipe : {"letters-ffesn", "letters-csto", "letters-lorenz96"}) {
    Flow flow(read_recipe(recipe));
    const auto end = flow.run(flow_normals(flow.width(), 2, 0));
    const auto d = flow_normals(flow.width(), 2, 1), w = flow_normals(end.rows(), 2, 2);
    const auto pushed = flow.push(d), pulled = flow.pull(w);
    for (std::int64_t s = 0; s < 2; ++s)
      EXPECT_NEAR(flow_dot(w, pushed, s), flow_dot(pulled, d, s),
                  1e-11 * std::sqrt(flow_dot(w, w, s) * flow_dot(pushed, pushed, s)))
          << recipe;
  }
}

TEST(Flow, TangentIsTheSlopeBetweenTwoRuns) {
  Flow flow(read_recipe("letters-lorenz96"));
  const auto v = flow_normals(flow.width(), 1, 0), d = flow_normals(flow.width(), 1, 1);
  constexpr double h = 1e-5;  // central: the error is of h²
  Matrix ahead = v, behind = v;
  for (std::int64_t i = 0; i < v.rows(); ++i) {
    ahead(i, 0) += h * d(i, 0);
    behind(i, 0) -= h * d(i, 0);
  }
  const auto after = flow.run(ahead), before = flow.run(behind);
  flow.run(v);
  const auto pushed = flow.push(d);
  for (std::int64_t i = 0; i < v.rows(); ++i)
    EXPECT_NEAR((after(i, 0) - before(i, 0)) / (2 * h), pushed(i, 0), 1e-6 * (1 + std::abs(pushed(i, 0))));
}

TEST(Flow, VectorsOfAnotherShapeAreRefused) {
  Flow flow(read_recipe("letters-ffesn"));
  EXPECT_THAT([&] { flow.run(Matrix(3, 1)); }, ThrowsMessage<Error>(HasSubstr("not [3 x 1]")));
  EXPECT_THAT([&] { flow.push(Matrix(3, 1)); }, ThrowsMessage<Error>(HasSubstr("call run() first")));
  EXPECT_THAT([&] { flow.pull(Matrix(3, 1)); }, ThrowsMessage<Error>(HasSubstr("call run() first")));
}

TEST(OwnSystem, ExponentsAreThoseThatTheEquationSays) {
  const double start[] = {0, 0};
  // dx/dt = (0.5 x, -2 y): RK4 of step 0.01 is off by far less than 1e-8.
  const OwnSystem flow{.width = 2,
                       .step = 0.01,
                       .rule =
                           [](std::span<const double> x, std::span<double> f) {
                             f[0] = 0.5 * x[0];
                             f[1] = -2 * x[1];
                           },
                       .push =
                           [](std::span<const double>, std::span<const double> d, std::span<double> f) {
                             f[0] = 0.5 * d[0];
                             f[1] = -2 * d[1];
                           }};
  const auto rates = exponents(flow, start, {.transient = 5, .duration = 20});
  EXPECT_NEAR(rates.exponents.at(0).value, 0.5, 1e-7);
  EXPECT_NEAR(rates.exponents.at(1).value, -2, 1e-7);
  EXPECT_EQ(rates.json().at("exponents").size(), 2u);
  EXPECT_THAT(rates.print(), HasSubstr("exponent"));
  auto map = flow;
  map.step = 0;
  EXPECT_NEAR(exponents(map, start, {.count = 1, .transient = 50, .duration = 200}).exponents.at(0).value,
              std::log(2), 1e-9);
  const double short_start[] = {0};
  EXPECT_THAT([&] { exponents(flow, short_start, {.duration = 20}); },
              ThrowsMessage<Error>(HasSubstr("has 2 components, its start 1")));
}

}  // namespace flow_test
}  // namespace stoic
