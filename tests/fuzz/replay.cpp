// A fuzz target without libFuzzer: its seeds as they are, and each of them changed by chance some times, so that every
// build of the tests compiles every target and runs it a little.
//
//   replay_TARGET [SEED] [CHANGES]    changes of each seed; default: 1, 50
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace stoic::fuzz {
namespace {

void run_one(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

/// One to four of what libFuzzer does most: bits and bytes changed, words put in, parts cut out or doubled.
std::string changed(std::string input, const std::vector<std::string>& words, std::mt19937_64& random) {
  const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random() % limit); };
  for (std::size_t times = 1 + below(4); times > 0; --times) {
    const std::size_t at = below(input.size() + 1), length = std::min(input.size() - at, 1 + below(16));
    switch (input.empty() ? 4 : below(6)) {
      case 0:
        input[std::min(at, input.size() - 1)] ^= static_cast<char>(1U << below(8));
        break;
      case 1:
        input[std::min(at, input.size() - 1)] = static_cast<char>(below(256));
        break;
      case 2:
        input.erase(at, length);
        break;
      case 3:
        input.insert(below(input.size() + 1), input.substr(at, length));
        break;
      case 4:
        if (!words.empty()) input.insert(at, words[below(words.size())]);
        break;
      default:
        input.resize(at);
        break;
    }
  }
  return input;
}

}  // namespace
}  // namespace stoic::fuzz

int main(int count, char** arguments) {
  using namespace stoic::fuzz;
  const auto seed = count > 1 ? std::strtoull(arguments[1], nullptr, 10) : 1;
  const auto changes = count > 2 ? std::strtoull(arguments[2], nullptr, 10) : 50;
  const auto all = seeds();
  const auto known_words = words();
  std::mt19937_64 random(seed);
  fmt::print("{} seeds of the target, each as it is and {} times changed, random seed {}\n", all.size(),
             changes, seed);
  std::fflush(stdout);  // a finding ends the program
  for (const auto& input : all) {
    run_one(input);
    for (std::uint64_t i = 0; i < changes; ++i) run_one(changed(input, known_words, random));
  }
}
