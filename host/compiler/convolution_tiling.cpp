#include "stoic/host/compiler/convolution_tiling.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <vector>

#include "stoic/sim/contract/instruction.hpp"

namespace stoic {

std::int64_t ConvolutionTiling::feature_word(std::int64_t i, std::int64_t s) const {
  const auto full = words(rows()), last = words(across_of(strips - 1) * shape.filters);
  return i * ((strips - 1) * full + last) + s * full;
}

std::int64_t ConvolutionTiling::position(std::int64_t feature) const {
  const auto location = feature / shape.filters, outputs = shape.output_columns();
  const auto row = location / outputs, column = location % outputs;
  return feature_word(row, column / across) * lanes + column % across * shape.filters +
         feature % shape.filters;
}

Eigen::MatrixXi ConvolutionTiling::block_matrix(const Eigen::MatrixXi& filters) const {
  Eigen::MatrixXi result = Eigen::MatrixXi::Zero(rows(), columns());
  for (std::int64_t output = 0; output < across; ++output)
    for (std::int64_t r = 0; r < shape.kernel; ++r)
      result.block(output * shape.filters, (r * width + output * shape.stride) * shape.channels,
                   shape.filters, shape.patch_row()) =
          filters.middleCols(r * shape.patch_row(), shape.patch_row());
  return result;
}

std::int64_t ConvolutionTiling::program_words() const {
  return strips * (shape.height * Copy::words + shape.output_rows() * Matvec::words);
}

std::int64_t ConvolutionTiling::state_words() const {
  return strips * strip_words() + std::max(words(shape.inputs()), length() / lanes);
}

std::int64_t ConvolutionTiling::cycles() const {
  HardwareConfig config;
  config.lanes = lanes;
  const auto product = [&](std::int64_t outputs) {
    return stoic::cycles(Matvec{.rows = outputs * shape.filters, .columns = columns()}, config);
  };
  const auto copy = stoic::cycles(Copy{.length = row()}, config);
  return strips * shape.height * copy +
         shape.output_rows() * ((strips - 1) * product(across) + product(across_of(strips - 1)));
}

ConvolutionTiling tile(const ConvolutionShape& shape, const HardwareConfig& config) {
  const auto unit = config.lanes / std::gcd(config.lanes, shape.stride * shape.channels);
  std::vector<ConvolutionTiling> tilings;
  for (std::int64_t width = unit;; width += unit) {
    if (width < shape.kernel) continue;
    const auto outputs = shape.output_columns(),
               across = std::min((width - shape.kernel) / shape.stride + 1, outputs);
    tilings.push_back({shape, config.lanes, width, across, (outputs + across - 1) / across});
    if (across == outputs) break;
  }
  const auto room = config.program_words * 5 / 8;
  return *std::min_element(tilings.begin(), tilings.end(), [&](const auto& a, const auto& b) {
    const auto rank = [&](const ConvolutionTiling& t) {
      const auto excess = std::max<std::int64_t>(t.program_words() - room, 0);
      // What no memory holds is no choice; the rest of the network needs room too.
      const auto lack = std::max<std::int64_t>(t.state_words() - config.state_words_per_lane, 0);
      return std::tuple(excess, lack, t.cycles());
    };
    return rank(a) < rank(b);
  });
}

}  // namespace stoic
