// Compiled images, checksums mended: read, explained, run on the golden model.
#include "stoic/sim/contract/image.hpp"

#include "fuzz.hpp"
#include "golden_run.hpp"
#include "mend.hpp"
#include "stoic/sim/contract/assembler.hpp"

namespace stoic::fuzz {
namespace {

/// Memories that a legal instance may have, but that take too long to clear for every input.
bool is_large(const HardwareConfig& config) {
  constexpr std::int64_t most = 1 << 18;
  return config.lanes * (config.state_words_per_lane + config.weight_words) > most ||
         config.table_words > most || config.program_words > most;
}

std::string image_of(std::string_view text, const HardwareConfig& config) {
  auto assembly = assemble(text, config, "seed");
  Image image;
  image.config = config;
  image.program = assembly.program;
  image.initial_state = assembly.initial_state;
  image.vectors = assembly.vectors;
  image.weights.assign(static_cast<std::size_t>(config.lanes) * 8, 3);
  image.tables.assign(9, 1);
  image.stream_weights.assign(static_cast<std::size_t>(config.lanes) * 8, 1);
  image.stream_schedule = {{0, 4}, {4, 4}};
  image.input_lengths = {8};
  image.output_lengths = {8};
  image.slots = {{0, "x = W_in u"}};
  image.metadata = "{}";
  return write_image(image);
}

}  // namespace

void run(std::string_view input) {
  const auto image = parse_image(mended_image(std::string(input)), "network.img");
  require(parse_image(write_image(image), "again.img") == image, "what is written reads as it was");
  if (is_large(image.config)) return;
  golden::Machine machine(image.config);
  machine.load(image);
  for (int sample = 0; sample < 2; ++sample) {
    for (const auto length : image.input_lengths)
      if (length < 10000) machine.input().emplace_back(static_cast<std::size_t>(length), sample);
    if (image.stream_schedule.size() < 100) golden::queue_weight_stream(image, machine.weight_stream());
  }
  run_bounded(machine);
}

std::vector<std::string> seeds() {
  constexpr auto text =
      ".vector u 8\n.vector x 8\n.constant half 4\nLOAD destination=u length=8\n"
      "MATVEC destination=x source=u rows=4 columns=4 result_shift=2\n"
      "MATVEC destination=x source=u rows=4 columns=4 stream=1 result_shift=2\n"
      "MATVEC destination=x source=u rows=4 columns=4 stream=1 result_shift=2\n"
      "BUNDLE destination=u length=8 result_shift=2 : + x*[half]\nSTORE source=x length=8\nHALT\n";
  return {image_of(text, load_hardware_config("compact")), image_of("HALT\n", load_hardware_config("tiny"))};
}

std::vector<std::string> words() {
  return quoted_words({hardware_config_text(load_hardware_config("tiny"))});
}

}  // namespace stoic::fuzz
