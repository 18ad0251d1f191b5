// What every dynamical system owes the rest of the house, in double precision: one recipe for each.
#include "stoic/host/dynamics/systems.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <ostream>
#include <random>
#include <set>

#include "stoic/host/model/recipe.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace systems_test {

using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr std::uint64_t seed = 5;
constexpr Eigen::Index samples = 18;  // more than a group, and part of one

/// Small systems, each long enough that errors of one step would show; `scale` is the size of x(0). What is
/// piecewise linear has no second derivative.
struct Case {
  const char* name;
  const char* recipe;
  double scale;
  bool curved = true;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

const Case cases[] = {
    {"ffesn", R"({"dynamics": "ffesn", "neurons": 37, "steps": 3, "spectral_radius": 1.8)", 1},
    {"csto", R"({"dynamics": "csto", "oscillators": 12, "coupling_Oe": 200, "duration_ps": 60, "step_ps": 5)",
     1},
    {"deep-csto",
     R"({"dynamics": "deep-csto", "oscillators": 12, "couplings_Oe": [200, 0.1, 50], "duration_ps": 30, "step_ps": 5)",
     1},
    {"sa-node", R"({"dynamics": "sa-node", "duration": 1)", 0.5},
    {"linear", R"({"dynamics": "linear")", 1, false},
    {"mlp", R"({"dynamics": "mlp", "neurons": 37)", 1, false},
    {"leaky", R"({"dynamics": "leaky", "neurons": 37, "steps": 4)", 1},
    {"pendulums", R"({"dynamics": "pendulums", "pendulums": 12, "duration": 1, "step": 0.1)", 1},
    {"lorenz96", R"({"dynamics": "lorenz96", "neurons": 37, "forcing": 8, "duration": 0.5, "step": 0.05)", 3},
};

Recipe recipe_of(const Case& c) {
  return parse_recipe(
      std::string(c.recipe) + R"(, "inputs": 20, "classes": 4, "seed": 3, "data": {"set": "random"}})",
      c.name);
}

MatrixXd normals(Eigen::Index rows, std::uint64_t stream) {
  std::mt19937_64 random(seed + stream);
  std::normal_distribution<double> normal;
  return MatrixXd::NullaryExpr(rows, samples, [&] { return normal(random); });
}

class EverySystem : public testing::TestWithParam<Case> {
 protected:
  MatrixXd run(const MatrixXd& start) {
    run_->first().assign(start);
    run_->forward(team_);
    return run_->last().dense().topRows(width_);
  }
  MatrixXd vjp(const MatrixXd& w) {
    run_->covector() = Panels<double>(w);
    run_->vjp(team_);
    return run_->covector().dense();
  }

  /// x(0) of start_: unit vectors, where the system begins with f_norm.
  MatrixXd start_of_flow() {
    if (GetParam().name != std::string("csto")) return start_;
    MatrixXd x = start_;
    const Eigen::Index n = width_ / 3;
    for (Eigen::Index s = 0; s < samples; ++s)
      for (Eigen::Index k = 0; k < n; ++k) {
        const double length =
            std::sqrt(x(k, s) * x(k, s) + x(n + k, s) * x(n + k, s) + x(2 * n + k, s) * x(2 * n + k, s));
        for (Eigen::Index c = 0; c < 3; ++c) x(c * n + k, s) /= length;
      }
    return x;
  }

  Recipe recipe_ = recipe_of(GetParam());
  std::unique_ptr<System<double>> system_ = make_system<double>(recipe_.system, recipe_.draw_matrices());
  Eigen::Index width_ = recipe_.neurons();
  std::unique_ptr<stoic::Run<double>> run_ = system_->run(samples);
  Team team_{2};
  MatrixXd start_ = GetParam().scale * normals(width_, 0), w_ = normals(width_, 1), d_ = normals(width_, 2);
};

TEST_P(EverySystem, VjpIsTheTransposeOfPush) {
  run(start_);
  const MatrixXd pushed = run_->push(d_, Part::network, team_), pulled = vjp(w_);
  for (Eigen::Index s = 0; s < samples; ++s)
    EXPECT_NEAR(w_.col(s).dot(pushed.col(s)), d_.col(s).dot(pulled.col(s)),
                1e-12 * w_.col(s).norm() * pushed.col(s).norm())
        << "seed " << seed << ", sample " << s;
}

TEST_P(EverySystem, TheGapBetweenPushAndCentralDifferenceFallsByFourWhenTheStepHalves) {
  run(start_);
  const MatrixXd slope = run_->push(d_, Part::network, team_);
  const auto gap = [&](double h) {
    return ((run(start_ + h * d_) - run(start_ - h * d_)) / (2 * h) - slope).norm() / slope.norm();
  };
  EXPECT_LT(gap(1e-5), 1e-6) << "seed " << seed;
  if (GetParam().curved) {
    EXPECT_NEAR(gap(1e-3) / gap(5e-4), 4.0, 0.2) << "seed " << seed;
  }
}

TEST_P(EverySystem, PullIsTheTransposeOfPushOfTheFlowToo) {
  run(start_);
  for (const Part part : {Part::network, Part::flow}) {
    const MatrixXd pushed = run_->push(d_, part, team_), pulled = run_->pull(w_, part, team_);
    EXPECT_NEAR(w_.cwiseProduct(pushed).sum(), d_.cwiseProduct(pulled).sum(),
                1e-11 * w_.norm() * pushed.norm());
  }
  const MatrixXd pulled = run_->pull(w_, Part::network, team_);
  EXPECT_LE((vjp(w_) - pulled).norm(), 1e-12 * pulled.norm()) << "vjp is the pull of the network";
}

TEST_P(EverySystem, SeveralTangentsOfASampleAreThoseThatOneByOneGives) {
  run(start_);
  MatrixXd twice(width_, 2 * samples);
  for (Eigen::Index s = 0; s < samples; ++s) twice.middleCols(2 * s, 2) << d_.col(s), w_.col(s);
  const MatrixXd pushed = run_->push(twice, Part::flow, team_), pulled = run_->pull(twice, Part::flow, team_),
                 of_d = run_->push(d_, Part::flow, team_), of_w = run_->pull(w_, Part::flow, team_);
  for (Eigen::Index s = 0; s < samples; ++s) {
    EXPECT_EQ(VectorXd(pushed.col(2 * s)), VectorXd(of_d.col(s))) << "sample " << s;
    EXPECT_EQ(VectorXd(pulled.col(2 * s + 1)), VectorXd(of_w.col(s))) << "sample " << s;
  }
}

TEST_P(EverySystem, StepsOneByOneAreTheWayOfARunAndTheirDerivativesItsDerivative) {
  if (GetParam().name == std::string("deep-csto")) {
    EXPECT_THROW(system_->orbit(samples), Error) << "a chain has no step of its own";
    return;
  }
  run(start_);
  const auto vectors = run_->vectors();
  const MatrixXd pushed = run_->push(d_, Part::flow, team_);
  const auto orbit = system_->orbit(samples);
  orbit->set_state(start_of_flow());
  MatrixXd tangent = d_;
  const auto steps = system_->time().steps();
  follow(*orbit, steps, team_, [&](std::int64_t, const MatrixXd&) {
    tangent = orbit->push(tangent, team_);
    return true;
  });
  EXPECT_EQ(orbit->steps(), steps);
  EXPECT_EQ(orbit->state(), MatrixXd(run_->last().dense().topRows(width_)));
  EXPECT_LE((tangent - pushed).norm(), 1e-12 * pushed.norm());
  if (steps == 0) return;
  const MatrixXd one = orbit->push(d_, team_), back = orbit->pull(w_, team_);
  EXPECT_NEAR(w_.cwiseProduct(one).sum(), d_.cwiseProduct(back).sum(), 1e-11 * w_.norm() * one.norm());
}

TEST_P(EverySystem, AFinerStepComesNearerToTheContinuousSystem) {
  const auto time = time_axis(recipe_.system);
  if (!time.integrated()) {
    EXPECT_THROW(system_->reference(start_, 2, team_), Error);
    return;
  }
  const MatrixXd exact = system_->reference(start_, 64, team_), own = run(start_);
  const auto finer =
      make_system<double>(over(recipe_.system, time.duration, 2 * time.steps()), recipe_.draw_matrices());
  const auto forward = finer->forward_run(samples);
  forward->first().assign(start_);
  forward->forward(team_);
  const MatrixXd half = forward->last().dense().topRows(width_);
  const double order = std::log2((own - exact).norm() / (half - exact).norm());
  EXPECT_GT(order, GetParam().name == std::string("sa-node") ? 0.8 : 3.2);
}

TEST_P(EverySystem, NoThreadChangesABit) {
  const MatrixXd two = run(start_), gradient_of_two = vjp(w_);
  Team alone(1);
  run_->forward(alone);
  EXPECT_EQ(MatrixXd(run_->last().dense().topRows(width_)), two);
  run_->covector() = Panels<double>(w_);
  run_->vjp(alone);
  EXPECT_EQ(run_->covector().dense(), gradient_of_two);
}

TEST_P(EverySystem, NothingToRememberIsTheSameForward) {
  const MatrixXd remembered = run(start_);
  const auto forward = system_->forward_run(samples);
  forward->first().assign(start_);
  forward->forward(team_);
  EXPECT_EQ(MatrixXd(forward->last().dense().topRows(width_)), remembered);
}

TEST_P(EverySystem, ARunMayBeUsedAgain) {
  const MatrixXd once = run(start_);
  run(w_);
  EXPECT_EQ(run(start_), once);
}

TEST_P(EverySystem, ItsRecipeSurvivesItsText) {
  const auto text = recipe_text(recipe_);
  EXPECT_EQ(recipe_text(parse_recipe(text, "text")), text);
  EXPECT_EQ(recipe_.dynamics(), GetParam().name);
}

TEST_P(EverySystem, ItsMatricesHaveTheShapesThatItNames) {
  const auto drawn = recipe_.draw_matrices();
  EXPECT_EQ(drawn.size(), recipe_.matrices().size());
  for (const auto& shape : recipe_.matrices()) {
    EXPECT_EQ(drawn.at(shape.name).rows(), shape.rows) << shape.name;
    EXPECT_EQ(drawn.at(shape.name).cols(), shape.columns) << shape.name;
  }
}

TEST_P(EverySystem, GradientsOfItsTrainedMatricesAreCentralDifferences) {
  run(start_);
  vjp(w_);
  const auto drawn = recipe_.draw_matrices();
  std::size_t next = 0;
  for (const auto& shape : recipe_.matrices()) {
    if (!shape.trained) continue;
    const MatrixXd gradient = run_->gradients()[next++].dense();
    ASSERT_EQ(gradient.rows(), shape.rows) << shape.name;
    ASSERT_EQ(gradient.cols(), shape.columns) << shape.name;
    std::mt19937_64 random(seed);
    for (int i = 0; i < 5; ++i) {
      const auto at = static_cast<Eigen::Index>(random() % static_cast<std::uint64_t>(gradient.size()));
      const auto loss = [&](double h) {
        auto moved = drawn;
        moved.at(shape.name)(at) += h;
        const auto system = make_system<double>(recipe_.system, moved);
        const auto other = system->forward_run(samples);
        other->first().assign(start_);
        other->forward(team_);
        return w_.cwiseProduct(other->last().dense().topRows(width_)).sum();
      };
      constexpr double h = 1e-6;
      EXPECT_NEAR((loss(h) - loss(-h)) / (2 * h), gradient(at), 1e-6 * (1 + gradient.cwiseAbs().maxCoeff()))
          << shape.name << ", element " << at << ", seed " << seed;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(, EverySystem, testing::ValuesIn(cases), [](const auto& c) {
  std::string name = c.param.name;
  std::erase(name, '-');
  return name;
});

TEST(Systems, HaveEachARecipeAbove) {
  std::set<std::string> names;
  for (const Case& c : cases) names.insert(c.name);
  const auto all = system_names();
  EXPECT_EQ(names, std::set<std::string>(all.begin(), all.end()));
}

}  // namespace systems_test
}  // namespace stoic
