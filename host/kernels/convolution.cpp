#include "stoic/host/kernels/convolution.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

/// Samples that one thread takes at a time, whatever the number of threads: a multiple of the columns that a
/// product computes at once.
constexpr Eigen::Index sample_group = 8;

/// Calls work(first, end) for every group of samples.
template <class Work>
void for_groups(Eigen::Index samples, Team& team, const Work& work) {
  team.split((samples + sample_group - 1) / sample_group, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t group = begin; group < end; ++group)
      work(group * sample_group, std::min((group + 1) * sample_group, samples));
  });
}

}  // namespace

ConvolutionShape ConvolutionShape::read(JsonReader json, std::int64_t inputs, const ImageShape& image) {
  ConvolutionShape shape{.height = image.height, .width = image.width, .channels = image.channels};
  if (!image.known()) {
    shape.height = shape.width = std::llround(std::sqrt(static_cast<double>(inputs)));
    if (shape.inputs() != inputs)
      throw Error(
          fmt::format("{}: needs an image, but \"inputs\" is {}, no square number; give "
                      "data.shape ([height, width] or [height, width, channels]), or remove it",
                      json.where(), inputs));
  }
  const auto shorter = std::min(shape.height, shape.width);
  shape.filters = json.integer("filters", 1, 256);
  shape.kernel = json.integer("kernel", 1, shorter);
  shape.stride = json.integer_or("stride", 1, 1, shorter);
  json.finish();
  return shape;
}

nlohmann::ordered_json ConvolutionShape::json() const {
  return {{"filters", filters}, {"kernel", kernel}, {"stride", stride}};
}

template <class Scalar>
ConvolutionBatch<Scalar> Convolution<Scalar>::make_batch(Eigen::Index samples, bool remember) const {
  const Eigen::Index columns = samples * shape_.locations();
  ConvolutionBatch<Scalar> batch;
  batch.patches = Panels<Scalar>(shape_.patch() + 1, columns);
  batch.convolved = Panels<Scalar>(shape_.filters, columns);
  batch.features = Panels<Scalar>(shape_.features(), samples);
  if (!remember) return batch;
  batch.covector = Panels<Scalar>(shape_.features(), samples);
  batch.gradient = Panels<Scalar>(shape_.filters, shape_.patch() + 1);
  return batch;
}

template <class Scalar>
void Convolution<Scalar>::fill_patches(const Panels<Scalar>& inputs, Panels<Scalar>& patches,
                                       Eigen::Index sample) const {
  const Eigen::Index row = shape_.patch_row(), image_row = shape_.width * shape_.channels;
  const Eigen::Index down = shape_.output_rows(), across = shape_.output_columns();
  constexpr Eigen::Index rows = Panels<Scalar>::panel_rows;
  std::vector<Scalar> image(static_cast<std::size_t>(shape_.inputs()));
  for (Eigen::Index i = 0; i < shape_.inputs(); ++i) image[static_cast<std::size_t>(i)] = inputs(i, sample);
  std::vector<Scalar> patch(static_cast<std::size_t>(shape_.patch() + 1), Scalar(1));
  for (Eigen::Index i = 0; i < down; ++i)
    for (Eigen::Index j = 0; j < across; ++j) {
      for (Eigen::Index r = 0; r < shape_.kernel; ++r)
        std::copy_n(image.data() + (i * shape_.stride + r) * image_row + j * shape_.stride * shape_.channels,
                    row, patch.data() + r * row);
      const Eigen::Index column = sample * shape_.locations() + i * across + j;
      for (Eigen::Index p = 0; p < patches.panels(); ++p)
        std::copy_n(patch.data() + p * rows, std::min(rows, patches.rows() - p * rows),
                    patches.panel(p) + column * rows);
    }
}

template <class Scalar>
void Convolution<Scalar>::forward(const Panels<Scalar>& weights, const Panels<Scalar>& inputs,
                                  ConvolutionBatch<Scalar>& batch, Team& team) const {
  const Eigen::Index locations = shape_.locations(), filters = shape_.filters;
  for_groups(inputs.columns(), team, [&](Eigen::Index first, Eigen::Index end) {
    for (Eigen::Index s = first; s < end; ++s) fill_patches(inputs, batch.patches, s);
    for (Eigen::Index p = 0; p < weights.panels(); ++p)
      multiply_panel(weights, batch.patches, batch.convolved, p, first * locations, end * locations);
    for (Eigen::Index s = first; s < end; ++s)
      for (Eigen::Index l = 0; l < locations; ++l)
        for (Eigen::Index f = 0; f < filters; ++f)
          batch.features(l * filters + f, s) = std::max(batch.convolved(f, s * locations + l), Scalar(0));
  });
}

template <class Scalar>
void Convolution<Scalar>::backward(ConvolutionBatch<Scalar>& batch, Team& team) const {
  using P = Panels<Scalar>;
  const Eigen::Index locations = shape_.locations(), filters = shape_.filters;
  for_groups(batch.features.columns(), team, [&](Eigen::Index first, Eigen::Index end) {
    for (Eigen::Index s = first; s < end; ++s)
      for (Eigen::Index l = 0; l < locations; ++l)
        for (Eigen::Index f = 0; f < filters; ++f) {
          const Eigen::Index feature = l * filters + f;
          batch.convolved(f, s * locations + l) =
              batch.features(feature, s) > 0 ? batch.covector(feature, s) : Scalar(0);
        }
  });
  const Eigen::Index across = batch.patches.panels(), down = batch.convolved.panels();
  team.split(down * across, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t square = begin; square < end; ++square) {
      const Eigen::Index p = square / across, first = square % across * P::panel_rows;
      alignas(64) Scalar product[P::panel_rows * P::panel_rows];
      multiply_transposed(batch.convolved, batch.patches, p, square % across, product);
      const Eigen::Index columns = std::min(P::panel_rows, batch.gradient.columns() - first);
      std::copy_n(product, columns * P::panel_rows, batch.gradient.panel(p) + first * P::panel_rows);
    }
  });
}

template class Convolution<float>;
template class Convolution<double>;

}  // namespace stoic
