#include "stoic/host/sweep/cell.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "model_recipes.hpp"
#include "stoic/sim/io/error.hpp"
#include "temporary_folder.hpp"

namespace stoic {
namespace cell_test {

using testing::HasSubstr;
using testing::ThrowsMessage;

const char* const text = R"({"recipe": "letters-ffesn", "grid": {"steps": [1, 2]}})";

CellResult result_of(std::vector<double> accuracy, double chance, std::int64_t judged) {
  std::vector<double> loss(accuracy.size(), 1.0);
  return {.accuracy = std::move(accuracy), .loss = std::move(loss), .chance = chance, .judged = judged};
}

TEST(Convergence, IsNoneAtChanceLevel) {
  EXPECT_EQ(result_of({0.1, 0.1, 0.1}, 0.1, 10000).epoch_of_convergence(5e-4), std::nullopt);
  EXPECT_EQ(result_of({0.1135, 0.098, 0.1028}, 0.1135, 10000).epoch_of_convergence(5e-4), std::nullopt);
  EXPECT_EQ(result_of({0.20, 0.23, 0.21}, 0.2, 200).epoch_of_convergence(5e-4), std::nullopt);
  EXPECT_EQ(result_of({0.1, 0.1, 0.9}, 0.1, 10000).epoch_of_convergence(5e-4), 3);
  EXPECT_EQ(result_of({0.8, 0.9, 0.8999}, 0.1, 10000).epoch_of_convergence(5e-4), 2);
  EXPECT_EQ(result_of({0.8, 0.9, 0.8999}, 0.1, 10000).epoch_of_convergence(0.2), 1);
}

TEST(Convergence, NeedsAMarginAboveTheMostFrequentClass) {
  EXPECT_DOUBLE_EQ(result_of({}, 0.1, 10000).learned_above(), 0.15);
  EXPECT_DOUBLE_EQ(result_of({}, 0.2, 100).learned_above(), 0.2 + 3 * 0.04);
  EXPECT_DOUBLE_EQ(result_of({}, 0.96, 10000).learned_above(), 0.98);
}

TEST(Convergence, IsNoneOfATrainingThatDiverged) {
  auto result = result_of({0.9, 0.95}, 0.1, 10000);
  result.diverged = "the loss is not finite";
  EXPECT_EQ(result.epoch_of_convergence(5e-4), std::nullopt);
}

class Cells : public testing::Test {
 protected:
  void write(const std::string& bytes) { std::ofstream(file_) << bytes; }

  Sweep sweep_ = sweep_of(text);
  SweepCell cell_ = sweep_cells(sweep_)[1];
  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_ / "cell-00001.json";
};

TEST_F(Cells, KeepWhatTheyAreGiven) {
  const auto result = result_of({0.25, 0.9}, 0.2, 500);
  const auto bytes = cell_text(cell_, sweep_, result);
  write(bytes);
  EXPECT_EQ(read_cell(file_, cell_, sweep_), result);
  EXPECT_THAT(bytes, HasSubstr("\"epoch_of_convergence\": 2"));
  EXPECT_THAT(cell_text(cell_, sweep_, result_of({0.2}, 0.2, 500)),
              HasSubstr("\"epoch_of_convergence\": null"));
}

TEST_F(Cells, OfEarlierVersionsAreRead) {
  write(R"({"recipe": "letters-ffesn", "settings": ["steps=2", "seed=1"], "holdout": 0,
            "accuracy": [0.21, 0.22], "loss": [1.6, 1.5], "epoch_of_convergence": 1})");
  const auto result = read_cell(file_, cell_, sweep_);
  EXPECT_THAT(result.accuracy, testing::ElementsAre(0.21, 0.22));
  EXPECT_EQ(result.chance, 0.2) << "of five classes";
  EXPECT_EQ(result.epoch_of_convergence(5e-4), std::nullopt);
}

TEST_F(Cells, OfAnotherSweepOrDamagedAreRefused) {
  const auto refuses = [&](const std::string& bytes, const std::string& what) {
    write(bytes);
    EXPECT_THAT([&] { read_cell(file_, cell_, sweep_); }, ThrowsMessage<Error>(HasSubstr(what)));
  };
  refuses(cell_text(sweep_cells(sweep_)[0], sweep_, result_of({0.5}, 0.2, 9)), "is not the cell \"steps=2");
  refuses("{}", "remove it");
  refuses("[]", "remove it");
  refuses(cell_text(cell_, sweep_, result_of({}, 0.2, 9)), "does not hold");
  refuses(cell_text(cell_, sweep_, result_of({1.5}, 0.2, 9)), "does not hold");
}

TEST_F(Cells, WithCountsThatAreNoWholeNumbersAreRefused) {
  auto result = result_of({0.25, 0.9}, 0.2, 500);
  result.data = CellData{"letters", {501, "0123456789abcdef"}, {502, "0123456789abcdef"}};
  const auto good = cell_text(cell_, sweep_, result);
  for (const std::string count : {"500", "501", "502"})
    for (const auto* value : {"1e300", "0.5", "\"7\"", "null"}) {
      auto bytes = good;
      bytes.replace(bytes.find(": " + count) + 2, count.size(), value);
      write(bytes);
      EXPECT_THAT([&] { read_cell(file_, cell_, sweep_); },
                  ThrowsMessage<Error>(HasSubstr("does not hold what belongs into")))
          << bytes;
    }
}

TEST(SweepsFolder, OfAnEarlierVersionIsTakenAndOfAnotherRecipeRefused) {
  const auto sweep = sweep_of(text);
  auto stored = nlohmann::ordered_json::parse(sweep_text(sweep));
  EXPECT_NO_THROW(require_same_sweep(sweep, sweep_text(sweep), "out"));
  stored.at("base").at("neurons") = 61;
  EXPECT_THAT([&] { require_same_sweep(sweep, stored.dump(2) + "\n", "out"); },
              ThrowsMessage<Error>(HasSubstr("recipe letters-ffesn, which has changed")));
  stored.erase("base");
  EXPECT_NO_THROW(require_same_sweep(sweep, stored.dump(2) + "\n", "out"));
  stored.at("holdout") = 3;
  EXPECT_THAT([&] { require_same_sweep(sweep, stored.dump(2) + "\n", "out"); },
              ThrowsMessage<Error>(HasSubstr("another sweep")));
}

}  // namespace cell_test
}  // namespace stoic
