#include "stoic/host/compiler/export_firmware.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <bit>
#include <set>

#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/compiler/driven_image.hpp"
#include "stoic/host/compiler/export_model.hpp"
#include "stoic/host/compiler/input_codes.hpp"
#include "stoic/sim/device/carried_elements.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

using Bytes = std::string;

constexpr std::uint32_t layout_version = STOIC_IMAGE_LAYOUT, alignment = STOIC_IMAGE_ALIGNMENT;

void put(Bytes& out, std::uint32_t value) {
  for (int b = 0; b < 4; ++b) out += static_cast<char>(value >> (8 * b));
}

void put_double(Bytes& out, double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  put(out, static_cast<std::uint32_t>(bits));
  put(out, static_cast<std::uint32_t>(bits >> 32));
}

std::uint32_t crc_of(std::uint32_t before, const Bytes& bytes) {
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

/// The arrays by their names, in the order of the layout.
std::vector<ModelArray> in_order_of_layout(std::vector<ModelArray> arrays) {
  std::vector<ModelArray> result;
#define STOIC_TAKE(member, ctype, elements, bits) take(#member, #ctype);
  const auto take = [&](const std::string& name, const std::string& type) {
    const auto found = std::find_if(arrays.begin(), arrays.end(),
                                    [&](const ModelArray& array) { return name == array.name; });
    if (found == arrays.end() || type != found->type)
      throw Error(fmt::format("stoic export makes no array {} {}, which the driver asks for", type, name));
    result.push_back(std::move(*found));
  };
  STOIC_MODEL_ARRAYS(STOIC_TAKE, )
#undef STOIC_TAKE
  return result;
}

/// Vectors one behind the other, each in whole beats: offset and bytes of each. `end` gets the bytes of all.
ModelArray vectors(const char* name, const std::vector<std::int64_t>& lengths, const HardwareConfig& config,
                   std::uint32_t& end) {
  ModelArray array{name, "stoic_vector", {}, static_cast<std::uint32_t>(lengths.size())};
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

ModelArray matrices(const Image& image) {
  ModelArray array{"matrices", "stoic_vector", {}, static_cast<std::uint32_t>(image.stream_schedule.size())};
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
  ModelArray blocks{"state_blocks", "stoic_state_block", {}, 0};
  ModelArray restored{"restored", "stoic_state_block", {}, 0};
};

void add_block(States& states, ModelArray& to, std::int64_t entry, std::span<const std::int32_t> values) {
  put(to.bytes, static_cast<std::uint32_t>(entry));
  put(to.bytes, static_cast<std::uint32_t>(values.size()));
  put(to.bytes, static_cast<std::uint32_t>(states.words.size()));
  ++to.count;
  states.words.insert(states.words.end(), values.begin(), values.end());
}

/// `image` at its place.
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

/// Where in the state memory what somebody may read before the program writes it ends.
std::int64_t states_needed(const Image& image, std::int64_t begin) {
  const auto first_read = elements_read_first(image);
  std::int64_t count = first_read.empty() ? begin : first_read.back() + 1;
  for (const auto& block : image.initial_state)
    count = std::max(count, block.word * image.config.lanes + static_cast<std::int64_t>(block.values.size()));
  return count;
}

/// What stoic_input() has to know.
void describe_input(ExportedModel& model, const Image& image, Bytes& scaling) {
  if (is_driven_image(image)) {
    const auto ends = driven_image(image, "the image");
    model.input_kind = STOIC_INPUT_REALS;
    model.input_fraction_bits = static_cast<std::int16_t>(ends.input_bits);
    model.input_elements = static_cast<std::uint32_t>(image.input_lengths.at(0));
    for (Eigen::Index i = 0; i < ends.centre.size(); ++i) {
      const auto number = i % ends.taken();
      const bool known = number < ends.inputs();
      const auto& from = known ? ends.input : ends.output;
      const auto at = known ? number : number - ends.inputs();
      put_double(scaling, from.mean(at) + from.deviation(at) * ends.centre(i));
      put_double(scaling, from.deviation(at));
    }
    return;
  }
  const auto plan = input_plan(image);
  model.input_kind = plan.coding ? STOIC_INPUT_REALS : STOIC_INPUT_PIXELS;
  model.input_fraction_bits = static_cast<std::int16_t>(plan.coding ? plan.coding->fraction_bits
                                                                    : pixel_state_bits(plan.state_width));
  model.input_elements = static_cast<std::uint32_t>(plan.elements);
  if (!plan.coding || !plan.coding->standardisation) return;
  const auto& [mean, deviation] = *plan.coding->standardisation;
  for (std::size_t i = 0; i < mean.size(); ++i)
    for (const auto number : {mean[i], deviation[i]}) put_double(scaling, number);
}

ExportedModel exported(const Image& compiled, const ExportedAs& as) {
  if (compiled.output_lengths.empty())
    throw Error("the image stores no output, so there is no result to export; add a STORE to its program");
  const auto image = relocated(compiled, as.placement);
  const auto& config = image.config;
  const auto schedule = golden::schedule(image.program, config);
  const auto carried = restored_elements(image);
  auto states = states_of(image, carried);
  ExportedModel model{.as = as};
  model.config_hash = config_hash(config);
  model.lanes = static_cast<std::uint16_t>(config.lanes);
  model.state_bits = static_cast<std::uint16_t>(config.state_width);
  model.weight_bits = static_cast<std::uint16_t>(config.weight_width);
  model.classes = static_cast<std::uint16_t>(image.output_lengths.back());
  model.samples_per_start_max = carried.empty() ? 0 : 1;
  const auto word = [](std::int64_t number) { return static_cast<std::uint32_t>(number); };
  model.program_start = word(as.placement.program_word);
  model.weight_start = word(as.placement.weight_word * config.lanes);
  model.table_start = word(as.placement.table_word);
  model.state_start = word(as.placement.state_word * config.lanes);
  model.state_count = word(states_needed(image, model.state_start)) - model.state_start;
  model.state_size = word(memory_needs(compiled).state_words_per_lane * config.lanes);
  model.cycles = static_cast<std::uint32_t>(schedule.cycles);
  model.output_fraction_bits = output_fraction_bits(image, schedule);
  const auto count = [](const auto& values) { return static_cast<std::uint32_t>(values.size()); };
  Bytes program, lengths, scaling;
  for (const auto code : image.program) {
    put(program, static_cast<std::uint32_t>(code));
    put(program, static_cast<std::uint32_t>(code >> 32));
  }
  for (const auto length : image.input_lengths) put(lengths, word(length));
  describe_input(model, image, scaling);
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
       vectors("outputs", image.output_lengths, config, model.output_bytes),
       {"input_lengths", "uint32_t", lengths, count(image.input_lengths)},
       {"input_scaling", "stoic_scaling", scaling, word(std::ssize(scaling) / 16)}});
  return model;
}

void align(Bytes& bytes) { bytes.resize((bytes.size() + alignment - 1) / alignment * alignment, '\0'); }

/// Fills in the size and the CRC of what follows them.
void seal(Bytes& file) {
  Bytes size, sum;
  put(size, static_cast<std::uint32_t>(file.size()));
  file.replace(8, 4, size);
  put(sum, crc_of(0, file.substr(16)));
  file.replace(12, 4, sum);
}

/// Cut where it is too long, so that a 0 follows.
void put_text(Bytes& file, std::string text, std::size_t bytes) {
  text.resize(std::min(text.size(), bytes - 1));
  text.resize(bytes, '\0');
  file += text;
}

Bytes model_bin(const ExportedModel& model) {
  Bytes file, body;
  constexpr auto begin = (sizeof(stoic_image_header) + alignment - 1) / alignment * alignment;
  for (const std::uint32_t word :
       {std::uint32_t{STOIC_IMAGE_MAGIC}, layout_version, 0u, 0u, model.config_hash, model.crc()})
    put(file, word);
  for (const auto& number : model.numbers()) put(file, number.word());
  put_text(file, model.as.name, STOIC_NAME_BYTES);
  put_text(file, model.as.version, STOIC_VERSION_BYTES);
  put_text(file, exporting_tool(), STOIC_VERSION_BYTES);
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

}  // namespace

std::int16_t output_fraction_bits(const Image& image, const golden::Schedule& schedule) {
  for (auto index = schedule.order.rbegin(); index != schedule.order.rend(); ++index) {
    const auto* store = std::get_if<Store>(&schedule.steps[*index].instruction);
    if (store == nullptr) continue;
    for (const auto& vector : image.vectors)
      if (vector.word == store->source && vector.length == store->length)
        return static_cast<std::int16_t>(vector.fraction_bits);
    return 0;
  }
  return 0;
}

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

std::uint32_t ExportedModel::crc() const {
  Bytes words;
  put(words, config_hash);
  for (const auto& number : numbers()) put(words, number.word());
  auto sum = crc_of(0, words);
  for (const auto& array : arrays) {
    Bytes size;
    put(size, static_cast<std::uint32_t>(array.bytes.size()));
    sum = crc_of(crc_of(sum, size), array.bytes);
  }
  return sum;
}

std::string name_fault(const std::string& name) {
  static const std::set<std::string> words{
      "alignas",   "alignof",  "and",      "asm",      "auto",     "bitand", "bitor",   "bool",
      "break",     "case",     "catch",    "char",     "class",    "compl",  "const",   "concept",
      "constexpr", "continue", "decltype", "default",  "delete",   "do",     "double",  "else",
      "enum",      "explicit", "export",   "extern",   "false",    "float",  "for",     "friend",
      "goto",      "if",       "inline",   "int",      "long",     "main",   "mutable", "namespace",
      "new",       "noexcept", "not",      "nullptr",  "operator", "or",     "private", "protected",
      "public",    "register", "requires", "restrict", "return",   "short",  "signed",  "sizeof",
      "static",    "struct",   "switch",   "template", "this",     "throw",  "true",    "try",
      "typedef",   "typeid",   "typename", "union",    "unsigned", "using",  "virtual", "void",
      "volatile",  "while",    "xor"};
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const bool good = !name.empty() && name.size() <= 60 && is_letter(name[0]) &&
                    std::ranges::all_of(name, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
  if (!good) return fmt::format("\"{}\" is no name in C: letters, digits and _, no digit first", name);
  if (words.contains(name) || name.starts_with("stoic"))
    return fmt::format("\"{}\" has a meaning in C, in C++ or in the driver; choose another name", name);
  return "";
}

std::string replay_image(const Image& image, const ExportedSamples& samples) {
  const auto model = exported(image, {});
  auto file = model_bin(model);
  align(file);
  return file + samples_bin(image, samples, model.input_bytes);
}

std::vector<NamedFile> exported_firmware(const Image& image, const ExportedSamples& samples,
                                         const ExportedAs& as) {
  const auto model = exported(image, as);
  std::vector<NamedFile> files{
      {as.name + ".h", model_header(image, model, samples)},
      {as.name + ".c", model_source(image, model, sample_bytes(image, samples), samples)},
      {as.name + ".bin", model_bin(model)}};
  if (!samples.labels.empty())
    files.push_back({as.name == "model" ? "samples.bin" : as.name + "_samples.bin",
                     samples_bin(image, samples, model.input_bytes)});
  for (const auto& [name, text] : driver_files()) files.push_back({"driver/" + name, text});
  return files;
}

}  // namespace stoic
