#include "stoic/host/compiler/export_input.hpp"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "stoic/host/compiler/export_model.hpp"
#include "stoic/host/compiler/input_codes.hpp"

namespace stoic {
namespace {

std::string numbers(const std::string& name, const std::vector<double>& values) {
  std::string text = fmt::format("\nconst double {}[{}] = {{", name, values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    text += fmt::format("{}{:.17g},", i % 6 == 0 ? "\n  " : " ", values[i]);
  return text + "\n};\n";
}

}  // namespace

ExportedInput exported_input(const Image& image, const std::string& name) {
  const auto plan = input_plan(image);
  if (!plan.coding) return {};
  const auto upper = upper_name(name);
  const auto bits = plan.coding->fraction_bits;
  const auto& scaling = plan.coding->standardisation;
  const auto most = (std::int64_t{1} << (plan.state_width - 1)) - 1;
  ExportedInput input;
  input.declarations = fmt::format(
      "\n/* A sample is {} real values. Each goes to the stream as a state of {} bits, the code of\n"
      " *   v = {}\n"
      " * with value = code * 2^-{}, rounded half up and saturated. */\n"
      "#define {}_INPUTS {}u\n#define {}_INPUT_FRACTION_BITS ({})\n",
      plan.elements, plan.state_width,
      scaling ? fmt::format(
                    "(value - {0}_input_mean[i]) / {0}_input_deviation[i], i = element % {1}_INPUT_ENTRIES",
                    name, upper)
              : "value",
      bits, upper, plan.elements, upper, bits);
  std::string v = "value";
  if (scaling) {
    const auto entries = scaling->mean.size();
    input.declarations += fmt::format(
        "#define {0}_INPUT_ENTRIES {1}u\nextern const double {2}_input_mean[{0}_INPUT_ENTRIES];\n"
        "extern const double {2}_input_deviation[{0}_INPUT_ENTRIES];\n",
        upper, entries, name);
    input.definitions =
        numbers(name + "_input_mean", scaling->mean) + numbers(name + "_input_deviation", scaling->deviation);
    v = fmt::format(
        "(value - {0}_input_mean[element % {1}_INPUT_ENTRIES]) / "
        "{0}_input_deviation[element % {1}_INPUT_ENTRIES]",
        name, upper);
  }
  input.declarations += fmt::format(
      "static inline int32_t {}_input_code(uint32_t element, double value) {{\n"
      "  const double v = {};\n"
      "  const double code = v * {:.17g} + 0.5;\n"
      "  int32_t whole;\n"
      "  (void)element;\n"
      "  if (code >= {}.0) return {};\n"
      "  if (!(code >= {}.0)) return {};\n"
      "  whole = (int32_t)code;\n"
      "  return (double)whole > code ? whole - 1 : whole;\n}}\n",
      name, v, std::ldexp(1.0, static_cast<int>(bits)), most + 1, most, -most - 1, -most - 1);
  return input;
}

}  // namespace stoic
