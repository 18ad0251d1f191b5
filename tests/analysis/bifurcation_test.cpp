#include "stoic/host/analysis/bifurcation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "stoic/host/analysis/catalogue.hpp"
#include "stoic/host/data/column.hpp"
#include "stoic/sim/io/error.hpp"
#include "temporary_folder.hpp"

namespace stoic {
namespace bifurcation_test {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<double> values(const std::string& name, const std::vector<std::string>& settings,
                           const BifurcationTask& task) {
  const auto* system = in_catalogue(name);
  Team team(1);
  const auto parameters = catalogue_values(*system, settings);
  const auto evolution = system->make(parameters, team);
  evolution->set_state(system->start(parameters, 1));
  return visited(*evolution, task);
}

TEST(Bifurcation, OfTheLogisticMapDoublesAndBecomesChaos) {
  const auto points = [](const char* r) {
    const auto seen = values("logistic", {r}, {.transient = 5000, .duration = 200, .most = 64});
    EXPECT_EQ(seen.size(), 64u);
    return distinct_values(seen, 1e-4);
  };
  EXPECT_EQ(points("r=2.8"), 1);
  EXPECT_EQ(points("r=3.2"), 2);
  EXPECT_EQ(points("r=3.5"), 4);
  EXPECT_GT(points("r=4"), 50);
  const auto two = values("logistic", {"r=3.2"}, {.transient = 5000, .duration = 2});
  const double r = 3.2, root = std::sqrt((r - 3) * (r + 1));
  EXPECT_NEAR(std::max(two[0], two[1]), (r + 1 + root) / (2 * r), 1e-12);
}

TEST(Bifurcation, OfAFlowAreItsMaximaAndAtRestItsState) {
  const auto rest = values("lorenz63", {"rho=10"}, {.component = 2, .transient = 200, .duration = 50});
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_NEAR(rest[0], 9, 1e-6);  // ρ - 1
  const auto cycle = values("rossler", {"c=2.5"}, {.transient = 500, .duration = 200, .most = 20});
  EXPECT_EQ(cycle.size(), 20u);
  EXPECT_EQ(distinct_values(cycle, 1e-3), 1);
  const auto chaos = values("lorenz63", {}, {.component = 2, .transient = 50, .duration = 100});
  EXPECT_GT(chaos.size(), 100u);
  EXPECT_GT(*std::min_element(chaos.begin(), chaos.end()), 25);
}

TEST(Bifurcation, RefusesAComponentThatThereIsNotAndAnOrbitThatDiverges) {
  EXPECT_THROW(values("henon", {}, {.component = 2, .duration = 10}), Error);
  EXPECT_THROW(values("henon", {"a=2"}, {.transient = 1000, .duration = 10}), DivergedOrbit);
}

class ColumnFiles : public testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& text) const {
    const auto path = folder_.path() / name;
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }
  static std::string refusal(const std::string& what) {
    try {
      read_column(what);
    } catch (const Error& error) {
      return error.what();
    }
    return "nothing was refused";
  }
  TemporaryFolder folder_;
};

TEST_F(ColumnFiles, AreReadByNameNumberOrAlone) {
  const auto table = write("t.csv", "time,x\r\n0,1.5\r\n1,-2e0\r\n2,nan\r\n\r\n");
  const auto x = read_column(table + ":x").values;
  ASSERT_EQ(x.size(), 3u);
  EXPECT_EQ(x[1], -2);
  EXPECT_TRUE(std::isnan(x[2]));
  EXPECT_THAT(read_column(table + ":1").values, ElementsAre(0, 1, 2));
  EXPECT_THAT(read_column(write("one.txt", "3\n+4\n5")).values, ElementsAre(3, 4, 5));
  EXPECT_THAT(read_column(write("spaces.dat", " 1  2\n 3  4\n") + ":2").values, ElementsAre(2, 4));
}

TEST_F(ColumnFiles, OfNumPyAreReadInEitherOrder) {
  const auto npy = [&](const std::string& name, const std::string& type, const std::string& order,
                       const std::string& shape, const auto& numbers) {
    std::string header =
        "{'descr': '" + type + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }";
    header.resize(118 - 1, ' ');
    header += '\n';
    std::string text("\x93NUMPY\x01\x00\x76\x00", 10);
    text += header;
    text.append(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(numbers[0]));
    return write(name, text);
  };
  const std::vector<double> reals{1, 2, 3, 4, 5, 6};
  EXPECT_THAT(read_column(npy("c.npy", "<f8", "False", "(3, 2)", reals) + ":2").values, ElementsAre(2, 4, 6));
  EXPECT_THAT(read_column(npy("f.npy", "<f8", "True", "(3, 2)", reals) + ":2").values, ElementsAre(4, 5, 6));
  const std::vector<std::int16_t> whole{7, -8};
  EXPECT_THAT(read_column(npy("i.npy", "<i2", "False", "(2,)", whole)).values, ElementsAre(7, -8));
  EXPECT_THAT(refusal(npy("short.npy", "<i2", "False", "(5,)", whole)), HasSubstr("truncated"));
  EXPECT_THAT(refusal(npy("cube.npy", "<i2", "False", "(2, 1, 1)", whole)), HasSubstr("3 dimensions"));
}

TEST_F(ColumnFiles, AreRefusedInOneLineThatSaysWhere) {
  const auto table = write("t.csv", "time,x\n0,1\n1,oops\n");
  EXPECT_THAT(refusal(table), HasSubstr("has 2 columns; name one"));
  EXPECT_THAT(refusal(table + ":y"), HasSubstr("no column \"y\"; it has time, x"));
  EXPECT_THAT(refusal(table + ":x"), HasSubstr("line 3, column 2: \"oops\" is no number"));
  EXPECT_THAT(refusal(write("ragged.csv", "1,2\n3\n") + ":1"), HasSubstr("line 2 has 1 cells"));
  EXPECT_THAT(refusal((folder_ / "none.csv").string()), HasSubstr("none.csv"));
  EXPECT_THAT(refusal(write("b.bin", std::string("ab\0c", 4))), HasSubstr("neither text nor a .npy file"));
}

}  // namespace bifurcation_test
}  // namespace stoic
