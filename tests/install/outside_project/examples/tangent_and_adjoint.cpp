// Finite-time Lyapunov exponents of a system, λ_T = (1/T) ln σ_max(J), by powers of JᵀJ: what a tangent and
// an adjoint are for.
#include <cmath>
#include <cstdio>
#include <random>

#include "stoic/host/library/builtin.hpp"
#include "stoic/host/library/flow.hpp"

/// Columns of standard normals.
stoic::Matrix normals(std::int64_t rows, std::int64_t columns, std::uint64_t seed) {
  stoic::Matrix result(rows, columns);
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> normal;
  for (std::int64_t i = 0; i < result.size(); ++i) result.data()[i] = normal(engine);
  return result;
}

double dot(const stoic::Matrix& a, const stoic::Matrix& b, std::int64_t column) {
  double sum = 0;
  for (std::int64_t i = 0; i < a.rows(); ++i) sum += a(i, column) * b(i, column);
  return sum;
}

int main() {
  constexpr std::int64_t samples = 3;
  stoic::Flow flow(stoic::read_recipe("letters-lorenz96"));
  flow.run(normals(flow.width(), samples, 1));
  auto v = normals(flow.width(), samples, 2);
  const auto w = normals(flow.width(), samples, 3);
  const auto pushed = flow.push(v), pulled = flow.pull(w);
  bool transposed = true, settled = true;
  for (std::int64_t s = 0; s < samples; ++s)
    transposed =
        transposed && std::abs(dot(w, pushed, s) - dot(pulled, v, s)) < 1e-9 * std::abs(dot(w, w, s));

  double sigma[samples] = {}, before[samples] = {};
  for (int power = 0; power < 400; ++power) {
    const auto stretched = flow.pull(flow.push(v));
    for (std::int64_t s = 0; s < samples; ++s) {
      before[s] = sigma[s];
      const double length = std::sqrt(dot(stretched, stretched, s));
      sigma[s] = std::sqrt(length / std::sqrt(dot(v, v, s)));
      for (std::int64_t i = 0; i < v.rows(); ++i) v(i, s) = stretched(i, s) / length;
    }
  }
  for (std::int64_t s = 0; s < samples; ++s) {
    settled = settled && std::abs(sigma[s] - before[s]) < 1e-6 * sigma[s];
    std::fprintf(stderr, "sample %d: %.4f %s\n", static_cast<int>(s), std::log(sigma[s]) / flow.duration(),
                 flow.unit().c_str());
  }
  std::printf("transposed: %s, settled: %s\n", transposed ? "yes" : "no", settled ? "yes" : "no");
}
