// Analyses that are stopped and go on, and those that a system has not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/Core>
#include <atomic>

#include "stoic/host/analysis/catalogue.hpp"
#include "stoic/host/analysis/exponents.hpp"
#include "stoic/host/analysis/orbit_evolution.hpp"
#include "stoic/host/analysis/singular_value.hpp"
#include "stoic/host/data/dataset.hpp"
#include "stoic/host/dynamics/systems.hpp"
#include "stoic/host/learning/weights.hpp"
#include "stoic/host/report/analysis_report.hpp"
#include "stoic/host/sweep/kept_ftmle.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"
#include "temporary_folder.hpp"

namespace stoic {
namespace stopped_test {

using testing::HasSubstr;

Model letters_model(const std::string& keys) {
  return untrained_model(
      parse_recipe(R"({"inputs": 49, "classes": 5, "data": {"set": "letters"}, )" + keys + "}", "recipe"));
}

TEST(KeptFtmle, GoesOnBehindWhatWasDoneWhenItWasStoppedAndEndsTheSame) {
  const auto model = letters_model(R"("dynamics": "ffesn", "neurons": 9, "steps": 2)");
  const auto samples = make_letters(1, Split::test, 500, 0.3).samples;
  const TemporaryFolder folder;
  const auto file = folder / "r" / points_file;
  for (const auto scope : {FtmleScope::system, FtmleScope::layers}) {
    const auto whole = ftmle(model, samples, {.scope = scope, .progress = {}});
    std::atomic<bool> stop = false;
    KeptFtmle first(folder / "r", "ftmle", "a");
    const auto stopped = first.join(
        {.scope = scope, .stop = &stop, .progress = [&](std::int64_t, std::int64_t) { stop = true; }});
    EXPECT_THROW(first.during([&] { ftmle(model, samples, stopped); }), Stopped);
    ASSERT_TRUE(std::filesystem::exists(file));
    EXPECT_THROW(KeptFtmle(folder / "r", "ftmle", "b"), Error) << "another model's";
    EXPECT_THROW(KeptFtmle(folder / "r", "ftmle-map", "a"), Error);
    KeptFtmle second(folder / "r", "ftmle", "a");
    const auto joined = second.join({.scope = scope, .progress = {}});
    EXPECT_GT(joined.known_samples, 0);
    EXPECT_LT(joined.known_samples, 500);
    EXPECT_EQ(ftmle(model, samples, joined).json(false).dump(), whole.json(false).dump());
    second.finish();
    EXPECT_FALSE(std::filesystem::exists(file));
  }
}

TEST(KeptFtmle, RefusesADamagedFileByItsNameAndKeepsNothingWithoutAFolder) {
  const TemporaryFolder folder;
  for (const char* text : {"[", "{}", R"({"analysis": "ftmle", "identity": "a", "axes": {}, "points": []})",
                           R"({"analysis": "ftmle", "identity": "a", "scopes": {"system": {"done": 3}}})"}) {
    write_file_atomically(folder / points_file, std::string(text));
    try {
      KeptFtmle kept(std::filesystem::path(folder / "."), "ftmle", "a");
      kept.join({.progress = {}});
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr(points_file)) << text;
    }
  }
  KeptFtmle none({}, "ftmle", "a");
  EXPECT_FALSE(none.join({.progress = {}}).keep);
}

TEST(LongRuns, OfSmallSystemsStopWhenTheyAreAsked) {
  std::atomic<bool> stop = true;
  Team team(1, &stop);
  for (const char* name : {"henon", "lorenz63"}) {
    const auto* system = in_catalogue(name);
    const auto values = catalogue_values(*system, {});
    const auto evolution = system->make(values, team);
    evolution->set_state(system->start(values, 1));
    EXPECT_THROW(evolution->advance(std::int64_t{1} << 40), Stopped) << name;
    evolution->begin(2, 1);
    Stretches sum(2);
    EXPECT_THROW(evolution->stretch(1, std::int64_t{1} << 40, sum), Stopped) << name;
  }
}

TEST(LongRuns, OfLayersAreRefusedHoweverFewTheyAre) {
  for (const char* keys : {R"("dynamics": "mlp", "neurons": 7)", R"("dynamics": "mlp", "layers": [7])",
                           R"("dynamics": "mlp", "layers": [7, 7])"}) {
    const auto model = letters_model(keys);
    const auto system = make_system<double>(model.recipe.system, model.matrices);
    Team team(1);
    EXPECT_THROW(OrbitEvolution(*system, traits(model.recipe.system), model.matrices, {}, team), Error)
        << keys;
    const auto samples = make_letters(1, Split::test, 2, 0.3).samples;
    EXPECT_THROW(ftmle(model, samples, {.scope = FtmleScope::steps, .progress = {}}), Error) << keys;
  }
}

TEST(LargestSingularValue, IsCertifiedByTheProductsThatFoundIt) {
  Eigen::VectorXd values = Eigen::VectorXd::Ones(50);
  values[3] = 2;
  values[7] = 3;
  int pushes = 0;
  const auto found = largest_singular_values(
      {.samples = 1,
       .from = 50,
       .push = [&](const Eigen::MatrixXd& d) -> Eigen::MatrixXd {
         ++pushes;
         return values.asDiagonal() * d;
       },
       .pull = [&](const Eigen::MatrixXd& w) -> Eigen::MatrixXd { return values.asDiagonal() * w; },
       .admit = {}});
  EXPECT_NEAR(found.value(0), 3, 1e-12);
  EXPECT_LE(found.residual(0), 1e-12);
  EXPECT_EQ(pushes, 3) << "as many as there are different values";
  EXPECT_EQ(found.products, 3);
}

}  // namespace stopped_test
}  // namespace stoic
