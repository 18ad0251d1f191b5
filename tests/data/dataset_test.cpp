#include "stoic/host/data/dataset.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "../temporary_folder.hpp"
#include "stoic/host/data/fingerprint.hpp"
#include "stoic/host/data/pixel_noise.hpp"
#include "stoic/host/model/recipe.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace dataset_test {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

Recipe recipe(const std::string& set, std::int64_t inputs, std::int64_t classes) {
  return parse_recipe(R"({"dynamics": "ffesn", "neurons": 5, "steps": 1, "inputs": )" +
                          std::to_string(inputs) + R"(, "classes": )" + std::to_string(classes) +
                          R"(, "data": {"set": ")" + set + R"("}})",
                      "test recipe");
}

TEST(Letters, AreFiveDifferentBinaryPicturesWithoutNoise) {
  const Dataset data = make_letters(1, Split::train, 10, 0);
  EXPECT_EQ(data.inputs, 49);
  EXPECT_EQ(data.classes, 5);
  for (std::int64_t a = 0; a < 5; ++a) {
    EXPECT_EQ(data.labels[a], a);
    for (std::int64_t b = 0; b < 10; ++b) {
      int differences = 0;
      for (int i = 0; i < 49; ++i)
        differences += data.samples.bytes()[a * 49 + i] != data.samples.bytes()[b * 49 + i];
      if (b % 5 == a)
        EXPECT_EQ(differences, 0);
      else
        EXPECT_GE(differences, 4) << "letters " << a << " and " << b;
    }
    for (int i = 0; i < 49; ++i)
      EXPECT_TRUE(data.samples.bytes()[a * 49 + i] == 0 || data.samples.bytes()[a * 49 + i] == 255);
  }
}

TEST(Samples, AreCountedOnceWhereTheyAreEqual) {
  const Samples bytes(std::vector<std::uint8_t>{1, 2, 1, 2, 3, 2, 1, 3}, 2),
      values(std::vector<double>{0.5, 0.5, -0.5, 0.5, -0.5}, 1);
  EXPECT_EQ(distinct_samples(bytes), 3);  // (1, 2) twice
  EXPECT_EQ(distinct_samples(bytes.part(0, 2)), 1);
  EXPECT_EQ(distinct_samples(bytes.part(1, 3)), 3);
  EXPECT_EQ(distinct_samples(values), 2);
  EXPECT_EQ(distinct_samples(Samples()), 0);
}

TEST(Letters, HaveTheirShareOfPixelsReplaced) {
  const Dataset clean = make_letters(1, Split::test, 1000, 0),
                noisy = make_letters(1, Split::test, 1000, 0.3);
  double changed = 0;
  for (std::size_t i = 0; i < clean.samples.bytes().size(); ++i)
    changed += clean.samples.bytes()[i] != noisy.samples.bytes()[i];
  // 15 of 49 pixels, of which one in 256 keeps its value; 1.2 % is five deviations of that and of nothing
  // else.
  EXPECT_NEAR(changed / 1000, 15 * 255. / 256, 0.05);
}

// Both splits, a shorter set and another seed.
template <class Make>
void expect_pure(Make make) {
  const Dataset train = make(7, Split::train, 200);
  EXPECT_NE(train.samples, make(7, Split::test, 200).samples);
  EXPECT_NE(train.samples, make(8, Split::train, 200).samples);
  const Dataset part = make(7, Split::train, 50);
  EXPECT_EQ(part.samples, train.samples.part(0, 50));
}

TEST(PixelNoise, ReplacesItsShareOfEachSampleByTheSeed) {
  const Dataset black{100, 2, Samples(std::vector<std::uint8_t>(2000, 0), 100),
                      std::vector<std::uint8_t>(20, 0)};
  EXPECT_EQ(with_pixel_noise(black, 4, 0).samples, black.samples);
  const auto noisy = with_pixel_noise(black, 4, 0.3);
  std::int64_t changed = 0;
  for (std::size_t s = 0; s < 20; ++s) {
    const auto begin = noisy.samples.bytes().begin() + static_cast<std::ptrdiff_t>(100 * s);
    const auto here = 100 - std::count(begin, begin + 100, 0);
    EXPECT_LE(here, 30) << "sample " << s;
    changed += here;
  }
  EXPECT_GE(changed, 590);  // a replaced pixel stays black once in 256
  EXPECT_EQ(with_pixel_noise(black, 4, 0.3).samples, noisy.samples);
  EXPECT_NE(with_pixel_noise(black, 5, 0.3).samples, noisy.samples);
  EXPECT_FALSE(noisy.samples.part(0, 1) == noisy.samples.part(1, 1));
}

TEST(BuiltInData, DependsOnSeedSplitAndSampleAlone) {
  expect_pure([](auto seed, auto split, auto samples) { return make_letters(seed, split, samples, 0.3); });
  expect_pure([](auto seed, auto split, auto samples) { return make_digits(seed, split, samples); });
  expect_pure(
      [](auto seed, auto split, auto samples) { return make_random_pixels(seed, split, samples, 11, 3); });
}

TEST(Digits, AreTheSameWithAnyNumberOfThreads) {
  const Dataset one = make_digits(7, Split::train, 200, 1);
  for (const int threads : {0, 2, 3})
    EXPECT_EQ(make_digits(7, Split::train, 200, threads).samples, one.samples);
}

TEST(Digits, HaveInkOnAMostlyDarkGround) {
  const Dataset data = make_digits(1, Split::train, 500);
  EXPECT_EQ(data.inputs, 784);
  EXPECT_EQ(data.classes, 10);
  for (std::int64_t sample = 0; sample < data.size(); ++sample) {
    EXPECT_EQ(data.labels[sample], sample % 10);
    const auto* pixels = data.samples.bytes(sample);
    const auto bright = std::count_if(pixels, pixels + 784, [](int pixel) { return pixel > 110; });
    EXPECT_GT(bright, 8) << "sample " << sample;
    EXPECT_LT(bright, 330) << "sample " << sample;
  }
}

// Leave nothing to a trained network: the nearest class mean must be right often, but far from always.
TEST(Digits, AreNeitherTrivialNorHopelessForClassMeans) {
  const Dataset train = make_digits(1, Split::train, 4000), test = make_digits(1, Split::test, 500);
  std::vector<double> mean(10 * 784);
  for (std::int64_t sample = 0; sample < train.size(); ++sample)
    for (int i = 0; i < 784; ++i)
      mean[train.labels[sample] * 784 + i] += train.samples.bytes(sample)[i] / 400.;
  int right = 0;
  for (std::int64_t sample = 0; sample < test.size(); ++sample) {
    double best = 1e300;
    int winner = -1;
    for (int label = 0; label < 10; ++label) {
      double distance = 0;
      for (int i = 0; i < 784; ++i)
        distance += std::pow(test.samples.bytes(sample)[i] - mean[label * 784 + i], 2);
      if (distance < best) best = distance, winner = label;
    }
    right += winner == test.labels[sample];
  }
  EXPECT_GT(right, 200);
  EXPECT_LT(right, 450);
}

TEST(RandomPixels, HaveAnyShapeAndUseTheWholeRange) {
  const Dataset data = load_data(recipe("random", 13, 64), Split::train);
  EXPECT_EQ(data.inputs, 13);
  EXPECT_EQ(data.size(), 1000);
  EXPECT_THAT(data.labels, testing::Each(testing::Lt(64)));
  double sum = 0;
  for (const int pixel : data.samples.bytes()) sum += pixel;
  EXPECT_NEAR(sum / 13000, 127.5, 5 * 74 / std::sqrt(13000));
}

TEST(LoadData, GivesTheUsualNumberOfBuiltInSamplesOrThoseAskedFor) {
  auto letters = recipe("letters", 49, 5);
  EXPECT_EQ(load_data(letters, Split::train).size(), 5000);
  EXPECT_EQ(load_data(letters, Split::test).size(), 10000);
  letters.data.test_samples = 17;
  EXPECT_EQ(load_data(letters, Split::test).size(), 17);
}

class FileData : public testing::Test {
 protected:
  FileData() {
    write_bytes(folder_ / "train-images-idx3-ubyte", images(3));
    write_bytes(folder_ / "train-labels-idx1-ubyte", std::string("\0\0\10\1\0\0\0\3\0\1\0", 11));
    std::filesystem::create_directory(folder_ / "mnist");
    write_bytes(folder_ / "mnist/t10k-images-idx3-ubyte.gz", images(1));
    write_bytes(folder_ / "mnist/t10k-labels-idx1-ubyte", std::string("\0\0\10\1\0\0\0\1\1", 9));
  }
  static std::string images(char count) {
    return std::string("\0\0\10\3\0\0\0", 7) + count + std::string("\0\0\0\2\0\0\0\2", 8) +
           std::string(4 * count, 'p');
  }
  TemporaryFolder folder_;
  Recipe recipe_ = recipe("mnist", 4, 2);
};

TEST_F(FileData, IsFoundInTheFolderAndInThatOfItsSet) {
  EXPECT_EQ(load_data(recipe_, Split::train, folder_.path()).size(), 3);
  EXPECT_EQ(load_data(recipe_, Split::test, folder_.path()).size(), 1);
}

TEST_F(FileData, IsCutToTheSamplesAskedForButNotMore) {
  recipe_.data.train_samples = 2;
  const Dataset data = load_data(recipe_, Split::train, folder_.path());
  EXPECT_EQ(data.size(), 2);
  EXPECT_EQ(data.samples.bytes().size(), 8);
  recipe_.data.train_samples = 4;
  EXPECT_THAT([&] { load_data(recipe_, Split::train, folder_.path()); },
              ThrowsMessage<Error>(AllOf(HasSubstr("has 3 samples"), HasSubstr("train_samples"))));
}

TEST_F(FileData, MustHaveTheInputsOfTheRecipe) {
  recipe_.inputs = 5;
  EXPECT_THAT([&] { load_data(recipe_, Split::train, folder_.path()); },
              ThrowsMessage<Error>(
                  AllOf(HasSubstr("train-images"), HasSubstr("4 pixels"), HasSubstr("\"inputs\" is 5"))));
}

TEST_F(FileData, ThatIsMissingSaysHowToGetIt) {
  EXPECT_THAT([&] { load_data(recipe_, Split::train, folder_ / "nowhere"); },
              ThrowsMessage<Error>(AllOf(HasSubstr("nowhere"), HasSubstr("train-images-idx3-ubyte"),
                                         HasSubstr("--data-dir"), HasSubstr("./dev fetch-data"))));
}

TEST_F(FileData, IsLookedForInTheFolderOfTheEnvironment) {
  const char* before = std::getenv("STOIC_DATA_DIR");
  const std::string saved = before ? before : "";
  ::setenv("STOIC_DATA_DIR", folder_.path().c_str(), 1);
  EXPECT_EQ(load_data(recipe_, Split::train).size(), 3);
  ::unsetenv("STOIC_DATA_DIR");
  EXPECT_THAT([&] { load_data(recipe_, Split::train); }, ThrowsMessage<Error>(HasSubstr("--data-dir")));
  if (before) ::setenv("STOIC_DATA_DIR", saved.c_str(), 1);
}

// With the real files at hand: the shapes that everyone knows.
TEST(Mnist, HasItsSixtyThousandSamples) {
  const char* folder = std::getenv("STOIC_DATA_DIR");
  if (folder == nullptr) GTEST_SKIP() << "STOIC_DATA_DIR is not set";
  const Dataset train = load_data(recipe("mnist", 784, 10), Split::train, folder);
  EXPECT_EQ(train.size(), 60000);
  EXPECT_EQ(train.labels[0], 5);
  EXPECT_EQ(load_data(recipe("mnist", 784, 10), Split::test, folder).size(), 10000);
}

}  // namespace dataset_test
}  // namespace stoic
