#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cctype>
#include <cstddef>
#include <utility>

#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/compiler/export_input.hpp"
#include "stoic/host/compiler/export_model.hpp"

namespace stoic {
namespace {

std::uint32_t array_word(const std::string& bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t b = 0; b < 4; ++b)
    value |= std::uint32_t{static_cast<unsigned char>(bytes[at + b])} << (8 * b);
  return value;
}

double double_of(const std::string& bytes, std::size_t at) {
  return std::bit_cast<double>(array_word(bytes, at) | std::uint64_t{array_word(bytes, at + 4)} << 32);
}

/// How an element of a C array is written, and how many stand in a line.
struct ElementForm {
  std::size_t bytes, per_line;
  const char* nothing;  ///< what an array without elements has: C has no empty ones
  std::string (*text)(const std::string& bytes, std::size_t at);
};

std::string words_in_braces(const std::string& bytes, std::size_t at, std::size_t words) {
  std::string text = "{";
  for (std::size_t w = 0; w < words; ++w)
    text += fmt::format("{}{}u", w > 0 ? ", " : "", array_word(bytes, at + 4 * w));
  return text + "}";
}

ElementForm form_of(const std::string& type) {
  if (type == "uint8_t")
    return {1, 24, "0", [](const std::string& b, std::size_t at) {
              return fmt::format("{}", static_cast<unsigned char>(b[at]));
            }};
  if (type == "stoic_vector")
    return {8, 4, "{0u, 0u}", [](const std::string& b, std::size_t at) { return words_in_braces(b, at, 2); }};
  if (type == "stoic_state_block")
    return {12, 4, "{0u, 0u, 0u}",
            [](const std::string& b, std::size_t at) { return words_in_braces(b, at, 3); }};
  if (type == "stoic_scaling")
    return {16, 2, "{0.0, 0.0}", [](const std::string& b, std::size_t at) {
              return fmt::format("{{{:.17g}, {:.17g}}}", double_of(b, at), double_of(b, at + 8));
            }};
  if (type == "int32_t")
    return {4, 8, "0", [](const std::string& b, std::size_t at) {
              return fmt::format("{}", static_cast<std::int32_t>(array_word(b, at)));
            }};
  return {4, 8, "0u",
          [](const std::string& b, std::size_t at) { return fmt::format("0x{:08x}u", array_word(b, at)); }};
}

/// Elements of a C array, some to a line. An empty one has an element that nobody reads.
std::string array_elements(const std::string& type, const std::string& bytes) {
  const auto form = form_of(type);
  if (bytes.empty()) return form.nothing;
  std::string text;
  for (std::size_t i = 0; i * form.bytes < bytes.size(); ++i)
    text += (i % form.per_line == 0 ? "\n  " : " ") + form.text(bytes, i * form.bytes) + ",";
  return text;
}

std::string c_literal(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  result += '"';
  return result;
}

/// A member of stoic_model and what it is set to.
struct MemberText {
  std::size_t offset;
  const char* name;
  std::string value;
};

/// In the order of stoic_model: C++ before 20 has no designators.
std::vector<MemberText> members_in_order(const ExportedModel& model) {
  const auto& name = model.as.name;
  const auto numbers = model.numbers();
  std::vector<MemberText> members;
  const auto add = [&](std::size_t offset, const char* member, std::string value) {
    members.push_back({offset, member, std::move(value)});
  };
#define STOIC_SET(member, ...) add(offsetof(stoic_model, member), #member, __VA_ARGS__)
  STOIC_SET(config_hash, fmt::format("0x{:08x}u", model.config_hash));
  STOIC_SET(crc, fmt::format("0x{:08x}u", model.crc()));
  STOIC_SET(checked, "0");
  STOIC_SET(name, c_literal(name));
  STOIC_SET(version, c_literal(model.as.version));
  STOIC_SET(tool, c_literal(exporting_tool()));
  auto number = numbers.begin();
#define STOIC_SET_NUMBER(member, type) \
  STOIC_SET(member, fmt::format("{}{}", number->value, number->suffix)), ++number;
  STOIC_MODEL_NUMBERS(STOIC_SET_NUMBER)
#undef STOIC_SET_NUMBER
  auto array = model.arrays.begin();
#define STOIC_SET_ARRAY(member, type, elements, bits)     \
  STOIC_SET(member, fmt::format("{}_{}", name, #member)); \
  STOIC_SET(elements, fmt::format("{}u", array->count)), ++array;
  STOIC_MODEL_ARRAYS(STOIC_SET_ARRAY, )
#undef STOIC_SET_ARRAY
#undef STOIC_SET
  std::ranges::sort(members, {}, &MemberText::offset);
  return members;
}

std::size_t constant_bytes(const ExportedModel& model) {
  std::size_t bytes = 0;
  for (const auto& array : model.arrays) bytes += array.bytes.size();
  return bytes;
}

/// What the head of the header says of the network.
std::string model_description(const Image& image, const ExportedModel& model) {
  std::string vectors;
  for (const auto& v : image.vectors)
    vectors +=
        fmt::format(" *   {:<20} {:>6} elements, value = code * 2^-{}\n", v.name, v.length, v.fraction_bits);
  std::string trained_on;
  if (const auto known = training_data_of(image, "the image"))
    trained_on = fmt::format(" * Trained on {}.\n", training_data_text(*known));
  return fmt::format(
      "/* Written by stoic export ({}). Do not edit.\n *\n"
      " * {}: a network for the accelerator instance \"{}\" (CONFIG_HASH 0x{:08x}): {} bytes of constants, "
      "CRC-32 0x{:08x}.\n"
      " * An inference takes {} cycles when no stream stalls. Input: {} bytes a sample; output: {} bytes, {} "
      "classes.\n"
      " * It begins with program word {}, weight {}, table word {} and state {} of the accelerator.\n{}"
      " *\n * Vectors of the state memory and their formats:\n{} */\n",
      exporting_tool(), model.as.name, image.config.name, model.config_hash, constant_bytes(model),
      model.crc(), model.cycles, model.input_bytes, model.output_bytes, model.classes, model.program_start,
      model.weight_start, model.table_start, model.state_start, trained_on, vectors);
}

}  // namespace

std::string upper_name(std::string name) {
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::toupper(c); });
  return name;
}

std::string model_source(const Image& image, const ExportedModel& model, const std::string& sample_bytes,
                         const ExportedSamples& samples) {
  const auto& name = model.as.name;
  auto text = fmt::format(
      "/* Written by stoic export ({}). Do not edit. */\n#include \"{}.h\"\n\n"
      "#ifdef __GNUC__\n#define ALIGNED __attribute__((aligned(16)))\n#else\n#define ALIGNED\n#endif\n\n",
      exporting_tool(), name);
  for (const auto& array : model.arrays)
    text += fmt::format("static const {} {}_{}[] ALIGNED = {{{}}};\n\n", array.type, name, array.name,
                        array_elements(array.type, array.bytes));
  text += fmt::format("const stoic_model {} = {{\n", name);
  for (const auto& member : members_in_order(model))
    text += fmt::format("  /* {} */ {},\n", member.name, member.value);
  text += "};\n" + exported_input(image, name).definitions;
  if (samples.labels.empty()) return text;
  const std::string labels(samples.labels.begin(), samples.labels.end());
  return text +
         fmt::format(
             "\nconst uint8_t {0}_samples[] ALIGNED = {{{1}}};\n\nconst uint8_t {0}_labels[] = {{{2}}};\n",
             name, array_elements("uint8_t", sample_bytes), array_elements("uint8_t", labels));
}

std::string model_header(const Image& image, const ExportedModel& model, const ExportedSamples& samples) {
  const auto name = model.as.name, upper = upper_name(name);
  auto text = model_description(image, model) +
              fmt::format(
                  "#ifndef {0}_H\n#define {0}_H\n\n#include \"stoic_model.h\"\n\n"
                  "#ifdef __cplusplus\nextern \"C\" {{\n#endif\n\n"
                  "#define {0}_INPUT_BYTES {1}u\n#define {0}_OUTPUT_BYTES {2}u\n#define {0}_CLASSES {3}u\n"
                  "#define {0}_CRC 0x{4:08x}u\n#define {0}_SAMPLES {5}u\n"
                  "#define {0}_VERSION {6}\n#define {0}_TOOL {7}\n\nextern const stoic_model {8};\n",
                  upper, model.input_bytes, model.output_bytes, model.classes, model.crc(),
                  samples.labels.size(), c_literal(model.as.version), c_literal(exporting_tool()), name);
  if (!samples.labels.empty())
    text += fmt::format(
        "extern const uint8_t {0}_samples[{1}_SAMPLES * {1}_INPUT_BYTES];\n"
        "extern const uint8_t {0}_labels[{1}_SAMPLES];\n",
        name, upper);
  return text + exported_input(image, name).declarations + "\n#ifdef __cplusplus\n}\n#endif\n#endif\n";
}

}  // namespace stoic
