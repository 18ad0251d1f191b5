// Multilayer perceptrons of several hidden layers: what a layer is, its derivative, how weights begin.
#include "stoic/host/dynamics/mlp.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "stoic/host/dynamics/systems.hpp"
#include "stoic/host/kernels/spectral_radius.hpp"
#include "stoic/host/model/recipe.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

using Eigen::MatrixXd;
using testing::HasSubstr;

constexpr Eigen::Index samples = 18;  // more than a group, and part of one

Recipe recipe_of(const std::string& keys) {
  return parse_recipe(
      R"({"dynamics": "mlp", "inputs": 20, "classes": 4, "seed": 3, "data": {"set": "random"}, )" + keys +
          "}",
      "test");
}

MatrixXd normals(Eigen::Index rows, Eigen::Index columns, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  return MatrixXd::NullaryExpr(rows, columns, [&] { return normal(random); });
}

double activation(const std::string& name, double z) {
  if (name == "relu") return std::max(z, 0.0);
  return name == "tanh" ? std::tanh(z) : 1 / (1 + std::exp(-z));
}

/// Activation and widths of the hidden layers: wider first, wider last, a single one.
class LayersOf : public testing::TestWithParam<std::tuple<const char*, const char*>> {
 protected:
  std::string activation_ = std::get<0>(GetParam());
  Recipe recipe_ =
      recipe_of(R"("activation": ")" + activation_ + R"(", "layers": )" + std::get<1>(GetParam()));
  Matrices matrices_ = recipe_.draw_matrices();
  std::unique_ptr<System<double>> system_ = make_system<double>(recipe_.system, matrices_);
  std::unique_ptr<stoic::Run<double>> run_ = system_->run(samples);
  Team team_{2};
  Eigen::Index first_ = recipe_.neurons(), last_ = recipe_.last_neurons();
  MatrixXd start_ = normals(first_, samples, 1);

  MatrixXd run(const MatrixXd& v) {
    run_->first().assign(v);
    run_->forward(team_);
    return run_->last().dense().topRows(last_);
  }
  /// By the equations, without anything of the library.
  MatrixXd expected() const {
    MatrixXd x = start_;
    const auto layers = std::get<MlpParameters>(recipe_.system).layers.size();
    for (std::size_t k = 1; k <= layers; ++k) {
      if (k > 1) x = matrices_.at("W_" + std::to_string(k - 1)) * x;
      x.colwise() += matrices_.at("b_" + std::to_string(k)).col(0);
      x = x.unaryExpr([&](double z) { return activation(activation_, z); });
    }
    return x;
  }
};

TEST_P(LayersOf, AreWhatTheirEquationsSay) {
  EXPECT_LE((run(start_) - expected()).cwiseAbs().maxCoeff(), 1e-13);
  EXPECT_LE((run_->vectors().back().second - expected()).cwiseAbs().maxCoeff(), 1e-13);
}

TEST_P(LayersOf, HaveTheDerivativeOfCentralDifferencesAndItsTranspose) {
  run(start_);
  const MatrixXd d = normals(first_, samples, 2), w = normals(last_, samples, 3);
  const MatrixXd pushed = run_->push(d, Part::network, team_), pulled = run_->pull(w, Part::network, team_);
  EXPECT_NEAR(w.cwiseProduct(pushed).sum(), d.cwiseProduct(pulled).sum(), 1e-12 * w.norm() * pushed.norm());
  for (int turn = 0; turn < 2; ++turn) {  // the covector changes its length on the way, and must change back
    run_->covector().assign(w);
    run_->vjp(team_);
    EXPECT_LE((run_->covector().dense().topRows(first_) - pulled).norm(), 1e-13 * pulled.norm());
    run(start_);
  }
  const double h = 1e-6;
  EXPECT_LE(((run(start_ + h * d) - run(start_ - h * d)) / (2 * h) - pushed).norm(), 1e-7 * pushed.norm());
}

INSTANTIATE_TEST_SUITE_P(, LayersOf,
                         testing::Combine(testing::Values("relu", "tanh", "sigmoid"),
                                          testing::Values("[70, 9, 33]", "[5, 40]", "[37]")),
                         [](const auto& c) {
                           return std::string(std::get<0>(c.param)) +
                                  std::to_string(std::string(std::get<1>(c.param)).size());
                         });

TEST(Mlp, WeightsBeginAsTheRecipeSays) {
  const auto drawn = [](const std::string& keys) { return recipe_of(keys).draw_matrices(); };
  const auto pytorch = drawn(R"("layers": [100, 80])"),
             xavier = drawn(R"("layers": [100, 80], "initialisation": "xavier")"),
             normal = drawn(R"("layers": [100, 80], "initialisation": "normal")"),
             scaled = drawn(R"("layers": [64, 64, 64], "spectral_radius": 2.3)");
  const auto most = [](const MatrixXd& m) { return m.cwiseAbs().maxCoeff(); };
  for (const auto& [matrix, bound] : {std::pair(pytorch.at("W_1"), 0.1),
                                      {pytorch.at("b_2"), 0.1},
                                      {pytorch.at("b_1"), 1 / std::sqrt(20.0)},
                                      {xavier.at("W_1"), std::sqrt(6.0 / 180)}}) {
    EXPECT_LE(most(matrix), bound);
    EXPECT_GE(most(matrix), 0.9 * bound);
  }
  EXPECT_TRUE(xavier.at("b_1").isZero(0));
  EXPECT_TRUE(normal.at("b_2").isZero(0));
  EXPECT_NEAR(normal.at("W_1").squaredNorm() / 8000, 1, 0.05);
  for (const char* name : {"W_1", "W_2"}) EXPECT_NEAR(spectral_radius(scaled.at(name)), 2.3, 1e-9);
  EXPECT_NE(scaled.at("W_1"), scaled.at("W_2"));
  EXPECT_FALSE(scaled.at("b_1").isZero(0));
}

TEST(Mlp, ARecipeOfOneHiddenLayerIsWrittenAsItWas) {
  const auto text = recipe_text(recipe_of(R"("neurons": 7)"));
  EXPECT_THAT(text, HasSubstr("\"neurons\": 7"));
  for (const char* key : {"layers", "activation", "initialisation", "spectral_radius"})
    EXPECT_THAT(text, testing::Not(HasSubstr(key)));
  for (const char* keys :
       {R"("layers": [3, 4], "activation": "sigmoid", "initialisation": "xavier")",
        R"("layers": [4, 4], "spectral_radius": 2)", R"("neurons": 7, "activation": "tanh")"}) {
    const auto written = recipe_text(recipe_of(keys));
    EXPECT_EQ(recipe_text(parse_recipe(written, "again")), written);
  }
}

TEST(Mlp, RefusesLayersThatAreNone) {
  const auto refusal = [](const std::string& keys) {
    try {
      recipe_of(keys);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("taken");
  };
  EXPECT_THAT(refusal(R"("layers": [])"), HasSubstr("1 to 16 widths"));
  EXPECT_THAT(refusal(R"("layers": [3, 0])"), HasSubstr("whole numbers from 1 to 4096"));
  EXPECT_THAT(refusal(R"("layers": [3, 2.5])"), HasSubstr("whole numbers from 1 to 4096"));
  EXPECT_THAT(refusal(R"("layers": 3)"), HasSubstr("layers"));
  EXPECT_THAT(refusal(R"("layers": [3], "neurons": 3)"), HasSubstr("keep one of the two"));
  EXPECT_THAT(refusal(R"("layers": [3, 4], "spectral_radius": 1)"), HasSubstr("of one width"));
  EXPECT_THAT(refusal(R"("neurons": 3, "spectral_radius": 1)"), HasSubstr("of one width"));
  EXPECT_THAT(refusal(R"("layers": [3], "activation": "tan")"), HasSubstr("tanh"));
  EXPECT_THAT(refusal(R"("neurons": 3, "initialisation": "xavie")"), HasSubstr("xavier"));
  EXPECT_THAT(refusal(R"("neuron": 3)"), HasSubstr("neurons"));
}

}  // namespace
}  // namespace stoic
