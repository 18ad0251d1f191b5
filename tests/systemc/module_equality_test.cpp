// The cycle model and the RTL behind the same sockets: a random driver, random sources and a random sink see
// the same in every cycle, whether the RTL runs ahead of the simulation or not. SystemC elaborates once in a
// process, so every run is a child process that leaves a log.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>
#include <random>

#include "../cosim/needs.hpp"
#include "../temporary_folder.hpp"
#include "module_bench.hpp"

namespace stoic::systemc {
namespace module_equality_test {

/// What each part of a bench saw, in its own order.
struct Log {
  std::string bus, input, weights, output, interrupt;
  std::string text() const { return bus + input + weights + output + interrupt; }
};

constexpr std::int64_t last_cycle = 38000;  ///< in which the driver begins something

/// Drives a module from within the simulation, as a platform does: one process, which wakes at random times.
template <class Module>
struct RandomDriver : sc_core::sc_module {
  SC_HAS_PROCESS(RandomDriver);

  struct Source {
    Source(const char* name, std::int64_t bits, std::uint64_t seed, std::string& log_)
        : socket(name), word_bits(bits), random(seed), log(log_) {}
    tlm_utils::simple_initiator_socket_tagged<RandomDriver> socket;
    std::int64_t word_bits;
    std::mt19937_64 random;
    std::vector<unsigned char> data;
    StreamExtension stream;
    tlm::tlm_generic_payload payload;
    bool sending = false;
    std::int64_t free_from = 0;  ///< the cycle from which the next burst may be sent
    std::string& log;
  };

  RandomDriver(const sc_core::sc_module_name& name, std::uint64_t seed, std::int64_t quantum, Log& log_)
      : sc_core::sc_module(name),
        config(rtl_config()),
        accelerator(make_module(static_cast<Module*>(nullptr), config, quantum)),
        random(seed),
        sink_random(seed + 1),
        log(log_),
        sources{{Source("input", config.state_width, seed + 2, log.input),
                 Source("weights", config.weight_width, seed + 3, log.weights)}} {
    bus.bind(accelerator->bus);
    sources[0].socket.bind(accelerator->input);
    sources[1].socket.bind(accelerator->weights);
    accelerator->output.bind(output);
    accelerator->interrupt.bind(interrupt);
    for (int s = 0; s < 2; ++s)
      sources[static_cast<std::size_t>(s)].socket.register_nb_transport_bw(this, &RandomDriver::answered, s);
    output.register_b_transport(this, &RandomDriver::store);
    SC_METHOD(step);
    SC_METHOD(see_interrupt);
    sensitive << interrupt;
    dont_initialize();
    SC_METHOD(feed_sources);
    sensitive << feed;
    dont_initialize();
  }
  ~RandomDriver() override {
    for (auto& source : sources) source.payload.clear_extension(&source.stream);
  }

  std::int64_t below(std::mt19937_64& from, std::int64_t end) {
    return static_cast<std::int64_t>(from() % static_cast<std::uint64_t>(end));
  }

  std::uint32_t access(tlm::tlm_command command, std::uint32_t address, std::uint32_t value) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
    payload.set_data_length(4);
    payload.set_streaming_width(4);
    bus->b_transport(payload, ahead);
    log.bus += fmt::format(
        "{} {} {:#x} {:#x} {} {}\n", accelerator->cycle(), command == tlm::TLM_READ_COMMAND ? "r" : "w",
        address, payload.is_response_ok() ? value : 0, payload.is_response_ok(), ahead.value() / period());
    return value;
  }
  std::uint64_t period() const { return accelerator->period().value(); }
  void write(std::uint32_t address, std::uint32_t value) { access(tlm::TLM_WRITE_COMMAND, address, value); }
  std::uint32_t read(std::uint32_t address) { return access(tlm::TLM_READ_COMMAND, address, 0); }

  void load() {
    loaded = true;
    const auto lanes = config.lanes;
    const auto text = fmt::format(
        "LOOP count=3\nLOAD destination=0 length={}\nMATVEC stream=1 destination=2 source=0 rows={} "
        "columns=3 "
        "result_shift=4\nSTORE source=2 length={}\nEND\nHALT",
        2 * lanes, lanes, lanes);
    later(STOIC_REG_MEM_SELECT, STOIC_MEMORY_PROGRAM);
    for (const auto word : assemble(text, config, "test").program) {
      later(STOIC_REG_MEM_DATA, static_cast<std::uint32_t>(word));
      later(STOIC_REG_MEM_DATA, static_cast<std::uint32_t>(word >> 32));
    }
    later(STOIC_REG_MEM_SELECT, STOIC_MEMORY_STATE);
    const auto states = std::min<std::int64_t>(config.state_words_per_lane, 16) * lanes;
    for (std::int64_t i = 0; i < states; ++i) later(STOIC_REG_MEM_DATA, 0);
    later(STOIC_REG_MEM_ADDRESS, 5);
    look(STOIC_REG_MEM_DATA);
    look(STOIC_REG_MEM_DATA);
  }

  /// The next burst of a source: mostly what the program takes, sometimes a beat less or more.
  void send(Source& source) {
    const bool is_input = source.word_bits == config.state_width && &source == &sources[0];
    std::int64_t beats = is_input ? 2 : 3;
    if (below(source.random, 12) == 0) beats += below(source.random, 2) == 0 ? 1 : -1;
    std::vector<std::int32_t> words(static_cast<std::size_t>(beats * config.lanes));
    const auto half = std::int64_t{1} << (source.word_bits - 1);
    for (auto& word : words) word = static_cast<std::int32_t>(below(source.random, 2 * half) - half);
    source.data = encode_words(words, source.word_bits);
    source.stream.lanes = config.lanes;
    source.stream.word_bits = source.word_bits;
    source.stream.wants_times = true;
    source.stream.taken = 0;
    source.stream.accepted_cycles.clear();
    source.stream.ready.clear();
    source.stream.earliest = 0;
    auto ready = accelerator->cycle() + below(source.random, 20);
    const bool paced = below(source.random, 2) == 0;
    for (std::int64_t b = 0; paced && b < beats; ++b)
      source.stream.ready.push_back(ready += 1 + below(source.random, 9));
    source.payload.set_write();
    source.payload.set_data_ptr(source.data.data());
    source.payload.set_data_length(static_cast<unsigned>(source.data.size()));
    source.payload.set_streaming_width(static_cast<unsigned>(source.data.size()));
    if (source.payload.template get_extension<StreamExtension>() == nullptr)
      source.payload.set_extension(&source.stream);
    source.sending = true;
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    auto delay = sc_core::SC_ZERO_TIME;
    source.socket->nb_transport_fw(source.payload, phase, delay);
  }

  tlm::tlm_sync_enum answered(int which, tlm::tlm_generic_payload&, tlm::tlm_phase&, sc_core::sc_time&) {
    auto& source = sources[static_cast<std::size_t>(which)];
    for (const auto cycle : source.stream.accepted_cycles) source.log += fmt::format("{} ", cycle);
    source.log += "\n";
    source.sending = false;
    source.free_from = source.stream.accepted_cycles.back() + 3;
    return tlm::TLM_COMPLETED;
  }

  void store(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
    auto& stream = *payload.get_extension<StreamExtension>();
    std::vector<std::int32_t> values(static_cast<std::size_t>(stream.lanes));
    decode_words({payload.get_data_ptr(), payload.get_data_length()}, stream.word_bits, values);
    stream.accepted = stream.earliest + (below(sink_random, 3) == 0 ? below(sink_random, 30) : 0);
    log.output += fmt::format("output {} {} {} {} {}\n", stream.earliest, stream.accepted, stream.last,
                              values.front(), values.back());
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }

  void see_interrupt() {
    log.interrupt += fmt::format("{} interrupt {}\n", accelerator->cycle(), interrupt.read());
  }

  /// Does the next access that is due, waits for its end, and plans more when none is left.
  void step() {
    ahead = sc_core::SC_ZERO_TIME;
    if (accesses.empty()) {
      if (accelerator->cycle() > last_cycle) return;
      plan();
    }
    const auto next = accesses.front();
    accesses.pop_front();
    next();
    if (accesses.empty()) {
      // Sources begin while no access is under way: the RTL runs on to the response of one.
      feed.notify(ahead + accelerator->period());
      const bool patient = below(random, 4) == 0;
      ahead += accelerator->period() * static_cast<double>(3 + below(random, patient ? 400 : 30));
    }
    next_trigger(ahead);
  }

  void later(std::uint32_t address, std::uint32_t value) {
    accesses.push_back([this, address, value] { write(address, value); });
  }
  void look(std::uint32_t address) {
    accesses.push_back([this, address] { read(address); });
  }

  void plan() {
    if (!loaded) return load();
    accesses.push_back([this] {
      const bool busy = (read(STOIC_REG_STATUS) >> STOIC_STATUS_BUSY_LSB & 1) != 0;
      const auto choice = below(random, 20);
      busy ? disturb(choice) : begin(choice);
    });
  }

  void disturb(std::int64_t choice) {
    if (choice == 0) later(STOIC_REG_ABORT, 1);
    if (choice == 1) later(STOIC_REG_SAMPLES, 1);  // refused
    if (choice == 2) look(STOIC_REG_PROGRAM_COUNTER);
  }

  void begin(std::int64_t choice) {
    for (const auto counter : {STOIC_REG_CYCLES_LOW, STOIC_REG_STALL_INPUT, STOIC_REG_STALL_WEIGHTS,
                               STOIC_REG_STALL_OUTPUT, STOIC_REG_SAMPLES_DONE})
      look(counter);
    later(STOIC_REG_IRQ_STATUS, 3);
    if (choice == 0) later(STOIC_REG_CONTROL, reset);
    later(STOIC_REG_IRQ_ENABLE, 3);
    later(STOIC_REG_STREAM_TIMEOUT, 300);
    if (choice < 15) later(STOIC_REG_CONTROL, start);
  }

  void feed_sources() {
    for (auto& source : sources)
      if (accelerator->cycle() <= last_cycle && !source.sending && source.free_from <= accelerator->cycle())
        send(source);
  }

  const HardwareConfig config;
  std::unique_ptr<Module> accelerator;
  tlm_utils::simple_initiator_socket<RandomDriver> bus{"bus"};
  tlm_utils::simple_target_socket<RandomDriver> output{"output"};
  sc_core::sc_signal<bool> interrupt{"interrupt"};
  sc_core::sc_event feed{"feed"};
  std::mt19937_64 random, sink_random;
  Log& log;
  std::array<Source, 2> sources;
  sc_core::sc_time ahead;
  bool loaded = false;
  std::deque<std::function<void()>> accesses;
};

template <class Module>
void run(std::uint64_t seed, std::int64_t quantum, const std::string& path) {
  Log log;
  RandomDriver<Module> driver("driver", seed, quantum, log);
  sc_core::sc_start(400, sc_core::SC_US);
  std::ofstream(path) << log.text();
}

class ModuleEqualityDeathTest : public testing::TestWithParam<std::uint64_t> {};

TEST_P(ModuleEqualityDeathTest, CycleModelAndRtlSeeTheSameInEveryCycle) {
  const auto lack = cosim::lacking(rtl_config(), {.state_words_per_lane = 3, .program_words = 7});
  if (!lack.empty()) GTEST_SKIP() << lack;
  const TemporaryFolder folder;
  const auto file = [&](const char* name) { return (folder.path() / name).string(); };
  const auto child = [&](auto body) { EXPECT_EXIT((body(), std::_Exit(0)), testing::ExitedWithCode(0), ""); };
  child([&] { run<Accelerator>(GetParam(), 1, file("systemc")); });
  child([&] { run<rtl::RtlAccelerator>(GetParam(), 1, file("rtl")); });
  child([&] { run<rtl::RtlAccelerator>(GetParam(), 100000, file("ahead")); });
  const auto expected = read_bytes(folder / "systemc");
  EXPECT_THAT(expected, testing::HasSubstr("output"));
  EXPECT_THAT(expected, testing::HasSubstr("interrupt true"));
  EXPECT_EQ(read_bytes(folder / "rtl"), expected);
  EXPECT_EQ(read_bytes(folder / "ahead"), expected);
}

INSTANTIATE_TEST_SUITE_P(Seeds, ModuleEqualityDeathTest, testing::Values(1, 2, 3, 4));

}  // namespace module_equality_test
}  // namespace stoic::systemc
