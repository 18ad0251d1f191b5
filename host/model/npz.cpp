#include "stoic/host/model/npz.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <zip.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <unordered_map>

#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"

namespace stoic {

namespace {

using ZipFile = std::unique_ptr<zip_file_t, decltype(&zip_fclose)>;
using ZipSource = std::unique_ptr<zip_source_t, decltype(&zip_source_free)>;
using Zip = std::unique_ptr<zip_t, decltype(&zip_discard)>;

constexpr std::string_view ending = ".npy";

/// Reads exactly `size` bytes and throws Error when there are fewer.
void read_exactly(zip_file_t* file, char* out, std::size_t size, const std::string& where) {
  while (size > 0) {
    const auto count = zip_fread(file, out, size);
    if (count <= 0)
      throw Error(
          fmt::format("{}: the data is {}; save the file again", where, count < 0 ? "corrupt" : "cut short"));
    out += count;
    size -= static_cast<std::size_t>(count);
  }
}

/// To little-endian; complex numbers and texts consist of smaller units.
void swap_bytes(NpzArray& array, const NpyHeader& header) {
  const std::size_t size = header.kind() == 'U'   ? 4
                           : header.kind() == 'c' ? header.element_size() / 2
                                                  : header.element_size();
  if (header.type[0] != '>' || header.kind() == 'S' || size < 2) return;
  for (std::size_t i = 0; i < array.bytes.size(); i += size)
    std::reverse(array.bytes.begin() + i, array.bytes.begin() + i + size);
  array.type[0] = '<';
}

std::string from_fortran_order(const std::string& bytes, const NpyHeader& header) {
  const std::size_t element = header.element_size(), dimensions = header.shape.size();
  std::vector<std::size_t> stride(dimensions, element), index(dimensions, 0);
  for (std::size_t d = 1; d < dimensions; ++d)
    stride[d] = stride[d - 1] * static_cast<std::size_t>(header.shape[d - 1]);
  std::string result(bytes.size(), '\0');
  for (std::size_t to = 0, from = 0; to < bytes.size(); to += element) {
    std::memcpy(&result[to], &bytes[from], element);
    for (std::size_t d = dimensions; d-- > 0;) {
      from += stride[d];
      if (++index[d] < static_cast<std::size_t>(header.shape[d])) break;
      from -= stride[d] * index[d];
      index[d] = 0;
    }
  }
  return result;
}

std::string utf8_of_code_points(const std::string& bytes, const std::string& where) {
  std::string text;
  for (std::size_t i = 0; i + 4 <= bytes.size(); i += 4) {
    std::uint32_t code;
    std::memcpy(&code, &bytes[i], 4);
    if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
      throw Error(fmt::format("{}: character {} is no Unicode; save the text again", where, i / 4));
    const auto tail = [&](int shift) { text += static_cast<char>(0x80 | (code >> shift & 0x3F)); };
    if (code < 0x80) {
      text += static_cast<char>(code);
    } else if (code < 0x800) {
      text += static_cast<char>(0xC0 | code >> 6), tail(0);
    } else if (code < 0x10000) {
      text += static_cast<char>(0xE0 | code >> 12), tail(6), tail(0);
    } else {
      text += static_cast<char>(0xF0 | code >> 18), tail(12), tail(6), tail(0);
    }
  }
  return text;
}

}  // namespace

struct NpzReader::Archive {
  std::string file;   ///< its name
  std::string bytes;  ///< its content, which `zip` refers to
  Zip zip{nullptr, zip_discard};
  std::unordered_map<std::string, zip_uint64_t> places;  ///< of the arrays, by name

  std::string where(std::string_view name) const { return fmt::format("{}: array \"{}\"", file, name); }
};

/// An entry of the archive, opened and read up to the data.
struct NpzReader::Entry {
  ZipFile file;
  NpyHeader header;
};

NpzReader::NpzReader(const std::filesystem::path& path) : NpzReader(read_file(path), path.string()) {}

NpzReader::NpzReader(std::string bytes, std::string file) : archive_(std::make_unique<Archive>()) {
  archive_->file = std::move(file);
  archive_->bytes = std::move(bytes);
  ZipSource source(zip_source_buffer_create(archive_->bytes.data(), archive_->bytes.size(), 0, nullptr),
                   zip_source_free);
  // To libzip no bytes at all are an empty archive.
  if (!archive_->bytes.empty()) archive_->zip.reset(zip_open_from_source(source.get(), ZIP_RDONLY, nullptr));
  if (!archive_->zip)
    throw Error(fmt::format("{}: is no .npz (zip) file, or cut short; save it again with numpy.savez",
                            archive_->file));
  static_cast<void>(source.release());  // the archive owns it now
  for (zip_int64_t i = 0; i < zip_get_num_entries(archive_->zip.get(), 0); ++i) {
    const char* entry = zip_get_name(archive_->zip.get(), i, 0);
    std::string name = entry ? entry : "";
    if (name.ends_with(ending)) name.resize(name.size() - ending.size());
    if (!archive_->places.emplace(name, static_cast<zip_uint64_t>(i)).second)
      throw Error(fmt::format("{} occurs twice; keep one", archive_->where(name)));
    names_.push_back(std::move(name));
  }
}

NpzReader::~NpzReader() = default;

bool NpzReader::has(std::string_view name) const { return archive_->places.contains(std::string(name)); }

NpzReader::Entry NpzReader::open(std::string_view name) const {
  const auto found = archive_->places.find(std::string(name));
  const std::string where = archive_->where(name);
  if (found == archive_->places.end())
    throw Error(fmt::format("{} is missing; the file has {}; save it with numpy.savez(file, {}=...)", where,
                            names_.empty() ? "no arrays" : fmt::format("{}", fmt::join(names_, ", ")), name));
  const auto index = found->second;
  zip_stat_t stat;
  if (zip_stat_index(archive_->zip.get(), index, 0, &stat) != 0 || !(stat.valid & ZIP_STAT_SIZE))
    throw Error(fmt::format("{}: its zip entry is damaged; save the file again", where));
  if (stat.encryption_method != ZIP_EM_NONE)
    throw Error(fmt::format("{}: is encrypted; save the file without a password", where));
  if (stat.comp_method != ZIP_CM_STORE && stat.comp_method != ZIP_CM_DEFLATE)
    throw Error(fmt::format("{}: is compressed by method {}; use numpy.savez or savez_compressed", where,
                            stat.comp_method));
  // Deflate shrinks at most 1032-fold: whoever claims more lies, and no file makes us allocate more than
  // that.
  if (stat.comp_size > archive_->bytes.size() || stat.size / 1032 > stat.comp_size)
    throw Error(
        fmt::format("{}: claims {} bytes in {} bytes of zip data, which cannot be; save the file again",
                    where, stat.size, stat.comp_size));
  ZipFile file(zip_fopen_index(archive_->zip.get(), index, 0), zip_fclose);
  if (!file)
    throw Error(fmt::format("{}: its zip entry cannot be opened ({}); save the file again", where,
                            zip_strerror(archive_->zip.get())));
  std::string start(12, '\0');
  if (stat.size < start.size())
    throw Error(fmt::format("{}: is no .npy array; save it with numpy.savez", where));
  read_exactly(file.get(), start.data(), start.size(), where);
  const std::size_t header_size = npy_header_size(start, where);
  if (header_size < start.size() || header_size > stat.size)
    throw Error(fmt::format("{}: ends within its .npy header; save the file again", where));
  start.resize(header_size);
  read_exactly(file.get(), start.data() + 12, header_size - 12, where);
  NpyHeader header = parse_npy_header(start, where);
  if (header.data_size() != stat.size - header_size)
    throw Error(fmt::format(
        "{}: has {} bytes of data, but type {} and shape ({}) need {}; save the file again", where,
        stat.size - header_size, header.type, fmt::join(header.shape, ", "), header.data_size()));
  return {std::move(file), std::move(header)};
}

NpyHeader NpzReader::header(std::string_view name) const { return open(name).header; }

NpzArray NpzReader::read(std::string_view name, std::size_t limit) const {
  const Entry entry = open(name);
  const std::string where = archive_->where(name);
  if (entry.header.data_size() > limit)
    throw Error(fmt::format("{}: has {} bytes, but at most {} are allowed here; save a smaller one", where,
                            entry.header.data_size(), limit));
  NpzArray array{std::string(name), entry.header.type, entry.header.shape, {}};
  array.bytes.resize(entry.header.data_size());
  read_exactly(entry.file.get(), array.bytes.data(), array.bytes.size(), where);
  char extra;  // at the end of the data libzip compares the CRC
  if (zip_fread(entry.file.get(), &extra, 1) != 0)
    throw Error(fmt::format("{}: the data is corrupt; save the file again", where));
  swap_bytes(array, entry.header);
  if (entry.header.fortran_order && array.shape.size() > 1)
    array.bytes = from_fortran_order(array.bytes, entry.header);
  return array;
}

Eigen::MatrixXd NpzReader::read_matrix(std::string_view name, std::int64_t rows, std::int64_t columns) const {
  return read_numbers(name, {rows, columns}, rows, columns);
}

Eigen::VectorXd NpzReader::read_vector(std::string_view name, std::int64_t rows) const {
  if (header(name).shape == std::vector<std::int64_t>{rows, 1}) return read_matrix(name, rows, 1);
  return read_numbers(name, {rows}, rows, 1);
}

Eigen::MatrixXd NpzReader::read_numbers(std::string_view name, const std::vector<std::int64_t>& shape,
                                        std::int64_t rows, std::int64_t columns) const {
  const NpyHeader expected = header(name);
  const std::string where = archive_->where(name);
  if (expected.kind() != 'f' || expected.element_size() < 4 || expected.element_size() > 8)
    throw Error(fmt::format("{}: has the type '{}'; save it as float32 or float64", where, expected.type));
  if (expected.shape != shape) {
    const bool transposed = expected.shape == std::vector<std::int64_t>(shape.rbegin(), shape.rend());
    throw Error(fmt::format("{}: has the shape ({}), but the recipe asks for ({}); {}", where,
                            fmt::join(expected.shape, ", "), fmt::join(shape, ", "),
                            transposed ? "save its transpose, .T" : "mend the array or the recipe"));
  }
  const NpzArray array = read(name, expected.data_size());
  using Eigen::RowMajor, Eigen::Dynamic;
  Eigen::MatrixXd matrix;
  if (expected.element_size() == 4)
    matrix = Eigen::Map<const Eigen::Matrix<float, Dynamic, Dynamic, RowMajor>, Eigen::Unaligned>(
                 reinterpret_cast<const float*>(array.bytes.data()), rows, columns)
                 .cast<double>();
  else
    matrix = Eigen::Map<const Eigen::Matrix<double, Dynamic, Dynamic, RowMajor>, Eigen::Unaligned>(
        reinterpret_cast<const double*>(array.bytes.data()), rows, columns);
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t column = 0; column < columns; ++column)
      if (!std::isfinite(matrix(row, column)))
        throw Error(fmt::format("{}: entry [{}, {}] is {}; weights must be finite (did training diverge?)",
                                where, row, column, matrix(row, column)));
  return matrix;
}

std::string NpzReader::read_text(std::string_view name) const {
  constexpr std::size_t most_text_bytes = 1 << 22;
  const NpyHeader expected = header(name);
  const std::string where = archive_->where(name);
  const bool one = std::ranges::all_of(expected.shape, [](std::int64_t count) { return count == 1; });
  const bool text = (expected.kind() == 'U' || expected.kind() == 'S') && one;
  if (!text && !(expected.type == "|u1" && expected.shape.size() == 1))
    throw Error(fmt::format("{}: has the type '{}' and shape ({}); save one text (str or bytes)", where,
                            expected.type, fmt::join(expected.shape, ", ")));
  const NpzArray array = read(name, most_text_bytes);
  std::string result = expected.kind() == 'U' ? utf8_of_code_points(array.bytes, where) : array.bytes;
  result.erase(result.find_last_not_of('\0') + 1);  // NumPy pads texts with zeros
  return result;
}

NpzArray npz_text(std::string name, std::string_view text) {
  return {std::move(name), fmt::format("|S{}", text.size()), {}, std::string(text)};
}

std::string npz_bytes(std::span<const NpzArray> arrays, const std::string& file) {
  const auto check = [&](bool success, const char* step) {
    if (!success) throw Error(fmt::format("{}: cannot be written: libzip failed to {}", file, step));
  };
  ZipSource whole(zip_source_buffer_create(nullptr, 0, 0, nullptr), zip_source_free);
  check(whole != nullptr, "allocate");
  Zip zip(zip_open_from_source(whole.get(), ZIP_CREATE | ZIP_TRUNCATE, nullptr), zip_discard);
  check(zip != nullptr, "start an archive");
  zip_source_keep(whole.get());
  std::vector<std::string> entries;  // must outlive zip_close
  entries.reserve(arrays.size());
  for (const NpzArray& array : arrays) {
    entries.push_back(npy_header_text(array.type, array.shape) + array.bytes);
    zip_source_t* source = zip_source_buffer(zip.get(), entries.back().data(), entries.back().size(), 0);
    check(source != nullptr, "allocate");
    const auto added =
        zip_file_add(zip.get(), (array.name + std::string(ending)).c_str(), source, ZIP_FL_ENC_UTF_8);
    if (added < 0) zip_source_free(source);
    check(added >= 0, "add an array (is a name given twice?)");
    const auto index = static_cast<zip_uint64_t>(added);
    constexpr zip_uint16_t first_of_january_1980 = 1 << 5 | 1;
    check(zip_set_file_compression(zip.get(), index, ZIP_CM_STORE, 0) == 0 &&
              zip_file_set_dostime(zip.get(), index, 0, first_of_january_1980, 0) == 0 &&
              zip_file_set_external_attributes(zip.get(), index, 0, ZIP_OPSYS_UNIX, 0100644u << 16) == 0,
          "set attributes");
  }
  check(zip_close(zip.get()) == 0, "close the archive");
  static_cast<void>(zip.release());  // zip_close has freed it
  check(zip_source_open(whole.get()) == 0, "reopen the archive");
  zip_stat_t stat;
  check(zip_source_stat(whole.get(), &stat) == 0, "measure the archive");
  std::string bytes(stat.size, '\0');
  check(zip_source_read(whole.get(), bytes.data(), bytes.size()) == static_cast<zip_int64_t>(bytes.size()),
        "read the archive");
  zip_source_close(whole.get());
  return bytes;
}

void write_npz(const std::filesystem::path& path, std::span<const NpzArray> arrays) {
  write_file_atomically(path, npz_bytes(arrays, path.string()));
}

}  // namespace stoic
