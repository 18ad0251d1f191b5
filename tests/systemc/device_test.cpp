// The cycle model as a Device in a process of its own.
#include <dirent.h>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <sstream>

#include "../temporary_folder.hpp"
#include "model_driver.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/systemc/systemc_device.hpp"

namespace stoic {
namespace device_test {

const HardwareConfig& compact() {
  static const auto config = load_hardware_config("compact");
  return config;
}

void write_program(Device& device, const std::string& text) {
  const auto assembly = assemble(text, device.config(), "test");
  std::vector<std::int32_t> halves;
  for (const auto word : assembly.program) {
    halves.push_back(static_cast<std::int32_t>(word));
    halves.push_back(static_cast<std::int32_t>(word >> 32));
  }
  device.write_memory(STOIC_MEMORY_PROGRAM, 0, halves);
}

std::vector<pid_t> children() {
  std::vector<pid_t> found;
  std::ifstream list("/proc/self/task/" + std::to_string(getpid()) + "/children");
  for (pid_t child; list >> child;) found.push_back(child);
  return found;
}

Packet packet(std::int64_t beats, std::int32_t first = 1) {
  Packet result;
  for (std::int64_t i = 0; i < beats * compact().lanes; ++i) result.beats.push_back(first++);
  return result;
}

constexpr const char* echo = "LOAD destination=0 length=8\nSTORE source=0 length=8\nHALT";

TEST(SystemcDevice, TakesTheCyclesOfTheBus) {
  const auto device = make_systemc_device(compact());
  EXPECT_EQ(device->name(), "systemc");
  EXPECT_EQ(device->cycle(), 0);
  EXPECT_EQ(device->read(STOIC_REG_ID).value, STOIC_ID);
  EXPECT_EQ(device->cycle(), 2);
  EXPECT_FALSE(device->write(STOIC_REG_SAMPLES, 1).error);
  EXPECT_EQ(device->cycle(), 2 + 3);
  EXPECT_TRUE(device->read(STOIC_REG_CONTROL).error);
  EXPECT_EQ(device->cycle(), 7);
  device->write_memory(STOIC_MEMORY_STATE, 5, std::vector<std::int32_t>{1, -2, 3});
  EXPECT_EQ(device->cycle(), 7 + 3 * 5);
  EXPECT_EQ(device->read_memory(STOIC_MEMORY_STATE, 5, 3), (std::vector<std::int32_t>{1, -2, 3}));
  EXPECT_EQ(device->cycle(), 22 + 3 * 2 + 3 * 3);
  device->run(1000);
  EXPECT_EQ(device->cycle(), 1037);
  device->reset();
  EXPECT_EQ(device->cycle(), 1038);
  std::vector<std::int32_t> state(static_cast<std::size_t>(compact().state_words_per_lane * compact().lanes));
  device->peek_state(state);
  EXPECT_EQ(state[6], -2);  // memories outlive a reset
  EXPECT_EQ(device->cycle(), 1038);
}

TEST(SystemcDevice, RunsAProgramUntilTheInterrupt) {
  const auto device = make_systemc_device(compact());
  write_program(*device, echo);
  device->write(STOIC_REG_SAMPLES, 3);
  device->write(STOIC_REG_IRQ_ENABLE, 3);
  const std::vector<Packet> packets{packet(2), packet(2, 50)};
  device->send(Stream::input, packets, 2);
  EXPECT_FALSE(device->run_until_interrupt(10));
  const auto begun = device->cycle();
  device->write(STOIC_REG_CONTROL, systemc::start);
  EXPECT_TRUE(device->run_until_interrupt(INT64_MAX));
  EXPECT_TRUE(device->interrupt());
  const auto cycles = device->debug().cycles;
  const auto accepted = begun + STOIC_WRITE_OFFER_CYCLES;
  EXPECT_EQ(device->cycle(), accepted + 1 + cycles);  // high in the first idle cycle
  EXPECT_EQ(device->read(STOIC_REG_CYCLES_LOW).value, cycles);
  const auto output = device->take_output();
  ASSERT_EQ(output.last, (std::vector<std::uint8_t>{0, 1, 0, 1, 0, 1}));
  EXPECT_EQ(std::vector(output.beats.begin() + 8, output.beats.begin() + 16), packets[1].beats);
  EXPECT_TRUE(std::is_sorted(output.cycles.begin(), output.cycles.end()));
  EXPECT_TRUE(device->take_output().beats.empty());
  EXPECT_TRUE(device->run_until_interrupt(0));
  device->write(STOIC_REG_IRQ_STATUS, 3);
  EXPECT_FALSE(device->interrupt());
}

TEST(SystemcDevice, OffersAndAcceptsByTheStallSchedule) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const auto device = make_systemc_device(compact());
    write_program(*device, echo);
    const StallSchedule stalls{.seed = seed, .input = 0.6, .weights = 0, .output = 0.7};
    device->set_stalls(stalls);
    const auto sent = device->cycle();
    device->send(Stream::input, std::vector<Packet>{packet(2)});
    device->write(STOIC_REG_IRQ_ENABLE, 3);
    device->write(STOIC_REG_CONTROL, systemc::start);
    EXPECT_TRUE(device->run_until_interrupt(10000));
    const auto output = device->take_output();
    ASSERT_EQ(output.cycles.size(), 2u);
    for (const auto cycle : output.cycles) EXPECT_TRUE(stalls.open(Stream::output, cycle));
    // The second beat was accepted in the second open cycle, and taken two cycles later at the earliest.
    auto ready = sent - 1;
    for (int open = 0; open < 2;) open += stalls.open(Stream::input, ++ready);
    EXPECT_GE(output.cycles[0], ready + 2);
    EXPECT_EQ(device->read(STOIC_REG_STATUS).value, 1u << STOIC_STATUS_DONE_LSB);
  }
}

TEST(SystemcDevice, LetsASinkOpenAgainWithABeatWaiting) {
  const auto device = make_systemc_device(compact());
  write_program(*device, "STORE source=0 length=4\nHALT");
  device->set_stalls({.output = 1});
  device->write(STOIC_REG_IRQ_ENABLE, 3);
  device->write(STOIC_REG_CONTROL, systemc::start);
  EXPECT_FALSE(device->run_until_interrupt(std::int64_t{1} << 50));  // waiting costs nothing
  EXPECT_TRUE(device->take_output().beats.empty());
  device->set_stalls({});
  const auto opened = device->cycle();
  EXPECT_TRUE(device->run_until_interrupt(100));
  EXPECT_EQ(device->take_output().cycles, std::vector{opened});
}

TEST(SystemcDevice, DropsWhatWasNotOffered) {
  const auto device = make_systemc_device(compact());
  write_program(*device, "MATVEC stream=1 destination=9 source=0 rows=4 columns=1\nHALT");
  device->write_memory(STOIC_MEMORY_STATE, 0, std::vector<std::int32_t>{1});
  device->send(Stream::weights, std::vector<Packet>{packet(1, 1), packet(1, 5)});
  device->run(3);  // the first beat is offered
  device->drop_unsent(Stream::weights);
  device->send(Stream::weights, std::vector<Packet>{packet(1, 9)});
  device->drop_unsent(Stream::weights);  // none was offered since
  device->send(Stream::weights, std::vector<Packet>{packet(1, 13)});
  for (const std::int32_t expected : {1, 13}) {
    device->write(STOIC_REG_CONTROL, systemc::start);
    device->run(100);
    EXPECT_EQ(device->read_memory(STOIC_MEMORY_STATE, 9 * compact().lanes, 1)[0], expected);
  }
}

TEST(SystemcDevice, StepsFromFetchToFetch) {
  const auto device = make_systemc_device(compact());
  write_program(*device, "LOOP count=2\nEND\nSTORE source=0 length=4\nHALT");
  EXPECT_FALSE(device->run_instruction(100));
  device->write(STOIC_REG_CONTROL, systemc::start);
  EXPECT_TRUE(device->run_instruction(100));  // starting
  EXPECT_EQ(device->debug().cycles, STOIC_START_CYCLES);
  EXPECT_TRUE(device->run_instruction(100));
  auto debug = device->debug();
  EXPECT_EQ(debug.program_counter, 1);
  EXPECT_EQ(debug.loops, (std::vector<Device::Debug::Loop>{{1, 2}}));
  EXPECT_FALSE(device->run_instruction(2));  // not that soon
  EXPECT_TRUE(device->run_instruction(100));
  EXPECT_EQ(device->debug().loops, (std::vector<Device::Debug::Loop>{{1, 1}}));
  EXPECT_TRUE(device->run_instruction(100));
  EXPECT_EQ(device->debug().program_counter, 2);
  EXPECT_TRUE(device->run_instruction(100));
  EXPECT_TRUE(device->run_instruction(100));
  debug = device->debug();
  EXPECT_TRUE(debug.busy);  // ending
  EXPECT_EQ(debug.program_counter, 3);
  EXPECT_TRUE(device->run_instruction(100));
  EXPECT_FALSE(device->debug().busy);
  EXPECT_FALSE(device->run_instruction(100));
}

TEST(SystemcDevice, SaysWhatIsWrongWithACall) {
  const auto device = make_systemc_device(compact());
  EXPECT_THROW(device->send(Stream::input, std::vector<Packet>{{{1, 2, 3}}}), Error);
  EXPECT_THROW(device->send(Stream::input, std::vector<Packet>{{}}), Error);
  EXPECT_THROW(device->send(Stream::input, std::vector<Packet>{{{1, 2, 3, 40000}}}), Error);
  for (const std::int64_t beyond : {compact().state_max() + 1, compact().state_min() - 1})
    EXPECT_THROW(
        device->send(Stream::input, std::vector<Packet>{{{1, 2, 3, static_cast<std::int32_t>(beyond)}}}),
        Error);
  for (const std::int64_t beyond : {compact().weight_max() + 1, -compact().weight_max() - 2})
    EXPECT_THROW(
        device->send(Stream::weights, std::vector<Packet>{{{1, 2, 3, static_cast<std::int32_t>(beyond)}}}),
        Error);
  EXPECT_THROW(device->send(Stream::output, std::vector<Packet>{packet(1)}), Error);
  EXPECT_THROW(device->read_memory(STOIC_MEMORY_TABLES, compact().table_words, 1), Error);
  EXPECT_THROW(device->write_memory(STOIC_MEMORY_SATURATIONS, 0, std::vector<std::int32_t>{1}), Error);
  std::vector<std::int32_t> state(3);
  EXPECT_THROW(device->peek_state(state), Error);
  EXPECT_EQ(device->read(STOIC_REG_ID).value, STOIC_ID);  // and goes on
}

TEST(SystemcDevice, LivesBesideOthersAndEndsWithItsObject) {
  const auto before = children().size();
  {
    auto first = make_systemc_device(compact());
    const auto second = make_systemc_device(load_hardware_config("small"));
    EXPECT_EQ(children().size(), before + 2);
    first->run(5);
    EXPECT_EQ(second->cycle(), 0);
    EXPECT_NE(first->read(STOIC_REG_CONFIG_HASH).value, second->read(STOIC_REG_CONFIG_HASH).value);
    first.reset();  // although the second was forked while its socket was open
    EXPECT_EQ(children().size(), before + 1);
    EXPECT_EQ(second->cycle(), 2);
  }
  EXPECT_EQ(children().size(), before);
}

TEST(SystemcDevice, ReportsTheDeathOfItsProcess) {
  const auto before = children();
  const auto device = make_systemc_device(compact());
  for (const auto child : children())
    if (std::find(before.begin(), before.end(), child) == before.end()) kill(child, SIGKILL);
  try {
    for (int i = 0; i < 100; ++i) device->read(STOIC_REG_ID);
    FAIL() << "it lives";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("signal 9"));
  }
  EXPECT_THROW(device->run(1), Error);
}

TEST(SystemcDevice, DiesWithTheProcessThatMadeIt) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t parent = fork();
  if (parent == 0) {
    const auto device = make_systemc_device(compact());
    const pid_t child = children().front();
    _exit(write(ends[1], &child, sizeof child) == sizeof child ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(parent, &status, 0), parent);
  ASSERT_EQ(status, 0);
  pid_t child = 0;
  ASSERT_EQ(read(ends[0], &child, sizeof child), static_cast<ssize_t>(sizeof child));
  close(ends[0]);
  close(ends[1]);
  const auto ended = [&] {
    std::ifstream stat("/proc/" + std::to_string(child) + "/stat");
    std::string text((std::istreambuf_iterator<char>(stat)), {});
    return text.empty() || text.find(") Z") != std::string::npos;
  };
  for (int i = 0; i < 500 && !ended(); ++i) usleep(10000);
  EXPECT_TRUE(ended());
}

TEST(SystemcDevice, TracesIntoVcdWithoutChangingAnything) {
  const TemporaryFolder folder;
  const auto path = (folder.path() / "wave.vcd").string();
  std::vector<std::int64_t> cycles;
  for (const bool traced : {false, true}) {
    const auto device = make_systemc_device(
        compact(), traced ? TraceOptions{path, 0, std::int64_t{1} << 40} : TraceOptions{});
    write_program(*device, echo);
    device->send(Stream::input, std::vector<Packet>{packet(2)});
    device->write(STOIC_REG_IRQ_ENABLE, 3);
    device->write(STOIC_REG_CONTROL, systemc::start);
    EXPECT_TRUE(device->run_until_interrupt(1000));
    cycles.push_back(device->cycle());
    device->run(10);
  }
  EXPECT_EQ(cycles[0], cycles[1]);
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  for (const auto* name : {"busy", "program_counter", "opcode", "interrupt", "output_valid"})
    EXPECT_THAT(text.str(), testing::HasSubstr(name));
  EXPECT_THAT(text.str(), testing::HasSubstr("#" + std::to_string(10 * cycles[0]) + "\n"));
  EXPECT_THROW(make_systemc_device(compact(), {"wave.fst"}), Error);
  EXPECT_THROW(make_systemc_device(compact(), {(folder.path() / "no" / "wave.vcd").string()}), Error);
}

}  // namespace device_test
}  // namespace stoic
