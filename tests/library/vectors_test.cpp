// Vectors of float and golden side by side, and the folder that holds them.
#include "stoic/host/library/vectors.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <fstream>

#include "stoic/host/library/builtin.hpp"
#include "stoic/host/library/compare.hpp"
#include "stoic/host/library/train.hpp"
#include "stoic/host/model/npz.hpp"
#include "stoic/sim/io/error.hpp"
#include "temporary_folder.hpp"

namespace stoic {
namespace vectors_test {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

const Network& vectors_network() {
  static const auto result =
      train(read_recipe("letters-ffesn", {"neurons=12", "steps=2", "training.epochs=1",
                                          "data.train_samples=120", "data.test_samples=40"}));
  return result.network.value();
}

TEST(Vectors, AreThoseThatAComparisonMeasures) {
  const auto all = vectors(vectors_network());
  const auto comparison = compare(vectors_network());
  ASSERT_EQ(all.vectors.size(), comparison.deviations.size());
  for (std::size_t i = 0; i < all.vectors.size(); ++i) {
    const auto& vector = all.vectors[i];
    const auto& deviation = comparison.deviations[i];
    EXPECT_EQ(vector.name, deviation.name);
    EXPECT_EQ(vector.fraction_bits, deviation.fraction_bits) << vector.name;
    EXPECT_EQ(vector.largest_error(), deviation.largest_error) << vector.name;
    EXPECT_EQ(vector.fixed()(3, 7),
              std::ldexp(vector.codes.at(static_cast<std::size_t>(7 * vector.reference.rows() + 3)),
                         -static_cast<int>(vector.fraction_bits)));
  }
  EXPECT_EQ(all.vectors.back().reference.cols(), 40);
  for (std::int64_t s = 0; s < 40; ++s)
    for (std::int64_t k = 0; k < 5; ++k)
      EXPECT_EQ(all.vectors.back().codes[static_cast<std::size_t>(s * 5 + k)],
                comparison.golden.outputs(k, s));
}

TEST(Vectors, AreChosenByTheNameOfOneOrOfAKind) {
  const auto names = [](const VectorsResult& result) {
    std::vector<std::string> result_names;
    for (const auto& vector : result.vectors) result_names.push_back(vector.name);
    return result_names;
  };
  EXPECT_THAT(names(vectors(vectors_network(), {.names = {"x"}, .limit = 3})),
              ElementsAre("x(0)", "x(1)", "x(2)"));
  EXPECT_THAT(names(vectors(vectors_network(), {.names = {"x(1)", "y"}, .limit = 3})),
              ElementsAre("x(1)", "y"));
  EXPECT_THAT(
      [] { vectors(vectors_network(), {.names = {"x(7)"}, .limit = 3, .name = "mine"}); },
      ThrowsMessage<Error>(testing::AllOf(HasSubstr("mine: no vector is called x(7)"), HasSubstr("x("))));
}

TEST(Vectors, OfAFolderAreNumPyArraysBesideTheirList) {
  const TemporaryFolder folder;
  const auto result =
      vectors(vectors_network(), {.names = {"x"}, .hw = load_hardware_config("small"), .limit = 3});
  EXPECT_THAT(result.write(folder / "v"), ElementsAre("vectors.json", "x-0.npz", "x-1.npz", "x-2.npz"));
  const NpzReader file(folder / "v" / "x-1.npz");
  const auto& vector = result.vectors.at(1);
  const auto real = file.read_matrix("golden", 3, 12), reference = file.read_matrix("float", 3, 12);
  const auto codes = file.read("codes");
  EXPECT_EQ(codes.type, "<i4");
  EXPECT_EQ(codes.bytes, std::string(reinterpret_cast<const char*>(vector.codes.data()),
                                     vector.codes.size() * sizeof(int)));
  for (int s = 0; s < 3; ++s)
    for (int i = 0; i < 12; ++i) {
      EXPECT_EQ(reference(s, i), vector.reference(i, s));
      EXPECT_EQ(real(s, i), vector.fixed()(i, s));
      EXPECT_NEAR(real(s, i), reference(s, i), vector.largest_error());
    }
  // What an earlier call wrote goes, and nothing else is touched.
  EXPECT_THAT(vectors(vectors_network(), {.names = {"y"}, .limit = 2}).write(folder / "v"),
              ElementsAre("vectors.json", "y.npz"));
  EXPECT_FALSE(std::filesystem::exists(folder / "v" / "x-1.npz"));
  std::ofstream(folder / "v" / "mine.txt") << "mine";
  EXPECT_THAT([&] { result.write(folder / "v"); }, ThrowsMessage<Error>(HasSubstr("such as mine.txt")));
}

}  // namespace vectors_test
}  // namespace stoic
