#include "stoic/host/kernels/convolution.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "stoic/host/kernels/convolution_places.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

/// Samples that one thread takes at a time, whatever the number of threads: a multiple of the columns that a
/// product computes at once.
constexpr Eigen::Index sample_group = 8;

/// Samples whose patches are there at the same time.
constexpr Eigen::Index together = 512;

/// Calls work(first, end) for every group of the samples first ... end-1.
template <class Part, class Work>
void for_groups(Part part, Team& team, const Work& work) {
  const Eigen::Index samples = part.end - part.first;
  team.split((samples + sample_group - 1) / sample_group, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t group = begin; group < end; ++group)
      work(part.first + group * sample_group, part.first + std::min((group + 1) * sample_group, samples));
  });
}

}  // namespace

ConvolutionShape ConvolutionShape::read(JsonReader json, const ImageShape& image) {
  ConvolutionShape shape{.height = image.height, .width = image.width, .channels = image.channels};
  const auto shorter = std::min(shape.height, shape.width);
  shape.filters = json.integer("filters", 1, 256);
  shape.kernel = json.integer("kernel", 1, shorter);
  shape.stride = json.integer_or("stride", 1, 1, shorter);
  shape.padding = json.integer_or("padding", 0, 0, shape.kernel - 1);
  shape.pool = json.integer_or("pool", 1, 1, std::min(shape.output_rows(), shape.output_columns()));
  json.finish();
  return shape;
}

nlohmann::ordered_json ConvolutionShape::json() const {
  nlohmann::ordered_json json{{"filters", filters}, {"kernel", kernel}, {"stride", stride}};
  // The text names a training: that of a recipe without these keys stays what it was.
  if (padding > 0) json["padding"] = padding;
  if (pool > 1) json["pool"] = pool;
  return json;
}

std::vector<ConvolutionShape> read_convolutions(JsonReader& recipe, const nlohmann::json& value,
                                                std::int64_t inputs, const ImageShape& image) {
  constexpr std::size_t most = 8;
  ImageShape now = image;
  if (!now.known()) {
    now.height = now.width = std::llround(std::sqrt(static_cast<double>(inputs)));
    if (now.size() != inputs)
      recipe.fail("convolution",
                  fmt::format("needs an image, but \"inputs\" is {}, no square number; give "
                              "data.shape ([height, width] or [height, width, channels]), or remove it",
                              inputs));
  }
  if (!value.is_array()) return {ConvolutionShape::read(recipe.object("convolution"), now)};
  std::vector<ConvolutionShape> shapes;
  for (const auto& layer : recipe.array("convolution")) {
    const auto where = fmt::format("{}: \"convolution\" {}", recipe.where(), shapes.size() + 1);
    const auto& shape = shapes.emplace_back(ConvolutionShape::read(JsonReader(layer, where), now));
    now = {shape.output_rows() / shape.pool, shape.output_columns() / shape.pool, shape.filters};
  }
  if (shapes.empty() || shapes.size() > most)
    recipe.fail("convolution", fmt::format("must be an object, or a list of 1 to {} of them", most));
  return shapes;
}

nlohmann::ordered_json convolutions_json(const std::vector<ConvolutionShape>& shapes) {
  if (shapes.size() == 1) return shapes.front().json();
  auto json = nlohmann::ordered_json::array();
  for (const auto& shape : shapes) json.push_back(shape.json());
  return json;
}

std::string convolution_name(std::size_t k) {
  return k == 0 ? "W_convolution" : fmt::format("W_convolution_{}", k + 1);
}

template <class Scalar>
ConvolutionBatch<Scalar> Convolution<Scalar>::make_batch(Eigen::Index samples, bool remember) const {
  const Eigen::Index columns = std::min(samples, together) * shape_.locations();
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
void Convolution<Scalar>::fill_patches(const Panels<Scalar>& inputs, Eigen::Index sample,
                                       Panels<Scalar>& patches, Eigen::Index place) const {
  constexpr Eigen::Index rows = Panels<Scalar>::panel_rows;
  std::vector<Scalar> image(static_cast<std::size_t>(shape_.inputs()));
  for (Eigen::Index i = 0; i < shape_.inputs(); ++i) image[static_cast<std::size_t>(i)] = inputs(i, sample);
  std::vector<Scalar> patch(static_cast<std::size_t>(shape_.patch() + 1));
  Eigen::Index column = place * shape_.locations();
  for (Eigen::Index i = 0; i < shape_.output_rows(); ++i)
    for (Eigen::Index j = 0; j < shape_.output_columns(); ++j, ++column) {
      if (shape_.padding > 0) std::fill(patch.begin(), patch.end(), Scalar(0));
      patch.back() = 1;
      for_rows_of_patch(shape_, i, j, [&](Eigen::Index from, Eigen::Index to, Eigen::Index count) {
        std::copy_n(image.data() + from, count, patch.data() + to);
      });
      for (Eigen::Index p = 0; p < patches.panels(); ++p)
        std::copy_n(patch.data() + p * rows, std::min(rows, patches.rows() - p * rows),
                    patches.panel(p) + column * rows);
    }
}

/// Patches and sums of the samples first ... end-1 of a part.
template <class Scalar>
void Convolution<Scalar>::convolve(const Panels<Scalar>& weights, const Panels<Scalar>& inputs,
                                   ConvolutionBatch<Scalar>& batch, Part part, Eigen::Index first,
                                   Eigen::Index end) const {
  const Eigen::Index locations = shape_.locations();
  for (Eigen::Index s = first; s < end; ++s) fill_patches(inputs, s, batch.patches, s - part.first);
  for (Eigen::Index p = 0; p < weights.panels(); ++p)
    multiply_panel(weights, batch.patches, batch.convolved, p, (first - part.first) * locations,
                   (end - part.first) * locations);
}

template <class Scalar>
void Convolution<Scalar>::take_features(ConvolutionBatch<Scalar>& batch, Part part,
                                        Eigen::Index sample) const {
  const Eigen::Index begin = (sample - part.first) * shape_.locations();
  for_features(shape_, batch.convolved, begin, [&](Eigen::Index feature, Eigen::Index f, Eigen::Index at) {
    batch.features(feature, sample) = std::max(batch.convolved(f, at), Scalar(0));
  });
}

/// From dL/d features to dL/d sums, in the place of the sums.
template <class Scalar>
void Convolution<Scalar>::spread_covector(ConvolutionBatch<Scalar>& batch, Part part,
                                          Eigen::Index sample) const {
  const Eigen::Index begin = (sample - part.first) * shape_.locations();
  const auto covector_of = [&](Eigen::Index feature) {
    return batch.features(feature, sample) > 0 ? batch.covector(feature, sample) : Scalar(0);
  };
  if (shape_.pool == 1) {
    for_features(shape_, batch.convolved, begin, [&](Eigen::Index feature, Eigen::Index f, Eigen::Index at) {
      batch.convolved(f, at) = covector_of(feature);
    });
    return;
  }
  std::vector<Eigen::Index> places(static_cast<std::size_t>(shape_.features()));
  for_features(shape_, batch.convolved, begin, [&](Eigen::Index feature, Eigen::Index, Eigen::Index at) {
    places[static_cast<std::size_t>(feature)] = at;
  });
  for (Eigen::Index l = begin; l < begin + shape_.locations(); ++l)
    for (Eigen::Index f = 0; f < shape_.filters; ++f) batch.convolved(f, l) = 0;
  for (Eigen::Index feature = 0; feature < shape_.features(); ++feature)
    batch.convolved(feature % shape_.filters, places[static_cast<std::size_t>(feature)]) =
        covector_of(feature);
}

template <class Scalar>
void Convolution<Scalar>::forward(const Panels<Scalar>& weights, const Panels<Scalar>& inputs,
                                  ConvolutionBatch<Scalar>& batch, Team& team) const {
  for (Eigen::Index begin = 0; begin < inputs.columns(); begin += together) {
    const Part part{begin, std::min(begin + together, inputs.columns())};
    for_groups(part, team, [&](Eigen::Index first, Eigen::Index end) {
      convolve(weights, inputs, batch, part, first, end);
      for (Eigen::Index s = first; s < end; ++s) take_features(batch, part, s);
    });
  }
}

/// The gradient of the samples whose patches and dL/d sums are there: the first, or one more.
template <class Scalar>
void Convolution<Scalar>::add_gradient(ConvolutionBatch<Scalar>& batch, bool first, Team& team) const {
  using P = Panels<Scalar>;
  const Eigen::Index across = batch.patches.panels(), down = batch.convolved.panels();
  team.split(down * across, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t square = begin; square < end; ++square) {
      const Eigen::Index p = square / across, column = square % across * P::panel_rows;
      alignas(64) Scalar product[P::panel_rows * P::panel_rows];
      multiply_transposed(batch.convolved, batch.patches, p, square % across, product);
      const Eigen::Index columns = std::min(P::panel_rows, batch.gradient.columns() - column);
      Scalar* to = batch.gradient.panel(p) + column * P::panel_rows;
      for (Eigen::Index i = 0; i < columns * P::panel_rows; ++i)
        to[i] = first ? product[i] : to[i] + product[i];
    }
  });
}

/// Adds up what patches have of an image.
template <class Scalar>
void Convolution<Scalar>::gather_patches(const Panels<Scalar>& patches, Eigen::Index place,
                                         Panels<Scalar>& images, Eigen::Index sample) const {
  std::vector<Scalar> image(static_cast<std::size_t>(shape_.inputs()));
  Eigen::Index column = place * shape_.locations();
  for (Eigen::Index i = 0; i < shape_.output_rows(); ++i)
    for (Eigen::Index j = 0; j < shape_.output_columns(); ++j, ++column)
      for_rows_of_patch(shape_, i, j, [&](Eigen::Index to, Eigen::Index from, Eigen::Index count) {
        for (Eigen::Index k = 0; k < count; ++k)
          image[static_cast<std::size_t>(to + k)] += patches(from + k, column);
      });
  for (Eigen::Index i = 0; i < shape_.inputs(); ++i) images(i, sample) = image[static_cast<std::size_t>(i)];
}

template <class Scalar>
void Convolution<Scalar>::backward(const Panels<Scalar>& weights, const Panels<Scalar>& inputs,
                                   ConvolutionBatch<Scalar>& batch, Team& team,
                                   Panels<Scalar>* input_covector) const {
  const Eigen::Index samples = batch.features.columns(), locations = shape_.locations();
  if (input_covector != nullptr) {
    if (batch.patch_covector.columns() == 0) {
      batch.patch_covector = Panels<Scalar>(shape_.patch() + 1, batch.patches.columns());
      batch.weights_transposed = Panels<Scalar>(shape_.patch() + 1, shape_.filters);
    }
    transpose(weights, batch.weights_transposed, team);
  }
  for (Eigen::Index begin = 0; begin < samples; begin += together) {
    const Part part{begin, std::min(begin + together, samples)};
    for_groups(part, team, [&](Eigen::Index first, Eigen::Index end) {
      if (samples > together) convolve(weights, inputs, batch, part, first, end);
      for (Eigen::Index s = first; s < end; ++s) spread_covector(batch, part, s);
    });
    // What earlier samples left behind a shorter part.
    for (Eigen::Index l = (part.end - part.first) * locations; l < batch.convolved.columns(); ++l)
      for (Eigen::Index f = 0; f < shape_.filters; ++f) batch.convolved(f, l) = 0;
    add_gradient(batch, begin == 0, team);
    if (input_covector == nullptr) continue;
    for_groups(part, team, [&](Eigen::Index first, Eigen::Index end) {
      for (Eigen::Index p = 0; p < batch.patch_covector.panels(); ++p)
        multiply_panel(batch.weights_transposed, batch.convolved, batch.patch_covector, p,
                       (first - begin) * locations, (end - begin) * locations);
      for (Eigen::Index s = first; s < end; ++s)
        gather_patches(batch.patch_covector, s - begin, *input_covector, s);
    });
  }
}

template <class Scalar>
auto Convolutions<Scalar>::make_batch(Eigen::Index samples, bool remember) const -> Batch {
  Batch batch;
  for (const auto& layer : layers_) batch.push_back(layer.make_batch(samples, remember));
  return batch;
}

template <class Scalar>
void Convolutions<Scalar>::forward(const Weights& weights, const Panels<Scalar>& inputs, Batch& batch,
                                   Team& team) const {
  for (std::size_t k = 0; k < layers_.size(); ++k)
    layers_[k].forward(*weights[k], k == 0 ? inputs : batch[k - 1].features, batch[k], team);
}

template <class Scalar>
void Convolutions<Scalar>::backward(const Weights& weights, const Panels<Scalar>& inputs, Batch& batch,
                                    Team& team) const {
  for (std::size_t k = layers_.size(); k-- > 0;)
    layers_[k].backward(*weights[k], k == 0 ? inputs : batch[k - 1].features, batch[k], team,
                        k == 0 ? nullptr : &batch[k - 1].covector);
}

template class Convolution<float>;
template class Convolution<double>;
template class Convolutions<float>;
template class Convolutions<double>;

}  // namespace stoic
