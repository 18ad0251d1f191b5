#include "stoic/host/compiler/input_codes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <vector>

#include "stoic/host/compiler/binary_point.hpp"
#include "stoic/host/compiler/image_notes.hpp"
#include "stoic/host/random/random.hpp"
#include "stoic/sim/contract/instruction.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

constexpr NoiseKind kinds[] = {NoiseKind::observational, NoiseKind::dynamical};

/// Bits that noise codes have more than states.
std::int64_t surplus_bits(std::int64_t state_width) { return std::max<std::int64_t>(16 - state_width, 0); }

}  // namespace

std::int64_t pixel_state_bits(std::int64_t state_width) {
  constexpr std::int64_t exact = 9;  // sign and eight bits
  return std::min<std::int64_t>(state_width - exact, 0);
}

std::int32_t pixel_state(std::uint8_t pixel, std::int64_t state_width) {
  const auto most = (std::int64_t{1} << (state_width - 1)) - 1;
  return static_cast<std::int32_t>(round_and_saturate(pixel, -pixel_state_bits(state_width), 0, most).value);
}

std::int64_t noise_state_bits(std::int64_t state_width) {
  return noise_fraction_bits - surplus_bits(state_width);
}

std::int32_t noise_state(std::int16_t code, std::int64_t state_width) {
  return static_cast<std::int32_t>(round_and_saturate(code, surplus_bits(state_width),
                                                      std::numeric_limits<std::int16_t>::min(),
                                                      std::numeric_limits<std::int16_t>::max())
                                       .value);
}

InputPlan input_plan(const Image& image, const std::string& where) {
  InputPlan plan{.state_width = image.config.state_width, .noise = noise_of(image, where)};
  const auto& lengths = image.input_lengths;
  const auto total = std::accumulate(lengths.begin(), lengths.end(), std::int64_t{0});
  plan.elements = plan.noise.any() && !lengths.empty() ? lengths.front() : total;
  const auto vectors = std::count_if(std::begin(kinds), std::end(kinds),
                                     [&](NoiseKind kind) { return plan.noise.sigma(kind) > 0; });
  // Behind the sample each kind of noise takes as many vectors.
  const auto loads = std::max<std::ptrdiff_t>(std::ssize(lengths) - 1, 0);
  if (vectors > 0)
    plan.neurons =
        std::accumulate(lengths.end() - loads, lengths.end() - loads + loads / vectors, std::int64_t{0});
  if (vectors > 1) plan.last_neurons = total - plan.elements - plan.neurons;
  const bool explained = vectors == 0 ? plan.elements == total : loads > 0 && loads % vectors == 0;
  if (!explained || (vectors > 0 && (plan.neurons == 0 || (vectors > 1 && plan.last_neurons == 0))))
    throw Error(fmt::format(
        "{}: takes {} input elements, which its metadata does not explain by samples and noise; compile it "
        "from a model",
        where, total));
  plan.coding = input_coding_of(image, plan.elements, where);
  return plan;
}

void fill_input_codes(const InputPlan& plan, const Samples& samples, std::int64_t sample,
                      std::span<std::int32_t> codes) {
  if (plan.coding) {
    std::vector<double> values(static_cast<std::size_t>(plan.elements));
    samples.read(sample, values);
    std::transform(values.begin(), values.end(), codes.begin(), [&](double value) {
      return quantise(value, plan.coding->fraction_bits, plan.state_width);
    });
  } else {
    const auto* pixels = samples.bytes(sample);
    if (pixel_state_bits(plan.state_width) == 0)
      std::copy_n(pixels, plan.elements, codes.begin());
    else
      std::transform(pixels, pixels + plan.elements, codes.begin(),
                     [&](std::uint8_t pixel) { return pixel_state(pixel, plan.state_width); });
  }
  auto next = codes.begin() + plan.elements;
  for (const auto kind : kinds) {
    if (plan.noise.sigma(kind) == 0) continue;
    const bool last = kind == NoiseKind::dynamical && plan.last_neurons > 0;
    std::vector<std::int16_t> normals(static_cast<std::size_t>(last ? plan.last_neurons : plan.neurons));
    fill_noise_codes(normals, plan.noise, kind, sample);
    next = std::transform(normals.begin(), normals.end(), next,
                          [&](std::int16_t code) { return noise_state(code, plan.state_width); });
  }
}

golden::InputFiller input_filler(const Image& image, const Samples& samples) {
  return [plan = input_plan(image), samples](std::int64_t sample, std::span<std::int32_t> codes) {
    fill_input_codes(plan, samples, sample, codes);
  };
}

}  // namespace stoic
