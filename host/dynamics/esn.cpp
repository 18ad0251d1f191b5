#include "stoic/host/dynamics/esn.hpp"

#include "stoic/host/dynamics/reservoir.hpp"
#include "stoic/host/kernels/decompositions.hpp"
#include "stoic/host/random/random.hpp"

namespace stoic {

EsnParameters EsnParameters::read(JsonReader& json) {
  EsnParameters p;
  p.neurons = json.integer("neurons", 1, 4096);
  p.spectral_radius = json.number_or("spectral_radius", p.spectral_radius, 0, 10);
  p.leak = json.number_or("leak", p.leak, 1e-6, 1);
  p.activation = json.choice_or("activation", p.activation, {"tanh", "linear"});
  p.topology = json.choice_or("topology", p.topology, {"random", "orthogonal", "ring"});
  if (p.topology != "random" && json.has("density"))
    json.fail("density", "is of the topology \"random\"; remove it, or set density=none");
  p.density = json.number_or("density", p.density, 1e-6, 1);
  return p;
}

void EsnParameters::write(nlohmann::ordered_json& json) const {
  json["neurons"] = neurons;
  json["spectral_radius"] = spectral_radius;
  if (topology == "random") json["density"] = density;
  json["leak"] = leak;
  json["activation"] = activation;
  json["topology"] = topology;
}

Eigen::MatrixXd EsnParameters::draw(std::uint64_t seed) const {
  if (topology == "random")
    return make_reservoir(neurons, density, spectral_radius, seed).cast<float>().cast<double>();
  Eigen::MatrixXd w = Eigen::MatrixXd::Zero(neurons, neurons);
  if (topology == "ring") {
    for (Eigen::Index i = 0; i < neurons; ++i) w((i + 1) % neurons, i) = spectral_radius;
    return w;
  }
  const RandomKey key{seed, Purpose::reservoir_weights};
  for (Eigen::Index i = 0; i < w.size(); ++i) w(i) = random_normal(key, static_cast<std::uint64_t>(i));
  auto [q, diagonal] = orthonormal(w);
  // the signs of R's diagonal make the draw uniform over all orthogonal matrices
  for (Eigen::Index c = 0; c < neurons; ++c)
    if (diagonal(c) < 0) q.col(c) = -q.col(c);
  return spectral_radius * q;
}

}  // namespace stoic
