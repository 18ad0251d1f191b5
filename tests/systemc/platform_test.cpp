// The module and its TLM-2.0 sockets, with the cycle model and with the Verilated RTL behind them. SystemC
// elaborates once in a process, so every case is a death test that ends well.
#include <gmock/gmock.h>

#include "../cosim/needs.hpp"
#include "module_bench.hpp"

namespace stoic::systemc {
namespace platform_test {

const HardwareConfig& wide() {
  static const auto config = load_hardware_config("wide");  // words of 18 bits: three bytes
  return config;
}

template <class Module>
void run_bus_accesses(const HardwareConfig& config) {
  ModuleBench<Module> bench("bench", config);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);  // elaborates
  const sc_core::sc_time cycle(10, sc_core::SC_NS);
  auto delay = sc_core::SC_ZERO_TIME;
  std::uint32_t value = 0;
  CHECK(bench.access(tlm::TLM_READ_COMMAND, STOIC_REG_ID, value, delay) == tlm::TLM_OK_RESPONSE);
  CHECK(value == STOIC_ID);
  CHECK(delay == 2 * cycle);
  // Annotated delays add up: the next access begins where this one ended, in the next whole cycle.
  delay += sc_core::sc_time(3, sc_core::SC_NS);
  CHECK(bench.access(tlm::TLM_READ_COMMAND, STOIC_REG_MEM_DATA, value, delay) == tlm::TLM_OK_RESPONSE);
  CHECK(delay == 6 * cycle);
  auto none = sc_core::SC_ZERO_TIME;  // another initiator waits for the bus
  CHECK(bench.access(tlm::TLM_READ_COMMAND, STOIC_REG_MEM_ADDRESS, value, none) == tlm::TLM_OK_RESPONSE);
  CHECK(value == 1 && none == 8 * cycle);
  sc_core::sc_start(none);
  delay = sc_core::SC_ZERO_TIME;
  CHECK(bench.access(tlm::TLM_READ_COMMAND, STOIC_REG_CONTROL, value, delay) ==
        tlm::TLM_GENERIC_ERROR_RESPONSE);
  unsigned char enables[4] = {TLM_BYTE_ENABLED, TLM_BYTE_ENABLED, TLM_BYTE_DISABLED, TLM_BYTE_ENABLED};
  CHECK(bench.access(tlm::TLM_WRITE_COMMAND, STOIC_REG_SAMPLES, value, delay, 4, enables) ==
        tlm::TLM_GENERIC_ERROR_RESPONSE);
  CHECK(bench.access(tlm::TLM_WRITE_COMMAND, STOIC_REG_SAMPLES, value, delay, 2) ==
        tlm::TLM_GENERIC_ERROR_RESPONSE);
  CHECK(bench.access(tlm::TLM_WRITE_COMMAND, STOIC_REG_SAMPLES, value, delay, 4, nullptr, 1) ==
        tlm::TLM_GENERIC_ERROR_RESPONSE);
  CHECK(bench.access(tlm::TLM_READ_COMMAND, 0x100000028u, value, delay) == tlm::TLM_GENERIC_ERROR_RESPONSE);
  sc_core::sc_start(delay);
  CHECK(bench.read(STOIC_REG_SAMPLES) == 0);
  CHECK(bench.read(STOIC_REG_STATUS) == 1u << STOIC_STATUS_ACCESS_ERROR_LSB);
}

void run_debug_accesses() {
  ModuleBench<Accelerator> bench("bench", wide());
  sc_core::sc_start(sc_core::SC_ZERO_TIME);  // elaborates
  std::uint32_t value = 0;
  tlm::tlm_generic_payload debug;
  debug.set_read();
  debug.set_address(STOIC_REG_ID);
  debug.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
  debug.set_data_length(4);
  CHECK(bench.bus->transport_dbg(debug) == 4);
  CHECK(value == STOIC_ID);
  debug.set_address(STOIC_REG_CONTROL);
  CHECK(bench.bus->transport_dbg(debug) == 0);
  debug.set_address(STOIC_REG_MEM_DATA);
  CHECK(bench.bus->transport_dbg(debug) == 4);
  CHECK(bench.read(STOIC_REG_MEM_ADDRESS) == 0);
  CHECK(bench.read(STOIC_REG_STATUS) == 0);
}

template <class Module>
void run_a_burst(const HardwareConfig& config) {
  ModuleBench<Module> bench("bench", config);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);  // elaborates
  const auto length = static_cast<std::int32_t>(2 * config.lanes);
  bench.load("LOAD destination=0 length=" + std::to_string(length) +
             "\nSTORE source=0 length=" + std::to_string(length) + "\nHALT");
  std::vector<std::int32_t> codes;
  for (std::int32_t i = 0; i < length; ++i) {
    const auto code = static_cast<std::int32_t>(i * 500 % config.state_max());
    codes.push_back(i % 2 == 0 ? code : -code);
  }
  auto data = encode_words(codes, config.state_width);
  StreamExtension stream;
  stream.lanes = config.lanes;
  stream.word_bits = config.state_width;
  stream.wants_times = true;
  const auto now = bench.accelerator->cycle();
  stream.ready = {now + 5, now + 40};
  tlm::tlm_generic_payload burst;
  burst.set_write();
  burst.set_data_ptr(data.data());
  burst.set_data_length(static_cast<unsigned>(data.size()));
  burst.set_streaming_width(static_cast<unsigned>(data.size()));
  burst.set_extension(&stream);
  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  auto delay = sc_core::SC_ZERO_TIME;
  CHECK(bench.input->nb_transport_fw(burst, phase, delay) == tlm::TLM_ACCEPTED);
  std::fill(data.begin(), data.end(), 0);  // without an owner the data was copied
  bench.write(STOIC_REG_IRQ_ENABLE, 1);
  bench.write(STOIC_REG_CONTROL, start);
  CHECK(bench.completed == 0);
  sc_core::sc_start(1000, sc_core::SC_NS);
  CHECK(bench.completed == 1);
  CHECK((stream.accepted_cycles == std::vector<std::int64_t>{now + 5, now + 40}));
  CHECK(stream.taken == 2);
  CHECK(bench.interrupt.read());
  CHECK(bench.beats.size() == 2);
  CHECK(std::equal(codes.begin(), codes.begin() + config.lanes, bench.beats[0].begin()));
  CHECK(std::equal(codes.begin() + config.lanes, codes.end(), bench.beats[1].begin()));
  stream.lanes = 7;  // another shape
  CHECK(bench.input->nb_transport_fw(burst, phase, delay) == tlm::TLM_COMPLETED);
  CHECK(burst.get_response_status() == tlm::TLM_BURST_ERROR_RESPONSE);
  stream.ready.clear();
  stream.lanes = config.lanes;  // a beat and a part of one, no beat
  for (const auto bytes : {data.size() * 3 / 4, data.size() / 2 - 1, std::size_t{0}}) {
    burst.set_data_length(static_cast<unsigned>(bytes));
    burst.set_streaming_width(static_cast<unsigned>(bytes));
    burst.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    CHECK(bench.input->nb_transport_fw(burst, phase, delay) == tlm::TLM_COMPLETED);
    CHECK(burst.get_response_status() == tlm::TLM_BURST_ERROR_RESPONSE);
  }
  burst.clear_extension(&stream);
  bench.write(STOIC_REG_IRQ_STATUS, 1);
  CHECK(!bench.interrupt.read());
  CHECK(bench.read(STOIC_REG_STATUS) == 1u << STOIC_STATUS_DONE_LSB);
}

template <class Run>
void expect_good_end(Run run) {
  EXPECT_EXIT(
      {
        run();
        std::_Exit(0);
      },
      testing::ExitedWithCode(0), "");
}

TEST(PlatformDeathTest, BusAccessesTakeTheirTimeAndFailByTheRules) {
  expect_good_end([] { run_bus_accesses<Accelerator>(wide()); });
}

TEST(PlatformDeathTest, BusAccessesOfTheRtlTakeTheSameTime) {
  expect_good_end([] { run_bus_accesses<rtl::RtlAccelerator>(rtl_config()); });
}

TEST(PlatformDeathTest, TheDebuggerReadsWithoutSideEffects) { expect_good_end(run_debug_accesses); }

TEST(PlatformDeathTest, ABurstIsAcceptedBeatByBeatAndAnswered) {
  expect_good_end([] { run_a_burst<Accelerator>(wide()); });
}

TEST(PlatformDeathTest, ABurstIsAcceptedByTheRtlInTheSameCycles) {
  const auto lack = cosim::lacking(rtl_config(), {.state_words_per_lane = 2, .program_words = 3});
  if (!lack.empty()) GTEST_SKIP() << lack;
  expect_good_end([] { run_a_burst<rtl::RtlAccelerator>(rtl_config()); });
}

TEST(StreamWords, SurviveTheirBytesAndPaddingIsIgnored) {
  for (const std::int64_t bits : {4, 8, 10, 16, 18, 24}) {
    const auto top = static_cast<std::int32_t>((std::int64_t{1} << (bits - 1)) - 1);
    const std::vector<std::int32_t> words{0, 1, -1, top, -top - 1};
    auto data = encode_words(words, bits);
    EXPECT_EQ(data.size(), words.size() * static_cast<std::size_t>(word_bytes(bits)));
    for (auto& word : std::span(data).first(static_cast<std::size_t>(word_bytes(bits))).last(1))
      if (bits % 8 != 0) word = static_cast<unsigned char>(0xff << (bits % 8));  // padding of the first word
    std::vector<std::int32_t> back(words.size());
    decode_words(data, bits, back);
    EXPECT_EQ(back, words) << bits;
  }
}

}  // namespace platform_test
}  // namespace stoic::systemc
