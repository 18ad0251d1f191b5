// Finite-time exponents against dense singular values at the size of the papers: minutes, so labelled heavy.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "largest_singular_value.hpp"
#include "stoic/host/analysis/ftmle.hpp"
#include "stoic/host/data/dataset.hpp"
#include "stoic/host/dynamics/systems.hpp"
#include "stoic/host/learning/input.hpp"
#include "stoic/host/learning/read_in.hpp"
#include "stoic/host/learning/weights.hpp"

namespace stoic {
namespace ftmle_heavy_test {

using Eigen::MatrixXd;

constexpr std::int64_t samples = 20;

class FtmleHeavy : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(FtmleHeavy, AtFullSizeIsTheLargestSingularValueOfADenseJacobianForTwentySamples) {
  const auto& [name, keys] = GetParam();
  const auto model = untrained_model(parse_recipe(
      fmt::format(
          R"({{"dynamics": "{}", {}, "inputs": 784, "classes": 10, "seed": 3, "data": {{"set": "random"}}}})",
          name, keys),
      name));
  const auto pixels = make_random_pixels(7, Split::test, samples, 784, 10).samples;
  const auto result = ftmle(model, pixels, {});
  EXPECT_TRUE(result.parts[0].uncertified.empty());
  const auto system = make_system<double>(model.recipe.system, model.matrices);
  Team team(0);
  const auto run = system->run(1);
  for (std::int64_t s = 0; s < samples; ++s) {
    run->first().assign(read_in_state(model, network_inputs(model.recipe, pixels.part(s, 1))));
    run->forward(team);
    const MatrixXd start = run->start(), end = run->last().dense().topRows(run->links().back().to);
    const MatrixXd all = MatrixXd::Identity(start.rows(), start.rows());
    const MatrixXd jacobian =
        system->tangential(end, run->push(system->tangential(start, all, team), Part::flow, team), team);
    const double sigma = largest_singular_value(jacobian);
    EXPECT_NEAR(result.parts[0].sigma[static_cast<std::size_t>(s)] / sigma, 1, 1e-6) << name << " " << s;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Systems, FtmleHeavy,
    testing::Values(
        std::pair{"ffesn", R"("neurons": 500, "steps": 2, "spectral_radius": 1.8)"},
        std::pair{"csto", R"("oscillators": 200, "coupling_Oe": 17.8, "duration_ps": 300, "step_ps": 30)"},
        std::pair{"lorenz96", R"("neurons": 500, "forcing": 0.5, "duration": 0.4, "step": 0.05)"},
        std::pair{"sa-node", R"("duration": 1)"},
        std::pair{"mlp", R"("layers": [256, 256, 256], "activation": "tanh")"}),
    [](const auto& instance) {
      std::string name = instance.param.first;
      std::erase(name, '-');
      return name;
    });

}  // namespace ftmle_heavy_test
}  // namespace stoic
