// What every dynamical system owes the rest of the house, in double precision: one recipe for each.
#include "stoic/host/dynamics/systems.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <random>
#include <set>

#include "stoic/host/model/recipe.hpp"

namespace stoic {
namespace {

using Eigen::MatrixXd;

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
  static void fill(Panels<double>& panels, const MatrixXd& values) {
    for (Eigen::Index s = 0; s < values.cols(); ++s)
      for (Eigen::Index i = 0; i < values.rows(); ++i) panels(i, s) = values(i, s);
  }
  MatrixXd run(const MatrixXd& start) {
    fill(run_->first(), start);
    run_->forward(team_);
    return run_->last().dense().topRows(width_);
  }
  MatrixXd vjp(const MatrixXd& w) {
    run_->covector() = Panels<double>(w);
    run_->vjp(team_);
    return run_->covector().dense();
  }

  Recipe recipe_ = recipe_of(GetParam());
  std::unique_ptr<System<double>> system_ = make_system<double>(recipe_.system, recipe_.draw_matrices());
  Eigen::Index width_ = recipe_.neurons();
  std::unique_ptr<stoic::Run<double>> run_ = system_->run(samples);
  Team team_{2};
  MatrixXd start_ = GetParam().scale * normals(width_, 0), w_ = normals(width_, 1), d_ = normals(width_, 2);
};

TEST_P(EverySystem, VjpIsTheTransposeOfJvp) {
  run(start_);
  const MatrixXd pushed = run_->jvp(d_, team_), pulled = vjp(w_);
  for (Eigen::Index s = 0; s < samples; ++s)
    EXPECT_NEAR(w_.col(s).dot(pushed.col(s)), d_.col(s).dot(pulled.col(s)),
                1e-12 * w_.col(s).norm() * pushed.col(s).norm())
        << "seed " << seed << ", sample " << s;
}

TEST_P(EverySystem, TheGapBetweenJvpAndCentralDifferenceFallsByFourWhenTheStepHalves) {
  run(start_);
  const MatrixXd slope = run_->jvp(d_, team_);
  const auto gap = [&](double h) {
    return ((run(start_ + h * d_) - run(start_ - h * d_)) / (2 * h) - slope).norm() / slope.norm();
  };
  EXPECT_LT(gap(1e-5), 1e-6) << "seed " << seed;
  if (GetParam().curved) {
    EXPECT_NEAR(gap(1e-3) / gap(5e-4), 4.0, 0.2) << "seed " << seed;
  }
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
  run_ = system_->run(samples, false);
  EXPECT_EQ(run(start_), remembered);
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
        const auto other = system->run(samples);
        fill(other->first(), start_);
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

}  // namespace
}  // namespace stoic
