#include "stoic/host/model/npz.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <zip.h>

#include <cstring>
#include <limits>

#include "../temporary_folder.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace npz_test {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

const std::filesystem::path fixtures = STOIC_SOURCE_DIR "/tests/model";

class Npz : public testing::Test {
 protected:
  /// A zip file with one entry, which need not be sound.
  void write_entry(const std::string& entry, const std::string& name = "a.npy",
                   int compression = ZIP_CM_STORE, bool encrypted = false) {
    std::filesystem::remove(path_);
    zip_t* zip = zip_open(path_.c_str(), ZIP_CREATE, nullptr);
    const auto index =
        zip_file_add(zip, name.c_str(), zip_source_buffer(zip, entry.data(), entry.size(), 0), 0);
    zip_set_file_compression(zip, index, compression, 0);
    if (encrypted) zip_file_set_encryption(zip, index, ZIP_EM_AES_256, "secret");
    ASSERT_EQ(zip_close(zip), 0);
  }
  /// An array "a" with that header dict and that many bytes of data.
  void write_array(const std::string& dict, std::size_t size, char version = 1) {
    std::string header("\x93NUMPY", 6);
    header += version;
    header += '\0';
    const auto length = static_cast<std::uint32_t>(dict.size());
    for (int i = 0; i < (version == 1 ? 2 : 4); ++i) header += static_cast<char>(length >> (8 * i));
    write_entry(header + dict + std::string(size, '\0'));
  }
  void expect_error(const std::string& what, std::size_t limit = 1 << 20) {
    EXPECT_THAT(
        [&] { NpzReader(path_).read("a", limit); },
        ThrowsMessage<Error>(AllOf(HasSubstr(path_.string()), HasSubstr(what), Not(HasSubstr("\n")))));
  }
  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "file.npz";
};

TEST_F(Npz, ReadsWhatItWroteOfEveryType) {
  const std::vector<std::int16_t> shorts{-32768, 0, 1, 32767, 5, 6};
  const std::vector<std::int64_t> longs{std::numeric_limits<std::int64_t>::min(), 7};
  const std::vector<std::uint8_t> bytes{0, 255};
  const std::vector<float> floats{1.5f, -0.0f};
  const std::vector<NpzArray> written{npz_array("shorts", {2, 3}, shorts), npz_array("longs", {2}, longs),
                                      npz_array("bytes", {2, 1}, bytes), npz_array("floats", {2}, floats),
                                      npz_text("text", "h\xc3\xa9 \n")};
  write_npz(path_, written);
  const NpzReader reader(path_);
  EXPECT_THAT(reader.names(), ElementsAre("shorts", "longs", "bytes", "floats", "text"));
  for (const auto& array : written) {
    const NpzArray read = reader.read(array.name);
    EXPECT_EQ(read.type, array.type);
    EXPECT_EQ(read.shape, array.shape);
    EXPECT_EQ(read.bytes, array.bytes);
  }
  EXPECT_EQ(written[0].type, "<i2");
  EXPECT_EQ(written[1].type, "<i8");
  EXPECT_EQ(written[2].type, "|u1");
  EXPECT_EQ(written[3].type, "<f4");
  EXPECT_EQ(reader.read_text("text"), "h\xc3\xa9 \n");
}

TEST_F(Npz, HasTheSameBytesWheneverItIsWritten) {
  const std::vector<NpzArray> arrays{npz_array("a", {3}, std::vector{1, 2, 3})};
  write_npz(path_, arrays);
  const auto first = read_bytes(path_);
  // The time in the first local header: 0:00 on 1 January 1980, two bytes each.
  EXPECT_EQ(first.substr(10, 4), std::string("\0\0\x21\0", 4));
  ::setenv("TZ", "Pacific/Auckland", 1);
  write_npz(path_, arrays);
  ::unsetenv("TZ");
  EXPECT_EQ(read_bytes(path_), first);
}

TEST_F(Npz, OfNumPyIsReadInFortranOrderBigEndianAndDeflated) {
  const NpzReader reader(fixtures / "numpy_float64_fortran_deflated.npz");
  const NpzArray counts =
      reader.read("counts");  // counts[a, b, c] = a + 2 b + 6 c, big-endian, Fortran order
  EXPECT_EQ(counts.type, "<i2");
  EXPECT_THAT(counts.shape, ElementsAre(2, 3, 4));
  for (int a = 0; a < 2; ++a)
    for (int b = 0; b < 3; ++b)
      for (int c = 0; c < 4; ++c) {
        std::int16_t value;
        std::memcpy(&value, &counts.bytes[2 * (a * 12 + b * 4 + c)], 2);
        EXPECT_EQ(value, a + 2 * b + 6 * c);
      }
  const auto W_in = reader.read_matrix("W_in", 3, 4);
  const auto W_reservoir = reader.read_matrix("W_reservoir", 3, 3);
  EXPECT_EQ(W_in(1, 2), 6 / 8.0 - 0.5);
  EXPECT_EQ(W_reservoir(2, 1), 7 / 4.0 - 1);
  EXPECT_EQ(NpzReader(fixtures / "numpy_float32_stored.npz").read_matrix("W_in", 3, 4), W_in);
}

TEST_F(Npz, TextsOfAllKindsAreReadAlike) {
  const auto text = NpzReader(fixtures / "numpy_float32_stored.npz").read_text("recipe");
  EXPECT_THAT(text, HasSubstr("ffesn"));
  EXPECT_EQ(NpzReader(fixtures / "numpy_float64_fortran_deflated.npz").read_text("recipe"), text);
  EXPECT_EQ(NpzReader(fixtures / "numpy_object.npz").read_text("recipe"), text);
  const std::string wide("h\0\0\0\xe9\0\0\0\xac\x20\0\0\x00\xf6\x01\0", 16);
  write_npz(path_, std::vector{NpzArray{"a", "<U4", {}, wide}});
  EXPECT_EQ(NpzReader(path_).read_text("a"), "h\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
}

TEST_F(Npz, VersionsOneToThreeAreReadWithAnySpacingOfTheHeader) {
  for (const char version : std::string("\1\2\3")) {
    write_array("{\"shape\":(2,3) ,'descr' : '<f8','fortran_order':True}\n", 48, version);
    EXPECT_THAT(NpzReader(path_).header("a").shape, ElementsAre(2, 3)) << int{version};
    EXPECT_TRUE(NpzReader(path_).header("a").fortran_order);
  }
  write_array("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", 16);
  EXPECT_THAT(NpzReader(path_).read("a").shape, ElementsAre(2));
  write_array("{'descr': '<f8', 'fortran_order': False, 'shape': (), }", 8);
  EXPECT_TRUE(NpzReader(path_).read("a").shape.empty());
  write_array("{'descr': '<f8', 'fortran_order': True, 'shape': (3, 0), }", 0);
  EXPECT_TRUE(NpzReader(path_).read("a").bytes.empty());
}

TEST_F(Npz, WithABadHeaderIsRefused) {
  const auto expect = [&](const std::string& dict, const std::string& what) {
    write_array(dict, 8);
    expect_error(what);
  };
  expect("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", "Python objects");
  expect("{'descr': [('x', '<f8')], 'fortran_order': False, 'shape': (1,), }", "structured");
  expect("{'descr': '<M8', 'fortran_order': False, 'shape': (1,), }", "neither number nor text");
  expect("{'descr': '<f3', 'fortran_order': False, 'shape': (1,), }", "no number has the type");
  expect("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }", "a number expected");
  expect("{'descr': '<f8', 'fortran_order': False, 'shape': (1,)", "expected at byte");
  expect("{'descr': '<f8', 'fortran_order': 0, 'shape': (1,), }", "True or False");
  expect("{'descr': '<f8', 'shape': (1,), }", "needs the keys");
  expect("{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", "twice");
  expect("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'x': 1}", "unknown key 'x'");
  expect("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), } print", "text follows");
  expect("{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296), }", "absurd");
  expect("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,), }", "too large");
  expect("    ", "expected at byte");
}

TEST_F(Npz, WithShortOrTrailingDataIsRefused) {
  write_array("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", 15);
  expect_error("has 15 bytes of data, but type <f8 and shape (2) need 16");
  write_array("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", 17);
  expect_error("has 17 bytes");
  write_entry(std::string("\x93NUMPY\1\0\xff\x00{", 11));
  expect_error("no .npy array");
  write_entry(std::string("\x93NUMPY\1\0\xff\x00{}}}", 14));
  expect_error("ends within");
  write_entry(std::string("\x93NUMPY\4\0\1\0{}}}", 14));
  expect_error("unknown .npy version 4.0");
  write_entry("hello, this is no array");
  expect_error("no .npy array");
}

TEST_F(Npz, OfMoreBytesThanAllowedIsRefusedBeforeAllocation) {
  write_array("{'descr': '<f8', 'fortran_order': False, 'shape': (1000,), }", 8000);
  expect_error("at most 7999", 7999);
  // A true bomb: 20 million zeros, deflated to 20 kilobytes.
  const std::string header = npy_header_text("|u1", {20'000'000});
  write_entry(header + std::string(20'000'000, '\0'), "a.npy", ZIP_CM_DEFLATE);
  ASSERT_LT(std::filesystem::file_size(path_), 40'000);
  expect_error("at most 1048576");
}

TEST_F(Npz, ThatIsEncryptedOrHasANameTwiceOrIsNoZipIsRefused) {
  write_entry("x", "a.npy", ZIP_CM_STORE, true);
  expect_error("encrypted");
  write_bytes(path_, "no zip");
  expect_error("is no .npz");
  write_bytes(path_, "");
  expect_error("is no .npz");
  std::filesystem::remove(path_);
  expect_error("no such file");
  write_npz(path_, std::vector{npz_text("a", "1"), npz_text("b", "2")});
  auto bytes = read_bytes(path_);
  for (std::size_t at = 0; (at = bytes.find("b.npy", at)) != std::string::npos;) bytes[at] = 'a';
  write_bytes(path_, bytes);
  expect_error("occurs twice");
}

TEST_F(Npz, MatricesNeedTheRightTypeShapeAndFiniteEntries) {
  const auto expect = [&](const NpzArray& array, const std::string& what) {
    write_npz(path_, std::span(&array, 1));
    EXPECT_THAT([&] { NpzReader(path_).read_matrix("a", 1, 2); },
                ThrowsMessage<Error>(AllOf(HasSubstr("array \"a\""), HasSubstr(what))));
  };
  constexpr double infinity = std::numeric_limits<double>::infinity();
  expect(npz_array("b", {1, 2}, std::vector{1., 2.}), "is missing; the file has b");
  expect(npz_array("a", {1, 2}, std::vector{1, 2}), "type '<i4'");
  expect(npz_array("a", {2}, std::vector{1., 2.}), "shape (2), but the recipe asks for (1, 2)");
  expect(npz_array("a", {2, 1}, std::vector{1., 2.}), "shape (2, 1)");
  expect(npz_array("a", {1, 2}, std::vector{1., infinity}), "entry [0, 1] is inf");
  expect(npz_array("a", {1, 2}, std::vector{std::nanf(""), 2.f}), "entry [0, 0] is nan");
}

TEST_F(Npz, IsReadWithEqualContentOrRefusedForEveryTruncationAndFlippedBit) {
  const auto content = [&] {
    const NpzReader reader(path_);
    std::vector<std::string> all;
    for (const auto& name : reader.names()) all.push_back(reader.read(name, 1 << 20).bytes);
    return all;
  };
  write_npz(path_, std::vector{npz_array("ab", {2, 2}, std::vector{1, 2, 3, 4})});
  for (const auto& whole : {read_bytes(path_), read_bytes(fixtures / "numpy_float64_fortran_deflated.npz")}) {
    write_bytes(path_, whole);
    const auto expected = content();
    std::size_t refused = 0;
    const auto try_read = [&](const std::string& bytes, std::size_t place) {
      write_bytes(path_, bytes);
      try {
        // Names are in no checksum: an array may change its name, but never its values.
        EXPECT_EQ(content(), expected) << place;
      } catch (const Error&) {
        ++refused;
      }
    };
    for (std::size_t size = 0; size < whole.size(); ++size) try_read(whole.substr(0, size), size);
    EXPECT_EQ(refused, whole.size());
    for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
      auto bytes = whole;
      bytes[bit / 8] ^= static_cast<char>(1 << bit % 8);
      try_read(bytes, bit);
    }
  }
}

}  // namespace npz_test
}  // namespace stoic
