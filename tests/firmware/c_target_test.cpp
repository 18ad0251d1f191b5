// Random programs as C without an accelerator: the bits of golden, whatever they are made of.
#include <dlfcn.h>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>

#include "../cosim/random_program.hpp"
#include "../cosim/reference.hpp"
#include "../temporary_folder.hpp"
#include "stoic/host/compiler/export_c.hpp"
#include "stoic/sim/contract/assembler.hpp"
#include "stoic/sim/golden/schedule.hpp"

namespace stoic {
namespace c_target_test {

/// A network, its sample, and what golden makes of it.
struct Sample {
  std::string name, text;
  Image image;
  std::vector<std::int32_t> input, output;
};

std::vector<std::int32_t> joined(const auto& vectors) {
  std::vector<std::int32_t> all;
  for (const auto& vector : vectors) all.insert(all.end(), vector.begin(), vector.end());
  return all;
}

Sample of_case(const cosim::Case& c, std::string name) {
  const auto lanes = c.config.lanes;
  Sample sample{.name = std::move(name), .text = cosim::text(c)};
  Image& image = sample.image;
  image.config = c.config;
  image.program = c.program;
  image.weights.resize(static_cast<std::size_t>(c.weights.first), 0);
  image.weights.insert(image.weights.end(), c.weights.values.begin(), c.weights.values.end());
  image.tables.resize(static_cast<std::size_t>(c.tables.first), 0);
  image.tables.insert(image.tables.end(), c.tables.values.begin(), c.tables.values.end());
  StateBlock block{.word = c.state.first / lanes};
  block.values.resize(static_cast<std::size_t>(c.state.first % lanes), 0);
  block.values.insert(block.values.end(), c.state.values.begin(), c.state.values.end());
  image.initial_state = {block};

  cosim::Reference reference(c.config);
  auto& machine = reference.machine();
  reference.queue(c.input, c.weight_stream);
  for (const auto& matrix : machine.weight_stream()) {
    image.stream_schedule.push_back({static_cast<std::int64_t>(image.stream_weights.size()) / lanes,
                                     static_cast<std::int64_t>(matrix.size()) / lanes});
    image.stream_weights.insert(image.stream_weights.end(), matrix.begin(), matrix.end());
  }
  const auto schedule = golden::schedule(image.program, image.config);
  for (const auto index : schedule.order)
    if (const auto* load = std::get_if<Load>(&schedule.steps[index].instruction)) {
      auto& vector = machine.input().at(image.input_lengths.size());  // whole beats
      vector.resize(static_cast<std::size_t>(load->length));
      image.input_lengths.push_back(load->length);
    }
  sample.input = joined(machine.input());
  const auto inputs = machine.input(), matrices = machine.weight_stream();
  machine.load(image);
  machine.input() = inputs;
  machine.weight_stream() = matrices;
  machine.start();
  EXPECT_EQ(machine.run(), STOIC_STATUS_CODE_OK) << sample.text;
  for (const auto& vector : machine.output()) image.output_lengths.push_back(std::ssize(vector));
  sample.output = joined(machine.output());
  return sample;
}

template <class Code>
std::vector<std::int32_t> as_compiled(void* library, const Sample& sample) {
  const auto find = [&](const char* what) { return ::dlsym(library, (sample.name + what).c_str()); };
  const auto begin = reinterpret_cast<void (*)(void*)>(find("_begin"));
  const auto run = reinterpret_cast<void (*)(void*, const Code*, Code*)>(find("_run"));
  std::vector<std::int64_t> state(static_cast<std::size_t>(c_figures(sample.image).state_bytes / 8 + 1));
  const std::vector<Code> input(sample.input.begin(), sample.input.end());
  std::vector<Code> output(sample.output.size());
  begin(state.data());
  for (int again = 0; again < 2; ++again) run(state.data(), input.data(), output.data());
  return {output.begin(), output.end()};
}

/// Those that store something, of an instance.
std::vector<Sample> random_samples(const HardwareConfig& config, int programs) {
  std::vector<Sample> samples;
  for (std::uint64_t seed = 1; std::ssize(samples) < programs; ++seed) {
    auto sample = of_case(cosim::random_case(config, seed, {.samples_most = 1}), fmt::format("p{}", seed));
    if (!sample.image.output_lengths.empty()) samples.push_back(std::move(sample));
  }
  return samples;
}

/// All as one library.
void expect_bits_of_golden(const std::vector<Sample>& samples) {
  const TemporaryFolder folder;
  for (const auto& sample : samples)
    for (const auto& file : exported_c(sample.image, sample.name))
      std::ofstream(folder / file.name) << file.bytes;
  const auto path = (folder / "all.so").string();
  const auto command = fmt::format(
      "cd '{}' && cc -std=c99 -O1 -Wall -Wextra -Werror -fsanitize=undefined -fPIC "
      "-shared "
      "*.c -o all.so",
      folder.path().string());
  ASSERT_EQ(std::system(command.c_str()), 0);
  void* const library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(library, nullptr) << ::dlerror();
  for (const auto& sample : samples) {
    const auto& config = sample.image.config;
    const auto output = config.state_width <= 16 ? as_compiled<std::int16_t>(library, sample)
                                                 : as_compiled<std::int32_t>(library, sample);
    EXPECT_EQ(output, sample.output) << sample.text << hardware_config_text(config);
  }
  ::dlclose(library);
}

/// Two outputs of 3 and 4 elements; the binary point of each.
std::string header_and_source(std::int64_t first, std::int64_t last, bool named = true) {
  Image image;
  image.config = load_hardware_config("compact");
  image.program =
      assemble("STORE source=0 length=3\nSTORE source=1 length=4\nHALT", image.config, "test").program;
  image.output_lengths = {3, 4};
  image.vectors = {{"a", 0, 3, first}};
  if (named) image.vectors.push_back({"b", 1, 4, last});
  std::string text;
  for (const auto& file : exported_c(image, "p")) text += file.bytes;
  return text;
}

TEST(CTargetOutputs, OfSeveralTheLastIsTheResult) {
  using testing::HasSubstr;
  for (const auto& [first, last] : {std::pair{5, 9}, {5, 0}, {0, 9}, {7, -2}})
    EXPECT_THAT(header_and_source(first, last),
                HasSubstr(fmt::format("#define P_OUTPUT_FRACTION_BITS {} ", last)));
  EXPECT_THAT(header_and_source(5, 0, false), HasSubstr("#define P_OUTPUT_FRACTION_BITS 0 "))
      << "nothing names it";
  EXPECT_THAT(header_and_source(5, 9), HasSubstr("last = output + 3;"));
  EXPECT_THAT(header_and_source(5, 9), HasSubstr("#define P_CLASSES 4u"));
}

TEST(CTargetFigures, CountTheRowsThatFillFour) {
  const auto constants = [](std::int64_t rows, std::int64_t columns) {
    Image image;
    image.config = load_hardware_config("compact");
    image.program =
        assemble(
            fmt::format("MATVEC destination=8 source=0 rows={} columns={}\nSTORE source=8 length={}\nHALT",
                        rows, columns, rows),
            image.config, "test")
            .program;
    image.weights.assign(static_cast<std::size_t>(image.config.beats(rows) * columns * image.config.lanes),
                         1);
    image.output_lengths = {rows};
    return c_figures(image).constant_bytes;
  };
  EXPECT_EQ(constants(4, 10), 40);
  for (const std::int64_t rows : {5, 7, 8}) EXPECT_EQ(constants(rows, 10), 80) << rows;
}

class CTarget : public testing::TestWithParam<int> {};

TEST_P(CTarget, HasTheBitsOfGoldenOnRandomPrograms) {
  expect_bits_of_golden(random_samples(cosim::random_config(static_cast<std::uint64_t>(GetParam())), 8));
}
INSTANTIATE_TEST_SUITE_P(Instances, CTarget, testing::Range(1, 5));

TEST(CTargetOnTiny, WrapsSumsAsItsAccumulatorsOf24BitsDo) {
  const auto config = load_hardware_config("tiny");
  constexpr std::int64_t columns = 200;
  const auto assembly = assemble(
      ".vector x 200\n.vector y 2\nLOAD destination=x length=200\n"
      "MATVEC destination=y source=x rows=2 columns=200 result_shift=15\nSTORE source=y length=2\nHALT\n",
      config, "wraps");
  Sample sample{.name = "wraps"};
  sample.image.config = config;
  sample.image.program = assembly.program;
  sample.image.weights.assign(static_cast<std::size_t>(config.lanes * columns), 127);
  sample.image.input_lengths = {columns};
  sample.image.output_lengths = {2};
  sample.input.assign(columns, 511);
  // 200 * 127 * 511 = 12,979,400 is 3,797,816 below 2^24.
  sample.output.assign(2, -116);
  golden::Machine machine(config);
  machine.load(sample.image);
  machine.input().push_back(sample.input);
  machine.start();
  ASSERT_EQ(machine.run(), STOIC_STATUS_CODE_OK);
  ASSERT_EQ(machine.output().at(0), sample.output);
  expect_bits_of_golden({sample});
}

/// 512 products of the least state and the least weight are 2^31, which is one more than 32 bits hold.
TEST(CTargetSums, HaveTheSignOfGoldenAtTheEndOf32Bits) {
  const auto config = load_hardware_config("default");
  ASSERT_EQ(config.state_width, 16);
  ASSERT_EQ(config.weight_width, 8);
  for (const std::int64_t columns : {511, 512, 513}) {
    const auto assembly =
        assemble(fmt::format(".vector x {0}\n.vector y 2\nLOAD destination=x length={0}\n"
                             "MATVEC destination=y source=x rows=2 columns={0} result_shift=17\n"
                             "STORE source=y length=2\nHALT\n",
                             columns),
                 config, "sums");
    Sample sample{.name = fmt::format("sums{}", columns)};
    sample.image.config = config;
    sample.image.program = assembly.program;
    sample.image.weights.assign(static_cast<std::size_t>(config.lanes * columns), -128);
    sample.image.input_lengths = {columns};
    sample.image.output_lengths = {2};
    sample.input.assign(static_cast<std::size_t>(columns),
                        -32768);  // columns * 2^22, of which 2^31 is 512 times
    sample.output.assign(2, static_cast<std::int32_t>(columns * 32));
    expect_bits_of_golden({sample});
  }
}

}  // namespace c_target_test
}  // namespace stoic
