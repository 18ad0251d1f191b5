// The module and its TLM-2.0 sockets, on a platform of the test's own. SystemC elaborates once in a process,
// so every case is a death test that ends well.
#include <gmock/gmock.h>

#include "model_driver.hpp"
#include "stoic/sim/systemc/accelerator.hpp"

namespace stoic::systemc {
namespace {

const HardwareConfig& wide() {
  static const auto config = load_hardware_config("wide");  // words of 18 bits: three bytes
  return config;
}

/// A driver, a source and a sink at the sockets of an accelerator, with a clock of 10 ns.
struct Platform : sc_core::sc_module {
  explicit Platform(const sc_core::sc_module_name& name) : sc_core::sc_module(name) {
    bus.bind(accelerator.bus);
    input.bind(accelerator.input);
    weights.bind(accelerator.weights);
    accelerator.output.bind(output);
    accelerator.interrupt.bind(interrupt);
    input.register_nb_transport_bw(this, &Platform::answered);
    output.register_b_transport(this, &Platform::store);
  }

  tlm::tlm_response_status access(tlm::tlm_command command, std::uint64_t address, std::uint32_t& value,
                                  sc_core::sc_time& delay, unsigned length = 4,
                                  unsigned char* enables = nullptr) {
    tlm::tlm_generic_payload payload;
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
    payload.set_data_length(length);
    payload.set_streaming_width(length);
    payload.set_byte_enable_ptr(enables);
    payload.set_byte_enable_length(enables != nullptr ? 4 : 0);
    bus->b_transport(payload, delay);
    return payload.get_response_status();
  }
  void write(std::uint64_t address, std::uint32_t value) {
    auto delay = sc_core::SC_ZERO_TIME;
    check(access(tlm::TLM_WRITE_COMMAND, address, value, delay) == tlm::TLM_OK_RESPONSE, "a write fails");
    sc_core::sc_start(delay);
  }
  std::uint32_t read(std::uint64_t address) {
    auto delay = sc_core::SC_ZERO_TIME;
    std::uint32_t value = 0;
    check(access(tlm::TLM_READ_COMMAND, address, value, delay) == tlm::TLM_OK_RESPONSE, "a read fails");
    sc_core::sc_start(delay);
    return value;
  }
  void load(const std::string& text) {
    write(STOIC_REG_MEM_SELECT, STOIC_MEMORY_PROGRAM);
    for (const auto word : assemble(text, wide(), "test").program) {
      write(STOIC_REG_MEM_DATA, static_cast<std::uint32_t>(word));
      write(STOIC_REG_MEM_DATA, static_cast<std::uint32_t>(word >> 32));
    }
  }

  tlm::tlm_sync_enum answered(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_core::sc_time&) {
    check(phase == tlm::BEGIN_RESP, "another phase");
    check(payload.is_response_ok(), "no success");
    ++completed;
    return tlm::TLM_COMPLETED;
  }
  void store(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
    auto& stream = *payload.get_extension<StreamExtension>();
    std::vector<std::int32_t> values(static_cast<std::size_t>(stream.lanes));
    decode_words({payload.get_data_ptr(), payload.get_data_length()}, stream.word_bits, values);
    beats.push_back(values);
    stream.accepted = stream.earliest;
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }
  static void check(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "%s at %s\n", what, sc_core::sc_time_stamp().to_string().c_str());
    std::_Exit(1);
  }

  Accelerator accelerator{"accelerator", wide()};
  tlm_utils::simple_initiator_socket<Platform> bus{"bus"};
  tlm_utils::simple_initiator_socket<Platform> input{"input"};
  tlm_utils::simple_initiator_socket<Platform> weights{"weights"};
  tlm_utils::simple_target_socket<Platform> output{"output"};
  sc_core::sc_signal<bool> interrupt{"interrupt"};
  std::vector<std::vector<std::int32_t>> beats;
  int completed = 0;
};

#define CHECK(condition) Platform::check(condition, #condition)

void run_bus_accesses() {
  Platform platform("platform");
  sc_core::sc_start(sc_core::SC_ZERO_TIME);  // elaborates
  const sc_core::sc_time cycle(10, sc_core::SC_NS);
  auto delay = sc_core::SC_ZERO_TIME;
  std::uint32_t value = 0;
  CHECK(platform.access(tlm::TLM_READ_COMMAND, STOIC_REG_ID, value, delay) == tlm::TLM_OK_RESPONSE);
  CHECK(value == STOIC_ID);
  CHECK(delay == 2 * cycle);
  // Annotated delays add up: the next access begins where this one ended, in the next whole cycle.
  delay += sc_core::sc_time(3, sc_core::SC_NS);
  CHECK(platform.access(tlm::TLM_READ_COMMAND, STOIC_REG_MEM_DATA, value, delay) == tlm::TLM_OK_RESPONSE);
  CHECK(delay == 6 * cycle);
  auto none = sc_core::SC_ZERO_TIME;  // another initiator waits for the bus
  CHECK(platform.access(tlm::TLM_READ_COMMAND, STOIC_REG_MEM_ADDRESS, value, none) == tlm::TLM_OK_RESPONSE);
  CHECK(value == 1 && none == 8 * cycle);
  sc_core::sc_start(none);
  delay = sc_core::SC_ZERO_TIME;
  CHECK(platform.access(tlm::TLM_READ_COMMAND, STOIC_REG_CONTROL, value, delay) ==
        tlm::TLM_GENERIC_ERROR_RESPONSE);
  unsigned char enables[4] = {TLM_BYTE_ENABLED, TLM_BYTE_ENABLED, TLM_BYTE_DISABLED, TLM_BYTE_ENABLED};
  CHECK(platform.access(tlm::TLM_WRITE_COMMAND, STOIC_REG_SAMPLES, value, delay, 4, enables) ==
        tlm::TLM_GENERIC_ERROR_RESPONSE);
  CHECK(platform.access(tlm::TLM_WRITE_COMMAND, STOIC_REG_SAMPLES, value, delay, 2) ==
        tlm::TLM_GENERIC_ERROR_RESPONSE);
  CHECK(platform.access(tlm::TLM_READ_COMMAND, 0x100000028u, value, delay) ==
        tlm::TLM_GENERIC_ERROR_RESPONSE);
  sc_core::sc_start(delay);

  tlm::tlm_generic_payload debug;
  debug.set_read();
  debug.set_address(STOIC_REG_STATUS);
  debug.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
  debug.set_data_length(4);
  CHECK(platform.bus->transport_dbg(debug) == 4);
  CHECK(value == 1u << STOIC_STATUS_ACCESS_ERROR_LSB);
  debug.set_address(STOIC_REG_CONTROL);
  CHECK(platform.bus->transport_dbg(debug) == 0);
  std::_Exit(0);
}

void run_a_burst() {
  Platform platform("platform");
  sc_core::sc_start(sc_core::SC_ZERO_TIME);  // elaborates
  const auto& config = wide();
  platform.load("LOAD destination=0 length=64\nSTORE source=0 length=64\nHALT");
  std::vector<std::int32_t> codes;
  for (std::int32_t i = 0; i < 64; ++i) codes.push_back(i % 2 == 0 ? i * 2000 : -i * 2000);
  auto data = encode_words(codes, config.state_width);
  CHECK(data.size() == 64 * 3);
  StreamExtension stream;
  stream.lanes = config.lanes;
  stream.word_bits = config.state_width;
  stream.wants_times = true;
  const auto now = platform.accelerator.cycle();
  stream.ready = {now + 5, now + 40};
  tlm::tlm_generic_payload burst;
  burst.set_write();
  burst.set_data_ptr(data.data());
  burst.set_data_length(static_cast<unsigned>(data.size()));
  burst.set_streaming_width(static_cast<unsigned>(data.size()));
  burst.set_extension(&stream);
  tlm::tlm_phase phase = tlm::BEGIN_REQ;
  auto delay = sc_core::SC_ZERO_TIME;
  CHECK(platform.input->nb_transport_fw(burst, phase, delay) == tlm::TLM_ACCEPTED);
  std::fill(data.begin(), data.end(), 0);  // without an owner the data was copied
  platform.write(STOIC_REG_IRQ_ENABLE, 1);
  platform.write(STOIC_REG_CONTROL, start);
  CHECK(platform.completed == 0);
  sc_core::sc_start(1000, sc_core::SC_NS);
  CHECK(platform.completed == 1);
  CHECK((stream.accepted_cycles == std::vector<std::int64_t>{now + 5, now + 40}));
  CHECK(stream.taken == 2);
  CHECK(platform.interrupt.read());
  CHECK(platform.beats.size() == 2);
  CHECK(std::equal(codes.begin(), codes.begin() + 32, platform.beats[0].begin()));
  CHECK(std::equal(codes.begin() + 32, codes.end(), platform.beats[1].begin()));
  stream.lanes = 7;  // another shape
  CHECK(platform.input->nb_transport_fw(burst, phase, delay) == tlm::TLM_COMPLETED);
  CHECK(burst.get_response_status() == tlm::TLM_BURST_ERROR_RESPONSE);
  burst.clear_extension(&stream);
  platform.write(STOIC_REG_IRQ_STATUS, 1);
  CHECK(!platform.interrupt.read());
  CHECK(platform.read(STOIC_REG_STATUS) == 1u << STOIC_STATUS_DONE_LSB);
  std::_Exit(0);
}

TEST(PlatformDeathTest, BusAccessesTakeTheirTimeAndFailByTheRules) {
  EXPECT_EXIT(run_bus_accesses(), testing::ExitedWithCode(0), "");
}

TEST(PlatformDeathTest, ABurstIsAcceptedBeatByBeatAndAnswered) {
  EXPECT_EXIT(run_a_burst(), testing::ExitedWithCode(0), "");
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

}  // namespace
}  // namespace stoic::systemc
