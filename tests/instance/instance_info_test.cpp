// What `stoic info` says of an instance: numbers that follow from its own.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "../temporary_folder.hpp"
#include "end_to_end/process.hpp"
#include "stoic/sim/contract/config.hpp"
#include "stoic/sim/golden/schedule.hpp"
#include "stoic/sim/io/file.hpp"

namespace stoic {
namespace instance_info_test {

using nlohmann::json;
using testing::HasSubstr;

const std::string instances = STOIC_SOURCE_DIR "/tests/cosim/instances/";

json info(const std::string& name) {
  const auto finished = run_stoic({"info", name, "--json"});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  return json::parse(finished.out);
}

/// A program of one product of a square matrix.
std::vector<std::uint64_t> product_of(std::int64_t size, const HardwareConfig& config) {
  Matvec matvec;
  matvec.rows = matvec.columns = size;
  matvec.destination = config.beats(size);
  auto program = encode(matvec);
  for (const auto word : encode(Halt{})) program.push_back(word);
  return program;
}

TEST(InstanceInfo, CountsStreamsMemoriesAndMultipliersOfABuiltInInstance) {
  const auto result = info("default");  // 16 lanes, states of 16 bits, weights of 8
  EXPECT_EQ(result["kind"], "hardware configuration");
  EXPECT_EQ(result["config_hash"], fmt::format("{:08x}", config_hash(load_hardware_config("default"))));
  EXPECT_EQ(result["stream_bits"], (json{{"input", 256}, {"weights", 128}, {"output", 256}}));
  EXPECT_EQ(result["multipliers"], (json{{"lanes", 16}, {"function_units", 4}}));
  const auto& memories = result["memories"];
  EXPECT_EQ(memories["state"]["bits"], 512 * 16 * 16);
  EXPECT_EQ(memories["weights"]["bits"], 18432 * 16 * 8);
  EXPECT_EQ(memories["program"]["bits"], 512 * 64);
  EXPECT_EQ(memories["tables"]["bits"], 1024 * 20);
  EXPECT_EQ(memories["tables"]["rtl_copies"], 4);
  EXPECT_EQ(memories["input_buffer"]["bits"], 64 * (16 * 16 + 1));
  std::int64_t sum = 0, with_copies = 0;
  for (const auto& [name, memory] : memories.items()) {
    sum += memory["bits"].get<std::int64_t>();
    with_copies += memory["bits"].get<std::int64_t>() * memory["rtl_copies"].get<std::int64_t>();
  }
  EXPECT_EQ(result["memory_bits"], sum);
  EXPECT_EQ(result["rtl_memory_bits"], with_copies);
}

TEST(InstanceInfo, PadsTheWordsOfStreamsToBytes) {
  EXPECT_EQ(info("wide")["stream_bits"],
            (json{{"input", 32 * 24}, {"weights", 32 * 16}, {"output", 32 * 24}}));
  EXPECT_EQ(info(instances + "smallest.json")["stream_bits"],
            (json{{"input", 16}, {"weights", 16}, {"output", 16}}));
}

TEST(InstanceInfo, GivesTheCyclesThatTheModelsCountForTheLargestProductThatFits) {
  for (const std::string& name :
       {std::string("tiny"), std::string("compact"), std::string("default"), std::string("wide"),
        instances + "odd_narrow.json", instances + "few_words.json"}) {
    SCOPED_TRACE(name);
    const auto config = load_hardware_config(name);
    const auto product = info(name)["product"];
    const std::int64_t size = product["rows"];
    EXPECT_EQ(product["columns"], size);
    const auto schedule = golden::schedule(product_of(size, config), config);
    const auto nothing = golden::schedule(encode(Halt{}), config);
    EXPECT_EQ(product["cycles"], schedule.cycles - nothing.cycles);
    EXPECT_EQ(product["mac_cycles"], schedule.mac_cycles);
    EXPECT_NE(
        check_operands(golden::decode_step(product_of(size + 1, config), 0, config).instruction, config),
        STOIC_STATUS_CODE_OK);
  }
}

TEST(InstanceInfo, SaysWhatAProductNeedsWhereNoneFits) {
  EXPECT_TRUE(info(instances + "smallest.json")["product"].is_null());
  const auto finished = run_stoic({"info", instances + "smallest.json"});
  EXPECT_THAT(finished.out, HasSubstr("state_words_per_lane >= 2"));
}

TEST(InstanceInfo, ShowsTheSameToPeople) {
  const auto finished = run_stoic({"info", "tiny"});
  EXPECT_EQ(finished.exit_code, 0);
  for (const auto* part : {"hash ", "input 32 bits", "multipliers: 2 of 10 x 10 bits", "weights", "1,048,576",
                           "largest square product that fits: "})
    EXPECT_THAT(finished.out, HasSubstr(part));
}

}  // namespace instance_info_test
}  // namespace stoic
