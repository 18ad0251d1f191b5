// What the driver does at the ends of its numbers, and that it never tells of a run what another one left behind.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <random>

#include "exported_network.hpp"
#include "recording_bus.hpp"
#include "stoic_image.h"

namespace stoic_driver {
namespace driver_limits_test {

struct Results : Driver {
  std::uint32_t result = 0;
  void run_well() {
    start();
    set_status(done);
    ASSERT_EQ(stoic_poll(&device), STOIC_OK);
    ASSERT_EQ(stoic_result(&device, outputs, 0, &result), STOIC_OK);
  }
  stoic_status asked() { return stoic_result(&device, outputs, 0, &result); }
};

TEST_F(Results, AreNoneAfterAReset) {
  run_well();
  ASSERT_EQ(stoic_reset(&device), STOIC_OK);
  EXPECT_EQ(asked(), STOIC_NO_RESULT);
}

TEST_F(Results, AreNoneBeforeTheFirstRunAndAfterLoading) {
  load();
  EXPECT_EQ(asked(), STOIC_NO_RESULT);
  run_well();
  ASSERT_EQ(stoic_load(&device, &small.model), STOIC_OK);
  EXPECT_EQ(asked(), STOIC_NO_RESULT);
}

TEST_F(Results, AreNoneAfterARunThatFailedInAnyWay) {
  const auto again = [this] { return stoic_run(&device, inputs, outputs, 1, 100); };
  run_well();
  ASSERT_EQ(again(), STOIC_OK);
  set_status(fault, STOIC_STATUS_CODE_ILLEGAL_OPCODE);
  ASSERT_EQ(stoic_poll(&device), STOIC_ENGINE_FAULT);
  EXPECT_EQ(asked(), STOIC_NO_RESULT);

  run_well();
  ASSERT_EQ(again(), STOIC_OK);
  set_status(busy);
  ASSERT_EQ(stoic_wait(&device, 10), STOIC_TIMED_OUT);
  EXPECT_EQ(asked(), STOIC_NO_RESULT);

  run_well();
  bus.fails_at = bus.accesses + 3;  // while the run is set up
  ASSERT_EQ(again(), STOIC_BUS_ERROR);
  bus.fails_at = -1;
  EXPECT_EQ(asked(), STOIC_NO_RESULT);

  run_well();
  ASSERT_EQ(again(), STOIC_OK);
  EXPECT_EQ(asked(), STOIC_BUSY);
}

TEST_F(Results, StayThoseOfTheRunBeforeWhenNothingWasDone) {
  run_well();
  ASSERT_EQ(stoic_run(&device, inputs, outputs, 0, 100), STOIC_BAD_ARGUMENT);
  EXPECT_EQ(asked(), STOIC_OK);
}

TEST_F(Driver, WaitsForEver) {
  start();
  set_status(busy);
  bus.time = 1000;
  int looks = 0;
  bus.while_waiting = [&] {
    if (++looks == 5) set_status(done);
  };
  EXPECT_EQ(stoic_wait(&device, UINT64_MAX), STOIC_OK);
  EXPECT_EQ(looks, 5);
}

TEST_F(Driver, WaitsToTheEndOfTimeWhenItIsNearerThanTheDeadline) {
  start();
  set_status(busy);
  bus.time = UINT64_MAX - 10;
  bus.while_waiting = [&] { set_status(done); };
  EXPECT_EQ(stoic_wait(&device, 1000), STOIC_OK);
}

TEST_F(Driver, StartsNothingThatTheDmaCannotReach) {
  constexpr std::uint64_t limit = std::uint64_t{1} << 32;
  const struct {
    const void* what;
    std::uint64_t bytes;
  } parts[] = {{inputs, 8}, {outputs, 8}, {small.stream, 4}, {small.vectors, 8}, {small.matrices, 8}};
  for (const auto& part : parts) {
    for (const auto place : {limit, limit + 0x8000, limit - part.bytes + 1, ~std::uint64_t{0} - 3}) {
      load();
      bus.places = {{part.what, place}};
      EXPECT_EQ(stoic_run(&device, inputs, outputs, 2, 100), STOIC_BAD_ARGUMENT) << place;
      EXPECT_TRUE(bus.writes.empty()) << bus.writes.front();
    }
    load();
    bus.places = {{part.what, limit - part.bytes}};
    EXPECT_EQ(stoic_run(&device, inputs, outputs, 2, 100), STOIC_OK);
    bus.places.clear();
  }
}

TEST_F(Driver, StartsNothingThatIsNotAlignedAsTheDmaWantsIt) {
  const void* const parts[] = {inputs, outputs, small.stream, small.vectors, small.matrices};
  for (const auto* part : parts)
    for (const std::uintptr_t place : {0x8001u, 0x8002u, 0x8003u, 0x8004u}) {
      load();
      bus.places = {{part, place}};
      const bool aligned = place % 4 == 0 || (part == small.stream && place % 2 == 0);
      EXPECT_EQ(stoic_run(&device, inputs, outputs, 2, 100), aligned ? STOIC_OK : STOIC_BAD_ARGUMENT);
      EXPECT_EQ(bus.writes.empty(), !aligned) << place;
    }
}

/// Beats of 6 bytes lie at every second one, the table of descriptors does not.
TEST_F(Driver, AlignsVectorsToTwoBytesWhereTheirBeatsHaveNoWholeWords) {
  small.model.state_bits = 24;
  small.model.crc = stoic_model_crc(&small.model);
  load();
  bus.places = {{inputs, 0x8002}, {outputs, 0x8006}};
  EXPECT_EQ(stoic_run(&device, inputs, outputs, 1, 100), STOIC_OK);
  load();
  bus.places = {{small.vectors, 0x8002}};
  EXPECT_EQ(stoic_run(&device, inputs, outputs, 1, 100), STOIC_BAD_ARGUMENT);
}

// ---- Images whose checksum holds and whose bytes are random ----

using Words = std::vector<std::uint32_t>;

/// Takes everything for a while.
struct PatientBus {
  std::uint32_t config_hash = 0;
  int accesses = 0;
  stoic_port port{this, read, write, now, nullptr, bus_address};
  static PatientBus& self(void* context) { return *static_cast<PatientBus*>(context); }
  static bool read(void* context, std::uintptr_t address, std::uint32_t* value) {
    *value = address == STOIC_REG_ID                  ? STOIC_ID
             : address == STOIC_REG_INTERFACE_VERSION ? STOIC_INTERFACE_VERSION
             : address == STOIC_REG_CONFIG_HASH       ? self(context).config_hash
                                                      : 0;
    return ++self(context).accesses < 3000;
  }
  static bool write(void* context, std::uintptr_t, std::uint32_t) { return ++self(context).accesses < 3000; }
  static std::uint64_t now(void* context) { return static_cast<std::uint64_t>(self(context).accesses); }
  static std::uintptr_t bus_address(void*, const void*) { return 0x8000; }
};

/// Writes a sample, from values or from pixels, and nothing beside it.
void encode(const stoic_model& model) {
  if (model.input_bytes > 1 << 16 || model.input_elements > 1 << 16) return;
  std::vector<std::uint8_t> input(model.input_bytes);
  const std::vector<double> values(model.input_elements, 0.5);
  const std::vector<std::uint8_t> pixels(model.input_elements, 200);
  stoic_input(&model, values.data(), input.data());
  stoic_input_pixels(&model, pixels.data(), input.data());
}

/// Encodes, loads, runs, and reads what the DMA would read and what the driver reads of the outputs.
void use(stoic_model model) {
  encode(model);
  PatientBus bus{model.config_hash};
  stoic_device device;
  if (stoic_init(&device, &bus.port, 0, 0x1000, false) != STOIC_OK || stoic_load(&device, &model) != STOIC_OK)
    return;
  for (std::uint32_t m = 0; m < model.matrix_count && m < 20; ++m)
    stoic_crc32(0, model.stream_weights + model.matrices[m].offset, model.matrices[m].bytes);
  if (model.output_bytes > 1 << 16) return;
  std::vector<std::uint8_t> outputs(model.output_bytes);
  if (stoic_run(&device, outputs.data(), outputs.data(), 1, 0) != STOIC_OK ||
      stoic_wait(&device, 1) != STOIC_OK)
    return;
  std::uint32_t result = 0;
  const auto status = stoic_result(&device, outputs.data(), 0, &result);
  EXPECT_TRUE(status != STOIC_OK || result < model.classes) << result;
}

TEST(ImagesByChance, GiveAStatusAndAreReadNowhereElse) {
  const auto good = stoic::exported_network().model;
  std::mt19937 random(20);
  const auto draw = [&](std::size_t below) { return static_cast<std::size_t>(random() % below); };
  const char* text = std::getenv("STOIC_IMAGES");
  const auto images = text != nullptr ? std::strtoll(text, nullptr, 10) : 20000;
  std::int64_t taken = 0;
  for (std::int64_t i = 0; i < images; ++i) {
    auto words = good;
    if (draw(8) == 0) words.resize(draw(words.size()) + 1);
    for (auto changes = draw(4) + 1; changes > 0; --changes) {
      auto& word =
          words[draw(2) == 0 ? draw(std::min<std::size_t>(words.size(), sizeof(stoic_image_header) / 4))
                             : draw(words.size())];
      const std::uint32_t values[] = {static_cast<std::uint32_t>(random()),
                                      word + 1,
                                      word - 1,
                                      0,
                                      ~0u,
                                      word << 16,
                                      word ^ 1u << draw(32),
                                      0x7fffffff,
                                      word / 2,
                                      word * 2,
                                      word + 16,
                                      word - 16};
      word = values[draw(std::size(values))];
    }
    words[0] = STOIC_IMAGE_MAGIC;
    if (words.size() > 4) {
      words[1] = STOIC_IMAGE_LAYOUT;
      if (draw(4) != 0) words[2] = static_cast<std::uint32_t>(4 * words.size());
      const auto bytes = std::clamp<std::size_t>(words[2], 16, 4 * words.size());
      words[3] = stoic_crc32(0, &words[4], bytes - 16);
    }
    const Words exact(words);  // nothing readable behind its end
    stoic_model model;
    if (stoic_model_from_image(&model, exact.data(), 4 * exact.size()) != STOIC_OK) continue;
    ++taken;
    model.crc = stoic_model_crc(&model);
    use(model);
  }
  EXPECT_GT(taken, images / 100) << "else nothing is tried";
  EXPECT_LT(taken, images);
}

TEST(ImagesByChance, MustBeginWhereWordsDo) {
  auto words = stoic::exported_network().model;
  words.push_back(0);
  stoic_model model;
  const auto* bytes = reinterpret_cast<const unsigned char*>(words.data());
  for (const int off : {1, 2, 3})
    EXPECT_EQ(stoic_model_from_image(&model, bytes + off, 100), STOIC_BAD_ARGUMENT);
}

}  // namespace driver_limits_test
}  // namespace stoic_driver
