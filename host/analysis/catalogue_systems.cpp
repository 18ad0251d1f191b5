#include "stoic/host/analysis/catalogue.hpp"
#include "stoic/host/analysis/catalogue_rules.hpp"
#include "stoic/host/analysis/lorenz96_evolution.hpp"
#include "stoic/host/analysis/small_evolution.hpp"
#include "stoic/host/random/random.hpp"

namespace stoic {
namespace {

using Eigen::Index;
using Eigen::VectorXd;
using Values = CatalogueValues;

/// Uniform around `centre`, by at most `radius` in every number.
auto near(VectorXd centre, double radius) {
  return [centre = std::move(centre), radius](const Values&, std::uint64_t seed) -> VectorXd {
    VectorXd x = centre;
    for (Index i = 0; i < x.size(); ++i)
      x[i] += radius * (2 * random_uniform({seed, Purpose::orbit_start}, static_cast<std::uint64_t>(i)) - 1);
    return x;
  };
}
VectorXd numbers(std::initializer_list<double> values) {
  VectorXd result(static_cast<Index>(values.size()));
  std::copy(values.begin(), values.end(), result.begin());
  return result;
}

/// make() of a rule whose numbers are these parameters, in this order.
template <class Rule>
auto rule_of(std::vector<std::string> names) {
  return [names = std::move(names)](const Values& v, Team& team) -> std::unique_ptr<Evolution> {
    const double step = Rule::is_map ? 1 : v.at("step");
    if constexpr (std::is_empty_v<Rule>)
      return std::make_unique<SmallEvolution<Rule>>(Rule{}, team, step);
    else if constexpr (requires(double a) { Rule{a, a, a}; })
      return std::make_unique<SmallEvolution<Rule>>(Rule{v.at(names[0]), v.at(names[1]), v.at(names[2])},
                                                    team, step);
    else if constexpr (requires(double a) { Rule{a, a}; })
      return std::make_unique<SmallEvolution<Rule>>(Rule{v.at(names[0]), v.at(names[1])}, team, step);
    else
      return std::make_unique<SmallEvolution<Rule>>(Rule{v.at(names[0])}, team, step);
  };
}

CatalogueParameter step_of(double value) {
  return {"step", value, 1e-5, 1, "of the integrator, which is of order 8"};
}

std::vector<CatalogueSystem> maps() {
  using namespace catalogued;
  std::vector<CatalogueSystem> all;
  all.push_back({.name = "linear-map",
                 .equation = "x_i(t+1) = p_i x_i(t), three numbers, at 0",
                 .known = "ln |p_i|",
                 .parameters = {{"p1", 2, 1e-6, 1e6, "factor of the first number"},
                                {"p2", 1.25, 1e-6, 1e6, "of the second"},
                                {"p3", 0.5, 1e-6, 1e6, "of the third"}},
                 .duration = 20000,
                 .make = rule_of<Diagonal<true>>({"p1", "p2", "p3"}),
                 .start = near(VectorXd::Zero(3), 0)});
  all.push_back({.name = "cat",
                 .equation = "Arnold's cat map: x' = x + y, y' = x + 2 y, modulo 1",
                 .known = "±ln((3+√5)/2) = ±0.96242365",
                 .parameters = {},
                 .duration = 20000,
                 .make = rule_of<Cat>({}),
                 .start = near(VectorXd::Constant(2, 0.5), 0.5)});
  all.push_back({.name = "tent",
                 .equation = "x' = h min(x, 1 - x)",
                 .known = "ln h; with h = 2 binary numbers collapse onto 0 after some 50 steps",
                 .parameters = {{"height", 2, 1e-3, 2, "h"}},
                 .duration = 20000,
                 .make = rule_of<Tent>({"height"}),
                 .start = near(numbers({0.5}), 0.49)});
  all.push_back({.name = "doubling",
                 .equation = "x' = m x modulo 1",
                 .known = "ln m; with m = 2 binary numbers collapse onto 0 after some 50 steps",
                 .parameters = {{"factor", 2, 1e-3, 1000, "m"}},
                 .duration = 20000,
                 .make = rule_of<Doubling>({"factor"}),
                 .start = near(numbers({0.5}), 0.49)});
  all.push_back({.name = "logistic",
                 .equation = "x' = r x (1 - x)",
                 .known = "ln 2 with r = 4",
                 .parameters = {{"r", 4, 0, 4, "growth"}},
                 .make = rule_of<Logistic>({"r"}),
                 .start = near(numbers({0.5}), 0.4)});
  all.push_back({.name = "henon",
                 .equation = "x' = 1 - a x² + y, y' = b x",
                 .known = "sum ln |b|; with a = 1.4, b = 0.3 the largest is 0.4192",
                 .parameters = {{"a", 1.4, -2, 2, "a"}, {"b", 0.3, -1, 1, "b"}},
                 .duration = 4e6,
                 .make = rule_of<Henon>({"a", "b"}),
                 .start = near(VectorXd::Zero(2), 0.1)});
  all.push_back({.name = "gradient",
                 .equation = "w' = w - η (w³ - w): gradient descent in the double well (w² - 1)²/4",
                 .known = "ln |1 - 2 η| with η < 1",
                 .parameters = {{"eta", 0.1, 0, 2, "learning rate η"}},
                 .make = rule_of<Gradient>({"eta"}),
                 .start = near(VectorXd::Zero(1), 1)});
  return all;
}

std::vector<CatalogueSystem> flows() {
  using namespace catalogued;
  std::vector<CatalogueSystem> all;
  all.push_back({.name = "linear-flow",
                 .equation = "dx_i/dt = p_i x_i, three numbers, at 0",
                 .known = "p_i",
                 .is_map = false,
                 .parameters = {{"p1", 0.5, -20, 20, "rate of the first number"},
                                {"p2", -0.25, -20, 20, "of the second"},
                                {"p3", -1, -20, 20, "of the third"},
                                step_of(0.01)},
                 .transient = 200,
                 .duration = 200,
                 .make = rule_of<Diagonal<false>>({"p1", "p2", "p3"}),
                 .start = near(VectorXd::Zero(3), 0)});
  all.push_back({.name = "lorenz63",
                 .equation = "dx/dt = σ (y - x), dy/dt = x (ρ - z) - y, dz/dt = x y - β z",
                 .known = "sum -(σ+1+β); 0.9056, 0, -14.572 with ρ = 28; -0.15479 with ρ = 20",
                 .is_map = false,
                 .parameters = {{"sigma", 10, 0, 100, "σ"},
                                {"rho", 28, 0, 1000, "ρ"},
                                {"beta", 8. / 3, 0, 100, "β"},
                                step_of(0.01)},
                 .transient = 100,
                 .duration = 60000,
                 .make = rule_of<Lorenz63>({"sigma", "rho", "beta"}),
                 .start = near(numbers({1, 1, 20}), 5)});
  all.push_back(
      {.name = "chen",
       .equation = "dx/dt = a (y - x), dy/dt = (c - a) x - x z + c y, dz/dt = x y - b z",
       .known = "sum c - a - b; about 2.03, 0, -12.03 with (35, 3, 28)",
       .is_map = false,
       .parameters = {{"a", 35, 0, 100, "a"}, {"b", 3, 0, 100, "b"}, {"c", 28, 0, 100, "c"}, step_of(0.0025)},
       .transient = 50,
       .duration = 10000,
       .make = rule_of<Chen>({"a", "b", "c"}),
       .start = near(numbers({1, 1, 20}), 2)});
  all.push_back({.name = "rossler",
                 .equation = "dx/dt = -y - z, dy/dt = x + a y, dz/dt = b + z (x - c)",
                 .known = "about 0.0714, 0, -5.394 with (0.2, 0.2, 5.7)",
                 .is_map = false,
                 .parameters = {{"a", 0.2, -1, 1, "a"},
                                {"b", 0.2, -10, 10, "b"},
                                {"c", 5.7, -100, 100, "c"},
                                step_of(0.01)},
                 .transient = 500,
                 .duration = 50000,
                 .make = rule_of<Roessler>({"a", "b", "c"}),
                 .start = near(numbers({1, 1, 0}), 1)});
  all.push_back(
      {.name = "lorenz96",
       .equation = "dx_i/dt = (x_{i+1} - x_{i-2}) x_{i-1} - x_i + F on a circle of N sites",
       .known = "sum -N; largest -1 + F max(cos θ_k - cos 2θ_k), θ_k = 2πk/N, while F < 8/9; 1.67 "
                "with N = 40, F = 8",
       .is_map = false,
       .parameters = {{"neurons", 40, 4, 4096, "N", true}, {"forcing", 8, -100, 100, "F"}, step_of(0.01)},
       .transient = 50,
       .duration = 1000,
       .shortest_duration = 50,
       .make = [](const Values& v, Team& team) -> std::unique_ptr<Evolution> {
         return std::make_unique<Lorenz96Evolution>(static_cast<Index>(v.at("neurons")), v.at("forcing"),
                                                    v.at("step"), team);
       },
       .start = [](const Values& v, std::uint64_t seed) -> VectorXd {
         const auto n = static_cast<Index>(v.at("neurons"));
         return near(VectorXd::Constant(n, v.at("forcing")), 1)(v, seed);
       }});
  return all;
}

}  // namespace

const std::vector<CatalogueSystem>& catalogue() {
  static const auto all = [] {
    auto result = maps();
    for (auto& flow : flows()) result.push_back(std::move(flow));
    return result;
  }();
  return all;
}

}  // namespace stoic
