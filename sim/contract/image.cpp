#include "stoic/sim/contract/image.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "stoic/generated/stoic_interface.h"
#include "stoic/sim/contract/image_check.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"
#include "stoic/sim/io/json.hpp"

namespace stoic {
namespace {

static_assert(std::endian::native == std::endian::little, "images are written as they lie in memory");

constexpr char magic[8] = {'s', 't', 'o', 'i', 'c', 'i', 'm', 'g'};
constexpr std::uint32_t format_version = 1;
constexpr std::size_t alignment = 16;

/// Sections in the order of the file; every image has all of them, some empty.
enum Section : std::uint32_t {
  config_section,
  program,
  weights,
  tables,
  initial_state,
  stream_weights,
  schedule,
  symbols
};
constexpr const char* section_names[] = {"config",        "program",        "weights",         "tables",
                                         "initial state", "stream weights", "stream schedule", "symbols"};
constexpr std::size_t section_count = std::size(section_names);

struct Header {
  char magic[8];
  std::uint32_t format_version;
  std::uint32_t interface_version;
  std::uint32_t config_hash;
  std::uint32_t section_count;
  std::uint64_t file_size;
  std::uint32_t reserved;
  std::uint32_t crc;  ///< over the header with this field 0, and the section table
};
static_assert(sizeof(Header) == 40);

struct SectionEntry {
  std::uint32_t kind;
  std::uint32_t crc;
  std::uint64_t offset;
  std::uint64_t size;
};
static_assert(sizeof(SectionEntry) == 24);

constexpr std::size_t table_end = sizeof(Header) + section_count * sizeof(SectionEntry);

std::uint32_t crc_of(std::string_view bytes, std::uint32_t crc = 0) {
  return static_cast<std::uint32_t>(
      ::crc32_z(crc, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

std::size_t aligned(std::size_t size) { return (size + alignment - 1) / alignment * alignment; }

template <class T>
void append(std::string& out, const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class T>
std::string packed(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

/// Bytes that a weight takes in the file: the fewest of 1, 2, 4 that hold weight_width bits.
std::size_t weight_bytes(const HardwareConfig& config) {
  return config.weight_width <= 8 ? 1 : config.weight_width <= 16 ? 2 : 4;
}

std::string packed_weights(const std::vector<std::int32_t>& values, std::size_t width) {
  std::string out;
  out.reserve(values.size() * width);
  for (const auto value : values) out.append(reinterpret_cast<const char*>(&value), width);
  return out;
}

std::string packed_state(const std::vector<StateBlock>& blocks) {
  std::string out;
  for (const auto& block : blocks) {
    append(out, block.word);
    append(out, static_cast<std::int64_t>(block.values.size()));
    out += packed(block.values);
  }
  return out;
}

std::string symbols_text(const Image& image) {
  nlohmann::ordered_json json;
  json["inputs"] = image.input_lengths;
  json["outputs"] = image.output_lengths;
  json["vectors"] = nlohmann::json::array();
  for (const auto& v : image.vectors) json["vectors"].push_back({v.name, v.word, v.length, v.fraction_bits});
  json["slots"] = nlohmann::json::array();
  for (const auto& s : image.slots) json["slots"].push_back({s.slot, s.text});
  json["metadata"] = image.metadata;
  return json_text(json);
}

}  // namespace

std::string write_image(const Image& image) {
  const auto width = weight_bytes(image.config);
  const std::string contents[section_count] = {
      hardware_config_text(image.config),   packed(image.program),
      packed_weights(image.weights, width), packed(image.tables),
      packed_state(image.initial_state),    packed_weights(image.stream_weights, width),
      packed(image.stream_schedule),        symbols_text(image)};
  SectionEntry entries[section_count];
  std::size_t offset = aligned(table_end);
  for (std::uint32_t s = 0; s < section_count; ++s) {
    entries[s] = {s, crc_of(contents[s]), offset, contents[s].size()};
    offset += aligned(contents[s].size());
  }
  Header header{{},
                format_version,
                STOIC_INTERFACE_VERSION,
                config_hash(image.config),
                static_cast<std::uint32_t>(section_count),
                offset,
                0,
                0};
  std::memcpy(header.magic, magic, sizeof magic);
  const std::string_view table(reinterpret_cast<const char*>(entries), sizeof entries);
  header.crc = crc_of(table, crc_of({reinterpret_cast<const char*>(&header), sizeof header}));
  std::string out;
  out.reserve(offset);
  append(out, header);
  out += table;
  for (const auto& content : contents) {
    out.resize(aligned(out.size()), '\0');
    out += content;
  }
  out.resize(aligned(out.size()), '\0');
  return out;
}

namespace {

/// Reads the sections of one file; every check names the file and the section.
class Parser {
 public:
  Parser(std::string_view bytes, const std::string& where) : bytes_(bytes), where_(where) { read_header(); }

  Image image() {
    Image result;
    const std::string config_text(content(config_section));
    result.config = parse_hardware_config(config_text, where_ + ": section config");
    if (config_hash(result.config) != header_.config_hash)
      fail("the hash of its hardware configuration does not match the configuration in it");
    result.program = array<std::uint64_t>(program);
    result.weights = weight_array(weights, result.config);
    result.tables = array<std::int32_t>(tables);
    result.initial_state = state_blocks();
    result.stream_weights = weight_array(stream_weights, result.config);
    result.stream_schedule = array<StreamedMatrix>(schedule);
    read_symbols(result);
    check_sizes(result);
    return result;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(fmt::format("{}: {}; compile the model again", where_, what));
  }

  void read_header() {
    if (bytes_.size() < sizeof magic || std::memcmp(bytes_.data(), magic, sizeof magic) != 0)
      throw Error(fmt::format(
          "{}: is no stoic image (its first bytes differ); give a file that stoic compile wrote", where_));
    if (bytes_.size() < table_end) fail("is cut short within the header");
    std::memcpy(&header_, bytes_.data(), sizeof header_);
    if (header_.format_version != format_version)
      fail(fmt::format("has image format {}, this program reads {}", header_.format_version, format_version));
    if (header_.interface_version != STOIC_INTERFACE_VERSION)
      fail(fmt::format("is for interface version {}, this program has {}", header_.interface_version,
                       STOIC_INTERFACE_VERSION));
    if (header_.section_count != section_count)
      fail(fmt::format("has {} sections instead of {}", header_.section_count, section_count));
    std::memcpy(entries_, bytes_.data() + sizeof header_, sizeof entries_);
    Header plain = header_;
    plain.crc = 0;
    const std::string_view table(reinterpret_cast<const char*>(entries_), sizeof entries_);
    if (crc_of(table, crc_of({reinterpret_cast<const char*>(&plain), sizeof plain})) != header_.crc)
      fail("the checksum of its header is wrong: the file is damaged");
    if (bytes_.size() < header_.file_size)
      fail(fmt::format("is cut short: {} of {} bytes", bytes_.size(), header_.file_size));
    if (bytes_.size() > header_.file_size)
      fail(fmt::format("has {} bytes after its end", bytes_.size() - header_.file_size));
    check_layout();
  }

  void check_layout() const {
    std::size_t end = table_end;
    for (std::uint32_t s = 0; s < section_count; ++s) {
      const auto& entry = entries_[s];
      if (entry.kind != s || entry.offset != aligned(end) || entry.offset > bytes_.size() ||
          entry.size > bytes_.size() - entry.offset)
        fail(fmt::format("section {} is not where it belongs", section_names[s]));
      check_padding(end, entry.offset);
      end = entry.offset + entry.size;
      if (crc_of(bytes_.substr(entry.offset, entry.size)) != entry.crc)
        fail(fmt::format("the checksum of section {} is wrong: the file is damaged", section_names[s]));
    }
    if (aligned(end) != bytes_.size()) fail("its sections do not fill it");
    check_padding(end, bytes_.size());
  }

  void check_padding(std::size_t from, std::size_t to) const {
    if (bytes_.substr(from, to - from).find_first_not_of('\0') != std::string_view::npos)
      fail(fmt::format("padding at byte {} is not zero: the file is damaged", from));
  }

  std::string_view content(Section section) const {
    return bytes_.substr(entries_[section].offset, entries_[section].size);
  }

  template <class T>
  std::vector<T> array(Section section) const {
    const auto bytes = content(section);
    if (bytes.size() % sizeof(T) != 0)
      fail(fmt::format("section {} ends within an entry", section_names[section]));
    std::vector<T> values(bytes.size() / sizeof(T));
    if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
  }

  template <class T>
  std::vector<std::int32_t> widened(Section section) const {
    const auto narrow = array<T>(section);
    return {narrow.begin(), narrow.end()};
  }

  std::vector<std::int32_t> weight_array(Section section, const HardwareConfig& config) const {
    const auto width = weight_bytes(config);
    auto values = width == 1   ? widened<std::int8_t>(section)
                  : width == 2 ? widened<std::int16_t>(section)
                               : widened<std::int32_t>(section);
    check_range(values, -config.weight_max() - 1, config.weight_max(), section);
    if (values.size() % static_cast<std::size_t>(config.lanes) != 0)
      fail(fmt::format("section {} ends within a beat", section_names[section]));
    return values;
  }

  std::vector<StateBlock> state_blocks() const {
    auto bytes = content(initial_state);
    std::vector<StateBlock> blocks;
    while (!bytes.empty()) {
      std::int64_t head[2];
      if (bytes.size() < sizeof head) fail("section initial state ends within a block");
      std::memcpy(head, bytes.data(), sizeof head);
      bytes.remove_prefix(sizeof head);
      if (head[1] < 0 || static_cast<std::uint64_t>(head[1]) > bytes.size() / 4)
        fail("section initial state ends within a block");
      StateBlock block{head[0], std::vector<std::int32_t>(static_cast<std::size_t>(head[1]))};
      if (!block.values.empty()) std::memcpy(block.values.data(), bytes.data(), block.values.size() * 4);
      bytes.remove_prefix(block.values.size() * 4);
      blocks.push_back(std::move(block));
    }
    return blocks;
  }

  std::int64_t whole(const nlohmann::json& value) const {
    if (!value.is_number_integer()) fail("section symbols has a number that is not whole");
    return value.get<std::int64_t>();
  }

  void read_symbols(Image& result) const {
    const auto json = parse_json(content(symbols), where_ + ": section symbols");
    try {
      for (const auto& length : json.at("inputs")) result.input_lengths.push_back(whole(length));
      for (const auto& length : json.at("outputs")) result.output_lengths.push_back(whole(length));
      for (const auto& v : json.at("vectors"))
        result.vectors.push_back({v.at(0), whole(v.at(1)), whole(v.at(2)), whole(v.at(3))});
      for (const auto& s : json.at("slots")) result.slots.push_back({whole(s.at(0)), s.at(1)});
      json.at("metadata").get_to(result.metadata);
    } catch (const nlohmann::json::exception&) {
      fail("section symbols lacks an entry or has one of the wrong type");
    }
    check_symbols(result, where_);
  }

  void check_range(const std::vector<std::int32_t>& values, std::int64_t least, std::int64_t most,
                   Section section) const {
    for (std::size_t i = 0; i < values.size(); ++i)
      if (values[i] < least || values[i] > most)
        fail(fmt::format("section {}: entry {} is {}, outside {} to {}", section_names[section], i, values[i],
                         least, most));
  }

  void check_sizes(const Image& result) const {
    const auto& config = result.config;
    const auto within = [&](const char* what, const char* key, std::size_t used, std::int64_t limit) {
      if (static_cast<std::int64_t>(used) > limit)
        fail(fmt::format("{}: {} do not fit the {} of the instance, whose {} would have to be that many",
                         what, used, limit, key));
    };
    within("program words", "program_words", result.program.size(), config.program_words);
    within("weight beats", "weight_words", result.weights.size() / static_cast<std::size_t>(config.lanes),
           config.weight_words);
    within("table words", "table_words", result.tables.size(), config.table_words);
    const std::int64_t table_max =
        (std::int64_t{1} << (config.state_width + config.table_guard_bits - 1)) - 1;
    check_range(result.tables, -table_max - 1, table_max, tables);
    for (const auto& block : result.initial_state) {
      if (block.word < 0 || block.word > config.state_words_per_lane ||
          config.beats(static_cast<std::int64_t>(block.values.size())) >
              config.state_words_per_lane - block.word)
        fail(fmt::format("initial state at word {} reaches beyond the state memory", block.word));
      check_range(block.values, config.state_min(), config.state_max(), initial_state);
    }
    check_stream_schedule(result, where_);
    check_stream_vectors(result, where_);
  }

  std::string_view bytes_;
  std::string where_;
  Header header_{};
  SectionEntry entries_[section_count]{};
};

}  // namespace

Image parse_image(std::string_view bytes, const std::string& where) { return Parser(bytes, where).image(); }

Image read_image(const std::filesystem::path& path) { return parse_image(read_file(path), path.string()); }

void require_config(const Image& image, const HardwareConfig& config, const std::string& where) {
  if (config_hash(image.config) == config_hash(config)) return;
  throw Error(fmt::format(
      "{}: was compiled for the instance {} (hash {:08x}), not for {} (hash {:08x}); compile the model with "
      "--hw {}",
      where, image.config.name, config_hash(image.config), config.name, config_hash(config), config.name));
}

}  // namespace stoic
