// Trains a network on data of this program's own, and goes on from its file: dots of two rings.
#include <cmath>
#include <cstdio>
#include <random>

#include "stoic/host/library/evaluate.hpp"
#include "stoic/host/library/train.hpp"

/// Points of the plane, as 2 x 2 greys: x, 255 - x, y, 255 - y.
stoic::Dataset rings(std::int64_t points, std::uint64_t seed) {
  stoic::Dataset data{.inputs = 4, .classes = 2};
  std::vector<std::uint8_t> greys;
  std::mt19937_64 engine(seed);
  std::uniform_real_distribution<double> uniform;
  for (std::int64_t i = 0; i < points; ++i) {
    const double angle = 6.2832 * uniform(engine), radius = (i % 2 == 0 ? 40 : 100) + 20 * uniform(engine);
    for (const double value : {128 + radius * std::cos(angle), 128 + radius * std::sin(angle)})
      for (const double grey : {value, 255 - value}) greys.push_back(static_cast<std::uint8_t>(grey));
    data.labels.push_back(static_cast<std::uint8_t>(i % 2));
  }
  data.samples = stoic::Samples(std::move(greys), 4);
  return data;
}

int main() {
  const char* recipe = R"({"dynamics": "mlp", "neurons": 32, "inputs": 4, "classes": 2,
                           "data": {"set": "files", "train": "made here"}, "training": {"epochs": 30, "batch": 32}})";
  stoic::DataSource data{.train = rings(1000, 1), .test = rings(300, 2)};
  const auto first = stoic::train(
      recipe, {.data = data, .output = "rings.npz", .epoch = [](const stoic::EpochRecord& epoch) {
                 if (epoch.epoch % 10 == 0) std::printf("epoch %d\n", static_cast<int>(epoch.epoch));
               }});
  const auto network = stoic::Network::read("rings.npz");
  const auto further = stoic::train(recipe, {.data = data, .start = network});
  const auto judged = stoic::evaluate(*further.network, {.data = data});
  std::printf("above 0.95: %s, %s\n", first.test_accuracy > 0.95 ? "yes" : "no",
              judged.accuracy > 0.95 ? "yes" : "no");
}
