#include "stoic/host/compare/series_replay.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>

#include "stoic/host/kernels/team.hpp"

namespace stoic {

SeriesReplay replay_series(Device& device, const Image& image, const FixedSeries& golden,
                           SessionOptions session, const std::string& where) {
  const auto width = golden.inputs.size() / static_cast<std::size_t>(std::max<std::int64_t>(golden.steps, 1));
  const golden::InputFiller filler = [&](std::int64_t step, std::span<std::int32_t> codes) {
    std::copy_n(golden.inputs.begin() + step * static_cast<std::int64_t>(width), width, codes.begin());
  };
  load_image(device, image, where);
  session.keep_state = true;
  SeriesReplay result;
  try {
    result.session = run_samples(device, image, golden.steps, filler, session);
  } catch (const StoppedError&) {
    throw Stopped();
  }
  const auto mask = (std::uint32_t{1} << image.config.state_width) - 1;
  for (std::size_t i = 0; i < golden.outputs.size(); ++i)
    result.bits +=
        std::popcount(static_cast<std::uint32_t>(golden.outputs[i] ^ result.session.outputs.at(i)) & mask);
  result.cycles = result.session.unexplained_cycles();
  result.saturations = std::abs(golden.saturations - result.session.saturations);
  return result;
}

}  // namespace stoic
