// What an image says of itself in JSON: recipe, training data, noise, phases.
#include "fuzz.hpp"
#include "stoic/host/compare/phases.hpp"
#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/compiler/input_codes.hpp"
#include "stoic/host/compiler/listing.hpp"
#include "stoic/sim/contract/assembler.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic::fuzz {
namespace {

Image image_with(std::string_view metadata) {
  static const auto plain = [] {
    const auto config = load_hardware_config("compact");
    const auto assembly = assemble(
        ".vector u 49\n.vector n 5\n.vector x 5\nLOAD destination=u length=49\nLOAD destination=n length=5\n"
        "BUNDLE destination=x length=5 result_shift=2 : + n*n\nSTORE source=x length=5\nHALT\n",
        config, "network");
    Image image;
    image.config = config;
    image.program = assembly.program;
    image.vectors = assembly.vectors;
    image.input_lengths = {49, 5};
    image.output_lengths = {5};
    return image;
  }();
  auto image = plain;
  image.metadata = metadata;
  return image;
}

/// Calls one reader; another may refuse what this one takes.
template <class Reader>
void attempt(const Reader& reader) {
  try {
    reader();
  } catch (const Error&) {
  }
}

}  // namespace

void run(std::string_view input) {
  const auto image = image_with(input);
  attempt([&] { recipe_of(image, "network.img"); });
  attempt([&] { training_data_text(training_data_of(image, "network.img").value_or(TrainingData{})); });
  attempt([&] { phase_costs(image); });
  attempt([&] { functions_of(image, "network.img"); });
  attempt([&] { results_of(image, "network.img"); });
  attempt([&] { listing(image); });
  attempt([&] {
    const auto plan = input_plan(image, "network.img");
    if (!plan.noise.any()) return;
    const auto elements = static_cast<std::size_t>(4 * plan.elements);
    const auto samples = plan.coding ? Samples(std::vector<double>(elements, 0.3), plan.elements)
                                     : Samples(std::vector<std::uint8_t>(elements), plan.elements);
    std::vector<std::int32_t> codes(54);
    fill_input_codes(plan, samples, 3, codes);
    input_plan(with_trial(image, 7), "again.img");
  });
}

std::vector<std::string> seeds() {
  return {
      "{}",
      R"({"noise": {"observation": 0.1, "dynamic": 0, "seed": 1, "trial": 0}})",
      R"({"input": {"fraction_bits": 12, "standardisation": {"mean": [0.5], "deviation": [2]}}})",
      R"({"phases": [{"slot": 0, "name": "read-in"}, {"slot": 2, "name": "read-out"}]})",
      R"({"recipe": "{\"dynamics\": \"mlp\", \"neurons\": 3, \"inputs\": 49, \"classes\": 5}"})",
      R"({"training_data": {"set": "letters", "seed": 1, "inputs": 49, "height": 7, "width": 7, "classes": 5,
              "training": {"samples": 100, "fingerprint": "0123456789abcdef"},
              "test": {"samples": 100, "fingerprint": "0123456789abcdef"}}})"};
}

std::vector<std::string> words() {
  auto all = quoted_words(seeds());
  for (const auto* word : {"1e308", "-1", "9223372036854775807", "null", "[]", "{}", "1e-320"})
    all.push_back(word);
  return all;
}

}  // namespace stoic::fuzz
