#pragma once
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "stoic/host/compiler/export_firmware.hpp"
#include "stoic/sim/contract/assembler.hpp"

namespace stoic {

/// A network of this program, with something in every section of model.bin.
inline Image network_image(std::string_view program) {
  const auto config = load_hardware_config("compact");
  const auto assembly = assemble(program, config, "network");
  Image image;
  image.config = config;
  image.program = assembly.program;
  image.initial_state = assembly.initial_state;
  image.vectors = assembly.vectors;
  image.weights.assign(static_cast<std::size_t>(config.lanes) * 4, 3);
  image.tables.assign(3, 1);
  image.stream_weights.assign(static_cast<std::size_t>(config.lanes) * 4, 1);
  image.stream_schedule = {{0, 4}};
  image.input_lengths = image.output_lengths = {8};
  return image;
}

/// A small network and its samples, as words of 32 bits.
struct ExportedNetwork {
  std::vector<std::uint32_t> model, samples;
};

inline ExportedNetwork exported_network() {
  const auto image = network_image(
      ".vector u 8\n.vector x 8\n.constant half 4\nLOAD destination=u length=8\n"
      "MATVEC destination=x source=u rows=4 columns=4 result_shift=2\n"
      "MATVEC destination=x source=u rows=4 columns=4 stream=1 result_shift=2\n"
      "STORE source=x length=8\nHALT\n");
  ExportedNetwork result;
  for (const auto& file : exported_firmware(image, {{1, 2, 3, 4, 5, 6, 7, 8}, {1}})) {
    auto* words = file.name == "model.bin"     ? &result.model
                  : file.name == "samples.bin" ? &result.samples
                                               : nullptr;
    if (words == nullptr) continue;
    words->resize(file.bytes.size() / sizeof(std::uint32_t));
    std::memcpy(words->data(), file.bytes.data(), words->size() * sizeof(std::uint32_t));
  }
  return result;
}

}  // namespace stoic
