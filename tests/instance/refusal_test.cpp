// A network that an instance has no room for: the refusal names every number that is too small, and to what
// it must be raised; with these numbers the network compiles, and with one less of any it does not.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <regex>

#include "../temporary_folder.hpp"
#include "end_to_end/process.hpp"
#include "stoic/sim/contract/config.hpp"
#include "stoic/sim/io/file.hpp"

namespace stoic {
namespace refusal_test {

using Numbers = std::map<std::string, std::int64_t>;

class Refusal : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const auto trained = run_stoic({"train", GetParam(), "-o", path("m.npz"), "--epochs", "1", "--set",
                                    "data.train_samples=100", "--set", "data.test_samples=20"});
    ASSERT_EQ(trained.exit_code, 0) << trained.err;
  }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  /// How `stoic compile` refuses the smallest instance with these numbers instead; empty when it compiles.
  std::string refusal(const Numbers& numbers) const {
    auto text =
        hardware_config_text(load_hardware_config(STOIC_SOURCE_DIR "/tests/cosim/instances/smallest.json"));
    for (const auto& [key, value] : numbers)
      text = std::regex_replace(text, std::regex("\"" + key + "\": \\d+"),
                                fmt::format("\"{}\": {}", key, value));
    write_file_atomically(path("mine.json"), text);
    const auto finished =
        run_stoic({"compile", path("m.npz"), "--hw", path("mine.json"), "-o", path("m.img")});
    if (finished.exit_code == 0) return "";  // whatever it warns of
    EXPECT_EQ(finished.exit_code, 3) << finished.err;
    EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 1) << finished.err;
    return finished.err;
  }

 private:
  TemporaryFolder folder_;
};

/// "... raise A to 3, B to 4 and C to 5"
Numbers numbers_of(const std::string& refusal) {
  Numbers numbers;
  const std::regex one("([a-z_]+) to (\\d+)");
  const auto remedy = refusal.substr(std::min(refusal.rfind("; raise "), refusal.size()));
  for (auto at = std::sregex_iterator(remedy.begin(), remedy.end(), one); at != std::sregex_iterator(); ++at)
    numbers[(*at)[1]] = std::stoll((*at)[2]);
  return numbers;
}

TEST_P(Refusal, NamesEveryNumberThatIsTooSmallAndWhatWouldDo) {
  const auto first = refusal({});
  const auto numbers = numbers_of(first);
  ASSERT_GE(numbers.size(), 2u) << first;
  EXPECT_EQ(refusal(numbers), "") << first;
  for (const auto& [key, value] : numbers) {
    // The tiles of a convolution are as many as find room, so that it does with fewer words too.
    if (key == "program_words" && std::string(GetParam()) == "letters-cnn") continue;
    auto less = numbers;
    --less[key];
    const auto second = refusal(less);
    EXPECT_THAT(second, testing::HasSubstr(key)) << first;
  }
}

INSTANTIATE_TEST_SUITE_P(, Refusal, testing::Values("letters-ffesn", "letters-csto", "letters-cnn"),
                         [](const auto& recipe) { return std::string(recipe.param).substr(8); });

}  // namespace refusal_test
}  // namespace stoic
