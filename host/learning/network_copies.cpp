#include "stoic/host/learning/network_copies.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "stoic/host/learning/first_product.hpp"
#include "stoic/host/learning/network_pass.hpp"

namespace stoic {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

/// Copies that go through the data together; numbers of a chunk's largest layer, about; groups of samples
/// whose sums are kept apart, at most, and the numbers that these may take.
constexpr Index copies_together = 8, chunk_numbers = 200'000, most_groups = 8, group_numbers = 40'000'000;

/// A power of two of samples, so that the widest layer of a copy stays in the cache.
Index chunk_of(const std::vector<NetworkLayer>& layers) {
  Index most = 1;
  for (const auto& layer : layers)
    most = std::max({most, layer.inputs, layer.rows * layer.locations(), layer.patch() * layer.locations()});
  Index chunk = 8;
  while (chunk < 128 && 2 * chunk * most <= chunk_numbers) chunk *= 2;
  return chunk;
}

/// Softmax and cross-entropy of a chunk: y becomes dL/dy, R y becomes R dL/dy. Returns the loss.
double chunk_loss(MatrixXd& y, MatrixXd* tangents, const std::vector<std::uint8_t>& labels,
                  const std::vector<double>& shares) {
  double loss = 0;
  for (Index s = 0; s < y.cols(); ++s) {
    const auto label = static_cast<Index>(labels[static_cast<std::size_t>(s)]);
    const double share = shares[static_cast<std::size_t>(s)], largest = y.col(s).maxCoeff();
    const double own = y(label, s) - largest;
    y.col(s) = (y.col(s).array() - largest).exp();
    const double sum = y.col(s).sum();
    loss += share * (std::log(sum) - own);
    y.col(s) /= sum;
    if (tangents != nullptr) {
      auto t = tangents->col(s);
      const double mean = y.col(s).dot(t);
      t = share * y.col(s).array() * (t.array() - mean);
    }
    y(label, s) -= 1;
    y.col(s) *= share;
  }
  return loss;
}

}  // namespace

/// Sums over the samples of one group.
struct NetworkCopies::Sums {
  MatrixXd gradients, products;
  Eigen::VectorXd losses;
};

/// Some copies and the samples that they go through.
struct NetworkCopies::Task {
  const MatrixXd& points;
  const MatrixXd* tangents;
  std::span<const std::uint32_t> samples;  // of a group
  double share;                            // of a sample in the mean
  Index first, end;                        // copies
  Index copies() const { return end - first; }
};

NetworkCopies::NetworkCopies(std::vector<NetworkLayer> layers, NetworkData data, Team& team)
    : layers_(std::move(layers)),
      parts_(weight_parts(layers_)),
      data_(std::move(data)),
      team_(team),
      chunk_(chunk_of(layers_)) {}

NetworkCopies::~NetworkCopies() = default;

void NetworkCopies::add_slopes(const Task& task, Sums& sums) const {
  const bool pushed = task.tangents != nullptr;
  const Index copies = task.copies(), blocks = pushed ? 2 * copies : copies;
  FirstProduct first(layers_[0], blocks);
  for (Index b = 0; b < blocks; ++b) {
    const MatrixXd& from = b < copies ? task.points : *task.tangents;
    first.set_weights(b, from.col(task.first + b % copies).data());
  }
  NetworkPass pass(layers_, parts_);
  std::vector<std::uint8_t> labels;
  std::vector<double> shares;
  const auto all = static_cast<Index>(task.samples.size());
  for (Index begin = 0; begin < all; begin += chunk_) {
    team_.stop_if_asked();
    const Index count = std::min(chunk_, all - begin);
    const auto samples =
        task.samples.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(count));
    labels.clear();
    shares.clear();
    for (const auto sample : samples) {
      labels.push_back(data_.train.labels[sample]);
      shares.push_back(task.share * (data_.class_weights.empty() ? 1 : data_.class_weights[labels.back()]));
    }
    first.read(data_.train.samples, samples, data_.scale, data_.offset);
    for (Index c = 0; c < copies; ++c) {
      const auto column = task.first + c;
      const double* weights = task.points.col(column).data();
      const double* direction = pushed ? task.tangents->col(column).data() : nullptr;
      Eigen::MatrixXd& own = first.sums(c);
      Eigen::MatrixXd& along = first.sums(pushed ? copies + c : c);
      pass.forward(weights, direction, own, along, count);
      sums.losses(column) +=
          chunk_loss(pass.outputs(), pushed ? &pass.output_tangents() : nullptr, labels, shares);
      pass.backward(weights, direction, sums.gradients.col(column).data(),
                    pushed ? sums.products.col(column).data() : nullptr, own, along);
    }
    first.add_gradients();
  }
  for (Index b = 0; b < blocks; ++b) {
    MatrixXd& to = b < copies ? sums.gradients : sums.products;
    first.gradient(b, to.col(task.first + b % copies).data());
  }
}

void NetworkCopies::slopes(const MatrixXd& points, const MatrixXd* tangents, const LossBatch& batch,
                           Slopes& result) {
  const Index copies = points.cols(), pushed = tangents != nullptr ? copies : 0;
  const auto count = static_cast<Index>(batch.samples.size());
  const Index chunks = (count + chunk_ - 1) / chunk_,
              room = std::max<Index>(1, group_numbers / (size() * (copies + pushed))),
              groups = std::min({chunks, most_groups, room}),
              together = (copies + copies_together - 1) / copies_together;
  sums_.resize(static_cast<std::size_t>(groups));
  for (auto& sums : sums_) {
    sums.gradients.resize(size(), copies);
    sums.products.resize(size(), pushed);
    sums.losses.setZero(copies);
  }
  team_.split(groups * together, [&](std::int64_t begin, std::int64_t end) {
    for (auto t = begin; t < end; ++t) {
      const Index g = t % groups, k = t / groups;
      const Index from = chunks * g / groups * chunk_,
                  to = std::min(count, chunks * (g + 1) / groups * chunk_);
      const Task task{
          points,
          tangents,
          batch.samples.subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(to - from)),
          1 / static_cast<double>(count),
          copies * k / together,
          copies * (k + 1) / together};
      Sums& sums = sums_[static_cast<std::size_t>(g)];
      sums.gradients.middleCols(task.first, task.copies()).setZero();
      if (pushed > 0) sums.products.middleCols(task.first, task.copies()).setZero();
      add_slopes(task, sums);
    }
  });
  result.losses.setZero(copies);
  result.gradients.resize(size(), copies);
  result.products.resize(size(), pushed);
  team_.split(copies, [&](std::int64_t begin, std::int64_t end) {
    for (auto c = begin; c < end; ++c) {
      result.gradients.col(c) = sums_[0].gradients.col(c);
      if (pushed > 0) result.products.col(c) = sums_[0].products.col(c);
      result.losses(c) = sums_[0].losses(c);
      for (std::size_t g = 1; g < sums_.size(); ++g) {
        result.gradients.col(c) += sums_[g].gradients.col(c);
        if (pushed > 0) result.products.col(c) += sums_[g].products.col(c);
        result.losses(c) += sums_[g].losses(c);
      }
    }
  });
}

/// Adds what this copy makes of the samples of a task.
void NetworkCopies::judge(const Task& task, Index copy, JudgedSamples& sums) const {
  FirstProduct first(layers_[0], 1);
  const double* weights = task.points.col(copy).data();
  first.set_weights(0, weights);
  NetworkPass pass(layers_, parts_);
  first.read(data_.test.samples, task.samples, data_.scale, data_.offset);
  pass.forward(weights, nullptr, first.sums(0), first.sums(0), static_cast<Index>(task.samples.size()));
  for (Index s = 0; s < pass.outputs().cols(); ++s)
    sums.add(pass.outputs().col(s), data_.test.labels[task.samples[static_cast<std::size_t>(s)]]);
}

Judgement NetworkCopies::judge(const MatrixXd& points) {
  const Index count = data_.test.size(), copies = points.cols();
  const Index part = 8 * chunk_, parts = (count + part - 1) / part;
  std::vector<JudgedSamples> sums(static_cast<std::size_t>(parts * copies));
  std::vector<std::uint32_t> all(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint32_t>(i);
  team_.split(parts * copies, [&](std::int64_t begin, std::int64_t end) {
    for (auto t = begin; t < end; ++t) {
      const Index p = t % parts, c = t / parts;
      for (Index from = p * part; from < std::min(count, (p + 1) * part); from += chunk_) {
        const auto samples = std::span<const std::uint32_t>(all).subspan(
            static_cast<std::size_t>(from), static_cast<std::size_t>(std::min(chunk_, count - from)));
        judge(
            {.points = points, .tangents = nullptr, .samples = samples, .share = 0, .first = c, .end = c + 1},
            c, sums[static_cast<std::size_t>(t)]);
      }
    }
  });
  Judgement result{Eigen::VectorXd::Zero(copies), Eigen::VectorXd::Zero(copies)};
  for (Index t = 0; t < parts * copies; ++t) {
    result.accuracies(t / parts) += sums[static_cast<std::size_t>(t)].right;
    result.cross_entropies(t / parts) += sums[static_cast<std::size_t>(t)].cross_entropy;
  }
  const auto samples = static_cast<double>(std::max<Index>(count, 1));
  for (auto* sum : {&result.accuracies, &result.cross_entropies}) *sum /= samples;
  return result;
}

}  // namespace stoic
