#include "stoic/host/compiler/export_firmware.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>

#include "stoic/firmware/driver/stoic_model.h"
#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/compiler/export_input.hpp"
#include "stoic/sim/device/session.hpp"
#include "stoic/sim/golden/schedule.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

constexpr std::uint32_t layout_version = STOIC_IMAGE_LAYOUT, alignment = STOIC_IMAGE_ALIGNMENT;

using Bytes = std::string;

void put(Bytes& out, std::uint32_t value) {
  for (int b = 0; b < 4; ++b) out += static_cast<char>(value >> (8 * b));
}

std::uint32_t crc(std::uint32_t before, const Bytes& bytes) {
  return static_cast<std::uint32_t>(
      crc32(before, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

/// Words in the whole bytes of the streams.
Bytes packed(std::span<const std::int32_t> words, std::int64_t bits) {
  Bytes out;
  const auto bytes = (bits + 7) / 8;
  out.reserve(words.size() * static_cast<std::size_t>(bytes));
  for (const auto word : words)
    for (std::int64_t b = 0; b < bytes; ++b)
      out += static_cast<char>(static_cast<std::uint32_t>(word) >> (8 * b));
  return out;
}

/// One array of the model: its C type, its bytes, and how many elements they are.
struct Array {
  const char* name;
  const char* type;
  Bytes bytes;
  std::uint32_t count;
};

/// A number of the model, as a word of model.bin.
struct Number {
  const char* name;
  std::int64_t value;
  const char* suffix;  ///< of its literal in C

  std::uint32_t word() const { return static_cast<std::uint32_t>(value); }
};

/// A model as the driver sees it, in the order of its layout.
struct Exported {
  std::uint32_t config_hash = 0;
#define STOIC_MEMBER(name, type) type name = 0;
  STOIC_MODEL_NUMBERS(STOIC_MEMBER)
#undef STOIC_MEMBER
  std::vector<Array> arrays;

  std::vector<Number> numbers() const {
#define STOIC_NUMBER(name, type) {#name, name, sizeof(type) == 4 ? "u" : ""},
    return {STOIC_MODEL_NUMBERS(STOIC_NUMBER)};
#undef STOIC_NUMBER
  }
  std::uint32_t crc() const;
};

/// Of the arrays in the order of the layout: what stoic_model calls the number of their elements.
#define STOIC_COUNT_NAME(name, type, elements, bits) #elements,
constexpr const char* count_names[] = {STOIC_MODEL_ARRAYS(STOIC_COUNT_NAME, )};
#undef STOIC_COUNT_NAME

/// The arrays by their names, in the order of the layout.
std::vector<Array> in_order_of_layout(std::vector<Array> arrays) {
  std::vector<Array> result;
#define STOIC_TAKE(member, ctype, elements, bits) take(#member, #ctype);
  const auto take = [&](const std::string& name, const std::string& type) {
    const auto found =
        std::find_if(arrays.begin(), arrays.end(), [&](const Array& array) { return name == array.name; });
    if (found == arrays.end() || type != found->type)
      throw Error(fmt::format("stoic export makes no array {} {}, which the driver asks for", type, name));
    result.push_back(std::move(*found));
  };
  STOIC_MODEL_ARRAYS(STOIC_TAKE, )
#undef STOIC_TAKE
  return result;
}

std::uint32_t Exported::crc() const {
  Bytes words;
  put(words, config_hash);
  for (const auto& number : numbers()) put(words, number.word());
  auto sum = stoic::crc(0, words);
  for (const auto& array : arrays) {
    Bytes size;
    put(size, static_cast<std::uint32_t>(array.bytes.size()));
    sum = stoic::crc(stoic::crc(sum, size), array.bytes);
  }
  return sum;
}

/// Vectors one behind the other, each in whole beats: offset and bytes of each. `end` gets the bytes of all.
Array vectors(const char* name, const std::vector<std::int64_t>& lengths, const HardwareConfig& config,
              std::uint32_t& end) {
  Array array{name, "stoic_vector", {}, static_cast<std::uint32_t>(lengths.size())};
  const auto beat = static_cast<std::uint32_t>(config.lanes * ((config.state_width + 7) / 8));
  end = 0;
  for (const auto length : lengths) {
    const auto bytes = static_cast<std::uint32_t>(config.beats(length)) * beat;
    put(array.bytes, end);
    put(array.bytes, bytes);
    end += bytes;
  }
  return array;
}

Array matrices(const Image& image) {
  Array array{"matrices", "stoic_vector", {}, static_cast<std::uint32_t>(image.stream_schedule.size())};
  const auto beat = static_cast<std::uint32_t>(image.config.lanes * ((image.config.weight_width + 7) / 8));
  for (const auto& matrix : image.stream_schedule) {
    put(array.bytes, static_cast<std::uint32_t>(matrix.first_beat) * beat);
    put(array.bytes, static_cast<std::uint32_t>(matrix.beats) * beat);
  }
  return array;
}

/// State blocks, and what they store.
struct States {
  std::vector<std::int32_t> words;
  Array blocks{"state_blocks", "stoic_state_block", {}, 0};
  Array restored{"restored", "stoic_state_block", {}, 0};
};

void add_block(States& states, Array& to, std::int64_t entry, std::span<const std::int32_t> values) {
  put(to.bytes, static_cast<std::uint32_t>(entry));
  put(to.bytes, static_cast<std::uint32_t>(values.size()));
  put(to.bytes, static_cast<std::uint32_t>(states.words.size()));
  ++to.count;
  states.words.insert(states.words.end(), values.begin(), values.end());
}

States states_of(const Image& image, const std::vector<std::int64_t>& carried) {
  const auto lanes = image.config.lanes;
  States states;
  std::vector<std::int32_t> all(static_cast<std::size_t>(image.config.state_words_per_lane * lanes), 0);
  for (const auto& block : image.initial_state) {
    add_block(states, states.blocks, block.word * lanes, block.values);
    std::copy(block.values.begin(), block.values.end(), all.begin() + block.word * lanes);
  }
  for (std::size_t i = 0; i < carried.size();) {
    auto end = i + 1;
    while (end < carried.size() && carried[end] == carried[end - 1] + 1) ++end;
    add_block(states, states.restored, carried[i],
              std::span(all).subspan(static_cast<std::size_t>(carried[i]), end - i));
    i = end;
  }
  return states;
}

/// Entries of the state memory, from the first on, that somebody may read before the program writes them.
std::int64_t states_needed(const Image& image) {
  const auto first_read = elements_read_first(image);
  std::int64_t count = first_read.empty() ? 0 : first_read.back() + 1;
  for (const auto& block : image.initial_state)
    count = std::max(count, block.word * image.config.lanes + static_cast<std::int64_t>(block.values.size()));
  return count;
}

/// Binary point of the last output vector.
std::int16_t output_fraction_bits(const Image& image, const golden::Schedule& schedule) {
  for (auto index = schedule.order.rbegin(); index != schedule.order.rend(); ++index)
    if (const auto* store = std::get_if<Store>(&schedule.steps[*index].instruction))
      for (const auto& vector : image.vectors)
        if (vector.word == store->source && vector.length == store->length)
          return static_cast<std::int16_t>(vector.fraction_bits);
  return 0;
}

Exported exported(const Image& image) {
  if (image.output_lengths.empty())
    throw Error("the image stores no output, so there is no result to export; add a STORE to its program");
  const auto& config = image.config;
  const auto schedule = golden::schedule(image.program, config);
  const auto carried = carried_elements(image);
  auto states = states_of(image, carried);
  Exported model;
  model.config_hash = config_hash(config);
  model.lanes = static_cast<std::uint16_t>(config.lanes);
  model.state_bits = static_cast<std::uint16_t>(config.state_width);
  model.weight_bits = static_cast<std::uint16_t>(config.weight_width);
  model.classes = static_cast<std::uint16_t>(image.output_lengths.back());
  model.samples_per_start_max = carried.empty() ? 0 : 1;
  model.state_count = static_cast<std::uint32_t>(states_needed(image));
  model.cycles = static_cast<std::uint32_t>(schedule.cycles);
  model.output_fraction_bits = output_fraction_bits(image, schedule);
  const auto count = [](const auto& values) { return static_cast<std::uint32_t>(values.size()); };
  Bytes program;
  for (const auto word : image.program) {
    put(program, static_cast<std::uint32_t>(word));
    put(program, static_cast<std::uint32_t>(word >> 32));
  }
  const auto stream = packed(image.stream_weights, config.weight_width);
  model.arrays = in_order_of_layout(
      {{"program", "uint32_t", program, 2 * count(image.program)},
       {"weights", "uint8_t", packed(image.weights, config.weight_width), count(image.weights)},
       {"tables", "int32_t", packed(image.tables, 32), count(image.tables)},
       {"states", "uint8_t", packed(states.words, config.state_width), count(states.words)},
       std::move(states.blocks),
       std::move(states.restored),
       {"stream_weights", "uint8_t", stream, count(stream)},
       matrices(image),
       vectors("inputs", image.input_lengths, config, model.input_bytes),
       vectors("outputs", image.output_lengths, config, model.output_bytes)});
  return model;
}

/// All samples as they lie on the stream: each vector in whole beats.
Bytes sample_bytes(const Image& image, const ExportedSamples& samples) {
  const auto& config = image.config;
  Bytes out;
  auto from = samples.codes.begin();
  for (std::size_t s = 0; s < samples.labels.size(); ++s)
    for (const auto length : image.input_lengths) {
      std::vector<std::int32_t> beats(from, from + length);
      beats.resize(static_cast<std::size_t>(config.beats(length) * config.lanes), 0);
      out += packed(beats, config.state_width);
      from += length;
    }
  return out;
}

void align(Bytes& bytes) { bytes.resize((bytes.size() + alignment - 1) / alignment * alignment, '\0'); }

/// Fills in the size and the CRC of what follows them.
void seal(Bytes& file) {
  Bytes size, sum;
  put(size, static_cast<std::uint32_t>(file.size()));
  file.replace(8, 4, size);
  put(sum, crc(0, file.substr(16)));
  file.replace(12, 4, sum);
}

Bytes model_bin(const Exported& model) {
  Bytes file, body;
  constexpr auto begin = (sizeof(stoic_image_header) + alignment - 1) / alignment * alignment;
  for (const std::uint32_t word :
       {std::uint32_t{STOIC_IMAGE_MAGIC}, layout_version, 0u, 0u, model.config_hash, model.crc()})
    put(file, word);
  for (const auto& number : model.numbers()) put(file, number.word());
  for (const auto& array : model.arrays) {
    put(file, static_cast<std::uint32_t>(begin + body.size()));
    put(file, array.count);
    body += array.bytes;
    align(body);
  }
  align(file);
  file += body;
  seal(file);
  return file;
}

Bytes samples_bin(const Image& image, const ExportedSamples& samples, std::uint32_t input_bytes) {
  constexpr std::uint32_t data = sizeof(stoic_samples_header);
  const auto count = static_cast<std::uint32_t>(samples.labels.size());
  Bytes file;
  for (const auto number : {std::uint32_t{STOIC_SAMPLES_MAGIC}, layout_version, 0u, 0u, count, input_bytes,
                            data, data + count * input_bytes})
    put(file, number);
  file += sample_bytes(image, samples);
  file.append(samples.labels.begin(), samples.labels.end());
  align(file);
  seal(file);
  return file;
}

// ---- C ----

std::uint32_t word_of(const Bytes& bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t b = 0; b < 4; ++b)
    value |= std::uint32_t{static_cast<unsigned char>(bytes[at + b])} << (8 * b);
  return value;
}

/// Elements of a C array, some to a line. An empty array has one element that nobody reads: C has no empty
/// ones.
std::string elements(const std::string& type, const Bytes& bytes) {
  std::string text;
  const bool is_byte = type == "uint8_t";
  const std::size_t words = type == "stoic_vector" ? 2 : type == "stoic_state_block" ? 3 : 1;
  const std::size_t size = is_byte ? 1 : 4 * words;
  const std::size_t per_line = is_byte ? 24 : words == 1 ? 8 : 4;
  for (std::size_t i = 0; i * size < bytes.size(); ++i) {
    text += i % per_line == 0 ? "\n  " : " ";
    if (is_byte) {
      text += fmt::format("{},", static_cast<unsigned char>(bytes[i]));
    } else if (words > 1) {
      text += "{";
      for (std::size_t w = 0; w < words; ++w)
        text += fmt::format("{}{}u", w > 0 ? ", " : "", word_of(bytes, i * size + 4 * w));
      text += "},";
    } else if (type == "int32_t") {
      text += fmt::format("{},", static_cast<std::int32_t>(word_of(bytes, 4 * i)));
    } else {
      text += fmt::format("0x{:08x}u,", word_of(bytes, 4 * i));
    }
  }
  if (bytes.empty()) text = words > 1 ? "{0}" : "0";
  return text;
}

std::string model_c(const Exported& model, const std::string& input, const Bytes& samples,
                    const ExportedSamples& given) {
  std::string text =
      "/* Written by stoic export. Do not edit. */\n#include \"model.h\"\n\n"
      "#ifdef __GNUC__\n#define ALIGNED __attribute__((aligned(16)))\n#else\n#define ALIGNED\n#endif\n\n";
  for (const auto& array : model.arrays)
    text += fmt::format("static const {} {}[] ALIGNED = {{{}}};\n\n", array.type, array.name,
                        elements(array.type, array.bytes));
  const auto& a = model.arrays;
  text += fmt::format("const stoic_model model = {{\n  .config_hash = 0x{:08x}u,\n  .crc = 0x{:08x}u,\n",
                      model.config_hash, model.crc());
  for (const auto& number : model.numbers())
    text += fmt::format("  .{} = {}{},\n", number.name, number.value, number.suffix);
  for (std::size_t i = 0; i < a.size(); ++i)
    text += fmt::format("  .{} = {},\n  .{} = {}u,\n", a[i].name, a[i].name, count_names[i], a[i].count);
  text += "};\n";
  text += input;
  if (given.labels.empty()) return text;
  const Bytes labels(given.labels.begin(), given.labels.end());
  return text +
         fmt::format(
             "\nconst uint8_t model_samples[] ALIGNED = {{{}}};\n\nconst uint8_t model_labels[] = {{{}}};\n",
             elements("uint8_t", samples), elements("uint8_t", labels));
}

std::string model_h(const Image& image, const Exported& model, const std::string& input,
                    const ExportedSamples& samples) {
  std::size_t bytes = 0;
  for (const auto& array : model.arrays) bytes += array.bytes.size();
  std::string vectors;
  for (const auto& v : image.vectors)
    vectors +=
        fmt::format(" *   {:<20} {:>6} elements, value = code * 2^-{}\n", v.name, v.length, v.fraction_bits);
  std::string trained_on;
  if (const auto known = training_data_of(image, "the image"))
    trained_on = fmt::format(" * Trained on {}.\n", training_data_text(*known));
  auto text = fmt::format(
      "/* Written by stoic export. Do not edit.\n *\n"
      " * A network for the accelerator instance \"{}\" (CONFIG_HASH 0x{:08x}): {} bytes of constants, "
      "CRC-32 0x{:08x}.\n"
      " * An inference takes {} cycles when no stream stalls. Input: {} bytes a sample; output: {} bytes, {} "
      "classes.\n{}"
      " *\n * Vectors of the state memory and their formats:\n{} */\n"
      "#ifndef MODEL_H\n#define MODEL_H\n\n#include \"stoic_model.h\"\n\n"
      "#ifdef __cplusplus\nextern \"C\" {{\n#endif\n\n"
      "#define MODEL_INPUT_BYTES {}u\n#define MODEL_OUTPUT_BYTES {}u\n#define MODEL_CLASSES {}u\n"
      "#define MODEL_CRC 0x{:08x}u\n#define MODEL_SAMPLES {}u\n\nextern const stoic_model model;\n",
      image.config.name, model.config_hash, bytes, model.crc(), model.cycles, model.input_bytes,
      model.output_bytes, model.classes, trained_on, vectors, model.input_bytes, model.output_bytes,
      model.classes, model.crc(), samples.labels.size());
  if (!samples.labels.empty())
    text +=
        "extern const uint8_t model_samples[MODEL_SAMPLES * MODEL_INPUT_BYTES];\n"
        "extern const uint8_t model_labels[MODEL_SAMPLES];\n";
  return text + input + "\n#ifdef __cplusplus\n}\n#endif\n#endif\n";
}

}  // namespace

std::string replay_image(const Image& image, const ExportedSamples& samples) {
  const auto model = exported(image);
  auto file = model_bin(model);
  align(file);
  return file + samples_bin(image, samples, model.input_bytes);
}

std::vector<NamedFile> exported_firmware(const Image& image, const ExportedSamples& samples) {
  const auto model = exported(image);
  const auto input = exported_input(image);
  std::vector<NamedFile> files{
      {"model.h", model_h(image, model, input.declarations, samples)},
      {"model.c", model_c(model, input.definitions, sample_bytes(image, samples), samples)},
      {"model.bin", model_bin(model)}};
  if (!samples.labels.empty())
    files.push_back({"samples.bin", samples_bin(image, samples, model.input_bytes)});
  for (const auto& [name, text] : driver_files()) files.push_back({"driver/" + name, text});
  return files;
}

}  // namespace stoic
