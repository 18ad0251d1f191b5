// A recipe is trained, compiled, run in fixed point and compared: results are structs, not text.
#include <cstdio>

#include "other.hpp"
#include "stoic/host/library/builtin.hpp"
#include "stoic/host/library/compare.hpp"
#include "stoic/host/library/compile.hpp"
#include "stoic/host/library/evaluate.hpp"
#include "stoic/host/library/train.hpp"

int main() {
  const auto recipe = stoic::read_recipe(
      "letters-ffesn", {"training.epochs=4", "data.train_samples=600", "data.test_samples=200"});
  const auto training = stoic::train(recipe);
  const auto& network = training.network.value();
  const auto hw = stoic::load_hardware_config("small");
  const auto compiled = stoic::compile(network, {.hw = hw});
  const auto golden = stoic::evaluate(compiled.image, {.backend = "golden"});
  const auto comparison = stoic::compare(network, {.hw = hw});
  const Eigen::MatrixXd outputs = golden.outputs, square = squared(outputs.leftCols(5));

  std::printf("loss fell: %d\n", training.history.back().loss < training.history.front().loss);
  std::printf("as trained: %d\n", comparison.reference.accuracy == training.test_accuracy);
  std::printf("as compiled: %d\n",
              golden.cycles == compiled.cycles && comparison.golden.outputs == golden.outputs);
  std::printf("near: %d\n", comparison.agreement > 0.95 && comparison.within_bounds);
  std::printf("square: %d\n", square(0, 0) == outputs.row(0).head(5).dot(outputs.col(0)));
  return comparison.json().at("accuracy_float") != training.test_accuracy || comparison.print().empty();
}
