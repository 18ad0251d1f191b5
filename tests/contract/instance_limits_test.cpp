// What an instance may be: every refusal says to which number to go, that number is accepted, and the
// generator of hw-configs/ refuses the same in the same words.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <regex>

#include "../temporary_folder.hpp"
#include "stoic/sim/contract/config.hpp"
#include "stoic/sim/contract/error.hpp"
#include "stoic/sim/contract/file.hpp"

namespace stoic {
namespace {

using nlohmann::json;

std::string refusal(const json& instance) {
  try {
    parse_hardware_config(instance.dump(), "mine.json");
  } catch (const Error& error) {
    return std::string(error.what()).substr(std::string("mine.json: ").size());
  }
  return "";
}

/// What `cmake -P check_instance.cmake` says of it, without the name of the file.
std::string refusal_of_generator(const json& instance) {
  const TemporaryFolder folder;
  const auto file = (folder / "mine.json").string();
  write_file_atomically(file, instance.dump());
  const auto command = fmt::format("{} -D instance={} -P {}/hw-configs/check_instance.cmake 2>&1",
                                   STOIC_CMAKE, file, STOIC_SOURCE_DIR);
  std::FILE* pipe = ::popen(command.c_str(), "r");
  std::string text;
  for (int c; (c = std::fgetc(pipe)) != EOF;) text.push_back(static_cast<char>(c));
  const int status = ::pclose(pipe);
  EXPECT_EQ(status == 0, text.empty()) << text;
  if (text.empty()) return "";
  EXPECT_TRUE(text.starts_with(file + ": ")) << text;
  return text.substr(file.size() + 2, text.find('\n') - file.size() - 2);
}

json smallest() {
  return {{"name", "mine"},          {"lanes", 2},
          {"state_width", 8},        {"weight_width", 4},
          {"accumulator_width", 17}, {"state_words_per_lane", 1},
          {"weight_words", 1},       {"program_words", 1},
          {"table_words", 2},        {"table_guard_bits", 0},
          {"function_units", 1},     {"loop_depth", 1},
          {"input_buffer_beats", 1}};
}

json largest() {
  return {{"name", "mine"},
          {"lanes", 64},
          {"state_width", 24},
          {"weight_width", 18},
          {"accumulator_width", 64},
          {"state_words_per_lane", 4096},
          {"weight_words", 4194304},
          {"program_words", 65536},
          {"table_words", 65536},
          {"table_guard_bits", 8},
          {"function_units", 64},
          {"loop_depth", 16},
          {"input_buffer_beats", 4096}};
}

json with(json instance, const std::string& key, const json& value) {
  instance[key] = value;
  return instance;
}

/// Follows a refusal: the number after "raise it to", or else after "lower it to".
std::string followed(const json& instance, const std::string& key, const std::string& text) {
  std::smatch match;
  if (!std::regex_search(text, match, std::regex("(raise|lower) it to (\\d+)")))
    return "says no number: " + text;
  return refusal(with(instance, key, std::stoll(match[2])));
}

TEST(InstanceLimits, AcceptTheSmallestAndTheLargest) {
  for (const auto& instance : {smallest(), largest()}) {
    EXPECT_EQ(refusal(instance), "");
    EXPECT_EQ(refusal_of_generator(instance), "");
  }
}

TEST(InstanceLimits, SayWhichWayAndHowFarANumberHasToGo) {
  const auto least = smallest(), most = largest();
  for (const auto& [key, value] : least.items()) {
    if (key == "name") continue;
    const auto low = with(smallest(), key, value.get<std::int64_t>() - 1);
    EXPECT_THAT(refusal(low), testing::HasSubstr("raise it to " + value.dump())) << key;
    EXPECT_EQ(followed(low, key, refusal(low)), "") << key;
  }
  for (const auto& [key, value] : most.items()) {
    if (key == "name") continue;
    const auto high = with(largest(), key, value.get<std::int64_t>() + 1);
    EXPECT_THAT(refusal(high), testing::HasSubstr("lower it to " + value.dump())) << key;
    EXPECT_EQ(followed(high, key, refusal(high)), "") << key;
  }
  const auto between = refusal(with(largest(), "lanes", 24));
  EXPECT_THAT(between, testing::HasSubstr("not 24; lower it to 16 or raise it to 32"));
  const auto units = with(with(largest(), "lanes", 8), "function_units", 32);
  EXPECT_EQ(followed(units, "function_units", refusal(units)), "");
}

TEST(InstanceLimits, AreTheSameForTheGenerator) {
  const std::pair<const char*, json> changes[] = {
      {"lanes", 1},
      {"lanes", 24},
      {"lanes", 128},
      {"state_width", 7},
      {"state_width", 9},  // the accumulator no longer holds three squares
      {"accumulator_width", 65},
      {"weight_words", 0},
      {"table_words", -3},
      {"table_guard_bits", 9},
      {"function_units", 4},
      {"loop_depth", 17},
      {"program_words", "many"},
      {"program_words", 1.5},
      {"input_buffer_beats", std::uint64_t{1} << 63},
  };
  for (const auto& [key, value] : changes) {
    const auto instance = with(smallest(), key, value);
    EXPECT_NE(refusal(instance), "") << instance;
    if (!value.is_number_integer()) {
      EXPECT_NE(refusal_of_generator(instance), "") << instance;
    } else {
      EXPECT_EQ(refusal_of_generator(instance), refusal(instance)) << instance;
    }
  }
  for (const auto& instance :
       {with(largest(), "function_units", 48), with(largest(), "weight_words", 4194305),
        with(smallest(), "spare", 1), with(smallest(), "target", 1)})
    EXPECT_NE(refusal_of_generator(instance), "") << instance;
}

}  // namespace
}  // namespace stoic
