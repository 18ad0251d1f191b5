// Networks that share the memories of an accelerator.
#include "stoic/host/compiler/placement.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "../cosim/random_program.hpp"
#include "../cosim/reference.hpp"
#include "stoic/host/compiler/export.hpp"
#include "stoic/sim/contract/assembler.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace placement_test {

using testing::HasSubstr;

constexpr const char* network = R"(
.vector u 20
.vector x 6
.constant half 4
LOAD destination=u length=20
MATVEC destination=x source=u rows=6 columns=20 weights=1 result_shift=2
FUNCTION destination=x source=x length=6 symmetry=0 table=2 segments=3 segment_shift=2 origin=0
STORE source=x length=6
HALT)";

Image image_on(const HardwareConfig& config, const char* text = network) {
  auto assembly = assemble(text, config, "network");
  return {.config = config,
          .program = std::move(assembly.program),
          .weights = std::vector<std::int32_t>(static_cast<std::size_t>(config.lanes * 50), 3),
          .tables = {1, 2, 3, 4, 5, 6},
          .initial_state = std::move(assembly.initial_state),
          .input_lengths = {20},
          .output_lengths = {6},
          .vectors = std::move(assembly.vectors)};
}

std::string refusal(const auto& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was refused";
}

TEST(Placement, MovesWhatTheManifestNames) {
  auto image = image_on(load_hardware_config("compact"));
  image.slots = {{0, "the input"}, {3, "the table"}};
  const ExportedAs there{
      .placement = {.program_word = 40, .weight_word = 50, .state_word = 8, .table_word = 6}};
  const auto json = nlohmann::json::parse(export_manifest(image, {}, there));
  EXPECT_EQ(json["slots"][0]["slot"], 40);
  EXPECT_EQ(json["slots"][1]["slot"], 43);
  EXPECT_EQ(json["vectors"][0]["word"], image.vectors[0].word + 8);
}

TEST(Placement, PutsNetworksOneBehindTheOther) {
  const auto config = load_hardware_config("compact");
  const auto a = image_on(config);
  const auto needs = memory_needs(a);
  EXPECT_EQ(needs.program_words, std::ssize(a.program));
  EXPECT_EQ(needs.weight_words, 50);
  EXPECT_EQ(needs.table_words, 6);
  EXPECT_EQ(needs.state_words_per_lane, config.beats(20) + config.beats(6) + 1);
  auto b = a;
  b.tables[0] = 7;
  EXPECT_EQ(placement_of_last({{"a", a}}), Placement{});
  EXPECT_EQ(placement_of_last({{"a", a}, {"b", b}}),
            (Placement{needs.program_words, 50, needs.state_words_per_lane, 6}));
  EXPECT_EQ(placement_of_last({{"a", a}, {"b", b}, {"a", a}}).table_word, 0)
      << "tables that are there already";
  EXPECT_EQ(placement_of_last({{"a", a}, {"b", b}, {"b", b}}).table_word, 6);
  EXPECT_EQ(relocated(a, {}), a);
}

TEST(Placement, LeavesRoomForWhatAProgramReadsBeyondWhatTheImageHolds) {
  auto image = image_on(load_hardware_config("compact"));
  image.weights.clear();  // zeros at the end need not be there
  image.tables.resize(1);
  const auto needs = memory_needs(image);
  EXPECT_EQ(needs.weight_words, 1 + 2 * 20) << "two blocks of rows";
  EXPECT_EQ(needs.table_words, 2 + 3 + 1) << "one knot more than segments";
  image = image_on(load_hardware_config("compact"),
                   "NORMALISE destination=3 source=0 length=4 table=5 segments=7 segment_shift=2\nHALT");
  image.tables.clear();
  EXPECT_EQ(memory_needs(image).table_words, 5 + 7 + 1);
}

TEST(Placement, NamesEveryMemoryThatIsTooSmallAndWhatItMustBeRaisedTo) {
  auto config = load_hardware_config("compact");
  const auto needs = memory_needs(image_on(config));
  config.program_words = 2 * needs.program_words - 1;
  config.weight_words = 99;
  config.state_words_per_lane = 2 * needs.state_words_per_lane - 1;
  config.table_words = 11;
  auto a = image_on(config), b = a;
  b.tables[0] = 7;
  const auto both = [&] { (void)placement_of_last({{"a.img", a}, {"b.img", b}}); };
  EXPECT_EQ(
      refusal(both),
      fmt::format(
          "a.img and b.img do not fit the instance \"compact\" together: raise program_words from {} "
          "to {}, weight_words from 99 to 100, state_words_per_lane from {} to {}, table_words from 11 "
          "to 12 in an instance of your own, and compile each again with its --hw and --within compact, "
          "so that it leaves that room",
          config.program_words, 2 * needs.program_words, config.state_words_per_lane,
          2 * needs.state_words_per_lane));
  // With these numbers it does.
  auto larger = config;
  larger.program_words += 1;
  larger.weight_words += 1;
  larger.state_words_per_lane += 1;
  larger.table_words += 1;
  EXPECT_EQ(placement_of_last({{"a", on_larger_instance(a, larger)}, {"b", on_larger_instance(b, larger)}})
                .weight_word,
            50);
}

TEST(Placement, IsRefusedWhereNoInstanceHasTheRoomOrInstancesDiffer) {
  auto config = load_hardware_config("compact");
  config.program_words = STOIC_PROGRAM_WORDS_MAX;
  auto image = image_on(config);
  image.program.resize(STOIC_PROGRAM_WORDS_MAX / 2 + 1, image.program.back());
  EXPECT_THAT(refusal([&] {
                (void)placement_of_last({{"a", image}, {"b", image}});
              }),
              HasSubstr("together they need 65538 program_words, and none has more than 65536"));
  const auto other = image_on(load_hardware_config("small"));
  EXPECT_THAT(refusal([&] {
                (void)placement_of_last({{"a", image}, {"b", other}});
              }),
              HasSubstr("b: was compiled for"));
}

TEST(Placement, ALargerInstanceDiffersInItsMemoriesAlone) {
  const auto config = load_hardware_config("compact");
  const auto image = image_on(config);
  auto larger = config;
  larger.table_words *= 2;
  EXPECT_EQ(on_larger_instance(image, larger).program, image.program);
  auto smaller = config;
  --smaller.weight_words;
  EXPECT_THAT(refusal([&] { (void)on_larger_instance(image, smaller); }), HasSubstr("weight_words is "));
  auto wider = config;
  wider.lanes *= 2;
  EXPECT_THAT(refusal([&] { (void)on_larger_instance(image, wider); }), HasSubstr("lanes is 4 and 8"));
  auto deeper = config;
  deeper.input_buffer_beats += 1;
  EXPECT_THAT(refusal([&] { (void)on_larger_instance(image, deeper); }), HasSubstr("input_buffer_beats is "));
}

class RandomNetworks : public testing::TestWithParam<std::uint64_t> {};

/// Outputs and cycles of a program whose memories begin at `placement`.
std::pair<std::vector<std::vector<std::int32_t>>, std::int64_t> run_at(const cosim::Case& c,
                                                                       const Placement& placement) {
  const auto lanes = c.config.lanes;
  auto larger = c.config;
  larger.state_words_per_lane += placement.state_word;
  larger.weight_words += placement.weight_word;
  larger.table_words += placement.table_word;
  Image image{.config = c.config, .program = c.program};
  image = relocated(on_larger_instance(std::move(image), larger), placement);
  const auto at = [](std::int64_t begin, const auto& values) {
    std::vector<std::int32_t> all(static_cast<std::size_t>(begin), 0);
    all.insert(all.end(), values.begin(), values.end());
    return all;
  };
  image.weights = at(placement.weight_word * lanes + c.weights.first, c.weights.values);
  image.tables = at(placement.table_word + c.tables.first, c.tables.values);
  image.initial_state = {
      {.word = 0, .values = at(placement.state_word * lanes + c.state.first, c.state.values)}};
  cosim::Reference reference(larger);
  auto& machine = reference.machine();
  reference.queue(c.input, c.weight_stream);
  const auto inputs = machine.input(), matrices = machine.weight_stream();
  machine.load(image);
  machine.input() = inputs;
  machine.weight_stream() = matrices;
  machine.start();
  EXPECT_EQ(machine.run(), STOIC_STATUS_CODE_OK) << cosim::text(c);
  return {{machine.output().begin(), machine.output().end()}, machine.counters().cycles};
}

TEST_P(RandomNetworks, HaveTheSameOutputsAndCyclesWhereverTheyLie) {
  const auto config = cosim::random_config(GetParam());
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    const auto c = cosim::random_case(config, seed, {.samples_most = 1});
    EXPECT_EQ(run_at(c, {.weight_word = 3, .state_word = 5, .table_word = 7}), run_at(c, {}))
        << cosim::text(c);
  }
}
INSTANTIATE_TEST_SUITE_P(Instances, RandomNetworks, testing::Range(std::uint64_t{1}, std::uint64_t{5}));

}  // namespace placement_test
}  // namespace stoic
