// A program that uses the host library, Eigen, and another library that uses Eigen: a network is trained,
// taken apart, put together again, compiled, and run in fixed point.
#include <cstdio>

#include "other.hpp"
#include "stoic/host/library/network.hpp"

int main() {
  const char* recipe =
      R"({"dynamics": "ffesn", "neurons": 20, "steps": 2, "spectral_radius": 1.8, "inputs": 49,
    "classes": 5, "data": {"set": "letters", "train_samples": 200, "test_samples": 50}, "training": {"epochs": 2}})";
  // A matrix of the library is one of this program's Eigen, and goes through the other library.
  const Eigen::MatrixXd reservoir = stoic::system_matrices(recipe).at("W_reservoir");
  const Eigen::MatrixXd square = squared(reservoir);
  double largest = 0;
  for (Eigen::Index i = 0; i < 20; ++i)
    for (Eigen::Index j = 0; j < 20; ++j)
      largest = std::max(largest, std::abs(square(i, j) - reservoir.row(i).dot(reservoir.col(j))));
  std::printf("product: %s\n", largest < 1e-12 ? "right" : "wrong");

  const auto train_data = stoic::network_data(recipe, stoic::Split::train);
  const auto test_data = stoic::network_data(recipe, stoic::Split::test);
  const auto trained = stoic::train_network(recipe, train_data);
  auto matrices = trained->matrices();
  Eigen::MatrixXd read_out = matrices.at("W_out");
  matrices["W_out"] = read_out;
  const stoic::Network network(trained->recipe(), matrices);
  const auto reference = stoic::evaluate_network(network, test_data);
  const auto image = stoic::compile_network(network, train_data, stoic::load_hardware_config("default"));
  const auto fixed = stoic::evaluate_image(image, test_data);
  std::printf(
      "network: %s, %s\n",
      reference.outputs == stoic::evaluate_network(*trained, test_data).outputs ? "the same" : "another",
      fixed.cycles > 0 && fixed.decisions.size() == 50 ? "runs" : "does not run");
}
