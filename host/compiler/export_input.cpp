#include "stoic/host/compiler/export_input.hpp"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "stoic/host/compiler/input_codes.hpp"

namespace stoic {
namespace {

std::string numbers(const char* name, const std::vector<double>& values) {
  std::string text = fmt::format("\nconst double {}[{}] = {{", name, values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    text += fmt::format("{}{:.17g},", i % 6 == 0 ? "\n  " : " ", values[i]);
  return text + "\n};\n";
}

}  // namespace

ExportedInput exported_input(const Image& image) {
  const auto plan = input_plan(image);
  if (!plan.coding) return {};
  const auto bits = plan.coding->fraction_bits;
  const auto& scaling = plan.coding->standardisation;
  const auto most = (std::int64_t{1} << (plan.state_width - 1)) - 1;
  ExportedInput input;
  input.declarations = fmt::format(
      "\n/* A sample is {} real values. Each goes to the stream as a state of {} bits, the code of\n"
      " *   v = {}\n"
      " * with value = code * 2^-{}, rounded half up and saturated. */\n"
      "#define MODEL_INPUTS {}u\n#define MODEL_INPUT_FRACTION_BITS ({})\n",
      plan.elements, plan.state_width,
      scaling ? "(value - model_input_mean[i]) / model_input_deviation[i], i = element % MODEL_INPUT_ENTRIES"
              : "value",
      bits, plan.elements, bits);
  std::string v = "value";
  if (scaling) {
    const auto entries = scaling->mean.size();
    input.declarations += fmt::format(
        "#define MODEL_INPUT_ENTRIES {}u\nextern const double model_input_mean[MODEL_INPUT_ENTRIES];\n"
        "extern const double model_input_deviation[MODEL_INPUT_ENTRIES];\n",
        entries);
    input.definitions =
        numbers("model_input_mean", scaling->mean) + numbers("model_input_deviation", scaling->deviation);
    v = "(value - model_input_mean[element % MODEL_INPUT_ENTRIES]) / "
        "model_input_deviation[element % MODEL_INPUT_ENTRIES]";
  }
  input.declarations += fmt::format(
      "static inline int32_t model_input_code(uint32_t element, double value) {{\n"
      "  const double v = {};\n"
      "  const double code = v * {:.17g} + 0.5;\n"
      "  int32_t whole;\n"
      "  (void)element;\n"
      "  if (code >= {}.0) return {};\n"
      "  if (code < {}.0) return {};\n"
      "  whole = (int32_t)code;\n"
      "  return (double)whole > code ? whole - 1 : whole;\n}}\n",
      v, std::ldexp(1.0, static_cast<int>(bits)), most + 1, most, -most - 1, -most - 1);
  return input;
}

}  // namespace stoic
