// What an instance may be: every refusal says to which number to go, that number is accepted, and the
// generator of hw-configs/ refuses the same in the same words.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <regex>

#include "../temporary_folder.hpp"
#include "stoic/generated/stoic_interface.h"
#include "stoic/sim/contract/config.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"

namespace stoic {
namespace instance_limits_test {

using nlohmann::json;

std::string refusal(const std::string& text) {
  try {
    parse_hardware_config(text, "mine.json");
  } catch (const Error& error) {
    return std::string(error.what()).substr(std::string("mine.json: ").size());
  }
  return "";
}

std::string refusal(const json& instance) { return refusal(instance.dump()); }

/// What a CMake script of the project says of an instance, and whether it ended well.
std::pair<std::string, bool> ask(const std::string& script, const std::string& instance) {
  const TemporaryFolder folder;
  const auto file = (folder / "mine.json").string();
  write_file_atomically(file, instance);
  const auto command =
      fmt::format("cd {} && {} -D instance=mine.json -D version={} -P {}/{} 2>&1", folder.path().string(),
                  STOIC_CMAKE, STOIC_INTERFACE_VERSION, STOIC_SOURCE_DIR, script);
  std::FILE* pipe = ::popen(command.c_str(), "r");
  std::string text;
  for (int c; (c = std::fgetc(pipe)) != EOF;) text.push_back(static_cast<char>(c));
  const int status = ::pclose(pipe);
  return {text, status == 0};
}

/// What `cmake -P check_instance.cmake` says of it, without the name of the file.
std::string refusal_of_generator(const std::string& instance) {
  const auto [text, good] = ask("hw-configs/check_instance.cmake", instance);
  EXPECT_EQ(good, text.empty()) << text;
  if (text.empty()) return "";
  const std::string file = "mine.json: ";
  EXPECT_TRUE(text.starts_with(file)) << text;
  return text.substr(file.size(), text.find('\n') - file.size());
}

std::string refusal_of_generator(const json& instance) { return refusal_of_generator(instance.dump()); }

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

/// The smallest instance as a text with `old` replaced.
std::string edited(const std::string& old, const std::string& text) {
  auto all = smallest().dump();
  EXPECT_NE(all.find(old), all.npos) << old;
  return all.replace(all.find(old), old.size(), text);
}

// ./dev asks the generator before it builds anything; the command, which is asked again, is built by then.
TEST(InstanceLimits, TheGeneratorRefusesWhateverTextTheCommandRefuses) {
  for (const auto& [old, text] : std::vector<std::pair<std::string, std::string>>{
           {"\"lanes\":2", "\"lanes\":2,\"lanes\":4"},
           {"\"name\":", "\"target\" : \"a]b[\", \"target\":\"x\", \"name\":"},
           {"\"lanes\"", "/* \"of mine\" */ \"lanes\""},
           {"{", "// of mine\n{"},
           {"}", ",}"},
           {"}", "} }"},
           {"}", "} x"},
           {"\"program_words\":1", "\"program_words\":010"},
           {"\"program_words\":1", "\"program_words\":+1"},
           {"\"program_words\":1", "\"program_words\":[1]"},
           {"\"program_words\":1", "\"program_words\":{\"a\":1}"},
           {"\"mine\"", "7"},
           {"\"mine\"", "true"},
           {"\"name\":\"mine\"", "\"target\":\"\""},
           {"\"mine\"", "\"mine\",\"target\":\"a\tb\""},
           {"\"mine\"", "\"mine\",\"target\":\"a\\nb\""},
           {"\"mine\"", "\"mine\",\"target\":\"caf\xe9\""},
           {"\"mine\"", "\"mine\",\"target\":\"" + std::string(201, 'a') + "\""}}) {
    EXPECT_NE(refusal(edited(old, text)), "") << text;
    EXPECT_NE(refusal_of_generator(edited(old, text)), "") << text;
  }
  for (const std::string target : {"a \\\"lanes\\\": x; [y] {z} // \\\\", "caf\xc3\xa9", "\\u00e9\\/", ""}) {
    const auto text = edited("\"mine\"", " \"mine\",\r\n\"target\" : \"" + target + "\"");
    EXPECT_EQ(refusal(text), "");
    EXPECT_EQ(refusal_of_generator(text), "") << text;
  }
}

TEST(InstanceLimits, SayTheSameOfAKeyGivenTwice) {
  const auto twice = edited("\"lanes\":2", "\"lanes\":2,\"lanes\":2");
  EXPECT_EQ(refusal(twice), "key \"lanes\" is given twice; keep one");
  EXPECT_EQ(refusal_of_generator(twice), refusal(twice));
}

TEST(InstanceLimits, NamesMadeOfDigitsAreNoNumbersOfTheHash) {
  for (const auto& instance :
       {with(smallest(), "target", "5000"), with(smallest(), "name", "16"), with(largest(), "target", "")}) {
    const auto [text, good] = ask("tests/contract/hash_of_instance.cmake", instance.dump());
    EXPECT_TRUE(good) << text;
    EXPECT_EQ(text, fmt::format("{:#x}\n", config_hash(parse_hardware_config(instance.dump(), "mine.json"))))
        << instance;
  }
}

}  // namespace instance_limits_test
}  // namespace stoic
