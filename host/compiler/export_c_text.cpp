#include "stoic/host/compiler/export_c_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "stoic/host/compiler/export_model.hpp"
#include "stoic/sim/contract/operands.hpp"
#include "stoic/sim/golden/schedule.hpp"

namespace stoic {
namespace {

/// The same for every network but for the numbers of its instance: NAME, SMIN, SMAX, UNUSED, GUARD, WIDTH.
constexpr const char* arithmetic = R"(
/* d = sum over 2^shift, ties towards +infinity, saturated. */
static inline NAME_code clamped(int64_t value) {
  return (NAME_code)(value > SMAX ? SMAX : value < SMIN ? SMIN : value);
}
static inline NAME_code rounded(int64_t sum, int shift) {
  if (shift > 0) return clamped((sum >> shift) + (sum >> (shift - 1) & 1));
  if (sum == 0) return 0;
  if (-shift >= 40) return (NAME_code)(sum > 0 ? SMAX : SMIN);
  if (sum > ((int64_t)SMAX >> -shift)) return SMAX;
  if (sum < ((int64_t)SMIN >> -shift)) return SMIN;
  return clamped(sum * ((int64_t)1 << -shift));
}
/* As an accumulator of the accelerator holds it. */
static inline int64_t wrapped(int64_t sum) { return (int64_t)((uint64_t)sum << UNUSED) >> UNUSED; }
static inline int64_t shifted(int64_t value, int shift) { return (int64_t)((uint64_t)value << shift); }
static inline int64_t add(int64_t a, int64_t b, int subtract) {
  return (int64_t)(subtract ? (uint64_t)a - (uint64_t)b : (uint64_t)a + (uint64_t)b);
}
static inline int64_t product(NAME_code a, NAME_code b) { return (WIDE)a * b; }

/* Four rows at a time, whose weights lie side by side. No sum of these leaves 32 bits. */
UNUSED_OK static void matvec_32(NAME_code* d, const NAME_code* x, const weight* w, int rows, int columns,
                                const NAME_code* bias, int bias_shift, int shift) {
  int r, c, k;
  for (r = 0; r < rows; r += 4, d += 4) {
    int32_t a0 = 0, a1 = 0, a2 = 0, a3 = 0;
    int32_t sums[4];
    for (c = 0; c + 4 <= columns; c += 4, w += 16) {
      const int32_t x0 = x[c], x1 = x[c + 1], x2 = x[c + 2], x3 = x[c + 3];
      a0 += w[0] * x0 + w[4] * x1 + w[8] * x2 + w[12] * x3;
      a1 += w[1] * x0 + w[5] * x1 + w[9] * x2 + w[13] * x3;
      a2 += w[2] * x0 + w[6] * x1 + w[10] * x2 + w[14] * x3;
      a3 += w[3] * x0 + w[7] * x1 + w[11] * x2 + w[15] * x3;
    }
    for (; c < columns; ++c, w += 4) {
      a0 += w[0] * x[c];
      a1 += w[1] * x[c];
      a2 += w[2] * x[c];
      a3 += w[3] * x[c];
    }
    sums[0] = a0;
    sums[1] = a1;
    sums[2] = a2;
    sums[3] = a3;
    for (k = 0; k < 4 && r + k < rows; ++k) {
      const int32_t sum = bias == NULL ? sums[k] : sums[k] + (int32_t)((uint32_t)(int32_t)bias[r + k] << bias_shift);
      const int32_t value = (sum >> shift) + (sum >> (shift - 1) & 1);
      d[k] = (NAME_code)(value > SMAX ? SMAX : value < SMIN ? SMIN : value);
    }
  }
}
UNUSED_OK static void matvec_64(NAME_code* d, const NAME_code* x, const weight* w, int rows, int columns,
                                const NAME_code* bias, int bias_shift, int shift) {
  int r, c, k;
  for (r = 0; r < rows; r += 4, w += 4 * columns)
    for (k = 0; k < 4 && r + k < rows; ++k) {
      uint64_t sum = 0;
      for (c = 0; c < columns; ++c) sum += (uint64_t)((int64_t)w[4 * c + k] * x[c]);
      if (bias != NULL) sum += (uint64_t)(int64_t)bias[r + k] << bias_shift;
      d[r + k] = rounded(wrapped((int64_t)sum), shift);
    }
}

/* Between the knots of a table, `distance` codes from the first. */
UNUSED_OK static int32_t interpolated(const int32_t* table, int segments, int segment_shift, int64_t distance, int32_t least) {
  const int64_t most = (int64_t)segments << segment_shift;
  const int64_t inside = distance < 0 ? 0 : distance > most ? most : distance;
  const int64_t reached = inside >> segment_shift;
  const int64_t index = reached < segments - 1 ? reached : segments - 1;
  const int64_t low = table[index], high = table[index + 1];
  const int64_t value = low * ((int64_t)1 << segment_shift) + (high - low) * (inside - (index << segment_shift));
  const NAME_code code = rounded(value, segment_shift + GUARD);
  return code < least ? least : code;
}
/* symmetry 1: odd, 2: even. */
UNUSED_OK static void apply(NAME_code* d, const NAME_code* x, int length, const int32_t* table, int segments,
                            int segment_shift, int32_t origin, int symmetry) {
  int i;
  for (i = 0; i < length; ++i) {
    const int32_t argument = x[i];
    const int32_t absolute = argument < 0 ? -argument : argument;
    const int32_t magnitude = symmetry == 0 ? argument : absolute < SMAX ? absolute : SMAX;
    const int32_t value =
        interpolated(table, segments, segment_shift, (int64_t)magnitude - origin, symmetry == 1 ? -SMAX : SMIN);
    d[i] = (NAME_code)(symmetry == 1 && argument < 0 ? -value : value);
  }
}
/* Three vectors to unit length; `apart`: elements from one component to the next. */
UNUSED_OK static void normalise(NAME_code* d, const NAME_code* x, int length, int apart, const int32_t* table,
                                int segments, int segment_shift, int result_shift) {
  int i, c;
  for (i = 0; i < length; ++i) {
    uint64_t sum = 0, rest;
    int half = 0, up;
    int64_t mantissa, factor;
    for (c = 0; c < 3; ++c) sum += (uint64_t)((int64_t)x[i + c * apart] * x[i + c * apart]);
    if (sum == 0) {
      d[i] = d[i + apart] = 0;
      d[i + 2 * apart] = clamped((int64_t)1 << (WIDTH - 1 - result_shift));
      continue;
    }
    for (rest = sum >> 2; rest != 0; rest >>= 2) ++half;
    up = WIDTH - 2 - 2 * half;
    mantissa = (int64_t)(up >= 0 ? sum << up : sum >> -up);
    factor = interpolated(table, segments, segment_shift, mantissa - ((int64_t)1 << (WIDTH - 2)), SMIN);
    for (c = 0; c < 3; ++c) d[i + c * apart] = rounded(x[i + c * apart] * factor, half + result_shift);
  }
}

)";

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
  return text;
}

}  // namespace

std::int64_t c_state_elements(const Image& image) {
  std::int64_t words = 1;
  const auto reach = [&](std::int64_t word, std::int64_t length) {
    words = std::max(words, word + image.config.beats(length));
  };
  for (const auto& block : image.initial_state)
    reach(block.word, static_cast<std::int64_t>(block.values.size()));
  const auto lanes = image.config.lanes;
  for (const auto& step : golden::schedule(image.program, image.config).steps)
    for_each_operand(step.instruction, image.config, [&](const OperandRange& range) {
      const auto apart = image.config.beats(range.length) * lanes;
      reach(0, range.first + (range.vectors - 1) * apart + range.length);
    });
  return words * lanes;
}

std::string c_list(std::span<const std::int32_t> values) {
  constexpr std::size_t per_line = 24;
  std::string text;
  for (std::size_t i = 0; i < values.size(); ++i)
    text += fmt::format("{}{},", i % per_line == 0 ? "\n  " : " ", values[i]);
  return text;
}

std::string c_comment(std::string text) {
  for (auto at = text.find("*/"); at != std::string::npos; at = text.find("*/")) text.replace(at, 2, "* /");
  for (auto at = text.find("/*"); at != std::string::npos; at = text.find("/*")) text.replace(at, 2, "/ *");
  std::ranges::replace_if(
      text, [](char c) { return c < ' '; }, ' ');
  return text;
}

std::string c_preamble(const HardwareConfig& config, const std::string& name) {
  const auto weight = config.weight_width <= 8 ? "int8_t" : config.weight_width <= 16 ? "int16_t" : "int32_t";
  std::string text = arithmetic;
  text = replaced(text, "UNUSED_OK ", "UNUSED_OK\n");
  text = replaced(text, "UNUSED_OK\n", "MAYBE_UNUSED ");
  text = replaced(text, "NAME", name);
  text = replaced(text, "WIDE", config.state_width <= 16 ? "int32_t" : "int64_t");
  return fmt::format(
             "/* Written by stoic export --target c. Do not edit. C99; the arithmetic wants a compiler whose "
             "right shift of a\n"
             " * negative number keeps its sign, as all do. */\n#include \"{}.h\"\n\n#include <string.h>\n\n"
             "#ifdef __GNUC__\n#define MAYBE_UNUSED __attribute__((unused))\n#else\n#define "
             "MAYBE_UNUSED\n#endif\n\n"
             "enum {{ SMAX = {}, SMIN = {}, UNUSED = {}, GUARD = {}, WIDTH = {} }};\n\ntypedef {} weight;\n",
             name, config.state_max(), config.state_min(), 64 - config.accumulator_width,
             config.table_guard_bits, config.state_width, weight) +
         replaced(text, "static inline", "MAYBE_UNUSED static inline");
}

std::string c_header(const Image& image, const std::string& name) {
  std::int64_t inputs = 0, outputs = 0;
  for (const auto length : image.input_lengths) inputs += length;
  for (const auto length : image.output_lengths) outputs += length;
  std::string guard = name + "_H", upper = name;
  for (auto* text : {&guard, &upper})
    std::ranges::transform(*text, text->begin(),
                           [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return fmt::format(
      "/* Written by stoic export --target c. Do not edit.\n *\n"
      " * A network without an accelerator: the same bits as the instance \"{0}\" (CONFIG_HASH 0x{1:08x}) "
      "gives.\n */\n"
      "#ifndef {2}\n#define {2}\n\n#include <stdint.h>\n\n#ifdef __cplusplus\nextern \"C\" {{\n#endif\n\n"
      "#define {3}_INPUTS {4}u  /* codes of one sample, its vectors one behind the other */\n"
      "#define {3}_OUTPUTS {5}u\n#define {3}_CLASSES {6}u  /* of the last output vector */\n"
      "#define {3}_OUTPUT_FRACTION_BITS {7} /* its values are code * 2^-this */\n\n"
      "typedef {8} {9}_code;\ntypedef struct {9}_state {{\n  {9}_code memory[{10}];\n}} {9}_state;\n\n"
      "/* Once. */\nvoid {9}_begin({9}_state* state);\n"
      "/* One sample. Nothing is kept from one to the next. */\n"
      "void {9}_run({9}_state* state, const {9}_code* input, {9}_code* output);\n"
      "/* The class with the largest output, the first on a tie. */\nuint32_t {9}_class(const {9}_code* "
      "output);\n\n"
      "#ifdef __cplusplus\n}}\n#endif\n#endif\n",
      image.config.name, config_hash(image.config), guard, upper, inputs, outputs,
      image.output_lengths.back(), output_fraction_bits(image, golden::schedule(image.program, image.config)),
      image.config.state_width <= 16 ? "int16_t" : "int32_t", name, c_state_elements(image));
}

std::string c_class(const std::string& name, const std::vector<std::int64_t>& output_lengths) {
  std::int64_t before = 0;
  for (std::size_t v = 0; v + 1 < output_lengths.size(); ++v) before += output_lengths[v];
  return fmt::format(
      "uint32_t {0}_class(const {0}_code* output) {{\n  const {0}_code* const last = output + {1};\n"
      "  uint32_t best = 0, c;\n  for (c = 1; c < {2}; ++c)\n    if (last[c] > last[best]) best = c;\n  "
      "return best;\n}}\n",
      name, before, output_lengths.back());
}

}  // namespace stoic
