// Finite-time exponents over the plane, of whole networks and of their layers.
#include "stoic/host/analysis/plane_map.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "largest_singular_value.hpp"
#include "stoic/host/analysis/scripted_ftmle.hpp"
#include "stoic/host/learning/weights.hpp"
#include "stoic/host/report/plane_map_report.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

using Eigen::MatrixXd;
using testing::HasSubstr;

Model planar_model(const std::string& keys) {
  return untrained_model(parse_recipe(
      R"({"dynamics": "mlp", "inputs": 2, "classes": 3, "data": {"set": "spirals"}, )" + keys + "}", "test"));
}

TEST(PlaneMap, IsTheSingularValueOfTheDerivativeOfEveryLayerAndOfAll) {
  const auto model = planar_model(R"("layers": [9, 4, 6], "activation": "tanh", "initialisation": "normal")");
  const auto map = plane_map(model, {.least = -1, .most = 0.5, .resolution = 5, .ftmle = {.threads = 2}});
  ASSERT_EQ(map.layers.parts.size(), 4u);
  EXPECT_EQ(map.layers.parts[1].part, "layer 2");
  for (std::int64_t i = 0; i < 25; ++i) {
    const auto at = static_cast<std::size_t>(i);
    Eigen::VectorXd x =
        Eigen::Vector2d(-1 + 0.375 * static_cast<double>(i % 5), -1 + 0.375 * static_cast<double>(i / 5));
    MatrixXd all = MatrixXd::Identity(2, 2);
    double product = 1;
    for (int k = 1; k <= 3; ++k) {
      const MatrixXd weights = k == 1 ? model.W_in : model.matrices.at("W_" + std::to_string(k - 1));
      x = (weights * x + model.matrices.at("b_" + std::to_string(k)).col(0)).array().tanh();
      const MatrixXd jacobian = (1 - x.array().square()).matrix().asDiagonal() * weights;
      const double sigma = largest_singular_value(jacobian);
      EXPECT_NEAR(map.layers.parts[static_cast<std::size_t>(k - 1)].per_sample[at], std::log(sigma), 1e-6);
      all = jacobian * all;
      product *= sigma;
    }
    const MatrixXd read_out = model.W_out.leftCols(6);
    EXPECT_NEAR(map.layers.parts[3].per_sample[at], std::log(largest_singular_value(read_out)), 1e-6);
    EXPECT_NEAR(map.network.parts[0].sigma[at], largest_singular_value(read_out * all),
                1e-6 * largest_singular_value(read_out * all));
    EXPECT_LE(map.network.parts[0].sigma[at], product * largest_singular_value(read_out) * (1 + 1e-9));
  }
}

TEST(PlaneMap, ReportsAPictureOfEveryPartThatVaries) {
  const auto map = plane_map(planar_model(R"("layers": [4, 5], "activation": "sigmoid")"), {.resolution = 7});
  const auto report = plane_map_report(map, "test");
  ASSERT_EQ(report.figures.size(), 3u);  // the network and two layers; the read-out is linear
  EXPECT_EQ(report.figures[1].name, "layer-1");
  EXPECT_EQ(report.tables[1].rows.size(), 49u);
  EXPECT_EQ(report.tables[1].rows[8]["first"], map.at(1));
  EXPECT_EQ(report.result["layers"]["parts"].size(), 3u);
  EXPECT_FALSE(report.result["network"].contains("per_sample"));
}

TEST(PlaneMap, RefusesWhatHasNoPlane) {
  const auto refusal = [](const Model& model, const PlaneOptions& options) {
    try {
      plane_map(model, options);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("taken");
  };
  const auto model = planar_model(R"("neurons": 3)");
  EXPECT_THAT(refusal(model, {.least = 1, .most = -1}), HasSubstr("spans no plane"));
  EXPECT_THAT(refusal(model, {.least = 0, .most = INFINITY}), HasSubstr("spans no plane"));
  EXPECT_THAT(refusal(model, {.resolution = 1}), HasSubstr("2 to 1000"));
  const auto letters = untrained_model(
      parse_recipe(R"({"dynamics": "mlp", "neurons": 3, "inputs": 49, "classes": 5})", "test"));
  EXPECT_THAT(refusal(letters, {}), HasSubstr("2 inputs"));
}

TEST(ScriptedStages, WithoutTheComponentSayWhichPackageBringsIt) {
  try {
    load_scripted_stages("/nowhere/torchscript.so", {"stage.pt"});
    FAIL() << "loaded";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("libtorch-dev"));
  }
}

}  // namespace
}  // namespace stoic
