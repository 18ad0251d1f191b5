// Exported networks and samples, model.bin and samples.bin, as the driver in C takes them: what it takes can
// be loaded and run.
#include <cstring>
#include <map>

#include "../firmware/exported_network.hpp"
#include "fuzz.hpp"
#include "mend.hpp"
#include "stoic_image.h"
#include "stoic_interface.h"

namespace stoic::fuzz {
namespace {

/// An accelerator that takes everything, until its bus fails: the states that a model announces may be
/// billions.
struct Bus {
  std::uint32_t config_hash = 0;
  int accesses = 0;
  static constexpr int most_accesses = 20000;

  bool access() { return ++accesses <= most_accesses; }
  static Bus& self(void* context) { return *static_cast<Bus*>(context); }
  static bool read(void* context, std::uintptr_t address, std::uint32_t* value) {
    *value = address == STOIC_REG_ID                  ? STOIC_ID
             : address == STOIC_REG_INTERFACE_VERSION ? STOIC_INTERFACE_VERSION
             : address == STOIC_REG_CONFIG_HASH       ? self(context).config_hash
                                                      : 0;
    return self(context).access();
  }
  static bool write(void* context, std::uintptr_t, std::uint32_t) { return self(context).access(); }
  static std::uint64_t now(void* context) { return static_cast<std::uint64_t>(self(context).accesses); }
};

/// As a memory holds it: aligned, and with nothing readable behind its end.
std::vector<std::uint32_t> in_memory(const std::string& bytes) {
  std::vector<std::uint32_t> words(bytes.size() / sizeof(std::uint32_t));
  if (!words.empty()) std::memcpy(words.data(), bytes.data(), words.size() * sizeof words[0]);
  return words;
}

/// Reads every byte that the DMA would.
std::uint32_t read_vectors(const std::uint8_t* data, const stoic_vector* vectors, std::uint32_t count) {
  std::uint32_t crc = 0;
  for (std::uint32_t v = 0; v < count && v < 100; ++v)
    crc = stoic_crc32(crc, data + vectors[v].offset, vectors[v].bytes);
  return crc;
}

/// From values and pixels, of which there are as many as the model says.
void encode(const stoic_model& model, std::vector<std::uint8_t>& input) {
  const std::vector<double> values(model.input_elements, 0.5);
  const std::vector<std::uint8_t> pixels(model.input_elements, 200);
  const bool encoded = stoic_input(&model, values.data(), input.data()) == STOIC_OK ||
                       stoic_input_pixels(&model, pixels.data(), input.data()) == STOIC_OK;
  require(encoded || model.input_kind == STOIC_INPUT_REALS || input.empty() || pixels.empty(),
          "pixels always become codes");
}

void load_and_run(stoic_model model) {
  model.crc = stoic_model_crc(&model);
  Bus bus{.config_hash = model.config_hash};
  const stoic_port port{&bus, Bus::read, Bus::write, Bus::now, nullptr, nullptr};
  stoic_device device;
  if (stoic_init(&device, &port, 0, 0x1000, false) != STOIC_OK) return;
  if (stoic_load(&device, &model) != STOIC_OK) return;
  if (model.input_bytes > 1 << 20 || model.input_elements > 1 << 20 || model.output_bytes > 1 << 20) return;
  std::vector<std::uint8_t> inputs(model.input_bytes);
  const std::vector<std::uint8_t> outputs(model.output_bytes);
  encode(model, inputs);
  if (stoic_run(&device, inputs.data(), const_cast<std::uint8_t*>(outputs.data()), 1, 0) != STOIC_OK) return;
  read_vectors(model.stream_weights, model.matrices, model.matrix_count);
  read_vectors(inputs.data(), model.inputs, model.input_count);
  read_vectors(outputs.data(), model.outputs, model.output_count);
  std::uint32_t decision = 0;
  if (stoic_wait(&device, 1) == STOIC_OK && stoic_result(&device, outputs.data(), 0, &decision) == STOIC_OK)
    require(decision == 0 || decision < model.classes, "the decision is one of the classes");
}

std::string bytes_of(const std::vector<std::uint32_t>& words) {
  return {reinterpret_cast<const char*>(words.data()), words.size() * sizeof(std::uint32_t)};
}

}  // namespace

void run(std::string_view input) {
  const auto memory = in_memory(mended_export(std::string(input.substr(0, input.size() / 4 * 4))));
  const auto size = memory.size() * sizeof(std::uint32_t);
  stoic_model model;
  if (stoic_model_from_image(&model, memory.data(), size) == STOIC_OK) load_and_run(model);
  const stoic_samples_header* samples = nullptr;
  if (stoic_samples_from_image(&samples, memory.data(), size) != STOIC_OK) return;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(memory.data());
  for (std::uint32_t i = 0; i < samples->count && i < 100; ++i)
    stoic_crc32(bytes[samples->labels + i], bytes + samples->data + std::size_t{i} * samples->sample_bytes,
                samples->sample_bytes);
}

std::vector<std::string> seeds() {
  const auto network = exported_network();
  return {bytes_of(network.model), bytes_of(network.samples)};
}

std::vector<std::string> words() {
  return {"STMB", "STSB", std::string(4, '\xff'), std::string("\0\0\0\x80", 4)};
}

}  // namespace stoic::fuzz
