#include "stoic/host/analysis/lorenz96_evolution.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "stoic/host/analysis/order8.hpp"

namespace stoic {
namespace {

using Eigen::Index;

/// Columns of tangents that go together: a row of them is a few vector registers.
constexpr Index block = 8;
/// Sites are repeated around the ends, so that no index needs a remainder.
constexpr Index before = 2, behind = 1;

struct Block {
  explicit Block(Index count)
      : sites(count), numbers(static_cast<std::size_t>((count + before + behind) * block)) {}
  double* row(Index i) { return numbers.data() + (i + before) * block; }
  const double* row(Index i) const { return numbers.data() + (i + before) * block; }
  void close() {
    std::copy_n(row(sites - before), before * block, row(-before));
    std::copy_n(row(0), behind * block, row(sites));
  }
  Index sites;
  std::vector<double> numbers;
};

/// The tangents' slope: (d_{i+1} - d_{i-2}) x_{i-1} + (x_{i+1} - x_{i-2}) d_{i-1} - d_i; x has its ends
/// repeated.
void slope_of_tangents(const double* x, const Block& d, double* slope) {
  for (Index i = 0; i < d.sites; ++i) {
    const double weight = x[i - 1], difference = x[i + 1] - x[i - 2];
    const double *far = d.row(i - 2), *back = d.row(i - 1), *here = d.row(i), *next = d.row(i + 1);
    std::array<double, block> sum;  // apart from what it is read from, so that it becomes a register
    for (Index c = 0; c < block; ++c)
      sum[static_cast<std::size_t>(c)] = (next[c] - far[c]) * weight + difference * back[c] - here[c];
    std::ranges::copy(sum, slope + i * block);
  }
}

/// to = from + h Σ_j a[i][j] k_j in one pass, k the slopes of the stages one behind the other.
template <int i>
void combine(double h, const double* k, Index numbers, const double* from, double* to) {
  constexpr auto weight = [](std::size_t j) { return i < Order8::stages ? Order8::a[i][j] : Order8::b[j]; };
  [&]<std::size_t... j>(std::index_sequence<j...>) {
    for (Index e = 0; e < numbers; ++e) {
      double sum = 0;
      [[maybe_unused]] const auto add = [&]<std::size_t stage>(std::index_sequence<stage>) {
        if constexpr (weight(stage) != 0) sum += weight(stage) * k[static_cast<Index>(stage) * numbers + e];
      };
      (add(std::index_sequence<j>{}), ...);
      to[e] = from[e] + h * sum;
    }
  }
  (std::make_index_sequence<i>{});
}

/// One step of tangents through the stages of a state, x of the first one and `length` numbers to the next.
void step_tangents(double h, const double* x, Index length, Block& d, Block& at, double* k) {
  const Index numbers = d.sites * block;
  [&]<int... i>(std::integer_sequence<int, i...>) {
    ((combine<i>(h, k, numbers, d.row(0), at.row(0)), at.close(),
      slope_of_tangents(x + i * length, at, k + i * numbers)),
     ...);
  }
  (std::make_integer_sequence<int, Order8::stages>{});
  combine<Order8::stages>(h, k, numbers, d.row(0), d.row(0));
}

}  // namespace

Lorenz96Evolution::Lorenz96Evolution(Index sites, double forcing, double step, Team& team)
    : sites_(sites),
      forcing_(forcing),
      step_(step),
      team_(team),
      x_(Eigen::VectorXd::Zero(sites)),
      slopes_(sites, Order8::stages) {}

void Lorenz96Evolution::step_state(double* stages) {
  const Index n = sites_, length = n + before + behind;
  for (int i = 0; i < Order8::stages; ++i) {
    double* const x = stages + i * length + before;
    Eigen::Map<Eigen::VectorXd> at(x, n);
    at = x_;
    for (int j = 0; j < i; ++j)
      if (Order8::a[i][j] != 0) at += step_ * Order8::a[i][j] * slopes_.col(j);
    std::copy_n(x + n - before, before, x - before);
    std::copy_n(x, behind, x + n);
    for (Index s = 0; s < n; ++s) slopes_(s, i) = (x[s + 1] - x[s - 2]) * x[s - 1] - x[s] + forcing_;
  }
  for (int j = 0; j < Order8::stages; ++j)
    if (Order8::b[j] != 0) x_ += step_ * Order8::b[j] * slopes_.col(j);
}

void Lorenz96Evolution::advance(std::int64_t steps) {
  stages_.resize(static_cast<std::size_t>(Order8::stages * (sites_ + before + behind)));
  for (std::int64_t step = 0; step < steps; ++step) {
    if (step % 64 == 0) team_.stop_if_asked();
    step_state(stages_.data());
  }
}

void Lorenz96Evolution::begin(Index tangents, std::uint64_t seed) {
  tangents_ = random_tangents(sites_, tangents, seed);
}

void Lorenz96Evolution::push(std::int64_t steps) {
  const Index n = sites_, length = n + before + behind, k = tangents_.cols();
  team_.split((k + block - 1) / block, [&](std::int64_t first, std::int64_t end) {
    Block d(n), at(n);
    std::vector<double> slopes(static_cast<std::size_t>(Order8::stages * n * block));
    for (std::int64_t b = first; b < end; ++b) {
      const Index columns = std::min(block, k - b * block);
      for (Index i = 0; i < n; ++i)
        for (Index c = 0; c < columns; ++c) d.row(i)[c] = tangents_(i, b * block + c);
      for (std::int64_t step = 0; step < steps; ++step)
        step_tangents(step_, stages_.data() + step * Order8::stages * length + before, length, d, at,
                      slopes.data());
      for (Index i = 0; i < n; ++i)
        for (Index c = 0; c < columns; ++c) tangents_(i, b * block + c) = d.row(i)[c];
    }
  });
}

void Lorenz96Evolution::stretch(std::int64_t intervals, std::int64_t every, Stretches& sum) {
  const auto of_step = static_cast<std::size_t>(Order8::stages * (sites_ + before + behind));
  constexpr std::int64_t most_steps = 64;  // whose stages are kept at once
  stages_.resize(of_step * static_cast<std::size_t>(std::min(every, most_steps)));
  for (std::int64_t i = 0; i < intervals; ++i) {
    team_.stop_if_asked();
    for (std::int64_t done = 0; done < every;) {
      const auto steps = std::min(every - done, most_steps);
      for (std::int64_t step = 0; step < steps; ++step)
        step_state(stages_.data() + of_step * static_cast<std::size_t>(step));
      push(steps);
      done += steps;
    }
    orthonormalise(tangents_, sum);
    sum.expansion -= static_cast<double>(every * sites_);
  }
}

Eigen::MatrixXd Lorenz96Evolution::differentiate() {
  tangents_ = Eigen::MatrixXd::Identity(sites_, sites_);
  stages_.resize(static_cast<std::size_t>(Order8::stages * (sites_ + before + behind)));
  step_state(stages_.data());
  push(1);
  return tangents_;
}

}  // namespace stoic
