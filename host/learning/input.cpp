#include "stoic/host/learning/input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

template <class Scalar, class Value>
void fill(const Recipe& recipe, bool real, const Value* values, Panels<Scalar>& inputs, Eigen::Index column) {
  constexpr Eigen::Index rows = Panels<Scalar>::panel_rows;
  const auto scale = static_cast<Scalar>(recipe.scale_of(real));
  const auto offset = static_cast<Scalar>(recipe.input_offset);
  for (Eigen::Index p = 0; p < inputs.panels(); ++p) {
    Scalar* to = inputs.panel(p) + column * rows;
    const Value* from = values + p * rows;
    const Eigen::Index count = std::min<Eigen::Index>(rows, recipe.inputs - p * rows);
    for (Eigen::Index r = 0; r < count; ++r) to[r] = scale * static_cast<Scalar>(from[r]) + offset;
  }
}

}  // namespace

template <class Scalar>
void fill_input(const Recipe& recipe, const std::uint8_t* pixels, Panels<Scalar>& inputs,
                Eigen::Index column) {
  fill(recipe, false, pixels, inputs, column);
}

template <class Scalar>
void fill_input(const Recipe& recipe, const Samples& samples, std::int64_t sample, Panels<Scalar>& inputs,
                Eigen::Index column) {
  if (!samples.are_real()) return fill_input(recipe, samples.bytes(sample), inputs, column);
  std::vector<double> values(static_cast<std::size_t>(samples.length()));
  samples.read(sample, values);
  fill(recipe, true, values.data(), inputs, column);
}

void expect_input(const Samples& samples, std::int64_t sample) {
  constexpr std::int64_t cache_line = 64;
  const auto expect = [&](const auto* all) {
    const auto* const begin = reinterpret_cast<const char*>(all + sample * samples.length());
    const auto* const end = reinterpret_cast<const char*>(all + (sample + 1) * samples.length());
    for (const char* at = begin; at < end; at += cache_line) __builtin_prefetch(at);
  };
  if (samples.are_real())
    expect(samples.values().data());
  else
    expect(samples.bytes().data());
}

void require_inputs(const Recipe& recipe, const Samples& samples) {
  if (samples.length() != recipe.inputs)
    throw Error(
        fmt::format("samples of {} elements do not fit the {} inputs of the network; evaluate data of the "
                    "model's own shape",
                    samples.length(), recipe.inputs));
}

template void fill_input(const Recipe&, const std::uint8_t*, Panels<float>&, Eigen::Index);
template void fill_input(const Recipe&, const std::uint8_t*, Panels<double>&, Eigen::Index);
template void fill_input(const Recipe&, const Samples&, std::int64_t, Panels<float>&, Eigen::Index);
template void fill_input(const Recipe&, const Samples&, std::int64_t, Panels<double>&, Eigen::Index);

}  // namespace stoic
