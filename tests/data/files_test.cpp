// The set "files": what people bring along.
#include "stoic/host/data/files.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>
#include <numeric>
#include <set>

#include "../own_data.hpp"
#include "stoic/host/data/complete_recipe.hpp"
#include "stoic/host/data/fingerprint.hpp"
#include "stoic/host/data/pixel_noise.hpp"
#include "stoic/host/model/model.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace files_test {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

class OwnData : public testing::Test {
 protected:
  /// `keys` of "data", and others of the recipe.
  Recipe recipe(const std::string& data, const std::string& others = "") const {
    return parse_recipe_for(
        folder_.path(),
        fmt::format(R"({{"dynamics": "linear", {} "data": {{"set": "files", {}}}}})", others, data), "r.json",
        {});
  }
  Dataset load(const Recipe& r, Split split = Split::train) const {
    return load_data(r, split, folder_.path());
  }
  void expect_error(const std::string& data, const std::vector<std::string>& parts,
                    const std::string& others = "") const {
    for (const auto& part : parts)
      EXPECT_THAT(
          [&] {
            const auto r = recipe(data, others);
            load(r);
            load(r, Split::test);
          },
          ThrowsMessage<Error>(AllOf(HasSubstr(part), Not(HasSubstr("\n")))))
          << data;
  }
  void write(const std::string& name, std::string_view bytes) const { write_bytes(folder_ / name, bytes); }
  template <class T>
  void write_pair(char type, const std::vector<std::uint32_t>& shape, const std::vector<T>& values,
                  const std::vector<std::uint8_t>& labels) const {
    write("x", idx_bytes(type, shape, values));
    write("y", idx_bytes<std::uint8_t>(8, {static_cast<std::uint32_t>(labels.size())}, labels));
  }
  static constexpr const char* pair = R"("train": "x", "train_labels": "y", "test": "x", "test_labels": "y")";
  TemporaryFolder folder_;
};

/// All values as the network gets them.
std::vector<double> values_of(const Samples& samples) {
  std::vector<double> all(static_cast<std::size_t>(samples.size() * samples.length()));
  for (std::int64_t s = 0; s < samples.size(); ++s)
    samples.read(s, std::span(all).subspan(static_cast<std::size_t>(s * samples.length()),
                                           static_cast<std::size_t>(samples.length())));
  return all;
}

/// A model that is taken along with its data, to wherever.
TEST_F(OwnData, LiesBesideTheModelThatWasTrainedOnItToo) {
  write("x.csv", "1,2,a\n3,4,b\n5,7,a\n6,1,b\n2,2,a\n9,8,b\n");
  Model model{.recipe = recipe(R"("train": "x.csv", "test_share": 0.34)")};
  model.W_out = Eigen::MatrixXd::Zero(2, 3);
  std::filesystem::create_directory(folder_ / "there");
  write_model(folder_ / "there" / "m.npz", model);
  const auto there = read_model(folder_ / "there" / "m.npz");
  const auto here = load(model.recipe);
  EXPECT_EQ(values_of(load(there.recipe).samples), values_of(here.samples)) << "the data folder comes first";
  const auto without_folder = [](const Recipe& r) { return load_data(r, Split::train, "/nowhere"); };
  EXPECT_THAT([&] { without_folder(there.recipe); },
              ThrowsMessage<Error>(AllOf(HasSubstr("x.csv"), HasSubstr("nor beside the model"))));
  EXPECT_THAT([&] { without_folder(model.recipe); },
              ThrowsMessage<Error>(AllOf(HasSubstr("x.csv"), Not(HasSubstr("beside the model")))));
  std::filesystem::rename(folder_ / "x.csv", folder_ / "there" / "x.csv");
  EXPECT_EQ(values_of(without_folder(there.recipe).samples), values_of(here.samples));
  EXPECT_THAT(recipe_text(there.recipe), Not(HasSubstr("there")));
  model.recipe.data.files.train = "elsewhere/x.csv";
  write_model(folder_ / "there" / "m.npz", model);
  EXPECT_EQ(values_of(without_folder(read_model(folder_ / "there" / "m.npz").recipe).samples),
            values_of(here.samples));
}

TEST_F(OwnData, IsAnIdxPairOfAnyElementType) {
  const std::vector<std::uint8_t> labels{0, 1, 61};
  const auto plain = std::string(pair) + R"(, "standardise": false)";
  const auto check = [&](std::vector<double> expected, bool real) {
    const auto data = load(recipe(plain));
    EXPECT_EQ(data.inputs, 2);
    EXPECT_EQ(data.classes, 62);
    EXPECT_EQ(data.samples.are_real(), real);
    EXPECT_EQ(values_of(data.samples), expected);
    EXPECT_EQ(data.labels, labels);
  };
  write_pair<std::uint8_t>(8, {3, 1, 2}, {0, 255, 16, 3, 2, 1}, labels);
  check({0, 255, 16, 3, 2, 1}, false);
  write_pair<std::int8_t>(9, {3, 2}, {0, -128, 16, 3, 2, 127}, labels);
  check({0, -128, 16, 3, 2, 127}, true);
  write_pair<std::int16_t>(0xB, {3, 2}, {0, -300, 16, 3, 2, 32000}, labels);
  check({0, -300, 16, 3, 2, 32000}, true);
  write_pair<std::int32_t>(0xC, {3, 2}, {0, -100000, 16, 3, 2, 1 << 30}, labels);
  check({0, -100000, 16, 3, 2, 1 << 30}, true);
  write_pair<float>(0xD, {3, 2}, {0.5f, -1e-3f, 16, 3, 2, 1e30f}, labels);
  check({0.5, -1e-3f, 16, 3, 2, 1e30f}, true);
  write_pair<double>(0xE, {3, 2}, {0.1, -1e-300, 16, 3, 2, 1e30}, labels);
  check({0.1, -1e-300, 16, 3, 2, 1e30}, true);
}

TEST_F(OwnData, OfIdxFilesIsRefusedByPlace) {
  write_pair<float>(0xD, {3, 2}, {0, 1, 2, std::nanf(""), 4, 5}, {0, 1, 1});
  expect_error(pair, {"x", "row 1, column 1 is nan"});
  write_pair<std::uint8_t>(8, {3, 2}, {0, 1, 2, 3, 4, 5}, {0, 1, 9});
  expect_error(pair, {"label 9 of row 2", "2 classes"}, R"("inputs": 2, "classes": 2,)");
  expect_error(pair, {"2 elements", "\"inputs\" is 3"}, R"("inputs": 3, "classes": 10,)");
  write_pair<std::uint8_t>(8, {3, 2}, {0, 1, 2, 3, 4, 5}, {0, 1});
  expect_error(pair, {"2 labels", "3 samples"});
  write("y", idx_bytes<std::int8_t>(9, {3}, {0, -1, -2}));
  expect_error(pair, {"label -1 of row 1 is below 0", "number the labels from 0"});
  write_pair<std::uint8_t>(7, {3, 2}, {0, 1, 2, 3, 4, 5}, {0, 1, 1});
  expect_error(pair, {"unknown type 0x07"});
  write("x", std::string("\0\0\10\3\377\377\377\377\377\377\377\377\377\377\377\377", 16));
  expect_error(pair, {"more than the file holds"});
  write("x", "");
  expect_error(pair, {"is empty"});
  write_pair<std::uint8_t>(8, {3, 2}, {0, 1, 2, 3, 4, 5}, {0, 1, 99});
  expect_error(pair, {"the largest label of y is 99"});
  write_pair<std::uint8_t>(8, {3, 2}, {0, 1, 2, 3, 4, 5}, {2, 1, 2});
  expect_error(pair, {"labels of y begin with 1", "subtract 1", "\"classes\" to 3"});
  EXPECT_EQ(load(recipe(pair, R"("classes": 3,)")).classes, 3);
  write_pair<double>(0xE, {2, 1, 2}, {0, 1, 2, std::nan("")}, {0, 1});
  expect_error(std::string(pair) + R"(, "shape": [1, 2])", {"row 1, pixel [0, 1] is nan"});
  expect_error(R"("train": "nothing")", {"nothing: there is no such file", "data.train", "--data-dir"});
}

TEST_F(OwnData, IsAnNpzWithArraysOfAnyName) {
  write_values_npz(folder_ / "v.npz", 6);
  const auto r = recipe(R"("train": "v.npz")");
  EXPECT_EQ(r.inputs, 6);
  EXPECT_EQ(r.classes, 3);
  EXPECT_EQ(load(r).size(), 90);
  EXPECT_EQ(load(r, Split::test).size(), 45);
  const auto swapped = recipe(R"("train": "v.npz", "arrays": {"train": "x_test", "train_labels": "y_test",
                                 "test": "x_train", "test_labels": "y_train"})");
  EXPECT_EQ(load(swapped).size(), 45);
  expect_error(R"("train": "v.npz", "arrays": {"train": "x"})",
               {"no array \"x\"", "x_train, y_train, x_test, y_test", "data.arrays.train"});
  expect_error(R"("train": "v.npz", "arrays": {"train_labels": "x_train"})", {"shape (90, 6)", "labels"});
}

TEST_F(OwnData, HasNoKeysOfOtherKindsOfFiles) {
  write_pair<std::uint8_t>(8, {3, 2}, {0, 1, 2, 3, 4, 5}, {0, 1, 1});
  expect_error(R"("train": "x", "train_labels": "y", "test_labels": "y")",
               {"y: labels for testing", "data.test,"});
  expect_error(std::string(pair) + R"(, "label": "k")", {"x: is no .csv", "remove data.label,"});
  expect_error(std::string(pair) + R"(, "label_column": 1)", {"remove data.label_column"});
  expect_error(std::string(pair) + R"(, "header": true)", {"remove data.header"});
  expect_error(std::string(pair) + R"(, "arrays": {"train": "a"})", {"x: is no .npz", "remove data.arrays"});
  write_values_npz(folder_ / "v.npz", 6);
  expect_error(R"("train": "v.npz", "test_labels": "y")",
               {"v.npz: is no IDX file", "remove data.test_labels"});
  expect_error(R"("train": "v.npz", "train_labels": "y")",
               {"v.npz: is no IDX file", "remove data.train_labels"});
  expect_error(R"("train": "v.npz", "test": "v.npz", "test_labels": "y")", {"v.npz: is no IDX file"});
  expect_error(R"("train": "v.npz", "label": "k")", {"v.npz: is no .csv"});
  write("i.csv", flowers_csv(12));
  expect_error(R"("train": "i.csv", "arrays": {"test": "a"})", {"i.csv: is no .npz"});
  expect_error(R"("train": "i.csv", "test_labels": "y")", {"i.csv: is no IDX file"});
  expect_error(R"("train": "i.csv", "label_column": 0)", {"label_column", "1 to"});
}

TEST_F(OwnData, OfRealValuesIsStandardisedByItsTrainingHalfAlone) {
  write_values_npz(folder_ / "v.npz", 6);
  const auto train = load(recipe(R"("train": "v.npz")")),
             test = load(recipe(R"("train": "v.npz")"), Split::test);
  ASSERT_NE(train.samples.standardisation(), nullptr);
  EXPECT_EQ(*train.samples.standardisation(), *test.samples.standardisation());
  const auto values = values_of(train.samples);
  for (std::size_t k = 0; k < 6; ++k) {
    double sum = 0, squares = 0;
    for (std::size_t i = k; i < values.size(); i += 6) sum += values[i], squares += values[i] * values[i];
    EXPECT_NEAR(sum, 0, 1e-10);
    EXPECT_NEAR(squares / 90, 1, 1e-12);
  }
  EXPECT_EQ(load(recipe(R"("train": "v.npz", "standardise": false)")).samples.standardisation(), nullptr);
  // What a model keeps is what later data is scaled by.
  TrainingData known;
  known.standardisation = Standardisation{{1}, {2}};
  const auto later = load_data(recipe(R"("train": "v.npz")"), Split::test, folder_.path(), &known);
  EXPECT_DOUBLE_EQ(values_of(later.samples)[0], (later.samples.values()[0] - 1) / 2);
}

TEST_F(OwnData, ThatNeverVariesIsRefusedByItsColumn) {
  write("c.csv", "a,b,k\n1,7,x\n2,7,y\n3,7,x\n4,7,y\n5,7,x\n6,7,y\n");
  expect_error(R"("train": "c.csv", "test_share": 0.4)",
               {"c.csv", "column \"b\" is 7", "data.standardise to false", "data.shape"});
  EXPECT_EQ(load(recipe(R"("train": "c.csv", "test_share": 0.4, "standardise": false)")).size(), 4);
  write("d.csv", "a,b,k\n1,0.1,x\n2,0.1,y\n3,0.1,x\n4,0.1,y\n5,0.1,x\n6,0.1,y\n");
  expect_error(R"("train": "d.csv", "test": "d.csv")", {"column \"b\" is 0.1 in all 6"});
  // Of an image only its channels have to vary.
  EXPECT_EQ(load(recipe(R"("train": "c.csv", "test_share": 0.4, "shape": [1, 2])")).size(), 4);
}

TEST_F(OwnData, OfOneFileIsSplitByAShareOfEachClassAndTheSeed) {
  write("i.csv", flowers_csv(60));
  const auto r = recipe(R"("train": "i.csv", "test_share": 0.25)");
  const auto train = load(r), test = load(r, Split::test);
  EXPECT_THAT(train.class_names, ElementsAre("setosa", "versicolor", "virginica"));
  EXPECT_EQ(train.size(), 45);
  EXPECT_EQ(test.size(), 15);
  for (const int label : {0, 1, 2}) EXPECT_EQ(std::count(test.labels.begin(), test.labels.end(), label), 5);
  std::multiset<std::vector<double>> halves, whole;
  const auto add = [](std::multiset<std::vector<double>>& to, std::span<const double> values) {
    for (std::size_t i = 0; i < values.size(); i += 4) to.emplace(values.begin() + i, values.begin() + i + 4);
  };
  add(halves, train.samples.values());
  add(halves, test.samples.values());
  add(whole, load(recipe(R"("train": "i.csv", "test": "i.csv")")).samples.values());
  EXPECT_EQ(halves, whole);
  EXPECT_EQ(load(r, Split::test).samples, test.samples);
  const auto other = recipe(R"("train": "i.csv", "test_share": 0.25)", R"("seed": 2,)");
  EXPECT_FALSE(load(other, Split::test).samples == test.samples);
  EXPECT_NE(data_key(other), data_key(r));
}

TEST_F(OwnData, OfTwoTablesMustAgree) {
  write("a.csv", flowers_csv(12));
  write("b.csv", "sepal_length,sepal_width,petal_length,petal_width,species\n1,2,3,4,rose\n");
  expect_error(R"("train": "a.csv", "test": "b.csv")",
               {"b.csv: line 2", "\"rose\"", "setosa, versicolor, virginica"});
  write("b.csv", "1,2,3,setosa\n");
  expect_error(R"("train": "a.csv", "test": "b.csv")", {"b.csv", "3 features", "4"});
  write("t", idx_bytes<std::uint8_t>(8, {1, 3}, {1, 2, 3}));
  write("l", idx_bytes<std::uint8_t>(8, {1}, {0}));
  write_pair<std::uint8_t>(8, {3, 2}, {0, 1, 2, 3, 4, 5}, {0, 1, 1});
  EXPECT_THAT(
      [&] {
        load(recipe(R"("train": "x", "train_labels": "y", "test": "t", "test_labels": "l")"), Split::test);
      },
      ThrowsMessage<Error>(
          AllOf(HasSubstr("t: samples have 3 elements"), HasSubstr("give test samples of"))));
  write("b.csv", "sepal_width,sepal_length,petal_length,petal_width,species\n1,2,3,4,setosa\n");
  expect_error(R"("train": "a.csv", "test": "b.csv")", {"b.csv", "other names, or another order"});
  expect_error(R"("train": "a.csv")", {"3 classes (setosa, versicolor, virginica)", "\"classes\" is 2"},
               R"("inputs": 4, "classes": 2,)");
}

TEST_F(OwnData, OfAnImageMayHaveItsChannelsFirstOrLast) {
  std::vector<std::uint8_t> last(2 * 2 * 3 * 2), first(last.size());
  std::iota(last.begin(), last.end(), std::uint8_t{0});
  for (std::size_t s = 0; s < 2; ++s)
    for (std::size_t p = 0; p < 6; ++p)
      for (std::size_t c = 0; c < 2; ++c) first[s * 12 + c * 6 + p] = last[s * 12 + p * 2 + c];
  const auto keys = std::string(pair) + R"(, "shape": [2, 3, 2])";
  write_pair<std::uint8_t>(8, {2, 2, 3, 2}, last, {0, 1});
  const auto data = load(recipe(keys));
  EXPECT_THAT(std::vector(data.samples.bytes().begin(), data.samples.bytes().end()), last);
  EXPECT_EQ(data.channels, 2);
  write_pair<std::uint8_t>(8, {2, 2, 2, 3}, first, {0, 1});
  EXPECT_EQ(load(recipe(keys)).samples, data.samples);
  expect_error(pair, {"(2, 2, 2, 3)", "data.shape"});
  expect_error(std::string(pair) + R"(, "shape": [4, 3])", {"4 x 3 x 1"});
}

TEST_F(OwnData, HasNoPixelNoiseUnlessItIsOfBytes) {
  write_values_npz(folder_ / "v.npz", 6);
  const auto data = load(recipe(R"("train": "v.npz")"));
  EXPECT_THAT([&] { with_pixel_noise(data, 1, 0.3); }, ThrowsMessage<Error>(HasSubstr("real values")));
}

TEST_F(OwnData, IsFoundBesideItsRecipe) {
  std::filesystem::create_directories(folder_ / "mine");
  write("mine/i.csv", flowers_csv(60));
  const auto r = parse_recipe_for({}, R"({"dynamics": "linear", "data": {"set": "files", "train": "i.csv"}})",
                                  (folder_ / "mine/r.json").string(), {});
  EXPECT_EQ(r.inputs, 4);
  EXPECT_EQ(load_data(r, Split::train).size(), 48);
  EXPECT_EQ(recipe_text(parse_recipe(recipe_text(r), "again")), recipe_text(r));
}

TEST_F(OwnData, MayTakeThePlaceOfThatOfAnyRecipe) {
  write_values_npz(folder_ / "v.npz", 6);
  const auto r =
      parse_recipe_for(folder_.path(), R"({"dynamics": "linear", "inputs": 49, "classes": 5})", "r.json",
                       {"inputs=none", "classes=none", "data.set=files", "data.train=v.npz"});
  EXPECT_EQ(r.inputs, 6);
  EXPECT_EQ(r.classes, 3);
}

TEST(Cifar, IsAsManyBatchesAsThereAre) {
  TemporaryFolder folder;
  std::filesystem::create_directories(folder / "cifar10");
  std::string record(3073, '\0');
  record[0] = 7;
  for (std::size_t i = 1; i < record.size(); ++i) record[i] = static_cast<char>(i * 7 % 251);
  write_bytes(folder / "cifar10/data_batch_1.bin", record + record);
  write_bytes(folder / "cifar10/data_batch_3.bin", record);
  write_bytes(folder / "cifar10/test_batch.bin", record);
  const auto recipe = parse_recipe(
      R"({"dynamics": "linear", "inputs": 3072, "classes": 10, "data": {"set": "cifar-10"}})", "r.json");
  const auto data = load_data(recipe, Split::train, folder.path());
  EXPECT_EQ(data.size(), 3);
  EXPECT_THAT(data.labels, ElementsAre(7, 7, 7));
  for (const std::size_t p : {0, 31, 1023})
    for (const std::size_t c : {0, 1, 2})
      EXPECT_EQ(data.samples.bytes(2)[p * 3 + c], static_cast<std::uint8_t>(record[1 + c * 1024 + p]));
  record[0] = 10;
  write_bytes(folder / "cifar10/test_batch.bin", record);
  EXPECT_THAT([&] { load_data(recipe, Split::test, folder.path()); },
              ThrowsMessage<Error>(AllOf(HasSubstr("test_batch.bin"), HasSubstr("label 10 of record 0"))));
  write_bytes(folder / "cifar10/test_batch.bin", "abc");
  EXPECT_THAT([&] { load_data(recipe, Split::test, folder.path()); },
              ThrowsMessage<Error>(HasSubstr("3 bytes")));
}

}  // namespace files_test
}  // namespace stoic
